"""Assertion: whether a note says that a danger is so now.

After the ConText algorithm (Harkema et al. 2009, doi:10.1016/j.jbi.2009.05.002): a cue phrase gives its
status to the mentions within its direction and scope; a comma, a conjunction, a new verb or a new entry ends
the scope. What is asked and answered, and what a later timed entry corrects, is decided afterwards.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Final, Literal

from pydantic import BaseModel, ConfigDict

from classifier.patterns import Place
from classifier.reading import Note, Segment
from classifier.terms import Hazard, Status

CUES: Final = Path(__file__).with_name("cues.yaml")


class CueRule(BaseModel):
    """Cue phrases of one status; `status: none` only shields what stands inside it.

    Attributes
    ----------
    scope : int
        At most so many words between the cue and the mention.
    closes : bool
        The cue counts only where its clause ends right after it.
    through : bool
        Verbs do not end the scope; a comma, a word like `but` or `now`, and the sentence do.
    crosses : bool
        Nothing ends the scope within the same entry, or with `entries` within the note.
    hazard : str, optional
        The cue speaks only of this hazard (`pawned` of a weapon).
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    status: Status | Literal["none"]
    direction: Literal["forward", "backward", "both"]
    patterns: tuple[str, ...]
    scope: int = 8
    closes: bool = False
    through: bool = False
    crosses: bool = False
    entries: bool = False
    hazard: Hazard | None = None


class Terminators(BaseModel):
    """Words that end the scope of a cue before them."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    conjunctions: frozenset[str]
    verbs: frozenset[str]


class Cues(BaseModel):
    """The content of `cues.yaml`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    lists: dict[str, list[str]]
    cues: tuple[CueRule, ...]
    terminators: Terminators

    @cached_property
    def ends(self) -> frozenset[str]:
        """Return every word that ends a forward scope."""
        return self.terminators.conjunctions | self.terminators.verbs


@dataclass(frozen=True, slots=True)
class Anchor:
    """A stretch of the note that may be a danger, before it is known whether it is asserted.

    `says` is true of words that tell their own status (`unarmed`); cues inside them still count for others.
    """

    place: Place
    hazard: str | None
    says: bool = False


@dataclass(frozen=True, slots=True)
class Judgment:
    """The status of an anchor and the cue that decided it."""

    status: Status
    cue: Place | None = None


_ASSERTED: Final = Judgment("asserted")
_STRENGTH: Final[Mapping[str, int]] = {
    "corrected": 6,
    "negated": 5,
    "other": 4,
    "historical": 3,
    "unknown": 2,
    "possible": 1,
}


def judge(
    note: Note, anchors: Sequence[Anchor], cue_places: Iterable[tuple[CueRule, Place]], ends: frozenset[str]
) -> list[Judgment]:
    """Give each anchor its status.

    Parameters
    ----------
    note : Note
        The note as read.
    anchors : sequence of Anchor
        In the order of the note.
    cue_places : iterable of (CueRule, Place)
        Every cue found.
    ends : frozenset of str
        Words that end a forward scope.

    Returns
    -------
    list of Judgment
        One for each anchor, in the same order.
    """
    segment_of = _segments_by_word(note)
    anew = begins_anew(note.words)
    cues = _outermost(
        (
            (rule, place)
            for rule, place in cue_places
            if (not rule.closes or _closes(note, place))
            and not any(place.start < at < place.end for at in anew)
        ),
        anchors,
    )
    judgments = [_ASSERTED] * len(anchors)
    for rule, place in cues:
        if rule.status == "none":
            continue
        # `last week male has a gun` is no past; `unknown if male has a gun` is not known.
        least = place.end if rule.status == "historical" else place.end + 1
        until = next((at for at in anew if at >= least), len(note.words))
        for index in _in_scope(note, anchors, rule, place, segment_of, ends):
            if until <= anchors[index].place.start:
                continue
            if _STRENGTH[rule.status] > _STRENGTH.get(judgments[index].status, 0):
                judgments[index] = Judgment(rule.status, place)
    return _corrected(note, anchors, _answered(note, anchors, judgments, segment_of), segment_of)


_SUBJECTS: Final = frozenset("male female man woman guy suspect subject".split())
_PRONOUNS: Final = frozenset("he she they hes shes theyre theyve".split())
_STATES: Final = frozenset("has have is are holds pulls points shows got holding pointing now".split())
_BELONGS: Final = frozenset(
    "the a an that this other another same second old older young tall adult white black hispanic "
    "if whether what which who no not any unknown and or nor with from to".split()
)
_LEADS_IN: Final = _BELONGS | frozenset(
    "know knows knew say says said saying tell tells told think thinks thought believe believes sure certain "
    "idea clue see sees saw seen mention mentioned mentions deny denies denied claim claims claimed state "
    "states stated advise advises advised report reported when where why how because since before after until"
    " unless though while as than like whatever everything all did does do was were is are has had".split()
)


def begins_anew(words: Sequence[str]) -> list[int]:
    """Return where a clause with its own subject begins without a comma: `unknown if armed male has a gun`.

    A subject that an article, a describing word, `if` or a verb of saying leads in may still belong to what
    stands before it.
    """
    return [
        at
        for at in range(1, len(words) - 1)
        if (words[at] in _SUBJECTS and words[at + 1] in _STATES and words[at - 1] not in _BELONGS)
        or (words[at] in _PRONOUNS and words[at + 1] in _STATES and words[at - 1] not in _LEADS_IN)
    ]


def _segments_by_word(note: Note) -> list[int]:
    return [number for number, segment in enumerate(note.segments) for _ in range(segment.start, segment.end)]


def _outermost(
    cue_places: Iterable[tuple[CueRule, Place]], anchors: Sequence[Anchor]
) -> list[tuple[CueRule, Place]]:
    """Drop cues inside a longer cue (`no` in `not only`), and denials inside a danger (`not breathing`)."""
    taken: set[int] = {
        word
        for anchor in anchors
        if anchor.hazard and not anchor.says and anchor.place.end - anchor.place.start <= _PHRASE
        for word in range(*anchor.place)
    }
    kept: list[tuple[CueRule, Place]] = []
    ordered = sorted(cue_places, key=lambda found: (found[1].start - found[1].end, found[1].start))
    covered: dict[tuple[int, str], Place] = {}
    for rule, place in ordered:
        span = range(place.start, place.end)
        if rule.status == "negated" and any(word in taken for word in span):
            continue
        # A longer cue hides a shorter one that looks the same way; a pseudo cue hides both ways.
        ways = _WAYS if rule.direction == "both" or rule.status == "none" else (rule.direction,)
        if any(covered.get((word, way), place) != place for word in span for way in ways):
            continue
        covered.update(((word, way), place) for word in span for way in ways)
        kept.append((rule, place))
    return kept


_WAYS: Final = ("forward", "backward")

_PHRASE: Final = 4
"""A longer anchor has a gap in it, and a `no` inside the gap belongs to what follows."""

_BREAKS: Final = frozenset({",", ".", "..", "...", ";", "?", "!", "\n", "|", "(", ")", "/", "-", "–", "—"})


def _closes(note: Note, place: Place) -> bool:
    """Whether the clause ends right after the cue."""
    return place.end >= len(note.words) or note.words[place.end] in _BREAKS


def _in_scope(
    note: Note,
    anchors: Sequence[Anchor],
    rule: CueRule,
    cue: Place,
    segment_of: Sequence[int],
    ends: frozenset[str],
) -> list[int]:
    if rule.through or rule.crosses or rule.entries:
        return [
            index
            for index, anchor in enumerate(anchors)
            if rule.hazard in {None, anchor.hazard} and _within(note, anchor, rule, cue, segment_of)
        ]
    reached: list[int] = []
    segment = segment_of[cue.start]
    if rule.direction in {"forward", "both"}:
        stop = cue.end
        for index, anchor in enumerate(anchors):
            start, end = anchor.place
            if start < cue.end or segment_of[start] != segment:
                continue
            if start - stop > rule.scope:
                break
            listed = bool(reached) and anchor.hazard == anchors[reached[-1]].hazard
            if _broken(note.words, cue.end, stop, start, ends, listed, _is_item(note, end)):
                break
            reached.append(index)
            if end - start <= _PHRASE:
                stop = max(stop, end)
    if rule.direction in {"backward", "both"}:
        for index in range(len(anchors) - 1, -1, -1):
            start, end = anchors[index].place
            if end > cue.start or segment_of[start] != segment:
                continue
            if cue.start - end > rule.scope or _parted(note.words[end : cue.start], ends):
                break
            reached.append(index)
            if rule.scope <= 2:
                break
    return [index for index in reached if rule.hazard in {None, anchors[index].hazard}]


def _within(note: Note, anchor: Anchor, rule: CueRule, cue: Place, segment_of: Sequence[int]) -> bool:
    """Whether a mention is near enough to a cue that passes over commas or sentence ends."""
    start, end = anchor.place
    if start >= cue.end and rule.direction != "backward":
        between = note.words[cue.end : start]
    elif end <= cue.start and rule.direction != "forward":
        between = note.words[end : cue.start]
    else:
        return False
    if len(between) > rule.scope:
        return False
    if rule.entries:
        return True
    here, there = note.segments[segment_of[cue.start]], note.segments[segment_of[start]]
    if rule.crosses:
        return here.entry == there.entry
    return here is there and not _TURNS.intersection(between)


_TURNS: Final = frozenset({",", ";", "..", "but", "however", "now", "today", "tonight", "currently"})


def _broken(
    words: Sequence[str], cue_end: int, stop: int, start: int, ends: frozenset[str], listed: bool, item: bool
) -> bool:
    """Whether anything between the scope so far and the next anchor ends the scope.

    `no guns, knives` goes on, since the knives are an item of the list; `no injuries, has knife` and
    `no guns, knife in hand` do not.
    """
    for position in range(stop, start):
        word = words[position]
        if word == "," or word == "/":
            if not (listed and item and start - position <= 3):
                return True
        elif word in _BREAKS or (word in ends and position > cue_end):
            return True
    return False


def _is_item(note: Note, end: int) -> bool:
    return (
        end >= len(note.words) or note.words[end] in _BREAKS or note.words[end] in {"or", "and", "nor", "etc"}
    )


def _parted(words: Sequence[str], ends: frozenset[str]) -> bool:
    """Whether a backward scope is ended: by a comma or a conjunction; verbs may stand between."""
    return any(
        word in {",", ";", ".", "..", "\n", "but", "however", "now", "currently", "and", "?"}
        for word in words
    )


def _answered(
    note: Note, anchors: Sequence[Anchor], judgments: list[Judgment], segment_of: Sequence[int]
) -> list[Judgment]:
    """What is only asked is `unknown`, unless the answer settles it."""
    for index, anchor in enumerate(anchors):
        number = segment_of[anchor.place.start]
        segment = note.segments[number]
        if anchor.place.end > segment.end:
            continue  # the rule reads the answer itself: `is he breathing? no`
        field = _field(note, segment, anchor)
        if field is not None and judgments[index].status in {"asserted", "negated"}:
            answer = _read_answer(note.words, field, _field_end(note.words, field, segment.end))
            judgments[index] = answer or Judgment("unknown", Place(field - 1, field))
            continue
        if segment.kind != "question" or judgments[index].status in {"other", "historical", "corrected"}:
            continue
        if not _presupposed(note, segment, anchor):
            judgments[index] = _answer(note, number, segment)
    return judgments


_FIELDS: Final = frozenset({"weapon", "weapons", "wpn", "wpns", "armed"})
_OPENS: Final = frozenset({"/", ":", ")", "|", ",", ".", "..", "]", "\n", "-", ";"})


def _field(note: Note, segment: Segment, anchor: Anchor) -> int | None:
    """Return where the answer begins to what is asked as the field of a form: `WEAPONS: `, `/ WEAPON - `."""
    start, end = anchor.place
    if anchor.hazard != "weapon" or end - start > 1 or note.words[start] not in _FIELDS or anchor.says:
        return None
    while end + 1 < segment.end and note.words[end] in {"/", "&", "or", "and"}:
        end += 2  # `weapons / threats: no`
    if end + 1 >= segment.end:
        return None
    opened = start == segment.start or note.words[start - 1] in _OPENS or note.words[start - 1].isdigit()
    return end + 1 if note.words[end] in {":", "="} or (opened and note.words[end] in {"-", "–"}) else None


def _field_end(words: Sequence[str], start: int, end: int) -> int:
    """Return where the answer to a field ends: at the next field, or with the sentence."""
    return next((at for at in range(start + 1, end) if words[at] in {"/", "|"}), end)


_DEFINITE: Final = frozenset("the that this his her their my your".split())
_ASKS_MORE: Final = frozenset(
    "where wheres who whos how hows when what whats which why tell describe".split()
)
_ASKS_WHO: Final = frozenset("who whos where wheres why".split())
_ASKS_USE: Final = frozenset(
    "holding touching touched reaching reached grab grabbed using pointing pointed put".split()
)


def _presupposed(note: Note, question: Segment, anchor: Anchor) -> bool:
    """Whether a question takes the danger for granted: `where is the gun?`, `who is hitting you?`."""
    words = note.words[question.start : question.end]
    first = next((word for word in words if word[0].isalpha() and word != "q"), "")
    if anchor.hazard == "violence" and first in _ASKS_WHO:
        return True
    before = note.words[question.start : anchor.place.start]
    if not _DEFINITE.intersection(before[-2:]):
        return False
    return first in _ASKS_MORE or bool(_ASKS_USE.intersection(words))


def _answer(note: Note, number: int, question: Segment) -> Judgment:
    """Read yes, no or not known out of the first words of what follows a question."""
    unanswered = Judgment("unknown", Place(question.end - 1, question.end))
    following = note.segments[number + 1] if number + 1 < len(note.segments) else None
    if following is None or following.kind != "answer" or following.entry > question.entry + 1:
        return unanswered
    start = following.start
    while start < following.end and not note.words[start][0].isalpha():
        start += 1
    if start < following.end - 2 and note.words[start] == "a" and note.words[start + 1] == ":":
        start += 2
    return _read_answer(note.words, start, following.end) or unanswered


def _read_answer(all_words: Sequence[str], start: int, end: int) -> Judgment | None:
    """Read yes, no, not known, given up or something harmless out of the first words of an answer."""
    words = all_words[start:end]
    for offset, word in enumerate(words[:7]):
        place = Place(start + offset, start + offset + 1)
        if offset and word in _TURNED:
            break
        if word in _NOT_KNOWN or (word in _CANNOT and _KNOWS.intersection(words[offset + 1 : offset + 4])):
            return Judgment("unknown", place)
        if word in _POSSIBLE and offset < 3:
            return Judgment("possible", place)
        if word in _NO and (offset < 4 or word == "none"):
            if _KNOWS.intersection(words[offset + 1 : offset + 3]) and word == "not":
                return Judgment("negated" if "i" in words[:3] or "that" in words[:3] else "unknown", place)
            return Judgment("negated", place)
        if word in _YES and offset < 3:
            return Judgment("asserted", place)
        if word in _GIVEN_UP:
            none = "none" in words[offset : offset + 12]
            return Judgment("negated" if none else "historical", place)
        if offset < 2 and word in _HARMLESS:
            return Judgment("negated", place)
    return None


_YES: Final = frozenset("yes y ya yeah yep affirmative affirm aff pos positive yup correct".split())
_POSSIBLE: Final = frozenset("possible possibly poss probably prob likely".split())
_NO: Final = frozenset(
    "no n neg negative none nope nothing nah never denies denied zero nil not neither nobody empty unarmed "
    "isnt wasnt".split()
)
_GIVEN_UP: Final = frozenset("gave sold pawned surrendered traded auctioned removed".split())
_HARMLESS: Final = frozenset("only just ha haha lol na".split())
_NOT_KNOWN: Final = frozenset("unknown unk unsure u unclear dunno".split())
_CANNOT: Final = frozenset(
    "dont doesnt didnt did cant cannot couldnt could hasnt havent wont wouldnt not isnt never no".split()
)
_KNOWS: Final = frozenset(
    "know sure say saying idea tell ask asked asking look looked see notice answer clue check checked "
    "known".split()
)
_TURNED: Final = frozenset({",", "but", "-", ";"})


def _corrected(
    note: Note, anchors: Sequence[Anchor], judgments: list[Judgment], segment_of: Sequence[int]
) -> list[Judgment]:
    """Let a later timed entry that denies a danger correct what an earlier entry stated of it.

    `Hands empty` is no such denial: the gun may be in the belt.
    """
    latest: dict[str | None, tuple[int, Place]] = {}
    result = list(judgments)
    for index in range(len(anchors) - 1, -1, -1):
        anchor, judgment = anchors[index], judgments[index]
        segment = note.segments[segment_of[anchor.place.start]]
        if judgment.status == "negated" and segment.minute is not None and not anchor.says:
            latest.setdefault(anchor.hazard, (segment.entry, anchor.place))
        elif judgment.status in {"asserted", "possible"} and anchor.hazard is not None:
            denial = latest.get(anchor.hazard)
            if denial and denial[0] > segment.entry:
                result[index] = Judgment("corrected", denial[1])
    return result
