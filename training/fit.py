"""Fitting the model on labeled notes, and keeping what it was fit on beside it."""

from collections.abc import Sequence
from pathlib import Path

from classifier.labels import LabeledNote
from classifier.model import CallModel, targets
from models import store
from training import Unusable
from training.provenance import model_code, provenance


def fit(notes: Sequence[LabeledNote], *, seed: int = 0) -> CallModel:
    """Fit the model; the notes' centers are the groups by which it calibrates itself.

    Parameters
    ----------
    notes : sequence of LabeledNote
        Missing labels are masked. At least one note must have a category or acuity label.
    seed : int
        Of everything drawn by chance: same notes, same seed, same model.

    Returns
    -------
    CallModel
    """
    if all(note.categories is None and note.acuity is None for note in notes):
        raise Unusable("no note has categories or acuity; the model learns from these two labels")
    labels = targets(note.model_dump() for note in notes)
    groups = [note.center or "" for note in notes]
    return CallModel(random_state=seed).fit([note.note for note in notes], labels, groups)


def save(model: CallModel, notes: Sequence[LabeledNote], folder: Path, *, seed: int = 0) -> store.Saved:
    """Save a fitted model with where it comes from and the digests of the notes it was fit on."""
    about = {
        "notes": len(notes),
        "centers": sorted({note.center or "" for note in notes}),
        "seed": seed,
        "model_code": model_code(),
        **provenance(notes).as_dict(),
    }
    return store.save(model, folder, about, [note.note for note in notes])
