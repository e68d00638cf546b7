"""Where events wait while the database takes none: a file for each process, written through to the disk.

A line is there whole or it was never promised: it carries a checksum, and who handed the event in is
answered only after `fsync`. What waits is put into the chain in its order; that an event may be handed on
twice (a process may die between the database's commit and the end of the file) does no harm, because its id
is recorded once.
"""

import fcntl
import hashlib
import logging
import os
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import Final

import orjson
import uuid6

from api.record.events import canonical, parse
from api.record.store import Item

log = logging.getLogger("heartline.record")

REFUSED: Final = "refused.lines"
"""What could be read but not recorded, or not even read: kept for a person to look at."""


class Spool:
    """The files of one folder that this process holds; others are left alone while their process lives.

    Parameters
    ----------
    folder : Path
        On a local disk, better another one than the database's.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.refused = 0
        self._files: list[_File] = []
        self._own: _File | None = None
        self._read: tuple[_File, int] | None = None
        self._lock = Lock()

    def add(self, items: Sequence[Item]) -> None:
        """Write events so that a power cut does not take them.

        Raises
        ------
        OSError
            If they are not on disk; then none of them will be replayed.
        """
        content = b"".join(map(_line, items))
        with self._lock:
            if self._own is None:
                self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
                self._own = _File.new(self.folder)
                self._files.append(self._own)
            try:
                self._own.write(content)
            except OSError:
                self._give_up_own()
                raise

    def _give_up_own(self) -> None:
        """Write no more to a file that failed once: after a failed fsync nobody knows what it holds."""
        own, self._own = self._own, None
        if own is not None and own.size == own.replayed:
            self._files.remove(own)
            own.remove()

    def pending(self) -> bool:
        """Return whether anything waits."""
        with self._lock:
            return any(file.replayed < file.size for file in self._files)

    def adopt(self) -> None:
        """Take over the files of processes that are gone, before this one's own."""
        if not self.folder.is_dir():
            return
        with self._lock:
            mine = {file.path for file in self._files}
            adopted = [
                file
                for path in sorted(self.folder.glob("*.spool"))
                if path not in mine and (file := _File.left_behind(path))
            ]
            self._files[:0] = adopted

    def first(self, most: int) -> list[Item]:
        """Return the events that wait longest, of one file; empty when none wait."""
        with self._lock:
            for file in [*self._files]:
                items, end, damaged = file.read(most)
                for line in damaged:
                    self._refuse(line)
                if items:
                    self._read = file, end
                    return items
                self._finished(file, end)
            return []

    def advance(self) -> None:
        """Say that what `first` returned is in the chain."""
        with self._lock:
            assert self._read is not None, "nothing was read"
            file, end = self._read
            self._read = None
            self._finished(file, end)

    def _finished(self, file: "_File", end: int) -> None:
        file.replayed = max(file.replayed, end)
        if file.replayed >= file.size:
            self._files.remove(file)
            file.remove()
            if file is self._own:
                self._own = None

    def refuse(self, item: Item) -> None:
        """Put aside an event that the database will never take."""
        with self._lock:
            self._refuse(_line(item))

    def _refuse(self, line: bytes) -> None:
        with open(self.folder / REFUSED, "ab", opener=_private) as kept:
            kept.write(line.rstrip(b"\n") + b"\n")
            kept.flush()
            os.fsync(kept.fileno())
        self.refused += 1
        log.error("a line of the spool could not be recorded; it is kept in %s", self.folder / REFUSED)

    def probe(self) -> None:
        """Raise the `OSError` that would keep an event from being written."""
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        path = self.folder / f"{uuid6.uuid7()}.probe"
        try:
            with open(path, "wb", opener=_private) as tried:
                tried.write(b"\0" * 4096)
                tried.flush()
                os.fsync(tried.fileno())
        finally:
            path.unlink(missing_ok=True)

    def close(self) -> None:
        """Let go of the files; what waits in them is taken up by the next process."""
        with self._lock:
            for file in self._files:
                file.close()
            self._files.clear()
            self._own = None


@dataclass
class _File:
    path: Path
    descriptor: int
    size: int = 0
    replayed: int = 0
    judged: int = 0

    @classmethod
    def new(cls, folder: Path) -> "_File":
        path = folder / f"{uuid6.uuid7()}.spool"  # sorts by time
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        _sync_folder(folder)
        return cls(path, descriptor)

    @classmethod
    def left_behind(cls, path: Path) -> "_File | None":
        try:
            descriptor = os.open(path, os.O_RDWR | os.O_CLOEXEC)
        except FileNotFoundError:
            return None
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:  # its process lives
            os.close(descriptor)
            return None
        status = os.fstat(descriptor)
        if status.st_nlink == 0:  # it was finished in between
            os.close(descriptor)
            return None
        file = cls(path, descriptor, size=status.st_size)
        if file.size == 0:
            file.remove()
            return None
        return file

    def write(self, content: bytes) -> None:
        try:
            written = 0
            while written < len(content):
                written += os.pwrite(self.descriptor, content[written:], self.size + written)
            os.fsync(self.descriptor)
        except OSError:
            with suppress(OSError):
                os.ftruncate(self.descriptor, self.size)
                os.fsync(self.descriptor)
            raise
        self.size += len(content)

    def read(self, most: int) -> tuple[list[Item], int, list[bytes]]:
        """Return the next events, where they end, and lines that are damaged and were not seen before."""
        items: list[Item] = []
        damaged: list[bytes] = []
        end = self.replayed
        with open(os.dup(self.descriptor), "rb") as lines:
            lines.seek(self.replayed)
            while len(items) < most and end < self.size:
                line = lines.readline()
                end = end + len(line) if line else self.size
                item = _item(line)
                if item is not None:
                    items.append(item)
                elif line.endswith(b"\n") and end > self.judged:
                    damaged.append(line)
                # A line without an end was being written when its process died: nobody was promised it.
        self.judged = max(self.judged, end)
        return items, end, damaged

    def remove(self) -> None:
        self.path.unlink(missing_ok=True)
        with suppress(OSError):
            _sync_folder(self.path.parent)
        self.close()

    def close(self) -> None:
        os.close(self.descriptor)


def _line(item: Item) -> bytes:
    content = orjson.dumps([canonical(item.event), item.note])
    return _checksum(content) + b" " + content + b"\n"


def _item(line: bytes) -> Item | None:
    checksum, _, content = line.rstrip(b"\n").partition(b" ")
    if not line.endswith(b"\n") or checksum != _checksum(content):
        return None
    try:
        event, note = orjson.loads(content)
        return Item(parse(event), note)
    except ValueError:
        return None


def _checksum(content: bytes) -> bytes:
    return hashlib.sha256(content).hexdigest()[:16].encode()


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
