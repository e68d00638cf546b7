"""Studies question a model that has not seen the notes; here a small one, and few notes."""

import json

import pytest
from click.testing import CliRunner

from classifier.cli import heartline
from classifier.labels import LabeledNote
from models import store
from training import corpus
from training.studies import STUDIES, ablation_study, fitted
from training.studies.fairness_study import swaps
from training.studies.peers import PEERS


@pytest.fixture
def small(data_dir, monkeypatch):
    """A small model and every eightieth note of the unread half, for whichever study."""
    model = store.load_champion(data_dir / "models")[0]
    notes = [note for note in corpus.packaged() if note.center in corpus.UNREAD][::80]
    monkeypatch.setattr(fitted, "of_reading_half", lambda folder, jobs: model)
    monkeypatch.setattr(fitted, "unread", lambda share=1: notes[::share])
    return model


@pytest.mark.parametrize("name", ["typing", "fairness", "explanations", "unfamiliar"])
def test_a_study_tells_tables_of_figures_and_no_note(small, name, tmp_path):
    done = CliRunner().invoke(heartline, ["study", name, "--json", "--write", str(tmp_path)])
    content = json.loads(done.stdout)
    assert content == {"study": name, **json.loads((tmp_path / f"{name}.json").read_text())}
    tables = [rows for title, rows in content.items() if title not in {"study", "provenance"}]
    assert any(tables)
    assert all(row.keys() == rows[0].keys() for rows in tables for row in rows)
    assert not any(note.note in done.stdout for note in fitted.unread())


def test_more_typed_is_better_judged(small):
    from training.studies import typing_study

    rows = typing_study.run(None, 1)["by_share"]
    assert [row["typed"] for row in rows] == [f"{tenth}0%" for tenth in range(1, 11)]
    assert rows[0]["macro F1"] < rows[-1]["macro F1"]
    assert rows[0]["two too low"] > rows[-1]["two too low"]


def test_what_is_no_call_is_called_unsure(small):
    from training.studies import unfamiliar_study

    notes, *strange = unfamiliar_study.run(None, 1)["unfamiliar"]
    assert notes["called unsure"] < 0.2
    assert min(row["called unsure"] for row in strange) > 0.8


def test_deleting_the_evidence_lowers_the_probability_more_than_chance(small):
    from training.studies import explanations_study

    rows = explanations_study.run(None, 1)["evidence"]
    assert rows
    assert all(row["comprehensiveness"] > row["comprehensiveness by chance"] for row in rows)


@pytest.mark.parametrize(
    ("who", "before", "after"),
    [
        ("sex", "SHE HIT HER IN HER FACE", "HE HIT HIM IN HIS FACE"),
        ("sex", "Husband of W/F 30S, her son", "Wife of W/M 30S, his daughter"),
        ("race", "W/M AND A BLACK FEMALE, BLACK HOODIE", "B/M AND A WHITE FEMALE, BLACK HOODIE"),
        ("age", "28YOM, 65 YO MOTHER, 9 YO", "49YOM, 65 YO MOTHER, 9 YO"),
        ("name", "Jamal at the door", "Greg at the door"),
        ("language", "speaks Spanish", "speaks Vietnamese"),
        ("neighborhood", "east side motel", "west side hotel"),
    ],
)
def test_only_who_somebody_is_is_swapped(who, before, after):
    swap = swaps()[who]
    assert swap(before) == after
    assert swap(after) == before


NOTES = [
    LabeledNote(note=text, categories=categories, acuity=acuity)
    for text, categories, acuity in [
        ("male with a knife in the lobby", ["weapons_present"], 4),
        ("suicidal female, depressed", ["mental_health"], 3),
        ("neighbor not answering the door, worried", ["welfare_check"], 2),
        ("refusing to leave the store", ["trespass"], 2),
        ("loud music", [], 1),
    ]
    * 3
]


@pytest.mark.parametrize("name", ["keyword lists", "n-grams, logistic regression"])
def test_a_peer_learns_what_is_plain(name):
    suggested, acuity = PEERS[name].learn(NOTES)([note.note for note in NOTES[:5]])
    assert suggested.astype(int).argmax(axis=1)[:4].tolist() == [3, 0, 2, 1]
    assert not suggested[4].any()
    assert acuity.tolist() == [4, 3, 2, 2, 1]


@pytest.mark.parametrize(
    "name", ["without concepts", "without the network", "with sex and origin told apart"]
)
def test_a_model_without_a_part_still_answers_and_is_kept(name, tmp_path):
    notes = [note for note in corpus.packaged() if note.center in {"A", "C", "E"}][::20]
    fold = ablation_study.leave_centers_out(notes, 3)[0]
    said = ablation_study._said(name, fold, notes, corpus.supplement()[::40], tmp_path)
    [kept] = tmp_path.iterdir()
    assert 0 < ablation_study._row(name, [notes[row] for row in fold.judge], [said])["acuity exact"] <= 1

    written = kept.stat().st_mtime_ns
    ablation_study._said(name, fold, notes, corpus.supplement()[::40], tmp_path)
    assert kept.stat().st_mtime_ns == written


def test_every_study_is_a_module_and_named_in_the_help():
    help_text = CliRunner().invoke(heartline, ["study", "--help"]).stdout
    assert all(name in help_text for name in STUDIES)
