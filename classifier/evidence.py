"""Why a category got its probability: the phrases without which it would have been lower.

Which words to try comes from the model's own weights; what is reported is measured. `weight` is by how much
the probability falls when exactly that span is deleted from the note, so anybody can check it by deleting it
(comprehensiveness after DeYoung et al. 2020, arXiv:1911.03429).
"""

from bisect import bisect_left
from collections.abc import Callable, Iterable, Sequence
from itertools import chain, pairwise
from typing import Final, NamedTuple

import numpy as np

from classifier.alike import alike, typed_alike
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

WEAK: Final = 0.3
"""A phrase below this share of the strongest phrase's pull is not tried: it rarely moves anything."""

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
    text = seen.note.text
    tried = [
        (place, phrase)
        for place, words in enumerate(_words(model, seen, categories))
        for phrase in _phrases(words, text)
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


def _words(model: CallModel, seen: Seen, categories: Sequence[int]) -> list[list[Stretch]]:
    """Return for each category the words of the note, signs left out, with what their features pull."""
    note, pull = seen.note, _pulling(model, seen, categories)
    plain = tuple(map(alike, note.words))
    pulls = pull("words", plain) + pull("sequence", plain)
    pairs = pull("words", map(" ".join, pairwise(plain)))
    pulls[1:] += pairs / 2
    pulls[:-1] += pairs / 2
    names = [concept_feature(mention) for mention in seen.concepts]
    of_concepts = pull("concepts", names) + pull("sequence", map(str.upper, names))
    for mention, whole in zip(seen.concepts, of_concepts, strict=True):
        pulls[mention.start : mention.end] += whole / (mention.end - mention.start)
    for found, whole in zip(seen.rules, _sums(pull, "rules", map(found_features, seen.rules)), strict=True):
        first, last = bisect_left(note.starts, found.start), bisect_left(note.starts, found.end)
        pulls[first:last] += whole / max(1, last - first)
    typed: list[tuple[int, int]] = []
    rows: list[int] = []
    for row, (start, end) in enumerate(zip(note.starts, note.ends, strict=True)):
        if typed and start < typed[-1][1]:  # shorthand that stands for two words is one word as typed
            pulls[rows[-1]] += pulls[row]
        elif any(map(str.isalnum, note.text[start:end])):
            typed.append((start, end))
            rows.append(row)
    spelled = _sums(
        pull, "pieces", (pieces(typed_alike(note.text[start:end].lower())) for start, end in typed)
    )
    return [
        [Stretch(*place, pull) for place, pull in zip(typed, column, strict=True)]
        for column in (pulls[rows] + spelled).T.tolist()
    ]


Pull = Callable[[str, Iterable[str]], Array]


def _sums(pull: Pull, view: str, features: Iterable[Sequence[str]]) -> Array:
    """Return what each of several lists of features pulls; no list is empty."""
    lists = list(features)
    begins = np.cumsum([0, *map(len, lists)], dtype=int)
    each = pull(view, chain.from_iterable(lists))
    return np.add.reduceat(each, begins[:-1]) if lists else each


def _pulling(model: CallModel, seen: Seen, categories: Sequence[int]) -> Pull:
    """Return a function that says how far one mention of each feature of this note pulls the categories."""
    vocabulary, weights = model.vocabulary_, model.heads_.weights
    counts = vocabulary.count([seen.bags])
    once = model.heads_.weighting(counts).data / counts.data
    standing = np.append(counts.indices, vocabulary.width)  # ascending, and longer than any place in it
    pulls = np.zeros((len(standing), len(categories)))
    pulls[:-1] = once[:, None] * weights[np.ix_(counts.indices, categories)]

    def pull(view: str, features: Iterable[str]) -> Array:
        columns = vocabulary.find(view, features)
        rows = np.searchsorted(standing, columns)
        return np.where((standing[rows] == columns)[:, None], pulls[rows], 0)

    return pull


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
    strong = WEAK * max(phrase.pull for phrase in phrases)
    return sorted((p for p in phrases if p.pull >= strong), key=lambda phrase: -phrase.pull)[:TRIED]
