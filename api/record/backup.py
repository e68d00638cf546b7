"""One file that holds the whole chain, from either database and into either.

The file is JSON Lines, compressed: a head, a line for each row exactly as stored, and a tail that says how
many there are and what the last hash is. A backup is taken while the service runs; a restore goes into an
empty database, whole or not at all, and only if the chain is.
"""

import gzip
import os
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

import orjson
from sqlalchemy import select

from api.record import notes
from api.record.chain import Row, verify
from api.record.database import appending
from api.record.store import Store
from api.record.tables import EVENTS, NOTES

FORM: Final = "heartline-record-1"
AT_ONCE: Final = 500


class BadBackup(Exception):
    """A file that is no whole backup, or a database that is not empty."""


def backup(store: Store, path: Path, *, with_notes: bool = False) -> tuple[int, str]:
    """Write the chain to a file, which is there whole or not at all; return number and hash of its last row.

    Parameters
    ----------
    store : Store
        The database.
    path : Path
        Where to; a file that is there is replaced.
    with_notes : bool
        Keep the texts of notes too. They then outlive the time after which the database deletes them.
    """
    verdict_head = (0, "")
    beside = path.with_name(f".{path.name}.part")
    try:
        with open(beside, "wb", opener=_private) as raw:
            with gzip.GzipFile(fileobj=raw, mode="wb", mtime=0) as file:
                file.write(_line({"form": FORM}))
                for row in store.rows():
                    file.write(_line({"row": asdict(row)}))
                    verdict_head = (row.number, row.hash)
                if with_notes:
                    for note in _texts(store, verdict_head[0]):
                        file.write(_line({"note": note}))
                file.write(_line({"rows": verdict_head[0], "hash": verdict_head[1]}))
            raw.flush()
            os.fsync(raw.fileno())
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)
    return verdict_head


def restore(store: Store, path: Path) -> tuple[int, str]:
    """Put a backup into an empty database; return number and hash of its last row.

    Raises
    ------
    BadBackup
        If the file is cut or changed, or the database holds a record already. Then nothing was written.
    """
    store.prepare()
    verdict = verify(row for row in _read(path) if isinstance(row, Row))
    if not verdict.whole:
        fault = verdict.faults[0]
        raise BadBackup(f"{path} is not whole: row {fault.number} {fault.what}. Nothing was restored.")
    with appending(store.engine) as connection:
        if connection.execute(select(EVENTS.c.number).limit(1)).first() is not None:
            raise BadBackup("The database holds a record already; restore into an empty one.")
        rows: list[dict[str, Any]] = []
        texts: list[dict[str, Any]] = []
        for each in _read(path):
            if isinstance(each, Row):
                rows.append(asdict(each))
            else:
                texts.append(each)
            for table, some in ((EVENTS, rows), (NOTES, texts)):
                if len(some) == AT_ONCE:
                    connection.execute(table.insert(), some)
                    some.clear()
        for table, some in ((EVENTS, rows), (NOTES, texts)):
            if some:
                connection.execute(table.insert(), some)
    return verdict.head


def _read(path: Path) -> Iterator[Row | dict[str, Any]]:
    """Yield rows and texts, and raise `BadBackup` where the file is not what `backup` wrote."""
    count, last, ended = 0, "", False
    try:
        with gzip.open(path, "rb") as file:
            head = orjson.loads(next(file, b"null"))
            if not isinstance(head, dict) or head.get("form") != FORM:
                raise BadBackup(f"{path} is no backup of a record.")
            for line in file:
                content = orjson.loads(line)
                if "row" in content:
                    row = Row(**content["row"])
                    count, last = row.number, row.hash
                    yield row
                elif "note" in content:
                    yield content["note"]
                else:
                    ended = (content["rows"], content["hash"]) == (count, last)
    except (OSError, EOFError, ValueError, TypeError, KeyError) as error:
        raise BadBackup(f"{path} cannot be read as a backup ({type(error).__name__}).") from None
    if not ended:
        raise BadBackup(f"{path} is cut short or changed. Nothing was restored.")


def _texts(store: Store, last: int) -> Iterator[dict[str, Any]]:
    found = (row for row in store.rows(kinds=["suggestion_shown"]) if row.number <= last)
    for row in found:
        text = notes.texts(store, [row.event_id]).get(row.event_id)
        if text is not None:
            yield {"event_id": row.event_id, "call_id": row.call_id, "at": row.at, "text": text}


def _line(content: Any) -> bytes:
    return orjson.dumps(content, option=orjson.OPT_APPEND_NEWLINE)


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)
