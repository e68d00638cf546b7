"""Connections: SQLite or PostgreSQL, so set that what is committed is on disk and nobody waits for ever."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Connection, Engine, create_engine, event, make_url, text
from sqlalchemy.engine import URL
from sqlalchemy.exc import ArgumentError

LOCK: Final = 0x4865_6172_746C_6E65
"""The advisory lock under which the chain grows, whichever process or machine appends to it."""

WAIT_SECONDS: Final = 5


class RecordUnavailable(Exception):
    """The record cannot be kept as it is set up; the message says what to do."""


def engine_for(url: str) -> Engine:
    """Return an engine for the URL of a SQLite or PostgreSQL database.

    Raises
    ------
    RecordUnavailable
        Where the URL is none, or names another database.
    """
    try:
        parsed = make_url(url)
    except ArgumentError:  # its message repeats the URL, and with it perhaps a password
        raise RecordUnavailable(
            "The URL of the database cannot be read; sqlite:///record.sqlite3 and "
            "postgresql://user@host/heartline are such."
        ) from None
    match parsed.get_backend_name():
        case "sqlite":
            return _sqlite(parsed)
        case "postgresql":
            return _postgresql(parsed)
        case other:
            raise RecordUnavailable(f"The record is kept in SQLite or PostgreSQL, not in {other}.")


@contextmanager
def appending(engine: Engine) -> Iterator[Connection]:
    """Open a transaction that alone may add to the chain, and commit it at the end."""
    with engine.connect().execution_options(heartline_writes=True) as connection, connection.begin():
        if connection.dialect.name == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": LOCK})
        yield connection


def is_durable(engine: Engine) -> bool:
    """Return whether the database writes through to the disk, which PostgreSQL can be told not to."""
    if engine.dialect.name != "postgresql":
        return True
    with engine.connect() as connection:
        return bool(connection.execute(text("SHOW fsync")).scalar_one() == "on")


def _sqlite(url: URL) -> Engine:
    engine = create_engine(url, connect_args={"check_same_thread": False, "timeout": WAIT_SECONDS})

    @event.listens_for(engine, "connect")
    def connected(connection: Any, _: Any) -> None:
        connection.isolation_level = None  # transactions begin where `begun` says, not where pysqlite guesses
        for pragma in (
            "journal_mode = WAL",
            "synchronous = FULL",  # a commit is on disk, also after a power cut
            "foreign_keys = ON",
            "secure_delete = ON",  # the text of a purged note does not stay behind in free pages
        ):
            connection.execute(f"PRAGMA {pragma}").close()

    @event.listens_for(engine, "begin")
    def begun(connection: Connection) -> None:
        writes = connection.get_execution_options().get("heartline_writes")
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    return engine


def _postgresql(url: URL) -> Engine:
    settings = {
        "synchronous_commit": "on",
        "lock_timeout": f"{WAIT_SECONDS}s",
        "statement_timeout": "60s",
        # A process that stops in the midst of a transaction must not hold the lock from the others.
        "idle_in_transaction_session_timeout": f"{2 * WAIT_SECONDS}s",
    }
    return create_engine(
        url.set(drivername="postgresql+psycopg"),
        pool_size=2,
        max_overflow=4,
        pool_timeout=WAIT_SECONDS,
        connect_args={
            "connect_timeout": 3,
            "application_name": "heartline",
            "options": " ".join(f"-c {name}={value}" for name, value in settings.items()),
            "keepalives_idle": 5,
            "keepalives_interval": 2,
            "keepalives_count": 3,
            "tcp_user_timeout": 10_000,
        },
    )


def sqlite_file(url: str) -> Path | None:
    """Return the file of a SQLite database, None of another."""
    parsed = make_url(url)
    if parsed.get_backend_name() != "sqlite" or not parsed.database or parsed.database == ":memory:":
        return None
    return Path(parsed.database)
