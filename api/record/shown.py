"""What is recorded of a suggestion: all of it, without a word of the note.

Offsets stay: they say where something stood, not what. Reasons lose what they quote.
"""

import hashlib
import re
from collections.abc import Mapping
from typing import Annotated, Any, Final, NotRequired

import orjson
from pydantic import ConfigDict, Field, with_config
from typing_extensions import TypedDict

from classifier.suggestion import AcuitySuggestion, Suggestion, Versions
from classifier.terms import RAISING, STATUSES, By, Category, Confidence, Hazard, Kind, Status, Weapon

_closed = with_config(ConfigDict(extra="forbid"))


@_closed
class ShownEvidence(TypedDict):
    """Where a stretch stood that counted, and how much."""

    start: int
    end: int
    weight: float


@_closed
class ShownCategory(TypedDict):
    """A category as it was suggested."""

    category: Category
    probability: NotRequired[float | None]
    suggested: bool
    by: NotRequired[By | None]
    confidence: NotRequired[Confidence | None]
    evidence: list[ShownEvidence]


@_closed
class ShownHit(TypedDict):
    """A danger that the override acted on; the rule's reason follows from its id and the rules' version."""

    rule: str
    hazard: Hazard
    status: Status
    start: NotRequired[int | None]
    end: NotRequired[int | None]
    acuity_floor: int
    source: str


@_closed
class ShownMention(TypedDict):
    """A danger that the note spoke of, and where."""

    hazard: Hazard
    status: Status
    start: int
    end: int
    cue: NotRequired[list[int] | None]


@_closed
class ShownReason(TypedDict):
    """A unit and the reason against the one before it."""

    unit: str
    reason: str


ShownResponse = TypedDict(
    "ShownResponse",
    {
        "unit": NotRequired[str | None],
        "kind": NotRequired[Kind | None],
        "also": list[str],
        "stage": bool,
        "available": NotRequired[bool | None],
        "instead": NotRequired[ShownReason | None],
        "because": list[str],
        "not": list[ShownReason],
        "follow_up": bool,
        "row": NotRequired[str | None],
    },
)
ShownResponse.__pydantic_config__ = ConfigDict(extra="forbid")  # type: ignore[attr-defined]


@_closed
class ShownAcuity(TypedDict):
    """The level, how sure, and what raised it."""

    level: NotRequired[int | None]
    name: NotRequired[str | None]
    model_level: NotRequired[int | None]
    probabilities: NotRequired[list[float] | None]
    plausible: list[int]
    floor: NotRequired[int | None]


@_closed
class ShownVersions(TypedDict):
    """What answered."""

    model: NotRequired[str | None]
    rules: str
    policy: str
    heartline: str


@_closed
class Shown(TypedDict):
    """A suggestion without text of the note."""

    categories: Annotated[list[ShownCategory], Field(min_length=4, max_length=4)]
    acuity: ShownAcuity
    weapon: Weapon
    active: bool
    hits: list[ShownHit]
    mentions: list[ShownMention]
    response: ShownResponse
    ask: list[str]
    versions: ShownVersions
    degraded: NotRequired[str | None]


def shown(suggestion: Suggestion) -> Shown:
    """Return what is recorded of a suggestion."""
    response = suggestion["response"]
    instead = response["instead"]
    return {
        "categories": [
            {
                "category": each["category"],
                "probability": each["probability"],
                "suggested": each["suggested"],
                "by": each["by"],
                "confidence": each["confidence"],
                "evidence": [_without_text(stretch) for stretch in each["evidence"]],
            }
            for each in suggestion["categories"]
        ],
        "acuity": _acuity(suggestion["acuity"]),
        "weapon": suggestion["weapon"],
        "active": suggestion["override"]["active"],
        "hits": [
            {
                "rule": hit["rule"],
                "hazard": hit["hazard"],
                "status": hit["status"],
                "start": hit["start"],
                "end": hit["end"],
                "acuity_floor": hit["acuity_floor"],
                "source": hit["source"],
            }
            for hit in suggestion["override"]["hits"]
        ],
        "mentions": [
            {
                "hazard": mention["hazard"],
                "status": mention["status"],
                "start": mention["start"],
                "end": mention["end"],
                "cue": None if mention["cue"] is None else [mention["cue"]["start"], mention["cue"]["end"]],
            }
            for mention in suggestion["mentions"]
        ],
        "response": {
            "unit": response["unit"],
            "kind": response["kind"],
            "also": response["also"],
            "stage": response["stage"],
            "available": response["available"],
            "instead": instead and {"unit": instead["unit"], "reason": unquoted(instead["reason"])},
            "because": [unquoted(reason) for reason in response["because"]],
            "not": [{"unit": no["unit"], "reason": unquoted(no["reason"])} for no in response["not"]],
            "follow_up": response["follow_up"],
            "row": response["row"],
        },
        "ask": [question["fact"] for question in suggestion["ask"]],
        "versions": _versions(suggestion["versions"]),
        "degraded": suggestion["degraded"],
    }


QUOTED: Final = re.compile(r' — ".*"| \((?!answered\b|\d\d?:\d\d\)).*\)', re.DOTALL)


def unquoted(reason: str) -> str:
    """Return a policy's reason without what it quotes of the note or of the call's type."""
    return QUOTED.sub("", reason)


def change_of(suggestion: Shown, mode: str) -> bytes:
    """Return a hash that is another one when somebody at the screen would see another suggestion.

    Probabilities move with every key; what follows from them is what counts.
    """
    response = suggestion["response"]
    seen: list[Any] = [
        mode,
        [[each["suggested"], each.get("by"), each.get("confidence")] for each in suggestion["categories"]],
        [suggestion["acuity"].get(name) for name in ("level", "plausible", "floor")],
        suggestion["weapon"],
        suggestion["active"],
        sorted({(hit["rule"], hit["status"], hit["source"]) for hit in suggestion["hits"]}),
        sorted({(mention["hazard"], mention["status"]) for mention in suggestion["mentions"]}),
        dict(response),
        suggestion["ask"],
        suggestion["versions"],
        suggestion.get("degraded"),
    ]
    return hashlib.sha256(orjson.dumps(seen, option=orjson.OPT_SORT_KEYS)).digest()


Dangers = Mapping[Hazard, Status]

GRAVITY: Final[Mapping[Status, int]] = {
    status: rank
    for rank, status in enumerate(
        ("other", "negated", "corrected", "historical", "unknown", "possible", "asserted")
    )
    if status in STATUSES
}


def dangers(suggestion: Shown) -> dict[Hazard, Status]:
    """Return how each danger stands that the note or an answer speaks of: by its gravest mention."""
    found: dict[Hazard, Status] = {}
    for hazard, status in (
        *((mention["hazard"], mention["status"]) for mention in suggestion["mentions"]),
        *((hit["hazard"], hit["status"]) for hit in suggestion["hits"]),
    ):
        if hazard not in found or GRAVITY[status] > GRAVITY[found[hazard]]:
            found[hazard] = status
    return found


def is_raising(status: Status | None) -> bool:
    """Return whether a danger of this status counts as there."""
    return status in RAISING


def _without_text(stretch: Mapping[str, Any]) -> ShownEvidence:
    return {"start": stretch["start"], "end": stretch["end"], "weight": stretch["weight"]}


def _acuity(acuity: AcuitySuggestion) -> ShownAcuity:
    return {
        "level": acuity["level"],
        "name": acuity["name"],
        "model_level": acuity["model_level"],
        "probabilities": acuity["probabilities"],
        "plausible": list(acuity["plausible"]),
        "floor": acuity["floor"],
    }


def _versions(versions: Versions) -> ShownVersions:
    return {
        "model": versions["model"],
        "rules": versions["rules"],
        "policy": versions["policy"],
        "heartline": versions["heartline"],
    }
