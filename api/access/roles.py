"""Who may do what: one table, and the dependency by which each route states what it needs."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from fastapi import Depends
from starlette.requests import HTTPConnection

from api.access.terms import Permission, Role, Via
from api.problems import Problem
from api.record.events import Actor

MEANING: Final[Mapping[Permission, str]] = {
    "look": "read names, schema, mode and the OpenAPI document",
    "suggest": "have a note read",
    "decide": "record decisions and units on their way",
    "report": "record outcomes and follow-ups",
    "follow": "list follow-ups",
    "alert": "list alerts and acknowledge them",
    "team": "see what a team on its way is shown of a call",
    "history": "read the record of a call",
    "watch": "read metrics and what troubles the service",
    "switch": "change the mode",
}
"""What each permission is for, to go on after "may"."""

MAY: Final[Mapping[Role, frozenset[Permission]]] = {
    "telecommunicator": frozenset({"look", "suggest", "decide", "report", "alert"}),
    "clinician": frozenset({"look", "report", "follow", "alert", "team"}),
    "supervisor": frozenset(
        {"look", "suggest", "decide", "report", "follow", "alert", "team", "history", "watch"}
    ),
    "data_scientist": frozenset({"look", "suggest", "watch"}),
    "admin": frozenset({"look", "watch", "switch"}),
    "monitor": frozenset({"watch"}),
}
"""Each role with the least it needs. `monitor` is for a machine that collects metrics."""


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks.

    Parameters
    ----------
    id : str, optional
        A key's id, or the subject of a token.
    roles : tuple of Role
        What they are. Empty where no key is asked for: then everything is allowed.
    via : Via
        How they are known.
    rate : str, optional
        How often they may ask, where it is not what the settings say.
    expires : float, optional
        When they are no longer known, in seconds since 1970.
    """

    id: str | None = None
    roles: tuple[Role, ...] = ()
    via: Via = "none"
    rate: str | None = None
    expires: float | None = None

    def role_for(self, permission: Permission) -> Role | None:
        """Return the role that gives the permission; None if none does."""
        return next((role for role in self.roles if permission in MAY[role]), None)

    def may(self, permission: Permission) -> bool:
        """Return whether it is allowed."""
        return self.via == "none" or self.role_for(permission) is not None

    def actor(self, permission: Permission) -> Actor:
        """Return who is recorded, with the role by which it was allowed."""
        return Actor(id=self.id, role=self.role_for(permission), via=self.via)


@dataclass(frozen=True, slots=True)
class Needs:
    """What a route asks of its caller; None: nothing, anybody may ask."""

    permission: Permission | None

    async def __call__(self, connection: HTTPConnection) -> None:
        """Refuse who may not."""
        if self.permission is None:
            return
        caller = caller_of(connection)
        if caller is None:
            raise unknown_caller()
        if not caller.may(self.permission):
            raise Problem(403, _refusal(caller.roles, self.permission))
        connection.state.actor = caller.actor(self.permission)


def needs(permission: Permission) -> Any:
    """Return the dependency of a route that asks for a permission: `dependencies=[needs("decide")]`."""
    return Depends(Needs(permission))


def anyone() -> Any:
    """Return the dependency of a route that asks for nothing."""
    return Depends(Needs(None))


def caller_of(connection: HTTPConnection) -> Caller | None:
    """Return who asks; None where that is not known."""
    caller = getattr(connection.state, "caller", None)
    return caller if isinstance(caller, Caller) else None


def unknown_caller(why: str = "") -> Problem:
    """Return the answer to whom the service does not know."""
    asked = "Send a key or a token: Authorization: Bearer …"
    headers = {"WWW-Authenticate": 'Bearer realm="heartline"' + (', error="invalid_token"' if why else "")}
    return Problem(401, f"{why} {asked}".strip(), headers=headers)


def _refusal(roles: Iterable[Role], permission: Permission) -> str:
    allowed = [role for role, may in MAY.items() if permission in may]
    return (
        f"A {' and '.join(roles).replace('_', ' ')} may not {MEANING[permission]}. "
        f"Roles that may: {', '.join(allowed)}."
    )
