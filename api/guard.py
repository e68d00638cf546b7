"""What stands before every request: whom it is addressed to, which page sent it, how large it is.

Also on loopback: any page open in a browser on the same machine can send requests to 127.0.0.1, and a name of
the attacker's can be made to point there. The list of hosts stops the second, the list of origins the first.
"""

import logging
import time
from collections.abc import Collection

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.problems import Problem, respond

log = logging.getLogger("heartline.access")

HEADERS = {
    "Content-Security-Policy": "; ".join(
        (
            "default-src 'none'",
            "script-src 'self'",
            "style-src 'self'",
            "img-src 'self'",
            "connect-src 'self'",
            "base-uri 'none'",
            "form-action 'none'",
            "frame-ancestors 'none'",
            "require-trusted-types-for 'script'",
            "trusted-types 'none'",
        )
    ),
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
    """

    def __init__(
        self, app: ASGIApp, *, hosts: Collection[str], origins: Collection[str], most_bytes: int
    ) -> None:
        self.app = app
        self.hosts = frozenset(host.lower() for host in hosts)
        self.origins = frozenset(origin.lower() for origin in origins)
        self.most_bytes = most_bytes

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
        secured = _with_headers(send)
        if problem is None:
            await self.app(scope, _counted(receive, self.most_bytes), secured)
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


def _counted(receive: Receive, most: int) -> Receive:
    """Count what comes in pieces without a length, so that it cannot grow past the limit either."""
    got = 0

    async def receiving() -> Message:
        nonlocal got
        message = await receive()
        got += len(message.get("body", b""))
        if got > most:
            raise _too_large(most)
        return message

    return receiving


def _with_headers(send: Send) -> Send:
    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            for name, value in HEADERS.items():
                headers[name] = value
            headers.setdefault("Cache-Control", "no-store")
        await send(message)

    return sending


METHODS = frozenset({"DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"})


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
            method = scope["method"] if scope["method"] in METHODS else "(other)"
            route = getattr(scope.get("route"), "path", "(no route)")
            took = (time.perf_counter() - began) * 1000
            log.info("%s %s %d %.1f ms", method, route, status, took)
