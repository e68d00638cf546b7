"""Incident codes are one table, which a center may replace."""

import pytest
from fastapi.testclient import TestClient

from api.app import create_app
from api.codes import OURS, CenterCodes, load
from api.settings import Settings
from classifier.recommender import Recommender
from classifier.yamlfile import FileError

MINIMAL = """
edition: our own of 2024
codes:
  - {common: WEAPON, means: weapon, own: [10-32], when: [[weapon]]}
cautions: {weapon: W, violence: V, suicide_imminent: S, overdose: O, medical: M, fire: F,
           hostage_barricade: H, child_danger: C, traffic_danger: T}
"""


@pytest.mark.parametrize(
    ("note", "expected"),
    [
        ("male has knife in hand", ["WEAPON"]),
        ("male has knife in hand, stabbed the clerk", ["NCRASLTWF", "WEAPON"]),
        ("took a whole bottle of pills to die", ["SUICTHRT", "OD"]),
        ("loud music upstairs", []),
    ],
)
def test_codes_follow_from_what_was_read(note, expected):
    suggested = [code["common"] for code in load().suggested(Recommender().suggest(note))]

    assert [code for code in suggested if code in expected] == expected
    assert expected or not suggested


def test_violent_or_not_is_never_both():
    table = {code.common: code for code in load().codes}
    for true in (["mental_health"], ["mental_health", "weapon"], ["mental_health", "violence"]):
        assert table["MNTL"].suits(frozenset(true)) != table["MTLV"].suits(frozenset(true))
    assert (table["MNTL"].in_2012, table["MTLV"].in_2012) == ("EDP", "EDP")


@pytest.mark.parametrize("own", ["unwanted person", " UNWANTED PERSON "])
def test_an_agencys_own_code_is_read_as_the_common_one(own):
    assert load().common(own) == "TRESPASS"
    assert load().common("10-99") is None


def test_readyz_names_a_bad_table(tmp_path):
    (tmp_path / "codes").mkdir()
    (tmp_path / "codes" / "codes.yaml").write_text("codes: [")
    made = Settings(data_dir=tmp_path, record=False)
    with TestClient(create_app(made), base_url="http://127.0.0.1:8000") as client:
        assert "codes.yaml" in client.get("/readyz").json()["trouble"]


def test_a_center_replaces_the_table_and_a_bad_one_changes_nothing(tmp_path):
    codes = CenterCodes(tmp_path)
    assert codes.now() == load(OURS)
    path = tmp_path / "codes" / "codes.yaml"
    path.parent.mkdir()

    path.write_text(MINIMAL)
    assert codes.now().common("10-32") == "WEAPON"
    path.write_text(MINIMAL.replace("means: weapon, ", ""))
    assert codes.now().edition == "our own of 2024"
    assert f"{path}:4: codes.0.means" in codes.trouble
    path.unlink()
    assert codes.now() == load(OURS)
    assert codes.trouble is None


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("[[weapon]]", "[[gun]]", "codes.0.when"),
        ("[[weapon]]", "[[]]", "codes.0.when"),
        ("fire: F,", "", "cautions says nothing of fire"),
        ("codes:\n", "codes:\n  - {common: WEAPON, means: again}\n", "given twice: WEAPON"),
        ("codes:\n", "codes:\n  - {common: X, means: x, own: [10-32]}\n", "own code 10-32"),
    ],
)
def test_a_table_that_cannot_be_is_refused_by_its_line(old, new, said, tmp_path):
    path = tmp_path / "codes.yaml"
    path.write_text(MINIMAL.replace(old, new))

    with pytest.raises(FileError, match=said):
        load(path)
