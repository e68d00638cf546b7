"""What logs and metrics may name of a request: its route's pattern, never the address as sent."""

from typing import Final

from starlette.types import Scope

METHODS: Final = frozenset({"DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"})


def method_of(scope: Scope) -> str:
    """Return the method, or that it is none of the usual ones: anybody may send any word."""
    method: str = scope["method"]
    return method if method in METHODS else "(other)"


def route_of(scope: Scope) -> str:
    """Return the pattern of the route that answered."""
    path: str = getattr(scope.get("route"), "path", "(no route)")
    return path
