"""One suggestion, as `CONTRACT.md` gives it to every caller: plain data, typed and with a JSON Schema."""

from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field, TypeAdapter, with_config
from typing_extensions import TypedDict

from classifier.terms import Acuity, AcuityName, By, Category, Confidence, Hazard, Kind, Status, Weapon

Probability = Annotated[float, Field(ge=0, le=1)]
Offset = Annotated[int, Field(ge=0)]

_closed = with_config(ConfigDict(extra="forbid"))


@_closed
class Evidence(TypedDict):
    """A stretch of the note that counted; `weight` is by how much the probability falls without it."""

    start: Offset
    end: Offset
    text: str
    weight: float


@_closed
class CategorySuggestion(TypedDict):
    """One of the four categories: what the model gives it, and whether it is suggested."""

    category: Category
    probability: Probability | None
    suggested: bool
    by: By | None
    confidence: Confidence | None
    evidence: list[Evidence]


@_closed
class AcuitySuggestion(TypedDict):
    """The level after the override, the model's own, and the levels that remain plausible."""

    level: Acuity | None
    name: AcuityName | None
    model_level: Acuity | None
    probabilities: Annotated[list[Probability], Field(min_length=4, max_length=4)] | None
    plausible: list[Acuity]
    floor: Acuity | None


@_closed
class Cue(TypedDict):
    """The words that decided a mention's status."""

    start: Offset
    end: Offset
    text: str


@_closed
class Mention(TypedDict):
    """A danger the note speaks of, and whether it says that it is so now."""

    hazard: Hazard
    status: Status
    start: Offset
    end: Offset
    text: str
    cue: Cue | None


@_closed
class Hit(TypedDict):
    """An asserted or possible danger: what the override acts on. Offsets are null for a keyed answer."""

    rule: str
    hazard: Hazard
    status: Literal["asserted", "possible"]
    start: Offset | None
    end: Offset | None
    text: str | None
    reason: str
    acuity_floor: Acuity
    source: Literal["note", "answer"]


@_closed
class Override(TypedDict):
    """`active` when the rules raised something above the model."""

    active: bool
    hits: list[Hit]


@_closed
class Instead(TypedDict):
    """What to send when the unit is not there, and why it is not."""

    unit: str
    reason: str


@_closed
class NotUnit(TypedDict):
    """A program considered before the unit, and the first reason against it."""

    unit: str
    reason: str


Response = TypedDict(
    "Response",
    {
        "unit": str | None,
        "kind": Kind | None,
        "also": list[str],
        "stage": bool,
        "available": bool | None,
        "instead": Instead | None,
        "because": list[str],
        "not": list[NotUnit],
        "follow_up": bool,
        "row": str | None,
    },
)
"""What suits the call by the city's policy: nothing is dispatched. (`not` is a Python keyword.)"""
Response.__pydantic_config__ = ConfigDict(extra="forbid")  # type: ignore[attr-defined]


@_closed
class Question(TypedDict):
    """A fact worth asking for, and the answers that have a key of their own."""

    fact: str
    question: str
    answers: list[str]


@_closed
class Versions(TypedDict):
    """What answered: each changes when its content does."""

    model: str | None
    rules: str
    policy: str
    heartline: str


@_closed
class Suggestion(TypedDict):
    """Everything Heartline says about one note."""

    schema: Literal[1]
    suggestion_id: str | None
    call_id: str | None
    categories: Annotated[list[CategorySuggestion], Field(min_length=4, max_length=4)]
    acuity: AcuitySuggestion
    weapon: Weapon
    override: Override
    mentions: list[Mention]
    response: Response
    ask: Annotated[list[Question], Field(max_length=3)]
    versions: Versions
    degraded: str | None
    recorded: Literal["stored", "spooled", "no"] | None
    elapsed_ms: float | None


def json_schema() -> dict[str, Any]:
    """Return the JSON Schema (draft 2020-12) of a suggestion, as shipped in `schema/suggestion-1.json`."""
    schema = TypeAdapter(Suggestion).json_schema()
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}
