"""What the model sees of a note: five views of it, each a bag of features."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain, combinations, pairwise
from typing import Final, Self

import numpy as np
from scipy.sparse import csr_matrix

from classifier.concepts import Mention, default_concepts, longest_at
from classifier.reading import Note, read
from classifier.rules import Found, default_rules
from classifier.terms import RAISING
from classifier.weapon import weapon_status

Array = np.ndarray
Bag = Sequence[str]

VIEWS: Final = ("pieces", "words", "concepts", "sequence", "rules")
"""Pieces of the words as typed; plain words and their pairs; concepts with their assertion, and which stand
together; the note with concepts in the place of words, by runs of up to three; what the rules found."""

LEAST: Final = {"pieces": 3, "words": 2, "concepts": 3, "sequence": 2, "rules": 2}
"""In how many notes a feature must stand to be kept."""

READ: Final = "read:"
PRESENT: Final = READ + "present"
"""The features of the rules' view that say which weapon status is read."""

CENTERS: Final = 2
"""In how many centers: what only one center says helps with no other."""


@dataclass(frozen=True, slots=True)
class Seen:
    """A note as read, with all that was found in it."""

    note: Note
    concepts: list[Mention]
    rules: tuple[Found, ...]


@lru_cache(maxsize=4)
def see(text: str) -> Seen:
    """Read a note and find its concepts and dangers; judging a note and explaining it read it once."""
    note = read(text)
    return Seen(note, default_concepts().find(note), default_rules().read(note))


def bags(seen: Seen) -> dict[str, Bag]:
    """Return the features of every view, repeated as often as they stand in the note."""
    words = seen.note.words
    return {
        "pieces": [piece for word in seen.note.text.lower().split() for piece in pieces(word)],
        "words": [*words, *map(" ".join, pairwise(words))],
        "concepts": _concepts(seen.concepts),
        "sequence": _runs(_substituted(seen)),
        "rules": [
            READ + weapon_status(seen.rules),
            *sorted(set(chain.from_iterable(map(found_features, seen.rules)))),
        ],
    }


@lru_cache(maxsize=50_000)
def pieces(word: str) -> tuple[str, ...]:
    """Return the runs of 2 to 5 characters of a word, its edges marked: they survive misspelling."""
    marked = f" {word[:40]} "
    return tuple(
        marked[start : start + length]
        for length in range(2, 6)
        for start in range(max(1, len(marked) - length + 1))
        if start + length <= len(marked) or length == len(marked)
    )


def concept_feature(mention: Mention) -> str:
    """Return the concept, marked where the note does not assert it."""
    return mention.concept if mention.status in RAISING else f"{mention.concept}:{mention.status}"


def found_features(found: Found) -> list[str]:
    """Return what a mention of a danger says: rule, hazard and status; where it counts, floor and facts."""
    named = [f"{found.rule}:{found.status}"]
    if found.hazard:
        named.append(f"{found.hazard}:{found.status}")
    if found.raises:
        named += [f"fact:{fact}" for fact in found.facts]
        if found.hazard and found.floor:
            named += [f"floor:{found.floor}", f"{found.hazard}:floor:{found.floor}"]
    return named


def _concepts(mentions: Sequence[Mention]) -> Bag:
    asserted = sorted(set(map(concept_feature, mentions)))
    together = combinations(sorted({mention.concept for mention in mentions}), 2)
    return [*asserted, *map("&".join, together)]


def _substituted(seen: Seen) -> list[str]:
    """Return the words of the note, with one capital name for each stretch that a concept covers."""
    sequence: list[str] = []
    last: Mention | None = None
    for word, mention in zip(seen.note.words, longest_at(seen.concepts, len(seen.note.words)), strict=True):
        if mention is None:
            sequence.append(word)
        elif mention is not last:
            sequence.append(concept_feature(mention).upper())
        last = mention
    return sequence


def _runs(sequence: Sequence[str]) -> Bag:
    skipping = (f"{first} _ {third}" for first, third in zip(sequence, sequence[2:], strict=False))
    triples = zip(sequence, sequence[1:], sequence[2:], strict=False)
    return [*sequence, *map(" ".join, pairwise(sequence)), *map(" ".join, triples), *skipping]


class Vocabulary:
    """The columns of one view.

    Attributes
    ----------
    columns : dict of str to int
        The column of each feature.
    """

    def __init__(self, columns: Mapping[str, int]) -> None:
        self.columns = dict(columns)

    @classmethod
    def learn(cls, notes: Sequence[Bag], groups: Sequence[str] | None, least: int) -> Self:
        """Keep the features that stand in enough notes, and in more than one center where these are known."""
        standing = Counter(chain.from_iterable(map(set, notes)))
        kept = {feature for feature, count in standing.items() if count >= least}
        if groups is not None and len(set(groups)) > CENTERS:
            centers: dict[str, set[str]] = defaultdict(set)
            for bag, group in zip(notes, groups, strict=True):
                for feature in kept.intersection(bag):
                    centers[feature].add(group)
            kept = {feature for feature, seen_by in centers.items() if len(seen_by) >= CENTERS}
        return cls({feature: column for column, feature in enumerate(sorted(kept))})

    def count(self, notes: Iterable[Bag]) -> csr_matrix:
        """Return how often each known feature stands in each note."""
        known = self.columns
        indices: list[int] = []
        data: list[float] = []
        ends = [0]
        for bag in notes:
            counted: dict[int, float] = {}
            for feature in bag:
                column = known.get(feature)
                if column is not None:
                    counted[column] = counted.get(column, 0.0) + 1.0
            indices.extend(counted)
            data.extend(counted.values())
            ends.append(len(indices))
        return csr_matrix(
            (np.array(data, dtype=np.float32), np.array(indices, dtype=np.int32), np.array(ends)),
            shape=(len(ends) - 1, len(known)),
        )


class Weighting:
    """Weigh counts by how rare a feature is, over the features that the fitting rows have.

    A feature that stands in no fitting row is left out before the row is scaled to unit length, so a
    held-out center is weighed exactly as an unseen one will be.

    Attributes
    ----------
    rarity : ndarray
        Weight of one mention of each feature.
    """

    def __init__(self, counts: csr_matrix) -> None:
        standing = np.bincount(counts.indices, minlength=counts.shape[1])
        rarity = np.log((1 + counts.shape[0]) / (1 + standing)) + 1
        self.rarity = np.where(standing > 0, rarity, 0).astype(np.float32)

    def __call__(self, counts: csr_matrix) -> csr_matrix:
        """Return the weighed rows, each of unit length."""
        data = (np.log(counts.data) + 1) * self.rarity[counts.indices]
        lengths = np.diff(counts.indptr)
        squares = np.add.reduceat(np.append(data, np.float32(0)) ** 2, counts.indptr[:-1])
        norms = np.sqrt(np.where((lengths > 0) & (squares > 0), squares, 1))
        return csr_matrix(
            (data / np.repeat(norms, lengths).astype(np.float32), counts.indices, counts.indptr),
            shape=counts.shape,
        )


_LETTERS: Final = re.compile(r"[^\W\d_]")


def known_share(note: Note, known: Mapping[str, int]) -> tuple[int, int]:
    """Return how many of a note's words are known, and how many it has; numbers and signs do not count."""
    words = [word for word in note.words if _LETTERS.match(word)]
    return sum(word in known for word in words), len(words)
