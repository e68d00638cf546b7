"""What the model says of a note: plain data, before the rules have their say."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from classifier.evidence import explain
from classifier.features import Seen
from classifier.model import CallModel
from classifier.suggestion import Evidence
from classifier.terms import CATEGORIES, Confidence

Array = np.ndarray


@dataclass(frozen=True, slots=True)
class CategoryOpinion:
    """One category: its probability, whether that is over the threshold, and how far to trust it."""

    probability: float
    over: bool
    confidence: Confidence
    evidence: list[Evidence]


@dataclass(frozen=True, slots=True)
class Opinion:
    """The four categories in their fixed order, and the acuity levels 1 to 4."""

    categories: tuple[CategoryOpinion, ...]
    level: int
    acuity: list[float]
    plausible: list[int]
    familiar: bool


def opinions(model: CallModel, seen: Sequence[Seen], *, evidence: bool) -> list[Opinion]:
    """Ask the model about notes, all at once.

    Parameters
    ----------
    model : CallModel
        A fitted model.
    seen : sequence of Seen
        The notes as read.
    evidence : bool
        Whether to say which words counted for the categories over their threshold; the costly part.
    """
    verdicts = zip(*model.judge(seen), strict=True)
    return [_opinion(model, each, *verdict, evidence) for each, verdict in zip(seen, verdicts, strict=True)]


def _opinion(
    model: CallModel, seen: Seen, categories: Array, acuity: Array, familiar: bool, evidence: bool
) -> Opinion:
    probabilities = categories.tolist()
    over = (categories >= model.thresholds_).tolist()
    explained: dict[int, list[Evidence]] = {}
    if evidence and any(over):
        asked = [index for index, yes in enumerate(over) if yes]
        explained = dict(zip(asked, explain(model, seen, asked, categories), strict=True))
    return Opinion(
        categories=tuple(
            CategoryOpinion(
                probability=probabilities[index],
                over=over[index],
                confidence=model.confidence(index, probabilities[index], familiar=familiar),
                evidence=explained.get(index, []),
            )
            for index in range(len(CATEGORIES))
        ),
        level=int(model.acuity(acuity)[0]),
        acuity=acuity.tolist(),
        plausible=model.plausible(acuity),
        familiar=bool(familiar),
    )
