"""Shifts in local time: midnight, the days they begin on, and what was not published."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from classifier.roster import DAYS, Shift, next_shift, on_shift

EASTERN = ZoneInfo("America/New_York")
NIGHTS = Shift.model_validate({"days": ["fri", "sat"], "hours": "22:00-06:00", "starts": date(2022, 7, 1)})
ALWAYS = Shift.model_validate({"days": "daily", "hours": "00:00-00:00"})
UNTIL = Shift.model_validate({"days": "daily", "hours": "18:00-02:00", "ends": date(2022, 7, 4)})
UNKNOWN = Shift.model_validate({"days": ["mon"], "hours": "unknown"})


def local(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=EASTERN)


@pytest.mark.parametrize(
    ("line", "at", "on"),
    [
        (NIGHTS, "2022-07-01T21:59", False),
        (NIGHTS, "2022-07-01T22:00", True),  # Friday
        (NIGHTS, "2022-07-02T00:00", True),
        (NIGHTS, "2022-07-02T05:59:59", True),
        (NIGHTS, "2022-07-02T06:00", False),
        (NIGHTS, "2022-07-03T05:00", True),  # Sunday morning belongs to Saturday's shift
        (NIGHTS, "2022-07-03T23:00", False),
        (NIGHTS, "2022-07-01T05:00", False),  # Thursday's night, before the first day
        (UNTIL, "2022-07-04T19:00", True),
        (UNTIL, "2022-07-05T01:00", True),  # the last day's shift ends after midnight
        (UNTIL, "2022-07-05T19:00", False),
        (ALWAYS, "2022-07-05T00:00", True),
        (ALWAYS, "2022-07-05T23:59:59", True),
        (UNKNOWN, "2022-07-04T12:00", None),
        (UNKNOWN, "2022-07-05T12:00", False),
        (NIGHTS, "2022-11-06T01:30", True),  # twice in this night
        (NIGHTS, "2023-03-12T03:00", True),  # 2:00 to 3:00 is not in this one
    ],
)
def test_a_shift_begins_on_its_day_and_ends_before_its_end(line: Shift, at: str, on: bool | None) -> None:
    assert on_shift([line], local(at)) is on


def test_lines_add_up_and_what_is_certain_wins_over_what_is_unknown() -> None:
    assert on_shift([UNKNOWN, ALWAYS], local("2022-07-04T12:00")) is True
    assert on_shift([UNKNOWN, NIGHTS], local("2022-07-04T12:00")) is None
    assert on_shift([], local("2022-07-04T12:00")) is False


@pytest.mark.parametrize(
    ("at", "begins"),
    [
        ("2022-07-01T12:00", "2022-07-01T22:00"),
        ("2022-07-01T22:00", "2022-07-02T22:00"),
        ("2022-07-03T07:00", "2022-07-08T22:00"),
    ],
)
def test_the_next_shift_is_the_one_that_begins_next(at: str, begins: str) -> None:
    assert next_shift([NIGHTS, UNKNOWN], local(at)) == local(begins)


def test_nobody_says_when_a_shift_begins_that_was_not_published() -> None:
    assert next_shift([UNKNOWN], local("2022-07-04T12:00")) is None


@given(st.datetimes(min_value=datetime(2022, 1, 1), max_value=datetime(2026, 12, 31)))
def test_the_next_shift_is_on_shift_when_it_begins(at: datetime) -> None:
    begins = next_shift([NIGHTS], at.replace(tzinfo=EASTERN))
    if begins is not None:
        assert on_shift([NIGHTS], begins) is True
        assert DAYS[begins.weekday()] in NIGHTS.days


@pytest.mark.parametrize("hours", ["8 to 5", "08:00", "25:00-26:00", ""])
def test_hours_that_are_none_are_refused(hours: str) -> None:
    with pytest.raises(ValidationError):
        Shift.model_validate({"days": "daily", "hours": hours})
