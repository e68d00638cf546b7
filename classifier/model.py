"""The learned model: from notes to calibrated probabilities of the four categories and the ordered acuity."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from copy import copy
from dataclasses import replace
from typing import Any, Final, NamedTuple, Self

import numpy as np
from joblib import Parallel, delayed
from scipy.sparse import csr_matrix
from scipy.special import expit, logit
from sklearn.base import BaseEstimator
from sklearn.model_selection import GroupKFold, KFold
from sklearn.utils.validation import check_is_fitted

from classifier.calibration import (
    Calibration,
    ConfidenceBounds,
    best_f1,
    level_bounds,
    recall_at_least,
)
from classifier.features import PRESENT, VIEWS, Bag, Seen, Vocabulary, known_share, of_notes, see
from classifier.heads import Heads
from classifier.network import Network
from classifier.reading import Note, read
from classifier.rules import default_rules
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
QUESTIONS: Final = len(CATEGORIES) + len(LEVELS) - 1
"""The first answers of the heads: the categories, then acuity at least 2, 3, 4."""

MANY: Final = 500
"""From so many notes on work is shared among the cores; notes are read in parts of this size."""

LEAST_KNOWN: Final = 3
"""A note with fewer known words is too short to be familiar."""

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


class Verdicts(NamedTuple):
    """What the model says of some notes, a row for each.

    `categories` and `acuity` are probabilities of shape (n, 4); `familiar` says whether a note is long
    enough, and enough like what was learnt, to be judged at all.
    """

    categories: Array
    acuity: Array
    familiar: Array


class CallModel(BaseEstimator):  # type: ignore[misc]
    """Calibrated probabilities for the four categories and the ordered acuity of a call note.

    Linear models over five views of the note answer every question that the labels answer (`Heads`); a small
    network reads their scores together (`Network`); the acuity is asked as "at least this level" (Frank and
    Hall 2001). The network, calibration, thresholds and every stated coverage are learnt from scores of notes
    whose center was held out.

    Parameters
    ----------
    folds : int
        Into how many parts the centers are dealt for the held-out scores.
    weapons_recall, certainty : float
        `weapons_present` is thresholded so that model and rules together reach at least this recall, at this
        certainty.
    likely, sure : float
        How often a decision must have been right to be called so.
    coverage : float
        Of the notes of each level, the share whose level is among the plausible ones.
    n_jobs : int
        How many cores fitting may use.
    random_state : int
        Seed of everything drawn by chance.

    Attributes
    ----------
    thresholds_ : ndarray of shape (4,)
        From which probability on a category is suggested.
    rates_ : ndarray of shape (4,)
        How frequent each category was among the notes learned from.
    rules_version_ : str
        The version of the safety rules whose findings were learnt from; with other rules, fit again.
    """

    def __init__(
        self,
        *,
        folds: int = 5,
        weapons_recall: float = 0.95,
        certainty: float = 0.95,
        likely: float = 0.7,
        sure: float = 0.9,
        coverage: float = 0.9,
        n_jobs: int = 2,
        random_state: int = 0,
    ) -> None:
        self.folds = folds
        self.weapons_recall = weapons_recall
        self.certainty = certainty
        self.likely = likely
        self.sure = sure
        self.coverage = coverage
        self.n_jobs = n_jobs
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
        self.rules_version_ = default_rules().version
        answers = _answers(y)
        viewed = _views(notes, self.n_jobs)
        self.vocabulary_ = Vocabulary.learn(viewed, groups)
        counts = self.vocabulary_.count(viewed)
        folds = list(self._folds(len(notes), groups))
        scores = self._held_out(counts, answers, folds)
        self.heads_ = self._heads(counts, answers)
        self.network_ = self._network(scores, answers)
        logits = np.full((len(notes), QUESTIONS), np.nan)
        for learn, judge in folds:
            logits[judge] = self._network(scores[learn], answers[learn]).logits(scores[judge])
        read_present = np.array([PRESENT in bag["rules"] for bag in viewed])
        self._calibrate(logits, answers[:, :QUESTIONS], y[:, ASKED - 1], read_present)
        self.familiar_from_ = self._familiar_from(notes, counts[VIEWS.index("words") :: len(VIEWS)], folds)
        return self

    def predict_proba(self, X: Sequence[str]) -> tuple[Array, Array]:
        """Return the probabilities of the categories and those of the acuity levels, each of shape (n, 4)."""
        verdicts = self.judge([see(note) for note in X])
        return verdicts.categories, verdicts.acuity

    def judge(self, seen: Sequence[Seen]) -> Verdicts:
        """Return what `predict_proba` returns and whether each note is familiar, of notes already read."""
        check_is_fitted(self)
        if not seen:
            return Verdicts(np.empty((0, len(CATEGORIES))), np.empty((0, len(LEVELS))), np.empty(0, bool))
        scores = self.heads_.scores(self.vocabulary_.count(each.bags for each in seen))
        familiar = np.array([self._is_familiar(each.note) for each in seen])
        return Verdicts(*self._probabilities(self.network_.logits(scores)), familiar)

    def at_rates(self, rates: Mapping[Category, float]) -> Self:
        """Return this model for a place where categories are as frequent as `rates` say.

        Probabilities move by the odds of the two rates (Saerens, Latinne and Decaestecker 2002), and the
        thresholds with them: what is suggested stays the same, how sure it is does not.

        Parameters
        ----------
        rates : mapping of category to float
            Shares of all notes, between 0 and 1; a category that is left out stays as it is.
        """
        check_is_fitted(self)
        shift = np.zeros(QUESTIONS)
        for category, rate in rates.items():
            column = CATEGORIES.index(category)
            shift[column] = logit(rate) - logit(np.clip(self.rates_[column], 0.001, 0.999))
        here = copy(self)
        here.calibration_ = replace(self.calibration_, offset=self.calibration_.offset + shift)
        here.thresholds_ = expit(logit(self.thresholds_) + shift[: len(CATEGORIES)])
        here.bounds_ = tuple(
            bounds.at(float(threshold))
            for bounds, threshold in zip(self.bounds_, here.thresholds_, strict=True)
        )
        return here

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

    def familiar(self, note: str) -> bool:
        """Return whether the note is long enough, and enough like what was learnt, to be judged at all."""
        return self._is_familiar(read(note))

    def _is_familiar(self, note: Note) -> bool:
        known, words = known_share(note, self.vocabulary_.columns["words"])
        return known >= LEAST_KNOWN and known / words >= self.familiar_from_

    def _folds(self, rows: int, groups: Sequence[str] | None) -> Iterator[tuple[Array, Array]]:
        centers = len(set(groups)) if groups is not None else 0
        if centers > 1:
            yield from GroupKFold(min(self.folds, centers)).split(np.zeros(rows), groups=groups)
            return
        yield from KFold(min(self.folds, rows), shuffle=True, random_state=self.random_state).split(
            np.zeros(rows)
        )

    def _heads(self, counts: csr_matrix, answers: Array) -> Heads:
        jobs = self.n_jobs if len(answers) >= MANY else 1
        return Heads(counts, answers, self.vocabulary_, seed=self.random_state, jobs=jobs)

    def _network(self, scores: Array, answers: Array) -> Network:
        return Network(scores, answers[:, :QUESTIONS], seed=self.random_state, jobs=self.n_jobs)

    def _held_out(self, counts: csr_matrix, answers: Array, folds: Sequence[tuple[Array, Array]]) -> Array:
        """Score each note by heads that have not seen its center."""
        scores = np.zeros(answers.shape)
        for learn, judge in folds:
            heads = self._heads(of_notes(counts, learn), answers[learn])
            scores[judge] = heads.scores(of_notes(counts, judge))
        return scores

    def _familiar_from(
        self, notes: Sequence[str], words: csr_matrix, folds: Sequence[tuple[Array, Array]]
    ) -> float:
        """Return the share of known words that nearly every note of an unseen center reaches."""
        columns = self.vocabulary_.columns["words"]
        shares = []
        for learn, judge in folds:
            met = np.bincount(words[learn].indices, minlength=words.shape[1]) > 0
            known = {word: column for word, column in columns.items() if met[column]}
            for row in judge:
                count, length = known_share(read(notes[row]), known)
                if count >= LEAST_KNOWN:
                    shares.append(count / length)
        return float(np.clip(np.quantile(shares, 0.005), 0.5, 0.9)) if shares else 0.5

    def _calibrate(self, logits: Array, answers: Array, level: Array, read_present: Array) -> None:
        """Learn every map and bound from the held-out logits."""
        labeled = ~np.isnan(answers)
        self.calibration_ = Calibration.side_by_side(
            [
                Calibration.fit(logits[labeled[:, column], column], answers[labeled[:, column], column])
                for column in range(answers.shape[1])
            ]
        )
        categories, acuity = self._probabilities(logits)
        thresholds, bounds = [], []
        for column in range(len(CATEGORIES)):
            here = labeled[:, column]
            probability, truth = categories[here, column], answers[here, column]
            threshold = self._threshold(column, probability, truth, read_present[here])
            thresholds.append(threshold)
            bounds.append(ConfidenceBounds.fit(probability, truth, threshold, self.likely, self.sure))
        self.thresholds_, self.bounds_ = np.array(thresholds), tuple(bounds)
        told = labeled[:, : len(CATEGORIES)]
        self.rates_ = np.nansum(answers[:, : len(CATEGORIES)], axis=0) / np.maximum(1, told.sum(axis=0))
        known = ~np.isnan(level)
        self.level_bounds_ = level_bounds(acuity[known], level[known], self.coverage)

    def _threshold(self, column: int, probability: Array, truth: Array, read_present: Array) -> float:
        if not truth.any():
            return 0.5
        if column != _WEAPONS:
            return best_f1(probability, truth)
        # A weapon that is read is suggested whatever the model says: the risk is that of both together.
        decided = np.maximum(probability, read_present)
        least = recall_at_least(decided, truth, self.weapons_recall, self.certainty)
        return min(best_f1(decided, truth), least)

    def _probabilities(self, scores: Array) -> tuple[Array, Array]:
        calibrated = self.calibration_(scores)
        categories, at_least = calibrated[:, : len(CATEGORIES)], calibrated[:, len(CATEGORIES) :]
        at_least = np.minimum.accumulate(at_least, axis=1)  # never likelier to be at least 4 than at least 3
        edges = np.column_stack([np.ones(len(scores)), at_least, np.zeros(len(scores))])
        return categories, edges[:, :-1] - edges[:, 1:]


def _views(notes: Sequence[str], jobs: int) -> list[dict[str, Bag]]:
    """Return the views of many notes; reading is plain Python, so other cores need processes of their own."""
    if jobs == 1 or len(notes) < MANY:
        return [see(note).bags for note in notes]
    parts = [notes[start : start + MANY] for start in range(0, len(notes), MANY)]
    return [bag for part in Parallel(n_jobs=jobs)(delayed(_views)(part, 1) for part in parts) for bag in part]


def _answers(y: Array) -> Array:
    """Return what the heads are asked: categories; acuity at least 2, 3, 4; hazards and weapon statuses."""
    acuity = y[:, ASKED - 1]
    at_least = [np.where(np.isnan(acuity), np.nan, acuity >= level) for level in LEVELS[1:]]
    return np.column_stack([y[:, : ASKED - 1], *at_least, y[:, ASKED:]])


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
