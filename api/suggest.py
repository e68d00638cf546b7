"""`POST /v1/suggest`: a note goes in, a suggestion comes out."""

import time
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Annotated, Any, Final

import anyio.to_thread
import orjson
from fastapi import APIRouter, Body, Request, Response

from api.body import StrictRoute
from api.call import Call
from api.problems import FieldError, Problem, documented
from api.recording import actor_of
from api.serving import Serving
from api.showing import Showing
from classifier.policy import UnknownArea
from classifier.suggestion import Suggestion

AT_ONCE: Final = 500
"""Notes of up to so many code points are answered where they arrive, longer ones in a thread.

A note of usual length takes as long either way; one of 20,000 takes half a second, for which nobody else
may wait.
"""

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
    response_model=Suggestion,
    response_description="The suggestion. Nothing is dispatched; a person decides.",
    responses=documented(400, 403, 405, 413, 415, 421, 422, 500),
)
async def suggest(request: Request, call: Annotated[Call, Body(openapi_examples=EXAMPLES)]) -> Response:
    """Suggest categories, acuity and response for a call note, as far as it is typed.

    Where `at` is missing, it is now. A suggestion that differs from the one before it on the same call is
    recorded, without a word of the note; one that does not keeps its `suggestion_id`.
    """
    serving: Serving = request.app.state.serving
    if call.at is None:
        call = call.model_copy(update={"at": datetime.now(UTC)})
    began = time.perf_counter()
    try:
        if len(call.note) <= AT_ONCE:
            suggestion = serving.recommender.suggest(call)
        else:
            suggestion = await anyio.to_thread.run_sync(
                serving.recommender.suggest, call, limiter=request.app.state.long_notes
            )
    except UnknownArea:
        raise _unknown_area(serving) from None
    took = (time.perf_counter() - began) * 1000
    showing: Showing = request.app.state.showing
    await showing.show(call, suggestion, actor=actor_of(request), latency_ms=took)
    suggestion["elapsed_ms"] = round((time.perf_counter() - began) * 1000, 3)
    return Response(orjson.dumps(suggestion), media_type="application/json")


def _unknown_area(serving: Serving) -> Problem:
    known = ", ".join(serving.recommender.policy.areas.names)
    error = FieldError(field="area", message=f"is no area of this policy; known are {known}")
    return Problem(422, f"The field area {error.message}.", [error])
