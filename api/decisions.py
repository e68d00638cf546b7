"""`POST /v1/decisions`, `/v1/outcomes`, `/v1/units`: what was decided, what came of it, who is on the way."""

from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Body, Request, Response

from api.body import StrictRoute
from api.posting import Key, post, records
from api.problems import FieldError, Problem
from api.record.events import (
    Decision,
    DecisionGiven,
    Given,
    Outcome,
    OutcomeGiven,
    UnitsAssigned,
    UnitsAssignedGiven,
)

router = APIRouter(route_class=StrictRoute, tags=["record"])

DECISIONS: Mapping[str, Any] = {
    "accepted": {
        "summary": "The unit that was suggested",
        "value": {"call_id": "24-118203", "action": "accepted", "unit": "CRT", "code": "MNTL", "by": "T12"},
    },
    "changed": {
        "summary": "Another unit, and why",
        "value": {"call_id": "24-118203", "action": "changed", "unit": "police", "reason": "unit_busy"},
    },
}
OUTCOMES: Mapping[str, Any] = {
    "settled": {
        "summary": "What the team found",
        "value": {"call_id": "24-118203", "unit": "CRT", "police_called": False, "weapon_found": False},
    }
}
UNITS: Mapping[str, Any] = {
    "assigned": {"summary": "A team is rolling", "value": {"call_id": "24-118203", "units": ["CRT"]}}
}


@router.post("/v1/decisions", **records(Decision, "decide"))
async def decisions(
    request: Request,
    response: Response,
    decision: Annotated[DecisionGiven, Body(openapi_examples=DECISIONS)],
    key: Key = None,
) -> Any:
    """Record what a person made of a suggestion.

    A 2xx means that it is on disk. 503 means that it is not: send it again, with the same Idempotency-Key.
    """
    if decision.call_id is None and decision.suggestion_id is None:
        raise _nameless("suggestion_id")
    return await post(request, response, Decision, decision, key)


@router.post("/v1/outcomes", **records(Outcome, "report"))
async def outcomes(
    request: Request,
    response: Response,
    outcome: Annotated[OutcomeGiven, Body(openapi_examples=OUTCOMES)],
    key: Key = None,
) -> Any:
    """Record what came of a call."""
    _named(outcome)
    return await post(request, response, Outcome, outcome, key)


@router.post("/v1/units", **records(UnitsAssigned, "decide"))
async def units(
    request: Request,
    response: Response,
    assigned: Annotated[UnitsAssignedGiven, Body(openapi_examples=UNITS)],
    key: Key = None,
) -> Any:
    """Record which units are on their way to a call: from then on a new danger raises an alert."""
    _named(assigned)
    return await post(request, response, UnitsAssigned, assigned, key)


def _named(given: Given) -> None:
    if given.call_id is None:
        raise _nameless()


def _nameless(*others: str) -> Problem:
    names = " or ".join(("call_id", *others))
    error = FieldError(field="call_id", message=f"is required: name the call by {names}")
    return Problem(422, f"The request does not say which call it is about: give {names}.", [error])
