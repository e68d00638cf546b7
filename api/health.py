"""Whether the service lives, and whether all of it answers."""

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field

from api.access.access import Access
from api.access.roles import anyone, caller_of, needs
from api.codes import CenterCodes
from api.modes import Modes
from api.problems import Problem, documented, log, where
from api.record import Record
from api.record.events import Mode
from api.serving import SELF_TEST, Serving
from classifier.suggestion import Versions, json_schema

router = APIRouter(tags=["service"])


class Alive(BaseModel):
    """The process answers."""

    status: Literal["alive"] = "alive"


class Readiness(BaseModel):
    """Whether suggestions are answered, and by what.

    `degraded` still answers, by rules and policy alone: taking such an instance out of service would silence
    it, so the status is 200. Whoever watches the service should raise an alarm on `status`.
    """

    status: Literal["ready", "degraded"]
    mode: Annotated[Mode, Field(description="`live`; in another mode fewer suggestions are shown, or none.")]
    degraded: Annotated[str | None, Field(description="Why the model does not answer.")]
    trouble: Annotated[
        str | None,
        Field(description="What an operator should look at, with the remedy; for whom may `watch`."),
    ]
    recording: Annotated[
        Literal["stored", "spooled", "no"],
        Field(description="What becomes of a decision now: in the record, waiting on disk, or refused."),
    ]
    versions: Versions


@router.get("/healthz", dependencies=[anyone()], responses=documented(403, 405, 421))
async def healthz() -> Alive:
    """Say that the process lives; nothing else is looked at."""
    return Alive()


@router.get("/readyz", dependencies=[anyone()], responses=documented(403, 405, 421, 503))
async def readyz(request: Request) -> Readiness:
    """Answer a note, and say what answered it. 503 when no suggestion could be made at all."""
    serving: Serving = request.app.state.serving
    modes: Modes = request.app.state.modes
    mode = modes.now
    try:
        suggestion = serving.answering(mode).suggest(SELF_TEST, evidence=False)
    except Exception as error:
        log.error("readyz: %s", where(error))
        raise Problem(503, "No suggestion could be made. The log says where it failed.") from None
    degraded = suggestion["degraded"]
    record: Record | None = request.app.state.record
    caller = caller_of(request)
    troubles = []
    if caller is not None and caller.may("watch"):  # it names files
        access: Access = request.app.state.access
        troubles = [serving.trouble, record.trouble if record is not None else None]
        codes: CenterCodes = request.app.state.codes
        codes.now()
        troubles += [access.trouble, modes.trouble, codes.trouble]
    return Readiness(
        mode=mode,
        status="ready" if degraded is None else "degraded",
        degraded=degraded,
        trouble="\n".join(filter(None, troubles)) or None,
        recording="no" if record is None else record.state,
        versions=suggestion["versions"],
    )


@router.get(
    "/v1/schema",
    dependencies=[needs("look")],
    response_class=JSONResponse,
    response_description="JSON Schema, draft 2020-12.",
    responses=documented(403, 405, 421),
)
async def schema() -> dict[str, Any]:
    """Return the JSON Schema of a suggestion."""
    return json_schema()
