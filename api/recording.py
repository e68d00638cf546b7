"""The service's record: opened as it is set up, and told what else than calls changes."""

import logging
import os
import secrets
import tempfile
from collections.abc import Mapping
from concurrent.futures import wait
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import Final

import anyio
import anyio.to_thread
from fastapi import Request
from pydantic import SecretStr
from starlette.requests import HTTPConnection

from api.problems import Problem, where
from api.record import Record, RecordUnavailable
from api.record.events import Actor, Promotion, SettingChanged, id_from
from api.serving import Serving
from api.settings import Settings

log = logging.getLogger("heartline")

SERVICE: Final = Actor(id="service", via="service")
PURGE_SECONDS: Final = 3600


def open_record(settings: Settings) -> Record | None:
    """Open the record as the settings say; None where they switch it off.

    Raises
    ------
    RecordUnavailable
        Where it cannot be kept as it is set up.
    """
    if not settings.record:
        return None
    return Record.open(
        database_url(settings),
        settings.spool_dir or settings.data_dir / "spool",
        key_of(settings),
        keep_notes=settings.keep_notes_days > 0,
        patience=settings.record_patience,
    )


def database_url(settings: Settings) -> str:
    """Return the URL of the database: as set, or SQLite's in the data directory."""
    if settings.database_url is not None:
        return settings.database_url.get_secret_value()
    return f"sqlite:///{settings.data_dir.absolute() / 'record.sqlite3'}"


def key_of(settings: Settings) -> bytes:
    """Return the key of the notes' hashes: as set, or the one kept in the data directory, made if need be.

    Raises
    ------
    RecordUnavailable
        Where it is too short to protect anything, or cannot be kept.
    """
    if settings.record_key is not None:
        key = settings.record_key.get_secret_value().encode()
    else:
        try:
            key = _kept_key(settings.data_dir / "record.key")
        except OSError as error:
            raise RecordUnavailable(
                f"The record's key cannot be kept in the data directory ({error.strerror}); make it "
                "writable, or set HEARTLINE_RECORD_KEY."
            ) from None
    if len(key) < 16:
        raise RecordUnavailable("The record's key has fewer than 16 bytes; `openssl rand -hex 32` makes one.")
    return key


def _kept_key(path: Path) -> bytes:
    path.parent.mkdir(parents=True, exist_ok=True)
    if not path.exists():
        descriptor, name = tempfile.mkstemp(dir=path.parent, prefix="record.key.")  # for its owner only
        with os.fdopen(descriptor, "w") as file:
            file.write(secrets.token_hex(32))
            file.flush()
            os.fsync(descriptor)
        with suppress(FileExistsError):  # another worker was faster: its key holds
            os.link(name, path)
        os.unlink(name)
    return path.read_bytes().strip()


def record_of(request: Request) -> Record:
    """Return the record that a request needs; 503 where none is kept."""
    record: Record | None = request.app.state.record
    if record is None:
        raise Problem(503, "Recording is switched off (HEARTLINE_RECORD).", headers={"Retry-After": "60"})
    return record


def actor_of(connection: HTTPConnection) -> Actor:
    """Return who asks, as far as the service knows."""
    actor = getattr(connection.state, "actor", None)
    return actor if isinstance(actor, Actor) else Actor()


async def keep(record: Record, serving: Serving, settings: Settings) -> None:
    """Record changes of model, rules, policy and settings, and delete texts of notes whose time is over."""
    told: object = None
    purged = -float(PURGE_SECONDS)
    while True:
        try:
            now = anyio.current_time()
            if record.state == "stored" and told is not serving.recommender:
                answering = serving.recommender
                await anyio.to_thread.run_sync(tell, record, versions(serving), settings)
                told = answering
            if settings.keep_notes_days and now - purged >= PURGE_SECONDS and record.state == "stored":
                age = timedelta(days=settings.keep_notes_days)
                await anyio.to_thread.run_sync(record.purge_notes, age)
                purged = now
        except Exception as error:
            log.error("what changed cannot be recorded: %s", where(error))
        await anyio.sleep(settings.champion_seconds)


def versions(serving: Serving) -> dict[str, str | None]:
    """Return what answers now."""
    recommender = serving.recommender
    return {
        "model": recommender.model_version,
        "rules": recommender.rules.version,
        "policy": recommender.policy.version,
    }


def tell(record: Record, answering: Mapping[str, str | None], settings: Settings) -> None:
    """Record what is otherwise than the record says: what answers, and the settings.

    Several workers see the same change. The id follows from what was before, so that it is recorded once.
    """
    handed_in = []
    for form, name, now in (
        (Promotion, "what", dict(answering)),
        (SettingChanged, "name", shown_settings(settings)),
    ):
        kind = form.model_fields["kind"].default
        last = {row.subject: row for row in record.store.last_of_each(kind)}
        for subject, after in now.items():
            row = last.get(subject)
            before = None if row is None else getattr(row.event, "after", None)
            if before != after:
                event_id = id_from(f"{kind} {subject} {after} after {row and row.hash}")
                change = {name: subject, "before": before, "after": after}
                event = form.model_validate(change | {"event_id": event_id, "actor": SERVICE})
                handed_in.append(record.submit(event))
    wait(handed_in)


PER_MACHINE: Final = {"host", "port", "data_dir", "spool_dir", "workers", "log_format"}
"""Settings that say where a service runs, not how it answers; each machine has its own."""


def shown_settings(settings: Settings) -> dict[str, str]:
    """Return the settings that bear on what is answered and recorded; of a secret, only whether it is set."""
    found = {}
    for name in type(settings).model_fields:
        value = getattr(settings, name)
        if name in PER_MACHINE:
            continue
        if isinstance(value, SecretStr):
            value = "(set)"
        found[name] = str(list(value) if isinstance(value, tuple) else value)[:2000]
    return found
