"""What is worth asking, and what an answer makes of a call."""

from itertools import product
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter

from classifier.ask import MOST, ask
from classifier.condition import Condition
from classifier.policy import default_policy
from classifier.questions import QUESTIONS, QuestionFile, questions
from classifier.recommender import Recommender
from classifier.request import Answers, Request
from classifier.situation import answer_hits, answer_terms, with_answer
from classifier.suggestion import Hit, Question
from classifier.terms import LEAST_ACUITY
from classifier.vocabulary import ACUITY_TERMS, WEAPON_TERMS, terms
from classifier.yamlfile import FileError, load

POLICY = default_policy()
free = sorted(set(terms()) - {*ACUITY_TERMS, *WEAPON_TERMS})
situations = st.builds(
    lambda some, acuity, weapon: dict.fromkeys([*some, acuity, weapon], ""),
    st.lists(st.sampled_from(free), max_size=10, unique=True),
    st.sampled_from(ACUITY_TERMS),
    st.sampled_from(WEAPON_TERMS),
)


def asked(*true: str) -> list[str]:
    return [question["fact"] for question in ask(dict.fromkeys(true, ""), POLICY)]


@pytest.mark.parametrize(
    ("true", "first"),
    [
        (["trespass", "acuity_2", "weapon_none"], "weapon"),
        (["trespass", "acuity_2", "weapon_unknown"], "weapon"),
        (["mental_health", "acuity_2", "self_calling", "weapon_none"], "weapon"),
        (["mental_health", "acuity_3", "suicidal", "weapon_none"], "weapon"),
        (["weapons_present", "model_weapon", "acuity_3", "weapon_unknown"], "weapon"),
        (["verbal_disturbance", "acuity_2", "weapon_none"], "weapon"),
        (["mental_health", "acuity_3", "suicidal", "weapon_denied", "denied_first_hand"], "means"),
        (["fragment", "weapon_none"], "what"),
        (["fragment", "model_weapon", "weapons_present", "weapon_unknown"], "weapon"),
        (["violence", "mental_health", "acuity_3", "weapon_denied"], "fight"),
        (["mental_health", "family_calling", "acuity_2", "weapon_denied"], "will_talk"),
    ],
)
def test_what_would_change_the_response_most_is_asked_first(true: list[str], first: str) -> None:
    assert asked(*true)[0] == first


@pytest.mark.parametrize(
    ("true", "fact"),
    [
        (["trespass", "acuity_2", "weapon_denied"], "weapon"),
        (["trespass", "acuity_3", "weapon_present", "weapon", "weapons_present"], "weapon"),
        (["trespass", "acuity_2", "weapon_none", "answered_weapon"], "weapon"),
        (["welfare_check", "acuity_3", "weapon_none", "missing"], "person"),
        (["welfare_check", "acuity_3", "weapon_none", "located"], "person"),
        (["violence", "acuity_4", "blows_now"], "fight"),
        (["weapon", "acuity_3", "hurt"], "hurt"),
        (["mental_health", "acuity_2", "will_talk", "weapon_denied"], "will_talk"),
        (["mental_health", "acuity_2", "wont_talk", "weapon_denied"], "will_talk"),
        (["mental_health", "acuity_3", "suicidal", "means_at_hand", "weapon_denied"], "means"),
        (["verbal_disturbance", "domestic", "acuity_2", "weapon_denied"], "domestic"),
    ],
)
def test_what_is_known_is_not_asked_again(true: list[str], fact: str) -> None:
    assert fact not in asked(*true)


@pytest.mark.parametrize(
    "true",
    [
        ["acuity_1", "weapon_none"],
        ["acuity_2", "weapon_none"],
        ["trespass", "acuity_1", "weapon_none"],
        ["medical", "acuity_4", "weapon_none"],
        ["fire", "acuity_3", "weapon_none"],
        ["degraded", "weapon_none"],
    ],
)
def test_nothing_is_asked_where_no_answer_would_change_who_goes(true: list[str]) -> None:
    assert asked(*true) == []


def test_with_too_little_to_say_one_question_is_asked() -> None:
    assert len(asked("fragment", "weapon_none", "mental_health", "acuity_3", "suicidal")) == 1


@given(situations)
def test_at_most_three_questions_of_the_contracts_form_and_no_fact_twice(situation: dict[str, str]) -> None:
    found = ask(situation, POLICY)
    TypeAdapter(list[Question]).validate_python(found)
    assert len(found) <= MOST
    assert len({question["fact"] for question in found}) == len(found)
    assert found == ask(situation, POLICY)


@given(situations)
def test_some_answer_to_every_question_would_change_who_goes(situation: dict[str, str]) -> None:
    now = POLICY.respond(situation)
    for question in ask(situation, POLICY):
        entry = next(entry for entry in questions() if entry.fact == question["fact"])
        then = [
            POLICY.respond(with_answer(situation, entry.fact, name, answer))
            for name, answer in entry.answers.items()
        ]
        sent = [(r["row"], r["unit"], r["also"], r["stage"]) for r in then]
        assert not entry.answers or any(
            other != (now["row"], now["unit"], now["also"], now["stage"]) for other in sent
        )


def test_no_question_says_what_an_answer_would_buy() -> None:
    units = [word for unit in POLICY.content.units.values() for word in unit.name.lower().split()]
    for question in questions():
        words = question.question.lower().replace("?", " ").split()
        assert not {"police", "team", "send", "ambulance", "clinician", "if"} & set(words)
        assert not {"crisis", "response", "ems"} & set(words) & set(units)


# Answers


EVERY_ANSWER = [(question.fact, name) for question in questions() for name in question.answers]


@pytest.mark.parametrize(
    ("answers", "rule", "hazard", "floor"),
    [
        ({"weapon": "present"}, "answer-weapon", "weapon", 3),
        ({"fight": "going_on"}, "answer-fight-going-on", "violence", 4),
        ({"fight": "stopped_together"}, "answer-fight-stopped", "violence", 3),
        ({"means": "in_hand"}, "answer-means-in-hand", "suicide_imminent", 4),
        ({"means": "at_hand"}, "answer-means-at-hand", "suicide_imminent", 4),
    ],
)
def test_an_answer_that_asserts_a_danger_is_a_hit(
    answers: dict[str, str], rule: str, hazard: str, floor: int
) -> None:
    (hit,) = answer_hits(Answers.model_validate(answers))
    TypeAdapter(Hit).validate_python(hit)
    assert (hit["rule"], hit["hazard"], hit["acuity_floor"], hit["source"]) == (rule, hazard, floor, "answer")
    assert (hit["start"], hit["end"], hit["text"]) == (None, None, None)
    assert hit["acuity_floor"] >= LEAST_ACUITY[hit["hazard"]]


@pytest.mark.parametrize(
    "answers",
    [
        {"weapon": "denied_first_hand"},
        {"weapon": "unknown"},
        {"fight": "apart"},
        {"fight": "none"},
        {"means": "away"},
        {"hurt": "yes"},
        {"person": "missing"},
        {"domestic": "yes"},
        {"will_talk": "no"},
    ],
)
def test_an_answer_that_asserts_no_danger_is_no_hit(answers: dict[str, str]) -> None:
    assert answer_hits(Answers.model_validate(answers)) == []


@pytest.mark.parametrize(
    ("answers", "true"),
    [
        ({"weapon": "denied_first_hand"}, "denied_first_hand"),
        ({"person": "with_caller"}, "located"),
        ({"person": "in_sight"}, "with_caller"),
        ({"person": "elsewhere_known"}, "located"),
        ({"person": "missing"}, "missing"),
        ({"fight": "going_on"}, "blows_now"),
        ({"fight": "apart"}, "parties_apart"),
        ({"hurt": "yes"}, "hurt"),
        ({"will_talk": "yes"}, "will_talk"),
        ({"will_talk": "no"}, "wont_talk"),
        ({"means": "in_hand"}, "suicidal"),
        ({"domestic": "yes"}, "domestic"),
    ],
)
def test_an_answer_makes_its_terms_true_and_is_their_words(answers: dict[str, str], true: str) -> None:
    assert answer_terms(Answers.model_validate(answers))[true].startswith("(answered: ")


def test_where_the_person_is_answered_the_answer_counts() -> None:
    note = "MOTHER OF 15 YO SAYS SHE IS MISSING SINCE NOON"
    request = {"note": note, "answers": {"person": "with_caller"}}
    situation = _situation(request)
    assert "missing" not in situation
    assert "with_caller" in situation


def _situation(request: dict[str, object]) -> dict[str, str]:
    """What the recommender hands to the policy for a request."""
    seen: list[dict[str, str]] = []

    class Watched(type(POLICY)):  # type: ignore[misc]
        def respond(self, situation: dict[str, str], **rest: object) -> object:
            seen.append(dict(situation))
            return POLICY.respond(situation, **rest)  # type: ignore[arg-type]

    watched = Watched(POLICY.content, POLICY.areas, POLICY.version)
    Recommender(policy=watched).suggest(Request.model_validate(request))
    return seen[0]


NOTES = [
    "M IN LOBBY, REFUSES TO LEAVE",
    "MALE HAS A KNIFE IN HIS HAND",
    "UNK WEAPONS, YELLING AT STAFF",
    "NO WEAPONS, SISTER IS WITH HIM, HE IS SUICIDAL",
    "RP SAYS HE HAD A GUN LAST YEAR",
    "TWO MALES FIGHTING IN THE LOT",
]


@pytest.mark.parametrize(("note", "answer"), list(product(NOTES, EVERY_ANSWER)), ids=str)
def test_trying_an_answer_gives_what_giving_it_gives(note: str, answer: tuple[str, str]) -> None:
    fact, name = answer
    entry = next(entry for entry in questions() if entry.fact == fact)
    tried = with_answer(_situation({"note": note}), fact, name, entry.answers[name])
    given = _situation({"note": note, "answers": {fact: name}})
    assert set(tried) == set(given)


@pytest.mark.parametrize(("note", "answer"), list(product(NOTES, EVERY_ANSWER)), ids=str)
def test_an_answer_never_removes_a_hit(note: str, answer: tuple[str, str]) -> None:
    without = Recommender().suggest(note)
    given = Recommender().suggest({"note": note, "answers": dict([answer])})
    rules = [hit["rule"] for hit in given["override"]["hits"]]
    assert all(hit["rule"] in rules for hit in without["override"]["hits"])
    assert (given["acuity"]["floor"] or 0) >= (without["acuity"]["floor"] or 0)


# The file


@pytest.mark.parametrize(
    ("place", "value", "said"),
    [
        (
            ("questions", 0, "fact"),
            "weapons",
            ["'weapons' is no fact of a request's answers", "did you mean 'weapon'"],
        ),
        (
            ("questions", 0, "answers"),
            {"yes": {}},
            ["question weapon", "the contract has", "denied_first_hand"],
        ),
        (("questions", 0, "when"), "wepon", ["question weapon", "'wepon' is no term"]),
        (("questions", 0, "answers", "present", "hit", "floor"), 2, ["a floor of at least 3"]),
        (("questions", 0, "answers", "unknown", "terms"), ["perhaps"], ["'perhaps' is no term"]),
    ],
)
def test_a_question_that_the_contract_does_not_have_is_refused(
    tmp_path: Path, place: tuple[str | int, ...], value: object, said: list[str]
) -> None:
    content = yaml.safe_load(QUESTIONS.read_text())
    inner = content
    for step in place[:-1]:
        inner = inner[step]
    inner[place[-1]] = value
    path = tmp_path / "questions.yaml"
    path.write_text(yaml.safe_dump(content, sort_keys=False))
    with pytest.raises(FileError) as refused:
        load(path, QuestionFile, context={})
    for words in ["questions.yaml:", *said]:
        assert words in str(refused.value)


def test_every_field_of_the_contracts_answers_has_a_question() -> None:
    assert {question.fact for question in questions()} == {*Answers.model_fields, "what"}
    assert all(isinstance(question.when, Condition) for question in questions())
