"""`GET /v1/policy`: the names that a screen shows for what a suggestion gives by its id."""

from typing import Annotated

from fastapi import APIRouter, Request
from pydantic import BaseModel, Field

from api.access.roles import needs
from api.problems import documented
from api.serving import Serving
from classifier.terms import Kind

router = APIRouter(tags=["suggestions"])


class UnitNames(BaseModel):
    """A unit as it is shown."""

    id: str
    name: str
    kind: Kind


class PolicyNames(BaseModel):
    """The names of the policy that answers."""

    policy: str
    signed: Annotated[str | None, Field(description="Who signed it, and when; null for a proposal.")]
    version: str
    time_zone: str
    units: list[UnitNames]
    areas: Annotated[list[str], Field(description="What `area` of a request may be.")]
    acuity: Annotated[list[str], Field(description="The four levels as they are shown, 1 first.")]
    follow_up: str


@router.get("/v1/policy", dependencies=[needs("look")], responses=documented(403, 405, 421, 500))
async def policy(request: Request) -> PolicyNames:
    """Return the names of units, areas and levels in the policy that answers."""
    serving: Serving = request.app.state.serving
    answering = serving.recommender.policy
    content = answering.content
    return PolicyNames(
        policy=content.policy,
        signed=content.signed,
        version=answering.version,
        time_zone=content.time_zone,
        units=[UnitNames(id=name, name=unit.name, kind=unit.kind) for name, unit in content.units.items()],
        areas=list(answering.areas.names),
        acuity=[content.acuity[level].shown for level in sorted(content.acuity)],
        follow_up=content.follow_up.name,
    )
