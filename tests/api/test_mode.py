"""Live, shadow, rules only, off: switched by an admin, recorded, seen by every worker."""

import logging
import time

import pytest
from fastapi.testclient import TestClient
from sqlalchemy.exc import OperationalError

from api.app import create_app
from api.modes import MEANING, Modes
from api.record import Record
from api.record.events import Actor
from api.recording import open_record
from api.settings import Settings

ADDRESS = "http://127.0.0.1:8000"
KNIFE = {"note": "male has a knife in his hand", "call_id": "24-1"}


@pytest.fixture
def service(data_dir, tmp_path):
    """A service with a model and an empty record."""
    (tmp_path / "models").symlink_to(data_dir / "models")
    with TestClient(create_app(Settings(data_dir=tmp_path, record_patience=30)), base_url=ADDRESS) as client:
        yield client


def switch(service, mode, **more):
    answer = service.put("/v1/mode", json={"mode": mode, **more})
    assert answer.status_code == 200, answer.text
    return answer.json()


def events(service, kind):
    return list(service.app.state.record.events(kinds=[kind]))


def test_a_service_that_was_never_switched_is_live(service):
    assert service.get("/v1/mode").json() == {
        "mode": "live",
        "meaning": MEANING["live"],
        "since": None,
        "by": None,
    }


def test_switching_is_answered_kept_and_recorded(service):
    answer = switch(service, "shadow", by="T. Ng")

    assert (answer["mode"], answer["by"], answer["recorded"]) == ("shadow", "T. Ng", "stored")
    assert service.get("/v1/mode").json()["mode"] == service.get("/readyz").json()["mode"] == "shadow"
    [event] = events(service, "mode")
    assert (event.before, event.after, event.by) == ("live", "shadow", "T. Ng")


def test_in_shadow_a_suggestion_is_recorded_and_not_shown(service):
    switch(service, "shadow")
    answer = service.post("/v1/suggest", json={**KNIFE, "units": ["CRT"]})

    assert (answer.status_code, answer.content) == (204, b"")
    [event] = events(service, "suggestion_shown")
    assert (event.mode, event.suggestion["weapon"]) == ("shadow", "present")
    assert service.get("/v1/team/24-1").status_code == 404
    assert service.get("/v1/alerts").json() == {"alerts": []}


def test_a_danger_that_shadow_kept_to_itself_is_new_to_the_team_once_the_service_is_live(service):
    switch(service, "shadow")
    service.post("/v1/suggest", json={**KNIFE, "units": ["CRT"]})
    switch(service, "live")
    service.post("/v1/suggest", json=KNIFE)

    [alert] = service.get("/v1/alerts").json()["alerts"]
    assert alert["changes"][0]["hazard"] == "weapon"


def test_rules_only_answers_without_the_model_and_says_so(service):
    switch(service, "rules_only")
    suggestion = service.post("/v1/suggest", json=KNIFE).json()

    assert suggestion["degraded"] == "rules only"
    assert suggestion["versions"]["model"] is None
    assert suggestion["override"]["hits"]
    assert service.get("/readyz").json()["degraded"] == "rules only"


def test_off_says_so_in_a_sentence_and_records_nothing(service):
    switch(service, "off")
    answer = service.post("/v1/suggest", json=KNIFE)

    assert answer.status_code == 503
    assert "switched off" in answer.json()["detail"]
    assert events(service, "suggestion_shown") == []
    assert service.post("/v1/decisions", json={"call_id": "24-1", "action": "dismissed"}).status_code == 201


def test_it_goes_on_after_any_mode(service):
    for mode in ("off", "rules_only", "shadow", "live"):
        switch(service, mode)

    assert service.post("/v1/suggest", json=KNIFE).json()["degraded"] is None
    assert [event.after for event in events(service, "mode")] == ["off", "rules_only", "shadow", "live"]


@pytest.mark.parametrize("body", [{"mode": "on"}, {}, {"mode": "off", "why": "x"}, []])
def test_what_is_no_mode_is_refused(body, service):
    assert service.put("/v1/mode", json=body).status_code == 422


@pytest.fixture
def record(tmp_path):
    with open_record(Settings(data_dir=tmp_path, record_patience=30)) as record:
        yield record


def off(modes):
    return modes.switch("off", actor=Actor())


def test_another_worker_of_the_machine_sees_it_at_once_and_after_a_restart(tmp_path, record):
    first, second = Modes(tmp_path, record), Modes(tmp_path, record)
    off(first)

    assert second.now == "off"
    assert Modes(tmp_path, None).now == "off"


def test_another_machine_takes_it_over_from_the_record(tmp_path, record):
    here, there = Modes(tmp_path / "here", record), Modes(tmp_path / "there", record)
    off(here)
    there.agree()
    assert there.now == "off"

    there.switch("live", actor=Actor())
    here.agree()
    assert here.now == "live"


@pytest.fixture
def away(record, monkeypatch):
    """Takes the database away."""

    def gone(*_, **__):
        raise OperationalError("x", {}, Exception("the server closed the connection"))

    def take():
        for name in ("append", "ping", "rows", "find", "last_of_each", "head", "latest"):
            monkeypatch.setattr(record.store, name, gone)
        return monkeypatch.undo

    return take


def test_the_service_can_be_stopped_while_the_database_is_away(tmp_path, record: Record, away):
    here, there = Modes(tmp_path / "here", record), Modes(tmp_path / "there", record)
    there.switch("shadow", actor=Actor())
    here.agree()
    back = away()

    assert off(here) == "spooled"
    assert here.now == "off"

    back()
    here.agree()
    while record.state != "stored":
        time.sleep(0.05)
    here.agree()
    there.agree()
    assert here.now == there.now == "off"
    assert [event.after for event in record.events(kinds=["mode"])] == ["shadow", "off"]


def test_a_database_that_was_put_back_does_not_switch_the_service_on(tmp_path, record):
    modes = Modes(tmp_path / "here", None)
    off(modes)
    modes = Modes(tmp_path / "here", record)
    modes.agree()

    assert modes.now == "off"
    assert [event.after for event in record.events(kinds=["mode"])] == ["off"]


def test_a_damaged_file_changes_nothing_but_what_is_told(tmp_path, record, caplog):
    modes = Modes(tmp_path, record)
    off(modes)
    (tmp_path / "mode.json").write_text("{")
    with caplog.at_level(logging.CRITICAL):
        assert modes.now == "off"

    assert "mode.json" in modes.trouble
    modes.switch("live", actor=Actor())
    assert (modes.now, modes.trouble) == ("live", None)


def test_a_disk_that_takes_nothing_leaves_the_mode_and_is_a_503(service, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("api.modes.replace", full)
    answer = service.put("/v1/mode", json={"mode": "off"})

    assert answer.status_code == 503
    assert service.get("/v1/mode").json()["mode"] == "live"
