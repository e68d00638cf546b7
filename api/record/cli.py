"""`heartline audit`, `export`, `backup`, `restore`, `purge`: the record by hand, while the service runs."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import click
from sqlalchemy.exc import SQLAlchemyError

from api.record import RecordUnavailable, notes
from api.record import backup as backups
from api.record import export as exports
from api.record.backup import BadBackup
from api.record.chain import verify
from api.record.events import KINDS, Actor, NotesPurged
from api.record.store import Item, Store
from api.recording import database_url
from api.settings import Settings


class Moment(click.ParamType[Any]):
    """A date or a time with its offset; a date alone begins at midnight UTC."""

    name = "time"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        """Return the time."""
        if isinstance(value, datetime):
            return value
        try:
            at = datetime.fromisoformat(str(value))
        except ValueError:
            self.fail(f"{value!r} is no time such as 2026-07-04 or 2026-07-04T22:10:00-04:00.", param, ctx)
        return at.replace(tzinfo=UTC) if at.tzinfo is None else at


class Head(click.ParamType[Any]):
    """Number and hash of a row, as `audit verify` prints them."""

    name = "number:hash"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[int, str]:
        """Return both."""
        if isinstance(value, tuple):
            return value
        number, _, digest = str(value).partition(":")
        if not number.isdecimal() or len(digest) != 64:
            self.fail(
                f"{value!r} is not such as 1234:9f86d08…, as `heartline audit verify` prints it.", param, ctx
            )
        return int(number), digest


@click.group()
def audit() -> None:
    """Check the record."""


@audit.command("verify")
@click.option("--head", type=Head(), help="A head that was seen before and kept elsewhere, as NUMBER:HASH.")
def audit_verify(head: tuple[int, str] | None) -> None:
    """Walk the chain from its first row, and say whether anything was changed, taken out or put in.

    Prints the head. Kept elsewhere and given back with --head, it also finds out a chain that was cut short
    or written anew. Exit code 1 if anything is wrong.
    """
    with _store() as store:
        verdict = verify(store.rows(), head)
    for fault in verdict.faults:
        click.echo(f"row {fault.number} {fault.what}", err=True)
    for number, seconds in verdict.clock_steps:
        click.echo(f"row {number}: the clock stood {-seconds:.3f} s before that of the row ahead", err=True)
    said = "the chain is whole" if verdict.whole else f"{len(verdict.faults)} places are wrong"
    click.echo(f"{verdict.count} rows, {said}; head {verdict.head[0]}:{verdict.head[1]}")
    if not verdict.whole:
        raise SystemExit(1)


@click.command()
@click.option("--since", type=Moment(), help="Only what happened from then on.")
@click.option("--until", type=Moment(), help="Only what happened before.")
@click.option(
    "--kind", "kinds", multiple=True, type=click.Choice(KINDS), help="Only this kind; may be repeated."
)
@click.option("--with-notes", is_flag=True, help="Add texts of notes, where they are kept (JSON Lines only).")
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path),
    help="A .jsonl or .csv file; JSON Lines to standard output.",
)
def export(
    since: datetime | None,
    until: datetime | None,
    kinds: tuple[str, ...],
    with_notes: bool,
    output: Path | None,
) -> None:
    """Write the record of a time range as JSON Lines or CSV."""
    if output is not None and output.suffix not in (".jsonl", ".csv"):
        raise click.UsageError(f"{output} ends neither in .jsonl nor in .csv.")
    if with_notes and output is not None and output.suffix == ".csv":
        raise click.UsageError("Texts of notes are written as JSON Lines only.")
    with _store() as store:
        found = exports.rows(store, since=since, until=until, kinds=kinds, with_notes=with_notes)
        if output is None:
            exports.write_jsonl(found, sys.stdout.buffer)
            return
        if output.suffix == ".csv":
            with open(output, "w", encoding="utf-8", newline="") as table:
                count = exports.write_csv(found, table)
        else:
            with open(output, "wb") as lines:
                count = exports.write_jsonl(found, lines)
    click.echo(f"{count} events in {output}", err=True)


@click.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option(
    "--with-notes", is_flag=True, help="Keep texts of notes too; they outlive their time in the backup."
)
def backup(file: Path, with_notes: bool) -> None:
    """Write the whole record to FILE, also while the service runs."""
    with _store() as store:
        number, digest = backups.backup(store, file, with_notes=with_notes)
    click.echo(f"{number} rows in {file}; head {number}:{digest}", err=True)


@click.command()
@click.argument("file", type=click.Path(exists=True, path_type=Path, dir_okay=False))
def restore(file: Path) -> None:
    """Put a backup into the database that is set up, which must be empty; its chain is checked first."""
    with _store() as store:
        number, digest = backups.restore(store, file)
    click.echo(f"{number} rows restored; head {number}:{digest}", err=True)


@click.command()
@click.option("--older-than", type=click.IntRange(0), help="Days. [default: HEARTLINE_KEEP_NOTES_DAYS]")
def purge(older_than: int | None) -> None:
    """Delete texts of notes that are older than they may be kept; the chain stays as it is."""
    days = Settings().keep_notes_days if older_than is None else older_than
    before = datetime.now(UTC) - timedelta(days=days)
    with _store() as store:
        count = notes.purge(store, before)
        if count:
            gone = NotesPurged(count=count, before=before, actor=Actor(via="command"))
            store.append([Item(gone)])
    click.echo(f"{count} texts of notes deleted", err=True)


@contextmanager
def _store() -> Iterator[Store]:
    """Open the database that is set up; what goes wrong is a sentence."""
    try:
        store = Store(database_url(Settings()))
    except (RecordUnavailable, ValueError) as error:
        raise click.ClickException(str(error)) from None
    try:
        store.prepare()
        yield store
    except (RecordUnavailable, BadBackup) as error:
        raise click.ClickException(str(error)) from None
    except SQLAlchemyError as error:
        raise click.ClickException(
            f"The record's database cannot be used ({type(error).__name__}). "
            "Does it run, and may this user write?"
        ) from None
    except OSError as error:
        raise click.ClickException(f"{error.filename or 'A file'}: {error.strerror}.") from None
    finally:
        store.close()
