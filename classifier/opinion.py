"""What the model says of a note: plain data, before the rules have their say."""

from dataclasses import dataclass

from classifier.evidence import explain
from classifier.model import CallModel
from classifier.suggestion import Evidence
from classifier.terms import CATEGORIES, Confidence


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


def opinion(model: CallModel, text: str, *, evidence: bool) -> Opinion:
    """Ask the model about a note.

    Parameters
    ----------
    model : CallModel
        A fitted model.
    text : str
        The note as typed.
    evidence : bool
        Whether to say which words counted for the categories over their threshold; the costly part.
    """
    probabilities, acuity = model.predict_proba([text])
    over = [bool(p >= threshold) for p, threshold in zip(probabilities[0], model.thresholds_, strict=True)]
    familiar = model.familiar(text)
    explained: dict[int, list[Evidence]] = {}
    if evidence:
        asked = [index for index, yes in enumerate(over) if yes]
        explained = dict(zip(asked, explain(model, text, asked), strict=True))
    return Opinion(
        categories=tuple(
            CategoryOpinion(
                probability=float(probabilities[0][index]),
                over=over[index],
                confidence=model.confidence(index, float(probabilities[0][index]), familiar=familiar),
                evidence=explained.get(index, []),
            )
            for index in range(len(CATEGORIES))
        ),
        level=int(model.acuity(acuity)[0]),
        acuity=[float(p) for p in acuity[0]],
        plausible=model.plausible(acuity[0]),
        familiar=familiar,
    )
