"""`/v1/mode`: how the service answers, and switching it."""

from typing import Annotated

import anyio.to_thread
from fastapi import APIRouter, Request
from pydantic import BaseModel, ConfigDict, Field

from api.access.roles import needs
from api.body import StrictRoute
from api.modes import MEANING, Modes
from api.problems import Problem, documented
from api.record.events import Mode, Moment, Name
from api.recording import actor_of

router = APIRouter(route_class=StrictRoute, tags=["service"])


class Switch(BaseModel):
    """The mode that is wanted."""

    model_config = ConfigDict(extra="forbid")

    mode: Mode
    by: Annotated[Name | None, Field(description="The person, where the key is not theirs alone.")] = None


class Standing(BaseModel):
    """The mode, and what it means."""

    mode: Mode
    meaning: str
    since: Annotated[Moment | None, Field(description="Null where it was never switched.")]
    by: Annotated[str | None, Field(description="Who switched it.")]


class Switched(Standing):
    """The mode from now on."""

    recorded: Annotated[
        str, Field(description="`stored`, `spooled`, or `no`: not recorded yet, and recorded when it can be.")
    ]


@router.get("/v1/mode", dependencies=[needs("look")], responses=documented(422, 500))
async def mode(request: Request) -> Standing:
    """Say how the service answers."""
    return Standing.model_validate(_standing(request.app.state.modes))


@router.put(
    "/v1/mode", dependencies=[needs("switch")], responses=documented(400, 408, 413, 415, 422, 500, 503)
)
async def switch(request: Request, wanted: Switch) -> Switched:
    """Switch the mode: for all workers from the next note on, on other machines within seconds."""
    modes: Modes = request.app.state.modes
    actor = actor_of(request)
    try:
        state = await anyio.to_thread.run_sync(lambda: modes.switch(wanted.mode, actor=actor, by=wanted.by))
    except OSError:
        raise Problem(503, "The mode cannot be kept in the data directory, and is as it was.") from None
    return Switched.model_validate(_standing(modes) | {"recorded": state})


def _standing(modes: Modes) -> dict[str, object]:
    now = modes.standing
    return {"mode": now.mode, "meaning": MEANING[now.mode], "since": now.since, "by": now.by}
