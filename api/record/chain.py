"""The chain: each row holds the hash of the one before; none can be changed, taken out or put in unseen.

What is hashed is the text as stored, byte for byte; nobody needs to write it anew to check it. Whoever can
write the whole database can also write a whole new chain: against that the head (number and hash) is kept
elsewhere, and `verify` is told it.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from pydantic import ValidationError

from api.record.events import AnyEvent, moment, parse

GENESIS: Final = "0" * 64
"""What the first row holds as the hash before it."""


@dataclass(frozen=True, slots=True)
class Row:
    """One row of the record as it is stored.

    Parameters
    ----------
    number : int
        Place in the chain, from 1, without gaps.
    event_id, kind, at, call_id, incident_id, subject
        Copies out of `content`, to find it by.
    recorded : str
        When it was put into the chain.
    content : str
        The event, in its canonical text.
    previous, hash : str
        The hash of the row before, and of this one.
    """

    number: int
    event_id: str
    kind: str
    at: str
    recorded: str
    call_id: str | None
    incident_id: str | None
    subject: str | None
    content: str
    previous: str
    hash: str

    @property
    def event(self) -> AnyEvent:
        """The event, typed."""
        return parse(self.content)


def link(event: AnyEvent, content: str, *, number: int, previous: str, recorded: str) -> Row:
    """Return the event as the row that stands at `number`."""
    return Row(
        number=number,
        event_id=event.event_id,
        kind=event.kind,
        at=moment(event.at),
        recorded=recorded,
        call_id=event.call_id,
        incident_id=event.incident_id,
        subject=event.subject,
        content=content,
        previous=previous,
        hash=hashed(number, previous, recorded, content),
    )


def hashed(number: int, previous: str, recorded: str, content: str) -> str:
    """Return the hash of a row."""
    return hashlib.sha256(f"{number}\n{previous}\n{recorded}\n{content}".encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong at one place of the chain."""

    number: int
    what: str


@dataclass
class Verdict:
    """What walking the chain found.

    Attributes
    ----------
    count : int
        How many rows there are.
    head : tuple of int and str
        Number and hash of the last row: what is worth keeping elsewhere.
    faults : list of Fault
        At most a hundred; the chain is whole when there are none.
    clock_steps : list of tuple
        Where the clock that recorded a row stood before the one of the row before: (number, seconds). Not a
        fault: the order of the record does not come from clocks.
    """

    count: int = 0
    head: tuple[int, str] = (0, GENESIS)
    faults: list[Fault] = field(default_factory=list)
    clock_steps: list[tuple[int, float]] = field(default_factory=list)

    @property
    def whole(self) -> bool:
        """Whether nothing is wrong."""
        return not self.faults


MOST_FAULTS: Final = 100


def verify(rows: Iterable[Row], known: tuple[int, str] | None = None) -> Verdict:
    """Walk a chain from its first row.

    Parameters
    ----------
    rows : iterable of Row
        All rows, in order.
    known : tuple of int and str, optional
        A head that was seen before, and kept elsewhere: number and hash.
    """
    verdict = Verdict()
    number, previous, recorded = verdict.head[0], verdict.head[1], ""
    seen = known is None
    for row in rows:
        for what in _faults(row, number + 1, previous):
            if len(verdict.faults) < MOST_FAULTS:
                verdict.faults.append(Fault(row.number, what))
        if known is not None and row.number == known[0]:
            seen = True
            if row.hash != known[1]:
                verdict.faults.append(Fault(row.number, "is not the row whose hash was kept elsewhere"))
        if _is_time(row.recorded) and row.recorded < recorded and len(verdict.clock_steps) < MOST_FAULTS:
            verdict.clock_steps.append((row.number, _seconds(row.recorded, recorded)))
        number, previous = row.number, row.hash
        recorded = row.recorded if _is_time(row.recorded) else recorded
        verdict.count += 1
        verdict.head = (number, previous)
    if not seen and known is not None and known[0] > 0:
        verdict.faults.append(
            Fault(known[0], "is missing: a row of that number was seen before, and the chain ends earlier")
        )
    return verdict


def _faults(row: Row, number: int, previous: str) -> Iterable[str]:
    if row.number != number:
        yield f"stands where row {number} is expected: rows were taken out or put in"
    if row.previous != previous:
        yield "does not hold the hash of the row before it"
    if row.hash != hashed(row.number, row.previous, row.recorded, row.content):
        yield "is not what was recorded: its hash does not fit its content"
    try:
        event = row.event
    except (ValidationError, ValueError):
        yield "holds no event that this version knows"
        return
    copies = (row.event_id, row.kind, row.at, row.call_id, row.incident_id, row.subject)
    meant = (event.event_id, event.kind, moment(event.at), event.call_id, event.incident_id, event.subject)
    if copies != meant:
        yield "is filed under another id, kind, time, call or subject than its content says"


def _is_time(recorded: str) -> bool:
    try:
        return recorded.endswith("Z") and bool(datetime.fromisoformat(recorded))
    except ValueError:
        return False


def _seconds(later: str, earlier: str) -> float:
    return (datetime.fromisoformat(later) - datetime.fromisoformat(earlier)).total_seconds()
