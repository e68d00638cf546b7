"""Linear models over the views of a note: several for each question, added up into one weight a feature."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from joblib import Parallel, delayed
from scipy.sparse import csr_matrix, hstack
from sklearn.linear_model import LogisticRegression

from classifier.features import VIEWS, Vocabulary, Weighting

Array = np.ndarray


@dataclass(frozen=True, slots=True)
class Member:
    """One linear model of the ensemble: the views that it sees.

    A `contrasting` one first scales each feature by how differently it stands in the notes of the two answers
    (log-count ratio, Wang and Manning 2012), so what always goes with one answer costs little to believe.
    """

    views: tuple[str, ...]
    contrasting: bool
    inverse_penalty: float


MEMBERS: Final = (
    Member(("pieces",), False, 5.0),
    Member(("words",), True, 3.0),
    Member(("words", "concepts", "rules"), False, 5.0),
    Member(("sequence", "concepts", "rules"), True, 3.0),
)
"""Each sees the notes differently, and so errs differently; chosen by leaving centers out."""


class Heads:
    """The members' answers to every question, added up.

    Attributes
    ----------
    weighting : Weighting
        How features are weighed.
    weights : ndarray of shape (features, questions)
        One weight for each feature and each question: the sum over the members.
    offsets : ndarray of shape (questions,)
    """

    def __init__(
        self, counts: csr_matrix, answers: Array, vocabulary: Vocabulary, *, seed: int, jobs: int
    ) -> None:
        self.weighting = Weighting(counts)
        weighed = self.weighting(counts)
        rows = {
            view: weighed[number :: len(VIEWS), vocabulary.of_view[view]] for number, view in enumerate(VIEWS)
        }
        self.weights = np.zeros((vocabulary.width, answers.shape[1]), dtype=np.float32)
        self.offsets = np.zeros(answers.shape[1])
        seen = [hstack([rows[view] for view in member.views], format="csr") for member in MEMBERS]
        # Few large tasks, for each is sent its rows. Processes, not threads: the solver draws its chances
        # from one generator for the whole process.
        shares = np.array_split(np.arange(answers.shape[1]), jobs)
        tasks = [(member, share) for member in range(len(MEMBERS)) for share in shares]
        fitted = Parallel(n_jobs=jobs, backend="loky")(
            delayed(_fit)(seen[member], answers[:, share], MEMBERS[member], seed) for member, share in tasks
        )
        for (member, share), (weights, offsets) in zip(tasks, fitted, strict=True):
            start = 0
            for view in MEMBERS[member].views:
                columns = vocabulary.of_view[view]
                width = columns.stop - columns.start
                self.weights[columns, share] += weights[start : start + width]
                start += width
            self.offsets[share] += offsets

    def scores(self, counts: csr_matrix) -> Array:
        """Return the score of each note for each question."""
        of_views = (self.weighting(counts) @ self.weights).reshape(-1, len(VIEWS), len(self.offsets))
        return np.asarray(of_views.sum(axis=1), dtype=float) + self.offsets


def _fit(rows: csr_matrix, answers: Array, member: Member, seed: int) -> tuple[Array, Array]:
    """Return one member's weights, of shape (features, questions), and offsets for some questions."""
    fitted = [_fit_one(rows, answer, member, seed) for answer in answers.T]
    return np.column_stack([weights for weights, _ in fitted]), np.array([offset for _, offset in fitted])


def _fit_one(rows: csr_matrix, answer: Array, member: Member, seed: int) -> tuple[Array, float]:
    """Return one member's weights and offset for one question, over the notes that answer it."""
    labeled = np.flatnonzero(~np.isnan(answer))
    truth = answer[labeled] > 0
    if truth.all() or not truth.any():  # nothing to tell apart: say what was always so, or nothing
        return np.zeros(rows.shape[1]), 0.0 if not len(truth) else 4.0 if truth[0] else -4.0
    rows = rows if len(labeled) == len(answer) else rows[labeled]
    contrast = _contrast(rows, truth) if member.contrasting else np.ones(rows.shape[1], dtype=np.float32)
    scaled = csr_matrix((rows.data * contrast[rows.indices], rows.indices, rows.indptr), shape=rows.shape)
    model = LogisticRegression(
        C=member.inverse_penalty, solver="liblinear", dual=True, random_state=seed, tol=0.1, max_iter=200
    )
    model.fit(scaled, truth)
    return model.coef_[0] * contrast, float(model.intercept_[0])


def _contrast(rows: csr_matrix, truth: Array) -> Array:
    """Return how differently each feature stands in the two kinds of notes."""
    with_it = 1 + np.bincount(rows[truth].indices, minlength=rows.shape[1])
    without = 1 + np.bincount(rows[~truth].indices, minlength=rows.shape[1])
    ratio = np.log(with_it / (truth.sum() + 1)) - np.log(without / ((~truth).sum() + 1))
    return np.asarray(np.abs(ratio), dtype=np.float32)
