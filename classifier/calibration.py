"""From scores to statements one can hold the model to: calibrated, thresholded, with stated coverage.

Everything here is learnt from scores of notes whose own center was held out.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
from scipy.special import expit
from scipy.stats import beta
from sklearn.linear_model import LogisticRegression

from classifier.terms import Confidence

Array = np.ndarray


@dataclass(frozen=True, slots=True)
class Calibration:
    """Platt's map from a score to a probability: ``expit(slope * score + offset)``."""

    slope: float | Array = 1.0
    offset: float | Array = 0.0

    @classmethod
    def fit(cls, scores: Array, truth: Array) -> Self:
        """Learn the map; scores of one class only leave it as it is."""
        if len(np.unique(truth)) < 2:
            return cls()
        fitted = LogisticRegression(C=1e6).fit(scores[:, None], truth)
        return cls(float(fitted.coef_[0, 0]), float(fitted.intercept_[0]))

    @classmethod
    def side_by_side(cls, maps: Sequence[Self]) -> Self:
        """Return one map for several columns of scores."""
        return cls(np.array([map_.slope for map_ in maps]), np.array([map_.offset for map_ in maps]))

    def __call__(self, scores: Array) -> Array:
        """Return the probabilities of the scores."""
        return np.asarray(expit(self.slope * scores + self.offset))


def best_f1(probability: Array, truth: Array) -> float:
    """Return the threshold with the highest F1."""
    order = np.argsort(-probability, kind="stable")
    found = np.cumsum(truth[order])
    f1 = 2 * found / (np.arange(1, len(order) + 1) + truth.sum())
    best = int(np.argmax(f1))
    below = probability[order[best + 1]] if best + 1 < len(order) else 0.0
    return float((probability[order[best]] + below) / 2)


def recall_at_least(probability: Array, truth: Array, recall: float, certainty: float) -> float:
    """Return the highest threshold whose recall is at least `recall`, at the stated certainty.

    Learn then test (Angelopoulos et al. 2021, arXiv:2110.01052): thresholds are tested from the lowest
    upward, each by the exact binomial bound, until the first that fails.
    """
    positive = np.sort(probability[truth > 0])
    total = len(positive)
    missed = np.arange(total)  # at a threshold of positive[i], i positives lie below
    bound = beta.ppf(certainty, missed + 1, total - missed)
    passed = int(np.argmax(bound > 1 - recall)) if (bound > 1 - recall).any() else total
    return float(positive[passed - 1]) if passed else 0.0


@dataclass(frozen=True, slots=True)
class ConfidenceBounds:
    """From which distance to the threshold on a decision may be called `likely` or `sure`.

    ``yes`` are the lowest probabilities at which a suggestion is likely and sure, ``no`` the highest at
    which its absence is.
    """

    threshold: float
    yes: tuple[float, float]
    no: tuple[float, float]

    @classmethod
    def fit(cls, probability: Array, truth: Array, threshold: float, likely: float, sure: float) -> Self:
        """Set the bounds where the notes around them were right as often as `likely` and `sure` ask."""
        return cls(
            threshold,
            (_bound(probability, truth, threshold, likely), _bound(probability, truth, threshold, sure)),
            (
                1 - _bound(1 - probability, 1 - truth, 1 - threshold, likely),
                1 - _bound(1 - probability, 1 - truth, 1 - threshold, sure),
            ),
        )

    def at(self, threshold: float) -> Self:
        """Return the bounds where another threshold decides; what is called sure is as probable as before."""
        yes, no = self.yes, self.no
        return type(self)(
            threshold,
            (max(yes[0], threshold), max(yes[1], threshold)),
            (min(no[0], threshold), min(no[1], threshold)),
        )

    def __call__(self, probability: float) -> Confidence:
        """Return how far to trust the decision made at this probability."""
        if probability >= self.threshold:
            likely, sure = probability >= self.yes[0], probability >= self.yes[1]
        else:
            likely, sure = probability <= self.no[0], probability <= self.no[1]
        return "sure" if sure else "likely" if likely else "unsure"


def _bound(probability: Array, truth: Array, threshold: float, share: float) -> float:
    """Return the lowest bound at or above the threshold from which on `share` of the notes are right.

    "Right" is counted among the 100 notes next above the bound, so that a crowd of easy notes further up
    does not vouch for the doubtful ones. A bound that is never reached is above 1.
    """
    order = np.argsort(probability, kind="stable")
    order = order[probability[order] >= threshold]
    window = 100
    if len(order) < window:
        return 1.1
    run = np.convolve(truth[order], np.ones(window), "valid") / window
    wrong = np.flatnonzero(run < share)
    first = 0 if not len(wrong) else int(wrong[-1]) + 1
    return 1.1 if first >= len(run) else float(max(threshold, probability[order[first]]))


def level_bounds(probability: Array, level: Array, coverage: float) -> Array:
    """Return for each level the probability from which on it stays plausible.

    Class-conditional split conformal prediction (Vovk 2012): of the notes of each level, at least
    `coverage` had that level's probability at or above its bound.
    """
    bounds = np.zeros(probability.shape[1])
    for column in range(probability.shape[1]):
        own = np.sort(probability[level == column + 1, column])
        rank = int(np.floor((1 - coverage) * (len(own) + 1)))
        bounds[column] = own[rank - 1] if rank else 0.0
    return bounds
