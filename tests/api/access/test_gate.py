"""How often anybody may ask, which pages may show the console, how long a body may take."""

import anyio
import pytest
from fastapi.testclient import TestClient
from pydantic import ValidationError
from starlette.websockets import WebSocketDisconnect

from api.access.access import SUBPROTOCOL, Access
from api.access.gate import Gate
from api.access.keys import Keys
from api.guard import Guard, security_headers
from api.settings import Settings

NOTE = {"note": "male asleep in the lobby"}


def suggest(service, headers):
    return service.client.post("/v1/suggest", json=NOTE, headers=headers)


def test_who_asks_too_often_is_told_when_to_come_back(guarded):
    service = guarded(rate_limit="3/hour")
    headers = service.key("telecommunicator")
    answers = [suggest(service, headers) for _ in range(4)]

    assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
    assert 1 <= int(answers[-1].headers["retry-after"]) <= 3600
    assert answers[-1].headers["content-type"] == "application/problem+json"


def test_each_key_has_a_count_of_its_own_and_perhaps_a_rate(guarded):
    service = guarded(rate_limit="1/hour")
    first, second, busy = (
        service.key("telecommunicator"),
        service.key("telecommunicator"),
        service.key("telecommunicator", rate="3/hour"),
    )

    assert [suggest(service, first).status_code for _ in range(2)] == [200, 429]
    assert [suggest(service, second).status_code for _ in range(2)] == [200, 429]
    assert [suggest(service, busy).status_code for _ in range(4)] == [200, 200, 200, 429]


def test_an_address_without_a_key_is_counted_too(guarded):
    service = guarded(rate_limit_address="2/hour")
    answers = [service.client.get("/healthz").status_code for _ in range(3)]

    assert answers == [200, 200, 429]
    assert suggest(service, service.key("telecommunicator")).status_code == 200


def test_who_guesses_keys_is_stopped_and_those_who_have_one_are_not(guarded):
    service = guarded()
    good = service.key("telecommunicator")
    assert suggest(service, good).status_code == 200
    guesses = [suggest(service, {"Authorization": f"Bearer hl_{n:08x}_x"}).status_code for n in range(25)]

    assert guesses[:20] == [401] * 20
    assert guesses[-1] == 429
    assert suggest(service, good).status_code == 200


def test_programs_of_the_machine_itself_are_not_counted(tmp_path):
    access = Access(Settings(data_dir=tmp_path))

    async def app(scope, receive, send):
        await send({"type": "http.response.start", "status": 204, "headers": []})
        await send({"type": "http.response.body"})

    settings = Settings(data_dir=tmp_path, rate_limit="1/hour", rate_limit_address="1/hour")
    client = TestClient(Gate(app, access=access, settings=settings))
    assert {client.get("/v1/suggest").status_code for _ in range(5)} == {204}


@pytest.mark.parametrize("rate", ["often", "", "10", "-1/minute"])
def test_a_rate_that_is_none_is_refused(rate):
    with pytest.raises(ValidationError, match="rate"):
        Settings(rate_limit=rate)


@pytest.fixture
def socket(tmp_path):
    """A WebSocket behind the gate that names its caller."""
    settings = Settings(data_dir=tmp_path, allowed_hosts=("heartline.example",))
    keys = Keys(tmp_path)
    key, secret = keys.add("CAD", "telecommunicator")

    async def app(scope, receive, send):
        await send({"type": "websocket.accept", "subprotocol": None})
        await send({"type": "websocket.send", "text": scope["state"]["caller"].id})
        await send({"type": "websocket.close"})

    return TestClient(Gate(app, access=Access(settings), settings=settings)), key.id, secret


@pytest.mark.parametrize("way", ["header", "subprotocol"])
def test_a_web_socket_brings_its_key_as_header_or_as_subprotocol(way, socket):
    client, key_id, secret = socket
    more = (
        {"headers": {"Authorization": f"Bearer {secret}"}}
        if way == "header"
        else {"subprotocols": ["heartline.live.1", SUBPROTOCOL + secret]}
    )
    with client.websocket_connect("/v1/live", **more) as opened:
        assert opened.receive_text() == key_id


@pytest.mark.parametrize("more", [{}, {"subprotocols": [SUBPROTOCOL + "hl_00000000_x"]}])
def test_one_without_a_valid_key_is_refused_before_it_is_accepted(more, socket):
    client, _, _ = socket
    with pytest.raises(WebSocketDisconnect), client.websocket_connect("/v1/live", **more):
        pass


def test_pages_of_the_named_origins_may_show_the_console(guarded):
    service = guarded(embed_origins=("https://cad.example", "https://map.example:8443"))
    headers = service.client.get("/console/").headers

    assert headers["content-security-policy"].endswith(
        "; frame-ancestors https://cad.example https://map.example:8443"
    )
    assert "x-frame-options" not in headers


def test_without_any_none_may():
    headers = security_headers(())

    assert headers["Content-Security-Policy"].endswith("; frame-ancestors 'none'")
    assert headers["X-Frame-Options"] == "DENY"


@pytest.mark.parametrize(
    "origin", ["cad.example", "https://cad.example/x", "https://a; script-src *", "https://a b", "*", "null"]
)
def test_what_is_no_origin_is_refused(origin):
    with pytest.raises(ValidationError, match="origin"):
        Settings(embed_origins=(origin,))


def test_the_address_that_means_all_addresses_is_no_name_of_the_service(tmp_path):
    from api.app import create_app

    with TestClient(create_app(Settings(data_dir=tmp_path, host="0.0.0.0", record=False))) as client:
        assert client.get("http://0.0.0.0/healthz").status_code == 421


def test_a_body_that_trickles_in_is_given_up():
    sent = []

    async def app(scope, receive, send):
        from api.problems import Problem, respond

        try:
            while (await receive()).get("more_body"):
                pass
        except Problem as problem:
            await respond(problem)(scope, receive, send)

    async def never():
        await anyio.sleep_forever()

    async def keep(message):
        sent.append(message)

    scope = {"type": "http", "method": "POST", "path": "/", "headers": [(b"host", b"a")], "query_string": b""}
    guard = Guard(app, hosts=("a",), origins=(), most_bytes=1000, body_seconds=0.05)
    anyio.run(guard, scope, never, keep)

    assert sent[0]["status"] == 408
