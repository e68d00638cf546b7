"""`/v1/live`: the newest note is answered, in order, by the same path as a POST."""

import json
import logging
import threading
from concurrent.futures import ThreadPoolExecutor

import anyio
import jsonschema
import pytest
from fastapi.testclient import TestClient
from starlette.websockets import WebSocketDisconnect
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from api import live
from api.app import create_app
from api.settings import Settings
from classifier.suggestion import json_schema

ADDRESS = "http://127.0.0.1:8000"
LIVE = "ws://127.0.0.1:8000/v1/live"
ARMED = "male asleep in the lobby, has knife in hand"
PLANTED = "xylophone zebra"
BY_TIME = ("suggestion_id", "recorded", "elapsed_ms")


@pytest.fixture
def service(tmp_path):
    """A service of its own, without a model."""
    settings = Settings(data_dir=tmp_path, record_patience=30, live_idle_seconds=30)
    with TestClient(create_app(settings), base_url=ADDRESS) as client:
        yield client


@pytest.fixture
def line(service):
    with service.websocket_connect(LIVE) as line:
        yield line


@pytest.fixture
def gate(service, monkeypatch):
    """Holds every answer back until it is opened."""
    gate = threading.Event()
    entered = threading.Event()

    async def held(connection, call):
        entered.set()
        await anyio.to_thread.run_sync(gate.wait)
        return await plain(connection, call)

    plain = live.answer
    monkeypatch.setattr(live, "answer", held)
    gate.entered = entered
    yield gate
    gate.set()


def send(line, seq, note=ARMED, **more):
    line.send_json({"seq": seq, "request": {"note": note, **more}})


def closed(line):
    """The code that the connection is closed with."""
    with pytest.raises(WebSocketDisconnect) as closing:
        line.receive_json()
    return closing.value.code


def test_a_note_gets_what_a_post_gets(service, line):
    call = {"at": "2022-07-06T10:00:00-04:00", "area": "central", "answers": {"hurt": "no"}}
    send(line, 7, **call)
    got = line.receive_json()
    posted = service.post("/v1/suggest", json={"note": ARMED, **call}).json()

    assert (got["seq"], got["dropped"]) == (7, [])
    jsonschema.validate(got["suggestion"], json_schema())
    assert {**got["suggestion"], **dict.fromkeys(BY_TIME)} == {**posted, **dict.fromkeys(BY_TIME)}


def test_it_is_recorded_as_a_post_is(service, line):
    send(line, 1, call_id="24-1")
    shown = line.receive_json()["suggestion"]
    again = service.post("/v1/suggest", json={"note": ARMED, "call_id": "24-1"}).json()

    assert shown["recorded"] == "stored"
    assert again["suggestion_id"] == shown["suggestion_id"]
    history = service.get("/v1/calls/24-1").json()["history"]
    assert [entry["event"]["suggestion_id"] for entry in history] == [shown["suggestion_id"]]


def test_only_the_newest_of_those_that_wait_is_answered_and_the_others_are_named(line, gate):
    send(line, 1)
    gate.entered.wait()
    for seq in (2, 3, 5, 8):
        send(line, seq)
    send(line, 9, note=f"{ARMED}, gun too")
    gate.set()
    first, second = line.receive_json(), line.receive_json()

    assert (first["seq"], first["dropped"]) == (1, [])
    assert second["seq"] == 9
    assert second["dropped"] == [2, 3, 5, 8]
    assert any(hit["text"] == "gun" for hit in second["suggestion"]["override"]["hits"])


def test_of_a_burst_of_500_each_is_answered_or_named_and_the_last_is_answered(line):
    for seq in range(500):
        send(line, seq, note=f"{ARMED} {seq}")
    answered, dropped = [], []
    while not answered or answered[-1] != 499:
        got = line.receive_json()
        answered.append(got["seq"])
        dropped += got["dropped"]
        assert len(got["dropped"]) <= live.MOST_DROPPED

    assert answered == sorted(answered)
    assert sorted(answered + dropped) == list(range(500))


def test_no_more_is_read_than_can_be_named():
    async def burst():
        newest, put = live.Newest(), 0

        async def fill():
            nonlocal put
            for seq in range(500):
                await newest.put(live.Sent(seq=seq, request=None))
                put += 1

        async with anyio.create_task_group() as tasks:
            tasks.start_soon(fill)
            await anyio.wait_all_tasks_blocked()
            assert put == live.MOST_DROPPED + 1
            taken, dropped = await newest.take()
            assert (taken.seq, dropped) == (live.MOST_DROPPED, list(range(live.MOST_DROPPED)))
            tasks.cancel_scope.cancel()

    with ThreadPoolExecutor(1) as thread:  # a browser test may have left a loop in this one
        thread.submit(anyio.run, burst).result()


def test_two_clients_do_not_hear_of_each_other(service):
    with service.websocket_connect(LIVE) as one, service.websocket_connect(LIVE) as other:
        for seq in range(5):
            send(one, seq, note="male asleep in the lobby")
            send(other, 100 + seq)
            ours, theirs = one.receive_json(), other.receive_json()
            assert (ours["seq"], theirs["seq"]) == (seq, 100 + seq)
            assert ours["suggestion"]["weapon"] == "none"
            assert theirs["suggestion"]["weapon"] == "present"


@pytest.mark.parametrize(
    ("request_", "field"),
    [
        ({"note": "   "}, "note"),
        ({"note": PLANTED, "area": PLANTED}, "area"),
        ({"note": PLANTED, "at": "2022-07-06T10:00:00"}, "at"),
        ({"note": PLANTED, PLANTED: 1}, "(no name of a field)"),
        ({"note": "\ud800" + PLANTED}, "note"),
        ({}, "note"),
        (PLANTED, ""),
        ([PLANTED], ""),
        (None, ""),
    ],
)
def test_a_request_at_fault_gets_the_problem_that_a_post_gets_and_the_line_stays(
    request_, field, service, line
):
    body = json.dumps(request_)
    line.send_text(f'{{"seq": 3, "request": {body}}}')
    got = line.receive_json()
    send(line, 4)

    assert got["seq"] == 3
    assert got["problem"]["status"] == 422
    assert [error["field"] for error in got["problem"]["errors"]] == [field]
    assert PLANTED not in str(got)
    assert line.receive_json()["seq"] == 4
    posted = service.post("/v1/suggest", content=body, headers={"Content-Type": "application/json"})
    assert posted.json()["status"] == got["problem"]["status"]
    assert not isinstance(request_, dict) or posted.json() == got["problem"]


@pytest.mark.parametrize(
    ("message", "status", "code"),
    [
        (PLANTED, 400, 1008),
        ('{"seq": 1', 400, 1008),
        ('{"seq": 1, "seq": 2, "request": {}}', 400, 1008),
        ('{"seq": NaN, "request": {}}', 400, 1008),
        ("[" * 100_000, 400, 1008),
        ('{"request": {"note": "xylophone zebra"}}', 422, 1008),
        ('{"seq": -1, "request": {}}', 422, 1008),
        ('{"seq": "1", "request": {}}', 422, 1008),
        ('{"seq": true, "request": {}}', 422, 1008),
        ('{"seq": 1}', 422, 1008),
        ('{"seq": 1, "request": {}, "xylophone zebra": 1}', 422, 1008),
        ("[]", 422, 1008),
        ("x" * 2_000_001, 413, 1009),
        ("\u00e9" * 1_000_001, 413, 1009),
    ],
)
def test_what_is_no_message_ends_the_connection_with_a_problem(message, status, code, line):
    line.send_text(message)
    got = line.receive_json()

    assert got["seq"] is None
    assert got["problem"]["status"] == status
    assert PLANTED not in str(got)
    assert closed(line) == code


def test_so_do_bytes(line):
    line.send_bytes(b'{"seq": 1, "request": {}}')

    assert line.receive_json()["problem"]["status"] == 400
    assert closed(line) == 1008


@pytest.mark.parametrize("seq", [5, 4])
def test_so_does_a_number_that_does_not_grow(seq, line):
    send(line, 5)
    assert line.receive_json()["seq"] == 5
    send(line, seq)

    assert line.receive_json()["problem"]["errors"][0]["field"] == "seq"
    assert closed(line) == 1008


def test_a_line_on_which_nothing_comes_is_closed(tmp_path):
    settings = Settings(data_dir=tmp_path, record=False, live_idle_seconds=0.05)
    with (
        TestClient(create_app(settings), base_url=ADDRESS) as client,
        client.websocket_connect(LIVE) as line,
    ):
        assert line.receive_json()["problem"]["status"] == 408
        assert closed(line) == 1000


def test_what_nobody_foresaw_is_a_500_that_quotes_nothing_and_the_line_stays(line, monkeypatch, caplog):
    async def fails(connection, call):
        raise RuntimeError(call.note)

    plain = live.answer
    monkeypatch.setattr(live, "answer", fails)
    with caplog.at_level(logging.DEBUG):
        send(line, 1, note=PLANTED)
        got = line.receive_json()
    monkeypatch.setattr(live, "answer", plain)
    send(line, 2)

    assert got["problem"]["status"] == 500
    assert "RuntimeError" in caplog.text
    assert PLANTED not in caplog.text + str(got)
    assert "suggestion" in line.receive_json()


def test_a_client_that_goes_while_it_is_answered_is_recorded_all_the_same(service, gate):
    with service.websocket_connect(LIVE) as line:
        send(line, 1, call_id="24-2")
        gate.entered.wait()
        line.close()
        gate.set()

    history = service.get("/v1/calls/24-2").json()["history"]
    assert [entry["event"]["kind"] for entry in history] == ["suggestion_shown"]


def test_of_the_subprotocols_offered_the_one_with_the_key_is_never_chosen(service):
    offered = ["heartline.bearer.secret", live.PROTOCOL]
    with pytest.raises(WebSocketDisconnect), service.websocket_connect(LIVE, subprotocols=offered[:1]):
        pass
    with service.websocket_connect(LIVE, subprotocols=offered[1:]) as line:
        assert line.accepted_subprotocol == live.PROTOCOL


def test_in_shadow_mode_a_note_is_recorded_and_nothing_is_shown(service, line):
    assert service.put("/v1/mode", json={"mode": "shadow"}).status_code == 200
    send(line, 1, call_id="24-3")
    got = line.receive_json()

    assert got == {"seq": 1, "dropped": [], "suggestion": None}
    history = service.get("/v1/calls/24-3").json()["history"]
    assert [entry["event"]["mode"] for entry in history] == ["shadow"]


def test_switched_off_it_says_so_and_the_line_stays(service, line):
    service.put("/v1/mode", json={"mode": "off"})
    send(line, 1)
    assert line.receive_json()["problem"]["status"] == 503
    service.put("/v1/mode", json={"mode": "live"})
    send(line, 2)

    assert "suggestion" in line.receive_json()


def test_a_service_that_is_stopped_ends_its_lines_and_does_not_wait_for_them(started, tmp_path):
    server = started(tmp_path)
    with connect(f"ws://127.0.0.1:{server.port}/v1/live") as line:
        line.send(json.dumps({"seq": 1, "request": {"note": ARMED}}))
        assert "suggestion" in json.loads(line.recv())
        server.stop()
        with pytest.raises(ConnectionClosed) as closing:
            line.recv()

    assert closing.value.rcvd.code == 1012


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "http://attacker.example"},
        {"Host": "attacker.example"},
        {"X-Forwarded-For": "10.0.0.7"},
    ],
)
def test_whom_a_post_refuses_a_line_refuses(headers, service):
    with pytest.raises(WebSocketDisconnect), service.websocket_connect(LIVE, headers=headers):
        pass
