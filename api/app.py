"""The service, put together: `create_app(settings)`."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from importlib.metadata import version
from pathlib import Path
from typing import Final

import anyio.to_thread
from anyio import CapacityLimiter
from fastapi import FastAPI
from fastapi.responses import RedirectResponse
from starlette.middleware.cors import CORSMiddleware
from starlette.staticfiles import StaticFiles

from api import (
    alerts,
    calls,
    decisions,
    eido,
    followups,
    health,
    live,
    metrics,
    mode,
    openapi,
    policy,
    problems,
    recording,
    suggest,
)
from api.access.access import Access
from api.access.gate import Gate
from api.access.roles import anyone
from api.codes import CenterCodes
from api.guard import AccessLog, Guard
from api.metrics import Measured, Metrics
from api.modes import Modes
from api.serving import Serving
from api.settings import Settings, names
from api.showing import Showing

CONSOLE: Final = Path(__file__).with_name("console")
LONG_NOTES: Final = 2
"""How many long notes are read at the same time."""


def create_app(settings: Settings | None = None) -> FastAPI:
    """Return the service.

    Parameters
    ----------
    settings : Settings, optional
        Read from the environment where missing.

    Returns
    -------
    FastAPI
        An ASGI application; rules, policy and model are loaded when it starts.
    """
    settings = settings or Settings()
    app = FastAPI(
        title="Heartline",
        version=version("heartline"),
        summary="Suggests categories, acuity and response from a call note. A person decides.",
        openapi_url=None,  # below, for whom may look
        docs_url=None,  # Swagger's and ReDoc's pages load their scripts from elsewhere
        redoc_url=None,
        lifespan=_running,
        telemetry={"tracing": False, "metrics": False, "logs": False, "auto_configure": False},
    )
    app.state.settings = settings
    app.state.metrics = Metrics()
    access = app.state.access = Access(settings)
    for module in (suggest, live, eido, decisions, followups, alerts, calls, health, metrics, mode, policy):
        app.include_router(module.router)
    app.mount("/console", StaticFiles(directory=CONSOLE, html=True), name="console")
    app.add_api_route("/", _to_console, dependencies=[anyone()], include_in_schema=False)
    app.add_middleware(Gate, access=access, settings=settings)
    problems.install(app)
    openapi.describe(app)
    origins = [origin.rstrip("/") for origin in settings.allowed_origins]
    if origins:  # a browser asks whether their pages may read the answers
        app.add_middleware(
            CORSMiddleware, allow_origins=origins, allow_methods=["*"], allow_headers=["*"], max_age=600
        )
    app.add_middleware(
        Guard,
        hosts=names(settings),
        origins=origins,
        most_bytes=settings.max_body_bytes,
        embedders=settings.embed_origins,
        body_seconds=settings.body_seconds,
    )
    app.add_middleware(Measured, metrics=app.state.metrics)
    if settings.access_log:
        app.add_middleware(AccessLog)
    return app


@asynccontextmanager
async def _running(app: FastAPI) -> AsyncIterator[None]:
    settings: Settings = app.state.settings
    serving = app.state.serving = Serving(settings.data_dir)
    record = app.state.record = recording.open_record(settings)
    modes = app.state.modes = Modes(settings.data_dir, record)
    app.state.showing = Showing(record)
    app.state.codes = CenterCodes(settings.data_dir)
    app.state.long_notes = CapacityLimiter(LONG_NOTES)
    tasks = [asyncio.create_task(serving.watch(settings.champion_seconds))]
    tasks.append(asyncio.create_task(modes.follow(settings.champion_seconds)))
    own: Metrics = app.state.metrics
    tasks.append(asyncio.create_task(own.keep_looking(app, settings.champion_seconds)))
    access: Access = app.state.access
    if access.tokens is not None:
        tasks.append(asyncio.create_task(access.tokens.keep_fresh()))
    if record is not None:
        tasks.append(asyncio.create_task(recording.keep(record, serving, settings)))
    yield
    for task in tasks:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
    if record is not None:
        await anyio.to_thread.run_sync(record.close)


async def _to_console() -> RedirectResponse:
    return RedirectResponse("console/")
