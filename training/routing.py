"""Which response the policy gives to a note's labels: what the suggested one is held against.

The table asks for facts that nobody labels (is the person located, is a hand hidden). These are read from the
note, for the labels as for the suggestion; what was labeled comes from the labels.
"""

from collections.abc import Iterable, Iterator

from classifier.labels import LabeledNote
from classifier.policy import ResponsePolicy, default_policy
from classifier.reading import read
from classifier.request import Answers
from classifier.rules import Found, SafetyRules, default_rules
from classifier.situation import situation
from classifier.suggestion import Hit, Response
from classifier.terms import LEAST_ACUITY, Hazard, Kind


def kind_of_labels(labeled: LabeledNote) -> Kind | None:
    """Return the kind of response that Durham's policy gives to labels; None where they do not say enough."""
    response = response_to_labels(labeled, default_policy(), default_rules())
    return None if response is None else response["kind"]


def response_to_labels(labeled: LabeledNote, policy: ResponsePolicy, rules: SafetyRules) -> Response | None:
    """Return what the policy gives to a note's labels.

    Parameters
    ----------
    labeled : LabeledNote
        A note and its labels.
    policy : ResponsePolicy
        The city's policy.
    rules : SafetyRules
        By which the unlabeled facts are read.

    Returns
    -------
    Response or None
        None where categories, acuity, hazards or the weapon status are not labeled.
    """
    categories, hazards, weapon = labeled.categories, labeled.hazards, labeled.weapon
    if categories is None or hazards is None or weapon is None or labeled.acuity is None:
        return None
    terms = situation(
        found=list(_not_contradicted(rules.read(read(labeled.note)), hazards)),
        note=labeled.note,
        categories=categories,
        acuity=labeled.acuity,
        weapon=weapon,
        hits=[_hit(hazard) for hazard in hazards],
        answers=Answers(),
        call_type=None,
        policy=policy,
        degraded=False,
        familiar=True,
    )
    return policy.respond(terms)


def _not_contradicted(found: Iterable[Found], hazards: tuple[Hazard, ...]) -> Iterator[Found]:
    """Drop what the rules assert of a danger that the labels do not have; the facts of the others stay."""
    return (
        mention
        for mention in found
        if mention.hazard is None or mention.hazard in hazards or not mention.raises
    )


def _hit(hazard: Hazard) -> Hit:
    return {
        "rule": "label",
        "hazard": hazard,
        "status": "asserted",
        "start": None,
        "end": None,
        "text": None,
        "reason": "labeled",
        "acuity_floor": 4 if LEAST_ACUITY[hazard] == 4 else 3,
        "source": "note",
    }
