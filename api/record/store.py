"""The database: adds to the chain, and finds in it."""

import logging
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, fields
from datetime import UTC, datetime
from typing import Any, Final, NamedTuple

from sqlalchemy import Connection, Engine, Select, exists, select
from sqlalchemy.exc import DBAPIError

from api.record.chain import GENESIS, Row, link
from api.record.database import appending, engine_for, is_durable, sqlite_file
from api.record.events import AnyEvent, canonical, moment
from api.record.migrate import migrate
from api.record.tables import EVENTS, NOTES

log = logging.getLogger("heartline.record")

AT_ONCE: Final = 1000
"""How many rows are read at once."""


@dataclass(frozen=True, slots=True)
class Item:
    """An event on its way into the chain.

    Parameters
    ----------
    event : Event
        What is recorded.
    note : str, optional
        The text of the note it belongs to, where the center keeps texts; goes into a table of its own.
    """

    event: AnyEvent
    note: str | None = None


class Placed(NamedTuple):
    """Where an event stands in the chain, and whether it was put there just now."""

    row: Row
    new: bool


class Store:
    """The record's database.

    Parameters
    ----------
    url : str
        Of SQLite or PostgreSQL. Nothing is opened before it is needed.

    Raises
    ------
    RecordUnavailable
        Where the URL names no such database.
    """

    def __init__(self, url: str) -> None:
        self.url = url
        self.engine: Engine = engine_for(url)
        self._prepared = False

    def prepare(self) -> None:
        """Bring the tables up to date, once."""
        if not self._prepared:
            if file := sqlite_file(self.url):
                file.parent.mkdir(parents=True, exist_ok=True)
            migrate(self.engine)
            if not is_durable(self.engine):
                log.warning("PostgreSQL runs with fsync off: what is committed does not survive a power cut")
            self._prepared = True

    def append(self, items: Sequence[Item]) -> list[Placed]:
        """Put events at the end of the chain, in this order, all or none; on disk when it returns.

        An event whose id is there already is not recorded again: the row that is there is returned for it.
        """
        self.prepare()
        try:
            return self._append(items)
        except DBAPIError as error:
            if not error.connection_invalidated:
                raise
        return self._append(items)  # the database was started anew: the ids keep it from counting twice

    def _append(self, items: Sequence[Item]) -> list[Placed]:
        with appending(self.engine) as connection:
            known = _known(connection, [item.event.event_id for item in items])
            number, previous = _head(connection)
            placed: list[Placed] = []
            new: list[Row] = []
            for item in items:
                if item.event.event_id in known:
                    placed.append(Placed(known[item.event.event_id], new=False))
                    continue
                now = moment(datetime.now(UTC))
                content = canonical(item.event)
                row = link(item.event, content, number=number + 1, previous=previous, recorded=now)
                number, previous = row.number, row.hash
                known[row.event_id] = row
                placed.append(Placed(row, new=True))
                new.append(row)
            if new:
                connection.execute(EVENTS.insert(), [asdict(row) for row in new])
            notes = _notes([item for item, place in zip(items, placed, strict=True) if place.new])
            if notes:
                connection.execute(NOTES.insert(), notes)
        return placed

    def head(self) -> tuple[int, str]:
        """Return number and hash of the last row."""
        self.prepare()
        with self.engine.connect() as connection:
            return _head(connection)

    def ping(self) -> None:
        """Raise what keeps the database from answering."""
        self.head()

    def find(self, event_id: str) -> Row | None:
        """Return the row of an event."""
        self.prepare()
        with self.engine.connect() as connection:
            return _known(connection, [event_id]).get(event_id)

    def rows(
        self,
        *,
        kinds: Sequence[str] = (),
        since: datetime | None = None,
        until: datetime | None = None,
        call_id: str | None = None,
        incident_id: str | None = None,
        subject: str | None = None,
        after: int = 0,
    ) -> Iterator[Row]:
        """Yield rows in the order of the chain, those that are there when it begins.

        Parameters
        ----------
        kinds : sequence of str
            Only these kinds.
        since, until : datetime, optional
            Only what happened from `since` on, and before `until`.
        call_id, incident_id, subject : str, optional
            Only what belongs to it.
        after : int
            Only rows of a higher number.
        """
        query = select(EVENTS)
        if kinds:
            query = query.where(EVENTS.c.kind.in_(kinds))
        if since is not None:
            query = query.where(EVENTS.c.at >= moment(since))
        if until is not None:
            query = query.where(EVENTS.c.at < moment(until))
        for column, value in (("call_id", call_id), ("incident_id", incident_id), ("subject", subject)):
            if value is not None:
                query = query.where(EVENTS.c[column] == value)
        last = self.head()[0]
        while found := self._some(query.where(EVENTS.c.number > after, EVENTS.c.number <= last)):
            yield from found
            if len(found) < AT_ONCE:
                return
            after = found[-1].number

    def _some(self, query: Select[Any]) -> list[Row]:
        with self.engine.connect() as connection:
            return _rows(connection, query.order_by(EVENTS.c.number).limit(AT_ONCE))

    def latest(self, kind: str, *, call_id: str | None = None) -> Row | None:
        """Return the last row of a kind, of a call if one is named."""
        self.prepare()
        query = select(EVENTS).where(EVENTS.c.kind == kind).order_by(EVENTS.c.number.desc()).limit(1)
        if call_id is not None:
            query = query.where(EVENTS.c.call_id == call_id)
        with self.engine.connect() as connection:
            return next(iter(_rows(connection, query)), None)

    def last_of_each(self, kind: str, *, without: str | None = None) -> list[Row]:
        """Return the last row of each subject of a kind.

        Parameters
        ----------
        kind : str
            Such as `follow_up`.
        without : str, optional
            Leave out the subjects that have an event of this kind, such as `alert_acknowledged`.
        """
        self.prepare()
        later = EVENTS.alias()
        query = select(EVENTS).where(
            EVENTS.c.kind == kind,
            ~exists().where(
                later.c.kind == kind,
                later.c.subject == EVENTS.c.subject,
                later.c.number > EVENTS.c.number,
            ),
        )
        if without is not None:
            query = query.where(~exists().where(later.c.kind == without, later.c.subject == EVENTS.c.subject))
        with self.engine.connect() as connection:
            return _rows(connection, query.order_by(EVENTS.c.number))

    def close(self) -> None:
        """Give back the connections."""
        self.engine.dispose()


def _head(connection: Connection) -> tuple[int, str]:
    query = select(EVENTS.c.number, EVENTS.c.hash).order_by(EVENTS.c.number.desc()).limit(1)
    found = connection.execute(query).first()
    return (0, GENESIS) if found is None else (found.number, found.hash)


def _known(connection: Connection, ids: Sequence[str]) -> dict[str, Row]:
    found = _rows(connection, select(EVENTS).where(EVENTS.c.event_id.in_(ids)))
    return {row.event_id: row for row in found}


_COLUMNS: Final = tuple(each.name for each in fields(Row))


def _rows(connection: Connection, query: Select[Any]) -> list[Row]:
    return [Row(*(found[name] for name in _COLUMNS)) for found in connection.execute(query).mappings()]


def _notes(items: Sequence[Item]) -> list[dict[str, Any]]:
    return [
        {
            "event_id": item.event.event_id,
            "call_id": item.event.call_id,
            "at": moment(item.event.at),
            # PostgreSQL's text cannot hold NUL, which a note may.
            "text": item.note.replace("\x00", "\ufffd"),
        }
        for item in items
        if item.note is not None
    ]
