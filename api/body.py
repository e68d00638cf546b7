"""Reading a JSON body strictly: what two readers could understand differently is refused."""

import json
from collections.abc import Callable, Coroutine
from typing import Any

from fastapi import Request, Response
from fastapi.routing import APIRoute

from api.problems import FieldError, Problem, quotable


class StrictRoute(APIRoute):
    """A route whose JSON body is read by `parse`."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Return FastAPI's handler, given a request that reads strictly."""
        handler = super().get_route_handler()

        async def handle(request: Request) -> Response:
            return await handler(_StrictRequest(request.scope, request.receive))

        return handle


class _StrictRequest(Request):
    async def json(self) -> Any:
        return parse(await self.body())


def parse(body: bytes) -> Any:
    """Return the JSON value in `body`.

    Parameters
    ----------
    body : bytes
        UTF-8; a leading byte order mark is dropped.

    Raises
    ------
    Problem
        400 where it is not UTF-8, not JSON, nested too deep, or gives a name twice.
    """
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise Problem(400, f"The body is not UTF-8: byte {error.start + 1} fits no character.") from None
    try:
        value = json.loads(text, object_pairs_hook=_each_name_once, parse_constant=lambda _: _NoNumber())
    except RecursionError:
        raise Problem(400, "The body is nested too deep.") from None
    except json.JSONDecodeError as error:
        raise Problem(400, f"The body is not JSON: {error.msg}, at character {error.pos + 1}.") from None
    except ValueError:  # an integer of thousands of digits
        raise Problem(400, "The body holds a number that is too long.") from None
    if _is_no_number(value):
        raise Problem(400, "The body is not JSON: NaN and infinities are no values there.")
    return value


class _NoNumber:
    """Stands for NaN or an infinity, which Python reads and JSON does not know, until its field is known."""


def _each_name_once(members: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in members:
        if name in found:
            raise _at(name, "is given twice")
        if isinstance(value, _NoNumber) or (isinstance(value, list) and any(map(_is_no_number, value))):
            raise _at(name, "holds NaN or an infinity, which JSON does not know")
        found[name] = value
    return found


def _is_no_number(value: object) -> bool:
    return isinstance(value, _NoNumber)


def _at(name: str, message: str) -> Problem:
    field = quotable(name)
    return Problem(400, f"The field {field} {message}.", [FieldError(field=field, message=message)])
