"""The response that the policy gives to labels, against which a suggested one is judged."""

import pytest

from classifier.labels import LabeledNote
from classifier.policy import default_policy
from classifier.rules import default_rules
from training.routing import kind_of_labels, response_to_labels


def labeled(note: str, categories: tuple[str, ...], acuity: int, weapon: str, *hazards: str) -> LabeledNote:
    return LabeledNote.model_validate(
        {"note": note, "categories": categories, "acuity": acuity, "weapon": weapon, "hazards": hazards}
    )


@pytest.mark.parametrize(
    ("note", "kind"),
    [
        (labeled("M ASLEEP IN LOBBY, MGR WANTS HIM OUT", ("trespass",), 2, "none"), "unarmed_team"),
        (labeled("M W/ KNIFE IN HAND", ("weapons_present",), 4, "present", "weapon"), "police"),
        (labeled("HOUSE FIRE", (), 4, "none", "fire"), "fire"),
        (labeled("NOT BREATHING", (), 4, "none", "medical"), "ems"),
        (labeled("MOM SAYS SON HEARS VOICES", ("mental_health",), 2, "none"), "phone_clinician"),
        (labeled("SUICIDAL F, CRYING", ("mental_health",), 3, "unknown"), "co_response"),
        (labeled("BIKE STOLEN LAST WEEK", (), 1, "none"), "call_taker"),
    ],
)
def test_labels_are_routed_by_the_table(note: LabeledNote, kind: str) -> None:
    assert kind_of_labels(note) == kind


def test_what_was_labeled_wins_over_what_the_rules_read() -> None:
    note = labeled("M SWINGING A BAT AT CUSTOMERS", ("trespass",), 2, "none")
    response = response_to_labels(note, default_policy(), default_rules())
    assert response is not None
    assert response["row"] == "25"


def test_a_danger_that_was_labeled_is_routed_though_no_rule_reads_it() -> None:
    note = labeled("HE HAS GOT THAT THING AGAIN", ("weapons_present",), 3, "present", "weapon")
    response = response_to_labels(note, default_policy(), default_rules())
    assert response is not None
    assert (response["row"], response["stage"]) == ("15", True)


@pytest.mark.parametrize("missing", ["categories", "acuity", "weapon", "hazards"])
def test_labels_that_do_not_say_enough_are_not_routed(missing: str) -> None:
    note = labeled("M ASLEEP IN LOBBY", ("trespass",), 2, "none").model_copy(update={missing: None})
    assert kind_of_labels(note) is None
