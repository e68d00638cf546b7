"""`/v1/calls/{id}`: what the record has of a call; `/v1/team/{id}`: what an unarmed team is shown of it."""

from typing import Annotated

from fastapi import APIRouter, Path, Request
from pydantic import BaseModel, Field

from api.access.roles import needs
from api.body import StrictRoute
from api.problems import Problem, documented
from api.reading import read
from api.record.calls import Gravest, for_team, gravest, linked, standing
from api.record.calls import Standing as Call
from api.record.events import Alert, AnyEvent, Caution, Change, Moment, Name
from api.record.store import Store
from classifier.terms import Hazard, Kind, Status

router = APIRouter(route_class=StrictRoute, tags=["record"])

CallId = Annotated[Name, Path(description="The id as the call's suggestions gave it; `/` is allowed in it.")]


class Entry(BaseModel):
    """An event, and its place in the record."""

    number: int
    recorded: Moment
    hash: str
    event: Annotated[AnyEvent, Field(discriminator="kind")]


class Incident(BaseModel):
    """The calls that are linked, and the gravest that any of them says: it counts for all."""

    incident_id: str
    calls: list[str]
    acuity: int | None
    floor: int | None
    weapon: str
    dangers: dict[Hazard, Status]


class CallHistory(BaseModel):
    """A call as the record has it."""

    call_id: str
    incident: Incident | None
    units: list[str]
    cautions: list[Caution]
    dangers: dict[Hazard, Status]
    alerts: Annotated[list[Alert], Field(description="Those that nobody has acknowledged.")]
    history: Annotated[list[Entry], Field(description="Every event of the call, in the record's order.")]


class TeamAlert(BaseModel):
    """What a team on its way has to hear of."""

    alert_id: str
    at: Moment
    changes: list[Change]


class TeamView(BaseModel):
    """Structured fields alone: never the note, and no caution that comes from a record of crimes."""

    call_id: str
    acuity: int | None
    weapon: str
    dangers: dict[Hazard, Status]
    unit: str | None
    kind: Kind | None
    also: list[str]
    stage: Annotated[bool, Field(description="Wait near by until police say clear.")]
    units: list[str]
    cautions: list[Caution]
    alerts: list[TeamAlert]


@router.get(
    "/v1/calls/{call_id:path}",
    dependencies=[needs("history")],
    responses=documented(403, 404, 405, 421, 422, 500, 503),
)
async def call(request: Request, call_id: CallId) -> CallHistory:
    """Return the history of a call, how it stands, and what the calls linked with it say."""
    return await read(request, _history, call_id)


@router.get(
    "/v1/team/{call_id:path}",
    dependencies=[needs("team")],
    responses=documented(403, 404, 405, 421, 422, 500, 503),
)
async def team(request: Request, call_id: CallId) -> TeamView:
    """Return what a team is shown of a call; of linked calls, the gravest danger."""
    return await read(request, _team, call_id)


def _history(store: Store, call_id: str) -> CallHistory:
    history = [
        Entry.model_validate(
            {"number": row.number, "recorded": row.recorded, "hash": row.hash, "event": row.event}
        )
        for row in store.rows(call_id=call_id)
    ]
    if not history:
        raise Problem(404, "The record has nothing of a call of this id.")
    found = standing(store, call_id)
    together, counts = _linked(store, found)
    return CallHistory(
        call_id=call_id,
        incident=None
        if found.incident_id is None
        else Incident(
            incident_id=found.incident_id,
            calls=[each.call_id for each in together],
            acuity=counts.acuity,
            floor=counts.floor,
            weapon=counts.weapon,
            dangers=dict(counts.dangers),
        ),
        units=list(found.units),
        cautions=list(found.cautions),
        dangers=found.dangers,
        alerts=list(found.alerts.values()),
        history=history,
    )


def _team(store: Store, call_id: str) -> TeamView:
    found = standing(store, call_id)
    if found.shown is None or found.shown.mode == "shadow":
        raise Problem(404, "The record has no suggestion for a call of this id.")
    response = found.shown.suggestion["response"]
    together, _ = _linked(store, found)
    counts = gravest(each for each in together if each.shown is not None and each.shown.mode != "shadow")
    cautions = [caution for each in together for caution in for_team(each.cautions)]
    return TeamView(
        call_id=call_id,
        acuity=counts.acuity,
        weapon=counts.weapon,
        dangers=dict(counts.dangers),
        unit=response.get("unit"),
        kind=response.get("kind"),
        also=response["also"],
        stage=response["stage"],
        units=list(found.units),
        cautions=list(dict.fromkeys(cautions)),
        alerts=[
            TeamAlert(alert_id=alert.alert_id, at=alert.at, changes=list(alert.changes))
            for alert in found.alerts.values()
        ],
    )


def _linked(store: Store, call: Call) -> tuple[list[Call], Gravest]:
    together = [call] if call.incident_id is None else linked(store, call.incident_id)
    return together, gravest(together)
