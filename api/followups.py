"""`/v1/follow-ups`: who is to be called back within 48 hours, and how far that has come."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Annotated, Any, Literal

import uuid6
from fastapi import APIRouter, Body, Query, Request, Response
from pydantic import BaseModel, Field

from api.access.roles import needs
from api.body import StrictRoute
from api.posting import Key, post, records
from api.problems import FieldError, Problem, documented
from api.reading import read
from api.record.events import FOLLOW_UP_WITHIN, FollowUp, FollowUpGiven, Moment
from api.record.store import Store

router = APIRouter(route_class=StrictRoute, tags=["record"])

EXAMPLES: Mapping[str, Any] = {
    "due": {"summary": "Somebody is to be called back", "value": {"call_id": "24-118203", "consent": True}},
}


class Standing(BaseModel):
    """How a follow-up stands."""

    overdue: bool
    since: Annotated[Moment, Field(description="When its last event happened.")]
    follow_up: FollowUp


class FollowUps(BaseModel):
    """Follow-ups, the one due first in front."""

    follow_ups: list[Standing]


@router.get(
    "/v1/follow-ups", dependencies=[needs("follow")], responses=documented(403, 405, 421, 422, 500, 503)
)
async def follow_ups(
    request: Request,
    status: Annotated[
        Literal["open", "overdue", "all"], Query(description="`open` leaves out the closed ones.")
    ] = "open",
) -> FollowUps:
    """List follow-ups by what is due first."""
    now = datetime.now(UTC)
    found = [
        Standing(overdue=each.status != "closed" and each.due < now, since=each.at, follow_up=each)
        for each in await read(request, _all)
    ]
    wanted = {
        "open": lambda each: each.follow_up.status != "closed",
        "overdue": lambda each: each.overdue,
        "all": lambda each: True,
    }[status]
    return FollowUps(follow_ups=sorted(filter(wanted, found), key=lambda each: each.follow_up.due))


@router.post("/v1/follow-ups", **records(FollowUp, "report"))
async def follow_up(
    request: Request,
    response: Response,
    given: Annotated[FollowUpGiven, Body(openapi_examples=EXAMPLES)],
    key: Key = None,
) -> Any:
    """Record that somebody is to be called back, or how far it has come.

    A new one is due within 48 hours of `at`. One there is already is named by `follow_up_id`; what is not
    given stays as it was.
    """
    if given.follow_up_id is None:
        # With a key, the id follows from it: sent again, it is the same follow-up.
        made = str(uuid6.uuid7()) if key is None else request.app.state.record.identity("follow-up", key)
        more: dict[str, Any] = {"follow_up_id": made}
        due = given.due or given.at + FOLLOW_UP_WITHIN
        begun = given.at
    else:
        before = await read(request, _one, given.follow_up_id)
        if before is None:
            error = FieldError(field="follow_up_id", message="is that of no follow-up in the record")
            raise Problem(422, "There is no follow-up of this id.", [error])
        more = {
            name: getattr(before, name)
            for name in ("call_id", "incident_id", "status", "attempts", "consent", "safe_to_call", "result")
            if name not in given.model_fields_set
        }
        due, begun = given.due or before.due, before.due - FOLLOW_UP_WITHIN
    if not begun <= due <= begun + FOLLOW_UP_WITHIN:
        error = FieldError(field="due", message="must lie within 48 hours of when the follow-up began")
        raise Problem(422, "A follow-up is due within 48 hours.", [error])
    return await post(request, response, FollowUp, given, key, **more, due=due, at=given.at)


def _all(store: Store) -> list[FollowUp]:
    events = (row.event for row in store.last_of_each("follow_up"))
    return [event for event in events if isinstance(event, FollowUp)]


def _one(store: Store, follow_up_id: str) -> FollowUp | None:
    last = None
    for row in store.rows(kinds=["follow_up"], subject=follow_up_id):
        last = row.event
    return last if isinstance(last, FollowUp) else None
