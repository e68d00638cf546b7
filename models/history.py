"""Every champion there was, in order: what a rollback goes back by, and what an audit asks for.

The folder `history` of a store holds `champions.jsonl`, one champion a line and never rewritten, and the
lock that lets one person at a time promote.
"""

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from filelock import FileLock, Timeout
from pydantic import ValidationError

from models.card import Champion

FOLDER: Final = "history"
LOG: Final = "champions.jsonl"


class Busy(Exception):
    """Somebody else is promoting or rolling back; the message says what to do."""


@contextmanager
def alone(folder: Path, *, wait: float) -> Iterator[None]:
    """Hold the store's lock; within one thread it may be held twice.

    Parameters
    ----------
    folder : Path
        Where models are kept.
    wait : float
        For how many seconds to wait for whoever holds it.

    Raises
    ------
    Busy
        If it is still held then.
    """
    (folder / FOLDER).mkdir(parents=True, exist_ok=True)
    lock = FileLock(folder / FOLDER / "promoting.lock", is_singleton=True)
    try:
        lock.acquire(timeout=wait)
    except Timeout:
        raise Busy(
            f"Somebody else is promoting or rolling back in {folder} at this moment. Nothing was changed; "
            "look at what answers when they are done, then decide anew."
        ) from None
    try:
        yield
    finally:
        lock.release()


def champions(folder: Path) -> list[Champion]:
    """Return every champion there was, oldest first; a line cut short by a loss of power is passed by."""
    path = folder / FOLDER / LOG
    lines = path.read_bytes().splitlines() if path.exists() else []
    return [champion for line in lines if (champion := _parsed(line)) is not None]


def note(folder: Path, champion: Champion) -> None:
    """Write a champion as the last line, unless it stands there."""
    if champions(folder)[-1:] == [champion]:
        return
    path = folder / FOLDER / LOG
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("ab+") as file:
        file.seek(max(0, file.seek(0, os.SEEK_END) - 1))
        cut_short = file.read(1) not in (b"", b"\n")
        file.write(b"\n" * cut_short + champion.model_dump_json(by_alias=True).encode() + b"\n")
        file.flush()
        os.fsync(file.fileno())


def before(folder: Path) -> Champion | None:
    """Return whom a rollback brings back: the one before the last promotion that was not rolled back."""
    stack: list[Champion] = []
    for champion in champions(folder):
        if champion.action == "rolled back":
            del stack[-1:]
        if not stack or stack[-1].version != champion.version:
            stack.append(champion)
    return stack[-2] if len(stack) > 1 else None


def _parsed(line: bytes) -> Champion | None:
    try:
        return Champion.model_validate(json.loads(line))
    except (ValueError, ValidationError):
        return None
