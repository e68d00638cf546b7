"""Every error of the service as an RFC 9457 problem document that never quotes what was sent."""

import logging
import re
import traceback
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any, Final

import orjson
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

MEDIA_TYPE = "application/problem+json"
ANYWHERE: Final = frozenset({401, 403, 405, 421, 429})
"""Statuses of the guards that stand before every route."""

log = logging.getLogger("heartline")


class FieldError(BaseModel):
    """What is wrong with one field, in words that do not repeat its value."""

    field: str = Field(description="The field, as a dotted path; empty for the body as a whole.")
    message: str


class ProblemDocument(BaseModel):
    """The body of every error response."""

    type: str = Field(default="about:blank", description="Always `about:blank`: `status` says it all.")
    title: str
    status: int
    detail: str
    errors: list[FieldError] = []


class Problem(HTTPException):
    """An error with a sentence for the caller.

    Parameters
    ----------
    status : int
        The HTTP status.
    detail : str
        A sentence: what was got, what is allowed, what to do. Never a value that was sent.
    errors : sequence of FieldError
        One for each field at fault.
    headers : mapping, optional
        Further response headers.
    """

    def __init__(
        self,
        status: int,
        detail: str,
        errors: Sequence[FieldError] = (),
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(status, detail, headers)
        self.errors = tuple(errors)


def respond(problem: Problem) -> Response:
    """Return the problem as a response."""
    document = ProblemDocument(
        title=HTTPStatus(problem.status_code).phrase,
        status=problem.status_code,
        detail=problem.detail,
        errors=list(problem.errors),
    )
    return Response(
        orjson.dumps(document.model_dump()), problem.status_code, problem.headers, media_type=MEDIA_TYPE
    )


def documented(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """Return the OpenAPI entries for these error statuses, and for those that any route may answer."""
    return {
        status: {
            "description": _MEANING[status],
            "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/ProblemDocument"}}},
        }
        for status in sorted({*statuses, *ANYWHERE})
    }


def install(app: FastAPI) -> None:
    """Answer every error of the application with a problem document."""
    app.add_exception_handler(HTTPException, _http_exception)
    app.add_exception_handler(RequestValidationError, _invalid_request)
    app.add_middleware(Unexpected)


class Unexpected:
    """Turns an exception nobody foresaw into a 500, and logs where it arose but not its message.

    Messages of exceptions quote what was being worked on, which here is the note. This stands inside
    Starlette's own handler because that one hands the exception on to the server, which logs it whole.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on and answer for what goes wrong."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        started = False

        async def sending(message: Message) -> None:
            nonlocal started
            started = started or message["type"] == "http.response.start"
            await send(message)

        try:
            await self.app(scope, receive, sending)
        except Exception as error:
            log.error("%s", where(error))
            if not started:
                await respond(internal())(scope, receive, send)


def where(error: BaseException) -> str:
    """Return an exception's type and the places it went through, without its message."""
    frames = traceback.extract_tb(error.__traceback__)
    places = " < ".join(f"{frame.filename}:{frame.lineno}" for frame in frames[:-7:-1])
    return f"{type(error).__name__} at {places or 'an unknown place'}"


async def _http_exception(request: Request, error: Exception) -> Response:
    if isinstance(error, Problem):
        return respond(error)
    assert isinstance(error, HTTPException)
    detail = _MEANING.get(error.status_code, HTTPStatus(error.status_code).description)
    return respond(Problem(error.status_code, detail, headers=error.headers))


async def _invalid_request(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    errors = error.errors()
    content_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if content_type != "application/json" and any(each["loc"][0] == "body" for each in errors):
        return respond(Problem(415, _MEANING[415]))
    return respond(invalid(errors))


def invalid(errors: Sequence[Any]) -> Problem:
    """Return the 422 for pydantic's error list: which field, and what is allowed there."""
    found = [FieldError(field=_path(error["loc"]), message=_sentence(error)) for error in errors]
    at_fault = ", ".join(dict.fromkeys(error.field or "the body" for error in found))
    return Problem(422, f"The request cannot be read. At fault: {at_fault}.", found)


def internal() -> Problem:
    """Return the answer to what nobody foresaw."""
    return Problem(500, _MEANING[500])


def quotable(name: str) -> str:
    """Return a field's name if it looks like one: somebody may have sent the note as a name."""
    return name if _NAME.fullmatch(name) else "(no name of a field)"


_NAME = re.compile(r"[a-z][a-z0-9_]{0,30}")


def _path(location: Sequence[str | int]) -> str:
    return ".".join(quotable(str(part)) for part in location if part != "body")


def _sentence(error: Mapping[str, Any]) -> str:
    kind, message = str(error["type"]), str(error["msg"])
    if kind == "value_error":
        return message.removeprefix("Value error, ")
    return _SENTENCES.get(kind, message)


_SENTENCES = {
    "missing": "is required",
    "extra_forbidden": "is no field of this request; leave it out",
    "string_type": "must be a string",
    "string_unicode": "holds a lone surrogate, which is no character; send it as valid Unicode",
    "timezone_aware": "must carry an offset from UTC, such as 2026-07-04T22:10:00-04:00",
    "model_attributes_type": "must be a JSON object",
}

_MEANING = {
    400: "The body is not one JSON value in UTF-8 with every name given once.",
    401: "No key or token came with the request, or one that is not valid.",
    403: "The caller's role may not do this; or the request comes from a page of another origin.",
    404: "There is nothing at this address.",
    405: "This address does not answer to that method; the header Allow names those it answers to.",
    409: "Somebody else was faster; ask how it stands now.",
    408: "The body took too long to arrive.",
    413: "The body is larger than the service takes.",
    415: "Send the body as application/json.",
    421: "The request is addressed to a host name that is not among the allowed ones.",
    422: "The body is JSON but not the request described here; `errors` names each field at fault.",
    429: "Too many requests; the header Retry-After gives the seconds to wait.",
    500: "Something went wrong inside the service. Nothing was recorded. The log says where it happened.",
    503: "The service cannot answer now.",
}
