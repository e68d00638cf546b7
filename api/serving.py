"""What answers at this moment: champion, rules and policy; or rules and policy alone."""

import logging
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import anyio
import anyio.to_thread

from api.problems import where
from api.record.events import Mode
from classifier.policy import ResponsePolicy, default_policy
from classifier.recommender import Recommender
from classifier.rules import SafetyRules, default_rules
from classifier.terms import Category
from classifier.yamlfile import FileError
from models import center, store
from models.card import ModelUnavailable

if TYPE_CHECKING:
    from classifier.model import CallModel

Loaded = TypeVar("Loaded")

RULES_ONLY = "rules only"
SELF_TEST = "RP ADV M 30S YELLING AT PPL IN LOBBY, HAS KNIFE IN HAND, HX SCHIZOPHRENIA, REFUSING TO LEAVE"

log = logging.getLogger("heartline")


class Serving:
    """Holds the recommender that answers, and replaces it whole when model, rules or policy are changed.

    What is new is loaded, tried, and only then takes over; what is refused changes nothing but `trouble`, and
    the one before stays.

    Parameters
    ----------
    data_dir : Path
        Holds the store of models (`models`), and perhaps a center's own `rules`, `policy` and `rates`.

    Attributes
    ----------
    recommender : Recommender
        What answers.
    """

    def __init__(self, data_dir: Path) -> None:
        self._data_dir = data_dir
        self._seen: dict[str, frozenset[object]] = {}
        self._troubles: dict[str, str] = {}
        self._model: CallModel | None = None
        self._model_version: str | None = None
        self._why_degraded = "no model"
        self._rates: dict[Category, float] = {}
        self._rules, self._policy = default_rules(), default_policy()
        self.recommender = Recommender(why_degraded=self._why_degraded)
        self._rules_only = Recommender(why_degraded=RULES_ONLY)
        self.refresh()

    @property
    def trouble(self) -> str | None:
        """Why something does not answer that should, for operators."""
        return "\n".join(self._troubles.values()) or None

    def refresh(self) -> None:
        """Load what changed since the last look."""
        changed = [
            self._changed("rules") and self._load_rules(),
            self._changed("policy") and self._load_policy(),
            self._changed("rates") and self._load_rates(),
            self._changed("models") and self._load_model(),
        ]
        if any(changed):
            self.recommender = Recommender(
                None if self._model is None else self._model.at_rates(self._rates),
                model_version=self._model_version,
                why_degraded=self._why_degraded,
                rules=self._rules,
                policy=self._policy,
            )
            self._rules_only = Recommender(why_degraded=RULES_ONLY, rules=self._rules, policy=self._policy)

    def answering(self, mode: Mode) -> Recommender:
        """Return what answers in a mode."""
        return self._rules_only if mode == "rules_only" else self.recommender

    async def watch(self, seconds: float) -> None:
        """Look for changes again and again."""
        while True:
            await anyio.sleep(seconds)
            try:
                await anyio.to_thread.run_sync(self.refresh)
            except Exception as error:
                log.error("looking for a change of model, rules or policy failed: %s", where(error))

    def _changed(self, folder: str) -> bool:
        stamps = _stamps(self._data_dir / folder)
        if stamps == self._seen.get(folder):
            return False
        self._seen[folder] = stamps
        return True

    def _load_rules(self) -> bool:
        loaded = self._tried("rules", lambda: _answering_rules(center.rules(self._data_dir)))
        self._rules = loaded or self._rules
        return loaded is not None

    def _load_policy(self) -> bool:
        loaded = self._tried("policy", lambda: _answering_policy(center.policy(self._data_dir)))
        self._policy = loaded or self._policy
        return loaded is not None

    def _load_rates(self) -> bool:
        loaded = self._tried("rates", lambda: center.rates(self._data_dir))
        self._rates = self._rates if loaded is None else loaded
        return loaded is not None

    def _load_model(self) -> bool:
        models = self._data_dir / "models"
        loaded = self._tried("model", lambda: _answering_model(*store.load_champion(models)))
        if loaded is not None:
            self._model, self._model_version = loaded
            return True
        if self._model is None and (models / store.CHAMPION).exists():
            self._why_degraded = "model refused"
        return self._model is None

    def _tried(self, what: str, load: Callable[[], Loaded]) -> Loaded | None:
        """Return what was loaded, or note why it was refused."""
        try:
            loaded = load()
        except (ModelUnavailable, FileError) as error:
            self._troubles[what] = str(error)
            log.warning("%s", error)
            return None
        if self._troubles.pop(what, None):
            log.info("%s answers again", what)
        return loaded


def _answering_model(model: "CallModel", version: str) -> "tuple[CallModel, str]":
    degraded = Recommender(model, model_version=version).suggest(SELF_TEST)["degraded"]
    if degraded is not None:
        raise ModelUnavailable(
            f"Model {version} was loaded and failed on a note it was tried on: {degraded}."
        )
    log.info("model %s answers", version)
    return model, version


def _answering_rules(rules: SafetyRules) -> SafetyRules:
    """A center may switch rules off; that a knife in hand is no danger any more is a mistake."""
    if not any(
        hit["hazard"] == "weapon" for hit in Recommender(rules=rules).suggest(SELF_TEST)["override"]["hits"]
    ):
        raise FileError(f"The rules were loaded, and read no weapon in {SELF_TEST!r}.")
    return rules


def _answering_policy(policy: ResponsePolicy) -> ResponsePolicy:
    if Recommender(policy=policy).suggest(SELF_TEST)["response"]["kind"] in (
        "unarmed_team",
        "phone_clinician",
    ):
        raise FileError("The policy was loaded, and sends a team without police to a knife in hand.")
    return policy


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
