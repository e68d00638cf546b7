"""Answering a call note: the one path that every way in takes, so that the same holds for all of them."""

import time
from datetime import UTC, datetime
from typing import Final

import anyio.to_thread
from starlette.requests import HTTPConnection

from api.call import Call
from api.metrics import Metrics
from api.modes import Modes, switched_off
from api.problems import FieldError, Problem
from api.recording import actor_of
from api.serving import Serving
from api.showing import Showing
from classifier.policy import UnknownArea
from classifier.recommender import Recommender
from classifier.suggestion import Suggestion

AT_ONCE: Final = 500
"""Notes of up to so many code points are answered where they arrive, longer ones in a thread.

A note of usual length takes as long either way; one of 20,000 takes half a second, for which nobody else
may wait.
"""


async def answer(connection: HTTPConnection, call: Call) -> Suggestion | None:
    """Read a note, record what is shown, and return it; None in shadow mode, which shows nothing.

    Parameters
    ----------
    connection : HTTPConnection
        The request or the WebSocket that it came by; its actor is recorded.
    call : Call
        The note; where `at` is missing, it is now.

    Raises
    ------
    Problem
        422 for an area that the policy does not know; 503 where the service is switched off.
    """
    modes: Modes = connection.app.state.modes
    mode = modes.now
    if mode == "off":
        raise switched_off()
    serving: Serving = connection.app.state.serving
    if call.at is None:
        call = call.model_copy(update={"at": datetime.now(UTC)})
    recommender = serving.answering(mode)
    began = time.perf_counter()
    try:
        if len(call.note) <= AT_ONCE:
            suggestion = recommender.suggest(call)
        else:
            suggestion = await anyio.to_thread.run_sync(
                recommender.suggest, call, limiter=connection.app.state.long_notes
            )
    except UnknownArea:
        raise _unknown_area(recommender) from None
    took = (time.perf_counter() - began) * 1000
    showing: Showing = connection.app.state.showing
    await showing.show(call, suggestion, actor=actor_of(connection), mode=mode, latency_ms=took)
    suggestion["elapsed_ms"] = round((time.perf_counter() - began) * 1000, 3)
    metrics: Metrics = connection.app.state.metrics
    metrics.suggested(suggestion, mode, time.perf_counter() - began)
    return None if mode == "shadow" else suggestion


def _unknown_area(recommender: Recommender) -> Problem:
    known = ", ".join(recommender.policy.areas.names)
    error = FieldError(field="area", message=f"is no area of this policy; known are {known}")
    return Problem(422, f"The field area {error.message}.", [error])
