"""Why a category got its probability: the phrases without which it would have been lower.

Which words to try comes from the model's own weights; what is reported is measured. `weight` is by how much
the probability falls when exactly that span is deleted from the note, so anybody can check it by deleting it
(comprehensiveness after DeYoung et al. 2020, arXiv:1911.03429).
"""

from collections.abc import Sequence
from itertools import pairwise
from typing import Final, NamedTuple

from classifier.model import CallModel
from classifier.suggestion import Evidence

MOST: Final = 5
"""Phrases shown for a category."""

TRIED: Final = 8
"""Phrases tried for a category."""

LONGEST: Final = 6
"""Words in a phrase: more is no longer read at a glance."""

LEAST: Final = 0.01
"""A phrase that moves the probability by less is not worth a glance."""

SHARE: Final = 0.15
"""A word below this share of the strongest word's contribution starts no phrase."""


class Phrase(NamedTuple):
    """A stretch of the note, and the sum of what its words contribute."""

    start: int
    end: int
    pull: float


def evidence(model: CallModel, text: str, category: int) -> list[Evidence]:
    """Return the phrases that raise a category's probability, the strongest first, at most five.

    Parameters
    ----------
    model : CallModel
        A fitted model.
    text : str
        The note as typed; offsets are code points into it.
    category : int
        Index into `CATEGORIES`.
    """
    return explain(model, text, [category])[0]


def explain(model: CallModel, text: str, categories: Sequence[int]) -> list[list[Evidence]]:
    """Return the evidence of several categories, in their order; all deletions are scored in one batch."""
    words = model.contributions(text)
    tried = [
        (column, phrase)
        for column, category in enumerate(categories)
        for phrase in _phrases([(start, end, float(pull[category])) for start, end, pull in words], text)
    ]
    spans = sorted({phrase[:2] for _, phrase in tried})
    if not spans:
        return [[] for _ in categories]
    probabilities, _ = model.predict_proba([text, *(text[:start] + text[end:] for start, end in spans)])
    without = dict(zip(spans, probabilities[1:], strict=True))
    found: list[list[Evidence]] = [[] for _ in categories]
    for column, (start, end, _) in tried:
        weight = float(probabilities[0][categories[column]] - without[start, end][categories[column]])
        if weight >= LEAST:
            found[column].append({"start": start, "end": end, "text": text[start:end], "weight": weight})
    return [sorted(phrases, key=lambda e: (-e["weight"], e["start"]))[:MOST] for phrases in found]


def _phrases(words: list[tuple[int, int, float]], text: str) -> list[Phrase]:
    """Join neighboring words that pull the same way, and return the strongest phrases."""
    strongest = max((pull for _, _, pull in words), default=0.0)
    if strongest <= 0:
        return []
    pulls = [pull >= SHARE * strongest for _, _, pull in words]
    for before, here in pairwise(range(len(words) - 1)):  # one weak word between two strong ones reads along
        if pulls[before] and pulls[here + 1] and words[here][2] > -SHARE * strongest:
            pulls[here] = True
    phrases: list[Phrase] = []
    length = 0
    for index, (start, end, pull) in enumerate(words):
        if not pulls[index]:
            continue
        joins = (
            index and pulls[index - 1] and length < LONGEST and text[words[index - 1][1] : start].isspace()
        )
        if joins:
            phrases[-1] = Phrase(phrases[-1].start, end, phrases[-1].pull + pull)
            length += 1
        else:
            phrases.append(Phrase(start, end, pull))
            length = 1
    return sorted(phrases, key=lambda phrase: -phrase.pull)[:TRIED]
