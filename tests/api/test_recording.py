"""What the service records, and what it answers when it cannot."""

import errno
import json
import logging
from datetime import UTC, datetime, timedelta

import pytest
from fastapi.testclient import TestClient
from sqlalchemy.exc import OperationalError

from api.app import create_app
from api.recording import open_record, tell
from api.settings import Settings

ADDRESS = "http://127.0.0.1:8000"
QUIET = "male asleep in the lobby, no weapons"
KNIFE = "male asleep in the lobby, now he has a knife in his hand"
PLANTED = "zebra crossing 4711"


def served(folder, **settings):
    return TestClient(create_app(Settings(data_dir=folder, record_patience=30, **settings)), base_url=ADDRESS)


@pytest.fixture
def service(tmp_path):
    """A service with rules alone, and an empty record."""
    with served(tmp_path) as client:
        yield client


def suggest(client, note=QUIET, **fields):
    answer = client.post("/v1/suggest", json={"note": note, "call_id": "24-1", **fields})
    assert answer.status_code == 200, answer.text
    return answer.json()


def post(client, path, key=None, **fields):
    return client.post(path, json=fields, headers={} if key is None else {"Idempotency-Key": key})


def events(client, *kinds):
    record = client.app.state.record
    return [event for event in record.events(kinds=kinds) if event.kind not in ("promotion", "setting")]


@pytest.fixture
def away(service, monkeypatch):
    """Takes the database away, or both it and the spool; gives them back."""

    def gone(*_, **__):
        raise OperationalError("x", {}, Exception("the server closed the connection"))

    def full(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    def take(spool=False):
        record = service.app.state.record
        for name in ("append", "ping", "rows", "find", "last_of_each", "head"):
            monkeypatch.setattr(record.store, name, gone)
        if spool:
            monkeypatch.setattr(record._spool, "add", full)
            monkeypatch.setattr(record._spool, "probe", full)
        return monkeypatch.undo

    return take


def test_a_suggestion_is_recorded_when_it_changes_and_not_at_each_key(service):
    first = suggest(service, "male asleep in the lobby, no w")
    same = suggest(service, "male asleep in the lobby, no we")
    other = suggest(service, KNIFE)

    assert first["recorded"] == same["recorded"] == other["recorded"] == "stored"
    assert first["suggestion_id"] == same["suggestion_id"] != other["suggestion_id"]
    assert [event.suggestion_id for event in events(service, "suggestion_shown")] == [
        first["suggestion_id"],
        other["suggestion_id"],
    ]


def test_each_screen_and_each_call_has_its_own(service):
    for fields in ({}, {"shown_to": "T2"}, {"call_id": "24-2"}):
        suggest(service, **fields)

    shown = events(service, "suggestion_shown")
    assert [(event.call_id, event.shown_to) for event in shown] == [
        ("24-1", None),
        ("24-1", "T2"),
        ("24-2", None),
    ]


def test_the_record_of_a_suggestion_says_all_but_the_note(service):
    suggest(service, KNIFE, at="2026-07-04T22:10:00-04:00", area="central", call_type="MENTAL")
    event = events(service, "suggestion_shown")[0]

    assert event.note == service.app.state.record.mark(KNIFE)
    assert (event.mode, event.area, event.call_type) == ("live", "central", "MENTAL")
    assert event.call_at == datetime(2026, 7, 5, 2, 10, tzinfo=UTC)
    assert event.suggestion["hits"][0]["rule"].startswith("weapon")
    assert event.latency_ms > 0
    assert all("—" not in reason for reason in event.suggestion["response"]["because"])


def test_no_word_of_a_note_reaches_record_log_or_address(tmp_path, caplog):
    caplog.set_level(logging.DEBUG)
    note = f"he has a {PLANTED} knife in his hand, {PLANTED}, his wife says {PLANTED} has a gun"
    with served(tmp_path, access_log=True) as client:
        suggest(client, note, call_type=f"a man at {PLANTED} with")
        post(client, "/v1/decisions", key=PLANTED, call_id="24-1", action="accepted", unit=f"CRT {PLANTED} x")
        post(client, "/v1/decisions", key=PLANTED, call_id="24-1", action="accepted", unit="CRT")
        post(client, "/v1/decisions", call_id="24-1", action="accepted", reason=PLANTED)
    kept = b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())

    assert b"suggestion_shown" in kept
    assert b"zebra" not in kept.lower()
    assert not [line for line in caplog.messages if "zebra" in line.lower()]


@pytest.mark.parametrize(
    ("path", "fields"),
    [
        ("/v1/decisions", {"call_id": "24-1", "action": "changed", "unit": "police", "reason": "unit_busy"}),
        ("/v1/decisions", {"suggestion_id": "s", "action": "dismissed"}),
        ("/v1/outcomes", {"call_id": "24-1", "unit": "CRT", "weapon_found": False, "minutes": 31.5}),
        ("/v1/units", {"call_id": "24-1", "units": ["CRT", "Engine 5"]}),
        ("/v1/follow-ups", {"call_id": "24-1", "consent": True}),
    ],
)
def test_what_is_posted_is_in_the_record_when_it_is_answered(service, path, fields):
    answer = post(service, path, **fields)

    assert answer.status_code == 201
    assert answer.json()["recorded"] == "stored"
    event = events(service)[0]
    assert event.event_id == answer.json()["event"]["event_id"]
    given = json.loads(event.model_dump_json())
    assert {name: given[name] for name in fields} == fields


@pytest.mark.parametrize(
    ("path", "fields", "at_fault"),
    [
        ("/v1/decisions", {"action": "accepted"}, "call_id"),
        ("/v1/decisions", {"call_id": "1", "action": "guessed"}, "action"),
        ("/v1/decisions", {"call_id": "1", "action": "accepted", "why": "x"}, "why"),
        ("/v1/decisions", {"call_id": "1", "action": "accepted", "at": "2026-07-04T22:10:00"}, "at"),
        ("/v1/outcomes", {"unit": "CRT"}, "call_id"),
        ("/v1/units", {"call_id": "1", "units": ["a long story of five words"]}, "units"),
        ("/v1/follow-ups", {"call_id": "1", "due": "2099-01-01T00:00:00Z"}, "due"),
        ("/v1/follow-ups", {"follow_up_id": "none"}, "follow_up_id"),
    ],
)
def test_what_cannot_be_recorded_is_a_422_that_names_the_field(service, path, fields, at_fault):
    answer = post(service, path, **fields)

    assert answer.status_code == 422
    assert at_fault in answer.text
    assert events(service) == []


def test_a_request_sent_again_under_its_key_is_recorded_once(service):
    fields = {"call_id": "24-1", "action": "accepted", "unit": "CRT"}
    first, again = (post(service, "/v1/decisions", key="k", **fields) for _ in range(2))
    other = post(service, "/v1/decisions", key="l", **fields)

    assert (first.status_code, again.status_code, other.status_code) == (201, 200, 201)
    assert again.json() == {**first.json(), "repeated": True}
    assert len(events(service)) == 2


def test_a_key_used_for_another_request_is_refused(service):
    post(service, "/v1/decisions", key="k", call_id="24-1", action="accepted")
    answer = post(service, "/v1/decisions", key="k", call_id="24-1", action="dismissed")

    assert answer.status_code == 422
    assert "Idempotency-Key" in answer.json()["detail"]
    assert len(events(service)) == 1


def test_without_the_database_all_goes_on_and_ready_says_so(service, away):
    back = away()
    assert suggest(service)["recorded"] == "spooled"
    answer = post(service, "/v1/decisions", call_id="24-1", action="accepted")
    assert (answer.status_code, answer.json()["recorded"]) == (201, "spooled")
    ready = service.get("/readyz").json()
    assert ready["recording"] == "spooled"
    assert "database" in ready["trouble"]
    assert service.get("/v1/calls/24-1").status_code == 503

    back()
    while service.get("/readyz").json()["recording"] != "stored":
        pass
    kinds = [entry["event"]["kind"] for entry in service.get("/v1/calls/24-1").json()["history"]]
    assert kinds == ["suggestion_shown", "decision"]


def test_with_neither_a_suggestion_is_still_answered_and_a_decision_is_refused(service, away):
    back = away(spool=True)
    given = suggest(service, KNIFE)
    assert (given["recorded"], given["weapon"]) == ("no", "present")
    answer = post(service, "/v1/decisions", call_id="24-1", action="accepted")
    assert answer.status_code == 503
    assert int(answer.headers["Retry-After"]) > 0
    assert service.get("/readyz").json()["recording"] == "no"

    back()
    while service.get("/readyz").json()["recording"] != "stored":
        pass
    assert suggest(service, KNIFE)["recorded"] == "stored"
    assert post(service, "/v1/decisions", call_id="24-1", action="accepted").status_code == 201


def test_with_recording_switched_off_suggestions_say_so_and_decisions_are_refused(tmp_path):
    with served(tmp_path, record=False) as client:
        assert suggest(client)["recorded"] == "no"
        assert post(client, "/v1/decisions", call_id="1", action="accepted").status_code == 503
        assert client.get("/readyz").json()["recording"] == "no"
        assert client.get("/v1/calls/1").status_code == 503


def test_a_new_danger_raises_an_alert_once_a_team_is_rolling_and_a_person_acknowledges_it(service):
    suggest(service, KNIFE, call_id="24-9")
    suggest(service, QUIET)
    suggest(service, QUIET, units=["CRT"])
    assert service.get("/v1/alerts").json()["alerts"] == []

    suggest(service, KNIFE)
    alerts = service.get("/v1/alerts?unit=CRT").json()["alerts"]
    assert [(alert["call_id"], alert["units"]) for alert in alerts] == [("24-1", ["CRT"])]
    assert alerts[0]["changes"][0]["hazard"] == "weapon"
    assert alerts[0]["changes"][0]["after"] == "asserted"
    assert service.get("/v1/alerts?unit=CCD").json()["alerts"] == []

    path = f"/v1/alerts/{alerts[0]['alert_id']}/acknowledgement"
    assert post(service, path, by="T12").status_code == 201
    assert service.get("/v1/alerts").json()["alerts"] == []
    assert events(service, "alert_acknowledged")[0].by == "T12"
    assert post(service, "/v1/alerts/none/acknowledgement").status_code == 404


def test_a_status_that_changes_is_told_too_and_what_stays_is_not(service):
    suggest(service, KNIFE, units=["CRT"])
    suggest(service, KNIFE + " and he is yelling")
    before = len(service.get("/v1/alerts").json()["alerts"])
    suggest(service, "male asleep in the lobby, no knife, no weapons")

    alerts = service.get("/v1/alerts").json()["alerts"]
    assert len(alerts) == before + 1
    assert {"before": "asserted", "after": "negated"}.items() <= alerts[-1]["changes"][0].items()


def test_units_assigned_elsewhere_count(service):
    suggest(service, QUIET)
    post(service, "/v1/units", call_id="24-1", units=["CRT"])
    suggest(service, KNIFE)

    assert len(service.get("/v1/alerts").json()["alerts"]) == 1


def test_the_gravest_danger_of_linked_calls_counts_for_the_incident_and_its_teams_hear_of_it(service):
    suggest(service, QUIET, incident_id="i", units=["CRT"])
    suggest(service, "he has a gun in his hand", call_id="24-2", incident_id="i")
    alerts = service.get("/v1/alerts").json()["alerts"]
    assert [(alert["call_id"], alert["from_call"]) for alert in alerts] == [("24-1", "24-2")]

    call, team = service.get("/v1/calls/24-1").json(), service.get("/v1/team/24-1").json()
    assert call["incident"]["calls"] == ["24-1", "24-2"]
    assert call["dangers"].get("weapon") != "asserted"
    assert call["incident"]["dangers"]["weapon"] == team["dangers"]["weapon"] == "asserted"
    assert team["weapon"] == "present"


def test_a_team_is_shown_structured_fields_and_no_criminal_history(service):
    cautions = [
        {"kind": "animal", "severity": "high"},
        {"kind": "violence_toward_responders", "about": "person", "criminal_history": True},
    ]
    suggest(service, KNIFE, cautions=cautions)
    suggest(service, KNIFE, cautions=cautions)
    answer = service.get("/v1/team/24-1")

    assert [caution["kind"] for caution in answer.json()["cautions"]] == ["animal"]
    assert len(service.get("/v1/calls/24-1").json()["cautions"]) == 2
    assert "knife" not in answer.text.lower()
    assert len(events(service, "cautions")) == 1


def test_a_call_with_a_slash_in_its_id_is_found_and_an_unknown_one_is_not(service):
    suggest(service, call_id="24/118")

    assert service.get("/v1/calls/24/118").json()["call_id"] == "24/118"
    assert service.get("/v1/calls/25").status_code == service.get("/v1/team/25").status_code == 404


def test_a_follow_up_is_due_in_48_hours_and_goes_on_until_it_is_closed(service):
    at = datetime.now(UTC) - timedelta(hours=50)
    first = post(service, "/v1/follow-ups", call_id="24-1", at=at.isoformat()).json()["event"]
    assert datetime.fromisoformat(first["due"]) - at == timedelta(hours=48)
    listed = service.get("/v1/follow-ups?status=overdue").json()["follow_ups"]
    assert [(each["overdue"], each["follow_up"]["status"]) for each in listed] == [(True, "due")]

    name = first["follow_up_id"]
    post(service, "/v1/follow-ups", follow_up_id=name, status="attempted", attempts=1, consent=True)
    post(service, "/v1/follow-ups", follow_up_id=name, status="closed", result="connected")
    assert service.get("/v1/follow-ups").json()["follow_ups"] == []
    last = service.get("/v1/follow-ups?status=all").json()["follow_ups"][0]["follow_up"]
    assert (last["attempts"], last["consent"], last["result"], last["call_id"]) == (
        1,
        True,
        "connected",
        "24-1",
    )
    assert last["due"] == first["due"]


def test_a_follow_up_begun_twice_under_one_key_is_one(service):
    first, again = (post(service, "/v1/follow-ups", key="k", call_id="1").json() for _ in range(2))

    assert again["event"] == first["event"]


def test_what_answers_and_the_settings_are_recorded_once_whichever_worker_sees_them_first(tmp_path):
    settings = Settings(
        data_dir=tmp_path, record_key="a secret of many letters", access_log=True, record_patience=30
    )
    record, other = open_record(settings), open_record(settings)
    for version in ("r1", "r2", "r1", "r2"):
        for worker in (record, other):
            tell(worker, {"model": None, "rules": version, "policy": "p1"}, settings)
    promoted = [event.after for event in record.events(kinds=["promotion"]) if event.what == "rules"]
    recorded = [(event.name, event.after) for event in record.events(kinds=["setting"])]
    record.close(), other.close()

    assert promoted == ["r1", "r2", "r1", "r2"]
    assert len(recorded) == len(dict(recorded))
    assert {"record_key": "(set)", "access_log": "True"}.items() <= dict(recorded).items()


def test_the_key_is_made_once_and_only_its_owner_can_read_it(tmp_path):
    keys = []
    for _ in range(2):
        with served(tmp_path) as client:
            keys.append(client.app.state.record.key_id)

    assert keys[0] == keys[1]
    assert (tmp_path / "record.key").stat().st_mode & 0o777 == 0o600
    assert [path.name for path in tmp_path.glob("record.key*")] == ["record.key"]


def test_texts_are_kept_only_where_it_is_switched_on(tmp_path):
    with served(tmp_path, keep_notes_days=30) as client:
        given = suggest(client, KNIFE)
        from api.record.notes import texts

        assert texts(client.app.state.record.store, [given["suggestion_id"]]) == {
            given["suggestion_id"]: KNIFE
        }
