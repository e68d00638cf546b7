"""Metrics say how fast, how many and what fails; no label holds what was sent."""

import re

import pytest
from fastapi.testclient import TestClient
from prometheus_client.parser import text_string_to_metric_families

from api.app import create_app
from api.settings import Settings

PLANTED = "zebra crossing 4711"
KNIFE = {"note": f"male has a knife at {PLANTED}", "call_id": f"24-{PLANTED}", "shown_to": PLANTED}


@pytest.fixture
def service(tmp_path):
    with TestClient(
        create_app(Settings(data_dir=tmp_path, record_patience=30)), base_url="http://127.0.0.1:8000"
    ) as client:
        yield client


def values(service):
    text = service.get("/metrics").text
    return {
        (sample.name, *sorted(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def test_requests_are_counted_by_method_route_and_status(service):
    service.post("/v1/suggest", json=KNIFE)
    service.post("/v1/suggest", json={"note": ""})
    service.get(f"/{PLANTED}")
    service.request("ZEBRA", "/healthz")
    service.get("/healthz", headers={"Host": PLANTED})
    found = values(service)

    def count(method, route, status):
        return found["heartline_requests_total", ("method", method), ("route", route), ("status", status)]

    assert count("POST", "/v1/suggest", "200") == 1
    assert count("POST", "/v1/suggest", "422") == 1
    assert count("GET", "(no route)", "404") == 1
    assert count("GET", "(no route)", "421") == 1
    assert count("(other)", "/healthz", "405") == 1
    assert found["heartline_request_seconds_count", ("route", "/v1/suggest")] == 2


def test_suggestions_are_counted_by_mode_and_by_what_did_not_answer(service):
    service.post("/v1/suggest", json=KNIFE)
    for mode in ("shadow", "rules_only"):
        service.put("/v1/mode", json={"mode": mode})
        service.post("/v1/suggest", json=KNIFE)
    found = values(service)

    for mode, why in (("live", "no model"), ("shadow", "no model"), ("rules_only", "rules only")):
        assert found["heartline_suggestions_total", ("degraded", why), ("mode", mode)] == 1
    assert found[("heartline_suggestion_seconds_count",)] == 3
    assert found["heartline_suggestions_recorded_total", ("recorded", "stored")] == 3


def test_how_things_stand_can_be_watched(service):
    service.put("/v1/mode", json={"mode": "off"})
    found = values(service)

    assert {mode: found["heartline_mode", ("mode", mode)] for mode in ("live", "off")} == {
        "live": 0,
        "off": 1,
    }
    assert found["heartline_recording", ("state", "stored")] == 1
    assert found[("heartline_degraded",)] == 1
    assert found[("heartline_trouble",)] == 1


def test_no_label_holds_what_was_sent(service):
    service.post("/v1/suggest", json=KNIFE)
    service.get(f"/v1/calls/24-{PLANTED}")
    service.get(f"/console/{PLANTED}")
    text = service.get("/metrics").text

    assert "zebra" not in text.lower()
    assert "24-" not in text
    labels = {name for found in re.findall(r"\{(.*?)\}", text) for name in re.findall(r"(\w+)=", found)}
    assert labels == {"degraded", "le", "method", "mode", "recorded", "route", "state", "status", "version"}
