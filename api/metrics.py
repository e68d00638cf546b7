"""What Prometheus collects: how fast, how many, and what does not answer. No label holds what was sent."""

import os
import time
from importlib.metadata import version
from typing import Final, get_args

import anyio
import anyio.to_thread
from fastapi import APIRouter, FastAPI, Request
from fastapi.responses import Response
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest, multiprocess
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.access.roles import needs
from api.modes import Modes
from api.problems import log, where
from api.record import Record
from api.record.events import Mode
from api.record.writer import State
from api.routes import method_of, route_of
from api.serving import RULES_ONLY, Serving
from api.workers import METRICS_FOLDER
from classifier.suggestion import Suggestion

BOUNDS: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.15, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
KNOWN_DEGRADED: Final = ("no model", "model refused", "model failed", RULES_ONLY)

router = APIRouter(tags=["service"])


@router.get("/metrics", dependencies=[needs("watch")], include_in_schema=False)
async def metrics(request: Request) -> Response:
    """Return all metrics of this machine's workers in Prometheus' text format."""
    own: Metrics = request.app.state.metrics
    own.look(request.app)
    text = await anyio.to_thread.run_sync(own.text)
    return Response(text, media_type=CONTENT_TYPE_PLAIN_0_0_4)


class Metrics:
    """Counts, in one process; several of one machine add up through a folder."""

    def __init__(self) -> None:
        self._registry = registry = CollectorRegistry()
        self.requests = Counter(
            "heartline_requests",
            "Requests by method, route and status.",
            ("method", "route", "status"),
            registry=registry,
        )
        self.seconds = Histogram(
            "heartline_request_seconds",
            "How long answering took, by route.",
            ("route",),
            buckets=BOUNDS,
            registry=registry,
        )
        self.suggestions = Counter(
            "heartline_suggestions",
            "Suggestions by mode and by why not everything answered (`no`: everything did), by any way in.",
            ("mode", "degraded"),
            registry=registry,
        )
        self.suggestion_seconds = Histogram(
            "heartline_suggestion_seconds",
            "How long a suggestion took, recording included, by any way in.",
            buckets=BOUNDS,
            registry=registry,
        )
        self.recorded = Counter(
            "heartline_suggestions_recorded",
            "Suggestions by what became of their record.",
            ("recorded",),
            registry=registry,
        )
        self._mode = _gauge("heartline_mode", "1 for the mode that holds.", ("mode",), registry)
        self._recording = _gauge(
            "heartline_recording",
            "1 for what becomes of a decision now, in any worker.",
            ("state",),
            registry,
        )
        self._degraded = _gauge(
            "heartline_degraded", "1 while a worker has no model to answer.", (), registry
        )
        self._trouble = _gauge("heartline_trouble", "1 while /readyz has something to tell.", (), registry)
        info = _gauge("heartline_info", "1; the version that runs.", ("version",), registry)
        info.labels(version("heartline")).set(1)

    def suggested(self, suggestion: Suggestion, mode: Mode, seconds: float) -> None:
        """Count a suggestion."""
        self.suggestions.labels(mode, _why(suggestion["degraded"])).inc()
        self.suggestion_seconds.observe(seconds)
        self.recorded.labels(suggestion["recorded"] or "no").inc()

    def look(self, app: FastAPI) -> None:
        """Take over how things stand in this process."""
        serving: Serving = app.state.serving
        record: Record | None = app.state.record
        modes: Modes = app.state.modes
        _one_of(self._mode, modes.now, get_args(Mode))
        _one_of(self._recording, "no" if record is None else record.state, get_args(State))
        self._degraded.set(serving.answering(modes.now).model_version is None)
        troubles = (serving.trouble, record and record.trouble, modes.trouble, app.state.access.trouble)
        self._trouble.set(any(troubles))

    async def keep_looking(self, app: FastAPI, seconds: float) -> None:
        """Take it over again and again: another worker may be the one that is asked."""
        while True:
            try:
                self.look(app)
            except Exception as error:
                log.error("metrics: %s", where(error))
            await anyio.sleep(seconds)

    def text(self) -> bytes:
        """Return all metrics as Prometheus reads them."""
        if METRICS_FOLDER not in os.environ:
            return generate_latest(self._registry)
        together = CollectorRegistry()
        multiprocess.MultiProcessCollector(together)  # type: ignore[no-untyped-call]
        return generate_latest(together)


class Measured:
    """Counts each request and how long it took."""

    def __init__(self, app: ASGIApp, *, metrics: Metrics) -> None:
        self.app = app
        self.metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on and count how it was answered."""
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
            route = route_of(scope)
            self.metrics.requests.labels(method_of(scope), route, str(status)).inc()
            self.metrics.seconds.labels(route).observe(time.perf_counter() - began)


def _gauge(name: str, what: str, labels: tuple[str, ...], registry: CollectorRegistry) -> Gauge:
    return Gauge(name, what, labels, registry=registry, multiprocess_mode="livemax")


def _one_of(gauge: Gauge, this: str, all_of_them: tuple[str, ...]) -> None:
    for each in all_of_them:
        gauge.labels(each).set(each == this)


def _why(degraded: str | None) -> str:
    """Return a reason of a closed list: the suggestion's own may go into detail."""
    if degraded is None:
        return "no"
    return next((known for known in KNOWN_DEGRADED if degraded.startswith(known)), "other")
