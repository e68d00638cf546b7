"""What a note speaks of, whatever words it uses: concepts by hand-kept vocabularies, and their assertion."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Final

from pydantic import RootModel

from classifier import yamlfile
from classifier.assertion import CUES, Anchor, Cues, judge
from classifier.patterns import Patterns
from classifier.reading import Note
from classifier.rules import RULES, RuleFile
from classifier.terms import Status

CONCEPTS: Final = Path(__file__).with_name("concepts.yaml")

WEAPON: Final = "weapon"
"""The group whose concepts are judged by the cues of weapons, too."""


class _Groups(RootModel[dict[str, dict[str, str]]]):
    """The content of `concepts.yaml`: group, concept, phrases separated by commas."""


@dataclass(frozen=True, slots=True)
class Mention:
    """A concept at words `start` to `end` (exclusive), and whether the note says that it is so now."""

    concept: str
    status: Status
    start: int
    end: int


class Concepts:
    """All concepts of a file, found together.

    Parameters
    ----------
    path : Path
        Groups of concepts, each with its phrases in the pattern language of the rules.
    cues : Path
        What tells a denial, a past or a question.

    Raises
    ------
    FileError, PatternError
        When a file does not have the form, or a phrase cannot be read.
    """

    def __init__(self, path: Path = CONCEPTS, cues: Path = CUES) -> None:
        groups = yamlfile.load(path, _Groups).root
        form = yamlfile.load(cues, Cues)
        self._names = [name for concepts in groups.values() for name in concepts]
        self._judged_as = {
            name: group if group == WEAPON else name for group in groups for name in groups[group]
        }
        self._cues = dict(enumerate(form.cues, start=len(self._names)))
        self._ends = form.ends
        lists = yamlfile.load(RULES / "lists.yaml", RuleFile).lists | form.lists
        texts = [text for concepts in groups.values() for text in concepts.values()]
        self._patterns = Patterns(
            [
                (key, phrase.strip(), {}, self._names[key])
                for key, text in enumerate(texts)
                for phrase in text.split(",")
            ]
            + [(key, pattern, lists, "cues") for key, cue in self._cues.items() for pattern in cue.patterns]
        )

    def find(self, note: Note) -> list[Mention]:
        """Return every mention of a concept, in the order of the note."""
        places = self._patterns.find(note.words)
        found = sorted(
            (place, self._names[key])
            for key, spots in places.items()
            if key < len(self._names)
            for place in spots
        )
        anchors = [Anchor(place, self._judged_as[name]) for place, name in found]
        cues = [(cue, place) for key, cue in self._cues.items() for place in places.get(key, ())]
        judgments = judge(note, anchors, cues, self._ends)
        return [
            Mention(name, judgment.status, place.start, place.end)
            for (place, name), judgment in zip(found, judgments, strict=True)
        ]


@lru_cache(maxsize=1)
def default_concepts() -> Concepts:
    """Return Heartline's own concepts, loaded once."""
    return Concepts()


def longest_at(mentions: Sequence[Mention], words: int) -> list[Mention | None]:
    """Return for each word the longest mention that covers it, the first found of equals."""
    covering: list[Mention | None] = [None] * words
    for mention in mentions:
        for word in range(mention.start, mention.end):
            held = covering[word]
            if held is None or mention.end - mention.start > held.end - held.start:
                covering[word] = mention
    return covering
