"""The behavioral suite: what the safety override makes of notes that were written to try it.

The cases are data (`behaviorfile.py`); here they are run, and what came out is counted.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

from classifier.reading import read
from classifier.rules import SafetyRules, default_rules
from classifier.terms import HAZARDS, Hazard, Status, Weapon
from classifier.weapon import weapon_status
from training.behaviorfile import Case, Expected, Kind, Moves

if TYPE_CHECKING:
    from classifier.recommender import Recommender


@dataclass(frozen=True, slots=True)
class Answer:
    """What the override made of a note.

    Attributes
    ----------
    hazards : set of str
        The dangers it hits.
    floor : int or None
        The highest floor of the hits.
    weapon : str
        The weapon status.
    mentions : tuple of (int, int, str)
        First and last code point (end exclusive) and status of each mention of a danger.
    """

    hazards: frozenset[Hazard]
    floor: int | None
    weapon: Weapon
    mentions: tuple[tuple[int, int, Status], ...]


Reader = Callable[[str], Answer]


@dataclass(frozen=True, slots=True)
class Result:
    """A case and what was wrong with its answer, a few words each; nothing wrong means passed."""

    case: Case
    wrong: tuple[str, ...]

    @property
    def passed(self) -> bool:
        """Whether nothing was wrong."""
        return not self.wrong


def run(cases: Sequence[Case], reader: Reader) -> list[Result]:
    """Try every case.

    Parameters
    ----------
    cases : sequence of Case
        As `training.behaviorfile.load` gives them.
    reader : callable
        Makes an `Answer` of a note: `by_rules()`, or `by_recommender(...)` for the whole system.

    Returns
    -------
    list of Result
        One for each case, in the same order.
    """
    ask = lru_cache(maxsize=None)(reader)
    return [Result(case, tuple(_KINDS[case.kind](case, ask))) for case in cases]


def by_rules(rules: SafetyRules | None = None) -> Reader:
    """Answer by rules alone, Heartline's own if none are given."""
    rules = rules or default_rules()

    def answer(note: str) -> Answer:
        found = [f for f in rules.read(read(note)) if f.hazard]
        hits = [f for f in found if f.raises]
        return Answer(
            frozenset(hit.hazard for hit in hits if hit.hazard),
            max((hit.floor for hit in hits if hit.floor), default=None),
            weapon_status(found),
            tuple((f.start, f.end, f.status) for f in found),
        )

    return answer


def by_recommender(recommender: "Recommender") -> Reader:
    """Answer by the whole system, as its suggestion tells it."""

    def answer(note: str) -> Answer:
        suggestion = recommender.suggest(note, evidence=False)
        return Answer(
            frozenset(hit["hazard"] for hit in suggestion["override"]["hits"]),
            suggestion["acuity"]["floor"],
            suggestion["weapon"],
            tuple((m["start"], m["end"], m["status"]) for m in suggestion["mentions"]),
        )

    return answer


def report(results: Sequence[Result]) -> dict[str, Any]:
    """Count what passed, as plain data.

    Returns
    -------
    dict
        `passed`, `cases` and `rate` for `all`; for `pairs`, the minimal pairs with both sides right; by name
        for `capabilities`, `kinds` and `hazards`, where a case counts for every danger to be found in it.
    """
    pairs: dict[str, bool] = {}
    for result in results:
        if result.case.pair:
            pairs[result.case.pair] = pairs.get(result.case.pair, True) and result.passed
    by_capability: dict[str, list[bool]] = {}
    by_kind: dict[str, list[bool]] = {kind: [] for kind in _KINDS}
    by_hazard: dict[str, list[bool]] = {hazard: [] for hazard in HAZARDS}
    for result in results:
        by_capability.setdefault(result.case.capability, []).append(result.passed)
        by_kind[result.case.kind].append(result.passed)
        for hazard in result.case.hazards:
            by_hazard[hazard].append(result.passed)
    return {
        "all": _tally(result.passed for result in results),
        "pairs": _tally(pairs.values()),
        "capabilities": {name: _tally(passed) for name, passed in by_capability.items()},
        "kinds": {name: _tally(passed) for name, passed in by_kind.items()},
        "hazards": {name: _tally(passed) for name, passed in by_hazard.items()},
    }


def failing(results: Iterable[Result]) -> list[dict[str, Any]]:
    """Return the cases that failed, as plain data: where they belong, their texts, and what was wrong."""
    return [
        {
            "capability": result.case.capability,
            "family": result.case.family,
            "kind": result.case.kind,
            "note": result.case.note,
            "after": result.case.after,
            "wrong": list(result.wrong),
        }
        for result in results
        if not result.passed
    ]


def _tally(passed: Iterable[bool]) -> dict[str, Any]:
    marks = list(passed)
    return {
        "passed": sum(marks),
        "cases": len(marks),
        "rate": sum(marks) / len(marks) if marks else None,
    }


def _minimum(case: Case, ask: Reader) -> Iterator[str]:
    yield from _differs(case.note, case.expected, ask(case.note))
    if case.expected.grows is not None:
        yield from _cut(case, ask)


def _invariance(case: Case, ask: Reader) -> Iterator[str]:
    """The same answer to both texts; a right one, or nothing found would always be alike."""
    before, after = ask(case.note), ask(case.after or "")
    yield from _differs(case.note, case.expected, before)
    for name in ("hazards", "floor", "weapon"):
        told, now = getattr(before, name), getattr(after, name)
        if told != now:
            yield f"{name}: {_said(told)} became {_said(now)}"


def _direction(case: Case, ask: Reader) -> Iterator[str]:
    before, after = ask(case.note), ask(case.after or "")
    moves = case.moves or Moves()
    low, high = before.floor or 0, after.floor or 0
    if (moves.floor == "not_lower" and high < low) or (moves.floor == "higher" and high <= low):
        yield f"floor: {_said(before.floor)} became {_said(after.floor)}"
    for hazard in sorted(moves.gains | moves.keeps | moves.loses):
        is_so = (hazard in before.hazards, hazard in after.hazards)
        if is_so != (hazard not in moves.gains, hazard not in moves.loses):
            yield f"{hazard}: {_hit(is_so[0])}, then {_hit(is_so[1])}"


_KINDS: Final[Mapping[Kind, Callable[[Case, Reader], Iterator[str]]]] = {
    "MFT": _minimum,
    "INV": _invariance,
    "DIR": _direction,
}


def _differs(note: str, expected: Expected, answer: Answer) -> Iterator[str]:
    if expected.hazards is not None:
        for hazard in sorted((expected.hazards ^ answer.hazards) - expected.open):
            yield f"{hazard}: {_hit(hazard in answer.hazards)}"
    if expected.weapon not in {None, answer.weapon}:
        yield f"weapon: {answer.weapon}, not {expected.weapon}"
    if expected.floor not in {None, answer.floor}:
        yield f"floor: {_said(answer.floor)}, not {expected.floor}"
    for words, status in expected.mentions.items():
        start = note.index(words)
        here = {s for begin, end, s in answer.mentions if begin < start + len(words) and start < end}
        if status not in here:
            yield f"{words!r}: {_said(here)}, not {status}"


def _cut(case: Case, ask: Reader) -> Iterator[str]:
    """Cut the note after every word; the first cut that is read wrongly is enough."""
    begins, ends = {}, {}
    for hazard, words in (case.expected.grows or {}).items():
        begins[hazard] = case.note.index(words)
        ends[hazard] = begins[hazard] + len(words)
    for cut in [*(place for place, sign in enumerate(case.note) if sign == " "), len(case.note)]:
        due = frozenset(hazard for hazard, end in ends.items() if end <= cut)
        begun = {hazard for hazard, begin in begins.items() if begin < cut}
        hits = ask(case.note[:cut]).hazards
        wrong = (due - hits) | (hits - begun - case.expected.open)
        if wrong:
            said = ", ".join(f"{hazard}: {_hit(hazard in hits)}" for hazard in sorted(wrong))
            yield f"cut to {case.note[:cut]!r}: {said}"
            return


def _hit(hit: bool) -> str:
    return "hit" if hit else "not hit"


def _said(value: Any) -> str:
    if isinstance(value, frozenset | set):
        return ", ".join(sorted(value)) or "nothing"
    return "nothing" if value is None else str(value)
