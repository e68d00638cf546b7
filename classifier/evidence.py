"""Why a category got its probability: the phrases without which it would have been lower.

Which words to try comes from the model's own weights; what is reported is measured. `weight` is by how much
the probability falls when exactly that span is deleted from the note, so anybody can check it by deleting it
(comprehensiveness after DeYoung et al. 2020, arXiv:1911.03429).
"""

from collections import Counter
from collections.abc import Callable, Sequence
from typing import Final, NamedTuple

import numpy as np

from classifier.features import Seen, bags, concept_feature, found_features, pieces, see
from classifier.model import CallModel
from classifier.suggestion import Evidence
from classifier.terms import CATEGORIES

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


class Word(NamedTuple):
    """A stretch of the note as typed, and how far it pulls each category's score."""

    start: int
    end: int
    pull: Array


class Phrase(NamedTuple):
    """A stretch of the note, and the sum of what its words pull."""

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
    words = _words(model, see(text)) if categories else []
    tried = [
        (column, phrase)
        for column, category in enumerate(categories)
        for phrase in _phrases([(word.start, word.end, float(word.pull[category])) for word in words], text)
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


def _words(model: CallModel, seen: Seen) -> list[Word]:
    """Return the words of the note, signs left out, with what their features pull."""
    note = seen.note
    pull = _pulling(model, seen)
    pulls = np.zeros((len(note.words), len(CATEGORIES)))
    for index, word in enumerate(note.words):
        pulls[index] += pull("words", word) + pull("sequence", word)
        if index:
            pulls[index - 1 : index + 1] += pull("words", f"{note.words[index - 1]} {word}") / 2
    for mention in seen.concepts:
        feature = concept_feature(mention)
        whole = pull("concepts", feature) + pull("sequence", feature.upper())
        pulls[mention.start : mention.end] += whole / (mention.end - mention.start)
    for found in seen.rules:
        inside = [
            index
            for index, start in enumerate(note.starts)
            if found.start <= start < max(found.end, found.start + 1)
        ]
        for feature in found_features(found):
            pulls[inside] += pull("rules", feature) / max(1, len(inside))
    words: list[Word] = []
    for start, end, word_pull in zip(note.starts, note.ends, pulls, strict=True):
        typed = note.text[start:end]
        if not any(letter.isalnum() for letter in typed):
            continue
        if words and start < words[-1].end:  # shorthand that stands for two words is one word as typed
            words[-1] = Word(words[-1].start, max(end, words[-1].end), words[-1].pull + word_pull)
            continue
        spelled = sum((pull("pieces", piece) for piece in pieces(typed.lower())), np.zeros(len(CATEGORIES)))
        words.append(Word(start, end, word_pull + spelled))
    return words


def _pulling(model: CallModel, seen: Seen) -> Callable[[str, str], Array]:
    """Return a function that says how far one mention of a feature of this note pulls each category."""
    nothing = np.zeros(len(CATEGORIES))
    known: dict[tuple[str, str], Array] = {}
    for view, bag in bags(seen).items():
        vocabulary, weights = model.vocabularies_[view].columns, model.heads_.weights[view]
        row = model.heads_.weightings[view](model.vocabularies_[view].count([bag]))
        weighed = dict(zip(row.indices.tolist(), row.data.tolist(), strict=True))
        for feature, times in Counter(bag).items():
            column = vocabulary.get(feature)
            if column is not None:
                known[view, feature] = weighed[column] * weights[column, : len(CATEGORIES)] / times
    return lambda view, feature: known.get((view, feature), nothing)


def _phrases(words: list[tuple[int, int, float]], text: str) -> list[Phrase]:
    """Join neighboring words that pull the same way, and return the strongest phrases."""
    strongest = max((pull for _, _, pull in words), default=0.0)
    if strongest <= 0:
        return []
    pulls = [pull >= SHARE * strongest for _, _, pull in words]
    for here in range(1, len(words) - 1):  # one weak word between two strong ones reads along
        if pulls[here - 1] and pulls[here + 1] and words[here][2] > -SHARE * strongest:
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
