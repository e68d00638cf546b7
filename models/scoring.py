"""Batch scoring: a file of notes in, a file of suggestions out, in the same order and in constant memory."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Final, Protocol

from classifier.policy import UnknownArea
from classifier.request import Request
from classifier.suggestion import Suggestion
from models.files import replacing
from models.rows import Fault, Row, rows
from models.tables import table

AT_ONCE: Final = 128
"""Rows that are answered together: more would be no faster."""


class Suggests(Protocol):
    """What gives suggestions: a Recommender."""

    def suggest(self, request: Request, *, evidence: bool = True) -> Suggestion:
        """Read one note."""

    def suggest_many(self, requests: Sequence[Request], *, evidence: bool = True) -> list[Suggestion]:
        """Read several notes at once."""


@dataclass(frozen=True, slots=True)
class Tally:
    """How many rows were read, and how many of them were refused."""

    rows: int
    refused: int


def score(
    source: Path,
    target: Path,
    recommender: Suggests,
    *,
    evidence: bool = True,
    progress: Callable[[int], object] = lambda position: None,
) -> Tally:
    """Suggest for every row of a file.

    Parameters
    ----------
    source : Path
        A `.jsonl`, `.csv` or `.parquet` file with a column `note`.
    target : Path
        A file of any of these forms. It is there whole when the last row is done, and not before.
    recommender : Recommender
        What reads the notes.
    evidence : bool
        Whether to say which words counted for the model; without it batches go faster.
    progress : callable
        Told after every row how much of the input has been read.

    Returns
    -------
    Tally

    Raises
    ------
    models.sources.Unreadable
        If `source` as a whole cannot be read; `target` is then as it was before.
    """
    count = refused = 0
    with replacing(target) as file:
        out = table(target.suffix.lower(), file)
        for part in _parts(rows(source)):
            for row, answer in zip(part, _answers(part, recommender, evidence), strict=True):
                out.write(row, answer)
                count += 1
                refused += isinstance(answer, Fault)
                progress(row.position)
        out.close()
    return Tally(count, refused)


def _parts(all_rows: Iterable[Row]) -> Iterator[list[Row]]:
    remaining = iter(all_rows)
    while part := list(islice(remaining, AT_ONCE)):
        yield part


def _answers(part: Sequence[Row], recommender: Suggests, evidence: bool) -> Iterator[Suggestion | Fault]:
    asked = [row.request for row in part if not isinstance(row.request, Fault)]
    try:
        together = iter(recommender.suggest_many(asked, evidence=evidence))
    except UnknownArea:  # raised before any note is read: one by one tells whose it is
        together = None
    for row in part:
        if isinstance(row.request, Fault):
            yield row.request
        else:
            yield next(together) if together else _answer(row.request, recommender, evidence)


def _answer(request: Request, recommender: Suggests, evidence: bool) -> Suggestion | Fault:
    try:
        return recommender.suggest(request, evidence=evidence)
    except UnknownArea as error:
        return Fault("area", str(error))
