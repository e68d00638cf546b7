"""Files that are there whole or not at all: written beside their place, synced, then renamed."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO
from uuid import uuid4


@contextmanager
def replacing(path: Path) -> Iterator[BinaryIO]:
    """Open a file that takes the place of `path` when the block ends, and never before.

    Readers see the old content or the new one. If the block raises, `path` stays as it was and nothing is
    left behind; if two writers race, the last one to finish wins, whole.

    Parameters
    ----------
    path : Path
        The file to write or to replace; its folder must exist.

    Yields
    ------
    BinaryIO
        A new file in the same folder, for writing.
    """
    draft = path.with_name(f".{path.name}.{uuid4().hex}.part")
    try:
        with draft.open("xb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
    except BaseException:
        draft.unlink(missing_ok=True)
        raise
    _sync_folder(path.parent)


def write(path: Path, content: bytes) -> None:
    """Write `content` to `path`, whole or not at all."""
    with replacing(path) as file:
        file.write(content)


def _sync_folder(folder: Path) -> None:
    """Make the rename itself outlive a loss of power, where the system lets a folder be synced."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
