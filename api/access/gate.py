"""Stands before every route: knows the caller, and lets nobody unknown pass but to what is open to all."""

from typing import Final

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from api.access.access import Access
from api.access.roles import unknown_caller
from api.problems import Problem, respond
from api.settings import Settings

OPEN: Final = frozenset({"/", "/healthz", "/readyz"})
"""Addresses for which nobody is asked for a key. A route that is forgotten here is closed."""
OPEN_FOLDER: Final = "/console/"
"""Its pages and scripts hold nothing; what they show, they have to ask for."""


def is_open(path: str) -> bool:
    """Return whether anybody may ask for this address."""
    return path in OPEN or path.startswith(OPEN_FOLDER) or path == OPEN_FOLDER.rstrip("/")


class Gate:
    """Puts the caller into the request's state, or answers 401 or 429 before a body is read.

    Parameters
    ----------
    app : ASGI application
        What is guarded.
    access : Access
        Who is known.
    settings : Settings
        How often anybody may ask.
    """

    def __init__(self, app: ASGIApp, *, access: Access, settings: Settings) -> None:
        self.app = app
        self.access = access
        self.rate = settings.rate_limit
        self.address_rate = settings.rate_limit_address

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let the request pass with its caller, or refuse it."""
        if scope["type"] == "lifespan":
            await self.app(scope, receive, send)
            return
        try:
            await self._know(scope)
        except Problem as problem:
            if scope["type"] == "websocket" and "websocket.http.response" not in scope.get("extensions", {}):
                await send({"type": "websocket.close", "code": 1008})
            else:
                await respond(problem)(scope, receive, send)
            return
        await self.app(scope, receive, send)

    async def _know(self, scope: Scope) -> None:
        client = scope.get("client")
        address = client[0] if client else "local"
        caller = await self.access.who(Headers(scope=scope), address)
        rates = self.access.rates
        if caller is None:
            rates.count(self.address_rate, address)
            if not is_open(scope["path"]):
                raise unknown_caller()
        elif caller.via != "none":
            rates.count(caller.rate or self.rate, f"{caller.via} {caller.id}")
        scope.setdefault("state", {})["caller"] = caller
