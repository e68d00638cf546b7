"""The model that the studies question: learned from the reading half, so the unread half is new to it."""

import hashlib
import pickle  # reads only files that this module wrote into the data directory  # nosec B403
from collections.abc import Sequence
from pathlib import Path

from classifier.labels import LabeledNote
from classifier.model import CallModel
from models import files
from training import corpus, provenance
from training.fit import fit
from training.progress import working


def of_reading_half(folder: Path, jobs: int) -> CallModel:
    """Return the model learned from reading half and supplement; fitted once and kept in `folder`."""
    notes = [*(note for note in corpus.packaged() if note.center in corpus.READING), *corpus.supplement()]
    parts = [corpus.digest(notes), provenance.model_code(), repr(provenance.packages())]
    path = folder / f"{hashlib.sha256(repr(parts).encode()).hexdigest()[:32]}.model"
    if path.exists():
        model = pickle.loads(path.read_bytes())  # noqa: S301  # nosec B301
        assert isinstance(model, CallModel)
        return model
    with working(f"Fitting on {len(notes):,} notes of the reading half and the supplement"):
        model = fit(notes, jobs=jobs)
    folder.mkdir(parents=True, exist_ok=True)
    files.write(path, pickle.dumps(model))
    return model


def unread(share: int = 1) -> Sequence[LabeledNote]:
    """Return every `share`-th note of the unread half: for figures only, never to be shown."""
    return [note for note in corpus.packaged() if note.center in corpus.UNREAD][::share]
