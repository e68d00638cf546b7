"""The learned model: from notes to calibrated probabilities of the four categories and the ordered acuity."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final, Self

import numpy as np
from scipy.sparse import csr_matrix
from sklearn.base import BaseEstimator
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GroupKFold, KFold
from sklearn.utils.validation import check_is_fitted

from classifier.calibration import (
    Calibration,
    ConfidenceBounds,
    best_f1,
    level_bounds,
    recall_at_least,
)
from classifier.features import Counts, Weighting
from classifier.terms import CATEGORIES, HAZARDS, WEAPON, Category, Confidence

Array = np.ndarray

TARGETS: Final[tuple[str, ...]] = (
    *CATEGORIES,
    "acuity",
    *(f"hazard_{hazard}" for hazard in HAZARDS),
    *(f"weapon_{weapon}" for weapon in WEAPON if weapon not in {"present", "none"}),
)
"""The columns of a label matrix: what is suggested (the first five), then what helps to learn it."""

LEVELS: Final = (1, 2, 3, 4)
ASKED: Final = len(CATEGORIES) + 1
_WEAPONS: Final = CATEGORIES.index("weapons_present")


def targets(records: Iterable[Mapping[str, Any]]) -> Array:
    """Return the labels of records as a matrix, one column for each of `TARGETS`.

    Parameters
    ----------
    records : iterable of mappings
        Labeled notes with `categories`, `acuity`, `hazards`, `weapon`; a field that is missing or None is
        not labeled.

    Returns
    -------
    ndarray of shape (n, 17)
        1 and 0, the acuity 1 to 4, and NaN where not labeled.
    """
    return np.array([_row(record) for record in records], dtype=float).reshape(-1, len(TARGETS))


class CallModel(BaseEstimator):  # type: ignore[misc]
    """Calibrated probabilities for the four categories and the ordered acuity of a call note.

    Linear models over words, word pairs and pieces of words; the acuity by three of them, one for each
    "at least this level" (Frank and Hall 2001). Calibration, thresholds and every stated coverage are
    learnt from notes whose center was held out.

    Parameters
    ----------
    regularization : float
        Inverse strength of the penalty on the weights.
    folds : int
        Into how many parts the centers are dealt for the held-out scores.
    weapons_recall, certainty : float
        `weapons_present` is thresholded for at least this recall, at this certainty.
    likely, sure : float
        How often a decision must have been right to be called so.
    coverage : float
        Of the notes of each level, the share whose level is among the plausible ones.
    random_state : int
        Seed of everything drawn by chance.

    Attributes
    ----------
    thresholds_ : ndarray of shape (4,)
        From which probability on a category is suggested.
    """

    def __init__(
        self,
        *,
        regularization: float = 5.0,
        folds: int = 6,
        weapons_recall: float = 0.95,
        certainty: float = 0.95,
        likely: float = 0.7,
        sure: float = 0.9,
        coverage: float = 0.9,
        random_state: int = 0,
    ) -> None:
        self.regularization = regularization
        self.folds = folds
        self.weapons_recall = weapons_recall
        self.certainty = certainty
        self.likely = likely
        self.sure = sure
        self.coverage = coverage
        self.random_state = random_state

    def fit(self, X: Sequence[str], y: Array, groups: Sequence[str] | None = None) -> Self:
        """Learn from labeled notes.

        Parameters
        ----------
        X : sequence of str
            Notes as typed.
        y : array of shape (n, 5) or more
            The first columns of `TARGETS`; NaN where a note is not labeled.
        groups : sequence of str, optional
            The center of each note. Held-out scores then come from centers not learnt from.
        """
        notes, y = list(X), np.asarray(y, dtype=float)
        if y.ndim != 2 or y.shape[0] != len(notes) or not ASKED <= y.shape[1] <= len(TARGETS):
            raise ValueError(
                f"y has shape {y.shape} for {len(notes)} notes; it needs one row a note and "
                f"{ASKED} to {len(TARGETS)} columns, in the order of TARGETS"
            )
        steps = _steps(y)
        self.counts_ = Counts()
        counts = self.counts_.fit_transform(notes)
        held_out = np.full(steps.shape, np.nan)
        familiarity = np.full(len(notes), np.nan)
        for learn, judge in self._folds(len(notes), groups):
            weighting, weights = self._heads(counts[learn], steps[learn])
            held_out[judge] = _scores(weighting.transform(counts[judge]), weights)
        self.weighting_, self.weights_ = self._heads(counts, steps)
        familiarity = self.familiarity(notes)
        self.familiar_from_ = float(np.quantile(familiarity, 0.005))
        self._calibrate(held_out, steps, y[:, ASKED - 1])
        return self

    def predict_proba(self, X: Sequence[str]) -> tuple[Array, Array]:
        """Return the probabilities of the categories and those of the acuity levels, each of shape (n, 4)."""
        check_is_fitted(self)
        if not len(X):
            return np.empty((0, len(CATEGORIES))), np.empty((0, len(LEVELS)))
        scores = _scores(self.weighting_.transform(self.counts_.transform(list(X))), self.weights_)
        return self._probabilities(scores)

    def categories(self, probabilities: Array) -> list[list[Category]]:
        """Return the suggested categories of each row of category probabilities."""
        return [
            [category for category, yes in zip(CATEGORIES, row, strict=True) if yes]
            for row in np.atleast_2d(probabilities) >= self.thresholds_
        ]

    def acuity(self, probabilities: Array) -> Array:
        """Return the level of each row of acuity probabilities: the most probable one."""
        return np.asarray(np.atleast_2d(probabilities).argmax(axis=1) + 1)

    def confidence(self, category: int, probability: float, *, familiar: bool = True) -> Confidence:
        """Return how far to trust the decision on a category; an unfamiliar note is always `unsure`."""
        return self.bounds_[category](probability) if familiar else "unsure"

    def plausible(self, probabilities: Array) -> list[int]:
        """Return the levels that remain plausible for one row of acuity probabilities, without gaps."""
        row = np.asarray(probabilities)
        inside = [level for level in LEVELS if row[level - 1] >= self.level_bounds_[level - 1]]
        inside.append(int(row.argmax()) + 1)
        return list(range(min(inside), max(inside) + 1))

    def contributions(self, note: str) -> list[tuple[int, int, Array]]:
        """Return each word's span and how far it moves the category scores, by its own weights alone."""
        check_is_fitted(self)
        spans = self.counts_.spans(note)
        if not spans:
            return []
        counts = self.counts_.transform([note[start:end] for start, end in spans])
        pulls = self.weighting_.weigh(counts) @ self.weights_[:-1, : len(CATEGORIES)]
        return [(start, end, pull) for (start, end), pull in zip(spans, pulls, strict=True)]

    def familiarity(self, X: Sequence[str]) -> Array:
        """Return for each note the share of its words that were learnt; 0 below three known words."""
        known, words = self.counts_.known_words(list(X)).T
        return np.asarray(np.where(known >= 3, known / np.maximum(words, 1), 0.0))

    def familiar(self, note: str) -> bool:
        """Return whether the note is long enough, and enough like what was learnt, to be judged at all."""
        return bool(self.familiarity([note])[0] >= max(self.familiar_from_, 0.5))

    def _folds(self, rows: int, groups: Sequence[str] | None) -> Iterator[tuple[Array, Array]]:
        centers = len(set(groups)) if groups is not None else 0
        if centers > 1:
            yield from GroupKFold(min(self.folds, centers)).split(np.zeros(rows), groups=groups)
            return
        yield from KFold(min(self.folds, rows), shuffle=True, random_state=self.random_state).split(
            np.zeros(rows)
        )

    def _heads(self, counts: csr_matrix, steps: Array) -> tuple[Weighting, Array]:
        """Fit one linear model a column; return the weights with the offset in the last row."""
        weighting = Weighting().fit(counts)
        rows = weighting.transform(counts)
        weights = np.zeros((rows.shape[1] + 1, steps.shape[1]), dtype=np.float32)
        for column, truth in enumerate(steps.T):
            labeled = ~np.isnan(truth)
            weights[:, column] = self._head(rows[labeled], truth[labeled])
        return weighting, weights

    def _head(self, rows: csr_matrix, truth: Array) -> Array:
        if len(np.unique(truth)) < 2:  # nothing to tell apart: say what was seen, or nothing
            constant = np.zeros(rows.shape[1] + 1)
            constant[-1] = 0.0 if not len(truth) else 8.0 * (2 * truth[0] - 1)
            return constant
        head = LogisticRegression(
            C=self.regularization, solver="liblinear", dual=True, random_state=self.random_state
        ).fit(rows, truth)
        return np.concatenate([head.coef_[0], head.intercept_])

    def _calibrate(self, held_out: Array, steps: Array, level: Array) -> None:
        """Learn every map and bound from the held-out scores."""
        labeled = ~np.isnan(steps)
        self.calibrations_ = tuple(
            Calibration.fit(held_out[labeled[:, column], column], steps[labeled[:, column], column])
            for column in range(steps.shape[1])
        )
        categories, acuity = self._probabilities(held_out)
        thresholds, bounds = [], []
        for column in range(len(CATEGORIES)):
            here = labeled[:, column]
            probability, truth = categories[here, column], steps[here, column]
            threshold = self._threshold(column, probability, truth)
            thresholds.append(threshold)
            bounds.append(ConfidenceBounds.fit(probability, truth, threshold, self.likely, self.sure))
        self.thresholds_, self.bounds_ = np.array(thresholds), tuple(bounds)
        known = ~np.isnan(level)
        self.level_bounds_ = level_bounds(acuity[known], level[known], self.coverage)

    def _threshold(self, column: int, probability: Array, truth: Array) -> float:
        if not truth.any():
            return 0.5
        if column == _WEAPONS:
            return recall_at_least(probability, truth, self.weapons_recall, self.certainty)
        return best_f1(probability, truth)

    def _probabilities(self, scores: Array) -> tuple[Array, Array]:
        calibrated = np.column_stack(
            [calibration(column) for calibration, column in zip(self.calibrations_, scores.T, strict=True)]
        )
        categories, at_least = calibrated[:, : len(CATEGORIES)], calibrated[:, len(CATEGORIES) :]
        at_least = np.minimum.accumulate(at_least, axis=1)  # never likelier to be at least 4 than at least 3
        edges = np.column_stack([np.ones(len(scores)), at_least, np.zeros(len(scores))])
        return categories, edges[:, :-1] - edges[:, 1:]


def _scores(rows: csr_matrix, weights: Array) -> Array:
    return np.asarray(rows @ weights[:-1] + weights[-1], dtype=float)


def _steps(y: Array) -> Array:
    """Return the columns the heads learn: the categories, then acuity at least 2, 3, 4."""
    acuity = y[:, ASKED - 1]
    at_least = [np.where(np.isnan(acuity), np.nan, acuity >= level) for level in LEVELS[1:]]
    return np.column_stack([y[:, : ASKED - 1], *at_least])


def _row(record: Mapping[str, Any]) -> list[float]:
    categories, hazards = record.get("categories"), record.get("hazards")
    acuity, weapon = record.get("acuity"), record.get("weapon")
    return [
        *(np.nan if categories is None else float(category in categories) for category in CATEGORIES),
        np.nan if acuity is None else float(acuity),
        *(np.nan if hazards is None else float(hazard in hazards) for hazard in HAZARDS),
        *(
            np.nan if weapon is None else float(weapon == status)
            for status in WEAPON
            if status not in {"present", "none"}
        ),
    ]
