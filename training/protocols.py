"""The protocols of judging: who is learnt from, who is judged, and what that is called."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from classifier.labels import LabeledNote
from models import store
from training import Unusable, corpus
from training.evaluate import Judged, Report, judge, judge_rules, report, say
from training.folds import Fold, halves, leave_centers_out, leave_notes_out

Notes = Sequence[LabeledNote]


@dataclass(frozen=True, slots=True)
class Protocol:
    """One way to judge.

    Parameters
    ----------
    key : str
        Its name in JSON and in documents.
    title : str
        What is said above its table.
    notes : callable
        Which of the notes it uses.
    folds : callable
        How it deals them; gets the notes, the number of parts asked for (or None) and the seed.
    """

    key: str
    title: str
    notes: Callable[[Notes], Notes]
    folds: Callable[[Notes, int | None, int], list[Fold]]


@dataclass(frozen=True, slots=True)
class Outcome:
    """Notes, what was said of them, the figures, and what was learnt from beside the notes."""

    notes: Notes
    judged: Judged
    report: Report
    supplement: Notes = ()


def _all(notes: Notes) -> Notes:
    return notes


def _reading(notes: Notes) -> Notes:
    return [note for note in notes if note.center in corpus.READING]


def _unread(notes: Notes) -> Notes:
    return [note for note in notes if note.center in corpus.UNREAD]


def _by_center(notes: Notes, parts: int | None, seed: int) -> list[Fold]:
    """Leave centers out; of a single center, notes: the only thing left to do."""
    if len({note.center for note in notes}) < 2:
        return leave_notes_out(notes, parts=parts or 5, seed=seed)
    return leave_centers_out(notes, parts)


HALVES: Final = Protocol(
    "reading_to_unread",
    "Learned from the reading half, judged on the unread half",
    _all,
    lambda notes, parts, seed: halves(notes),
)
LEAVE_OUT: Final = Protocol(
    "leave_centers_out", "Each center judged by what was learned from the others", _all, _by_center
)
WITHIN_READING: Final = Protocol(
    "within_reading",
    "Each center of the reading half judged by what was learned from its other centers",
    _reading,
    _by_center,
)

RULES_ON: Final = {
    "reading": ("Rules and policy alone, on the reading half", _reading),
    "unread": ("Rules and policy alone, on the unread half", _unread),
}
RULES_ON_DATA: Final = {"data": ("Rules and policy alone, on your data", _all)}


def run(
    protocol: Protocol,
    notes: Notes,
    supplement: Notes = (),
    *,
    folder: Path,
    parts: int | None = None,
    seed: int = 0,
    jobs: int = 1,
    prior: Mapping[str, float] | None = None,
) -> Outcome:
    """Judge notes by a protocol.

    Parameters
    ----------
    protocol : Protocol
        One of the above.
    notes : sequence of LabeledNote
        Whatever there is; the protocol takes what it uses.
    supplement : sequence of LabeledNote
        Learnt from in every fold, never judged.
    folder : Path
        Where finished folds are kept.
    parts, seed, jobs, prior
        As in `training.folds`, `training.evaluate.judge` and `training.evaluate.report`.
    """
    chosen = protocol.notes(notes)
    folds = protocol.folds(chosen, parts, seed)
    judged = judge(chosen, folds, supplement, seed=seed, folder=folder, jobs=jobs)
    made = report(_title(protocol, chosen, parts), chosen, judged, prior=prior)
    return Outcome(chosen, judged, made, supplement)


def _title(protocol: Protocol, notes: Notes, parts: int | None) -> str:
    if protocol is HALVES:
        return protocol.title
    if len({note.center for note in notes}) < 2:
        return "Notes of a single center, dealt at random: at another one it would do worse"
    return f"{protocol.title}, in {parts} parts" if parts else protocol.title


def run_champion(
    notes: Notes, folder: Path, *, prior: Mapping[str, float] | None = None
) -> tuple[Outcome, int]:
    """Judge notes by the champion of a store.

    Parameters
    ----------
    notes : sequence of LabeledNote
        Those that the champion was fit on are left out.
    folder : Path
        The store of models.
    prior : mapping of category to float, optional
        As in `training.evaluate.report`.

    Returns
    -------
    tuple of Outcome and int
        The outcome on the notes that are left, and how many were left out.

    Raises
    ------
    training.Unusable
        If no note is left.
    """
    model, version = store.load_champion(folder)
    known = store.fitted_on(folder, version)
    fresh = [note for note in notes if store.digest(note.note) not in known]
    if not fresh:
        raise Unusable(f"the champion was fit on all {len(notes):,} notes; give notes that it has not seen")
    judged = Judged(np.arange(len(fresh)), *say(model, [note.note for note in fresh]))
    made = report(f"Champion {version} on your data", fresh, judged, prior=prior)
    return Outcome(fresh, judged, made), len(notes) - len(fresh)


def run_rules(
    notes: Notes,
    on: Mapping[str, tuple[str, Callable[[Notes], Notes]]] = RULES_ON,
    *,
    jobs: int = 1,
    prior: Mapping[str, float] | None = None,
) -> dict[str, Outcome]:
    """Judge by rules and policy alone, each half of the packaged corpus by default; nothing is fitted."""
    outcomes = {}
    for key, (title, choose) in on.items():
        chosen = choose(notes)
        judged = judge_rules(chosen, jobs=jobs)
        outcomes[key] = Outcome(chosen, judged, report(title, chosen, judged, prior=prior))
    return outcomes
