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


COMMANDS = """
import sys
from classifier.cli import heartline
for line in sys.argv[1:]:
    heartline(line.split("|"), standalone_mode=False)
print("done", file=sys.stderr)
"""


def run(program, *arguments, cwd):
    command = [sys.executable, "-c", WATCHED + program, *arguments]
    return subprocess.run(command, capture_output=True, text=True, cwd=cwd)


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


def test_no_command_leaves_the_machine(tmp_path, data_dir, monkeypatch):
    monkeypatch.setenv("HEARTLINE_DATA_DIR", str(data_dir))
    (tmp_path / "in.jsonl").write_text('{"note": "male with knife in lobby"}\n')

    done = run(
        COMMANDS,
        "suggest|male with knife in lobby",
        "suggest|--json|male with knife in lobby",
        "score|in.jsonl|-o|out.jsonl",
        "score|in.jsonl|-o|out.parquet",
        "score|in.jsonl|-o|out.csv|--no-evidence",
        "schema",
        cwd=tmp_path,
    )

    assert (done.returncode, done.stderr) == (0, "done\n")
