"""The closed vocabularies of the contract, each in its fixed order."""

from typing import Final, Literal, get_args

Category = Literal["mental_health", "trespass", "welfare_check", "weapons_present"]
Hazard = Literal[
    "weapon",
    "violence",
    "suicide_imminent",
    "overdose",
    "medical",
    "fire",
    "hostage_barricade",
    "child_danger",
    "traffic_danger",
]
Status = Literal["asserted", "possible", "negated", "historical", "unknown", "corrected", "other"]
Weapon = Literal["present", "denied", "historical", "unknown", "none"]
Confidence = Literal["sure", "likely", "unsure"]
By = Literal["model", "rules", "both"]
Acuity = Literal[1, 2, 3, 4]
AcuityName = Literal["routine", "moderate", "urgent", "emergent"]
Kind = Literal["phone_clinician", "unarmed_team", "co_response", "police", "ems", "fire", "call_taker"]

CATEGORIES: Final[tuple[Category, ...]] = get_args(Category)
HAZARDS: Final[tuple[Hazard, ...]] = get_args(Hazard)
STATUSES: Final[tuple[Status, ...]] = get_args(Status)
WEAPON: Final[tuple[Weapon, ...]] = get_args(Weapon)
ACUITY_NAMES: Final[tuple[AcuityName, ...]] = get_args(AcuityName)
KINDS: Final[tuple[Kind, ...]] = get_args(Kind)

RAISING: Final[frozenset[Status]] = frozenset({"asserted", "possible"})
"""The statuses that make a hit: a hedge towards danger counts like a statement."""

LEAST_ACUITY: Final[dict[Hazard, int]] = {
    hazard: 4 if hazard in {"suicide_imminent", "medical", "hostage_barricade"} else 3 for hazard in HAZARDS
}
"""The codebook's consequence: the lowest acuity a note with that hazard can carry."""

CATEGORY_OF_HAZARD: Final[dict[Hazard, Category]] = {
    "weapon": "weapons_present",
    "suicide_imminent": "mental_health",
}
"""A hit of this hazard sets the category; the other hazards belong to none of the four."""
