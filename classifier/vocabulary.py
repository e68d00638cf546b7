"""Every term that may be true of a call: what rules give, what policies and questions ask for."""

from functools import lru_cache
from pathlib import Path
from typing import Annotated, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, RootModel

from classifier import yamlfile
from classifier.request import Answers
from classifier.terms import CATEGORIES, HAZARDS, WEAPON, Hazard

VOCABULARY: Final = Path(__file__).with_name("vocabulary.yaml")

ACUITY_TERMS: Final = tuple(f"acuity_{level}" for level in (1, 2, 3, 4))
WEAPON_TERMS: Final = tuple(f"weapon_{status}" for status in WEAPON)
HEDGED_TERMS: Final = tuple(f"hedged_{hazard}" for hazard in HAZARDS)
"""A danger of which every word is hedged: it may be so, it is not confirmed."""

STATE_TERMS: Final = ("degraded", "fragment", "other_language")
"""Why there may be too little to go by: no model answered; too few words; not English."""


ANSWERED_TERMS: Final = tuple(f"answered_{fact}" for fact in Answers.model_fields)
"""What has been asked and answered by key already."""


class Fact(BaseModel):
    """What a fact means, and what can give it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    means: Annotated[str, Field(min_length=1)]
    sources: tuple[Hazard | Literal["facts", "answer", "call_type", "situation"], ...] = Field(
        alias="from", min_length=1
    )


class _Facts(RootModel[dict[Annotated[str, Field(pattern=r"^[a-z][a-z_]*$")], Fact]]):
    """The content of `vocabulary.yaml`."""


@lru_cache(maxsize=1)
def facts() -> dict[str, Fact]:
    """Return every fact by its name, in the order of `vocabulary.yaml`."""
    return yamlfile.load(VOCABULARY, _Facts).root


@lru_cache(maxsize=1)
def terms() -> tuple[str, ...]:
    """Return every term: hazards, categories, acuity levels, weapon statuses, hedges, states and facts."""
    return (
        *HAZARDS,
        *CATEGORIES,
        *ACUITY_TERMS,
        *WEAPON_TERMS,
        *HEDGED_TERMS,
        *STATE_TERMS,
        *ANSWERED_TERMS,
        *facts(),
    )
