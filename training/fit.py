"""Fitting the model on labeled notes, and keeping beside it what it was fit on."""

from collections.abc import Sequence
from pathlib import Path

from classifier.labels import LabeledNote
from classifier.model import CallModel, targets
from models import store
from training import Unusable, corpus
from training.progress import working
from training.provenance import model_code, provenance

WHY_DEFAULT = "the default model, fit on the packaged corpus: there was no champion"


def fit(notes: Sequence[LabeledNote], *, seed: int = 0, jobs: int = 2) -> CallModel:
    """Fit the model; the notes' centers are the groups by which it calibrates itself.

    Parameters
    ----------
    notes : sequence of LabeledNote
        Missing labels are masked. At least one note must have a category or acuity label.
    seed : int
        Of everything drawn by chance: same notes, same seed, same model.
    jobs : int
        How many cores it may use.

    Returns
    -------
    CallModel
    """
    if all(note.categories is None and note.acuity is None for note in notes):
        raise Unusable("no note has categories or acuity; the model learns from these two labels")
    labels = targets(note.model_dump() for note in notes)
    groups = [note.center or "" for note in notes]
    return CallModel(random_state=seed, n_jobs=jobs).fit([note.note for note in notes], labels, groups)


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


def fit_default(data_dir: Path, *, seed: int = 0) -> store.Saved | None:
    """Fit the packaged corpus and make that the champion, unless there is one.

    Parameters
    ----------
    data_dir : Path
        Holds the store of models.
    seed : int
        Of the fit.

    Returns
    -------
    models.store.Saved or None
        The new champion; None where a champion was there, and nothing was done.
    """
    folder = data_dir / "models"
    if (folder / store.CHAMPION).exists():
        return None
    notes = [*corpus.packaged(), *corpus.supplement()]
    with working(f"Fitting the default model on {len(notes):,} synthetic notes"):
        saved = save(fit(notes, seed=seed), notes, folder, seed=seed)
    store.promote(folder, saved.version, by="heartline train --default", why=WHY_DEFAULT)
    return saved
