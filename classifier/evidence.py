"""Why a category got its probability: the phrases without which it would have been lower.

Which words to try comes from the model's own weights; what is reported is measured. `weight` is by how much
the probability falls when exactly that span is deleted from the note, so anybody can check it by deleting it
(comprehensiveness after DeYoung et al. 2020, arXiv:1911.03429).
"""

from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from itertools import repeat
from typing import Final, NamedTuple

import numpy as np

from classifier.features import Seen, concept_feature, found_features, pieces, see
from classifier.model import CallModel
from classifier.suggestion import Evidence

Array = np.ndarray

MOST: Final = 5
"""Phrases shown for a category."""

TRIED: Final = 4
"""Phrases tried for a category: each costs as much as judging the note once more."""

LONGEST: Final = 6
"""Words in a phrase: more is no longer read at a glance."""

LEAST: Final = 0.01
"""A phrase that moves the probability by less is not worth a glance."""

SHARE: Final = 0.2
"""A word below this share of the strongest word's pull is in no phrase."""


class Stretch(NamedTuple):
    """A word or a phrase of the note as typed, and how far it pulls a category's score."""

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
    seen = see(text)
    return explain(model, seen, [category], model.judge([seen]).categories[0])[0]


def explain(
    model: CallModel, seen: Seen, categories: Sequence[int], probabilities: Array
) -> list[list[Evidence]]:
    """Return the evidence of several categories, in their order; all deletions are scored in one batch.

    `probabilities` are those of the note's four categories.
    """
    text, columns = seen.note.text, model.vocabulary_.columns
    tried = [
        (place, phrase)
        for place, pulls in enumerate(_pulls(model, seen, categories))
        for phrase in _phrases(_words(seen, columns, pulls), text)
    ]
    spans = sorted({(phrase.start, phrase.end) for _, phrase in tried})
    judged = model.judge([see(text[:start] + text[end:]) for start, end in spans]).categories
    without = dict(zip(spans, judged, strict=True))
    found: list[list[Evidence]] = [[] for _ in categories]
    for place, (start, end, _) in tried:
        category = categories[place]
        weight = float(probabilities[category] - without[start, end][category])
        if weight >= LEAST:
            found[place].append({"start": start, "end": end, "text": text[start:end], "weight": weight})
    return [sorted(phrases, key=lambda e: (-e["weight"], e["start"]))[:MOST] for phrases in found]


Pulls = Mapping[int | None, float]
"""How far one mention of a feature pulls a category's score, by the feature's column."""


def _pulls(model: CallModel, seen: Seen, categories: Sequence[int]) -> list[Pulls]:
    counts = model.vocabulary_.count([seen.bags])
    once = model.heads_.weighting(counts).data / counts.data
    found = counts.indices.tolist()
    return [
        dict(zip(found, (once * model.heads_.weights[counts.indices, category]).tolist(), strict=True))
        for category in categories
    ]


def _words(seen: Seen, columns: Mapping[str, Mapping[str, int]], pulls: Pulls) -> list[Stretch]:
    """Return the words of the note, signs left out, with what their features pull."""

    def pull(view: str, features: Iterable[str]) -> float:
        return sum(map(pulls.get, map(columns[view].get, features), repeat(0.0)))

    note = seen.note
    of_word = [pull("words", [word]) + pull("sequence", [word]) for word in note.words]
    for index in range(1, len(of_word)):
        pair = pull("words", [f"{note.words[index - 1]} {note.words[index]}"])
        of_word[index - 1] += pair / 2
        of_word[index] += pair / 2
    stretches = [
        (mention.start, mention.end, pull("concepts", [name]) + pull("sequence", [name.upper()]))
        for mention in seen.concepts
        for name in [concept_feature(mention)]
    ]
    stretches += [
        (
            bisect_left(note.starts, found.start),
            bisect_left(note.starts, found.end),
            pull("rules", found_features(found)),
        )
        for found in seen.rules
    ]
    for first, last, whole in stretches:
        for index in range(first, last):
            of_word[index] += whole / (last - first)
    words: list[Stretch] = []
    for start, end, of_features in zip(note.starts, note.ends, of_word, strict=True):
        typed = note.text[start:end]
        if words and start < words[-1].end:  # shorthand that stands for two words is one word as typed
            words[-1] = words[-1]._replace(pull=words[-1].pull + of_features)
        elif typed.isalnum() or any(map(str.isalnum, typed)):
            words.append(Stretch(start, end, of_features + pull("pieces", pieces(typed.lower()))))
    return words


def _phrases(words: list[Stretch], text: str) -> list[Stretch]:
    """Join neighboring words that pull the same way, and return the strongest phrases."""
    strongest = max((pull for _, _, pull in words), default=0.0)
    if strongest <= 0:
        return []
    pulls = [pull >= SHARE * strongest for _, _, pull in words]
    for here in range(1, len(words) - 1):  # one weak word between two strong ones reads along
        if pulls[here - 1] and pulls[here + 1] and words[here][2] > -SHARE * strongest:
            pulls[here] = True
    phrases: list[Stretch] = []
    length = 0
    for index, (start, end, pull) in enumerate(words):
        if not pulls[index]:
            continue
        joins = (
            index and pulls[index - 1] and length < LONGEST and text[words[index - 1][1] : start].isspace()
        )
        if joins:
            phrases[-1] = Stretch(phrases[-1].start, end, phrases[-1].pull + pull)
            length += 1
        else:
            phrases.append(Stretch(start, end, pull))
            length = 1
    return sorted(phrases, key=lambda phrase: -phrase.pull)[:TRIED]
