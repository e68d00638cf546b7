"""How a call stands, and the calls linked with it: folded from the record."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from api.record.events import (
    Alert,
    AlertAcknowledged,
    Caution,
    CautionsGiven,
    Change,
    SuggestionShown,
    UnitsAssigned,
)
from api.record.shown import GRAVITY, Shown, dangers, is_raising
from api.record.store import Store
from classifier.terms import Hazard, Status

KINDS: Final = ("suggestion_shown", "units_assigned", "cautions", "alert", "alert_acknowledged")


@dataclass
class Standing:
    """How one call stands.

    Attributes
    ----------
    shown : SuggestionShown, optional
        The last suggestion that was recorded.
    units : tuple of str
        The units on their way.
    cautions : tuple of Caution
        What is known of premise and people.
    alerts : dict of str to Alert
        Alerts that nobody has acknowledged.
    """

    call_id: str
    incident_id: str | None = None
    shown: SuggestionShown | None = None
    units: tuple[str, ...] = ()
    cautions: tuple[Caution, ...] = ()
    alerts: dict[str, Alert] = field(default_factory=dict)

    @property
    def dangers(self) -> dict[Hazard, Status]:
        """How each danger stands that somebody was shown; in shadow mode nobody was."""
        return {} if self.shown is None or self.shown.mode == "shadow" else dangers(self.shown.suggestion)


def standing(store: Store, call_id: str, *, ahead_of: str | None = None) -> Standing:
    """Return how a call stands, or stood ahead of an event."""
    found = Standing(call_id)
    for row in store.rows(call_id=call_id, kinds=KINDS):
        if row.event_id == ahead_of:
            break
        event = row.event
        found.incident_id = event.incident_id or found.incident_id
        if isinstance(event, SuggestionShown):
            found.shown = event
        elif isinstance(event, UnitsAssigned):
            found.units = event.units
        elif isinstance(event, CautionsGiven):
            found.cautions = event.cautions
        elif isinstance(event, Alert):
            found.alerts[event.alert_id] = event
        elif isinstance(event, AlertAcknowledged):
            found.alerts.pop(event.alert_id, None)
    return found


def linked(store: Store, incident_id: str) -> list[Standing]:
    """Return how each call of an incident stands."""
    calls = dict.fromkeys(row.call_id for row in store.rows(incident_id=incident_id) if row.call_id)
    return [standing(store, call_id) for call_id in calls]


@dataclass(frozen=True, slots=True)
class Gravest:
    """What counts for an incident: the gravest that any of its calls says."""

    acuity: int | None
    floor: int | None
    weapon: str
    dangers: Mapping[Hazard, Status]


WEAPON_GRAVITY: Final = ("none", "denied", "historical", "unknown", "present")


def gravest(calls: Iterable[Standing]) -> Gravest:
    """Return the gravest of several calls: no call's denial takes away what another says."""
    shown = [call.shown.suggestion for call in calls if call.shown is not None]
    found: dict[Hazard, Status] = {}
    for suggestion in shown:
        for hazard, status in dangers(suggestion).items():
            if hazard not in found or GRAVITY[status] > GRAVITY[found[hazard]]:
                found[hazard] = status
    return Gravest(
        acuity=_highest(each["acuity"].get("level") for each in shown),
        floor=_highest(each["acuity"].get("floor") for each in shown),
        weapon=max((each["weapon"] for each in shown), key=WEAPON_GRAVITY.index, default="none"),
        dangers=found,
    )


def changes(
    before: Mapping[Hazard, Status], suggestion: Shown, *, only_new: bool = False
) -> tuple[Change, ...]:
    """Return the dangers that a team on its way has to hear of.

    A danger that is there now and was not, or one that was spoken of and stands otherwise; not the first
    mention of one that is denied.

    Parameters
    ----------
    before : mapping of hazard to status
        How they stood.
    suggestion : Shown
        What is said now.
    only_new : bool
        Leave out what stands otherwise: for another call of the incident, which has a note of its own.
    """
    found = []
    for hazard, after in dangers(suggestion).items():
        was = before.get(hazard)
        new = is_raising(after) and not is_raising(was)
        other = was is not None and was != after and not only_new
        if new or other:
            rules = sorted({hit["rule"] for hit in suggestion["hits"] if hit["hazard"] == hazard})
            found.append(Change(hazard=hazard, before=was, after=after, rules=tuple(rules)))
    return tuple(found)


def for_team(cautions: Sequence[Caution]) -> list[Caution]:
    """Return the cautions that an unarmed team is shown: none that comes from a record of crimes."""
    return [caution for caution in cautions if not caution.criminal_history]


def _highest(levels: Iterable[int | None]) -> int | None:
    return max((level for level in levels if level is not None), default=None)
