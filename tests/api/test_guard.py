"""Whom a request is addressed to, which page sent it, how large it is: asked on loopback too."""

import pytest
from fastapi.testclient import TestClient
from starlette.websockets import WebSocketDisconnect

from api.app import create_app
from api.guard import Guard
from api.settings import Settings

HERE = "127.0.0.1:8000"


@pytest.mark.parametrize(
    "host", ["127.0.0.1:8000", "127.0.0.1", "localhost:8000", "LOCALHOST", "[::1]:8000", "[::1]"]
)
def test_the_service_answers_to_its_own_names(client, host):
    assert client.get("/healthz", headers={"Host": host}).status_code == 200


@pytest.mark.parametrize(
    "host",
    [
        "attacker.example",
        "127.0.0.1.attacker.example:8000",
        "127.0.0.1:x",
        "",
        "localhost.",
        "attacker.example:127",
    ],
)
def test_it_answers_to_no_other_name(client, host):
    answer = client.get("/healthz", headers={"Host": host})

    assert answer.status_code == 421
    assert answer.headers["content-type"] == "application/problem+json"


def test_a_name_can_be_allowed(tmp_path):
    settings = Settings(data_dir=tmp_path, allowed_hosts=("heartline.example",))
    with TestClient(create_app(settings), base_url="http://heartline.example") as client:
        assert client.get("/healthz").status_code == 200
        assert client.get("/healthz", headers={"Host": "localhost"}).status_code == 421


@pytest.mark.parametrize("origin", [f"http://{HERE}", f"https://{HERE}"])
def test_its_own_pages_may_ask(client, origin):
    assert client.get("/healthz", headers={"Host": HERE, "Origin": origin}).status_code == 200


@pytest.mark.parametrize(
    "origin",
    [
        "http://attacker.example",
        "null",
        "http://127.0.0.1:3000",
        "http://127.0.0.1",
        "file://",
        "http://localhost:8000",
    ],
)
def test_pages_of_another_origin_may_not(client, origin):
    answer = client.post("/v1/suggest", json={"note": "test"}, headers={"Host": HERE, "Origin": origin})

    assert answer.status_code == 403
    assert "access-control-allow-origin" not in answer.headers


def test_an_origin_can_be_allowed(tmp_path):
    settings = Settings(data_dir=tmp_path, allowed_origins=("https://cad.example/",))
    with TestClient(create_app(settings), base_url=f"http://{HERE}") as client:
        assert client.get("/healthz", headers={"Origin": "https://cad.example"}).status_code == 200
        assert (
            client.get("/healthz", headers={"Origin": "https://cad.example.attacker.example"}).status_code
            == 403
        )


def test_a_page_of_an_allowed_origin_can_read_the_answer(tmp_path):
    settings = Settings(data_dir=tmp_path, allowed_origins=("https://cad.example",))
    asked = {"Origin": "https://cad.example"}
    before = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "content-type"}
    with TestClient(create_app(settings), base_url=f"http://{HERE}") as client:
        preflight = client.options("/v1/suggest", headers={**asked, **before})
        answer = client.post("/v1/suggest", json={"note": "male with knife"}, headers=asked)

    for response in (preflight, answer):
        assert response.status_code == 200
        assert response.headers["access-control-allow-origin"] == "https://cad.example"
        assert "access-control-allow-credentials" not in response.headers


@pytest.mark.parametrize(
    "headers", [{"Host": "attacker.example"}, {"Host": HERE, "Origin": "http://attacker.example"}]
)
def test_a_web_socket_is_refused_before_it_is_accepted(headers):
    async def socket(scope, receive, send):
        await send({"type": "websocket.accept"})

    guarded = TestClient(Guard(socket, hosts=("127.0.0.1",), origins=(), most_bytes=1))
    with pytest.raises(WebSocketDisconnect), guarded.websocket_connect("/v1/live", headers=headers):
        pass


@pytest.mark.parametrize("path", ["/healthz", "/console/", "/console/app.js", "/nothing", "/openapi.json"])
def test_every_answer_carries_the_security_headers(client, path):
    headers = client.get(path).headers

    policy = headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert "http" not in policy
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["cross-origin-opener-policy"] == "same-origin"
    assert "server" not in headers


def test_no_answer_to_a_note_is_kept_by_a_cache(client):
    assert client.post("/v1/suggest", json={"note": "test"}).headers["cache-control"] == "no-store"


def test_a_body_over_the_limit_is_refused_by_its_announced_length(client):
    answer = client.post(
        "/v1/suggest", content=b"x" * 2_000_001, headers={"Content-Type": "application/json"}
    )

    assert answer.status_code == 413
    assert answer.headers["content-type"] == "application/problem+json"


def test_a_body_without_a_length_is_counted_as_it_comes(client):
    pieces = (b" " * 100_000 for _ in range(100))
    answer = client.post("/v1/suggest", content=pieces, headers={"Content-Type": "application/json"})

    assert answer.status_code == 413


def test_the_longest_note_fits_however_it_is_escaped(client):
    body = b'{"note": "' + rb"\ud83d\udd2a" * 100_000 + b'"}'
    answer = client.post("/v1/suggest", content=body, headers={"Content-Type": "application/json"})

    assert answer.status_code == 200
