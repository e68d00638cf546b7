"""Nothing in the chain can be changed, taken out or put in unseen."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import text

from api.record.chain import GENESIS
from api.record.events import Decision


@pytest.fixture
def tampered(record):
    """A record of five decisions; runs a statement that its triggers would refuse."""
    for number in range(1, 6):
        record.append(Decision(call_id=f"24-{number}", action="accepted", unit="CRT"))
    dialect = record.store.engine.dialect.name

    def tamper(statement):
        with record.store.engine.begin() as connection:
            if dialect == "sqlite":
                connection.execute(text("DROP TRIGGER IF EXISTS events_no_update"))
                connection.execute(text("DROP TRIGGER IF EXISTS events_no_delete"))
            else:
                connection.execute(text("ALTER TABLE events DISABLE TRIGGER ALL"))
            connection.execute(text(statement))
        return record

    return tamper


def test_an_untouched_chain_is_whole_and_its_head_is_its_last_row(tampered):
    record = tampered("SELECT 1")
    verdict = record.verify()
    rows = list(record.rows())

    assert verdict.whole
    assert verdict.head == (5, rows[-1].hash)
    assert rows[0].previous == GENESIS
    assert [row.previous for row in rows[1:]] == [row.hash for row in rows[:-1]]


def test_an_empty_chain_is_whole(record):
    assert record.verify().head == (0, GENESIS)


@pytest.mark.parametrize(
    ("statement", "number", "what"),
    [
        (
            "UPDATE events SET content = replace(content, 'T', 'D') WHERE number = 3",
            3,
            "does not fit its content",
        ),
        (
            "UPDATE events SET recorded = '2020-01-01' WHERE number = 2",
            2,
            "does not fit its content",
        ),
        ("UPDATE events SET call_id = '24-9' WHERE number = 4", 4, "filed under another"),
        ("UPDATE events SET at = '2020-01-01' WHERE number = 4", 4, "filed under another"),
        ("DELETE FROM events WHERE number = 3", 4, "row 3 is expected"),
        ("DELETE FROM events WHERE number = 1", 2, "row 1 is expected"),
        ("UPDATE events SET number = 9 WHERE number = 5", 9, "row 5 is expected"),
        ("UPDATE events SET previous = hash WHERE number = 2", 2, "hash of the row before"),
        ("UPDATE events SET content = '{}' WHERE number = 5", 5, "no event that this version knows"),
    ],
)
def test_a_change_is_found_where_it_was_made(tampered, statement, number, what):
    faults = tampered(statement).verify().faults

    assert faults[0].number == number
    assert any(what in fault.what for fault in faults)


def test_a_row_changed_together_with_its_hash_breaks_the_next(tampered):
    record = tampered(f"UPDATE events SET hash = '{'1' * 64}' WHERE number = 3")

    assert {fault.number for fault in record.verify().faults} == {3, 4}


def test_a_chain_cut_short_is_found_by_a_head_that_was_kept_elsewhere(tampered):
    known = tampered("SELECT 1").verify().head
    record = tampered("DELETE FROM events WHERE number > 3")

    assert record.verify().whole
    assert [fault.number for fault in record.verify(known).faults] == [5]


def test_a_head_kept_elsewhere_still_fits_when_the_chain_has_grown(tampered):
    record = tampered("SELECT 1")
    known = record.verify().head
    record.append(Decision(action="dismissed"))

    assert record.verify(known).whole
    assert not record.verify((known[0], "f" * 64)).whole


def test_a_clock_that_steps_back_is_told_and_breaks_nothing(record, monkeypatch):
    record.append(Decision(action="accepted"))

    class Clock(datetime):
        @classmethod
        def now(cls, tz=None):
            return datetime(2020, 1, 1, tzinfo=UTC)

    monkeypatch.setattr("api.record.store.datetime", Clock)
    record.append(Decision(action="accepted"))
    monkeypatch.undo()
    record.append(Decision(action="dismissed"))
    verdict = record.verify()

    assert verdict.whole
    assert [number for number, _ in verdict.clock_steps] == [2]
    assert verdict.clock_steps[0][1] < -365 * 24 * 3600
    assert [event.action for event in record.events()] == ["accepted", "accepted", "dismissed"]
