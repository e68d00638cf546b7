"""What is true of a call, and the words that made it so."""

from collections.abc import Callable

import pytest

from classifier.policy import default_policy
from classifier.recommender import Recommender
from classifier.request import Answers

SituationOf = Callable[..., dict[str, str]]


@pytest.mark.parametrize(
    ("note", "term", "words"),
    [
        ("MALE HAS A KNIFE", "weapon", "KNIFE"),
        ("MALE IN LOBBY\n[14:03] no weapons seen", "weapon_denied", "(14:03)"),
        ("no weapons, male in lobby", "weapon_denied", ""),
        ("HAND IN HIS POCKET, STARING", "hand_hidden", "HAND IN HIS POCKET"),
        ("he had a gun last year, in the lobby", "weapon_before", "gun"),
        ("sister is with him, no weapons", "denied_first_hand", ""),
    ],
)
def test_a_term_has_the_words_that_made_it_true(
    note: str, term: str, words: str, situation_of: SituationOf
) -> None:
    assert situation_of(note, ["trespass", "acuity_2"])[term] == words


@pytest.mark.parametrize(
    ("note", "term"),
    [
        ("male in lobby, no weapons", "weapon"),
        ("male in lobby, no weapons", "denied_first_hand"),
        ("male has a knife", "hedged_weapon"),
        ("guns are locked in the safe at his brothers", "weapon_before"),
        ("not drunk, asleep in lobby", "intoxicated"),
    ],
)
def test_what_is_not_said_as_so_is_not_true(note: str, term: str, situation_of: SituationOf) -> None:
    assert term not in situation_of(note, ["trespass", "acuity_2"])


def test_words_that_are_all_hedged_are_marked(situation_of: SituationOf) -> None:
    assert "hedged_weapon" in situation_of("male poss has a gun", ["trespass", "acuity_2"])


def test_what_only_the_model_thinks_of_weapons_is_told_apart(situation_of: SituationOf) -> None:
    terms = situation_of("male in lobby refusing to leave", ["trespass", "weapons_present", "acuity_3"])
    assert "model_weapon" in terms
    assert "weapon" not in terms


@pytest.mark.parametrize(
    ("note", "term"), [("q m at", "fragment"), ("ayuda por favor mi hijo no quiere salir", "other_language")]
)
def test_what_the_model_has_not_learnt_is_a_fragment_or_another_language(
    note: str, term: str, situation_of: SituationOf
) -> None:
    assert term in situation_of(note, [term])


def test_answers_are_remarks_and_not_words_of_the_note(situation_of: SituationOf) -> None:
    terms = situation_of("M IN LOBBY", ["trespass", "acuity_2"], Answers(weapon="present", hurt="yes"))
    assert terms["weapon"] == "(answered)"
    assert terms["hurt"] == "(answered: hurt yes)"
    shown = default_policy().respond(terms)["because"]
    assert "STATED: weapon (answered)" in shown


def test_a_call_type_counts_where_the_note_says_nothing() -> None:
    response = Recommender().suggest({"note": "caller hung up", "call_type": "SHOOT"})["response"]
    assert response["unit"] == "police"
    assert "STATED: weapon used or shown just now (call type SHOOT)" in response["because"]
