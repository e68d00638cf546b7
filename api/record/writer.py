"""One thread gathers what comes in at the same time and has it written by one commit, or into the spool.

    submit ──► queue ──► batch ──► store (in a thread of its own) ──► "stored"
                           │ it fails, or has not answered in time
                           └─────► spool ──► "spooled", or if that fails too: "no"
    later, and whenever nothing else is to do: spool ──► store, in order, until the spool is empty

While anything waits in the spool, what is new goes there too: so the order stays. Nobody waits longer for a
database that hangs than `patience`, and that once: as long as the store has not answered, nothing else is
given to it. If it answers after all, the event is in both, and its id keeps the chain from taking it twice.
"""

import logging
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, replace
from queue import Empty, SimpleQueue
from threading import Thread
from time import monotonic
from typing import Any, Final, Literal

from sqlalchemy.exc import DataError, IntegrityError, InterfaceError, OperationalError, StatementError

from api.problems import where
from api.record.events import AnyEvent, canonical, id_from
from api.record.spool import Spool
from api.record.store import Item, Placed, Store

log = logging.getLogger("heartline.record")

State = Literal["stored", "spooled", "no"]
BATCH: Final = 500
"""The most events of one commit."""


@dataclass(frozen=True, slots=True)
class Receipt:
    """What became of an event.

    Parameters
    ----------
    state : {"stored", "spooled", "no"}
        In the chain, on disk and waiting to be, or lost.
    event : Event
        What is recorded; where an event of this id was recorded before, that one.
    number : int, optional
        Its place in the chain, where it is stored.
    repeated : bool
        Whether an event of this id was in the chain already.
    """

    state: State
    event: AnyEvent
    number: int | None = None
    repeated: bool = False


class Writer:
    """Writes events in the order they are handed in, and says for each when it is on disk.

    Parameters
    ----------
    store : Store
        The database.
    spool : Spool
        Where events wait while the database takes none.
    patience : float
        Seconds to wait for the database before events go to the spool.
    retry : float
        Seconds between two attempts to reach a database that failed.
    """

    def __init__(self, store: Store, spool: Spool, *, patience: float, retry: float) -> None:
        self._store = store
        self._spool = spool
        self._patience = patience
        self._retry = retry
        self._queue: SimpleQueue[tuple[Item, Future[Receipt]] | None] = SimpleQueue()
        self._at_store = ThreadPoolExecutor(1, "record-store")
        self._job: Future[Any] | None = None
        self._waited = False
        self._retry_at = 0.0
        self._store_trouble: str | None = None
        self._spool_trouble: str | None = None
        self._closed = False
        self._thread = Thread(target=self._run, name="record-writer", daemon=True)
        self._thread.start()

    def submit(self, item: Item) -> Future[Receipt]:
        """Hand in an event; the result comes when it is on disk, or cannot be."""
        future: Future[Receipt] = Future()
        future.set_running_or_notify_cancel()  # who waits may go away; what was handed in is written
        if self._closed:
            future.set_result(Receipt("no", item.event))
        else:
            self._queue.put((item, future))
        return future

    @property
    def state(self) -> State:
        """What would become of an event now."""
        if self._store_trouble is None and not self._spool.pending():
            return "stored"
        return "spooled" if self._spool_trouble is None else "no"

    @property
    def trouble(self) -> str | None:
        """What an operator should look at."""
        found = [self._store_trouble, self._spool_trouble]
        if self._spool.refused:
            found.append(
                f"{self._spool.refused} lines of the spool could not be recorded; refused.lines keeps them."
            )
        return "\n".join(filter(None, found)) or None

    def close(self) -> None:
        """Write what was handed in, and end."""
        if not self._closed:
            self._closed = True
            self._queue.put(None)
            self._thread.join()
            self._at_store.shutdown(wait=True)

    def _run(self) -> None:
        self._idle()  # what was left behind comes first
        while True:
            try:
                batch, last = self._gather()
            except Empty:
                self._idle()
                continue
            try:
                if batch:
                    self._write(batch)
            except Exception as error:  # this thread must not end: everybody would wait for ever
                log.error("writing the record failed: %s", where(error))
                self._set_aside([each for each in batch if not each[1].done()])
            if last:
                break
        if self._job is not None:
            wait([self._job], self._patience)

    def _gather(self) -> tuple[list[tuple[Item, Future[Receipt]]], bool]:
        """Return what has come in, at least one; and whether nothing will come after it."""
        batch = []
        found = self._queue.get(timeout=self._retry)
        while found is not None:
            batch.append(found)
            if len(batch) == BATCH:
                return batch, False
            try:
                found = self._queue.get_nowait()
            except Empty:
                return batch, False
        return batch, True

    def _write(self, batch: Sequence[tuple[Item, Future[Receipt]]]) -> None:
        items = [item for item, _ in batch]
        placed = self._stored(items) if self._store_is_free(wait_for=self._patience) else None
        if placed is not None:
            for (row, new), (item, future) in zip(placed, batch, strict=True):
                event = item.event if new else row.event
                future.set_result(Receipt("stored", event, row.number, repeated=not new))
            return
        self._set_aside(batch)

    def _set_aside(self, batch: Sequence[tuple[Item, Future[Receipt]]]) -> None:
        state = self._spooled([item for item, _ in batch])
        for item, future in batch:
            future.set_result(Receipt(state, item.event))

    def _stored(self, items: Sequence[Item]) -> list[Placed] | None:
        job = self._begin(self._store.append, items)
        wait([job], self._patience)
        self._waited = True
        if not job.done():
            self._store_failed("does not answer")
            return None
        self._collect()
        return None if job.exception() else job.result()

    def _store_is_free(self, *, wait_for: float = 0) -> bool:
        """Return whether the store can be given something new now; while something waits, give it that."""
        if self._job is not None and not self._waited:
            wait([self._job], wait_for)  # once for each thing it was given
            self._waited = wait_for > 0
        if self._job is not None and not self._job.done():
            return False
        self._collect()
        if monotonic() < self._retry_at:
            return False
        if self._spool.pending():
            self._begin(self._replay)
            return False
        return True

    def _begin(self, what: Callable[..., Any], *arguments: Any) -> Future[Any]:
        self._waited = False
        self._job = self._at_store.submit(what, *arguments)
        return self._job

    def _collect(self) -> None:
        job, self._job = self._job, None
        if job is None:
            return
        error = job.exception()
        if error is None:
            self._store_trouble = None
        else:
            self._store_failed(_kind(error), error)

    def _idle(self) -> None:
        try:
            self._spool.adopt()
            if self._store_is_free():
                self._begin(self._store.ping)
            if self._store_trouble is not None or self._spool_trouble is not None:
                self._spool.probe()
                self._spool_trouble = None
        except OSError as error:
            self._spool_failed(error)

    def _replay(self) -> None:
        """Put into the chain what waits, until nothing does. Runs where the store is spoken to."""
        count = 0
        while items := self._spool.first(BATCH):
            try:
                self._replay_some(items)
            except (DataError, IntegrityError, StatementError, ValueError) as error:
                if isinstance(error, OperationalError | InterfaceError):
                    raise
                for item in items:  # one of them is at fault; the others shall not wait for it
                    self._replay_one(item)
            self._spool.advance()
            count += len(items)
        if count:
            log.info("%d events that waited in the spool are in the record", count)

    def _replay_some(self, items: Sequence[Item]) -> None:
        placed = self._store.append(items)
        others = [
            item
            for item, (row, new) in zip(items, placed, strict=True)
            if not new and row.event.fingerprint != item.event.fingerprint
        ]
        if others:  # the same Idempotency-Key with another request, both accepted while the store was away
            self._store.append([_under_another_id(item) for item in others])

    def _replay_one(self, item: Item) -> None:
        try:
            self._replay_some([item])
        except (OperationalError, InterfaceError):
            raise
        except (DataError, IntegrityError, StatementError, ValueError) as error:
            log.error("an event cannot be recorded: %s", where(error))
            self._spool.refuse(item)

    def _spooled(self, items: Sequence[Item]) -> State:
        try:
            self._spool.add(items)
        except OSError as error:
            self._spool_failed(error)
            return "no"
        self._spool_trouble = None
        return "spooled"

    def _store_failed(self, why: str, error: BaseException | None = None) -> None:
        self._retry_at = monotonic() + self._retry
        if self._store_trouble is None:
            log.error(
                "the record's database %s; events go to the spool. %s", why, where(error) if error else ""
            )
        self._store_trouble = (
            f"The record's database {why}; events wait in the spool, and go into the record once it answers."
        )

    def _spool_failed(self, error: OSError) -> None:
        if self._spool_trouble is None:
            log.error("the spool cannot be written: %s", error.strerror)
        self._spool_trouble = (
            f"The spool cannot be written ({error.strerror}): while the database is away nothing is "
            "recorded, and decisions are refused. Make room, or set HEARTLINE_SPOOL_DIR to another disk."
        )


def _kind(error: BaseException) -> str:
    """Say what a database's error means; its own words may quote what was to be written."""
    said = str(getattr(error, "orig", None) or error).lower()
    if "full" in said or "no space" in said:
        return "has no room left on its disk"
    if "locked" in said or "lock timeout" in said:
        return "is held by somebody else"
    if "readonly" in said or "read-only" in said:
        return "can be read only"
    return "cannot be reached" if isinstance(error, OperationalError | OSError) else "takes nothing"


def _under_another_id(item: Item) -> Item:
    return replace(item, event=item.event.model_copy(update={"event_id": id_from(canonical(item.event))}))
