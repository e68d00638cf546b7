"""Export, backup, restore and purge: each by one command, on either database."""

import csv
import gzip
import json
from datetime import UTC, datetime, timedelta

import pytest
from click.testing import CliRunner

from api.record import notes
from api.record.backup import BadBackup, backup, restore
from api.record.cli import audit, export, purge
from api.record.cli import backup as backup_command
from api.record.cli import restore as restore_command
from api.record.events import Decision, NoteMark, NotesPurged, Outcome, SuggestionShown
from api.record.export import COLUMNS
from api.record.shown import shown
from api.record.store import Store
from classifier.suggestion import Suggestion

NOON = datetime(2026, 7, 4, 12, tzinfo=UTC)


@pytest.fixture
def suggestion() -> Suggestion:
    """A suggestion as the recommender gives it, with a text wherever there can be one."""
    said = {"start": 0, "end": 5, "text": "zebra"}
    return {
        "schema": 1,
        "suggestion_id": None,
        "call_id": "24-1",
        "categories": [
            {
                "category": name,
                "probability": 0.5,
                "suggested": name == "trespass",
                "by": "model",
                "confidence": "likely",
                "evidence": [{**said, "weight": 0.25}],
            }
            for name in ("mental_health", "trespass", "welfare_check", "weapons_present")
        ],
        "acuity": {
            "level": 3,
            "name": "urgent",
            "model_level": None,
            "probabilities": None,
            "plausible": [3],
            "floor": 3,
        },
        "weapon": "present",
        "override": {
            "active": True,
            "hits": [
                {
                    **said,
                    "rule": "weapon-blade",
                    "hazard": "weapon",
                    "status": "asserted",
                    "reason": "A knife or another blade is spoken of as here now.",
                    "acuity_floor": 3,
                    "source": "note",
                }
            ],
        },
        "mentions": [{**said, "hazard": "weapon", "status": "asserted", "cue": said}],
        "response": {
            "unit": "CRT",
            "kind": "unarmed_team",
            "also": ["ems"],
            "stage": False,
            "available": False,
            "instead": {"unit": "police", "reason": "CRT is off shift at Sat 22:10; hold"},
            "because": ['STATED: a weapon — "zebra": somebody has to go', "not eligible (call type ZEBRA X)"],
            "not": [{"unit": "CCD", "reason": 'a threat — "zebra "crossing" 4711"'}],
            "follow_up": True,
            "row": "25",
        },
        "ask": [{"fact": "weapon", "question": "Weapons?", "answers": []}],
        "versions": {"model": "m", "rules": "r", "policy": "p", "heartline": "0"},
        "degraded": None,
        "recorded": None,
        "elapsed_ms": None,
    }


@pytest.fixture
def filled(opened, suggestion):
    """A record with a suggestion, its note, a decision and an outcome, an hour apart."""
    record = opened(keep_notes=True)
    event = SuggestionShown(
        suggestion_id="s1",
        suggestion=shown(suggestion),
        note=record.mark("zebra crossing 4711"),
        latency_ms=3.5,
        call_id="24-1",
        call_at=NOON,
        at=NOON,
    )
    record.append(event, "zebra crossing 4711")
    hour = timedelta(hours=1)
    record.append(Decision(call_id="24-1", action="accepted", unit="CRT", also=("ems",), at=NOON + hour))
    record.append(Outcome(call_id="24-1", weapon_found=False, at=NOON + 2 * hour))
    return record


@pytest.fixture
def run(filled, monkeypatch):
    """Runs a command on the filled record."""
    monkeypatch.setenv("HEARTLINE_DATABASE_URL", filled.store.url)

    def run(command, *arguments):
        return CliRunner().invoke(command, [str(argument) for argument in arguments])

    return run


def test_json_lines_hold_each_event_whole_with_its_place(run, filled):
    lines = [json.loads(line) for line in run(export).stdout.splitlines()]

    assert [line["number"] for line in lines] == [1, 2, 3]
    assert [line["kind"] for line in lines] == ["suggestion_shown", "decision", "outcome"]
    assert [line["hash"] for line in lines] == [row.hash for row in filled.rows()]
    assert lines[1]["unit"] == "CRT"
    assert lines[0]["suggestion"]["response"]["instead"]["reason"] == "CRT is off shift at Sat 22:10; hold"


def test_csv_is_flat_and_has_a_column_for_what_is_asked_most(run, tmp_path):
    run(export, "-o", tmp_path / "out.csv")
    with open(tmp_path / "out.csv", newline="") as file:
        rows = list(csv.DictReader(file))

    assert list(rows[0]) == list(COLUMNS)
    assert [row["unit"] for row in rows] == ["CRT", "CRT", ""]
    assert rows[0]["categories"] == "trespass"
    assert (rows[0]["available"], rows[0]["instead"]) == ("false", "police")
    assert rows[2]["weapon_found"] == "false"
    assert json.loads(rows[1]["content"])["action"] == "accepted"


@pytest.mark.parametrize(
    ("options", "numbers"),
    [
        (["--since", "2026-07-04T13:00:00+00:00"], [2, 3]),
        (["--until", "2026-07-04T09:00:00-04:00"], [1]),
        (["--since", "2026-07-05"], []),
        (["--kind", "decision", "--kind", "outcome"], [2, 3]),
    ],
)
def test_a_time_range_or_a_kind_can_be_asked_for(run, options, numbers):
    assert [json.loads(line)["number"] for line in run(export, *options).stdout.splitlines()] == numbers


def test_texts_are_exported_only_if_asked_for(run):
    assert "zebra" not in run(export).stdout
    assert json.loads(run(export, "--with-notes").stdout.splitlines()[0])["note"] == "zebra crossing 4711"


@pytest.mark.parametrize(
    "options", [["-o", "out.xml"], ["--since", "yesterday"], ["--with-notes", "-o", "x.csv"]]
)
def test_what_cannot_be_exported_is_a_wrong_use(run, options):
    assert run(export, *options).exit_code == 2


def test_audit_prints_the_head_and_takes_it_back(run, filled):
    done = run(audit, "verify")
    head = f"3:{filled.verify().head[1]}"

    assert done.exit_code == 0
    assert done.output == f"3 rows, the chain is whole; head {head}\n"
    assert run(audit, "verify", "--head", head).exit_code == 0
    assert run(audit, "verify", "--head", f"4:{'0' * 64}").exit_code == 1
    assert run(audit, "verify", "--head", "4").exit_code == 2


def test_a_backup_goes_into_the_other_database_and_the_chain_is_the_same(filled, tmp_path, postgres):
    head = backup(filled.store, tmp_path / "record.backup", with_notes=True)
    other = f"sqlite:///{tmp_path}/other.sqlite3"
    if filled.store.engine.dialect.name == "sqlite":
        other = postgres.emptied()
    store = Store(other)

    assert restore(store, tmp_path / "record.backup") == head
    assert list(store.rows()) == list(filled.rows())
    assert notes.count(store) == 1
    store.close()


def test_a_backup_holds_no_text_unless_asked(filled, tmp_path):
    backup(filled.store, tmp_path / "record.backup")

    assert b"zebra" not in gzip.decompress((tmp_path / "record.backup").read_bytes())


def test_nothing_is_restored_over_a_record(run, tmp_path):
    assert run(backup_command, tmp_path / "b").exit_code == 0
    done = run(restore_command, tmp_path / "b")

    assert done.exit_code == 1
    assert "empty" in done.output


@pytest.mark.parametrize("damage", ["cut", "line", "changed", "none"])
def test_a_damaged_backup_restores_nothing(filled, tmp_path, damage):
    path = tmp_path / "record.backup"
    backup(filled.store, path)
    lines = gzip.decompress(path.read_bytes()).splitlines(keepends=True)
    if damage == "cut":
        path.write_bytes(path.read_bytes()[:-20])
    elif damage == "line":
        path.write_bytes(gzip.compress(b"".join(lines[:-2] + lines[-1:])))
    elif damage == "changed":
        path.write_bytes(gzip.compress(b"".join(lines).replace(b"accepted", b"rejected")))
    else:
        path.write_bytes(b"no backup")
    store = Store(f"sqlite:///{tmp_path}/other.sqlite3")

    with pytest.raises(BadBackup):
        restore(store, path)
    assert store.head()[0] == 0
    store.close()


def test_purging_texts_leaves_the_chain_as_it_was_and_is_recorded(run, filled):
    before = [row.hash for row in filled.rows()]
    done = run(purge, "--older-than", 0)

    assert "1 texts" in done.output
    assert notes.count(filled.store) == 0
    verdict = filled.verify()
    assert verdict.whole
    assert [row.hash for row in filled.rows()][:3] == before
    assert [event.count for event in filled.events() if isinstance(event, NotesPurged)] == [1]


def test_a_text_that_is_not_old_enough_stays(filled):
    assert filled.purge_notes(timedelta(days=36_500)) == 0
    assert notes.count(filled.store) == 1


def test_a_purged_text_is_not_left_behind_in_the_file(filled, tmp_path):
    if filled.store.engine.dialect.name == "postgresql":
        return  # its pages are rewritten by VACUUM, which the operator's page says
    filled.purge_notes()
    left = b"".join(path.read_bytes() for path in tmp_path.glob("record.sqlite3*"))

    assert b"zebra" not in left
    assert filled.verify().count == 4


def test_without_the_setting_no_text_is_kept(opened, suggestion):
    record = opened()
    event = SuggestionShown(
        suggestion_id="s", suggestion=shown(suggestion), note=record.mark("zebra"), latency_ms=1
    )
    record.append(event, "zebra")

    assert notes.count(record.store) == 0
    assert "zebra" not in next(record.rows()).content


def test_the_mark_of_a_note_tells_the_same_from_another_but_only_with_the_same_key(opened):
    record, other = opened(), opened(key=b"another key of more than 16 bytes")

    assert record.mark("a knife") == record.mark("a knife")
    assert record.mark("a knife") != record.mark("a knives")
    assert record.mark("a knife").hmac != other.mark("a knife").hmac
    assert record.mark("a knife").key != other.mark("a knife").key
    assert record.mark("🔪 e").length == 3
    assert NoteMark.model_validate(record.mark("x").model_dump())
