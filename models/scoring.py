"""Batch scoring: a file of notes in, a file of suggestions out, in the same order and in constant memory."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from classifier.policy import UnknownArea
from classifier.request import Request
from classifier.suggestion import Suggestion
from models.files import replacing
from models.rows import Fault, Row, rows
from models.tables import table


class Suggests(Protocol):
    """What gives suggestions: a Recommender."""

    def suggest(self, request: Request, *, evidence: bool = True) -> Suggestion:
        """Read one note."""


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
        for row in rows(source):
            answer = _answer(row, recommender, evidence)
            out.write(row, answer)
            count += 1
            refused += isinstance(answer, Fault)
            progress(row.position)
        out.close()
    return Tally(count, refused)


def _answer(row: Row, recommender: Suggests, evidence: bool) -> Suggestion | Fault:
    if isinstance(row.request, Fault):
        return row.request
    try:
        return recommender.suggest(row.request, evidence=evidence)
    except UnknownArea as error:
        return Fault("area", str(error))
