"""Recording what is posted: answered when it is on disk, once for each Idempotency-Key."""

import asyncio
from typing import Annotated, Any, Generic, Literal, TypeVar

from fastapi import Header, Request, Response
from pydantic import BaseModel, Field

from api.access.roles import needs
from api.access.terms import Permission
from api.problems import Problem, documented
from api.record.events import AnyEvent, Event, Given
from api.recording import actor_of, record_of

RETRY_AFTER = "5"
Key = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key",
        min_length=1,
        max_length=200,
        description="Any text of the caller's; the same request sent again with it is recorded once.",
    ),
]
Recorded = TypeVar("Recorded", bound=Event)


class Posted(BaseModel, Generic[Recorded]):
    """What became of what was posted."""

    recorded: Annotated[
        Literal["stored", "spooled"],
        Field(description="In the record, or on disk and waiting to be; either survives a power cut."),
    ]
    number: Annotated[int | None, Field(description="Its place in the record, where it is stored.")]
    repeated: Annotated[bool, Field(description="It was there already, by the same Idempotency-Key.")]
    event: Recorded


def records(form: type[Event], permission: Permission, *statuses: int) -> dict[str, Any]:
    """Return what FastAPI has to know of a route by which an event is recorded.

    Parameters
    ----------
    form : type of Event
        What is recorded.
    permission : Permission
        What its caller must be allowed.
    *statuses : int
        Errors that this route has and others have not.
    """
    answer = Posted[form]  # type: ignore[valid-type]
    again = {"model": answer, "description": "It was recorded before, under this Idempotency-Key."}
    return {
        "dependencies": [needs(permission)],
        "status_code": 201,
        "response_model": answer,
        "responses": documented(400, 403, 405, 413, 415, 421, 422, 500, 503, *statuses) | {200: again},
    }


async def post(
    request: Request, response: Response, form: type[Event], given: Given, key: str | None, **more: Any
) -> Any:
    """Record an event; return what is answered.

    Parameters
    ----------
    request : Request
        Whose; its actor is recorded.
    response : Response
        Gets status 200 in place of 201 where nothing new was recorded.
    form : type of Event
        The kind of event.
    given : Given
        What was posted.
    key : str, optional
        The Idempotency-Key.
    **more
        Fields that the service adds.

    Raises
    ------
    Problem
        422 if the key was used for another request; 503 if it could not be put on disk.
    """
    record, actor = record_of(request), actor_of(request)
    fields = {name: getattr(given, name) for name in given.model_fields_set} | more | {"actor": actor}
    if key is not None:
        posted = given.model_dump(mode="json", exclude_unset=True)
        fields["event_id"] = record.identity(form.__name__, actor.id or "", key)
        fields["fingerprint"] = record.fingerprint(posted)
    event: AnyEvent = form.model_validate(fields)  # type: ignore[assignment]
    receipt = await asyncio.wrap_future(record.submit(event))
    if receipt.state == "no":
        raise not_recorded()
    if receipt.event.fingerprint != event.fingerprint:
        raise Problem(422, "This Idempotency-Key was used before, for another request. Use a new one.")
    response.status_code = 200 if receipt.repeated else 201
    return {
        "recorded": receipt.state,
        "number": receipt.number,
        "repeated": receipt.repeated,
        "event": receipt.event,
    }


def not_recorded() -> Problem:
    """Return the answer where neither database nor spool took an event."""
    return Problem(
        503,
        "It could not be recorded: neither the database nor the spool takes it. Send it again.",
        headers={"Retry-After": RETRY_AFTER},
    )


def unreadable() -> Problem:
    """Return the answer where the record cannot be read now."""
    return Problem(503, "The record cannot be read now. Ask again.", headers={"Retry-After": RETRY_AFTER})
