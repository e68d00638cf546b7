"""Reading a call note: its words in plain form, where they stand, and its entries, questions and answers.

One regular expression tells how CAD writing falls into words. spaCy's own tokenizer was tried first: it makes
words of doubled blanks, which would tear every phrase, and keeps what it has seen; a console keeps typing.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, Literal

from classifier import lexicon

Kind = Literal["statement", "question", "answer"]


@dataclass(frozen=True, slots=True)
class Segment:
    """A sentence of the note: words `start` to `end` (exclusive), and what part it plays."""

    start: int
    end: int
    kind: Kind
    entry: int
    minute: int | None


@dataclass(frozen=True, slots=True)
class Note:
    """A call note as read.

    Attributes
    ----------
    text : str
        The note exactly as typed.
    words : tuple of str
        Plain, lower-case words; shorthand that stands for two words gives two with the same place.
    starts, ends : tuple of int
        Code-point offsets of each word into `text`, end exclusive.
    segments : tuple of Segment
        The sentences in order; they cover all words.
    """

    text: str
    words: tuple[str, ...]
    starts: tuple[int, ...]
    ends: tuple[int, ...]
    segments: tuple[Segment, ...]


def read(text: str) -> Note:
    """Read a note: any text, of any length, in any script."""
    words: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    for match in _WORD.finditer(text):
        start, end = match.span()
        for word in _plain(text[start:end]):
            words.append(word)
            starts.append(start)
            ends.append(end)
    for index, word in enumerate(words):
        if word in lexicon.AMBIGUOUS:
            words[index] = lexicon.sense(words, index) or word
    return Note(text, tuple(words), tuple(starts), tuple(ends), tuple(_segments(words)))


_WORD: Final = re.compile(
    r"""
      \n                                              # a new line ends a sentence
    | \[?\d{1,2}:\d{2}(?::\d{2})?\]?                  # 14:02, [14:02:31]
    | (?:[wW]/[oO]|[wcsWCS]/(?=[^\W\d_]{3})|[^\W\d_]{1,2}/[^\W\d_]{1,2}(?![^\W_])|[wscWSC]/)  # w/o, W/F, s/
    | \d+(?:[sS][tT]|[nNrR][dD]|[tT][hH])(?![^\W_])                    # 22nd
    | (?<![\w.])\.\d+                                 # .38, .22: a caliber, not the end of a sentence
    | \d+(?:[.,]\d+)*                                 # 28 of 28YOM, 5150, 1,200
    | [^\W\d_](?:[^\W\d_]|['’](?=[^\W\d_]))*          # words, their apostrophes inside
    | \.{2,}                                          # .. between two statements
    | [^\w\s] | _                                     # any other sign is a word of its own
    | [^\W\d]                                         # a letter-like sign that is no letter
    """,
    re.VERBOSE,
)


@lru_cache(maxsize=50_000)
def _plain(word: str) -> tuple[str, ...]:
    return tuple(lexicon.plain(word).split()) or (word,)


_ENDS: Final = frozenset({".", "..", "...", "?", "!", ";", "|", "\n"})
_ASKING: Final = frozenset(
    "is are was were does do did has have had any what where who when how why can could will would which "
    "anyone anything q".split()
)
_TIME: Final = re.compile(r"\[?(\d{1,2}):(\d{2})(?::\d{2})?\]?$")


def _segments(words: list[str]) -> Iterator[Segment]:
    """Split the words at sentence ends, new lines and time stamps; only a time stamp begins a new entry."""
    entry, minute = 0, None
    asked = False
    for sentence_start, sentence_end in _sentences(words):
        first = words[sentence_start]
        stamp = _TIME.match(first)
        if stamp and (first[0] == "[" or sentence_start == 0 or words[sentence_start - 1] in _ENDS):
            minute = int(stamp[1]) * 60 + int(stamp[2])
            entry += sentence_start > 0
        start = sentence_start
        if words[sentence_end - 1] == "?":
            split = _question_start(words, sentence_start, sentence_end)
            if split > start:
                yield Segment(start, split, "answer" if asked else "statement", entry, minute)
            yield Segment(split, sentence_end, "question", entry, minute)
            asked = True
        elif _marked(words, sentence_start, "q"):
            yield Segment(start, sentence_end, "question", entry, minute)
            asked = True
        else:
            answers = asked or _marked(words, sentence_start, "a")
            yield Segment(start, sentence_end, "answer" if answers else "statement", entry, minute)
            asked = False


def _sentences(words: list[str]) -> Iterator[tuple[int, int]]:
    start = 0
    for index, word in enumerate(words):
        if word in _ENDS:
            yield start, index + 1
            start = index + 1
        elif index > start and (
            _bracketed_time(word) or _marked(words, index, "q") or _marked(words, index, "a")
        ):
            yield start, index
            start = index
    if start < len(words):
        yield start, len(words)


def _bracketed_time(word: str) -> bool:
    return word[0] == "[" and _TIME.match(word) is not None


def _marked(words: list[str], index: int, letter: str) -> bool:
    return words[index] == letter and index + 1 < len(words) and words[index + 1] == ":"


def _question_start(words: list[str], start: int, end: int) -> int:
    """`male in lobby, weapons?` asks only after its last comma; `is he armed, any guns?` asks throughout."""
    if words[start] in _ASKING:
        return start
    for index in range(end - 2, start, -1):
        if words[index] in {",", "-", "–", "—", ":"}:
            return index + 1
    return start
