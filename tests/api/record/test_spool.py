"""What waits in the spool is whole, in order, and not promised before it is on disk."""

import errno
import os
import stat

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.record.events import Decision
from api.record.spool import REFUSED, Spool, _File, _line
from api.record.store import Item


def items(*numbers):
    return [Item(Decision(call_id=str(number), action="accepted"), f"note {number}") for number in numbers]


def calls(found):
    return [int(item.event.call_id) for item in found]


@pytest.fixture
def spools(tmp_path):
    """Opens the spool of another process in the same folder."""
    made = []

    def another():
        made.append(Spool(tmp_path / "spool"))
        return made[-1]

    yield another
    for spool in made:
        spool.close()


def files(tmp_path):
    return sorted((tmp_path / "spool").glob("*.spool"))


def test_what_was_added_comes_back_in_order_with_its_text(spools):
    spool = spools()
    added = [*items(1, 2), *items(3)]
    spool.add(added[:2])
    spool.add(added[2:])

    assert spool.first(2) == added[:2]
    spool.advance()
    assert spool.first(2) == added[2:]
    spool.advance()
    assert spool.first(2) == []


def test_what_was_not_confirmed_comes_again(spools):
    spool = spools()
    spool.add(items(1, 2))

    assert calls(spool.first(1)) == calls(spool.first(1)) == [1]


def test_a_file_that_is_done_is_gone_and_the_next_event_begins_another(spools, tmp_path):
    spool = spools()
    spool.add(items(1))
    spool.first(9), spool.advance()
    assert (files(tmp_path), spool.pending()) == ([], False)

    spool.add(items(2))
    assert calls(spool.first(9)) == [2]


def test_only_its_owner_can_read_the_files(spools, tmp_path):
    spools().add(items(1))

    assert stat.S_IMODE(files(tmp_path)[0].stat().st_mode) == 0o600
    assert stat.S_IMODE((tmp_path / "spool").stat().st_mode) == 0o700


def test_files_of_a_living_process_are_left_alone_and_those_of_a_dead_one_taken_over(spools):
    living, dead, heir = spools(), spools(), spools()
    living.add(items(1))
    dead.add(items(2))
    dead.close()
    heir.add(items(3))
    heir.adopt()

    assert calls(heir.first(9)) == [2]
    heir.advance()
    assert calls(heir.first(9)) == [3]
    heir.advance()
    assert heir.first(9) == []
    assert calls(living.first(9)) == [1]


def test_files_left_behind_are_taken_over_oldest_first_and_by_one_only(spools):
    for number in (1, 2, 3):
        dead = spools()
        dead.add(items(number))
        dead.close()
    heir, other = spools(), spools()
    heir.adopt()
    other.adopt()

    assert other.first(9) == []
    for number in (1, 2, 3):
        assert calls(heir.first(9)) == [number]
        heir.advance()


@given(cut=st.integers(0, 2000), count=st.integers(1, 4))
def test_a_file_cut_anywhere_gives_the_events_that_were_whole(tmp_path_factory, cut, count):
    folder = tmp_path_factory.mktemp("cut")
    lines = [_line(item) for item in items(*range(count))]
    whole = b"".join(lines)
    (folder / "a.spool").write_bytes(whole[:cut])
    spool = Spool(folder)
    spool.adopt()
    found = spool.first(99)
    ends = [sum(map(len, lines[: number + 1])) for number in range(count)]

    assert calls(found) == [number for number, end in enumerate(ends) if end <= cut]
    assert not (folder / REFUSED).exists()
    spool.close()


def test_a_damaged_line_is_put_aside_once_and_the_others_come(spools, tmp_path):
    (tmp_path / "spool").mkdir()
    lines = [_line(item) for item in items(1, 2, 3)]
    damaged = lines[1].replace(b"accepted", b"excepted")
    (tmp_path / "spool" / "a.spool").write_bytes(lines[0] + damaged + lines[2])
    spool = spools()
    spool.adopt()

    assert calls(spool.first(9)) == calls(spool.first(9)) == [1, 3]
    assert (tmp_path / "spool" / REFUSED).read_bytes() == damaged
    assert spool.refused == 1


@pytest.mark.parametrize("fails", ["pwrite", "fsync"])
def test_when_the_disk_is_full_nothing_of_it_is_replayed_and_what_was_there_stays(spools, monkeypatch, fails):
    spool = spools()
    spool.add(items(1))
    plain = os.pwrite

    def half(descriptor, content, offset):
        if offset > 300:
            raise OSError(errno.ENOSPC, "No space left on device")
        return plain(descriptor, content[:100], offset)

    def full(descriptor):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, fails, half if fails == "pwrite" else full)
    with pytest.raises(OSError, match="No space"):
        spool.add(items(2, 3))
    monkeypatch.undo()
    spool.add(items(4))

    found = []
    while some := spool.first(9):
        found += calls(some)
        spool.advance()
    assert found == [1, 4]


def test_a_probe_leaves_nothing_behind(spools, tmp_path):
    spools().probe()

    assert list((tmp_path / "spool").iterdir()) == []


def test_a_file_that_ended_while_it_was_taken_over_is_let_go(tmp_path, monkeypatch):
    path = tmp_path / "a.spool"
    path.write_bytes(_line(items(1)[0]))
    plain = os.fstat
    monkeypatch.setattr(os, "fstat", lambda descriptor: path.unlink(missing_ok=True) or plain(descriptor))

    assert _File.left_behind(path) is None
