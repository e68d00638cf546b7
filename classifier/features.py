"""What the model sees of a note: five views of it, each a bag of features."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import chain, combinations, pairwise, repeat
from typing import Final, Self

import numpy as np
from scipy.sparse import csr_matrix

from classifier.alike import alike, typed_alike
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


@dataclass(frozen=True)
class Seen:
    """A note as read, with the dangers that the rules found in it; the rest is found when it is asked for."""

    note: Note
    rules: tuple[Found, ...]

    @cached_property
    def concepts(self) -> list[Mention]:
        """What the note speaks of."""
        return default_concepts().find(self.note)

    @cached_property
    def bags(self) -> dict[str, Bag]:
        """The features of every view, repeated as often as they stand in the note."""
        words = tuple(map(alike, self.note.words))
        typed = map(typed_alike, self.note.text.lower().split())
        return {
            "pieces": list(chain.from_iterable(map(pieces, typed))),
            "words": [*words, *map(" ".join, pairwise(words))],
            "concepts": _concepts(self.concepts),
            "sequence": _runs(_substituted(self)),
            "rules": [
                READ + weapon_status(self.rules),
                *sorted(set(chain.from_iterable(map(found_features, self.rules)))),
            ],
        }


def see(text: str) -> Seen:
    """Read a note by Heartline's own rules: a center's say what to do, and not what was learnt."""
    note = read(text)
    return Seen(note, default_rules().read(note))


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
            sequence.append(alike(word))
        elif mention is not last:
            sequence.append(concept_feature(mention).upper())
        last = mention
    return sequence


def _runs(sequence: Sequence[str]) -> Bag:
    skipping = (f"{first} _ {third}" for first, third in zip(sequence, sequence[2:], strict=False))
    triples = zip(sequence, sequence[1:], sequence[2:], strict=False)
    return [*sequence, *map(" ".join, pairwise(sequence)), *map(" ".join, triples), *skipping]


class Vocabulary:
    """The columns of all views, those of a view side by side.

    Counts have a row for each view of each note: the rows of one note follow one another.

    Attributes
    ----------
    columns : dict of str to dict of str to int
        For each view the column of each feature.
    of_view : dict of str to slice
        Which columns are those of a view.
    """

    def __init__(self, features: Mapping[str, Iterable[str]]) -> None:
        self.columns: dict[str, dict[str, int]] = {}
        self.of_view: dict[str, slice] = {}
        self.width = 0
        for view in VIEWS:
            first = self.width
            self.columns[view] = {name: column for column, name in enumerate(sorted(features[view]), first)}
            self.width += len(self.columns[view])
            self.of_view[view] = slice(first, self.width)

    @classmethod
    def learn(cls, notes: Sequence[Mapping[str, Bag]], groups: Sequence[str] | None) -> Self:
        """Keep the features that stand in enough notes, and in more than one center where these are known."""
        return cls({view: _kept([bags[view] for bags in notes], groups, LEAST[view]) for view in VIEWS})

    def count(self, notes: Iterable[Mapping[str, Bag]]) -> csr_matrix:
        """Return how often each known feature stands in each view of each note."""
        ends = [view.stop for view in self.of_view.values()]
        indices, data, lengths = [], [], [np.zeros(1, dtype=np.int32)]
        for bags in notes:
            found: list[int] = []
            for view, known in self.columns.items():
                found.extend(map(known.get, bags[view], repeat(UNKNOWN)))
            columns, times = np.unique(np.array(found, dtype=np.int32), return_counts=True)
            if columns[0] == UNKNOWN:
                columns, times = columns[1:], times[1:]
            indices.append(columns)
            data.append(times)
            lengths.append(np.diff(np.searchsorted(columns, ends), prepend=0))
        return csr_matrix(
            (
                np.concatenate(data).astype(np.float32),
                np.concatenate(indices),
                np.concatenate(lengths).cumsum(dtype=np.int32),
            ),
            shape=(len(data) * len(VIEWS), self.width),
        )

    def find(self, view: str, features: Iterable[str]) -> Array:
        """Return the columns of features of a view, `UNKNOWN` for those that have none."""
        return np.fromiter(map(self.columns[view].get, features, repeat(UNKNOWN)), dtype=np.int32)


UNKNOWN: Final = -1


def _kept(notes: Sequence[Bag], groups: Sequence[str] | None, least: int) -> set[str]:
    standing = Counter(chain.from_iterable(map(set, notes)))
    kept = {feature for feature, count in standing.items() if count >= least}
    if groups is None or len(set(groups)) <= CENTERS:
        return kept
    centers: dict[str, set[str]] = defaultdict(set)
    for bag, group in zip(notes, groups, strict=True):
        for feature in kept.intersection(bag):
            centers[feature].add(group)
    return {feature for feature, seen_by in centers.items() if len(seen_by) >= CENTERS}


def of_notes(counts: csr_matrix, notes: Array) -> csr_matrix:
    """Return the rows of some notes, in their order."""
    return counts[(notes[:, None] * len(VIEWS) + np.arange(len(VIEWS))).ravel()]


class Weighting:
    """Weigh counts by how rare a feature is, over the features that the fitting rows have.

    A feature that stands in no fitting row is left out before a view is scaled to unit length, so a
    held-out center is weighed exactly as an unseen one will be.

    Attributes
    ----------
    rarity : ndarray
        Weight of one mention of each feature.
    """

    def __init__(self, counts: csr_matrix) -> None:
        notes = counts.shape[0] // len(VIEWS)
        standing = np.bincount(counts.indices, minlength=counts.shape[1])
        rarity = np.log((1 + notes) / (1 + standing)) + 1
        self.rarity = np.where(standing > 0, rarity, 0).astype(np.float32)

    def __call__(self, counts: csr_matrix) -> csr_matrix:
        """Return the weighed views, each of unit length."""
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
