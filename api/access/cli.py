"""`heartline keys`: who may ask."""

from datetime import UTC, datetime

import click
from pydantic import TypeAdapter, ValidationError

from api.access.keys import Key, Keys, KeysUnreadable
from api.access.rates import Rate
from api.access.terms import ROLES, Role
from api.record import RecordUnavailable
from api.record.events import Actor, KeyChanged
from api.recording import open_record
from api.settings import Settings


@click.group()
def keys() -> None:
    """Give out API keys and take them back. A running service sees it at once."""


@keys.command("add")
@click.argument("name")
@click.option("--role", type=click.Choice(ROLES), required=True, help="What its holder may do.")
@click.option("--days", type=click.IntRange(1, 3650), help="For how long; without, until it is revoked.")
@click.option("--rate", help="How often it may ask, such as 20000/minute. [default: HEARTLINE_RATE_LIMIT]")
def add(name: str, role: Role, days: int | None, rate: str | None) -> None:
    """Make a key for NAME: a person, a desk or a program.

    The key is printed once, on standard output, and kept nowhere: only its hash is.
    """
    try:
        if rate is not None:
            TypeAdapter(Rate).validate_python(rate)
        key, secret = _keys().add(name, role, days=days, rate=rate)
    except ValidationError as error:
        raise click.UsageError("; ".join(_fault(each) for each in error.errors())) from None
    _record(key, "added")
    until = "until it is revoked" if key.expires is None else f"until {key.expires:%Y-%m-%d}"
    click.echo(f"Key {key.id} for {name}, {role}, {until}. It is shown this once:", err=True)
    click.echo(secret)


@keys.command("list")
def list_keys() -> None:
    """List all keys that were ever given out; never the keys themselves."""
    now = datetime.now(UTC)
    for key in _keys().all():
        until = "" if key.expires is None else f" until {key.expires:%Y-%m-%d}"
        rate = "" if key.rate is None else f" {key.rate}"
        click.echo(
            f"{key.id}  {key.state(now):7}  {key.role:16}  {key.added:%Y-%m-%d}{until}{rate}  {key.name}"
        )


@keys.command("revoke")
@click.argument("key_id", metavar="ID")
def revoke(key_id: str) -> None:
    """Take back the key of this ID, as `heartline keys list` shows it."""
    key = _keys().revoke(key_id)
    if key is None:
        raise click.ClickException(f"There is no key {key_id}; heartline keys list shows them.")
    _record(key, "revoked")
    click.echo(f"Key {key.id} of {key.name} opens nothing any more.", err=True)


def _keys() -> Keys:
    try:
        return Keys(Settings().data_dir)
    except (KeysUnreadable, ValueError) as error:
        raise click.ClickException(str(error)) from None


def _record(key: Key, change: str) -> None:
    """Record that a key was given out or taken back; that holds even where it cannot be recorded."""
    fields = {"key_id": key.id, "change": change, "role": key.role, "actor": Actor(via="command")}
    try:
        record = open_record(Settings())
        if record is None:
            return
        with record:
            state = record.append(KeyChanged.model_validate(fields))
    except (RecordUnavailable, OSError) as error:
        click.echo(f"Not recorded: {error}", err=True)
        return
    if state == "no":
        click.echo("Not recorded: neither database nor spool takes it.", err=True)


def _fault(error: object) -> str:
    assert isinstance(error, dict)
    place = ".".join(map(str, error["loc"])) or "rate"
    return f"{place}: {str(error['msg']).removeprefix('Value error, ')}"
