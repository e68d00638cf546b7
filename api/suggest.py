"""`POST /v1/suggest`: a note goes in, a suggestion comes out."""

from collections.abc import Mapping
from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Body, Request, Response

from api.access.roles import needs
from api.answering import answer
from api.body import StrictRoute
from api.call import Call
from api.problems import documented
from classifier.suggestion import Suggestion

EXAMPLES: Mapping[str, Mapping[str, Any]] = {
    "note": {
        "summary": "The note alone",
        "value": {"note": "RP ADV M 30S ASLEEP IN LOBBY, REFUSING TO LEAVE, NEG WPNS"},
    },
    "call": {
        "summary": "All that can be known of a call",
        "value": {
            "note": "RP ADV BROTHER OFF MEDS, HEARING VOICES, PACING IN KITCHEN, SOUNDS UPSET BUT WILL TALK",
            "call_id": "24-118203",
            "at": "2026-07-04T10:10:00-04:00",
            "location": {"lat": 35.994, "lon": -78.899},
            "call_type": "MENTAL",
            "answers": {"weapon": "denied_first_hand"},
        },
    },
}

router = APIRouter(route_class=StrictRoute, tags=["suggestions"])


@router.post(
    "/v1/suggest",
    dependencies=[needs("suggest")],
    response_model=Suggestion,
    response_description="The suggestion. Nothing is dispatched; a person decides.",
    responses=documented(400, 408, 413, 415, 422, 500, 503)
    | {204: {"description": "Shadow mode: what would have been suggested is recorded and not shown."}},
)
async def suggest(request: Request, call: Annotated[Call, Body(openapi_examples=EXAMPLES)]) -> Response:
    """Suggest categories, acuity and response for a call note, as far as it is typed.

    Where `at` is missing, it is now. A suggestion that differs from the one before it on the same call is
    recorded, without a word of the note; one that does not keeps its `suggestion_id`.
    The answer is 204 in shadow mode, and 503 while the service is switched off.
    """
    suggestion = await answer(request, call)
    if suggestion is None:
        return Response(status_code=204)
    return Response(orjson.dumps(suggestion), media_type="application/json")
