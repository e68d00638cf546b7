"""`heartline serve` starts quickly, says where it answers, and refuses what it cannot protect."""

import os
import socket
import subprocess
import sys
import time

import httpx2
import pytest
from click.testing import CliRunner

from api.access.keys import Keys
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
from api.access.keys import Keys
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


def test_a_name_that_others_use_is_refused_too_as_a_proxy_brings_them_in(tmp_path):
    names = "heartline.example,localhost"
    environment = {"HEARTLINE_DATA_DIR": str(tmp_path), "HEARTLINE_ALLOWED_HOSTS": names}
    done = CliRunner().invoke(serve, [], env=environment)

    assert done.exit_code == 2
    assert "heartline.example can be reached from other machines, and nobody has a key" in done.output


@pytest.mark.parametrize("way", ["key", "login"])
def test_with_a_key_or_a_login_it_listens_where_others_reach_it(way, tmp_path):
    environment = {"HEARTLINE_DATA_DIR": str(tmp_path), "HEARTLINE_RECORD": "false"}
    if way == "key":
        Keys(tmp_path).add("CAD", "telecommunicator")
    else:
        for name, value in (
            ("ISSUER", "https://a.example"),
            ("AUDIENCE", "heartline"),
            ("JWKS", "keys.json"),
        ):
            environment[f"HEARTLINE_OIDC_{name}"] = value
    with socket.create_server(("0.0.0.0", 0)) as taken:
        port = taken.getsockname()[1]
        done = CliRunner().invoke(serve, ["--host", "0.0.0.0", "--port", str(port)], env=environment)

    assert f"Port {port} of 0.0.0.0 cannot be used" in done.output  # it came as far as that


def test_a_damaged_file_of_keys_stops_the_start(tmp_path):
    (tmp_path / "keys.json").write_text("{")
    done = CliRunner().invoke(serve, [], env={"HEARTLINE_DATA_DIR": str(tmp_path)})

    assert done.exit_code == 1
    assert "keys.json is no file of keys" in done.output


def test_settings_that_belong_together_are_named():
    done = CliRunner().invoke(serve, [], env={"HEARTLINE_OIDC_ISSUER": "https://a.example"})

    assert done.exit_code == 2
    assert "HEARTLINE_OIDC_JWKS belong together" in done.output
