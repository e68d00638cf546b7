"""When a team is on shift: dated rosters in local time, where what is not published stays unknown."""

from collections.abc import Iterator, Sequence
from datetime import date, datetime, time, timedelta
from typing import Annotated, Any, Final, Literal, get_args

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

Day = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
DAYS: Final[tuple[Day, ...]] = get_args(Day)


class Span(BaseModel):
    """A stretch of the day; an end at or before the start is on the next day."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    start: time
    end: time


def _span(said: Any) -> Any:
    if isinstance(said, str) and said != "unknown":
        start, dash, end = said.partition("-")
        if not dash:
            raise ValueError(f"{said!r} are no hours; write '08:00-19:00', or unknown")
        return {"start": start.strip(), "end": end.strip()}
    return said


def _days(said: Any) -> Any:
    return DAYS if said == "daily" else said


class Between(BaseModel):
    """A start that was not published: not before one day, and by another one at the latest."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    not_before: date
    by: date


class Shift(BaseModel):
    """One line of a roster.

    Parameters
    ----------
    teams : int
        How many teams are out.
    days : list of str, or "daily"
        Days on which the shift begins.
    hours : str
        Such as ``08:00-19:00``, in local time, the end exclusive; or ``unknown``.
    starts : date or Between, optional
        First day of this line.
    ends : date, optional
        Last day of this line.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    teams: int = Field(default=1, ge=1)
    days: Annotated[tuple[Day, ...], BeforeValidator(_days), Field(min_length=1)]
    hours: Annotated[Span | Literal["unknown"], BeforeValidator(_span)]
    starts: date | Between | None = None
    ends: date | None = None

    def runs_on(self, day: date) -> bool | None:
        """Whether a shift of this line begins on that day; None when that was not published."""
        if DAYS[day.weekday()] not in self.days or (self.ends is not None and day > self.ends):
            return False
        if isinstance(self.starts, Between):
            if day < self.starts.not_before:
                return False
            return True if day >= self.starts.by else None
        return self.starts is None or day >= self.starts


def on_shift(roster: Sequence[Shift], local: datetime) -> bool | None:
    """Whether a team is on shift.

    Parameters
    ----------
    roster : sequence of Shift
        The lines that add up.
    local : datetime
        The time on the wall where the team works.

    Returns
    -------
    bool or None
        None when it depends on what was not published.
    """
    known = [_on(line, local) for line in roster]
    return True if True in known else None if None in known else False


def next_shift(roster: Sequence[Shift], local: datetime) -> datetime | None:
    """Return when the next shift that is published begins, within eight days; else None."""
    return min(_beginnings(roster, local), default=None)


def _on(line: Shift, local: datetime) -> bool | None:
    if line.hours == "unknown":
        return None if line.runs_on(local.date()) is not False else False
    start, end = line.hours.start, line.hours.end
    now = local.time()
    if start < end:
        return line.runs_on(local.date()) if start <= now < end else False
    if now >= start:
        return line.runs_on(local.date())
    return line.runs_on(local.date() - timedelta(days=1)) if now < end else False


def _beginnings(roster: Sequence[Shift], local: datetime) -> Iterator[datetime]:
    for line in roster:
        if line.hours == "unknown":
            continue
        for ahead in range(9):
            day = local.date() + timedelta(days=ahead)
            beginning = datetime.combine(day, line.hours.start, tzinfo=local.tzinfo)
            if line.runs_on(day) and beginning.replace(tzinfo=None) > local.replace(tzinfo=None):
                yield beginning
                break
