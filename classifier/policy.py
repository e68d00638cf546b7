"""A city's response policy: which unit suits a call, who goes too, and why.

The policy is data (`durham.yaml`): the first row of its table that matches sets the unit, and what goes too
is the union over every row that matches, so that dangers add up. It suggests; nobody is dispatched.
"""

import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Final, Self
from zoneinfo import ZoneInfo

from classifier import yamlfile
from classifier.areas import Areas, UnknownArea
from classifier.condition import Terms
from classifier.policyfile import BANNED, PLACEHOLDER, FollowUp, PolicyFile, Reason, Row, Unit
from classifier.request import Location
from classifier.roster import next_shift, on_shift
from classifier.suggestion import Instead, NotUnit, Response
from classifier.terms import Acuity

__all__ = ["DURHAM", "Decision", "ResponsePolicy", "Situation", "UnknownArea", "default_policy"]

DURHAM: Final = Path(__file__).with_name("durham.yaml")
"""Durham's table, the default: a proposal to be signed."""

Situation = Mapping[str, str]
"""What is true of a call: a term, and what made it so: words of the note, a remark in parentheses, or ''."""


@dataclass(frozen=True, slots=True)
class Decision:
    """What the table gives for a call, before it is known who is there."""

    row: Row
    also: tuple[str, ...]
    stage: bool
    follow_up: bool


@dataclass(frozen=True, slots=True)
class Presence:
    """Whether a unit is there; None when that is not known, or was not published. `why` says why not."""

    there: bool | None
    why: str = ""


class ResponsePolicy:
    """A decision table with programs, rosters and areas.

    Parameters
    ----------
    content : PolicyFile
        The file as read.
    areas : Areas
        The polygons it names.
    version : str
        A short hash of the content of both files.
    """

    def __init__(self, content: PolicyFile, areas: Areas, version: str) -> None:
        self.content = content
        self.areas = areas
        self.version = version
        self.zone = ZoneInfo(content.time_zone)
        self._call_types = {_plain(name): terms for name, terms in content.call_types.items()}
        asked = [when for row in content.rows for when in (row.when, row.joins, row.follow_up, row.stage)]
        asked += [extra.when for row in content.rows for extra in row.also]
        self._looked_at = frozenset[str]().union(*(when.terms for when in asked))
        self._decided = lru_cache(maxsize=10_000)(self._decide)  # calls differ more than what the table sees

    @classmethod
    def load(cls, path: Path = DURHAM) -> Self:
        """Read a policy file and the polygons beside it.

        Raises
        ------
        FileError
            When one of them cannot be used: names the file, the line, the row, and what is allowed there.
        """
        content = yamlfile.load(path, PolicyFile, context={})
        polygons = path.with_name(content.areas.file)
        areas = Areas.load(polygons, content.areas.elsewhere)
        for name, unit in content.units.items():
            for area in unit.areas if isinstance(unit.areas, tuple) else ():
                if area not in areas.names:
                    raise yamlfile.FileError(
                        f"{path}: units.{name}.areas: {area!r} is no area of {polygons.name}; "
                        f"allowed: {', '.join(areas.names)}"
                    )
        digest = hashlib.sha256(path.read_bytes() + b"\0" + polygons.read_bytes())
        return cls(content, areas, digest.hexdigest()[:12])

    def area_of(self, area: str | None, location: Location | None) -> str | None:
        """Return the name of the area a call is in; a name given wins over a location, None when neither is.

        Raises
        ------
        UnknownArea
            When the policy has no area of that name; names those it has.
        """
        return self.areas.of(area, location)

    def of_call_type(self, call_type: str | None) -> dict[str, str]:
        """Return the terms that a center's own call type makes true, with the call type as their words."""
        said = self._call_types.get(_plain(call_type or ""), ())
        return dict.fromkeys(said, f"(call type {call_type})")

    def respond(
        self, situation: Situation, *, at: datetime | None = None, area: str | None = None
    ) -> Response:
        """Suggest a response.

        Parameters
        ----------
        situation : mapping of str to str
            What is true of the call, and the words that made it so.
        at : datetime, optional
            When, with an offset; without it nobody knows who is on shift.
        area : str, optional
            Where, by the name of an area.

        Returns
        -------
        Response
            The contract's `response`.

        Raises
        ------
        UnknownArea
            When the policy has no area of that name.
        ValueError
            When `at` has no offset.
        """
        if at is not None and at.utcoffset() is None:
            raise ValueError(f"the time {at.isoformat()} has no offset; give one, such as -04:00")
        local = None if at is None else at.astimezone(self.zone)
        area = None if area is None else self.areas.known(area)
        true = frozenset(situation)
        decision = self.decide(true)
        unit = decision.row.unit
        presence = Presence(None) if unit is None else self._presence(unit, local, area)
        return {
            "unit": unit,
            "kind": None if unit is None else self.content.units[unit].kind,
            "also": list(decision.also),
            "stage": decision.stage,
            "available": presence.there,
            "instead": self._instead(true, unit, presence, local, area),
            "because": list(self._because(situation, decision, local, area)),
            "not": list(self._not(situation, unit)),
            "follow_up": decision.follow_up and self._calls_back(local),
            "row": decision.row.row,
        }

    def decide(self, terms: Iterable[str]) -> Decision:
        """Go through the table: the first row that matches, and what all that match add up to."""
        return self._decided(self._looked_at.intersection(terms))

    def _decide(self, true: Terms) -> Decision:
        *rows, last = self.content.rows
        matching = [row for row in rows if row.when.holds(true)] or [last]
        first = matching[0]
        if first.alone:
            matching = [first]
        sending = [row for row in matching if row is first or row.joins.holds(true)]
        also = {extra.unit for row in matching for extra in row.also if extra.when.holds(true)}
        also.update(row.unit for row in sending if row.unit is not None)
        return Decision(
            row=first,
            also=tuple(unit for unit in self.content.units if unit in also and unit != first.unit),
            stage=any(row.stage.holds(true) for row in matching),
            follow_up=any(row.follow_up.holds(true) for row in sending),
        )

    def shown_acuity(self, level: Acuity) -> str:
        """Return a level as people see it, such as ``2 team``."""
        return self.content.acuity[level].shown

    def eido_priority(self, level: Acuity) -> int:
        """Return the EIDO's common priority number, 10 the highest, that a level stands for."""
        return self.content.acuity[level].eido_priority

    def _presence(self, unit: str, local: datetime | None, area: str | None) -> Presence:
        """Say whether a unit is there: does it run on that day, serve that area, and have a team on shift."""
        program = self.content.units[unit]
        if local is not None and not _runs(program, local):
            return Presence(False, f"{program.name} is not running on {local:%Y-%m-%d}{_dates(program)}")
        serves: bool | None = True
        if program.areas != "everywhere":
            serves = None if area is None else area in program.areas
        if serves is False:
            return Presence(False, f"{program.name} does not go to the area {area!r}")
        out = _out(program, local)
        if out is False and local is not None:
            return Presence(False, f"{program.name} is off shift at {local:%a %H:%M}{_again(program, local)}")
        return Presence(True if serves and out else None)

    def _instead(
        self, terms: Terms, unit: str | None, presence: Presence, local: datetime | None, area: str | None
    ) -> Instead | None:
        """Return what goes when the unit is not there: the first fallback that is; the reason is kept."""
        if unit is None or presence.there is not False:
            return None
        reasons = [presence.why]
        for fallback in self.content.units[unit].instead:
            if not fallback.when.holds(terms):
                continue
            for step in fallback.send:
                other = self._presence(step.unit, local, area)
                if other.there is not False:
                    return {"unit": step.unit, "reason": "; ".join([*reasons, step.how])}
                reasons.append(other.why)
        return None

    def _because(
        self, situation: Situation, decision: Decision, local: datetime | None, area: str | None
    ) -> Iterator[str]:
        true = frozenset(situation)
        yield _rendered(decision.row.reason, situation)
        for reasons in self.content.shown:
            said = _first(reasons, true, situation)
            if said:
                yield said
        for unit in decision.also:
            presence = self._presence(unit, local, area)
            if presence.there is False:
                yield f"Named too, but not there: {presence.why}"

    def _not(self, situation: Situation, unit: str | None) -> Iterator[NotUnit]:
        """Yield every program that was considered before the unit, with its first failing reason."""
        if unit is None:
            return
        true = frozenset(situation)
        for program in self.content.considered:
            if program == unit:
                return
            reason = _first(self.content.units[program].not_because, true, situation)
            yield {"unit": program, "reason": reason or "another row comes first"}

    def _calls_back(self, local: datetime | None) -> bool:
        return local is None or _runs(self.content.follow_up, local)


@lru_cache(maxsize=1)
def default_policy() -> ResponsePolicy:
    """Return Durham's policy, loaded once."""
    return ResponsePolicy.load()


def _runs(program: Unit | FollowUp, local: datetime) -> bool:
    day = local.date()
    return (program.starts is None or program.starts <= day) and (program.ends is None or day <= program.ends)


def _dates(program: Unit) -> str:
    if program.starts and program.ends:
        return f" (from {program.starts} to {program.ends})"
    return f" (from {program.starts})" if program.starts else f" (until {program.ends})"


def _out(program: Unit, local: datetime | None) -> bool | None:
    """Whether a team is out, as far as it is known when, and was published."""
    if program.roster == "unknown" or (local is None and (program.roster != "always" or program.starts)):
        return None
    if program.roster == "always" or local is None:
        return True
    return on_shift(program.roster, local)


def _again(program: Unit, local: datetime) -> str:
    coming = next_shift(program.roster, local) if isinstance(program.roster, tuple) else None
    return f", next from {coming:%a %H:%M}" if coming else ""


def _first(reasons: Iterable[Reason], true: Terms, situation: Situation) -> str | None:
    return next((_rendered(reason.say, situation) for reason in reasons if reason.when.holds(true)), None)


def _rendered(said: str, situation: Situation) -> str:
    """Fill in what the note says; words that promise something are not quoted beside a response."""

    def quote(match: re.Match[str]) -> str:
        words = " ".join(situation.get(match[1], "").split())[:60]
        if not words or BANNED.search(words):
            return ""
        return f" {words}" if words[0] == "(" else f' — "{words}"'

    return PLACEHOLDER.sub(quote, said)


def _plain(call_type: str) -> str:
    """Write a call type as it is looked up: small letters, digits, single blanks."""
    return " ".join(re.findall(r"[a-z0-9]+", call_type.lower()))
