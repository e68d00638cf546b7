"""No command reaches beyond this machine: a watcher inside it sees every address that is asked for."""

import subprocess
import sys

import pytest

WATCHED = """
import sys

def watch(event, arguments):
    if event in ("socket.getaddrinfo", "socket.gethostbyname", "socket.gethostbyaddr"):
        host = arguments[0]
    elif event in ("socket.connect", "socket.sendto", "socket.bind") and isinstance(arguments[1], tuple):
        host = arguments[1][0]
    else:
        return
    if host not in ("127.0.0.1", "::1", "localhost", None):
        import os
        os.write(2, f"NETWORK: {event} {host}".encode())
        os._exit(97)  # an exception could be caught on its way

sys.addaudithook(watch)
"""


def run(program, *arguments, cwd, stdin=None):
    return subprocess.run(
        [sys.executable, "-c", WATCHED + program, *arguments],
        capture_output=True,
        text=True,
        input=stdin,
        cwd=cwd,
    )


def heartline(*arguments, cwd, stdin=None):
    return run("from classifier.cli import heartline; heartline()", *arguments, cwd=cwd, stdin=stdin)


@pytest.mark.parametrize(
    "program",
    [
        "import socket; socket.create_connection(('192.0.2.1', 80), timeout=0.1)",
        "import socket; socket.getaddrinfo('example.invalid', 80)",
        "import urllib.request; urllib.request.urlopen('http://192.0.2.1/')",
        "import socket; socket.socket(type=socket.SOCK_DGRAM).sendto(b'x', ('192.0.2.1', 53))",
    ],
)
def test_the_watcher_sees_what_leaves(program, tmp_path):
    assert run(program, cwd=tmp_path).returncode == 97


@pytest.mark.parametrize(
    "arguments",
    [
        ("suggest", "male with knife in lobby"),
        ("suggest", "--json", "male with knife in lobby"),
        ("score", "in.jsonl", "-o", "out.parquet"),
        ("score", "in.jsonl", "-o", "out.csv", "--no-evidence"),
        ("schema",),
        ("rules", "check"),
    ],
    ids=" ".join,
)
def test_no_command_leaves_the_machine(arguments, tmp_path):
    (tmp_path / "in.jsonl").write_text('{"note": "male with knife in lobby"}\n')
    done = heartline(*arguments, cwd=tmp_path)
    assert (done.returncode, "NETWORK" in done.stderr) == (0, False), done.stderr
