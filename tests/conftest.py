"""What tests of several packages need."""

from pathlib import Path

import pytest

from models import store
from training import corpus
from training.fit import fit, save


@pytest.fixture(scope="session")
def data_dir(tmp_path_factory) -> Path:
    """A data directory whose champion was fit on an eighth of the reading half: quick, and no good."""
    folder = tmp_path_factory.mktemp("heartline-data")
    notes = [note for note in corpus.packaged() if (note.center or "").upper() in corpus.READING][::8]
    saved = save(fit(notes), notes, folder / "models")
    store.promote(folder / "models", saved.version, by="tests", why="quick to fit")
    return folder
