"""`heartline serve` starts quickly, says where it answers, and refuses what it cannot protect."""

import os
import socket
import subprocess
import sys
import time

import httpx2
import pytest
from click.testing import CliRunner

from api.cli import serve
from api.settings import table


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "10.0.0.7", "heartline.example"])
def test_an_address_that_others_can_reach_is_refused_with_a_sentence(host):
    done = CliRunner().invoke(serve, ["--host", host])

    assert done.exit_code == 2
    assert f"{host} can be reached from other machines" in done.output


def test_so_is_one_from_the_environment(monkeypatch):
    monkeypatch.setenv("HEARTLINE_HOST", "0.0.0.0")

    assert CliRunner().invoke(serve, []).exit_code == 2


def test_a_setting_out_of_bounds_is_named():
    done = CliRunner().invoke(serve, [], env={"HEARTLINE_MAX_BODY_BYTES": "3"})

    assert done.exit_code == 2
    assert "HEARTLINE_MAX_BODY_BYTES" in done.output


def test_a_port_in_use_is_named(monkeypatch):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = CliRunner().invoke(serve, ["--port", str(port)])

    assert done.exit_code == 1
    assert f"Port {port} of 127.0.0.1 cannot be used" in done.output


def test_a_misspelled_setting_is_told(monkeypatch):
    done = CliRunner().invoke(serve, ["--host", "0.0.0.0"], env={"HEARTLINE_PROT": "1"})

    assert "HEARTLINE_PROT is no setting" in done.output


def test_the_settings_can_be_printed():
    assert CliRunner().invoke(serve, ["--settings"]).output.strip() == table()


def test_it_answers_and_ends_in_order(data_dir, started):
    server = started(data_dir)
    answer = httpx2.post(f"{server.url}/v1/suggest", json={"note": "male has knife in hand"})

    assert answer.json()["weapon"] == "present"
    assert server.stop() in (0, -15)


WATCHED = """
import socket, sys

def only_loopback(event, arguments):
    if event == "socket.connect" or event == "socket.sendto":
        address = arguments[1]
        assert isinstance(address, tuple) and address[0] in ("127.0.0.1", "::1"), address
    if event == "socket.getaddrinfo":
        assert arguments[0] in ("127.0.0.1", "::1", "localhost", None), arguments

def fail(event, arguments):
    try:
        only_loopback(event, arguments)
    except AssertionError as wrong:
        print("LEFT", wrong, file=sys.stderr, flush=True)
        raise

sys.addaudithook(fail)
from api.cli import serve
serve(["--port", sys.argv[1]])
"""


def test_no_socket_leaves_loopback(data_dir, tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    log = tmp_path / "log"
    environment = {**os.environ, "HEARTLINE_DATA_DIR": str(data_dir), "FASTAPI_OTEL_AUTO_CONFIGURE": "true"}
    with log.open("w") as said:
        process = subprocess.Popen([sys.executable, "-c", WATCHED, str(port)], stderr=said, env=environment)
        try:
            for _ in range(600):
                time.sleep(0.1)
                if "answers on" in log.read_text():
                    break
            with httpx2.Client(base_url=f"http://127.0.0.1:{port}") as client:
                assert client.post("/v1/suggest", json={"note": "male has knife"}).status_code == 200
                for path in ("/readyz", "/console/", "/openapi.json", "/v1/policy"):
                    assert client.get(path).status_code == 200
        finally:
            process.terminate()
            process.wait(timeout=20)
    assert "LEFT" not in log.read_text()
