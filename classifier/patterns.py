"""The pattern language of the rule files, and finding patterns in a note.

A pattern is words separated by blanks. `(a|b c)` is an alternative, `x?` may be absent, `{name}` is any
phrase of that vocabulary, `kick+` the word with its regular inflections, `*` exactly one word of any kind,
`..3` up to three.

Patterns are expanded to literal word sequences when they are loaded and found by spaCy's `PhraseMatcher`,
whose cost hardly depends on their number; gaps are checked by a little code around what it found.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from itertools import product
from typing import Final, NamedTuple

from spacy.matcher import PhraseMatcher
from spacy.tokens import Doc
from spacy.vocab import Vocab

from classifier.reading import read

MOST_SEQUENCES: Final = 20_000
"""A pattern that expands to more than this is refused: it says too many things at once."""

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


Sequenced = tuple[str | Gap, ...]


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
        runs: dict[tuple[str, ...], int] = {}
        self._begun: dict[int, _Branch] = defaultdict(_Branch)
        for key, pattern, lists, owner in patterns:
            for first, *rest in _all_runs(pattern, lists, owner):
                branch = self._begun[runs.setdefault(first[1], len(runs))]
                for gap, words in rest:
                    branch = branch.after[gap][runs.setdefault(words, len(runs))]
                branch.complete.add(key)
        self._vocab = Vocab()
        self._matcher = PhraseMatcher(self._vocab, attr="ORTH")
        self._number = {self._vocab.strings.add(f"run {number}"): number for number in runs.values()}
        for words, number in runs.items():
            self._matcher.add(f"run {number}", [Doc(self._vocab, words=list(words))])
        self._known = frozenset(word for words in runs for word in words)

    def find(self, words: Sequence[str]) -> dict[int, list[Place]]:
        """Return the places of every key that was found, in the order of the note."""
        known = self._known
        # Words that no pattern has stand as one and the same word: the vocabulary never grows while serving.
        doc = Doc(self._vocab, words=[word if word in known else _OTHER_WORD for word in words])
        begins: dict[int, list[tuple[int, int]]] = defaultdict(list)
        matches = [(self._number[name], start, end) for name, start, end in self._matcher(doc)]
        for number, start, end in matches:
            begins[start].append((number, end))
        found: dict[int, list[Place]] = defaultdict(list)
        for number, start, end in matches:
            branch = self._begun.get(number)
            if branch is not None:
                for key, last in _followed(branch, end, begins):
                    found[key].append(Place(start, last))
        return found


class _Branch:
    """How some patterns go on: whose patterns are complete here, and which runs may follow after a gap."""

    def __init__(self) -> None:
        self.complete: set[int] = set()
        self.after: dict[Gap, dict[int, _Branch]] = defaultdict(lambda: defaultdict(_Branch))


def _followed(
    branch: _Branch, end: int, begins: Mapping[int, Sequence[tuple[int, int]]]
) -> set[tuple[int, int]]:
    """Return the keys of the patterns that go on from here, with where they end, the nearest runs first."""
    ways = {(key, end) for key in branch.complete}
    for gap, branches in branch.after.items():
        taken: set[int] = set()
        for start in range(end + gap.least, end + gap.most + 1):
            for number, next_end in begins.get(start, ()):
                following = branches.get(number)
                if following is not None and number not in taken:
                    further = _followed(following, next_end, begins)
                    if further:
                        taken.add(number)
                        ways |= further
    return ways


def _all_runs(
    pattern: str, lists: Mapping[str, Sequence[str]], owner: str
) -> list[list[tuple[Gap, tuple[str, ...]]]]:
    try:
        return [_runs(sequence, pattern) for sequence in expand(pattern, lists)]
    except PatternError as error:
        raise PatternError(f"{owner}: {error}") from error


def expand(pattern: str, lists: Mapping[str, Sequence[str]]) -> set[Sequenced]:
    """Return every sequence of plain words and gaps that a pattern stands for."""
    items = _ITEM.findall(pattern)
    sequences, rest = _alternatives(items, pattern, lists, ())
    if rest:
        raise PatternError(f"pattern {pattern!r} has a ')' that closes nothing")
    return sequences


_ITEM: Final = re.compile(r"\(|\)\??|\||\{[a-z_0-9]+\}\??|\.\.\d+|\*|[^\s()|]+")


def _alternatives(
    items: Sequence[str], pattern: str, lists: Mapping[str, Sequence[str]], within: tuple[str, ...]
) -> tuple[set[Sequenced], Sequence[str]]:
    """Read alternatives up to a closing parenthesis; return them and the items that follow it."""
    done: set[Sequenced] = set()
    parts: list[set[Sequenced]] = []
    while items:
        item, items = items[0], items[1:]
        if item == "(":
            inner, items = _alternatives(items, pattern, lists, within)
            if not items:
                raise PatternError(f"pattern {pattern!r} has a '(' that is not closed")
            parts.append(inner | {()} if items[0] == ")?" else inner)
            items = items[1:]
        elif item in {")", ")?"}:
            return done | _joined(parts, pattern), (item, *items)
        elif item == "|":
            done |= _joined(parts, pattern)
            parts = []
        else:
            parts.append(_item(item, pattern, lists, within))
    return done | _joined(parts, pattern), ()


def _item(
    item: str, pattern: str, lists: Mapping[str, Sequence[str]], within: tuple[str, ...]
) -> set[Sequenced]:
    if len(item) > 1 and item.endswith("?"):
        return _item(item[:-1], pattern, lists, within) | {()}
    if item == "*":
        return {(Gap(1, 1),)}
    if item.startswith("..") and item[2:].isdigit():
        return {(Gap(0, int(item[2:])),)}
    if item.startswith("{"):
        name = item.strip("{}")
        if name not in lists:
            raise PatternError(
                f"pattern {pattern!r} names the list {name!r}; there are {', '.join(sorted(lists))}"
            )
        if name in within:
            raise PatternError(f"the list {name!r} contains itself")
        return {
            sequence
            for phrase in lists[name]
            for sequence in _alternatives(_ITEM.findall(str(phrase)), str(phrase), lists, (*within, name))[0]
        }
    if len(item) > 1 and item.endswith("+"):
        return {read(word).words for word in inflections(item[:-1])}
    return {read(item).words}


def _joined(parts: list[set[Sequenced]], pattern: str) -> set[Sequenced]:
    size = 1
    for part in parts:
        size *= len(part)
    if size > MOST_SEQUENCES:
        raise PatternError(
            f"pattern {pattern!r} stands for {size} sequences; at most {MOST_SEQUENCES} are allowed"
        )
    return {tuple(piece for sequence in choice for piece in sequence) for choice in product(*parts)}


def _runs(sequence: Sequenced, pattern: str) -> list[tuple[Gap, tuple[str, ...]]]:
    """Split a sequence at its gaps: `has ..2 knife` is `has`, then within two words `knife`."""
    runs: list[tuple[Gap, tuple[str, ...]]] = []
    gap = Gap(0, 0)
    words: list[str] = []
    for part in sequence:
        if isinstance(part, Gap):
            if words:
                runs.append((gap, tuple(words)))
                gap, words = Gap(0, 0), []
            gap = Gap(gap.least + part.least, gap.most + part.most)
        else:
            words.append(part)
    if words:
        runs.append((gap, tuple(words)))
    if not words or not runs or runs[0][0] != Gap(0, 0):
        raise PatternError(f"pattern {pattern!r} must begin and end with a word, not with a gap or nothing")
    return runs


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
