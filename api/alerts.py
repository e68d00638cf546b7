"""`/v1/alerts`: dangers that came up while a team was on its way, until a person has seen them."""

from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request, Response
from pydantic import BaseModel

from api.access.roles import needs
from api.body import StrictRoute
from api.posting import Key, post, records
from api.problems import Problem, documented
from api.reading import read
from api.record.events import Alert, AlertAcknowledged, Code, Given, Name
from api.record.store import Store

router = APIRouter(route_class=StrictRoute, tags=["record"])


class Alerts(BaseModel):
    """Alerts that nobody has acknowledged, the oldest first."""

    alerts: list[Alert]


@router.get("/v1/alerts", dependencies=[needs("alert")], responses=documented(403, 405, 421, 422, 500, 503))
async def alerts(
    request: Request,
    call_id: Annotated[Name | None, Query(description="Only those of this call.")] = None,
    unit: Annotated[Code | None, Query(description="Only those for this unit.")] = None,
) -> Alerts:
    """List the alerts that nobody has acknowledged, for the dispatcher's and the team's view."""
    found = await read(request, _pending)
    return Alerts(
        alerts=[
            alert
            for alert in found
            if call_id in (None, alert.call_id) and (unit is None or unit in alert.units)
        ]
    )


@router.post("/v1/alerts/{alert_id}/acknowledgement", **records(AlertAcknowledged, "alert", 404))
async def acknowledge(
    request: Request,
    response: Response,
    alert_id: Annotated[Name, Path()],
    given: Given,
    key: Key = None,
) -> Any:
    """Record that a person has seen an alert; `by` says who."""
    alert = await read(request, Store.find, alert_id)
    if alert is None or not isinstance(alert.event, Alert):
        raise Problem(404, "There is no alert of this id in the record.")
    event = alert.event
    more = {"alert_id": alert_id, "call_id": event.call_id, "incident_id": event.incident_id}
    return await post(request, response, AlertAcknowledged, given, key, **more)


def _pending(store: Store) -> list[Alert]:
    events = (row.event for row in store.last_of_each("alert", without="alert_acknowledged"))
    return [event for event in events if isinstance(event, Alert)]
