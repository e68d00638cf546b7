"""The pattern language of the rule files."""

import pytest

from classifier.patterns import PatternError, Patterns, Place, expand, inflections
from classifier.reading import read

LISTS = {"blade": ["knife", "box cutter"], "loop": ["{loop}"]}


@pytest.mark.parametrize(
    ("pattern", "text", "found"),
    [
        ("knife", "has KNIFE", (1, 2)),
        ("(big|long) knife", "a long knife", (1, 3)),
        ("big? knife", "knife", (0, 1)),
        ("(very big)? knife", "very big knife", (0, 3)),
        ("{blade}", "box cutter out", (0, 2)),
        ("swing+ at", "swinging at him", (0, 2)),
        ("cut * throat", "cut his throat", (0, 3)),
        ("cut * throat", "cut throat", None),
        ("took ..2 pills", "took all the pills", (0, 4)),
        ("took ..2 pills", "took a whole lot of pills", None),
        ("w/knife", "with knife", (0, 2)),
    ],
)
def test_a_pattern_is_found_where_it_stands(pattern: str, text: str, found: tuple[int, int] | None) -> None:
    places = Patterns([(7, pattern, LISTS, "test")]).find(read(text).words).get(7, [])
    assert (Place(*found) in places) if found else not places


@pytest.mark.parametrize(
    ("pattern", "why"),
    [
        ("(knife", "not closed"),
        ("knife)", "closes nothing"),
        ("{sword}", "there are blade, loop"),
        ("{loop}", "contains itself"),
        ("..3 knife", "begin and end with a word"),
        ("knife ..3", "begin and end with a word"),
        ("", "begin and end with a word"),
        ("(" + "(a|b|c|d|e|f|g|h|i|j) " * 5 + ")", "at most 2000"),
    ],
)
def test_a_pattern_that_cannot_be_read_is_refused_with_its_owner_and_the_reason(
    pattern: str, why: str
) -> None:
    with pytest.raises(PatternError, match="owner: .*" + why):
        Patterns([(0, pattern, LISTS, "owner")])


@pytest.mark.parametrize(
    ("word", "forms"),
    [
        ("kick", {"kick", "kicks", "kicked", "kicking"}),
        ("stab", {"stab", "stabs", "stabbed", "stabbing"}),
        ("wave", {"wave", "waves", "waved", "waving"}),
        ("carry", {"carry", "carries", "carried", "carrying"}),
        ("punch", {"punch", "punches", "punched", "punching"}),
        ("threaten", {"threaten", "threatens", "threatened", "threatening"}),
    ],
)
def test_a_plus_stands_for_the_regular_inflections(word: str, forms: set[str]) -> None:
    assert inflections(word) == forms


def test_lists_may_name_lists() -> None:
    assert expand("{arm}", {"arm": ["{gun}", "knife"], "gun": ["pistol"]}) == {("pistol",), ("knife",)}


def test_words_that_no_pattern_has_leave_no_trace() -> None:
    patterns = Patterns([(0, "knife", {}, "test")])
    before = len(patterns._vocab.strings)
    patterns.find(["never", "seen", "before", "knife"])
    assert len(patterns._vocab.strings) <= before + 1
