"""Who is learnt from and who is judged: the folds of a protocol, each fitted once and kept."""

import hashlib
import json
import pickle  # reads only files that this module wrote into the data directory  # nosec B403
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import numpy as np

from classifier.features import Seen, see
from classifier.labels import LabeledNote
from classifier.model import CallModel, Verdicts
from models import files
from training import Unusable, corpus, provenance
from training.fit import fit
from training.outcomes import Array

SMALL = 100_000
"""Bytes up to which a learned attribute is kept with the answers: thresholds and bounds, not the weights."""

FORM = 1
"""Of the files that keep answers; another number makes the old ones unread."""


@dataclass(frozen=True, slots=True)
class Fold:
    """Rows to learn from and rows to judge."""

    name: str
    learn: Array
    judge: Array


def halves(notes: Sequence[LabeledNote]) -> list[Fold]:
    """Learn from the reading half of the packaged corpus, judge on the unread half."""
    reading, unread = (_rows(notes, centers) for centers in (corpus.READING, corpus.UNREAD))
    return [Fold("reading → unread", reading, unread)]


def leave_centers_out(notes: Sequence[LabeledNote], parts: int | None = None) -> list[Fold]:
    """Judge each center by what was learnt from the others.

    Parameters
    ----------
    notes : sequence of LabeledNote
        Notes of two or more centers.
    parts : int, optional
        Leave out several centers at a time, dealt into so many parts; one at a time by default.

    Returns
    -------
    list of Fold
        Every note is judged exactly once.
    """
    centers = sorted({note.center or "" for note in notes})
    if len(centers) < 2:
        raise Unusable(f"there is one center ({centers[0]}); leaving a center out needs two or more")
    parts = min(parts or len(centers), len(centers))
    if parts < 2:
        raise Unusable("the centers must be dealt into two or more parts")
    dealt: dict[int, list[str]] = defaultdict(list)
    for i, center in enumerate(centers):
        dealt[i % parts].append(center)
    everything = np.arange(len(notes))
    folds = []
    for left_out in dealt.values():
        judge = _rows(notes, frozenset(left_out))
        folds.append(Fold("+".join(left_out), np.setdiff1d(everything, judge), judge))
    return folds


def leave_notes_out(notes: Sequence[LabeledNote], *, parts: int = 5, seed: int = 0) -> list[Fold]:
    """Judge notes by what was learnt from others of the same center: it flatters, where a center is alone."""
    dealt = np.random.default_rng(seed).permutation(len(notes)) % min(parts, len(notes))
    return [
        Fold(f"part {part + 1}", np.flatnonzero(dealt != part), np.flatnonzero(dealt == part))
        for part in range(dealt.max() + 1)
    ]


class Recalled(CallModel):
    """A fitted model that knows what it said of some notes, and has forgotten how it came to say it."""

    @classmethod
    def of(cls, model: CallModel, notes: Sequence[str]) -> Self:
        """Let a fitted model speak of these notes, and keep the answers."""
        recalled = cls(**model.get_params())
        for name, value in vars(model).items():
            if len(pickle.dumps(value)) <= SMALL:
                setattr(recalled, name, value)
        said = zip(*model.judge([see(note) for note in notes]), strict=True)
        recalled.said_ = dict(zip(notes, said, strict=True))
        return recalled

    def predict_proba(self, X: Sequence[str]) -> tuple[Array, Array]:
        """Return what was said of these notes; KeyError for any other."""
        said = [self.said_[note] for note in X]
        return np.array([categories for categories, _, _ in said]), np.array(
            [acuity for _, acuity, _ in said]
        )

    def judge(self, seen: Sequence[Seen]) -> Verdicts:
        """Return what was said of these notes, as the recommender asks for it."""
        said = [self.said_[each.note.text] for each in seen]
        return Verdicts(*map(np.array, zip(*said, strict=True)))

    def familiar(self, note: str) -> bool:
        """Return whether the note looked familiar."""
        return bool(self.said_[note][2])


def recall(
    fold: Fold,
    notes: Sequence[LabeledNote],
    supplement: Sequence[LabeledNote] = (),
    *,
    seed: int,
    folder: Path,
    jobs: int = 1,
) -> Recalled:
    """Fit the fold's model and let it speak of the notes to judge, unless that was done before.

    The supplement is learnt from in every fold.

    What it said is kept in `folder` under a hash of everything that it depends on, so an evaluation that was
    stopped goes on where it was, and a change of policy fits nothing again.
    """
    learn = [*(notes[row] for row in fold.learn), *supplement]
    judge = [notes[row].note for row in fold.judge]
    path = folder / f"{_key(learn, judge, seed)}.fold"
    if path.exists():
        recalled = pickle.loads(path.read_bytes())  # noqa: S301  # nosec B301
        assert isinstance(recalled, Recalled)
        return recalled
    recalled = Recalled.of(fit(learn, seed=seed, jobs=jobs), judge)
    folder.mkdir(parents=True, exist_ok=True)
    files.write(path, pickle.dumps(recalled))
    return recalled


def _rows(notes: Sequence[LabeledNote], centers: frozenset[str]) -> Array:
    return np.array([row for row, note in enumerate(notes) if (note.center or "") in centers], dtype=int)


def _key(learn: Sequence[LabeledNote], judge: Sequence[str], seed: int) -> str:
    parts = [FORM, corpus.digest(learn), judge, seed, provenance.model_code(), provenance.packages()]
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()[:32]
