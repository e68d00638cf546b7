"""Texts of notes: only where a center keeps them, only as long as it says, and apart from the chain."""

from collections.abc import Iterable
from datetime import datetime
from typing import Final

from sqlalchemy import delete, func, select
from sqlalchemy.exc import DBAPIError

from api.record.database import appending
from api.record.events import moment
from api.record.store import Store
from api.record.tables import NOTES

AT_ONCE: Final = 500


def texts(store: Store, event_ids: Iterable[str]) -> dict[str, str]:
    """Return the texts that are kept, by the id of the event that showed a suggestion for them."""
    store.prepare()
    wanted, found = list(event_ids), {}
    with store.engine.connect() as connection:
        for first in range(0, len(wanted), AT_ONCE):
            some = wanted[first : first + AT_ONCE]
            query = select(NOTES.c.event_id, NOTES.c.text).where(NOTES.c.event_id.in_(some))
            found.update({row.event_id: row.text for row in connection.execute(query)})
    return found


def count(store: Store) -> int:
    """Return how many texts are kept."""
    store.prepare()
    with store.engine.connect() as connection:
        return connection.execute(select(func.count()).select_from(NOTES)).scalar_one()


def purge(store: Store, before: datetime) -> int:
    """Delete the texts of notes from before a time; return how many.

    Nothing of the chain is touched: it holds a keyed hash of each note and its length, and no text.
    """
    store.prepare()
    with appending(store.engine) as connection:
        gone = connection.execute(delete(NOTES).where(NOTES.c.at < moment(before))).rowcount
    if gone and store.engine.dialect.name == "sqlite":
        _empty_the_log(store)
    return gone


def _empty_the_log(store: Store) -> None:
    """Bring the deletion from SQLite's write-ahead log into the file, so that no copy of the text is left."""
    try:
        with store.engine.connect() as connection:
            raw = connection.connection.cursor()
            raw.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            raw.close()
    except DBAPIError:  # somebody reads; the next checkpoint does it
        return
