"""The pattern language of the rule files, and finding patterns in a note.

A pattern is words separated by blanks. `(a|b c)` is an alternative, `x?` may be absent, `{name}` is any
phrase of that vocabulary, `kick+` the word with its regular inflections, `*` exactly one word of any kind,
`..3` up to three.

A pattern that stands for few sequences is written out; one that stands for many keeps its alternatives apart,
so that it costs their sum and not their product. spaCy's `PhraseMatcher` finds all words and phrases in one
pass, whose cost hardly depends on their number; that they follow one another is checked by a little code.
"""

import math
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property, lru_cache
from itertools import chain, product
from typing import Final, NamedTuple, cast

from spacy.matcher import PhraseMatcher
from spacy.tokens import Doc
from spacy.vocab import Vocab

from classifier.alike import exchanged, meant
from classifier.reading import read

WRITTEN_OUT: Final = 32
"""A pattern that stands for at most so many sequences is found as so many phrases."""

MOST_SEQUENCES: Final = 2_000
"""Alternatives within one pair of parentheses or one list may stand for so many sequences."""

_OTHER_WORD: Final = "\N{MIDDLE DOT}"


class PatternError(ValueError):
    """A pattern that cannot be read; the message says why and what is allowed."""


class Place(NamedTuple):
    """Where a pattern stands: words `start` to `end`, exclusive."""

    start: int
    end: int


class Gap(NamedTuple):
    """Between `least` and `most` words of any kind."""

    least: int
    most: int


Phrase = tuple[str, ...]
Sequenced = tuple[str | Gap, ...]
Run = frozenset[Phrase]
"""Phrases of which any one may stand in that place."""


class Lists:
    """The vocabularies that patterns name, each expanded when it is first named."""

    def __init__(self, phrases: Mapping[str, Sequence[str]]) -> None:
        self._phrases = phrases
        self._done: dict[str, frozenset[Sequenced]] = {}
        self._open: set[str] = set()

    def expanded(self, name: str, pattern: str) -> frozenset[Sequenced]:
        """Return every sequence that a phrase of the list stands for; `pattern` is who asks, for errors."""
        if name not in self._phrases:
            there = ", ".join(sorted(self._phrases))
            raise PatternError(f"pattern {pattern!r} names the list {name!r}; there are {there}")
        if name in self._open:
            raise PatternError(f"the list {name!r} contains itself")
        if name not in self._done:
            self._open.add(name)
            alternatives = [
                parts
                for phrase in meant(list(map(str, self._phrases[name])))
                for parts in _alternatives(_ITEM.findall(phrase), phrase, self)[0]
            ]
            self._done[name] = _together(alternatives, f"{{{name}}}")
            self._open.discard(name)
        return self._done[name]


class Patterns:
    """Many patterns, found together.

    Parameters
    ----------
    patterns : iterable of (int, str, mapping, str)
        A key that several patterns may share, a pattern, the vocabularies that `{name}` stands for (their
        phrases are patterns themselves), and the name of whose pattern it is, for errors.

    Raises
    ------
    PatternError
        When a pattern cannot be read.
    """

    def __init__(self, patterns: Iterable[tuple[int, str, Mapping[str, Sequence[str]], str]]) -> None:
        runs: dict[Run, int] = {}
        begun: dict[int, _Branch] = defaultdict(_Branch)
        expanded: dict[int, Lists] = {}
        for key, pattern, phrases, owner in patterns:
            lists = expanded.setdefault(id(phrases), Lists(phrases))
            [pattern] = meant([pattern])
            forms = dict.fromkeys([pattern, *sorted(exchanged(pattern))])
            for first, *rest in chain.from_iterable(_all_runs(form, lists, owner) for form in forms):
                branch = begun[runs.setdefault(first[1], len(runs))]
                for gap, run in rest:
                    branch = branch.after[gap][runs.setdefault(run, len(runs))]
                branch.complete.add(key)
        of_phrase: dict[Phrase, set[int]] = defaultdict(set)
        for run, number in runs.items():
            for phrase in run:
                of_phrase[phrase].add(number)
        self._vocab = Vocab()
        self._matcher = PhraseMatcher(self._vocab, attr="ORTH")
        self._runs: dict[int, frozenset[int]] = {}
        for phrase, numbers in of_phrase.items():
            name = " ".join(phrase)
            self._matcher.add(name, [Doc(self._vocab, words=list(phrase))])
            self._runs[self._vocab.strings[name]] = frozenset(numbers)
        self._roots = {  # all patterns that one phrase begins, joined
            name: _way([begun[number] for number in sorted(numbers & begun.keys())])
            for name, numbers in self._runs.items()
        }
        self._known = frozenset(word for phrase in of_phrase for word in phrase)

    def find(self, words: Sequence[str]) -> dict[int, list[Place]]:
        """Return the places of every key that was found, in the order of the note."""
        known = self._known
        # Words that no pattern has stand as one and the same word: the vocabulary never grows while serving.
        doc = Doc(self._vocab, words=[word if word in known else _OTHER_WORD for word in words])
        matches = self._matcher(doc)
        begins: list[list[tuple[int, frozenset[int]]]] = [[] for _ in words]
        for name, start, end in matches:
            begins[start].append((end, self._runs[name]))
        found: dict[int, list[Place]] = defaultdict(list)
        for name, start, end in matches:
            complete, steps = self._roots[name]
            if complete:
                place = Place(start, end)
                for key in complete:
                    found[key].append(place)
            if steps:
                for key, last in _followed(steps, end, begins):
                    found[key].append(Place(start, last))
        return found


class _Branch:
    """How some patterns go on: whose patterns are complete here, and which runs may follow after a gap."""

    def __init__(self) -> None:
        self.complete: set[int] = set()
        self.after: dict[Gap, dict[int, _Branch]] = defaultdict(lambda: defaultdict(_Branch))

    @cached_property
    def way(self) -> "_Way":
        """The branch alone; most are joined with no other, and lead on from several phrases."""
        return _joined_way([self])


class _Way(NamedTuple):
    """Branches joined, in the form that is quickest to follow."""

    complete: tuple[int, ...]
    steps: tuple["_Step", ...]


class _Step(NamedTuple):
    """After `least` to `most` words one of the runs that are waited for may begin; where each leads."""

    least: int
    most: int
    waiting: frozenset[int]
    ways: Mapping[int, _Way]


def _way(branches: list[_Branch]) -> _Way:
    return branches[0].way if len(branches) == 1 else _joined_way(branches)


def _joined_way(branches: list[_Branch]) -> _Way:
    following: dict[Gap, dict[int, list[_Branch]]] = defaultdict(lambda: defaultdict(list))
    for branch in branches:
        for gap, runs in branch.after.items():
            for number, further in runs.items():
                following[gap][number].append(further)
    return _Way(
        tuple(sorted(set().union(*(branch.complete for branch in branches)))),
        tuple(
            _Step(*gap, frozenset(runs), {number: _way(further) for number, further in runs.items()})
            for gap, runs in following.items()
        ),
    )


def _followed(
    steps: Iterable[_Step], end: int, begins: Sequence[Sequence[tuple[int, frozenset[int]]]]
) -> set[tuple[int, int]]:
    """Return the keys of the patterns that go on from here, with where they end, the nearest runs first."""
    found: set[tuple[int, int]] = set()
    for least, most, waiting, ways in steps:
        for begun in begins[end + least : end + most + 1]:
            reached: set[int] = set()
            for next_end, runs in begun:
                if waiting.isdisjoint(runs):
                    continue  # makes no set where nothing goes on, which is nearly everywhere
                for number in waiting & runs:
                    complete, further = ways[number]
                    here = {(key, next_end) for key in complete}
                    if further:
                        here |= _followed(further, next_end, begins)
                    if here:
                        reached.add(number)
                        found |= here
            if reached:
                waiting -= reached
    return found


def _all_runs(pattern: str, lists: Lists, owner: str) -> list[list[tuple[Gap, Run]]]:
    try:
        return [
            _runs(elements, pattern)
            for parts in _top(pattern, lists)
            for elements in (
                map(_written_out, _joined(parts)) if _size(parts) <= WRITTEN_OUT else _kept_apart(parts)
            )
        ]
    except PatternError as error:
        raise PatternError(f"{owner}: {error}") from error


def _written_out(sequence: Sequenced) -> tuple[Gap | Run, ...]:
    return tuple(part if isinstance(part, Gap) else frozenset({(part,)}) for part in sequence)


def _kept_apart(parts: list[frozenset[Sequenced]]) -> Iterator[tuple[Gap | Run, ...]]:
    """Yield the parts' alternatives as runs; only what may be absent or has gaps inside is written out."""
    for choice in product(*(_choices(part) for part in parts)):
        yield tuple(element for elements in choice for element in elements)


@lru_cache(maxsize=1_000)
def _choices(part: frozenset[Sequenced]) -> list[tuple[Gap | Run, ...]]:
    """Return what may stand for one part; asked again for each pattern that names the same list."""
    phrases, others = set(), []
    for sequence in part:
        if sequence and not any(isinstance(word, Gap) for word in sequence):
            phrases.add(cast(Phrase, sequence))
        else:
            others.append(sequence)
    return [(frozenset(phrases),)] * bool(phrases) + _gathered(others)


def _gathered(sequences: Sequence[Sequenced]) -> list[tuple[Gap | Run, ...]]:
    """Put together what differs only before its one gap: `5 ..1 old` and `6 ..1 old`."""
    heads: dict[tuple[Gap, Phrase], set[Phrase]] = defaultdict(set)
    written: list[tuple[Gap | Run, ...]] = []
    for sequence in sequences:
        gaps = [place for place, word in enumerate(sequence) if isinstance(word, Gap)]
        if len(gaps) == 1 and 0 < gaps[0] < len(sequence) - 1:
            place = gaps[0]
            head, gap, tail = sequence[:place], sequence[place], sequence[place + 1 :]
            heads[cast(Gap, gap), cast(Phrase, tail)].add(cast(Phrase, head))
        else:
            written.append(_written_out(sequence))
    return written + [(frozenset(before), gap, frozenset({tail})) for (gap, tail), before in heads.items()]


def expand(pattern: str, lists: Mapping[str, Sequence[str]]) -> frozenset[Sequenced]:
    """Return every sequence of plain words and gaps that a pattern stands for."""
    return frozenset(sequence for parts in _top(pattern, Lists(lists)) for sequence in _joined(parts))


def _top(pattern: str, lists: Lists) -> list[list[frozenset[Sequenced]]]:
    """Return the parts of each alternative of a pattern, each part with what it may stand for."""
    alternatives, rest = _alternatives(_ITEM.findall(pattern), pattern, lists)
    if rest:
        raise PatternError(f"pattern {pattern!r} has a ')' that closes nothing")
    return alternatives


_ITEM: Final = re.compile(r"\(|\)\??|\||\{[a-z_0-9]+\}\??|\.\.\d+|\*|[^\s()|]+")


def _alternatives(
    items: Sequence[str], pattern: str, lists: Lists
) -> tuple[list[list[frozenset[Sequenced]]], Sequence[str]]:
    """Read alternatives up to a closing parenthesis; return their parts, and the items that follow it."""
    alternatives: list[list[frozenset[Sequenced]]] = [[]]
    while items:
        item, items = items[0], items[1:]
        if item == "(":
            inner, items = _alternatives(items, pattern, lists)
            if not items:
                raise PatternError(f"pattern {pattern!r} has a '(' that is not closed")
            absent: frozenset[Sequenced] = frozenset({()} if items[0] == ")?" else ())
            alternatives[-1].append(_together(inner, pattern) | absent)
            items = items[1:]
        elif item in {")", ")?"}:
            return alternatives, (item, *items)
        elif item == "|":
            alternatives.append([])
        else:
            alternatives[-1].append(_item(item, pattern, lists))
    return alternatives, ()


def _item(item: str, pattern: str, lists: Lists) -> frozenset[Sequenced]:
    if len(item) > 1 and item.endswith("?"):
        return _item(item[:-1], pattern, lists) | {()}
    if item == "*":
        return frozenset({(Gap(1, 1),)})
    if item.startswith("..") and item[2:].isdigit():
        return frozenset({(Gap(0, int(item[2:])),)})
    if item.startswith("{"):
        return lists.expanded(item.strip("{}"), pattern)
    if len(item) > 1 and item.endswith("+"):
        return frozenset(map(_words, inflections(item[:-1])))
    return frozenset({_words(item)})


@lru_cache(maxsize=50_000)
def _words(item: str) -> Phrase:
    return (item,) if item == "her" else read(item).words  # read alone, it would be `him`


def _together(alternatives: list[list[frozenset[Sequenced]]], pattern: str) -> frozenset[Sequenced]:
    size = sum(map(_size, alternatives))
    if size > MOST_SEQUENCES:
        raise PatternError(
            f"pattern {pattern!r}: one part stands for {size} sequences; at most {MOST_SEQUENCES} are allowed"
        )
    return frozenset(sequence for parts in alternatives for sequence in _joined(parts))


def _size(parts: list[frozenset[Sequenced]]) -> int:
    return math.prod(map(len, parts))


def _joined(parts: list[frozenset[Sequenced]]) -> frozenset[Sequenced]:
    return frozenset(tuple(piece for sequence in choice for piece in sequence) for choice in product(*parts))


def _runs(elements: Sequence[Gap | Run], pattern: str) -> list[tuple[Gap, Run]]:
    """Join words that stand alone: `has ..2 knife in hand` is `has`, then within two words `knife in hand`.

    A gap at either end, left by what may be absent there, says nothing.
    """
    runs: list[tuple[Gap, Run]] = []
    gap: Gap | None = None
    for element in elements:
        if isinstance(element, Gap):
            gap = Gap((gap or _NO_GAP).least + element.least, (gap or _NO_GAP).most + element.most)
        elif runs and gap is None and len(element) == 1 and len(runs[-1][1]) == 1:
            (before,), (after,) = runs[-1][1], element
            runs[-1] = (runs[-1][0], frozenset({before + after}))
        else:
            runs.append(((gap or _NO_GAP) if runs else _NO_GAP, element))
            gap = None
    if not runs or _GAP_AT_END.search(pattern):
        raise PatternError(f"pattern {pattern!r} must begin and end with a word, not with a gap or nothing")
    return runs


_NO_GAP: Final = Gap(0, 0)
_GAP_AT_END: Final = re.compile(r"^(\.\.\d+|\*)|(\.\.\d+|\*)$")


def inflections(word: str) -> set[str]:
    """Return a regular verb or noun with its endings: kick, kicks, kicked, kicking.

    >>> sorted(inflections("stab"))
    ['stab', 'stabbed', 'stabbing', 'stabs']
    """
    if word.endswith("e"):
        return {word, word + "s", word + "d", word[:-1] + "ing"}
    if word.endswith("y") and word[-2:-1] not in "aeiou":
        return {word, word[:-1] + "ies", word[:-1] + "ied", word + "ing"}
    stem = word + word[-1] if _DOUBLES.search(word) else word
    plural = "es" if word.endswith(("s", "x", "z", "ch", "sh")) else "s"
    return {word, word + plural, stem + "ed", stem + "ing"}


_DOUBLES: Final = re.compile(r"^[^aeiou]*[aeiou][bdgklmnprt]$")
