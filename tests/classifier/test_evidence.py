"""Evidence is faithful: whoever deletes a span sees the probability fall by its weight."""

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from classifier.evidence import MOST, evidence, explain
from classifier.features import see
from classifier.model import CallModel, targets
from classifier.suggestion import Evidence
from classifier.terms import CATEGORIES

LEARNT = [
    {"note": f"{opening} {story}", "categories": [category] if category else [], "acuity": acuity}
    for opening in ("rp adv", "caller says", "MGR STATES", "wife of")
    for story, category, acuity in (
        ("male hears voices and wants to die", "mental_health", 3),
        ("woman refuses to leave the lobby", "trespass", 2),
        ("mother does not answer the phone, worried", "welfare_check", 2),
        ("man swings a machete in the road", "weapons_present", 4),
        ("music too loud next door", None, 1),
    )
]
WORDS = sorted(
    {word for record in LEARNT for word in str(record["note"]).split()}
    | {"…", "\N{PILE OF POO}", "İstanbul", "\n", "(", "x2"}
)
notes = st.lists(st.sampled_from(WORDS), max_size=25).map(" ".join)


@pytest.fixture(scope="module")
def model() -> CallModel:
    return CallModel(folds=3).fit([str(record["note"]) for record in LEARNT], targets(LEARNT))


def explained(model: CallModel, note: str, categories: list[int]) -> list[list[Evidence]]:
    return explain(model, see(note), categories, model.predict_proba([note])[0][0])


@given(note=notes, category=st.integers(0, 3))
@settings(max_examples=150, deadline=None)
def test_a_weight_is_what_the_probability_loses_without_the_span(
    model: CallModel, note: str, category: int
) -> None:
    before = model.predict_proba([note])[0][0, category]
    for span in evidence(model, note, category):
        after = model.predict_proba([note[: span["start"]] + note[span["end"] :]])[0][0, category]
        assert span["weight"] == pytest.approx(before - after, abs=1e-5)
        assert span["weight"] > 0


@given(note=notes | st.text(max_size=60), category=st.integers(0, 3))
@settings(max_examples=150, deadline=None)
def test_spans_lie_in_the_note_apart_from_each_other_at_most_five_strongest_first(
    model: CallModel, note: str, category: int
) -> None:
    spans = evidence(model, note, category)
    assert len(spans) <= MOST
    assert all(note[span["start"] : span["end"]] == span["text"] for span in spans)
    assert [span["weight"] for span in spans] == sorted((span["weight"] for span in spans), reverse=True)
    ordered = sorted(spans, key=lambda span: span["start"])
    assert all(left["end"] <= right["start"] for left, right in pairwise(ordered))


def test_the_words_that_say_it_are_found(model: CallModel) -> None:
    spans = evidence(model, "caller says İ male hears voices now", CATEGORIES.index("mental_health"))
    assert "voices" in spans[0]["text"]


def test_neighboring_words_are_shown_as_one_phrase(model: CallModel) -> None:
    spans = evidence(model, "rp adv woman refuses to leave the lobby", CATEGORIES.index("trespass"))
    assert any(len(span["text"].split()) > 1 for span in spans)


def test_several_categories_at_once_are_explained_as_one_by_one(model: CallModel) -> None:
    note = "wife of man swings a machete and wants to die"
    both = explained(model, note, [0, 3])
    assert [[span["text"] for span in spans] for spans in both] == [
        [span["text"] for span in evidence(model, note, category)] for category in (0, 3)
    ]


@pytest.mark.parametrize("note", ["", " ", "...", "zzz"])
def test_a_note_that_says_nothing_known_has_no_evidence(model: CallModel, note: str) -> None:
    assert explained(model, note, [0, 1, 2, 3]) == [[], [], [], []]
