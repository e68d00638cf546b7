"""`/v1/live`: a WebSocket on which notes come as they are typed; the newest is answered.

A client sends `{"seq": 7, "request": {…}}`, the request being that of `POST /v1/suggest`, and gets
`{"seq": 7, "dropped": [5, 6], "suggestion": {…}}`, or `problem` in place of `suggestion`. One note is
answered at a time, in the order of `seq`, which only grows; of those that come meanwhile the newest waits,
and the others are named in `dropped`. In shadow mode `suggestion` is null. What cannot be told apart from
the next message ends the connection, with a problem whose `seq` is null.
"""

from typing import Annotated, Any, Final, Literal

import anyio
import orjson
from anyio import CancelScope
from fastapi import APIRouter, WebSocket
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from starlette.websockets import WebSocketDisconnect

from api.access.access import Access
from api.access.roles import caller_of, needs, unknown_caller
from api.answering import answer
from api.body import parse
from api.call import Call
from api.problems import FieldError, Problem, internal, invalid, log, respond, where
from api.settings import Settings

PROTOCOL: Final = "heartline.live.1"
"""The subprotocol that is chosen where a client offers any; never the one that carries its key."""
MOST_DROPPED: Final = 100
"""Once so many notes were overtaken, no further one is read before they have been named."""
SENDING: Final = 10.0
"""Seconds in which a client must take an answer."""

BROKEN, TOO_LARGE = 1008, 1009
"""Codes of RFC 6455 that a connection is closed with."""

router = APIRouter()


class Sent(BaseModel):
    """A message of a client: a number that grows, and a request."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    seq: Annotated[int, Field(strict=True, ge=0, le=2**53 - 1)]
    request: Any


class Ended(Exception):
    """The connection ends: what is said last, and the code it is closed with."""

    def __init__(self, problem: Problem, code: int = BROKEN) -> None:
        self.problem = problem
        self.code = code


class Newest:
    """Holds the newest message that waits, and the numbers of those that it overtook."""

    def __init__(self) -> None:
        self._waiting: Sent | None = None
        self._dropped: list[int] = []
        self._came, self._went = anyio.Event(), anyio.Event()

    async def put(self, sent: Sent) -> None:
        """Let a message wait in place of the one that does; not before there is room to name that one."""
        while len(self._dropped) >= MOST_DROPPED:
            await self._went.wait()
        if self._waiting is not None:
            self._dropped.append(self._waiting.seq)
        self._waiting = sent
        self._came.set()

    async def take(self) -> tuple[Sent, list[int]]:
        """Return the message that waits, or the next one, and the numbers of those that it overtook."""
        await self._came.wait()
        assert self._waiting is not None
        found = self._waiting, self._dropped
        self._waiting, self._dropped = None, []
        self._went.set()
        self._came, self._went = anyio.Event(), anyio.Event()
        return found


@router.websocket("/v1/live", dependencies=[needs("suggest")])
async def live(websocket: WebSocket) -> None:
    """Answer the newest of the notes that come."""
    offered = websocket.scope.get("subprotocols", [])
    await websocket.accept(PROTOCOL if PROTOCOL in offered else None)
    newest = Newest()
    ended: list[Ended] = []
    async with anyio.create_task_group() as tasks:

        async def until_it_ends(task: Any) -> None:
            try:
                await task(websocket, newest)
            except WebSocketDisconnect:
                pass
            except Ended as error:
                ended.append(error)
            except Exception as error:
                log.error("%s", where(error))
                ended.append(Ended(internal(), 1011))
            tasks.cancel_scope.cancel()

        tasks.start_soon(until_it_ends, _read)
        tasks.start_soon(until_it_ends, _answer)
    if ended:
        await _end(websocket, ended[0])


async def _read(websocket: WebSocket, newest: Newest) -> None:
    """Read what comes, until nothing does."""
    settings: Settings = websocket.app.state.settings
    last = -1
    while True:
        try:
            with anyio.fail_after(settings.live_idle_seconds):
                message = await websocket.receive()
        except TimeoutError:
            said = f"Nothing came for {settings.live_idle_seconds:g} seconds. Connect again to go on."
            raise Ended(Problem(408, said), 1000) from None
        if message["type"] == "websocket.disconnect":
            raise WebSocketDisconnect
        sent = _understood(message, settings.max_body_bytes)
        if sent.seq <= last:
            error = FieldError(field="seq", message="must be greater than that of the message before")
            raise Ended(Problem(422, f"The field seq {error.message}.", [error]))
        last = sent.seq
        await newest.put(sent)


def _understood(message: Any, most: int) -> Sent:
    """Return a message, or end the connection: no answer could say which one it is to."""
    text = message.get("text")
    if text is None:
        raise Ended(Problem(400, "A message is text, not binary."))
    body = text.encode(errors="surrogatepass")
    if len(body) > most:
        raise Ended(
            Problem(413, f"The message is larger than {most} bytes, the most that the service takes."),
            TOO_LARGE,
        )
    try:
        return Sent.model_validate(parse(body), from_attributes=True)
    except ValidationError as error:
        raise Ended(invalid(error.errors(include_url=False, include_context=False))) from None
    except Problem as problem:
        raise Ended(problem) from None


async def _answer(websocket: WebSocket, newest: Newest) -> None:
    """Answer one note after the other."""
    while True:
        sent, dropped = await newest.take()
        _still_known(websocket)
        kind: Literal["suggestion", "problem"] = "suggestion"
        with CancelScope(shield=True):  # what is begun is recorded, though the client may have gone
            try:
                _count(websocket)
                content: Any = await answer(websocket, _call(sent.request))
            except Problem as problem:
                kind, content = "problem", _document(problem)
            except Exception as error:
                log.error("%s", where(error))
                kind, content = "problem", _document(internal())
        await _send(websocket, {"seq": sent.seq, "dropped": dropped, kind: content})


def _call(request: object) -> Call:
    try:
        return Call.model_validate(request, from_attributes=True)  # as FastAPI reads the body of a POST
    except ValidationError as error:
        raise invalid(error.errors(include_url=False)) from None


def _still_known(websocket: WebSocket) -> None:
    """Ask again what was asked when the connection was made: it may last for a shift."""
    access: Access = websocket.app.state.access
    caller = caller_of(websocket)
    if caller is None or not access.still(caller):
        raise Ended(unknown_caller("The key or token is no longer valid."))


def _count(websocket: WebSocket) -> None:
    """Count an answer as a request is counted."""
    access: Access = websocket.app.state.access
    settings: Settings = websocket.app.state.settings
    caller = caller_of(websocket)
    if caller is not None and caller.via != "none":
        access.rates.count(caller.rate or settings.rate_limit, f"{caller.via} {caller.id}")


def _document(problem: Problem) -> orjson.Fragment:
    return orjson.Fragment(respond(problem).body)


async def _send(websocket: WebSocket, content: Any) -> None:
    """Send a message; a client that does not take it is let go, so that answers do not pile up."""
    with anyio.move_on_after(SENDING) as patience:
        try:
            await websocket.send_text(orjson.dumps(content).decode())
        except (RuntimeError, OSError):  # it has gone
            raise WebSocketDisconnect from None
    if patience.cancelled_caught:
        raise WebSocketDisconnect


async def _end(websocket: WebSocket, ended: Ended) -> None:
    last: dict[str, Any] = {"seq": None, "dropped": [], "problem": _document(ended.problem)}
    try:
        await _send(websocket, last)
        await websocket.close(ended.code)
    except (WebSocketDisconnect, RuntimeError, OSError):
        return
