"""`POST /v1/eido`: an Emergency Incident Data Object goes in, and comes out with the suggestion in it."""

import json
from datetime import UTC, datetime
from typing import Annotated, Any

import anyio.to_thread
from fastapi import APIRouter, Body, Request, Response
from pydantic import BaseModel, Field, ValidationError

from api import incident
from api.access.roles import needs
from api.answering import answer
from api.body import StrictRoute
from api.call import Call
from api.codes import CenterCodes, SuggestedCode
from api.problems import FieldError, Problem, documented, invalid
from api.serving import Serving
from classifier.suggestion import Suggestion

router = APIRouter(route_class=StrictRoute, tags=["suggestions"])


class EidoAnswer(BaseModel):
    """The suggestion by itself, and the object with the suggestion in it."""

    note: Annotated[str, Field(description="The text that was read; the suggestion's offsets point into it.")]
    left_out: Annotated[int, Field(description="Code points at its beginning that were too many to read.")]
    suggestion: Suggestion
    priority: Annotated[
        int | None,
        Field(ge=0, le=10, description="`incidentCommonPriorityNumber` for the acuity, 10 the highest."),
    ]
    codes: Annotated[list[SuggestedCode], Field(description="Incident codes that suit, the best first.")]
    edition: Annotated[str, Field(description="Of the common list that `codes` are of.")]
    eido: dict[str, Any]


@router.post(
    "/v1/eido",
    dependencies=[needs("suggest")],
    response_model=EidoAnswer,
    response_description="The suggestion, and the object with it. Nothing is dispatched; a person decides.",
    responses=documented(400, 408, 413, 415, 422, 500, 503)
    | {204: {"description": "Shadow mode: what would have been suggested is recorded and not shown."}},
)
async def eido(
    request: Request,
    sent: Annotated[dict[str, Any], Body(description="The object; `docs/integration.md` has an example.")],
) -> Response:
    """Suggest for the notes of an Emergency Incident Data Object (NENA-STA-021.1b-2022).

    It comes back with a note and a caution for each danger, by an agent of ours, and with a priority where
    it had none. Whatever else it holds is untouched, known or not. What we added earlier is not read, and
    replaced.
    """
    serving: Serving = request.app.state.serving
    policy = serving.recommender.policy
    kept: CenterCodes = request.app.state.codes
    codes = kept.now()
    found = await anyio.to_thread.run_sync(
        incident.read, sent, policy, codes, limiter=request.app.state.long_notes
    )
    if not found.note:
        error = FieldError(field="", message="has no text in notesComponent[].notesActionComments")
        raise Problem(422, "There is no note to read: notesComponent holds no text.", [error])
    try:
        call = Call.model_validate(found.request())
    except ValidationError as error:
        raise invalid(error.errors(include_url=False)) from None
    suggestion = await answer(request, call)
    if suggestion is None:
        return Response(status_code=204)
    level = suggestion["acuity"]["level"]
    content = {
        "note": found.note,
        "left_out": found.left_out,
        "suggestion": suggestion,
        "priority": None if level is None else policy.content.acuity[level].eido_priority,
        "codes": codes.suggested(suggestion),
        "edition": codes.edition,
        "eido": incident.answered(sent, suggestion, policy, codes, datetime.now(UTC)),
    }
    try:
        body = json.dumps(content, allow_nan=False)  # escapes what is no character, as it was sent
    except ValueError:
        raise Problem(400, "The body holds a number that is too large.") from None
    except RecursionError:
        raise Problem(400, "The body is nested too deep.") from None
    return Response(body, media_type="application/json")
