"""The safety rules: which words speak of a danger, whether it is asserted, and what it raises.

Rules are data, one file a hazard under `rules/`; `patterns.py` describes the language of their patterns. A
rule carries its own sentences: what must fire it and what must not. `heartline rules check` runs them.
"""

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Final, Literal, Self

from pydantic import BaseModel, ConfigDict, Field

from classifier import yamlfile
from classifier.assertion import CUES, Anchor, Cues, begins_anew, judge
from classifier.patterns import PatternError, Patterns, Place
from classifier.reading import Note, read
from classifier.terms import LEAST_ACUITY, RAISING, Acuity, Hazard, Status

RULES: Final = Path(__file__).with_name("rules")
"""Heartline's own rules."""


class Companion(BaseModel):
    """Words near an anchor that make it graver or say more of it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    near: tuple[str, ...] = Field(min_length=1)
    within: int = Field(default=6, ge=0, le=40)
    floor: Acuity | None = None
    facts: frozenset[str] = frozenset()


class Rule(BaseModel):
    """One rule: anchors, what must or must not stand beside them, and the sentences that prove it.

    Attributes
    ----------
    patterns : tuple of str
        The anchors; a mention's span is the anchor alone.
    needs : tuple of str
        One of these must stand within `within` words in the same entry, else the anchor says nothing.
    unless : tuple of str
        An anchor that overlaps one of these is something else (`nail gun`): status `other`.
    unless_near : tuple of str
        One of these within `within` words makes it something else.
    when : tuple of Companion
        Companions that raise the floor or add facts.
    says : str, optional
        The status that the anchor has by itself (`unarmed` is a denial).
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str = Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")
    reason: str = Field(min_length=1)
    floor: Acuity | None = None
    facts: frozenset[str] = frozenset()
    patterns: tuple[str, ...] = Field(min_length=1)
    needs: tuple[str, ...] = ()
    within: int = Field(default=8, ge=0, le=40)
    unless: tuple[str, ...] = ()
    unless_near: tuple[str, ...] = ()
    when: tuple[Companion, ...] = ()
    says: Literal["negated", "historical", "unknown", "possible", "other"] | None = None
    fires: tuple[str, ...] = ()
    quiet: tuple[str, ...] = ()


class RuleFile(BaseModel):
    """The content of one rule file; a center's file may also switch rules off."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    hazard: Hazard | None = None
    lists: dict[str, list[str]] = {}
    rules: tuple[Rule, ...] = ()
    off: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Found:
    """A mention: what a rule found in a note, and whether the note says that it is so now.

    `start` and `end` are code-point offsets into the note as typed; so are those of `cue`.
    """

    rule: str
    hazard: Hazard | None
    status: Status
    start: int
    end: int
    cue: tuple[int, int] | None
    floor: int | None
    facts: frozenset[str]
    reason: str

    @property
    def raises(self) -> bool:
        """Whether the mention counts: asserted, or hedged towards danger."""
        return self.status in RAISING


@dataclass(frozen=True, slots=True)
class _Loaded:
    """A rule ready to run; the keys say which of its pattern groups a found place belongs to."""

    rule: Rule
    hazard: Hazard | None
    anchors: int
    needs: int
    unless: int
    unless_near: int
    when: tuple[int, ...]


@dataclass(slots=True)
class _Candidate:
    loaded: _Loaded
    place: Place
    other: Place | None = None
    floor: int | None = None
    facts: set[str] = field(default_factory=set)


class SafetyRules:
    """All rules of some folders, the later ones laid over the earlier.

    A rule with an id that an earlier folder has replaces that one; a file's `off` switches rules off.

    Parameters
    ----------
    folders : sequence of Path
        Heartline's own rules first.
    """

    def __init__(self, folders: Sequence[Path], cues: Path = CUES) -> None:
        self.rules: tuple[tuple[Rule, Hazard | None], ...]
        shared, entries = _collect(folders)
        self.rules = tuple((rule, hazard) for rule, hazard, _ in entries)
        own, *centers = folders
        self.version = "+".join([_content_hash(own, cues), *map(_content_hash, centers)])
        cue_form = yamlfile.load(cues, Cues)
        self._ends = cue_form.ends
        patterns: list[tuple[int, str, Mapping[str, list[str]], str]] = []
        keys = iter(range(1 << 30))

        def group(texts: Sequence[str], lists: Mapping[str, list[str]], where: str) -> int:
            key = next(keys)
            patterns.extend((key, text, lists, where) for text in texts)
            return key

        self._loaded = tuple(
            _Loaded(
                rule,
                hazard,
                group(rule.patterns, lists, rule.id),
                group(rule.needs, lists, rule.id),
                group(rule.unless, lists, rule.id),
                group(rule.unless_near, lists, rule.id),
                tuple(group(companion.near, lists, rule.id) for companion in rule.when),
            )
            for rule, hazard, lists in entries
        )
        of_cues = cue_form.lists | shared
        self._cues = {group(cue.patterns, of_cues, "cues"): cue for cue in cue_form.cues}
        self._by_anchor = {loaded.anchors: loaded for loaded in self._loaded}
        try:
            self._patterns = Patterns(patterns)
        except PatternError as error:
            raise yamlfile.FileError(str(error)) from error

    @classmethod
    def load(cls, *folders: Path) -> Self:
        """Load Heartline's own rules, with a center's folders laid over them.

        Raises
        ------
        FileError
            When a file does not have the form, or a pattern cannot be read; names file and rule.
        """
        return cls((RULES, *folders))

    def read(self, note: Note) -> tuple[Found, ...]:
        """Return every mention of a danger and every fact, in the order of the note."""
        places = self._patterns.find(note.words)
        candidates = sorted(self._candidates(note, places), key=lambda c: (c.place, c.loaded.anchors))
        anchors = [Anchor(c.place, c.loaded.hazard, c.loaded.rule.says is not None) for c in candidates]
        cues = [(cue, place) for key, cue in self._cues.items() for place in places.get(key, ())]
        judgments = judge(note, anchors, cues, self._ends)
        return tuple(
            _found(note, candidate, judgment.status, judgment.cue)
            for candidate, judgment in zip(candidates, judgments, strict=True)
        )

    def _candidates(self, note: Note, places: Mapping[int, list[Place]]) -> Iterator[_Candidate]:
        entries = [segment.entry for segment in note.segments for _ in range(segment.start, segment.end)]
        clauses = _clauses(note)
        by_hazard: dict[Hazard | str, list[_Candidate]] = defaultdict(list)
        for key, found in places.items():
            loaded = self._by_anchor.get(key)
            if loaded is None:
                continue
            for place in found:
                if loaded.rule.needs and not _near(
                    note, entries, places.get(loaded.needs, ()), place, loaded.rule.within
                ):
                    continue
                by_hazard[loaded.hazard or loaded.rule.id].append(
                    _weighed(note, entries, clauses, places, loaded, place)
                )
        for candidates in by_hazard.values():
            yield from _longest(candidates)


def _clauses(note: Note) -> list[tuple[int, int]]:
    """Return for each word the number of its clause, and how many clauses so far begin anew."""
    anew = set(begins_anew(note.words))
    begun = {segment.start for segment in note.segments} | anew
    number, fresh = 0, 0
    clauses = []
    for at in range(len(note.words)):
        number += at in begun
        fresh += at in anew
        clauses.append((number, fresh))
    return clauses


def _weighed(
    note: Note,
    entries: Sequence[int],
    clauses: Sequence[tuple[int, int]],
    places: Mapping[int, list[Place]],
    loaded: _Loaded,
    place: Place,
) -> _Candidate:
    """Add to an anchor what stands beside it.

    What an earlier clause tells is told of something else: the gun of `holding a knife. he has a gun` is not
    in hand. What follows may still tell of it: `he has a gun. pointing it at her`; but nothing that begins
    anew makes it harmless.
    """
    rule = loaded.rule
    candidate = _Candidate(loaded, place, floor=rule.floor, facts=set(rule.facts))
    candidate.other = next(
        (p for p in places.get(loaded.unless, ()) if p.start < place.end and place.start < p.end), None
    )
    if candidate.other is None:
        fresh = clauses[place.end - 1][1]
        beside = _not_before(places.get(loaded.unless_near, ()), place, clauses)
        beside = [near for near in beside if clauses[near.start][1] <= fresh]
        candidate.other = _near(note, entries, beside, place, rule.within)
    for companion, key in zip(rule.when, loaded.when, strict=True):
        if _near(note, entries, _not_before(places.get(key, ()), place, clauses), place, companion.within):
            candidate.facts |= companion.facts
            if companion.floor is not None:
                candidate.floor = max(candidate.floor or 0, companion.floor)
    return candidate


def _not_before(
    companions: Iterable[Place], anchor: Place, clauses: Sequence[tuple[int, int]]
) -> list[Place]:
    """Leave out the companions that an earlier clause ends with."""
    own = clauses[anchor.start][0]
    return [place for place in companions if clauses[place.end - 1][0] >= own]


_NOT: Final = frozenset(
    {"not", "no", "never", "nothing", "isnt", "wasnt", "hasnt", "havent", "didnt", "doesnt", "without"}
)


def _near(
    note: Note, entries: Sequence[int], companions: Sequence[Place], anchor: Place, within: int
) -> Place | None:
    """Return a companion within so many words of the anchor, in the same entry and not itself denied."""
    for place in companions:
        if entries[place.start] != entries[anchor.start]:
            continue
        apart = max(place.start - anchor.end, anchor.start - place.end)
        if apart <= within and not _NOT.intersection(note.words[max(0, place.start - 2) : place.start]):
            return place
    return None


def _longest(candidates: list[_Candidate]) -> Iterator[_Candidate]:
    """Keep, of overlapping anchors of a hazard, the longest; it takes over the graver floor and all facts."""
    candidates.sort(
        key=lambda c: (
            c.loaded.rule.says == "unknown",
            c.place.start - c.place.end,
            c.place.start,
            -(c.floor or 0),
            c.loaded.rule.id,
        )
    )
    kept: list[_Candidate] = []
    for candidate in candidates:
        over = next(
            (k for k in kept if k.place.start < candidate.place.end and candidate.place.start < k.place.end),
            None,
        )
        if over is None:
            kept.append(candidate)
        elif over.loaded.rule.says is None and candidate.loaded.rule.says is None and candidate.other is None:
            over.facts |= candidate.facts
            over.floor = max(over.floor or 0, candidate.floor or 0) or None
    yield from kept


_NONE_LEFT: Final = ("historical", "negated")
"""`sold his guns last year, none in the house` is told of the past, and says that there is none now."""


def _found(note: Note, candidate: _Candidate, status: Status, cue: Place | None) -> Found:
    rule = candidate.loaded.rule
    if candidate.other is not None:
        status, cue = "other", candidate.other
    elif rule.says is not None and (status in {"asserted", "possible"} or (status, rule.says) == _NONE_LEFT):
        status, cue = rule.says, None
    return Found(
        rule=rule.id,
        hazard=candidate.loaded.hazard,
        status=status,
        start=note.starts[candidate.place.start],
        end=note.ends[candidate.place.end - 1],
        cue=None if cue is None else (note.starts[cue.start], note.ends[cue.end - 1]),
        floor=candidate.floor,
        facts=frozenset(candidate.facts),
        reason=rule.reason,
    )


def _collect(
    folders: Sequence[Path],
) -> tuple[dict[str, list[str]], list[tuple[Rule, Hazard | None, dict[str, list[str]]]]]:
    """Lay the folders over one another; refuse what could not be proved or could not be reached."""
    shared: dict[str, list[str]] = {}
    rules: dict[str, tuple[Rule, Hazard | None, dict[str, list[str]]]] = {}
    for folder in folders:
        if not folder.is_dir():
            raise yamlfile.FileError(f"{folder}: is no folder of rule files")
        files = {path: yamlfile.load(path, RuleFile) for path in sorted(folder.glob("*.yaml"))}
        for path, content in files.items():
            if path.stem == "lists":
                shared |= content.lists
        for path, content in files.items():
            lists = shared | content.lists
            seen: set[str] = set()
            for rule in content.rules:
                _check(path, content, rule, seen)
                rules[rule.id] = (rule, content.hazard, lists)
            for off in content.off:
                if off not in rules:
                    raise yamlfile.FileError(f"{path}: off: there is no rule {off!r} to switch off")
                del rules[off]
    return shared, list(rules.values())


def _check(path: Path, content: RuleFile, rule: Rule, seen: set[str]) -> None:
    if rule.id in seen:
        raise yamlfile.FileError(
            f"{path}: rule {rule.id}: stands twice in this file; give one of them another id"
        )
    seen.add(rule.id)
    if not rule.fires or not rule.quiet:
        raise yamlfile.FileError(
            f"{path}: rule {rule.id}: needs at least one sentence under 'fires' and one under 'quiet'"
        )
    if content.hazard is None:
        if rule.floor is not None or not (rule.facts or any(companion.facts for companion in rule.when)):
            raise yamlfile.FileError(
                f"{path}: rule {rule.id}: without a hazard a rule gives facts, and has no floor"
            )
    elif rule.says is None and (rule.floor is None or rule.floor < LEAST_ACUITY[content.hazard]):
        least = LEAST_ACUITY[content.hazard]
        raise yamlfile.FileError(f"{path}: rule {rule.id}: the floor of {content.hazard} is {least} or more")


def _content_hash(folder: Path, *more: Path) -> str:
    digest = hashlib.sha256()
    for path in [*sorted(folder.glob("*.yaml")), *more]:
        digest.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()[:12]


@lru_cache(maxsize=1)
def default_rules() -> SafetyRules:
    """Return Heartline's own rules, loaded once."""
    return SafetyRules.load()


def check(rules: SafetyRules) -> list[str]:
    """Run every rule's own sentences; return one line for each that does not do what it should."""
    problems = []
    for rule, _ in rules.rules:
        for sentence, must in [(s, True) for s in rule.fires] + [(s, False) for s in rule.quiet]:
            found = [f for f in rules.read(read(sentence)) if f.rule == rule.id]
            wanted = {rule.says} if rule.says else RAISING
            fired = any(f.status in wanted for f in found)
            if fired != must:
                statuses = ", ".join(f.status for f in found) or "nothing found"
                problems.append(
                    f"{rule.id}: {'must' if must else 'must not'} fire on {sentence!r} ({statuses})"
                )
    return problems
