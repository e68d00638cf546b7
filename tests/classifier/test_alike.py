"""A suggestion does not turn on who somebody is."""

import pytest

from classifier.alike import alike, exchanged, meant, typed_alike
from classifier.features import see
from classifier.reading import read
from classifier.rules import default_rules


@pytest.mark.parametrize(
    ("typed", "counted"),
    [
        ("She", "he"),
        ("HER,", "his"),
        ("W/F", "male"),
        ("B/M", "male"),
        ("gf", "boyfriend"),
        ("Hoodie,", "Hoodie,"),
        ("knife", "knife"),
        ("shed", "shed"),
    ],
)
def test_a_typed_word_that_tells_who_somebody_is_counts_as_one_word(typed, counted):
    assert typed_alike(typed) == counted


def test_what_counts_as_a_word_counts_as_itself():
    for word in ("she", "women", "gal", "spanish", "west"):
        assert alike(alike(word)) == alike(word)


@pytest.mark.parametrize(
    ("pattern", "others"),
    [
        ("gun in {hand}", {"gun in {hand}"}),
        ("he has a gun", {"she has a gun"}),
        ("hit (him|me)", {"hit (him|me)"}),
        ("(his|her) {head}", {"(her|his) {head}"}),
        ("let her go", {"let him go", "let his go"}),
        ("{she} and the shed", {"{she} and the shed"}),
    ],
)
def test_a_pattern_is_exchanged_in_every_way_that_it_can_be_meant(pattern, others):
    assert exchanged(pattern) == others


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("W/M 30S ASLEEP IN LOBBY, HE WON'T LEAVE", "B/F 30S ASLEEP IN LOBBY, SHE WON'T LEAVE"),
        ("his girlfriend says he hears voices", "her boyfriend says she hears voices"),
        ("caller speaks Spanish, son not answering", "caller speaks Vietnamese, daughter not answering"),
    ],
)
def test_the_model_sees_the_same_whoever_it_is(one, other):
    assert see(one).bags == see(other).bags


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("he holds a knife to her throat", "she holds a knife to his throat"),
        ("he holds a knife to his own throat", "she holds a knife to her own throat"),
        ("husband is hitting his wife", "wife is hitting her husband"),
        ("male has a gun in his hand", "female has a gun in her hand"),
    ],
)
def test_the_rules_find_the_same_whoever_it_is(one, other):
    def found(text):
        return sorted((f.rule, f.status) for f in default_rules().read(read(text)) if f.raises)

    assert found(one)
    assert found(one) == found(other)


@pytest.mark.parametrize(
    ("phrases", "read_as"),
    [
        (["hit (him|her|me)"], ["hit (him|him|me)"]),
        (["(his|her) {head}"], ["(his|her) {head}"]),
        (["her", "me", "him"], ["him", "me", "him"]),
        (["let her go"], ["let her go"]),
    ],
)
def test_her_beside_him_is_read_as_him(phrases, read_as):
    assert meant(phrases) == read_as


def test_what_is_hers_is_not_done_to_her():
    assert read("HE HIT HER").words[-1] == "him"
    assert read("knife on her belt").words[-2] == "her"
