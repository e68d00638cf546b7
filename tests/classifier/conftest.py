"""What a note says by the rules alone, where a test stands in for the model."""

from collections.abc import Callable, Collection

import pytest

from classifier.policy import default_policy
from classifier.reading import read
from classifier.recommender import _hits
from classifier.request import Answers
from classifier.rules import default_rules
from classifier.situation import answer_hits, situation
from classifier.terms import CATEGORIES, CATEGORY_OF_HAZARD
from classifier.weapon import weapon_status


@pytest.fixture
def situation_of() -> Callable[..., dict[str, str]]:
    """Put together what is true of a note; `model` gives categories, acuity and states as a model would."""

    def of(note: str, model: Collection[str], answers: Answers | None = None) -> dict[str, str]:
        answers = answers or Answers()
        found = default_rules().read(read(note))
        hits = _hits(note, found) + answer_hits(answers)
        levels = [int(term[-1]) for term in model if term.startswith("acuity_")]
        levels += [hit["acuity_floor"] for hit in hits]
        by_rules = {CATEGORY_OF_HAZARD.get(hit["hazard"]) for hit in hits}
        return situation(
            found=found,
            note=note,
            categories=[category for category in CATEGORIES if category in model or category in by_rules],
            acuity=max(levels, default=None),
            weapon="present" if answers.weapon == "present" else weapon_status(found),
            hits=hits,
            answers=answers,
            call_type=None,
            policy=default_policy(),
            degraded="degraded" in model,
            familiar=not {"fragment", "other_language"} & set(model),
        )

    return of
