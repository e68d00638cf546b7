"""The public door of the record: `Record.open`, `append`, `events`, `verify`."""

import hmac
import logging
from collections.abc import Iterator, Mapping
from concurrent.futures import Future
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final, Self

import orjson
from sqlalchemy.exc import DBAPIError

from api.problems import where
from api.record import chain, notes
from api.record.chain import Row, Verdict
from api.record.database import RecordUnavailable
from api.record.events import AnyEvent, NoteMark, NotesPurged, id_from
from api.record.spool import Spool
from api.record.store import Item, Store
from api.record.writer import Receipt, State, Writer

log = logging.getLogger("heartline.record")

PATIENCE: Final = 0.5
RETRY: Final = 1.0


class Record:
    """What was shown, decided and came of it.

    Use `Record.open`. Several processes, on several machines behind one PostgreSQL, keep one chain; each
    machine has a spool on a disk of its own.
    """

    def __init__(self, store: Store, writer: Writer, spool: Spool, key: bytes, keep_notes: bool) -> None:
        self.store = store
        self._writer = writer
        self._spool = spool
        self._key = key
        self._keep_notes = keep_notes
        self.key_id = hmac.digest(key, b"heartline key", "sha256").hex()[:8]

    @classmethod
    def open(
        cls,
        url: str,
        spool: Path,
        key: bytes,
        *,
        keep_notes: bool = False,
        patience: float = PATIENCE,
        retry: float = RETRY,
    ) -> Self:
        """Open the record, making its tables where there are none.

        A database that cannot be reached is no error: events wait in the spool until it can.

        Parameters
        ----------
        url : str
            `sqlite:///…` or `postgresql://…`.
        spool : Path
            A folder on a local disk, better another one than the database's.
        key : bytes
            Makes the hashes of notes, which nobody can try out words against without it.
        keep_notes : bool
            Whether texts of notes are kept, in a table of their own.
        patience : float
            Seconds to wait for the database before an event goes to the spool.
        retry : float
            Seconds between attempts to reach a database that failed.

        Raises
        ------
        RecordUnavailable
            Where the URL names no such database, or a newer version of Heartline has written it.
        """
        store = Store(url)
        try:
            store.prepare()
        except (DBAPIError, OSError) as error:
            log.error("the record's database does not answer at the start: %s", where(error))
        except RecordUnavailable:
            store.close()
            raise
        waiting = Spool(spool)
        return cls(store, Writer(store, waiting, patience=patience, retry=retry), waiting, key, keep_notes)

    def append(self, event: AnyEvent, note: str | None = None) -> State:
        """Record an event; return once it is on disk: in the chain, or in the spool; or `no`."""
        return self.submit(event, note).result().state

    def submit(self, event: AnyEvent, note: str | None = None) -> Future[Receipt]:
        """Record an event; the future's result says what became of it, once that is known."""
        return self._writer.submit(Item(event, note if self._keep_notes else None))

    @property
    def state(self) -> State:
        """What would become of an event now."""
        return self._writer.state

    @property
    def trouble(self) -> str | None:
        """What an operator should look at, with the remedy."""
        return self._writer.trouble

    def mark(self, note: str) -> NoteMark:
        """Return what is recorded of a note in place of its text."""
        return NoteMark(hmac=self._hmac(note.encode()), key=self.key_id, length=len(note))

    def identity(self, *parts: str) -> str:
        """Return the event id of a request that says by an Idempotency-Key that it may come again."""
        return id_from(self._hmac(orjson.dumps(parts)))

    def fingerprint(self, request: Mapping[str, Any]) -> str:
        """Return what tells one request from another under the same Idempotency-Key."""
        return self._hmac(orjson.dumps(request, option=orjson.OPT_SORT_KEYS))

    def rows(self, **which: Any) -> Iterator[Row]:
        """Yield rows of the chain, in its order; the parameters are those of `Store.rows`."""
        return self.store.rows(**which)

    def events(self, **which: Any) -> Iterator[AnyEvent]:
        """Yield events in the order in which they were recorded; the parameters are those of `Store.rows`."""
        for row in self.store.rows(**which):
            yield row.event

    def verify(self, known: tuple[int, str] | None = None) -> Verdict:
        """Walk the whole chain; `known` is a head that was kept elsewhere."""
        return chain.verify(self.store.rows(), known)

    def purge_notes(self, older_than: timedelta = timedelta(0)) -> int:
        """Delete texts of notes, and record that it was done; return how many."""
        before = datetime.now(UTC) - older_than
        count = notes.purge(self.store, before)
        if count:
            self.append(NotesPurged(count=count, before=before))
        return count

    def close(self) -> None:
        """Write what was handed in, and let go of everything."""
        self._writer.close()
        self._spool.close()
        self.store.close()

    def __enter__(self) -> Self:
        """Return the record; it is closed at the end of the block."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close it."""
        self.close()

    def _hmac(self, content: bytes) -> str:
        return hmac.digest(self._key, content, "sha256").hex()


__all__ = ["Receipt", "Record", "RecordUnavailable"]
