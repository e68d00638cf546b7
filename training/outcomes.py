"""What the labels say and what was suggested, as arrays with one row a note."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from classifier.labels import LabeledNote
from classifier.suggestion import Suggestion
from classifier.terms import CATEGORIES, HAZARDS, Kind

Array = np.ndarray[Any, Any]


@dataclass(frozen=True, slots=True)
class Truth:
    """The labels.

    Parameters
    ----------
    categories : ndarray of shape (n, 4)
        1 and 0, NaN where not labeled.
    acuity : ndarray of shape (n,)
        1 to 4, NaN where not labeled.
    weapon : ndarray of shape (n,)
        The weapon status, None where not labeled.
    hazards : ndarray of shape (n, 9)
        1 and 0, NaN where not labeled.
    kind : ndarray of shape (n,)
        The kind of response that the policy gives to the labels, None where they do not say enough.
    center : ndarray of shape (n,)
        The center of each note.
    """

    categories: Array
    acuity: Array
    weapon: Array
    hazards: Array
    kind: Array
    center: Array

    @classmethod
    def of(cls, notes: Sequence[LabeledNote], kinds: Sequence[Kind | None] | None = None) -> "Truth":
        """Put labels into arrays; `kinds` is what the policy makes of each, where that is asked for."""
        return cls(
            categories=_flags([note.categories for note in notes], CATEGORIES),
            acuity=np.array([np.nan if note.acuity is None else note.acuity for note in notes], dtype=float),
            weapon=_objects([note.weapon for note in notes]),
            hazards=_flags([note.hazards for note in notes], HAZARDS),
            kind=_objects(kinds if kinds is not None else [None] * len(notes)),
            center=_objects([note.center for note in notes]),
        )


@dataclass(frozen=True, slots=True)
class Said:
    """What was suggested. A part that nobody was asked for is None, and so are its figures.

    Parameters
    ----------
    suggested : ndarray of shape (n, 4)
        Whether each category was suggested.
    acuity : ndarray of shape (n,)
        The level, NaN where none was given.
    probability : ndarray of shape (n, 4), optional
        The model's probabilities of the categories, NaN where it did not answer.
    weapon : ndarray of shape (n,), optional
        The weapon status as read.
    hazards : ndarray of shape (n, 9), optional
        Whether a hit named the hazard.
    kind : ndarray of shape (n,), optional
        The kind of the suggested response, None where there was too little to say.
    """

    suggested: Array
    acuity: Array
    probability: Array | None = None
    weapon: Array | None = None
    hazards: Array | None = None
    kind: Array | None = None

    @classmethod
    def of(cls, suggestions: Sequence[Suggestion]) -> "Said":
        """Put suggestions into arrays."""
        suggested = [[entry["suggested"] for entry in said["categories"]] for said in suggestions]
        probability = [[entry["probability"] for entry in said["categories"]] for said in suggestions]
        hazards = [[hit["hazard"] for hit in said["override"]["hits"]] for said in suggestions]
        by_model = any(said["degraded"] is None for said in suggestions)
        return cls(
            suggested=_table(suggested, bool),
            acuity=np.array([said["acuity"]["level"] for said in suggestions], dtype=float),
            probability=_table(probability, float) if by_model else None,
            weapon=_objects([said["weapon"] for said in suggestions]),
            hazards=_flags(hazards, HAZARDS) == 1,
            kind=_objects([said["response"]["kind"] for said in suggestions]),
        )


def _table(rows: list[Any], kind: type) -> Array:
    return np.array(rows, dtype=kind).reshape(len(rows), len(CATEGORIES))


def _flags(rows: Sequence[Sequence[str] | None], names: Sequence[str]) -> Array:
    empty = [np.nan] * len(names)
    flags = [empty if row is None else [float(name in row) for name in names] for row in rows]
    return np.array(flags, dtype=float).reshape(len(rows), len(names))


def _objects(values: Sequence[object]) -> Array:
    array = np.empty(len(values), dtype=object)
    array[:] = values
    return array
