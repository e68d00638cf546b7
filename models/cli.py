"""`heartline suggest` and `heartline score`."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from models.sources import ENDINGS

if TYPE_CHECKING:
    from classifier import Recommender
    from classifier.suggestion import Suggestion

REFUSED = 3
"""The exit code when the work is done, but some input was refused."""


@click.command()
@click.argument("note", required=False)
@click.option("--at", help="When the call is, with an offset: 2026-07-04T22:10:00-04:00.")
@click.option("--area", help="An area of the policy; wins over --lat and --lon.")
@click.option("--lat", type=float, help="Latitude of the call.")
@click.option("--lon", type=float, help="Longitude of the call.")
@click.option("--call-type", help="The center's own call type.")
@click.option("--json", "as_json", is_flag=True, help="Print the object instead of a panel.")
def suggest(note: str | None, as_json: bool, **given: Any) -> None:
    """Suggest for one NOTE, or for the one on standard input."""
    text = _from_stdin() if note is None else note
    recommender = _recommender()
    suggestion = _suggest(recommender, text, given)
    if as_json:
        import orjson

        click.echo(orjson.dumps(suggestion, option=orjson.OPT_INDENT_2))
        return
    from rich.console import Console

    from models.panel import panel

    Console().print(panel(text, suggestion, recommender.policy))


@click.command()
@click.argument("source", metavar="IN", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "-o", "--output", "target", metavar="OUT", required=True, type=click.Path(dir_okay=False, path_type=Path)
)
@click.option("--no-evidence", is_flag=True, help="Leave out which words counted for the model; faster.")
def score(source: Path, target: Path, no_evidence: bool) -> None:
    """Suggest for every row of IN and write OUT, both .jsonl, .csv or .parquet by their ending.

    IN has a column `note`, and perhaps id, at, area, lat, lon, call_type; others are ignored. A row that
    cannot be used becomes an error without the note, the others go on, and the exit code is 3.
    """
    _check_paths(source, target)
    from models.scoring import score as run
    from models.sources import Unreadable

    recommender = _recommender()
    try:
        with _progress(source) as progress:
            tally = run(source, target, recommender, evidence=not no_evidence, progress=progress)
    except (Unreadable, OSError) as error:
        raise click.ClickException(str(error)) from error
    if tally.refused:
        click.echo(f"{tally.refused} of {tally.rows} rows were refused; {target} says why.", err=True)
        sys.exit(REFUSED)


def _recommender() -> "Recommender":
    """Return the recommender with the champion, or, said on standard error, without a model."""
    from classifier import Recommender
    from classifier.yamlfile import FileError
    from models import center, store
    from models.card import ModelUnavailable

    folder = store.default_folder()
    try:
        rules, policy = center.rules(folder.parent), center.policy(folder.parent)
        rates = center.rates(folder.parent)
    except FileError as error:
        raise click.ClickException(str(error)) from None
    model = version = None
    try:
        model, version = store.load_champion(folder)
    except ModelUnavailable as error:
        click.echo(f"Rules and policy alone: {error}", err=True)
    return Recommender(model and model.at_rates(rates), model_version=version, rules=rules, policy=policy)


def _suggest(recommender: "Recommender", note: str, given: dict[str, Any]) -> "Suggestion":
    from classifier.policy import UnknownArea
    from models.rows import Fault, request

    asked = request({"note": note, **given})
    if isinstance(asked, Fault):
        raise click.UsageError(f"{asked.field}: {asked.message}")
    try:
        return recommender.suggest(asked)
    except UnknownArea as error:
        raise click.UsageError(f"area: {error}") from error


def _from_stdin() -> str:
    """Read standard input as it is: the offsets of a suggestion point into these very characters."""
    if sys.stdin.isatty():
        click.echo("Type the note; end with Ctrl-D on a line of its own.", err=True)
    try:
        return sys.stdin.buffer.read().decode("utf-8")
    except UnicodeDecodeError:
        raise click.UsageError("Standard input is no UTF-8; send the note as UTF-8.") from None


def _check_paths(source: Path, target: Path) -> None:
    for path in (source, target):
        if path.suffix.lower() not in ENDINGS:
            raise click.UsageError(f"{path} ends in none of {', '.join(ENDINGS)}.")
    if not target.parent.is_dir():
        raise click.UsageError(f"The folder {target.parent} is not there; make it first.")
    if target.exists() and target.samefile(source):
        raise click.UsageError("OUT is IN, and would replace the notes; name another file.")


@contextmanager
def _progress(source: Path) -> Iterator[Callable[[int], object]]:
    """Show on standard error how far we are; show nothing where that is no terminal."""
    if not sys.stderr.isatty():
        yield lambda position: None
        return
    from rich.console import Console
    from rich.progress import Progress

    from models.sources import size

    with Progress(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("Scoring", total=size(source))
        yield lambda position: bar.update(task, completed=position)
