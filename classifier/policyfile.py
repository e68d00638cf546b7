"""The form of a city's policy file, and everything about it that can be wrong before a call comes in."""

import re
from collections.abc import Mapping
from datetime import date
from typing import Annotated, Any, Final, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationInfo,
    model_validator,
)

from classifier.condition import ALWAYS, NEVER, Condition, When, condition, term, unknown
from classifier.roster import Shift
from classifier.terms import HAZARDS, Kind
from classifier.vocabulary import terms

BANNED: Final = re.compile(r"\bno (weapons?|wpns?)\b|\bsafe(ly|ty)?\b|\bsure\b", re.IGNORECASE)
"""What may never stand beside a response: words that somebody could lean on."""

PLACEHOLDER: Final = re.compile(r"\{(\w+)\}")


def _said(text: str, info: ValidationInfo) -> str:
    """Check words that are shown: placeholders are terms, and nothing promises what nobody knows."""
    where = _where(info)
    if banned := BANNED.search(text):
        raise ValueError(f"{where}{banned.group()!r} may not be shown beside a response; say it otherwise")
    for name in PLACEHOLDER.findall(text):
        if name not in terms():
            raise ValueError(where + unknown(name, "term", terms()))
    return text


def _term(name: str, info: ValidationInfo) -> str:
    if name not in terms():
        raise ValueError(_where(info) + unknown(name, "term", terms()))
    return name


def _unit(name: str, info: ValidationInfo) -> str:
    assert info.context is not None
    if name not in info.context["units"]:
        raise ValueError(_where(info) + unknown(name, "unit", info.context["units"]))
    return name


def _where(info: ValidationInfo) -> str:
    assert info.context is not None
    return str(info.context.get("where", ""))


Said = Annotated[str, Field(min_length=1), AfterValidator(_said)]
"""Words that are shown; `{weapon}` quotes what the note says of that term."""
Term = Annotated[str, AfterValidator(_term)]
UnitId = Annotated[str, AfterValidator(_unit)]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True)


class Reason(_Part):
    """Words for the first of several conditions that holds."""

    when: When = ALWAYS
    say: Said


class Step(_Part):
    """A unit to send when another one is not there, and how."""

    unit: UnitId
    how: Said


class Fallback(_Part):
    """What to send instead: the first of the units that is there."""

    when: When = ALWAYS
    send: Annotated[tuple[Step, ...], Field(min_length=1)]


class Unit(_Part):
    """A program of the city, or a service as it was there before.

    Parameters
    ----------
    name : str
        What is shown.
    kind : str
        One of the contract's kinds.
    starts, ends : date, optional
        First and last day of the program.
    roster : list of Shift, "always" or "unknown"
        When its teams are out. Hours that are not published are unknown: none are assumed.
    areas : list of str, or "everywhere"
        Where its teams go.
    not_because : list of Reason
        Why the program is not the unit for a call: the first that holds is shown.
    instead : list of Fallback
        What goes when it is not there.
    """

    name: Said
    kind: Kind
    starts: date | None = None
    ends: date | None = None
    roster: tuple[Shift, ...] | Literal["always", "unknown"]
    areas: tuple[str, ...] | Literal["everywhere"] = "everywhere"
    not_because: tuple[Reason, ...] = ()
    instead: tuple[Fallback, ...] = ()


class Also(_Part):
    """A unit that is sent too, where its condition holds."""

    unit: UnitId
    when: When = ALWAYS


class Example(_Part):
    """A note that reaches the row, and the terms that are true of it."""

    note: Annotated[str, Field(min_length=1)]
    terms: Annotated[tuple[Term, ...], Field(min_length=1)]


def _plainly(said: Any) -> Any:
    return {"unit": said} if isinstance(said, str) else said


class Row(_Part):
    """One row of the decision table.

    Parameters
    ----------
    row : str
        Its id, shown with every response.
    when : condition
        Whether it matches; a row without one always does.
    unit : str or None
        Who goes, when this is the first row that matches; None when there is too little to say.
    reason : str
        Why, in plain words.
    also : list of Also
        Who goes too, whichever row comes first.
    joins : condition
        Whether the row's own unit goes too when an earlier row has set the unit.
    follow_up : condition
        Whether Care Navigation would be due, if the person was served and consents.
    stage : condition
        Whether medics and clinicians wait until police say clear.
    alone : bool
        Whether no other row counts where this one is the first: there is too little to say.
    example : Example
        A note that reaches this row.
    """

    row: Annotated[str, Field(min_length=1)]
    when: When = ALWAYS
    unit: UnitId | None
    reason: Said
    also: tuple[Annotated[Also, BeforeValidator(_plainly)], ...] = ()
    joins: When = NEVER
    follow_up: When = NEVER
    stage: When = NEVER
    alone: bool = False
    example: Example

    @model_validator(mode="before")
    @classmethod
    def _named(cls, data: Any, info: ValidationInfo) -> Any:
        if isinstance(data, dict) and info.context is not None:
            info.context["where"] = f"row {data.get('row')}: "
        return data


class FollowUp(_Part):
    """The program that calls back after the crisis."""

    name: Said
    within_hours: Annotated[int, Field(ge=1)]
    starts: date | None = None
    ends: date | None = None


class AreaFile(_Part):
    """Where the areas' polygons stand, and what the rest of the world is called."""

    file: str
    elsewhere: str


class Level(_Part):
    """How a level of acuity is shown, and its number for an EIDO, where 10 is the highest priority."""

    shown: Said
    eido_priority: Annotated[int, Field(ge=0, le=10)]


def _zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise ValueError(f"{name!r} is no time zone of the IANA list, such as America/New_York") from error
    return name


class PolicyFile(_Part):
    """A city's policy: programs with rosters and areas, and one ordered decision table.

    Parameters
    ----------
    policy : str
        What it is the policy of.
    signed : str or None
        Who signed it, and when; None for a proposal.
    time_zone : str
        In which the rosters are written.
    areas : AreaFile
        The polygons.
    acuity : mapping of int to Level
        All four levels.
    follow_up : FollowUp
        The program that `follow_up` speaks of.
    conditions : mapping of str to condition
        Names for conditions that several rows need; a later one may use an earlier one.
    considered : list of str
        The programs in the order in which they are considered; a unit that is not among them comes after all.
    units : mapping of str to Unit
        In the order in which `also` lists them.
    shown : list of lists of Reason
        What is said of the dangers beside every response: of each list the first that holds.
    call_types : mapping of str to list of terms
        What a center's own call type says.
    rows : list of Row
        The table; the last row has no condition.
    """

    policy: Said
    signed: str | None
    time_zone: Annotated[str, AfterValidator(_zone)]
    areas: AreaFile
    acuity: dict[int, Level]
    conditions: dict[str, When]
    units: dict[str, Unit]
    considered: tuple[UnitId, ...]
    follow_up: FollowUp
    shown: tuple[tuple[Reason, ...], ...]
    call_types: dict[str, tuple[Term, ...]]
    rows: Annotated[tuple[Row, ...], Field(min_length=1)]

    @model_validator(mode="before")
    @classmethod
    def _names(cls, data: Any, info: ValidationInfo) -> Any:
        """Make the file's own names known to what is read after this."""
        assert info.context is not None
        info.context["names"] = names = known_conditions()
        info.context["units"] = ()
        if isinstance(data, dict):
            info.context["units"] = tuple(map(str, data.get("units") or ()))
            for name, said in (data.get("conditions") or {}).items():
                if name in names:
                    raise ValueError(f"conditions: {name!r} is a term already; choose another name")
                try:
                    names[name] = condition(said, names)
                except ValueError as error:
                    raise ValueError(f"conditions: {name}: {error}") from None
        return data

    @model_validator(mode="after")
    def _whole(self) -> "PolicyFile":
        ids = [row.row for row in self.rows]
        if twice := {name for name in ids if ids.count(name) > 1}:
            raise ValueError(f"rows: {', '.join(sorted(twice))}: an id stands for one row only")
        if self.rows[-1].when is not ALWAYS:
            raise ValueError(
                f"rows: the last row, {ids[-1]}, has a condition; a table ends with a row without one, "
                "so that every call has an answer"
            )
        if set(self.acuity) != {1, 2, 3, 4}:
            raise ValueError(f"acuity: has the levels {sorted(self.acuity)}; needs 1, 2, 3 and 4")
        return self


def known_conditions() -> dict[str, Condition]:
    """Return what every policy can ask for: all terms, and `any_hazard` for any of the nine."""
    names: Mapping[str, Condition] = {name: term(name) for name in terms()}
    return {**names, "any_hazard": condition({"any": list(HAZARDS)}, names)}
