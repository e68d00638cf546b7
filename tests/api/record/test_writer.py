"""When the database fails, hangs or lies, and the spool with it, nothing that was promised is lost."""

import errno
import threading
import time

import pytest
from sqlalchemy.exc import IntegrityError, OperationalError

from api.record.events import Decision
from api.record.spool import REFUSED


def decision(number, **fields):
    return Decision(call_id=str(number), action="accepted", **fields)


def calls(record):
    return [int(event.call_id) for event in record.events()]


def until(true, seconds=30):
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.01)


def gone(*_):
    raise OperationalError("INSERT", {}, Exception("server closed the connection"))


@pytest.fixture
def no_store(monkeypatch):
    """Takes the database away, and gives it back."""

    def take(record, append=gone, ping=gone):
        monkeypatch.setattr(record.store, "append", append)
        monkeypatch.setattr(record.store, "ping", ping)
        return monkeypatch.undo

    return take


@pytest.fixture
def no_spool(monkeypatch):
    """Takes the spool's disk away."""

    def full(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    def take(record):
        monkeypatch.setattr(record._spool, "add", full)
        monkeypatch.setattr(record._spool, "probe", full)

    return take


def test_without_the_database_events_wait_and_then_follow_in_order(record, no_store):
    record.append(decision(1))
    back = no_store(record)
    assert [record.append(decision(number)) for number in (2, 3, 4)] == ["spooled"] * 3
    assert record.state == "spooled"
    assert "cannot be reached" in record.trouble

    back()
    until(lambda: record.state == "stored")
    assert record.append(decision(5)) == "stored"
    assert calls(record) == [1, 2, 3, 4, 5]
    assert record.trouble is None
    assert record.verify().whole


def test_with_neither_database_nor_spool_nothing_is_promised_and_it_is_said_what_to_do(
    record, no_store, no_spool
):
    no_spool(record)
    back = no_store(record)
    assert record.append(decision(1)) == "no"
    assert record.state == "no"
    assert "HEARTLINE_SPOOL_DIR" in record.trouble

    back()
    until(lambda: record.state == "stored")
    assert record.append(decision(2)) == "stored"
    assert calls(record) == [2]
    until(lambda: record.trouble is None)


def test_without_a_spool_the_database_alone_is_enough(record, no_spool):
    no_spool(record)

    assert record.append(decision(1)) == "stored"


def test_a_database_that_hangs_is_waited_for_once_and_takes_the_event_once(opened, no_store):
    record = opened(patience=0.1)
    go_on, plain = threading.Event(), record.store.append

    def hang(items):
        go_on.wait(30)
        return plain(items)

    back = no_store(record, hang, record.store.ping)
    assert [record.append(decision(number)) for number in (1, 2, 3)] == ["spooled"] * 3
    assert "does not answer" in record.trouble
    back()
    go_on.set()

    until(lambda: record.state == "stored")
    assert calls(record) == [1, 2, 3]


def test_a_commit_whose_answer_is_lost_counts_once(record, no_store):
    plain = record.store.append

    def lose(items):
        plain(items)
        gone()

    back = no_store(record, lose)
    assert record.append(decision(1)) == "spooled"
    back()

    until(lambda: record.state == "stored")
    assert calls(record) == [1]


def test_a_process_that_dies_between_the_commit_and_the_end_of_its_spool_counts_once(opened, no_store):
    first = opened()
    no_store(first)
    first.append(decision(1))
    waiting = first._spool.first(9)
    first.close()
    second = opened(spool=first._spool.folder.parent / "other")
    second.store.append(waiting)  # it was recorded, and the file is still there
    third = opened()

    until(lambda: not list(first._spool.folder.glob("*.spool")))
    assert calls(third) == [1]


def test_what_a_dead_process_left_is_recorded_by_the_next(opened, no_store):
    dead = opened()
    back = no_store(dead)
    dead.append(decision(1))
    dead.close()
    back()
    heir = opened()

    until(lambda: calls(heir) == [1])
    assert heir.append(decision(2)) == "stored"
    assert calls(heir) == [1, 2]


def test_an_event_that_no_database_takes_is_put_aside_and_the_others_are_recorded(record, monkeypatch):
    plain = record.store.append

    def choosy(items):
        if any(item.event.call_id == "2" for item in items):
            raise IntegrityError("INSERT", {}, Exception("no"))
        return plain(items)

    monkeypatch.setattr(record.store, "append", choosy)
    futures = [record.submit(decision(number)) for number in (1, 2, 3)]
    assert [future.result().state for future in futures][1] == "spooled"

    until(lambda: record.state == "stored")
    assert calls(record) == [1, 3]
    assert b'"2\\"' in (record._spool.folder / REFUSED).read_bytes()
    assert REFUSED in record.trouble


def test_two_requests_under_one_id_that_waited_are_both_kept_if_they_differ(record, no_store):
    back = no_store(record)
    first = decision(1, fingerprint="a" * 64)
    record.append(first)
    record.append(decision(1, fingerprint="a" * 64, event_id=first.event_id))
    record.append(decision(2, fingerprint="b" * 64, event_id=first.event_id))
    back()

    until(lambda: record.state == "stored")
    assert calls(record) == [1, 2]


def test_what_was_handed_in_before_closing_is_written(opened):
    record = opened()
    futures = [record.submit(decision(number)) for number in range(1200)]
    record.close()

    assert {future.result().state for future in futures} == {"stored"}


def test_nothing_of_an_event_is_said_in_the_log(record, no_store, caplog):
    back = no_store(record)
    record.append(decision(4711, by="zebra crossing"))
    back()
    until(lambda: record.state == "stored")

    assert caplog.records
    assert not [line for line in caplog.messages if "zebra" in line or "4711" in line]


def test_a_real_postgresql_that_is_stopped_and_started(postgres, tmp_path, opened):
    record = opened(url=postgres.emptied())
    assert record.append(decision(1)) == "stored"
    postgres.stop("immediate")
    try:
        assert [record.append(decision(number)) for number in (2, 3)] == ["spooled"] * 2
        other = opened(url=record.store.url, spool=tmp_path / "other")  # a service that starts meanwhile
        assert other.append(decision(4)) == "spooled"
    finally:
        postgres.start()

    until(lambda: record.state == other.state == "stored")
    assert record.append(decision(5)) == "stored"
    assert sorted(calls(record)) == [1, 2, 3, 4, 5]
    assert [number for number in calls(record) if number != 4] == [1, 2, 3, 5]
    assert record.verify().whole
