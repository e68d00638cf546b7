"""A model is loaded when it is whole and ours; otherwise a sentence says why not, and what to do."""

import json
import os
import pickle
import subprocess
import sys

import numpy as np
import pytest
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline

from models import audit, store
from models.card import ModelUnavailable

NOTES = ["male with knife at door", "female sleeping in lobby"]


def fitted(strength=1.0):
    return make_pipeline(TfidfVectorizer(), LogisticRegression(C=strength)).fit(NOTES, [1, 0])


@pytest.fixture
def folder(tmp_path):
    """A store with one model, which is the champion."""
    saved = store.save(fitted(), tmp_path, {"data": "two notes"}, fitted_on=NOTES)
    store.promote(tmp_path, saved.version, by="tests", why="the only one")
    return tmp_path


@pytest.fixture
def unpickled(monkeypatch):
    """The contents that came to be unpickled."""
    seen, loads = [], audit.loads
    monkeypatch.setattr(audit, "loads", lambda content: seen.append(content) or loads(content))
    return seen


def model_file(folder):
    return next(folder.glob("*.pickle"))


def edit(path, **fields):
    path.write_text(json.dumps({**json.loads(path.read_text()), **fields}))


def test_the_champion_comes_back_as_it_was_saved(folder):
    model, version = store.load_champion(folder)

    np.testing.assert_array_equal(model.predict_proba(NOTES), fitted().predict_proba(NOTES))
    assert version == model_file(folder).stem


def test_a_version_is_the_start_of_the_checksum_and_names_three_files(folder):
    version = store.read_champion(folder).version
    content = model_file(folder).read_bytes()
    card = json.loads((folder / f"{version}.json").read_text())

    assert card["sha256"].startswith(version)
    assert card["size"] == len(content)
    assert card["schema"] == 1
    assert card["about"] == {"data": "two notes"}
    assert set(card) >= {"created", "heartline", "python", "numpy", "scikit_learn"}
    assert sorted(path.name for path in folder.iterdir()) == sorted(
        [f"{version}.json", f"{version}.notes", f"{version}.pickle", "champion.json", "history"]
    )


def test_the_same_model_is_the_same_version(folder):
    assert store.save(fitted(), folder, {}).version == store.read_champion(folder).version


def test_a_saved_model_answers_nobody_before_it_is_promoted(folder):
    champion = store.read_champion(folder)
    other = store.save(fitted(strength=2.0), folder, {})
    assert store.read_champion(folder) == champion

    store.promote(folder, other.version, by="tests", why="better")

    assert store.load_champion(folder)[1] == other.version
    assert store.load(folder, champion.version) is not None


def test_the_notes_it_was_fit_on_are_known_by_digest_only(folder):
    version = store.read_champion(folder).version
    seen = store.fitted_on(folder, version)

    assert seen == {store.digest(note) for note in NOTES}
    assert store.digest("  MALE with KNIFE\nat door ") in seen
    assert store.digest("male with knife at dor") not in seen
    assert "knife" not in (folder / f"{version}.notes").read_text()


def test_a_folder_without_a_champion_says_so_and_names_the_remedy(tmp_path):
    with pytest.raises(ModelUnavailable, match=r"There is no champion in .*\. Fit a model with `heartline"):
        store.load_champion(tmp_path / "nowhere")


def test_one_flipped_byte_anywhere_is_refused_before_anything_is_unpickled(folder, unpickled):
    path = model_file(folder)
    whole = path.read_bytes()
    for place in {0, 1, len(whole) // 2, len(whole) - 1}:
        changed = bytearray(whole)
        changed[place] ^= 1
        path.write_bytes(changed)
        with pytest.raises(ModelUnavailable, match=r"is not the file that was saved\. It was not loaded"):
            store.load_champion(folder)
    assert unpickled == []


def test_a_bomb_in_place_of_the_model_does_not_go_off(folder, unpickled, capsys):
    path = model_file(folder)
    bomb = pickle.dumps(Bomb())
    path.write_bytes(bomb.ljust(path.stat().st_size, b"\0"))

    with pytest.raises(ModelUnavailable, match="is not the file that was saved"):
        store.load_champion(folder)

    assert unpickled == []
    assert capsys.readouterr().out == ""


def test_a_bomb_with_the_right_checksum_does_not_go_off_either(folder, monkeypatch, capsys):
    monkeypatch.setattr(audit, "dumps", pickle.dumps)
    saved = store.save(Bomb(), folder, {})
    store.promote(folder, saved.version, by="somebody", why="no good reason")

    with pytest.raises(ModelUnavailable, match=r"names builtins\.print.* It was not loaded\. Fit a model"):
        store.load_champion(folder)

    assert capsys.readouterr().out == ""


class Bomb:
    def __reduce__(self):
        return print, ("boom",)


@pytest.mark.parametrize(
    ("damage", "sentence"),
    [
        (lambda folder: model_file(folder).unlink(), r"\.pickle is missing\."),
        (lambda folder: os.truncate(model_file(folder), 100), r"holds 100 bytes, and \d+ were saved"),
        (lambda folder: os.truncate(folder / "champion.json", 40), "is no JSON; it may be half written"),
        (lambda folder: (folder / "champion.json").write_bytes(b""), "is no JSON"),
        (lambda folder: (folder / "champion.json").write_bytes(b"[1]"), "champion.json: its content: "),
        (lambda folder: (folder / "champion.json").write_bytes(b"\xff"), "is no JSON"),
        (lambda folder: edit(folder / "champion.json", schema=2), "has schema 2, .* Update Heartline"),
        (lambda folder: edit(folder / "champion.json", file="../x.pickle"), "champion.json: file: "),
        (lambda folder: edit(folder / "champion.json", sha256="0" * 64), "disagree about the checksum"),
        (lambda folder: edit(folder / "champion.json", version="0" * 12), r"0{12}\.json is missing"),
        (lambda folder: model_file(folder).with_suffix(".json").unlink(), r"\.json is missing"),
        (lambda folder: edit(model_file(folder).with_suffix(".json"), schema=7), "has schema 7, "),
        (lambda folder: edit(model_file(folder).with_suffix(".json"), version="0" * 12), "speaks of 0{12}"),
        (
            lambda folder: edit(model_file(folder).with_suffix(".json"), scikit_learn="0.24.2"),
            r"was fit with scikit-learn 0\.24\.2, and .* is installed",
        ),
    ],
)
def test_what_is_damaged_is_refused_with_a_sentence_and_nothing_is_unpickled(
    folder, unpickled, damage, sentence
):
    damage(folder)
    with pytest.raises(ModelUnavailable, match=sentence):
        store.load_champion(folder)
    assert unpickled == []


def test_a_pickle_that_cannot_be_put_together_is_a_sentence_too(folder, monkeypatch):
    monkeypatch.setattr(audit, "dumps", lambda model: b"\x80\x05}\x8c")
    saved = store.save(fitted(), folder, {})
    with pytest.raises(ModelUnavailable, match="cannot be put together"):
        store.load(folder, saved.version)


def test_a_damaged_or_missing_model_is_not_promoted(folder):
    champion = store.read_champion(folder)
    other = store.save(fitted(strength=3.0), folder, {})
    os.truncate(other.path, 10)

    for version in (other.version, "0" * 12, "../champion"):
        with pytest.raises(ModelUnavailable):
            store.promote(folder, version, by="tests", why="mistake")

    assert store.read_champion(folder) == champion


PROMOTE_OFTEN = """
import sys
from pathlib import Path
from models import store
for _ in range(60):
    store.promote(Path(sys.argv[1]), sys.argv[2], by=sys.argv[2], why="a race")
"""


def test_two_processes_that_promote_at_once_leave_a_whole_champion_at_every_moment(folder):
    versions = [store.read_champion(folder).version, store.save(fitted(strength=4.0), folder, {}).version]
    writers = [
        subprocess.Popen([sys.executable, "-c", PROMOTE_OFTEN, str(folder), version]) for version in versions
    ]
    read = []
    while any(writer.poll() is None for writer in writers):
        read.append(store.load_champion(folder)[1])

    assert [writer.returncode for writer in writers] == [0, 0]
    assert len(read) > 10
    assert set(read) <= set(versions)
    assert store.load_champion(folder)[1] in versions
    assert not list(folder.glob(".*.part"))


def test_the_folder_is_below_the_data_directory(monkeypatch, tmp_path):
    monkeypatch.setenv("HEARTLINE_DATA_DIR", str(tmp_path))
    assert store.default_folder() == tmp_path / "models"
    monkeypatch.delenv("HEARTLINE_DATA_DIR")
    assert store.default_folder().parts == ("heartline-data", "models")
