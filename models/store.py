"""A folder of fitted models: each saved with its checksum, one of them the champion that answers.

A model is three files, named by its version, which is the start of its checksum:

- `<version>.pickle`: the fitted estimator;
- `<version>.json`: its card, with checksum, size, the versions it was fit with, and what it was fit on;
- `<version>.notes`: one digest a line of every note it was fit on, so that no figure is taken from them.

`champion.json` names the one that answers, `history` every one that did. Every file is written whole or not
at all.
"""

import hashlib
import os
import platform
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version as installed
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, cast

from models import audit, card, files, history
from models.card import Card, Champion, ModelUnavailable

if TYPE_CHECKING:
    from classifier.model import CallModel

CHAMPION: Final = "champion.json"
REMEDY: Final = "Fit a model with `heartline train --default`."
PATIENCE: Final = 10.0
"""For how many seconds to wait for somebody else who promotes."""


@dataclass(frozen=True, slots=True)
class Saved:
    """A model that lies in the store: its version, and its file."""

    version: str
    path: Path


def default_folder() -> Path:
    """Return the folder of models: `models` in `$HEARTLINE_DATA_DIR`, by default in `./heartline-data`."""
    return Path(os.environ.get("HEARTLINE_DATA_DIR") or "heartline-data") / "models"


def save(model: "CallModel", folder: Path, about: Mapping[str, Any], fitted_on: Iterable[str] = ()) -> Saved:
    """Save a fitted model. It answers nobody before it is promoted.

    Parameters
    ----------
    model : CallModel
        The fitted model.
    folder : Path
        Where models are kept; made if it is not there.
    about : mapping
        What to remember of it: the data, the rules, the figures. Plain JSON.
    fitted_on : iterable of str
        The notes it was fit on; only their digests are kept.

    Returns
    -------
    Saved
        Its version and its file. The same model saved twice is the same version.

    Raises
    ------
    models.audit.Refused
        If the model holds something that `load` would refuse.
    """
    content = audit.dumps(model)
    sha256 = hashlib.sha256(content).hexdigest()
    version = sha256[:12]
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{version}.pickle"
    files.write(path, content)
    digests = sorted({digest(note) for note in fitted_on})
    files.write(path.with_suffix(".notes"), "".join(f"{line}\n" for line in digests).encode())
    card.write(
        path.with_suffix(".json"),
        Card(
            version=version,
            sha256=sha256,
            size=len(content),
            created=datetime.now(UTC),
            heartline=installed("heartline"),
            python=platform.python_version(),
            numpy=installed("numpy"),
            scikit_learn=installed("scikit-learn"),
            about=dict(about),
        ),
    )
    return Saved(version, path)


def promote(
    folder: Path,
    version: str,
    *,
    by: str,
    why: str,
    override: str | None = None,
    failed: tuple[str, ...] = (),
) -> Champion:
    """Make a saved model the champion, in one step that a reader sees whole or not at all.

    Parameters
    ----------
    folder : Path
        Where models are kept.
    version : str
        A saved model.
    by, why : str
        Who promotes it, and for what reason.
    override, failed : str, tuple of str
        For what reason gates were overridden, and which.

    Returns
    -------
    Champion
        What `champion.json` now says.

    Raises
    ------
    ModelUnavailable
        If there is no such model, or it is damaged.
    models.history.Busy
        If somebody else promotes at this moment.
    """
    entry = _card(folder, version)
    _content(folder, entry)
    return _enthrone(folder, entry, by=by, why=why, override=override, failed=failed)


def rollback(folder: Path, *, by: str, why: str) -> Champion:
    """Bring back the champion before this one; once more, the one before that.

    Raises
    ------
    ModelUnavailable
        If there was none, or its file is damaged.
    models.history.Busy
        If somebody else promotes at this moment.
    """
    with history.alone(folder, wait=PATIENCE):
        now = read_champion(folder)
        history.note(folder, now)
        last = history.before(folder)
        if last is None:
            raise ModelUnavailable(f"No champion came before {now.version}; there is nothing to go back to.")
        entry = _card(folder, last.version)
        _content(folder, entry)
        return _enthrone(folder, entry, by=by, why=why, action="rolled back")


def load_champion(folder: Path) -> tuple["CallModel", str]:
    """Load the model that answers.

    Parameters
    ----------
    folder : Path
        Where models are kept.

    Returns
    -------
    tuple of CallModel and str
        The model and its version.

    Raises
    ------
    ModelUnavailable
        If there is no champion, or its file is missing, changed, cut short, fit with another scikit-learn,
        or holds what is no part of a model. Nothing of a file is unpickled before its checksum is right.
    """
    champion = read_champion(folder)
    entry = _card(folder, champion.version)
    if entry.sha256 != champion.sha256:
        raise ModelUnavailable(
            f"{folder / CHAMPION} and the card of {champion.version} disagree about the checksum. {REMEDY}"
        )
    return _load(folder, entry), champion.version


def load(folder: Path, version: str) -> "CallModel":
    """Load any saved model, champion or not; raises what `load_champion` raises."""
    return _load(folder, _card(folder, version))


def read_champion(folder: Path) -> Champion:
    """Read which model answers, without opening it; raises ModelUnavailable if none does."""
    path = folder / CHAMPION
    if not path.exists():
        raise ModelUnavailable(f"There is no champion in {folder}. {REMEDY}")
    return card.read(path, Champion, REMEDY)


def fitted_on(folder: Path, version: str) -> frozenset[str]:
    """Return the digests of the notes that a saved model was fit on; compare with `digest(note)`."""
    path = folder / f"{_card(folder, version).version}.notes"
    try:
        return frozenset(path.read_text("ascii").split())
    except OSError as error:
        raise ModelUnavailable(f"{path} cannot be read: {error.strerror}. {REMEDY}") from None


def digest(note: str) -> str:
    """Return what stands for a note in a `.notes` file; case and blanks do not change it."""
    plain = " ".join(note.lower().split())
    return hashlib.sha256(plain.encode("utf-8", "surrogatepass")).hexdigest()[:16]


def _enthrone(folder: Path, entry: Card, **said: Any) -> Champion:
    """Write the pointer, then the history; what a crash between the two leaves out is written next time."""
    with history.alone(folder, wait=PATIENCE):
        now = read_champion(folder) if _readable(folder) else None
        if now is not None:
            history.note(folder, now)
        champion = Champion(
            version=entry.version,
            sha256=entry.sha256,
            file=f"{entry.version}.pickle",
            at=datetime.now(UTC),
            before=None if now is None else now.version,
            **said,
        )
        card.write(folder / CHAMPION, champion)
        history.note(folder, champion)
    return champion


def _readable(folder: Path) -> bool:
    try:
        read_champion(folder)
    except ModelUnavailable:
        return False
    return True


def _card(folder: Path, version: str) -> Card:
    entry = card.read(folder / f"{version}.json", Card, REMEDY)
    if entry.version != version:
        raise ModelUnavailable(f"The card of {version} in {folder} speaks of {entry.version}. {REMEDY}")
    return entry


def _load(folder: Path, entry: Card) -> "CallModel":
    here = installed("scikit-learn")
    if entry.scikit_learn != here:
        raise ModelUnavailable(
            f"Model {entry.version} was fit with scikit-learn {entry.scikit_learn}, and {here} is installed. "
            f"{REMEDY}"
        )
    content = _content(folder, entry)
    try:
        model = audit.loads(content)
    except audit.Refused as error:
        raise ModelUnavailable(
            f"{folder / entry.version}.pickle {error}. It was not loaded. {REMEDY}"
        ) from None
    except Exception as error:  # a pickle can fail in any way, and the rules must still answer
        raise ModelUnavailable(
            f"{folder / entry.version}.pickle cannot be put together ({type(error).__name__}). {REMEDY}"
        ) from error
    return cast("CallModel", model)


def _content(folder: Path, entry: Card) -> bytes:
    """Read the model file once: these very bytes are checked, and these very bytes are unpickled."""
    path = folder / f"{entry.version}.pickle"
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        raise ModelUnavailable(f"{path} is missing. {REMEDY}") from None
    except OSError as error:
        raise ModelUnavailable(f"{path} cannot be read: {error.strerror}. {REMEDY}") from None
    if len(content) != entry.size:
        raise ModelUnavailable(
            f"{path} holds {len(content)} bytes, and {entry.size} were saved. It was not loaded. {REMEDY}"
        )
    if hashlib.sha256(content).hexdigest() != entry.sha256:
        raise ModelUnavailable(f"{path} is not the file that was saved. It was not loaded. {REMEDY}")
    return content
