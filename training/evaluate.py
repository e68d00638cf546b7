"""Judging the whole system, and the model alone beside it, on notes that were not learnt from."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from joblib import Parallel, delayed

from classifier.labels import LabeledNote
from classifier.model import CallModel
from classifier.recommender import MOST_FOR_MODEL, Recommender
from training.folds import Fold, recall
from training.intervals import Figure, by_center, measure
from training.metrics import rake
from training.outcomes import Array, Said, Truth
from training.progress import track
from training.routing import kind_of_labels


@dataclass(frozen=True, slots=True)
class Judged:
    """What was said of notes that were not learnt from: by the whole system, and by the model alone.

    Parameters
    ----------
    rows : ndarray of shape (n,)
        Which notes these are.
    system : Said
        Model, rules and policy together, as the service answers.
    model : Said, optional
        The model alone; None where there is none.
    """

    rows: Array
    system: Said
    model: Said | None


@dataclass(frozen=True, slots=True)
class Report:
    """Figures of one protocol.

    Parameters
    ----------
    protocol : str
        Who was learnt from and who was judged, in a few words.
    notes : int
        How many notes were judged.
    system, model : dict of str to Figure
        The whole system, and the model alone (None where there is none).
    centers : dict of str to dict
        The system's figures for each center.
    """

    protocol: str
    notes: int
    system: dict[str, Figure]
    model: dict[str, Figure] | None
    centers: dict[str, dict[str, float | None]]


def judge(
    notes: Sequence[LabeledNote],
    folds: Sequence[Fold],
    supplement: Sequence[LabeledNote] = (),
    *,
    seed: int = 0,
    folder: Path,
    jobs: int = 1,
) -> Judged:
    """Fit each fold's model and let the system judge the fold's notes.

    Parameters
    ----------
    notes : sequence of LabeledNote
        All notes that the folds speak of.
    folds : sequence of Fold
        From `training.folds`.
    supplement : sequence of LabeledNote
        Learnt from in every fold, never judged.
    seed : int
        Of the fits.
    folder : Path
        Where finished folds are kept.
    jobs : int
        How many cores to use: for folds, each in a process of its own, or for the fit of a single one.
    """
    at_once = max(1, min(jobs, len(folds)))
    run = Parallel(n_jobs=at_once, return_as="generator")
    each = run(delayed(_judge_fold)(fold, notes, supplement, seed, folder, jobs // at_once) for fold in folds)
    return _joined(list(track(each, len(folds), "Learning from the others, judging")))


def judge_rules(notes: Sequence[LabeledNote], *, jobs: int = 1) -> Judged:
    """Let rules and policy judge the notes alone, without a model."""
    parts = np.array_split(np.arange(len(notes)), max(1, len(notes) // 500))
    run = Parallel(n_jobs=jobs, return_as="generator")
    each = run(delayed(_judge_part)(part, [notes[row].note for row in part]) for part in parts)
    return _joined(list(track(each, len(parts), "Reading by rules")))


def say(
    model: CallModel | None, notes: Sequence[str], version: str | None = None
) -> tuple[Said, Said | None]:
    """Return what the system says of notes, and what the model alone says of them.

    Parameters
    ----------
    model : CallModel, optional
        Without one, rules and policy speak alone.
    notes : sequence of str
        Notes as typed.
    """
    recommender = Recommender(model)
    suggestions = recommender.suggest_many(notes, evidence=False)
    if model is None:
        return Said.of(suggestions), None
    for note, suggestion in zip(notes, suggestions, strict=True):
        if suggestion["degraded"] and len(note) <= MOST_FOR_MODEL:  # else figures of rules alone would pass
            raise RuntimeError(f"the system was to be judged with its model, but {suggestion['degraded']}")
    categories, acuity = model.predict_proba(notes)
    alone = Said(
        suggested=categories >= model.thresholds_,
        acuity=model.acuity(acuity).astype(float),
        probability=categories,
    )
    return Said.of(suggestions), alone


def report(
    protocol: str, notes: Sequence[LabeledNote], judged: Judged, *, prior: Mapping[str, float] | None = None
) -> Report:
    """Return the figures of what was judged.

    Parameters
    ----------
    protocol : str
        What to call it.
    notes : sequence of LabeledNote
        The notes whose rows were judged.
    judged : Judged
        From `judge`.
    prior : mapping of category to float, optional
        Rates of a real day; every figure is weighted to them.
    """
    truth = truth_of([notes[row] for row in judged.rows])
    weights = rake(truth.categories, prior) if prior else None
    return Report(
        protocol=protocol,
        notes=len(judged.rows),
        system=measure(truth, judged.system, weights=weights),
        model=None if judged.model is None else measure(truth, judged.model, weights=weights),
        centers=by_center(truth, judged.system, weights=weights),
    )


def truth_of(notes: Sequence[LabeledNote]) -> Truth:
    """Return the labels as arrays, with the response that the policy gives to them."""
    return Truth.of(notes, [kind_of_labels(note) for note in notes])


def _judge_fold(
    fold: Fold,
    notes: Sequence[LabeledNote],
    supplement: Sequence[LabeledNote],
    seed: int,
    folder: Path,
    jobs: int,
) -> Judged:
    recalled = recall(fold, notes, supplement, seed=seed, folder=folder, jobs=jobs)
    system, model = say(recalled, [notes[row].note for row in fold.judge])
    return Judged(fold.judge, system, model)


def _judge_part(rows: Array, notes: Sequence[str]) -> Judged:
    return Judged(rows, *say(None, notes))


def _joined(parts: Sequence[Judged]) -> Judged:
    models = [part.model for part in parts if part.model is not None]
    return Judged(
        rows=np.concatenate([part.rows for part in parts]),
        system=_stacked([part.system for part in parts]),
        model=_stacked(models) if models else None,
    )


def _stacked(parts: Sequence[Said]) -> Said:
    fields: dict[str, Any] = {}
    for name in Said.__dataclass_fields__:
        values = [getattr(part, name) for part in parts]
        fields[name] = None if values[0] is None else np.concatenate(values)
    return Said(**fields)
