"""Whether a note says that a danger is so now: sentences and the status of what they mention."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from classifier.reading import read
from classifier.rules import RAISING, Found, default_rules
from classifier.weapon import weapon_status
from training import corpus

NOTES = tuple(note.note for note in corpus.packaged() if (note.center or "").upper() in corpus.READING)
"""The notes whose errors may be read."""

LEADS_ON = frozenset("if what when the a an not no or and but for of to in on at is was who".split())
"""A note that breaks off after one of these goes on with what is appended: `can't tell if male has a gun`."""


def weapons(text: str) -> list[Found]:
    return [found for found in default_rules().read(read(text)) if found.hazard == "weapon"]


def status(text: str, words: str) -> str:
    start = text.lower().index(words)
    return next(f.status for f in weapons(text) if f.start <= start < f.end)


@pytest.mark.parametrize(
    ("text", "words", "expected"),
    [
        # denials, and where their scope ends
        ("no knife seen", "knife", "negated"),
        ("denies having a gun", "gun", "negated"),
        ("did not see a knife", "knife", "negated"),
        ("no guns, knives or anything", "guns", "negated"),
        ("no guns, knives or anything", "knives", "negated"),
        ("no injuries, male has knife", "knife", "asserted"),
        ("no guns, knife in his hand", "knife", "asserted"),
        ("unk if breathing male has a pistol", "pistol", "asserted"),
        ("unk if male has a pistol", "pistol", "unknown"),
        ("fell last week male has a pistol", "pistol", "asserted"),
        ("last night male had a pistol", "pistol", "historical"),
        ("thanked the guard male has a pistol", "pistol", "asserted"),
        ("not hurt but he has a pistol", "pistol", "asserted"),
        ("nobody hurt. he has a pistol", "pistol", "asserted"),
        ("he won't put the knife down", "knife", "asserted"),
        ("not only a bat, also has a machete", "machete", "asserted"),
        ("no doubt he has a gun", "gun", "asserted"),
        ("guns none in home", "guns", "negated"),
        ("weapons none", "weapons", "negated"),
        ("wpns neg", "wpns", "negated"),
        ("WPNS - UNK", "wpns", "unknown"),
        ("KQ: weapon N", "weapon", "negated"),
        ("KQ: weapon Y", "weapon", "asserted"),
        ("coach on phone: no weapons, no injuries", "weapons", "negated"),
        # asked and answered
        ("Any weapons? No.", "weapons", "negated"),
        ("Any weapons? He has none.", "weapons", "negated"),
        ("Any weapons? Yes.", "weapons", "asserted"),
        ("Q: Is he armed? A: she doesn't know", "armed", "unknown"),
        ("Is he armed? Not sure, big coat", "armed", "unknown"),
        ("Any weapons?", "weapons", "unknown"),
        ("Weapons? He has my carving knife.", "knife", "asserted"),
        ("Is he holding the knife? No it is on the table.", "knife", "asserted"),
        ("Where is the gun now? Under his seat.", "gun", "asserted"),
        # the past
        ("pulled a knife last year", "knife", "historical"),
        ("used to carry a pistol", "pistol", "historical"),
        ("hx of knives", "knives", "historical"),
        ("he had a machete two years ago", "machete", "historical"),
        ("he pawned his rifle", "rifle", "historical"),
        ("his guns are at his brother's since june", "guns", "historical"),
        ("sheriff took his shotgun", "shotgun", "historical"),
        # hedges towards danger count, wondering does not
        ("may have a knife", "knife", "possible"),
        ("poss armed", "armed", "possible"),
        ("looks like a gun", "gun", "possible"),
        ("not sure if he has a gun", "gun", "unknown"),
        ("unk if breathing he has a gun", "gun", "asserted"),
        ("refused to leave last week he has a gun", "gun", "asserted"),
        ("doesn't know if he still has the shotgun", "shotgun", "unknown"),
        # look-alikes, names, idioms
        ("working with a nail gun on the roof", "gun", "other"),
        ("meet at Gun Club Rd", "gun", "other"),
        ("he has an axe to grind with the city", "axe", "other"),
        ("gardener with a machete clearing brush", "machete", "other"),
        # what it turned out to be
        ("male w/ rifle on the pier, it's a tripod", "rifle", "corrected"),
    ],
)
def test_the_status_of_a_mention(text: str, words: str, expected: str) -> None:
    assert status(text, words) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("hands empty, sitting on the curb", "denied"),
        ("searched by the guard, clear", "denied"),
        ("unarmed and calm", "denied"),
        ("keeps his right hand inside his jacket", "unknown"),
        ("won't show her hands", "unknown"),
        ("staff took a knife off him at intake", "historical"),
        ("pulled a knife last year, nothing on him today", "denied"),
        ("no weapons seen. he has a knife", "present"),
        ("asks when the bus comes", "none"),
        ("[10:00] male has a gun\n[10:04] no gun, it is an umbrella", "denied"),
        ("[10:00] no weapons seen\n[10:04] he has a gun", "present"),
    ],
)
def test_the_weapon_status_of_a_note(text: str, expected: str) -> None:
    assert weapon_status(weapons(text)) == expected


@pytest.mark.parametrize(
    "statement", ["male has a gun", "she is holding a knife", "swinging a bat at the clerk"]
)
def test_a_denial_in_running_text_retracts_nothing(statement: str) -> None:
    before = {f.rule for f in weapons(statement) if f.status in RAISING}
    after = {f.rule for f in weapons(f"{statement}, no weapons seen") if f.status in RAISING}

    assert before
    assert before <= after


def dangers(text: str) -> list[Found]:
    return [found for found in default_rules().read(read(text)) if found.hazard and found.raises]


def floor(text: str) -> int:
    return max((found.floor or 0 for found in dangers(text)), default=0)


@pytest.mark.parametrize(
    "appended",
    [" male has a gun in his hand", ". He has a gun.", "\nShe is holding a knife", ", he has a machete"],
)
def test_a_danger_appended_to_any_note_is_a_hit_and_lowers_no_floor(appended: str) -> None:
    sample = [note for note in NOTES[::3] if note.split()[-1].lower() not in LEADS_ON]
    lost = [
        note
        for note in sample
        if not any(f.end > len(note) and f.hazard == "weapon" for f in dangers(note + appended))
    ]
    lowered = [note for note in sample if floor(note + appended) < floor(note)]

    assert lost == []
    assert lowered == []


def test_a_gun_told_of_in_a_sentence_of_its_own_is_not_in_the_hand_that_the_note_told_of_before() -> None:
    appended = ". He has a gun."
    in_hand = [
        note
        for note in NOTES[::3]
        if any(f.end > len(note) + 1 and "in_hand" in f.facts for f in weapons(note + appended))
    ]

    assert in_hand == []


@pytest.mark.parametrize("denial", [" no weapons seen", ". No weapons."])
def test_a_denial_appended_to_running_text_keeps_every_danger_that_a_note_states(denial: str) -> None:
    lost = []
    for note in NOTES:
        if any(segment.minute is not None for segment in read(note).segments):
            continue
        stated = dangers(note)
        if not stated:
            continue
        after = dangers(note + denial)
        weapon = {f.start for f in stated if f.hazard == "weapon"}
        if not {f.hazard for f in stated} <= {f.hazard for f in after} or not weapon <= {
            f.start for f in after
        }:
            lost.append(note)

    assert lost == []


def test_only_a_later_timed_entry_corrects() -> None:
    corrected = weapons("[10:00] male has a gun\n[10:04] no gun, it was a phone")
    untimed = weapons("male has a gun\nno gun seen by second caller")

    assert corrected[0].status == "corrected"
    assert untimed[0].status == "asserted"


def test_the_cue_is_shown_where_it_stands() -> None:
    text = "RP adv there is NO knife"
    (found,) = weapons(text)

    assert found.cue is not None
    assert text[slice(*found.cue)] == "NO"


@given(st.text(alphabet="nogun knife,.?! [10:2]has\n", max_size=80))
def test_any_text_gives_every_mention_a_place_inside_it(text: str) -> None:
    for found in weapons(text):
        assert 0 <= found.start < found.end <= len(text)
