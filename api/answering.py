"""Answering a call note: the one path that every way in takes, so that the same holds for all of them."""

import time
from datetime import UTC, datetime
from typing import Final

import anyio.to_thread
from starlette.requests import HTTPConnection

from api.call import Call
from api.problems import FieldError, Problem
from api.recording import actor_of
from api.serving import Serving
from api.showing import Showing
from classifier.policy import UnknownArea
from classifier.suggestion import Suggestion

AT_ONCE: Final = 500
"""Notes of up to so many code points are answered where they arrive, longer ones in a thread.

A note of usual length takes as long either way; one of 20,000 takes half a second, for which nobody else
may wait.
"""


async def answer(connection: HTTPConnection, call: Call) -> Suggestion:
    """Read a note, record what is shown, and return it.

    Parameters
    ----------
    connection : HTTPConnection
        The request or the WebSocket that it came by; its actor is recorded.
    call : Call
        The note; where `at` is missing, it is now.

    Raises
    ------
    Problem
        422 for an area that the policy does not know.
    """
    serving: Serving = connection.app.state.serving
    if call.at is None:
        call = call.model_copy(update={"at": datetime.now(UTC)})
    began = time.perf_counter()
    try:
        if len(call.note) <= AT_ONCE:
            suggestion = serving.recommender.suggest(call)
        else:
            suggestion = await anyio.to_thread.run_sync(
                serving.recommender.suggest, call, limiter=connection.app.state.long_notes
            )
    except UnknownArea:
        raise _unknown_area(serving) from None
    took = (time.perf_counter() - began) * 1000
    showing: Showing = connection.app.state.showing
    await showing.show(call, suggestion, actor=actor_of(connection), latency_ms=took)
    suggestion["elapsed_ms"] = round((time.perf_counter() - began) * 1000, 3)
    return suggestion


def _unknown_area(serving: Serving) -> Problem:
    known = ", ".join(serving.recommender.policy.areas.names)
    error = FieldError(field="area", message=f"is no area of this policy; known are {known}")
    return Problem(422, f"The field area {error.message}.", [error])
