"""Records what is shown when it changes, and raises an alert where a team is already on its way."""

import asyncio
import logging
import re
from collections import OrderedDict
from collections.abc import Mapping
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Final

import anyio
import anyio.to_thread
import uuid6
from anyio import CapacityLimiter

from api.call import Call
from api.problems import where
from api.record import Receipt, Record
from api.record.calls import Standing, changes, gravest, linked, standing
from api.record.events import (
    CODE,
    Actor,
    Alert,
    AnyEvent,
    Caution,
    CautionsGiven,
    Mode,
    SuggestionShown,
    UnitsAssigned,
)
from api.record.shown import Shown, change_of, dangers, shown
from classifier.suggestion import Suggestion
from classifier.terms import Hazard, Status

log = logging.getLogger("heartline")

CALLS: Final = 10_000
"""Of how many calls is kept in mind what was shown last; that of others is recorded anew."""
PATIENCE: Final = 0.5
"""Seconds to wait for what the record knows of a call; then what this process knows has to do."""


@dataclass
class _Seen:
    change: bytes = b""
    suggestion_id: str = ""
    receipt: "Future[Receipt] | None" = None
    dangers: Mapping[Hazard, Status] = field(default_factory=dict)
    units: tuple[str, ...] | None = None
    cautions: tuple[Caution, ...] | None = None


class Showing:
    """What this process has shown of each call.

    Parameters
    ----------
    record : Record, optional
        Without one nothing is recorded, and every suggestion says so.
    """

    def __init__(self, record: Record | None) -> None:
        self._record = record
        self._calls: OrderedDict[tuple[str, str | None], _Seen] = OrderedDict()
        self._readers = CapacityLimiter(4)

    async def show(
        self,
        call: Call,
        suggestion: Suggestion,
        *,
        actor: Actor,
        mode: Mode = "live",
        latency_ms: float = 0,
    ) -> list[Alert]:
        """Fill in `suggestion_id` and `recorded`; return the alerts that were raised.

        A suggestion that differs from the last one of its call is recorded. One that does not keeps the id of
        that one, so that a decision always names one that is in the record.
        """
        if self._record is None:
            suggestion["suggestion_id"], suggestion["recorded"] = str(uuid6.uuid7()), "no"
            return []
        part = shown(suggestion)
        change = change_of(part, mode)
        seen = self._of(call)
        before = seen.dangers
        if seen.change != change or seen.receipt is None or _failed(seen.receipt):
            event = _event(self._record, call, part, actor, mode, latency_ms)
            seen.receipt = self._record.submit(event, call.note)
            seen.change, seen.suggestion_id = change, event.suggestion_id
            seen.dangers = {} if mode == "shadow" else dangers(part)
        suggestion_id, receipt = (
            seen.suggestion_id,
            seen.receipt,
        )  # another note of the call may come meanwhile
        alerts = []
        if call.call_id is not None and _concerns_team(call, seen, before):
            alerts = await self._tell(self._record, call, part, seen, before, suggestion_id, actor, mode)
        state = (await asyncio.wrap_future(receipt)).state
        if state == "spooled" and self._record.state == "stored":
            state = "stored"  # it has been replayed since
        suggestion["suggestion_id"], suggestion["recorded"] = suggestion_id, state
        return alerts

    def _of(self, call: Call) -> _Seen:
        if call.call_id is None:  # nothing says which notes are of one call
            return _Seen()
        key = call.call_id, call.shown_to
        seen = self._calls.setdefault(key, _Seen())
        self._calls.move_to_end(key)
        if len(self._calls) > CALLS:
            self._calls.popitem(last=False)
        return seen

    async def _tell(
        self,
        record: Record,
        call: Call,
        part: Shown,
        seen: _Seen,
        before: Mapping[Hazard, Status],
        suggestion_id: str,
        actor: Actor,
        mode: Mode,
    ) -> list[Alert]:
        """Record what is new of units and cautions, and what those on their way have to hear of."""
        assert call.call_id is not None
        found = await self._known(record, call, suggestion_id)
        own = next((each for each in found if each.call_id == call.call_id), None)
        if own is None:
            own = Standing(call.call_id, units=seen.units or (), cautions=seen.cautions or ())
        others = [each for each in found if each.call_id != call.call_id]
        before = own.dangers if own.shown is not None else before
        named = {"actor": actor, "incident_id": call.incident_id or own.incident_id}
        events: list[AnyEvent] = []
        if call.units is not None and call.units != own.units:
            events.append(
                UnitsAssigned.model_validate({**named, "call_id": call.call_id, "units": call.units})
            )
            own.units = call.units
        if call.cautions is not None and call.cautions != own.cautions:
            given = {**named, "call_id": call.call_id, "cautions": call.cautions}
            events.append(CautionsGiven.model_validate(given))
            own.cautions = call.cautions
        seen.units, seen.cautions = own.units, own.cautions
        alerts = []
        anywhere = {**before, **gravest(others).dangers}
        for each in (own, *others):
            new = changes(before, part) if each is own else changes(anywhere, part, only_new=True)
            if each.units and new and mode != "shadow":  # which shows nothing to anybody
                alert = {
                    **named,
                    "call_id": each.call_id,
                    "alert_id": (alert_id := str(uuid6.uuid7())),
                    "event_id": alert_id,
                    "suggestion_id": suggestion_id,
                    "changes": new,
                    "weapon": part["weapon"],
                    "acuity": part["acuity"].get("level"),
                    "units": each.units,
                    "from_call": None if each is own else call.call_id,
                }
                alerts.append(Alert.model_validate(alert))
        handed_in = [record.submit(event) for event in (*events, *alerts)]
        await asyncio.gather(*map(asyncio.wrap_future, handed_in))
        return alerts

    async def _known(self, record: Record, call: Call, suggestion_id: str) -> list[Standing]:
        """Return what the record knows of the call and those linked with it; nothing where it is away."""
        assert call.call_id is not None
        call_id, incident_id = call.call_id, call.incident_id

        def read() -> list[Standing]:
            own = standing(record.store, call_id, ahead_of=suggestion_id)
            incident = incident_id or own.incident_id
            others = [] if incident is None else linked(record.store, incident)
            return [own, *(each for each in others if each.call_id != call_id)]

        if record.state == "stored":
            with anyio.move_on_after(PATIENCE):
                try:
                    return await anyio.to_thread.run_sync(read, limiter=self._readers, abandon_on_cancel=True)
                except Exception as error:
                    log.error("what the record knows of a call cannot be read: %s", where(error))
        return []


def _concerns_team(call: Call, seen: _Seen, before: Mapping[Hazard, Status]) -> bool:
    return (
        seen.dangers != before
        or (call.units is not None and call.units != seen.units)
        or (call.cautions is not None and call.cautions != seen.cautions)
    )


def _failed(receipt: "Future[Receipt]") -> bool:
    return receipt.done() and receipt.result().state == "no"


def _event(
    record: Record, call: Call, part: Shown, actor: Actor, mode: Mode, latency_ms: float
) -> SuggestionShown:
    suggestion_id = str(uuid6.uuid7())
    # A center's call types are codes. What does not look like one may be a sentence out of the call.
    is_code = call.call_type is not None and re.fullmatch(CODE, call.call_type) and len(call.call_type) <= 40
    return SuggestionShown(
        event_id=suggestion_id,
        suggestion_id=suggestion_id,
        suggestion=part,
        note=record.mark(call.note),
        latency_ms=round(latency_ms, 3),
        mode=mode,
        shown_to=call.shown_to,
        call_at=call.at,
        area=call.area,
        call_type=call.call_type if is_code else None,
        actor=actor,
        call_id=call.call_id,
        incident_id=call.incident_id,
    )
