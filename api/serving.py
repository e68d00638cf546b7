"""What answers at this moment: the champion with rules and policy, or rules and policy alone."""

import logging
from pathlib import Path
from typing import TYPE_CHECKING

import anyio
import anyio.to_thread

from api.problems import where
from classifier.recommender import Recommender
from models import store
from models.card import ModelUnavailable

if TYPE_CHECKING:
    from classifier.model import CallModel

SELF_TEST = "RP ADV M 30S YELLING AT PPL IN LOBBY, HAS KNIFE IN HAND, HX SCHIZOPHRENIA, REFUSING TO LEAVE"

log = logging.getLogger("heartline")


class Serving:
    """Holds the recommender that answers, and replaces it whole when another model is promoted.

    A new model is loaded, tried on a note, and only then takes over; one that is refused changes nothing but
    `trouble`, and the one before stays.

    Parameters
    ----------
    models : Path
        The store's folder.

    Attributes
    ----------
    recommender : Recommender
        What answers.
    trouble : str or None
        Why the champion does not answer, for operators.
    """

    def __init__(self, models: Path) -> None:
        self._models = models
        self._seen: frozenset[object] | None = None
        self.recommender = Recommender(why_degraded="no model")
        self.trouble: str | None = None
        self.refresh()

    def refresh(self) -> None:
        """Load the champion if a file of the store changed since the last look."""
        seen = _stamps(self._models)
        if seen == self._seen:
            return
        self._seen = seen
        try:
            self.recommender = _tried(*store.load_champion(self._models))
        except ModelUnavailable as error:
            self.trouble = str(error)
            if self.recommender.model is None and (self._models / store.CHAMPION).exists():
                self.recommender = Recommender(why_degraded="model refused")
            log.warning("%s", error)
        else:
            self.trouble = None
            log.info("model %s answers", self.recommender.model_version)

    async def watch(self, seconds: float) -> None:
        """Look for another champion again and again."""
        while True:
            await anyio.sleep(seconds)
            try:
                await anyio.to_thread.run_sync(self.refresh)
            except Exception as error:
                log.error("looking for another model failed: %s", where(error))


def _tried(model: "CallModel", version: str) -> Recommender:
    recommender = Recommender(model, model_version=version)
    degraded = recommender.suggest(SELF_TEST)["degraded"]
    if degraded is not None:
        raise ModelUnavailable(
            f"Model {version} was loaded and failed on a note it was tried on: {degraded}."
        )
    return recommender


def _stamps(folder: Path) -> frozenset[object]:
    """Return what tells one content of the folder from another without reading it."""
    stamps = set()
    for path in folder.glob("*"):
        try:
            status = path.stat()
        except FileNotFoundError:  # replaced between the listing and now
            continue
        stamps.add((path.name, status.st_ino, status.st_size, status.st_mtime_ns))
    return frozenset(stamps)
