"""What is appended is in the chain, once, in order, whoever appends."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from api.record import Record, RecordUnavailable
from api.record.events import Decision, Outcome


def decision(number=1, **fields):
    return Decision(call_id=f"24-{number}", action="accepted", unit="CRT", **fields)


def test_what_is_stored_can_be_read_back_as_it_was(record):
    event = decision(by="Jørgensen, 12", also=("ems",), acuity=3)

    assert record.append(event) == "stored"
    assert list(record.events()) == [event]


def test_events_come_back_in_the_order_in_which_they_were_appended_whatever_their_time(record):
    now = datetime.now(UTC)
    times = [now, now - timedelta(days=1), now + timedelta(days=1)]
    for number, at in enumerate(times):
        record.append(decision(number, at=at))

    assert [event.at for event in record.events()] == times


def test_many_at_once_share_a_commit_and_each_is_there(record):
    futures = [record.submit(decision(number)) for number in range(1500)]

    assert [future.result().number for future in futures] == list(range(1, 1501))
    assert [event.call_id for event in record.events()] == [f"24-{number}" for number in range(1500)]


def test_the_same_id_is_recorded_once_and_the_first_stays(record):
    first = decision(1)
    record.append(first)
    again = record.submit(decision(2, event_id=first.event_id)).result()

    assert (again.state, again.repeated, again.event, again.number) == ("stored", True, first, 1)
    assert list(record.events()) == [first]


def test_several_processes_keep_one_chain(opened):
    records = [opened() for _ in range(3)]

    def append(number):
        return records[number % 3].append(decision(number))

    with ThreadPoolExecutor(12) as pool:
        assert set(pool.map(append, range(120))) == {"stored"}

    verdict = records[0].verify()
    assert (verdict.whole, verdict.count) == (True, 120)
    assert {event.call_id for event in records[1].events()} == {f"24-{number}" for number in range(120)}


def test_what_is_there_survives_closing_and_opening(opened):
    opened().append(decision(1))
    later = opened()
    later.append(decision(2))

    assert later.verify().count == 2


@pytest.mark.parametrize(
    ("which", "expected"),
    [
        ({}, ["24-1", "24-1", "24-2", "24-3"]),
        ({"kinds": ["outcome"]}, ["24-1"]),
        ({"call_id": "24-1"}, ["24-1", "24-1"]),
        ({"call_id": "24-9"}, []),
        ({"incident_id": "i"}, ["24-3"]),
        ({"after": 3}, ["24-3"]),
    ],
)
def test_events_are_found_by_kind_call_incident_and_place(record, which, expected):
    record.append(decision(1))
    record.append(Outcome(call_id="24-1", police_called=False))
    record.append(decision(2))
    record.append(decision(3, incident_id="i"))

    assert [event.call_id for event in record.events(**which)] == expected


def test_a_time_range_holds_its_beginning_and_not_its_end(record):
    noon = datetime(2026, 7, 4, 12, tzinfo=UTC)
    for hour in range(4):
        record.append(decision(hour, at=noon + timedelta(hours=hour)))
    found = record.events(since=noon + timedelta(hours=1), until=noon + timedelta(hours=3))

    assert [event.call_id for event in found] == ["24-1", "24-2"]


def test_more_rows_than_are_read_at_once_come_back_whole(record):
    futures = [record.submit(decision(number)) for number in range(2500)]
    futures[-1].result()

    assert [row.number for row in record.rows()] == list(range(1, 2501))


@pytest.mark.parametrize("statement", ["UPDATE events SET kind = 'outcome'", "DELETE FROM events"])
def test_the_database_itself_refuses_to_change_or_delete(record, statement):
    record.append(decision())

    with pytest.raises(DBAPIError, match="only added to"), record.store.engine.begin() as connection:
        connection.execute(text(statement))
    assert record.verify().whole


def test_a_record_of_a_newer_version_is_refused_and_left_alone(opened):
    record = opened()
    record.append(decision())
    with record.store.engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))

    with pytest.raises(RecordUnavailable, match="newer version"):
        opened()


@pytest.mark.parametrize("url", ["mysql://root@localhost/x", "nonsense", ""])
def test_a_url_of_something_else_is_refused_without_repeating_it(url, tmp_path):
    with pytest.raises(RecordUnavailable) as refused:
        Record.open(url, tmp_path, b"key")
    assert "root" not in str(refused.value)


def test_after_closing_nothing_is_taken(record):
    record.close()

    assert record.append(decision()) == "no"


def test_a_postgresql_that_does_not_write_through_to_the_disk_is_named_in_the_log(opened, postgres, caplog):
    opened(url=postgres.emptied())

    assert any("fsync off" in line for line in caplog.messages) != postgres.durable
