"""A WebSocket asks for what a request asks for, and goes on asking."""

import pytest
from starlette.testclient import WebSocketDenialResponse
from starlette.websockets import WebSocketDisconnect

from api.live import PROTOCOL

LIVE = "wss://heartline.example/v1/live"
NOTE = {"note": "male asleep in the lobby"}


def key_of(headers):
    return headers["Authorization"].removeprefix("Bearer ")


@pytest.mark.parametrize(("role", "status"), [(None, 401), ("monitor", 403), ("clinician", 403)])
def test_whoever_may_not_suggest_gets_no_line(role, status, guarded):
    service = guarded()
    headers = service.key(role) if role else {}
    with (
        pytest.raises(WebSocketDenialResponse) as denied,
        service.client.websocket_connect(LIVE, headers=headers),
    ):
        pass

    assert denied.value.status_code == status
    assert denied.value.headers["content-type"] == "application/problem+json"


def test_a_page_brings_its_key_as_a_subprotocol_and_it_is_not_sent_back(guarded):
    service = guarded(record=True)
    key = key_of(service.key("telecommunicator"))
    offered = [PROTOCOL, f"heartline.bearer.{key}"]
    with service.client.websocket_connect(LIVE, subprotocols=offered) as line:
        line.send_json({"seq": 1, "request": NOTE})
        assert "suggestion" in line.receive_json()
        assert line.accepted_subprotocol == PROTOCOL

    event = next(iter(service.client.app.state.record.events(kinds=["suggestion_shown"])))
    assert (event.actor.via, event.actor.role) == ("key", "telecommunicator")


def test_a_key_taken_back_ends_the_line(guarded):
    service = guarded()
    headers = service.key("telecommunicator")
    with service.client.websocket_connect(LIVE, headers=headers) as line:
        line.send_json({"seq": 1, "request": NOTE})
        assert "suggestion" in line.receive_json()
        service.keys.revoke(service.keys.all()[0].id)
        line.send_json({"seq": 2, "request": NOTE})

        assert line.receive_json()["problem"]["status"] == 401
        with pytest.raises(WebSocketDisconnect):
            line.receive_json()


def test_each_answer_counts_as_a_request(guarded):
    service = guarded()
    headers = service.key("telecommunicator", rate="3/minute")  # connecting is the first
    with service.client.websocket_connect(LIVE, headers=headers) as line:
        got = []
        for seq in range(3):
            line.send_json({"seq": seq, "request": NOTE})
            got.append(line.receive_json())

    assert [("suggestion" in each) for each in got] == [True, True, False]
    assert got[2]["problem"]["status"] == 429
