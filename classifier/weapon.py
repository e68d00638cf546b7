"""The one weapon status of a note, decided by reading alone."""

from collections.abc import Iterable
from typing import Final

from classifier.rules import Found
from classifier.terms import Status, Weapon

_SAYS: Final[tuple[tuple[Weapon, frozenset[Status]], ...]] = (
    ("present", frozenset({"asserted", "possible"})),
    ("denied", frozenset({"negated", "corrected"})),
    ("historical", frozenset({"historical"})),
    ("unknown", frozenset({"unknown"})),
)


def weapon_status(found: Iterable[Found]) -> Weapon:
    """Return what the mentions of weapons amount to.

    The codebook's order: a weapon that is here now outweighs a denial, a denial for now outweighs a past, and
    that outweighs what was only asked. A mention that the note itself corrects counts as denied.
    """
    statuses = {mention.status for mention in found if mention.hazard == "weapon"}
    return next((weapon for weapon, says in _SAYS if statuses & says), "none")
