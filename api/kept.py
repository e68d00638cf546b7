"""Small files that are replaced whole, so that nobody ever reads half of one."""

import os
import tempfile
from contextlib import suppress
from pathlib import Path


def replace(path: Path, content: str) -> None:
    """Write a file beside its place, for its owner only, and put it there in one step, on disk."""
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f"{path.name}.")
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(content)
            file.flush()
            os.fsync(descriptor)
        if path.exists():  # a command may be run by root, for a service that is not
            there = path.stat()
            with suppress(PermissionError):
                os.chown(name, there.st_uid, there.st_gid)
            os.chmod(name, there.st_mode & 0o660)
        os.replace(name, path)
    except BaseException:
        with suppress(FileNotFoundError):
            os.unlink(name)
        raise
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def stamp(path: Path) -> tuple[int, int, int] | None:
    """Return what tells one content of a file from another without reading it; None where there is none."""
    try:
        status = os.stat(path)
    except OSError:
        return None
    return status.st_ino, status.st_size, status.st_mtime_ns
