"""Retraining: judge, fit on everything, keep, register as challenger."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from classifier.labels import LabeledNote
from models import store
from training.fit import fit, save
from training.progress import working
from training.protocols import LEAVE_OUT, Outcome, run


@dataclass(frozen=True, slots=True)
class Challenger:
    """A model that was fit, judged, kept and registered: its file, its number, and how it did."""

    saved: store.Saved
    number: int
    outcome: Outcome


def fit_challenger(
    notes: Sequence[LabeledNote],
    data_dir: Path,
    supplement: Sequence[LabeledNote] = (),
    *,
    parts: int,
    seed: int = 0,
    jobs: int = 1,
) -> Challenger:
    """Judge by leaving centers out, fit on everything, keep, and register with MLflow.

    Parameters
    ----------
    notes : sequence of LabeledNote
        What to learn from.
    data_dir : Path
        Holds folds, models, and the tracking file.
    supplement : sequence of LabeledNote
        Learnt from too, never judged.
    parts, seed, jobs : int
        As in `training.protocols.run`.
    """
    from training import lifecycle

    with lifecycle.connected(data_dir):  # whatever keeps MLflow from answering is said before the long work
        pass
    outcome = run(LEAVE_OUT, notes, supplement, folder=data_dir / "folds", parts=parts, seed=seed, jobs=jobs)
    everything = [*notes, *supplement]
    with working(f"Fitting on all {len(everything):,} notes"):
        saved = save(fit(everything, seed=seed), everything, data_dir / "models", seed=seed)
    with working("Registering"):
        number = lifecycle.register(saved, outcome.report, data_dir=data_dir, seed=seed)
    return Challenger(saved, number, outcome)
