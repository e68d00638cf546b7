"""One note in, one suggestion out: what the contract promises, through the one door."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from pydantic import ValidationError

from classifier import Recommender
from classifier.model import CallModel, targets
from classifier.suggestion import Suggestion, json_schema
from classifier.terms import ACUITY_NAMES, CATEGORIES

VALID = Draft202012Validator(json_schema())
DANGER = " .. MALE NOW HAS A GUN IN HIS HAND"
FRAGMENTS = [
    "RP ADV MALE IN LOBBY",
    "has a knife",
    "no weapons seen",
    "wpns? unk",
    "[14:02] pulled a knife",
    "[14:05] no knife, was a spoon",
    "denies si",
    "not breathing",
    "smoke from the kitchen",
    "🔪",
    "İstanbul",
    "used to own guns",
    "\n",
    "  ",
]
notes = st.lists(st.sampled_from(FRAGMENTS) | st.text(max_size=30), min_size=1, max_size=6).map(" ".join)


@pytest.fixture(scope="module")
def model() -> CallModel:
    """A small model: what it learnt does not matter here, only that the rules stand beside it."""
    texts = [
        f"{note} {number}"
        for number in range(20)
        for note in (
            "male with knife in the store",
            "sleeping in the doorway",
            "hearing voices",
            "noise complaint",
        )
    ]
    labels: list[dict[str, Any]] = [
        {"categories": ["weapons_present"], "acuity": 4, "weapon": "present", "hazards": ["weapon"]},
        {"categories": ["trespass"], "acuity": 2, "weapon": "none", "hazards": []},
        {"categories": ["mental_health"], "acuity": 3, "weapon": "none", "hazards": []},
        {"categories": [], "acuity": 1, "weapon": "none", "hazards": []},
    ] * 20
    return CallModel(folds=3).fit(texts, targets(labels), [str(number % 5) for number in range(80)])


@pytest.fixture(scope="module", params=["rules alone", "model and rules"])
def recommender(request: pytest.FixtureRequest, model: CallModel) -> Recommender:
    if request.param == "rules alone":
        return Recommender()
    return Recommender(model, model_version="test")


def readable(note: str) -> bool:
    return bool(note.strip())


@settings(max_examples=150, deadline=None)
@given(note=notes.filter(readable))
def test_any_note_gives_a_suggestion_of_the_contract(recommender: Recommender, note: str) -> None:
    suggestion = recommender.suggest(note)
    VALID.validate(suggestion)
    assert [c["category"] for c in suggestion["categories"]] == list(CATEGORIES)
    for part in spans(suggestion):
        assert 0 <= part["start"] <= part["end"] <= len(note)
        assert note[part["start"] : part["end"]] == part["text"]


@settings(max_examples=50, deadline=None)
@given(batch=st.lists(notes.filter(readable), max_size=6), evidence=st.booleans())
def test_many_notes_at_once_are_answered_as_one_by_one(
    recommender: Recommender, batch: list[str], evidence: bool
) -> None:
    assert recommender.suggest_many(batch, evidence=evidence) == [
        recommender.suggest(note, evidence=evidence) for note in batch
    ]


@settings(max_examples=100, deadline=None)
@given(note=notes.filter(readable))
def test_the_override_never_lowers(recommender: Recommender, note: str) -> None:
    suggestion = recommender.suggest(note)
    acuity, hits = suggestion["acuity"], suggestion["override"]["hits"]
    assert acuity["floor"] == max((hit["acuity_floor"] for hit in hits), default=None)
    known = [level for level in (acuity["model_level"], acuity["floor"]) if level is not None]
    assert acuity["level"] == (max(known) if known else None)
    assert acuity["name"] == (ACUITY_NAMES[acuity["level"] - 1] if acuity["level"] else None)
    assert acuity["level"] is None or acuity["level"] in acuity["plausible"]


@settings(max_examples=100, deadline=None)
@given(note=notes.filter(readable))
def test_appending_a_danger_lists_it_and_never_lowers_the_floor(recommender: Recommender, note: str) -> None:
    before, after = recommender.suggest(note), recommender.suggest(note + DANGER)
    assert (after["acuity"]["floor"] or 0) >= (before["acuity"]["floor"] or 0)
    assert any(h["hazard"] == "weapon" and (h["start"] or 0) >= len(note) for h in after["override"]["hits"])


@settings(max_examples=100, deadline=None)
@given(note=notes.filter(readable))
def test_ascii_case_changes_no_hit(recommender: Recommender, note: str) -> None:
    plain = "".join(c for c in note if c.isascii()) + " knife"
    hits = [
        [
            (h["rule"], h["status"], h["start"], h["end"])
            for h in recommender.suggest(form)["override"]["hits"]
        ]
        for form in (plain.upper(), plain.lower(), plain.swapcase())
    ]
    assert hits[0] == hits[1] == hits[2]


@settings(max_examples=50, deadline=None)
@given(note=notes.filter(readable))
def test_the_same_note_gives_the_same_suggestion(recommender: Recommender, note: str) -> None:
    assert recommender.suggest(note) == recommender.suggest(note)


@settings(max_examples=50, deadline=None)
@given(note=st.sampled_from(["male has a knife", "she has a gun in her hand", "RP says he's armed"]))
def test_a_later_denial_in_running_text_retracts_nothing(recommender: Recommender, note: str) -> None:
    suggestion = recommender.suggest(f"{note} no weapons seen")
    assert suggestion["weapon"] == "present"
    assert suggestion["override"]["hits"]


def test_a_hit_suggests_its_category(recommender: Recommender) -> None:
    suggestion = recommender.suggest("male has a knife in his hand")
    weapons = suggestion["categories"][3]
    assert suggestion["weapon"] == "present"
    assert weapons["suggested"]
    assert weapons["by"] in {"rules", "both"}
    assert suggestion["acuity"]["floor"] == 4


def test_a_denied_weapon_is_not_suggested_whatever_the_score(model: CallModel) -> None:
    suggestion = Recommender(model).suggest("male in the store, no knife, no weapons")
    assert suggestion["weapon"] == "denied"
    assert not suggestion["categories"][3]["suggested"]


def test_a_score_without_a_word_of_weapons_is_unknown_and_asked_for_first(model: CallModel) -> None:
    class Sure(CallModel):  # a model that is sure of weapons, whatever stands there
        def judge(self, seen: Any) -> Any:
            verdicts = super().judge(seen)
            verdicts.categories[:, 3] = 0.99
            return verdicts

    sure = Sure(folds=3)
    sure.__dict__.update(model.__dict__)
    suggestion = Recommender(sure).suggest("male yelling in the store, wants somebody to come")
    weapons = suggestion["categories"][3]
    assert (weapons["suggested"], weapons["by"], suggestion["weapon"]) == (True, "model", "unknown")
    assert suggestion["ask"][0]["fact"] == "weapon"


def test_a_timed_entry_corrects_an_earlier_one_and_both_stay_visible(recommender: Recommender) -> None:
    suggestion = recommender.suggest("[14:02] male has a knife\n[14:05] no knife, no weapons")
    statuses = [m["status"] for m in suggestion["mentions"] if m["hazard"] == "weapon"]
    assert statuses[0] == "corrected"
    assert not [h for h in suggestion["override"]["hits"] if h["hazard"] == "weapon"]


def test_an_answer_that_asserts_a_danger_is_a_hit_without_offsets(recommender: Recommender) -> None:
    suggestion = recommender.suggest({"note": "male yelling in lobby", "answers": {"weapon": "present"}})
    (hit,) = [h for h in suggestion["override"]["hits"] if h["hazard"] == "weapon"]
    assert (hit["source"], hit["start"], hit["end"], hit["text"]) == ("answer", None, None, None)
    assert suggestion["weapon"] == "present"


def test_an_answer_never_removes_a_hit(recommender: Recommender) -> None:
    request = {"note": "male has a knife", "answers": {"weapon": "denied_first_hand"}}
    suggestion = recommender.suggest(request)
    assert suggestion["weapon"] == "present"
    assert suggestion["override"]["hits"]


def test_without_a_model_rules_and_policy_answer_and_it_says_so() -> None:
    suggestion = Recommender().suggest("male has a gun in his hand")
    assert suggestion["degraded"] == "no model"
    assert suggestion["response"]["unit"] == "police"
    assert all(c["probability"] is None and c["confidence"] is None for c in suggestion["categories"])
    assert suggestion["acuity"]["model_level"] is None
    assert suggestion["acuity"]["level"] == 4


def test_without_a_model_and_without_a_hit_the_call_taker_decides() -> None:
    suggestion = Recommender().suggest("loud music since midnight, caller wants it stopped")
    assert suggestion["response"]["unit"] == "call_taker"
    assert suggestion["acuity"]["level"] is None


def test_a_model_that_fails_leaves_the_rules_answering(model: CallModel) -> None:
    class Failing(CallModel):
        def judge(self, seen: Any) -> Any:
            raise ArithmeticError("the note must not be in here")

    failing = Failing()
    failing.__dict__.update(model.__dict__)
    suggestion = Recommender(failing).suggest("male has a knife")
    assert suggestion["degraded"] == "the model failed (ArithmeticError): rules and policy alone"
    assert suggestion["override"]["hits"]


def test_a_note_too_long_for_the_model_is_answered_by_rules(model: CallModel) -> None:
    suggestion = Recommender(model).suggest("male has a knife. " + "nothing new. " * 2_000)
    assert suggestion["degraded"] is not None
    assert suggestion["override"]["hits"]


@pytest.mark.parametrize(
    ("request_", "field"),
    [
        ({"note": "  "}, "note"),
        ({}, "note"),
        ({"note": "a" * 100_001}, "note"),
        ({"note": "a \ud800 b"}, "note"),
        ({"note": "a", "at": "2026-07-04T22:10:00"}, "at"),
        ({"note": "a", "color": "red"}, "color"),
        ({"note": "a", "answers": {"weapon": "maybe"}}, "answers"),
        ({"note": "a", "location": {"lat": 91, "lon": 0}}, "location"),
    ],
)
def test_a_request_out_of_form_is_refused_by_its_field(
    recommender: Recommender, request_: dict[str, Any], field: str
) -> None:
    with pytest.raises(ValidationError) as refused:
        recommender.suggest(request_)
    assert refused.value.errors()[0]["loc"][0] == field


def spans(suggestion: Suggestion) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = [e for c in suggestion["categories"] for e in c["evidence"]]  # type: ignore[misc]
    for mention in suggestion["mentions"]:
        found.append(mention)  # type: ignore[arg-type]
        if mention["cue"]:
            found.append(mention["cue"])  # type: ignore[arg-type]
    found += [h for h in suggestion["override"]["hits"] if h["start"] is not None]  # type: ignore[misc]
    return found
