"""`heartline serve`."""

import os
import socket
from typing import Any

import click
import uvicorn
from pydantic import ValidationError

from api.access.access import Access
from api.access.keys import KeysUnreadable
from api.app import create_app
from api.logs import configuration
from api.record import RecordUnavailable
from api.recording import open_record
from api.settings import Settings, reachable_as, table, unknown_variables
from api.workers import STARTING, run
from classifier.policy import default_policy
from classifier.rules import default_rules
from classifier.yamlfile import FileError


@click.command()
@click.option("--host", help="Address to listen on. [default: 127.0.0.1]")
@click.option("--port", type=click.IntRange(0, 65535), help="Port; 0 takes a free one. [default: 8000]")
@click.option("--workers", type=click.IntRange(1, 64), help="How many processes answer. [default: 1]")
@click.option("--settings", "show_settings", is_flag=True, help="Print the settings as a table, and stop.")
def serve(host: str | None, port: int | None, workers: int | None, show_settings: bool) -> None:
    """Serve the API and the console.

    Everything else is set by environment variables that begin with HEARTLINE_ (see --settings).
    """
    if show_settings:
        click.echo(table())
        return
    settings = _settings(host=host, port=port, workers=workers)
    try:
        access = Access(settings)
    except KeysUnreadable as error:
        raise click.ClickException(f"The service cannot start: {error}") from None
    name = reachable_as(settings)
    if name is not None and not access.configured:
        raise click.UsageError(
            f"{name} can be reached from other machines, and nobody has a key. Make one with "
            "`heartline keys add`, set HEARTLINE_OIDC_ISSUER, or keep to 127.0.0.1, ::1 and localhost."
        )
    try:
        default_rules(), default_policy()  # kept: the service does not load them a second time
        if (record := open_record(settings)) is not None:
            record.close()
    except (FileError, RecordUnavailable) as error:
        raise click.ClickException(f"The service cannot start: {error}") from None
    several = settings.workers > 1
    config = uvicorn.Config(
        "api.app:create_app" if several else create_app(settings),
        factory=several,
        workers=settings.workers,
        timeout_worker_healthcheck=STARTING,
        access_log=False,  # it would write addresses with their query strings; `guard.AccessLog` does not
        log_config=configuration(settings.log_format),
        proxy_headers=bool(settings.trusted_proxies),
        forwarded_allow_ips=list(settings.trusted_proxies),
        server_header=False,
        ws_max_size=2 * settings.max_body_bytes,  # up to there, what is too large is told so
        ws_per_message_deflate=False,
        timeout_graceful_shutdown=settings.stop_seconds,
    )
    listener = _listening(settings)
    if not several:
        _Server(config).run(sockets=[listener])
        return
    # Each worker reads the settings for itself.
    os.environ |= {"HEARTLINE_HOST": settings.host, "HEARTLINE_PORT": str(settings.port)}
    if not run(config, listener, lambda: _tell(listener)):
        raise SystemExit(1)


def _settings(**given: Any) -> Settings:
    for name in unknown_variables(os.environ):
        click.echo(f"{name} is no setting and is ignored; heartline serve --settings lists them.", err=True)
    try:
        return Settings(**{name: value for name, value in given.items() if value is not None})
    except ValidationError as error:
        raise click.UsageError("; ".join(map(_fault, error.errors()))) from None
    except ValueError as error:  # the file of a secret
        raise click.UsageError(str(error)) from None


def _fault(fault: Any) -> str:
    said = str(fault["msg"]).removeprefix("Value error, ")
    return f"HEARTLINE_{str(fault['loc'][0]).upper()}: {said}" if fault["loc"] else said


def _listening(settings: Settings) -> socket.socket:
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    # asyncio switches off Nagle's delay, 40 ms an answer, only for sockets that say they are TCP.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((settings.host.strip("[]"), settings.port))
    except OSError as error:
        listener.close()
        raise click.ClickException(
            f"Port {settings.port} of {settings.host} cannot be used: {error.strerror}. "
            "Choose another with --port."
        ) from None
    return listener


class _Server(uvicorn.Server):
    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        for listener in sockets or ():
            _tell(listener)


def _tell(listener: socket.socket) -> None:
    host, port = listener.getsockname()[:2]
    click.echo(f"Heartline answers on http://{f'[{host}]' if ':' in host else host}:{port}", err=True)
