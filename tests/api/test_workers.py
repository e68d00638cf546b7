"""Several workers answer on one address, a dead one is replaced, and a stop lets requests end."""

import json
import os
import signal
import socket
import time

import httpx2
import pytest

BODY = json.dumps({"note": "male has a knife in his hand"}).encode()
HEAD = (
    "POST /v1/suggest HTTP/1.1\r\nHost: 127.0.0.1:{}\r\n"
    f"Content-Type: application/json\r\nContent-Length: {len(BODY)}\r\n\r\n"
)


def workers_of(server):
    """The processes of a service: its workers."""
    children = []
    for name in filter(str.isdecimal, os.listdir("/proc")):
        try:
            with open(f"/proc/{name}/stat") as stat, open(f"/proc/{name}/cmdline") as command:
                parent = int(stat.read().rpartition(")")[2].split()[1])
                if parent == server.process.pid and "spawn_main" in command.read():
                    children.append(int(name))
        except OSError:
            continue
    return children


@pytest.fixture
def two(tmp_path, started, monkeypatch):
    """A service of two workers, without a model."""
    monkeypatch.setenv("HEARTLINE_WORKERS", "2")
    return started(tmp_path)


def until(true, seconds=60):
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end
        time.sleep(0.1)


def metric(server, line):
    found = [each for each in httpx2.get(f"{server.url}/metrics").text.splitlines() if each.startswith(line)]
    return float(found[0].rpartition(" ")[2]) if found else 0.0


def test_they_answer_together_record_one_chain_and_are_replaced_when_they_die(two):
    for number in range(20):  # a connection each, so that both get some
        answer = httpx2.post(f"{two.url}/v1/decisions", json={"call_id": f"c{number}", "action": "accepted"})
        assert answer.json()["recorded"] == "stored"
    assert metric(two, 'heartline_requests_total{method="POST",route="/v1/decisions",status="201"}') == 20
    assert answer.json()["number"] >= 20

    assert httpx2.put(f"{two.url}/v1/mode", json={"mode": "off"}).status_code == 200
    assert {httpx2.get(f"{two.url}/v1/mode").json()["mode"] for _ in range(10)} == {"off"}
    assert metric(two, 'heartline_mode{mode="off"}') == 1

    before = workers_of(two)
    assert len(before) == 2
    os.kill(before[0], signal.SIGKILL)
    until(lambda: len(workers_of(two)) == 2 and before[0] not in workers_of(two))
    assert httpx2.get(f"{two.url}/healthz").status_code == 200

    children = workers_of(two)
    httpx2.put(f"{two.url}/v1/mode", json={"mode": "live"})
    assert stopped_halfway(two).startswith(b"HTTP/1.1 200")
    assert not [child for child in children if os.path.exists(f"/proc/{child}")]


def stopped_halfway(server):
    """Ask a service to stop while a request is on its way; the first line of the answer."""
    with socket.create_connection(("127.0.0.1", server.port)) as line:
        line.sendall(HEAD.format(server.port).encode() + BODY[:10])
        time.sleep(0.3)
        server.process.send_signal(signal.SIGTERM)
        time.sleep(0.7)
        line.sendall(BODY[10:])
        answer = line.makefile("rb").readline()
    assert server.stop() in (0, -signal.SIGTERM)
    return answer


def test_a_request_on_its_way_is_answered_before_the_service_ends(tmp_path, started):
    assert stopped_halfway(started(tmp_path)).startswith(b"HTTP/1.1 200")
