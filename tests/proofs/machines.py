"""A server and a PostgreSQL of the proofs' own, which can be stopped, killed and started again."""

import http.client
import json
import os
import pwd
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import psycopg

ROOT = Path(__file__).parents[2]


class Postgres:
    """A cluster in a folder of its own, spoken to over a Unix socket; nobody else can reach it.

    Parameters
    ----------
    durable : bool
        Whether what is committed is on disk, as in earnest; without it tests run faster.
    """

    def __init__(self, *, durable: bool = False) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="pg-", dir="/tmp"))  # a socket's path may have 107 bytes
        self.data = self.folder / "data"
        self.durable = durable
        if os.geteuid() == 0:
            owner = pwd.getpwnam("postgres")
            os.chown(self.folder, owner.pw_uid, owner.pw_gid)
        self._as("initdb", "-D", str(self.data), "-A", "trust", "-U", "heartline", "-E", "UTF8", "--no-sync")
        self.start()

    def start(self) -> None:
        """Start it and wait until it answers."""
        options = f"-k {self.folder} -h '' -c max_connections=60 -c shared_buffers=16MB"
        options += "" if self.durable else " -c fsync=off"
        self._as("pg_ctl", "-D", str(self.data), "-l", str(self.folder / "log"), "-o", options, "-w", "start")

    def stop(self, how: str = "fast") -> None:
        """Stop it: `fast` ends every connection, `immediate` as a power cut would."""
        self._as("pg_ctl", "-D", str(self.data), "-m", how, "-t", "60", "-w", "stop")

    def remove(self) -> None:
        """Stop it, and delete its folder."""
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def emptied(self) -> str:
        """Empty the database, which is faster than making one; return its URL."""
        where = f"host={self.folder} user=heartline dbname=postgres"
        with psycopg.connect(where, autocommit=True) as connection:
            connection.execute("DROP SCHEMA public CASCADE")
            connection.execute("CREATE SCHEMA public")
        return f"postgresql://heartline@/postgres?host={self.folder}"

    def _as(self, program: str, *arguments: str) -> None:
        # PostgreSQL refuses to run as root.
        other = {"user": "postgres", "group": "postgres", "extra_groups": []} if os.geteuid() == 0 else {}
        subprocess.run(
            [_binary(program), *arguments],
            check=True,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            cwd=self.folder,
            **other,
        )


def _binary(program: str) -> str:
    found = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{program}"))
    path = str(found[-1]) if found else shutil.which(program)
    assert path, f"{program} is not there: install PostgreSQL, on Debian with `apt-get install postgresql`"
    return path


class Server:
    """`heartline serve` as a process of its own, with a database."""

    def __init__(self, data_dir: Path, url: str, **settings: str) -> None:
        self.port = 0
        self._environment = {
            **os.environ,
            "HEARTLINE_DATA_DIR": str(data_dir),
            "HEARTLINE_DATABASE_URL": url,
            **{f"HEARTLINE_{name.upper()}": value for name, value in settings.items()},
        }
        self.start()

    def start(self) -> None:
        """Start it, and wait until it says where it answers."""
        self.process = subprocess.Popen(
            [sys.executable, "-m", "api", "--port", str(self.port)],
            env=self._environment,
            stderr=subprocess.PIPE,
            text=True,
            cwd=ROOT,
        )
        assert self.process.stderr is not None
        said = []
        for line in self.process.stderr:
            said.append(line)
            if at := re.search(r"answers on http://127\.0\.0\.1:(\d+)", line):
                self.port = int(at[1])
                return
        raise AssertionError(f"the service did not start: {''.join(said)}")

    def suggest(self) -> Any:
        """Return a suggestion for some note."""
        return self._ask("POST", "/v1/suggest", {"note": "male with a knife in his hand"})[1]

    def status_of_a_decision(self) -> int:
        """Return the status that one decision gets."""
        return self._ask("POST", "/v1/decisions", {"call_id": "another", "action": "accepted"})[0]

    def wait_until_stored(self) -> None:
        """Return when nothing waits in the spool any more."""
        self.wait_for_state("stored")

    def wait_for_state(self, state: str) -> None:
        """Return when `/readyz` gives this for `recording`."""
        end = time.monotonic() + 120
        while (found := self._ask("GET", "/readyz")[1]["recording"]) != state:
            assert time.monotonic() < end, f"recording is {found}, not {state}"
            time.sleep(0.1)

    def _ask(self, method: str, path: str, body: object = None) -> tuple[int, Any]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            content = None if body is None else json.dumps(body)
            connection.request(method, path, content, {"Content-Type": "application/json"})
            answer = connection.getresponse()
            return answer.status, json.loads(answer.read())
        finally:
            connection.close()

    def kill(self) -> None:
        """End it at once, as a power cut would."""
        self._end(signal.SIGKILL)

    def stop(self) -> None:
        """Ask it to end."""
        self._end(signal.SIGTERM)

    def _end(self, number: int) -> None:
        self.process.send_signal(number)
        self.process.wait(timeout=60)
        assert self.process.stderr is not None
        self.process.stderr.close()
