"""The access log names routes, never what was sent."""

import logging
from urllib.parse import quote

import pytest
from fastapi.testclient import TestClient

from api.app import create_app
from api.settings import Settings

PLANTED = "zebra crossing 4711"


@pytest.fixture
def log(caplog):
    caplog.set_level(logging.DEBUG)
    return caplog


def test_a_line_gives_method_route_status_and_time_and_nothing_that_was_sent(tmp_path, log):
    settings = Settings(data_dir=tmp_path, access_log=True)
    with TestClient(create_app(settings), base_url="http://127.0.0.1:8000") as client:
        client.post("/v1/suggest", json={"note": f"male with knife at {PLANTED}"})
        client.get(f"/v1/suggest?note={quote(PLANTED)}")
        client.get(f"/{quote(PLANTED)}", headers={"X-Note": PLANTED, "Referer": PLANTED})
        client.get(f"/console/{quote(PLANTED)}")
        client.request("ZEBRA", "/healthz")
        client.post("/v1/suggest", json={"note": PLANTED, "area": PLANTED})
        client.get("/healthz", headers={"Host": quote(PLANTED)})

    said = [record for record in log.records if not record.name.startswith(("httpx", "httpcore", "asyncio"))]
    lines = [record.getMessage() for record in said if record.name == "heartline.access"]
    assert [line.rsplit(" ", 2)[0] for line in lines] == [
        "POST /v1/suggest 200",
        "GET /v1/suggest 405",
        "GET (no route) 404",
        "GET (no route) 404",
        "(other) /healthz 405",
        "POST /v1/suggest 422",
        "GET (no route) 421",
    ]
    assert not [record for record in said if "zebra" in record.getMessage().lower()]


def test_there_is_none_unless_it_is_asked_for(client, log):
    client.get("/healthz")

    assert not [record for record in log.records if record.name == "heartline.access"]
