"""A real PostgreSQL of the tests' own, and a record on either database."""

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest

from api.record import Record

KEY = b"a key for tests, thirty-two bytes"


class Postgres:
    """A cluster in a folder of its own, spoken to over a Unix socket; nobody else can reach it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.data = folder / "data"
        self._as("initdb", "-D", str(self.data), "-A", "trust", "-U", "heartline", "-E", "UTF8", "--no-sync")
        self.start()

    def start(self) -> None:
        """Start it and wait until it answers."""
        options = f"-k {self.folder} -h '' -c max_connections=60 -c shared_buffers=16MB -c fsync=off"
        self._as("pg_ctl", "-D", str(self.data), "-l", str(self.folder / "log"), "-o", options, "-w", "start")

    def stop(self, how: str = "fast") -> None:
        """Stop it: `fast` ends every connection, `immediate` as a power cut would."""
        self._as("pg_ctl", "-D", str(self.data), "-m", how, "-t", "60", "-w", "stop")

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


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """A PostgreSQL that runs for all tests."""
    folder = Path(tempfile.mkdtemp(prefix="pg-", dir="/tmp"))  # a socket's path may have 107 bytes
    if os.geteuid() == 0:
        owner = pwd.getpwnam("postgres")
        os.chown(folder, owner.pw_uid, owner.pw_gid)
    cluster = Postgres(folder)
    yield cluster
    cluster.stop("fast")
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """An empty database of either kind."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/record.sqlite3"
    postgres: Postgres = request.getfixturevalue("postgres")
    return postgres.emptied()


Opened = Callable[..., Record]


@pytest.fixture
def opened(url: str, tmp_path: Path) -> Iterator[Opened]:
    """Opens the record, as often as it is called; each time as another process would."""
    records: list[Record] = []

    def open_record(**how) -> Record:
        how = {"url": url, "spool": tmp_path / "spool", "key": KEY, "patience": 30, "retry": 0.05, **how}
        records.append(Record.open(**how))
        return records[-1]

    yield open_record
    for record in records:
        record.close()


@pytest.fixture
def record(opened: Opened) -> Record:
    """An open record."""
    return opened()
