"""`heartline train`, `evaluate` and `promote`, as typed."""

import json
import shutil
import sys

import pytest
from click.testing import CliRunner

from classifier.cli import heartline
from models import store
from training import cli, corpus
from training.progress import track, working

OWN = [
    {"note": "SUBJ WAVING A KNIFE AT STAFF IN THE CAFE", "categories": ["weapons_present"], "acuity": 4},
    {"note": "DAUGHTER WORRIED, MOTHER NOT ANSWERING SINCE SUNDAY", "categories": ["welfare_check"]},
    {"note": "MALE ASLEEP IN STAIRWELL, MGR WANTS HIM OUT", "categories": ["trespass"], "acuity": 2},
    {"note": "LOUD MUSIC UPSTAIRS AGAIN", "categories": [], "acuity": 1, "weapon": "none", "hazards": []},
]


@pytest.fixture
def few(monkeypatch):
    """A packaged corpus of 500 notes, so that fits are quick."""
    notes = corpus.packaged()[::25]
    monkeypatch.setattr(corpus, "packaged", lambda: list(notes))
    supplement = corpus.supplement()[::25]
    monkeypatch.setattr(corpus, "supplement", lambda: list(supplement))
    return notes


@pytest.fixture
def run(tmp_path, monkeypatch):
    """Run a command in an empty folder."""
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    monkeypatch.setenv("HEARTLINE_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.chdir(tmp_path)
    return lambda *arguments: CliRunner().invoke(heartline, [str(word) for word in arguments])


@pytest.fixture
def own(tmp_path):
    path = tmp_path / "own.jsonl"
    path.write_text("".join(f"{json.dumps(record)}\n" for record in OWN), encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("train", "--only-data"), "--only-data needs --data"),
        (("train", "--default", "--data", "own.jsonl"), "leave out --data"),
        (("train", "--columns", "own.jsonl"), "--columns names the columns of --data"),
        (("train", "--data", "absent.csv"), "does not exist"),
        (("evaluate", "--halves", "--reading"), "give one of --halves, --reading, --rules"),
        (("evaluate", "--halves", "--data", "own.jsonl"), "--data goes with --rules"),
        (("evaluate", "--prior", "weapons=0.04"), "give one of mental_health, trespass"),
        (("evaluate", "--prior", "trespass=4"), "a rate from 0 to 1"),
        (("evaluate", "--prior", "trespass"), "a rate from 0 to 1"),
        (("evaluate", "--halves", "--write"), "--write keeps whole evaluations"),
        (("evaluate", "--rules", "--prior", "trespass=0.1", "--write"), "--write keeps whole evaluations"),
        (("evaluate", "--errors", "0"), "0 is not in the range"),
        (("promote", "--version", "1"), "Missing option '--why'"),
    ],
)
def test_wrong_usage_is_exit_code_2(run, own, arguments, says):
    done = run(*arguments)
    assert done.exit_code == 2
    assert says in done.stderr


def test_bad_data_fails_with_every_fault_and_without_a_traceback(run, tmp_path):
    (tmp_path / "bad.csv").write_text("note,acuity\nHI,9\nHO,7\n", encoding="utf-8")
    done = run("train", "--data", tmp_path / "bad.csv")
    assert done.exit_code == 1
    assert "bad.csv:2: acuity got 9; use one of 1, 2, 3, 4" in done.stderr
    assert "bad.csv:3: acuity got 7" in done.stderr


def test_the_default_model_is_fit_once_without_mlflow(run, few, monkeypatch, tmp_path):
    monkeypatch.setitem(sys.modules, "mlflow", None)
    first = run("train", "--default")
    version = store.read_champion(tmp_path / "data" / "models").version
    second = run("train", "--default", "--seed", 5)
    assert (first.exit_code, second.exit_code) == (0, 0)
    assert first.stdout == f"Model {version} is the champion. It was fit on synthetic notes only.\n"
    assert second.stdout == "There is a champion already; it was left as it is.\n"
    assert store.read_champion(tmp_path / "data" / "models").version == version
    assert first.stderr == ""


def test_training_registers_a_challenger_and_promotion_lets_it_answer(run, few, own, tmp_path):
    done = run("train", "--data", own, "--folds", 2, "--jobs", 1)
    assert done.exit_code == 0, done.output
    assert "Each center judged by what was learned from the others, in 2 parts (504 notes)" in done.stdout
    assert "is registered as version 1, alias challenger" in done.stdout
    models = tmp_path / "data" / "models"
    assert not (models / store.CHAMPION).exists()

    promoted = run("promote", "--version", 1, "--why", "better on ours", "--by", "amy")
    assert promoted.exit_code == 0, promoted.output
    _, version = store.load_champion(models)
    assert version in done.stdout
    assert store.digest(OWN[0]["note"]) in store.fitted_on(models, version)


def test_training_needs_mlflow_and_says_so_before_the_long_work(run, few, monkeypatch, tmp_path):
    monkeypatch.setitem(sys.modules, "mlflow", None)
    done = run("train")
    assert done.exit_code == 1
    assert "pip install 'heartline[train]'" in done.stderr
    assert not (tmp_path / "data" / "folds").exists()


def test_evaluation_prints_both_protocols_with_intervals(run, few):
    done = run("evaluate", "--folds", 2, "--jobs", 1)
    assert done.exit_code == 0, done.output
    halves, each = done.stdout.split("Each center judged")
    assert "Learned from the reading half, judged on the unread half" in halves
    for table in (halves, each):
        assert "Whole system" in table
        assert "Model alone" in table
        assert "Unsafe unarmed" in table
    assert done.stderr == ""


def test_evaluation_as_json_holds_every_figure_and_where_it_comes_from(run, few):
    done = run("evaluate", "--halves", "--json", "--jobs", 1)
    content = json.loads(done.stdout)
    assert set(content["provenance"]) == {"data", "code", "rules", "packages", "supplement"}
    report = content["reading_to_unread"]
    assert set(report["centers"]) == corpus.UNREAD
    assert set(report["system"]["macro_f1"]) == {"value", "low", "high"}
    assert report["model"]["acuity.kappa"]["value"] is not None


def test_rules_are_judged_on_both_halves_without_a_model(run, few, tmp_path):
    done = run("evaluate", "--rules", "--json", "--jobs", 1, "--write")
    assert done.exit_code == 0, done.output
    content = json.loads(done.stdout)
    assert content["reading"]["model"] is None
    assert content["unread"]["notes"] + content["reading"]["notes"] == len(few)
    assert json.loads((tmp_path / "docs" / "figures" / "rules.json").read_text("utf-8")) == content


def test_a_prior_weights_every_figure(run, few):
    plain, rare = (
        json.loads(run("evaluate", "--rules", "--json", "--jobs", 1, *prior).stdout)["unread"]["system"]
        for prior in ((), ("--prior", "weapons_present=0.01"))
    )
    name = "weapons_present.precision"
    assert rare[name]["value"] < plain[name]["value"]
    assert rare["weapons_present.recall"]["value"] == pytest.approx(plain["weapons_present.recall"]["value"])


def test_errors_show_notes_of_the_reading_half_and_none_of_the_unread_half(run, few):
    reading, unread = (
        {note.note for note in few if note.center in half} for half in (corpus.READING, corpus.UNREAD)
    )
    done = run("evaluate", "--errors", 500, "--json", "--jobs", 1, "--folds", 2)
    errors = json.loads(done.stdout)["errors"]
    assert errors["reading_to_unread"] == []
    assert errors["leave_centers_out"]
    assert {error["note"] for error in errors["leave_centers_out"]} <= reading
    screen = run("evaluate", "--errors", 500, "--jobs", 1, "--folds", 2).stdout
    assert not any(note in screen for note in unread if len(note) > 20)


def test_the_unread_half_stays_hidden_in_a_file_of_one_s_own(run, few, tmp_path):
    hidden = next(note for note in corpus.packaged() if note.center in corpus.UNREAD)
    labels = {"categories": (), "weapon": "present", "hazards": None}
    renamed = hidden.model_copy(update={"center": "ours", **labels})
    record = renamed.model_dump(exclude={"categories", "acuity"}, exclude_none=True)
    (tmp_path / "copy.jsonl").write_text(json.dumps(record), encoding="utf-8")
    done = run("evaluate", "--rules", "--data", tmp_path / "copy.jsonl", "--errors", "--jobs", 1)
    assert done.exit_code == 0, done.output
    assert hidden.note not in done.stdout


@pytest.fixture
def with_champion(data_dir, tmp_path):
    shutil.copytree(data_dir / "models", tmp_path / "data" / "models")


def test_the_champion_is_judged_on_one_s_own_notes(run, own, with_champion):
    done = run("evaluate", "--data", own, "--errors")
    assert done.exit_code == 0, done.output
    assert "on your data (4 notes)" in done.stdout


def test_notes_that_the_champion_was_fit_on_are_refused(run, own, with_champion, tmp_path):
    fitted = next(note for note in corpus.packaged() if note.center in corpus.READING)
    with own.open("a", encoding="utf-8") as file:
        file.write(json.dumps({"note": f"  {fitted.note.lower()}\n", "acuity": 2}))
    done = run("evaluate", "--data", own)
    assert done.exit_code == 3
    assert "1 of 5 notes were refused: the champion was fit on them." in done.stderr
    assert "(4 notes)" in done.stdout


def test_nothing_but_fitted_notes_leaves_nothing_to_judge(run, with_champion, tmp_path):
    fitted = next(note for note in corpus.packaged() if note.center in corpus.READING)
    (tmp_path / "same.jsonl").write_text(fitted.model_dump_json(exclude_none=True), encoding="utf-8")
    done = run("evaluate", "--data", tmp_path / "same.jsonl")
    assert done.exit_code == 1
    assert "give notes that it has not seen" in done.stderr


def test_without_a_champion_own_notes_cannot_be_judged(run, own):
    done = run("evaluate", "--data", own)
    assert done.exit_code == 1
    assert "heartline train --default" in done.stderr


def test_a_column_map_is_read_with_the_data(run, tmp_path):
    (tmp_path / "cad.csv").write_text("NARR,PRI\nMALE WITH GUN,P1\nNOISE,P4\n", encoding="utf-8")
    (tmp_path / "map.yaml").write_text(
        "columns: {note: NARR, acuity: PRI}\nvalues: {acuity: {P1: 4, P4: 1}}\n", encoding="utf-8"
    )
    done = run("evaluate", "--rules", "--data", "cad.csv", "--columns", "map.yaml", "--jobs", 1)
    assert done.exit_code == 0, done.output
    assert "Rules and policy alone, on your data (2 notes)" in done.stdout


def test_progress_vanishes_where_there_is_no_terminal(capsys):
    assert list(track([1, 2], 2, "counting")) == [1, 2]
    with working("at it"):
        pass
    assert capsys.readouterr() == ("", "")


def test_every_command_of_this_folder_is_an_entry_point():
    from importlib.metadata import entry_points

    declared = {entry.value for entry in entry_points(group="heartline.commands")}
    assert {f"training.cli:{name}" for name in ("train", "evaluate", "promote")} <= declared
    assert all(hasattr(cli, name) for name in ("train", "evaluate", "promote"))
