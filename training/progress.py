"""Progress on standard error, for people: gone when the work is done, and not there without a terminal."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import TypeVar

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    SpinnerColumn,
    TextColumn,
    TimeElapsedColumn,
)

Item = TypeVar("Item")


def track(items: Iterable[Item], total: int, what: str) -> Iterator[Item]:
    """Yield the items, and show how many of them are done."""
    with _progress(BarColumn(), MofNCompleteColumn()) as progress:
        task = progress.add_task(what, total=total)
        for item in items:
            progress.advance(task)
            yield item


@contextmanager
def working(what: str) -> Iterator[None]:
    """Show that something is going on, and for how long."""
    with _progress() as progress:
        progress.add_task(what, total=None)
        yield


def _progress(*columns: BarColumn | MofNCompleteColumn) -> Progress:
    console = Console(stderr=True)
    text = TextColumn("{task.description}")
    return Progress(
        SpinnerColumn(),
        text,
        *columns,
        TimeElapsedColumn(),
        console=console,
        transient=True,
        disable=not console.is_terminal,
    )
