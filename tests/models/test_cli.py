"""`heartline suggest` and `heartline score`, as typed."""

import json
import re

import pytest
from click.testing import CliRunner
from pydantic import TypeAdapter

from classifier import Recommender
from classifier.cli import heartline
from classifier.suggestion import Suggestion
from models import store

NOTE = "14:02 male has knife in hand, yelling 14:05 caller is locked in room"
CONTRACT = TypeAdapter(Suggestion)


@pytest.fixture
def run(data_dir, tmp_path, monkeypatch):
    """Run a command with a model, in an empty folder."""
    monkeypatch.setenv("HEARTLINE_DATA_DIR", str(data_dir))
    return runner(tmp_path, monkeypatch)


@pytest.fixture
def run_without_model(tmp_path, monkeypatch):
    """Run a command where no model was fit."""
    monkeypatch.setenv("HEARTLINE_DATA_DIR", str(tmp_path / "nowhere"))
    return runner(tmp_path, monkeypatch)


def runner(folder, monkeypatch):
    monkeypatch.chdir(folder)
    monkeypatch.setenv("COLUMNS", "120")
    return lambda *arguments, **more: CliRunner().invoke(heartline, [str(word) for word in arguments], **more)


def test_suggest_prints_the_object_of_the_contract(run, data_dir):
    done = run("suggest", "--json", NOTE)

    assert done.exit_code == 0
    suggestion = json.loads(done.stdout)
    CONTRACT.validate_python(suggestion)
    assert suggestion["degraded"] is None
    assert suggestion["versions"]["model"] == store.read_champion(data_dir / "models").version
    assert suggestion["weapon"] == "present"
    for name in ("suggestion_id", "recorded", "elapsed_ms", "call_id"):
        assert suggestion[name] is None


def test_suggest_prints_dangers_first_and_acuity_in_words(run):
    done = run("suggest", NOTE)

    assert done.exit_code == 0
    order = [done.stdout.index(word) for word in ("DANGERS", "RESPONSE", "CATEGORIES", "ACUITY")]
    assert order == sorted(order)
    assert "STATED: weapon — “" in done.stdout
    assert "1 phone · 2 team · 3 urgent · [4 now]" in done.stdout


def test_the_note_may_come_from_standard_input_and_stays_as_it_is(run):
    text = "\n  male has knife in hand\n"
    suggestion = json.loads(run("suggest", "--json", input=text).stdout)
    (hit, *_) = suggestion["override"]["hits"]
    assert text[hit["start"] : hit["end"]] == hit["text"]
    assert hit["start"] > 2


def test_time_place_and_call_type_reach_the_recommender(run, data_dir):
    model, version = store.load_champion(data_dir / "models")
    note = "mgr wants him gone, refuses to leave the store"
    request = {
        "note": note,
        "at": "2026-07-07T11:00:00-04:00",
        "location": {"lat": 35.994, "lon": -78.899},
        "call_type": "DISTURBANCE",
    }

    done = run(
        *("suggest", "--json", note, "--at", "2026-07-07T11:00:00-04:00"),
        *("--lat", "35.994", "--lon", "-78.899", "--call-type", "DISTURBANCE"),
    )

    assert json.loads(done.stdout) == Recommender(model, model_version=version).suggest(request)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("",), "note: is blank"),
        ((" \n ",), "note: is blank"),
        (("x" * 100_001,), "note: String should have at most 100000 characters"),
        (("a", "--at", "2026-07-04T22:10:00"), "at: Input should have timezone info"),
        (("a", "--area", "atlantis"), "area: "),
        (("a", "--lat", "35.9"), "lon: is missing"),
        (("a", "--lat", "95", "--lon", "0"), "lat: Input should be less than or equal to 90"),
        (("a", "--lat", "north"), "not a valid float"),
    ],
)
def test_wrong_usage_is_said_in_a_sentence_and_is_exit_code_2(run, arguments, sentence):
    done = run("suggest", *arguments)
    assert done.exit_code == 2
    assert sentence in done.stderr


def test_standard_input_that_is_no_utf8_is_refused(run):
    done = run("suggest", input=b"knife \xff")
    assert done.exit_code == 2
    assert "Standard input is no UTF-8" in done.stderr


def test_without_a_model_the_rules_answer_and_standard_error_says_why(run_without_model):
    done = run_without_model("suggest", "--json", NOTE)

    assert done.exit_code == 0
    suggestion = json.loads(done.stdout)
    assert suggestion["degraded"]
    assert suggestion["weapon"] == "present"
    assert suggestion["acuity"]["level"] == 4
    assert "There is no champion" in done.stderr
    assert "heartline train --default" in done.stderr
    assert "DEGRADED" in run_without_model("suggest", NOTE).stdout


def test_the_panel_lets_no_note_steer_the_terminal(run):
    done = run("suggest", "male has knife\x1b[2J in hand \x1b]0;owned\x07 [bold]gun in hand[/bold]")
    assert done.exit_code == 0
    assert "\x1b" not in done.stdout
    assert "\x07" not in done.stdout


def test_the_panel_never_says_by_itself_that_there_is_no_weapon(run):
    for note in ("no weapons seen", "unk if weapons", "loud music", "had a knife last year", NOTE):
        shown = re.sub('[“"][^”"]*[”"]', "…", run("suggest", note).stdout.lower())  # it may quote the note
        assert not {"no weapon", "safe", "sure,"} & {
            word for word in ("no weapon", "safe", "sure,") if word in shown
        }


def test_score_answers_every_row_in_order(run, tmp_path):
    (tmp_path / "in.jsonl").write_text(
        '{"note": "male has knife", "id": 7, "acuity": 4}\n{"note": "loud music"}\n'
    )

    done = run("score", "in.jsonl", "-o", "out.jsonl")

    assert (done.exit_code, done.stdout, done.stderr) == (0, "", "")
    first, second = (json.loads(line) for line in (tmp_path / "out.jsonl").read_text().splitlines())
    assert (first.pop("id"), second.pop("id")) == (7, "2")
    assert first == json.loads(run("suggest", "--json", "male has knife").stdout)
    assert second == json.loads(run("suggest", "--json", "loud music").stdout)


def test_without_evidence_only_the_evidence_is_missing(run, tmp_path):
    (tmp_path / "in.jsonl").write_text(
        '{"note": "male banned from store refuses to leave, yelling at clerk"}\n'
    )
    run("score", "in.jsonl", "-o", "with.jsonl")
    run("score", "in.jsonl", "-o", "without.jsonl", "--no-evidence")

    with_evidence, without = (json.loads((tmp_path / f"{n}.jsonl").read_text()) for n in ("with", "without"))

    assert any(category["evidence"] for category in with_evidence["categories"])
    for category in with_evidence["categories"]:
        category["evidence"] = []
    assert with_evidence == without


def test_refused_rows_are_counted_and_are_exit_code_3(run, tmp_path):
    (tmp_path / "in.csv").write_text("note,area\nmale has knife,\nmale has gun,atlantis\n,\n")
    done = run("score", "in.csv", "-o", "out.csv")
    assert done.exit_code == 3
    assert done.stderr == "2 of 3 rows were refused; out.csv says why.\n"


@pytest.mark.parametrize(
    ("arguments", "code", "sentence"),
    [
        (("nowhere.jsonl", "-o", "out.jsonl"), 2, "does not exist"),
        (("in.txt", "-o", "out.jsonl"), 2, "in.txt ends in none of .jsonl, .csv, .parquet"),
        (("in.jsonl", "-o", "out.xlsx"), 2, "out.xlsx ends in none of .jsonl, .csv, .parquet"),
        (("in.jsonl", "-o", "there/out.csv"), 2, "The folder there is not there; make it first"),
        (("in.jsonl", "-o", "in.jsonl"), 2, "OUT is IN, and would replace the notes"),
        (("in.jsonl",), 2, "Missing option '-o'"),
        (("in.csv", "-o", "out.csv"), 1, "in.csv has no column `note`; it has text"),
        (("in.parquet", "-o", "out.csv"), 1, "in.parquet is no Parquet file"),
    ],
)
def test_what_cannot_be_scored_is_said_in_a_sentence(run, tmp_path, arguments, code, sentence):
    for name, content in [("in.txt", "a"), ("in.jsonl", ""), ("in.csv", "text\na\n"), ("in.parquet", "PAR1")]:
        (tmp_path / name).write_text(content)
    before = sorted(path.name for path in tmp_path.iterdir())

    done = run("score", *arguments)

    assert done.exit_code == code
    assert sentence in done.stderr
    assert sorted(path.name for path in tmp_path.iterdir()) == before
