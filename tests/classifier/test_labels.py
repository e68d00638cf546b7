"""Labeled notes are held to the codebook: what a checker can know, it says."""

import json

import pytest

from classifier.labels import BadRecord, checked
from classifier.terms import CATEGORIES, HAZARDS

GOOD = {
    "id": "A-0001",
    "center": "A",
    "note": "MALE AT THE BAR, KNIFE ON HIS BELT",
    "categories": ["weapons_present"],
    "acuity": 3,
    "weapon": "present",
    "hazards": ["weapon"],
}


def test_a_good_record_comes_back_as_it_is() -> None:
    note = checked(GOOD)
    assert json.loads(note.model_dump_json()) == GOOD


@pytest.mark.parametrize(
    "labels",
    [
        {"categories": ["weapons_present"]},
        {"acuity": 4},
        {"weapon": "unknown"},
        {"hazards": []},
        {"acuity": 3, "hazards": None},
        {"categories": ["trespass", "mental_health"], "acuity": 2},
    ],
)
def test_one_label_is_enough_and_a_missing_one_is_not_labeled(labels: dict[str, object]) -> None:
    note = checked({"note": "SUBJ IN LOBBY", **labels})
    given = {field for field, value in labels.items() if value is not None}
    assert set(note.model_dump(exclude_none=True)) == {"note", *given}


def test_an_empty_list_means_none_and_not_unlabeled() -> None:
    assert checked({"note": "QUIET", "categories": []}).categories == ()


@pytest.mark.parametrize(
    ("change", "field", "says"),
    [
        ({"note": None}, "note", "NoneType where text belongs"),
        ({"note": "  "}, "note", "is blank"),
        ({"note": "x" * 100_001}, "note", "100,001 code points; at most 100,000"),
        ({"note": "\ud800 KNIFE"}, "note", "lone surrogate"),
        ({"categories": ["tresspass"]}, "categories", "got 'tresspass'; use one of mental_health, trespass"),
        ({"categories": "trespass"}, "categories", "got 'trespass'; give a list, [] for none"),
        ({"categories": ["trespass", "trespass"]}, "categories", "names a value twice"),
        ({"acuity": 5}, "acuity", "got 5; use one of 1, 2, 3, 4"),
        ({"acuity": "3"}, "acuity", "got '3'; use one of 1, 2, 3, 4"),
        ({"acuity": True}, "acuity", "got 'True'; use one of 1, 2, 3, 4"),
        ({"weapon": "maybe"}, "weapon", "use one of present, denied, historical, unknown, none"),
        ({"hazards": ["smoke"]}, "hazards", "got 'smoke'; use one of weapon, violence"),
        ({"hazard": ["fire"]}, "hazard", "is no field of a labeled note; did you mean hazards?"),
        ({"beat": 7}, "beat", "drop it, or name the columns"),
        ({"center": ""}, "center", "is empty"),
    ],
)
def test_a_bad_value_is_named_by_field_with_a_remedy(
    change: dict[str, object], field: str, says: str
) -> None:
    with pytest.raises(BadRecord) as error:
        checked({**GOOD, **change})
    assert [problem.field for problem in error.value.problems] == [field]
    assert says in error.value.problems[0].message


@pytest.mark.parametrize(
    ("labels", "says"),
    [
        (
            {"categories": [], "weapon": "present"},
            "do not name weapons_present, but weapon is present",
        ),
        (
            {"categories": ["weapons_present"], "weapon": "none"},
            "name weapons_present, but weapon is none",
        ),
        ({"weapon": "denied", "hazards": ["weapon"]}, "hazards name weapon, but weapon is denied"),
        (
            {"categories": ["weapons_present"], "hazards": []},
            "do not name weapon, but categories name",
        ),
        ({"acuity": 2, "hazards": ["violence"]}, "acuity is 2, but violence means 3 or 4"),
        ({"acuity": 3, "hazards": ["medical"]}, "acuity is 3, but medical means 4"),
        ({"acuity": 3, "hazards": ["suicide_imminent"]}, "acuity is 3, but suicide_imminent means 4"),
        ({"acuity": 3, "hazards": ["hostage_barricade"]}, "acuity is 3, but hostage_barricade means 4"),
        ({"acuity": 1, "weapon": "present"}, "acuity is 1, but weapon means 3 or 4"),
        ({"acuity": 4, "hazards": []}, "acuity is 4, which needs at least one hazard"),
        ({}, "labels are all missing; give at least one of categories, acuity, weapon, hazards"),
    ],
)
def test_labels_that_contradict_each_other_are_refused(labels: dict[str, object], says: str) -> None:
    with pytest.raises(BadRecord) as error:
        checked({"note": "MALE WITH A BAT", **labels})
    assert says in str(error.value)


@pytest.mark.parametrize(
    "labels",
    [
        {"acuity": 4},
        {"acuity": 4, "weapon": "present"},
        {"acuity": 3, "hazards": []},
        {"acuity": 4, "hazards": ["medical"], "categories": []},
    ],
)
def test_what_is_not_labeled_contradicts_nothing(labels: dict[str, object]) -> None:
    checked({"note": "MALE WITH A BAT", **labels})


def test_every_problem_of_a_record_is_told_at_once() -> None:
    with pytest.raises(BadRecord) as error:
        checked({"note": "", "acuity": 0, "weapon": "gun", "hazards": ["smoke"]})
    assert [problem.field for problem in error.value.problems] == ["note", "acuity", "weapon", "hazards"]


@pytest.mark.parametrize("record", [None, 5, "note", ["note"]])
def test_what_is_no_object_is_refused(record: object) -> None:
    with pytest.raises(BadRecord, match="give an object with a note and its labels"):
        checked(record)


def test_the_note_is_never_repeated_in_an_error() -> None:
    with pytest.raises(BadRecord) as error:
        checked({"note": "JANE DOE 555-0100 \ud800", "acuity": 9})
    assert "JANE" not in str(error.value)


def test_the_vocabularies_are_the_ones_of_the_codebook() -> None:
    assert CATEGORIES == ("mental_health", "trespass", "welfare_check", "weapons_present")
    assert len(HAZARDS) == 9
