"""What tests of several packages need."""

from pathlib import Path

import pytest

from models import store
from models.card import Card, ModelUnavailable
from training import corpus
from training.fit import fit, fit_default, save
from training.provenance import model_code, packages

KEPT = Path(__file__).parents[1] / "heartline-data"


@pytest.fixture(scope="session")
def data_dir(tmp_path_factory) -> Path:
    """A data directory whose champion was fit on an eighth of the reading half: quick, and no good."""
    folder = tmp_path_factory.mktemp("heartline-data")
    notes = [note for note in corpus.packaged() if (note.center or "").upper() in corpus.READING][::8]
    saved = save(fit(notes), notes, folder / "models")
    store.promote(folder / "models", saved.version, by="tests", why="quick to fit")
    return folder


@pytest.fixture(scope="session")
def champion_folder() -> Path:
    """The folder of the default model: the one that is kept if it is current, else fitted once and kept."""
    learned = corpus.digest([*corpus.packaged(), *corpus.supplement()])[:16]
    expected = {"data": learned, "model_code": model_code(), "seed": 0, "packages": packages()}
    for kept in (KEPT, KEPT / "for-tests"):
        if _is_current(kept / "models", expected):
            return kept / "models"
    (KEPT / "for-tests" / "models" / store.CHAMPION).unlink(missing_ok=True)
    assert fit_default(KEPT / "for-tests")
    return KEPT / "for-tests" / "models"


def _is_current(folder: Path, expected: dict[str, object]) -> bool:
    try:
        store.load_champion(folder)
        version = store.read_champion(folder).version
    except ModelUnavailable:
        return False
    about = Card.model_validate_json((folder / f"{version}.json").read_bytes()).about
    return all(about.get(name) == value for name, value in expected.items())
