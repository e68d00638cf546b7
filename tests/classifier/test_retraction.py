"""What somebody else does, later in the same breath, retracts no weapon: only words about the weapon do."""

import pytest

from classifier.reading import read
from classifier.rules import default_rules

STILL_THERE = """
male has knife in hand, kids locked in bedroom
14:02 male has knife in hand, yelling 14:05 caller is locked in room
male pointing gun, employees are locked in the back office
male has gun, RP moved away from window
man with gun pointed at us, we are moved in back room
knife in his hand, officers moved in
man with a machete, clerk put up his hands
she has a knife, mom put out the fire
subj has a knife, he turned away from the store
has hatchet, turned over the table
he has a gun and no one around to help
male waving gun, wife got away from him
man holding knife, wife gone to neighbors
gun on the seat, hes gone to his moms house with it
he has a knife, he was in jail last year
gun in waistband, hes in the sheriffs parking lot
male w knife, he is in his truck now with brother
has a gun, his brother has it on him
suspect has gun, was found last night
he has a gun, got thrown out of bar
male with bat, was thrown out by security
he has a knife, he was kicked out of the house last night
armed male, two left behind in the store
male with rifle, taken position on the roof
he pulled a knife on rp, rp handed over wallet
robber had a gun, clerk handed over cash, he is still in the store
male w knife, rp gave up and locked up the store
""".strip().splitlines()


@pytest.mark.parametrize("note", STILL_THERE)
def test_a_weapon_stays_a_hit_whatever_others_do_next(note):
    found = [mention for mention in default_rules().read(read(note)) if mention.hazard == "weapon"]
    assert any(mention.raises for mention in found), [mention.status for mention in found]


@pytest.mark.parametrize(
    "note",
    [
        "gun is locked in the safe",
        "knife was taken by security",
        "his rifle was sold last year",
        "gun was turned in",
    ],
)
def test_what_became_of_the_weapon_itself_does_retract_it(note):
    found = [mention for mention in default_rules().read(read(note)) if mention.hazard == "weapon"]
    assert found
    assert not any(mention.raises for mention in found)
