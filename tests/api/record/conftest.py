"""A real PostgreSQL of the tests' own, and a record on either database."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from machines import Postgres

from api.record import Record

KEY = b"a key for tests, thirty-two bytes"


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """A PostgreSQL that runs for all tests."""
    cluster = Postgres()
    yield cluster
    cluster.remove()


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
