"""`heartline train`, `heartline evaluate` and `heartline promote`."""

import getpass
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from training.studies import STUDIES

if TYPE_CHECKING:
    from classifier.labels import LabeledNote
    from training.protocols import Outcome

REFUSED: Final = 3
"""The exit code when the work is done, but some input was refused."""

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)

_data = click.option(
    "--data",
    "files",
    type=_FILE,
    multiple=True,
    help="Labeled notes, .jsonl or .csv; several times for more.",
)
_columns = click.option("--columns", type=_FILE, help="A column map (YAML or JSON) for the files of --data.")
_write = click.option(
    "--write",
    type=click.Path(file_okay=False, path_type=Path),
    is_flag=False,
    flag_value=Path("docs/figures"),
    metavar="[FOLDER]",
    help="Keep the figures as JSON in FOLDER (docs/figures), for the documents that quote them.",
)
_seed = click.option("--seed", type=int, default=0, show_default=True, help="Of all that is drawn by chance.")
_jobs = click.option(
    "--jobs", type=click.IntRange(min=1), default=os.cpu_count() or 1, help="Fits at a time; one a core."
)


@click.command()
@_data
@_columns
@click.option("--only-data", is_flag=True, help="Learn from --data alone, without the packaged corpus.")
@click.option(
    "--folds",
    type=click.IntRange(min=2),
    default=6,
    show_default=True,
    help="Into how many parts the centers are dealt, each judged by what was learned from the others.",
)
@_seed
@_jobs
@click.option("--default", is_flag=True, help="Fit the packaged corpus if there is no champion; no MLflow.")
def train(
    files: tuple[Path, ...],
    columns: Path | None,
    only_data: bool,
    folds: int,
    seed: int,
    jobs: int,
    default: bool,
) -> None:
    """Fit on the packaged corpus and your data, evaluate, log to MLflow, register as challenger.

    The service keeps its champion until `heartline promote` names another.
    """
    if only_data and not files:
        raise click.UsageError("--only-data needs --data: there would be nothing to learn from")
    if default and files:
        raise click.UsageError("--default fits the packaged corpus alone; leave out --data")
    own = _read(files, columns)
    with _failing_in_sentences():
        if default:
            _train_default(seed)
        else:
            _train_challenger(own, only_data, folds, seed, jobs)


@click.command()
@_data
@_columns
@click.option("--halves", is_flag=True, help="Only learn from the reading half, judge the unread: quick.")
@click.option("--reading", is_flag=True, help="Only within the reading half: what choices may be made by.")
@click.option("--rules", is_flag=True, help="Rules and policy alone, without a model.")
@click.option("--behavior", is_flag=True, help="The behavioral suite: rules alone on cases that try them.")
@click.option("--folds", type=click.IntRange(min=2), help="Leave out several centers at once: so many parts.")
@click.option(
    "--prior",
    metavar="CATEGORY=RATE",
    multiple=True,
    help="Weight all figures to a day with this rate: weapons_present=0.04; several times for more.",
)
@click.option(
    "--errors",
    type=click.IntRange(min=1),
    is_flag=False,
    flag_value=50,
    metavar="[N]",
    help="Print the N gravest errors too (50); no note of the unread half.",
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON instead of tables.")
@_write
@_seed
@_jobs
def evaluate(
    files: tuple[Path, ...],
    columns: Path | None,
    halves: bool,
    reading: bool,
    rules: bool,
    behavior: bool,
    prior: tuple[str, ...],
    errors: int | None,
    as_json: bool,
    write: Path | None,
    **how: Any,
) -> None:
    """Judge suggestions by labels they were not learned from, with intervals.

    By default twice: the unread half by what was learned from the reading half, then each center by what was
    learned from all others (some minutes; finished fits are kept). With --data, the champion on your files.
    """
    if behavior:
        if halves or reading or rules or files or prior:
            raise click.UsageError("--behavior has its own cases: alone, or with --errors, --json, --write")
        with _failing_in_sentences():
            _behavior(errors, as_json, write)
        return
    if halves + reading + rules > 1 or (files and (halves or reading)):
        raise click.UsageError("give one of --halves, --reading, --rules; of these, --data goes with --rules")
    if write is not None and (halves or reading or files or prior):
        raise click.UsageError("--write keeps whole evaluations of the corpus: alone, or with --rules")
    rates = _rates(prior)
    own = _read(files, columns)
    with _failing_in_sentences():
        outcomes, refused = _outcomes(own, halves, reading, rules, rates, **how)
        _tell(outcomes, errors, as_json)
        if write is not None:
            from training.output import keep

            keep("rules" if rules else "evaluation", outcomes, write)
    if refused:
        click.echo(f"{refused:,} of {len(own):,} notes were refused: the champion was fit on them.", err=True)
        raise SystemExit(REFUSED)


@click.command()
@click.argument("names", nargs=-1, type=click.Choice(STUDIES))
@click.option("--json", "as_json", is_flag=True, help="Print JSON instead of tables.")
@_write
@_jobs
def study(names: tuple[str, ...], as_json: bool, write: Path | None, jobs: int) -> None:
    """Question the model learned from the reading half on the unread half; all studies by default.

    typing: quality by share typed, steadiness, seconds saved. fairness: swaps of sex, race, age, name,
    language, neighborhood. explanations: comprehensiveness, sufficiency. unfamiliar: what is called unsure.
    ablation: what each part of the model pays. peers: other ways to do it.
    """
    from training.studies.output import keep, tell, tell_json

    for name in names or STUDIES:
        with _failing_in_sentences():
            found = import_module(f"training.studies.{name}_study").run(_data_dir() / "folds", jobs)
            (tell_json if as_json else tell)(name, found)
            if write is not None:
                keep(name, found, write)


@click.command()
@click.option("--version", "number", type=click.IntRange(min=1), required=True, help="As MLflow counts them.")
@click.option("--by", default=getpass.getuser, help="Who promotes it; your user name by default.")
@click.option("--why", required=True, help="For what reason; kept in champion.json.")
def promote(number: int, by: str, why: str) -> None:
    """Make a registered version the champion. No gate is asked yet: look at its figures first."""
    from training import lifecycle

    with _failing_in_sentences():
        version = lifecycle.promote(number, data_dir=_data_dir(), by=by, why=why)
    click.echo(f"{lifecycle.NAME} {number} is the champion now, as model {version}.")


def _train_default(seed: int) -> None:
    from training.fit import fit_default

    saved = fit_default(_data_dir(), seed=seed)
    if saved is None:
        click.echo("There is a champion already; it was left as it is.")
    else:
        click.echo(f"Model {saved.version} is the champion. It was fit on synthetic notes only.")


def _train_challenger(own: "list[LabeledNote]", only_data: bool, folds: int, seed: int, jobs: int) -> None:
    from training import corpus
    from training.retrain import fit_challenger

    notes = own if only_data else [*corpus.packaged(), *own]
    supplement = [] if only_data else corpus.supplement()
    made = fit_challenger(notes, _data_dir(), supplement, parts=folds, seed=seed, jobs=jobs)
    _tell({"leave_centers_out": made.outcome}, None, as_json=False)
    click.echo(
        f"\nModel {made.saved.version} is registered as version {made.number}, alias challenger. "
        f"To let it answer: heartline promote --version {made.number} --why '…'"
    )


def _outcomes(
    own: "list[LabeledNote]",
    halves: bool,
    reading: bool,
    rules: bool,
    prior: Mapping[str, float],
    *,
    folds: int | None,
    seed: int,
    jobs: int,
) -> "tuple[dict[str, Outcome], int]":
    """Return what was asked for, and how many notes were refused."""
    from training import corpus, protocols

    if rules:
        notes, on = (own, protocols.RULES_ON_DATA) if own else (corpus.packaged(), protocols.RULES_ON)
        return protocols.run_rules(notes, on, jobs=jobs, prior=prior), 0
    if own:
        outcome, refused = protocols.run_champion(own, _data_dir() / "models", prior=prior)
        return {"data": outcome}, refused
    both = [protocols.HALVES, protocols.LEAVE_OUT]
    chosen = [protocols.HALVES] if halves else [protocols.WITHIN_READING] if reading else both
    how: dict[str, Any] = {"folder": _data_dir() / "folds", "parts": folds, "seed": seed, "jobs": jobs}
    notes, supplement = corpus.packaged(), corpus.supplement()
    return {each.key: protocols.run(each, notes, supplement, prior=prior, **how) for each in chosen}, 0


def _behavior(errors: int | None, as_json: bool, write: Path | None) -> None:
    from training import behavior_output as output
    from training.behavior import by_rules, run
    from training.behaviorfile import load

    results = run(load(), by_rules())
    (output.tell_json if as_json else output.tell)(results, most_errors=errors)
    if write is not None:
        output.keep(results, write)


def _tell(outcomes: "Mapping[str, Outcome]", errors: int | None, as_json: bool) -> None:
    from training.output import tell, tell_json

    (tell_json if as_json else tell)(outcomes, most_errors=errors)


def _read(files: Sequence[Path], columns: Path | None) -> "list[LabeledNote]":
    from training import corpus
    from training.columns import ColumnMap

    if columns is not None and not files:
        raise click.UsageError("--columns names the columns of --data, which is missing")
    with _failing_in_sentences():
        return corpus.load(*files, columns=ColumnMap.read(columns) if columns else None)


def _rates(given: Sequence[str]) -> dict[str, float]:
    from classifier.terms import CATEGORIES

    rates: dict[str, float] = {}
    for text in given:
        name, _, rate = text.partition("=")
        if name not in CATEGORIES or not _is_rate(rate):
            allowed = ", ".join(CATEGORIES)
            raise click.UsageError(f"--prior {text}: give one of {allowed}, then = and a rate from 0 to 1")
        rates[name] = float(rate)
    return rates


def _is_rate(text: str) -> bool:
    try:
        return 0 < float(text) < 1
    except ValueError:
        return False


def _data_dir() -> Path:
    from models.store import default_folder

    return default_folder().parent


@contextmanager
def _failing_in_sentences() -> Iterator[None]:
    """Turn what can be expected to fail into a message and exit code 1; anything else is a bug."""
    from models.card import ModelUnavailable
    from training import Unusable

    try:
        yield
    except (ModelUnavailable, Unusable) as error:
        raise click.ClickException(str(error)) from error
