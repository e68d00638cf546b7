"""What stands before every request: whom it is addressed to, which page sent it, how large it is.

Also on loopback: any page open in a browser on the same machine can send requests to 127.0.0.1, and a name of
the attacker's can be made to point there. The list of hosts stops the second, the list of origins the first.
"""

import logging
import time
from collections.abc import Collection, Mapping

import anyio
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.problems import Problem, respond
from api.routes import method_of, route_of

log = logging.getLogger("heartline.access")

POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self'",
        "connect-src 'self'",
        "base-uri 'none'",
        "form-action 'none'",
        "require-trusted-types-for 'script'",
        "trusted-types 'none'",
    )
)
HEADERS = {
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}


class Guard:
    """Refuses what is addressed wrongly, comes from a foreign page or is too large; adds security headers.

    Parameters
    ----------
    app : ASGI application
        What is guarded.
    hosts : collection of str
        Names by which the service may be addressed, without port.
    origins : collection of str
        Origins allowed besides the service's own.
    most_bytes : int
        The largest request body.
    embedders : collection of str
        Origins whose pages may show the console in a frame.
    body_seconds : float
        How long a body may take to arrive.
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        hosts: Collection[str],
        origins: Collection[str],
        most_bytes: int,
        embedders: Collection[str] = (),
        body_seconds: float = 10.0,
    ) -> None:
        self.app = app
        self.hosts = frozenset(host.lower() for host in hosts)
        self.origins = frozenset(origin.lower() for origin in origins)
        self.most_bytes = most_bytes
        self.body_seconds = body_seconds
        self.headers = security_headers(embedders)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Refuse the request, or pass it on."""
        if scope["type"] == "lifespan":
            await self.app(scope, receive, send)
            return
        problem = self._objection(Headers(scope=scope))
        if scope["type"] == "websocket":
            if problem is None:
                await self.app(scope, receive, send)
            else:  # closed before it is accepted: the client gets a 403
                await send({"type": "websocket.close", "code": 1008})
            return
        secured = _with_headers(send, self.headers)
        if problem is None:
            await self.app(scope, _counted(receive, self.most_bytes, self.body_seconds), secured)
        else:
            await respond(problem)(scope, receive, secured)

    def _objection(self, headers: Headers) -> Problem | None:
        host = headers.get("host", "").lower()
        if _without_port(host) not in self.hosts:
            return Problem(421, "The request is addressed to a host name that is not among the allowed ones.")
        origin = headers.get("origin", "").lower()
        if origin and origin not in self.origins and origin.partition("://")[2] != host:
            return Problem(403, "The request comes from a page of another origin, which is not allowed.")
        length = headers.get("content-length", "0")
        if not length.isdecimal() or int(length[:20]) > self.most_bytes:
            return _too_large(self.most_bytes)
        return None


def _without_port(host: str) -> str:
    name, colon, port = host.rpartition(":")
    return name if colon and port.isdecimal() else host


def _too_large(most: int) -> Problem:
    return Problem(413, f"The body is larger than {most} bytes, the most that the service takes.")


def _counted(receive: Receive, most: int, seconds: float) -> Receive:
    """Count what comes in pieces, so that it can neither grow past the limit nor trickle in for ever."""
    got = 0
    whole = False
    until: float | None = None

    async def receiving() -> Message:
        nonlocal got, whole, until
        if whole:  # what comes now is that the client has gone
            return await receive()
        until = until or anyio.current_time() + seconds
        try:
            with anyio.fail_after(until - anyio.current_time()):
                message = await receive()
        except TimeoutError:
            raise Problem(408, f"The body did not arrive within {seconds:g} seconds.") from None
        got += len(message.get("body", b""))
        if got > most:
            raise _too_large(most)
        whole = not message.get("more_body", False)
        return message

    return receiving


def security_headers(embedders: Collection[str]) -> dict[str, str]:
    """Return the headers of every answer; pages of these origins may show it in a frame."""
    ancestors = " ".join(embedders) or "'none'"
    found = {**HEADERS, "Content-Security-Policy": f"{POLICY}; frame-ancestors {ancestors}"}
    if embedders:  # the older header knows all or nothing
        del found["X-Frame-Options"]
    return found


def _with_headers(send: Send, secured: Mapping[str, str]) -> Send:
    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            for name, value in secured.items():
                headers[name] = value
            headers.setdefault("Cache-Control", "no-store")
        await send(message)

    return sending


class AccessLog:
    """Logs a line for each request: the route's pattern, never the address as sent, which may hold a note."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on and log how it was answered."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        began, status = time.perf_counter(), 0

        async def sending(message: Message) -> None:
            nonlocal status
            status = message.get("status", status)
            await send(message)

        try:
            await self.app(scope, receive, sending)
        finally:
            method, route = method_of(scope), route_of(scope)
            took = round((time.perf_counter() - began) * 1000, 1)
            fields = {"method": method, "route": route, "status": status, "ms": took}
            log.info("%s %s %d %.1f ms", method, route, status, took, extra=fields)
