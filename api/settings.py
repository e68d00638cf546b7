"""The service's settings: environment variables that begin with `HEARTLINE_`, and nothing else."""

import ipaddress
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

from pydantic import BeforeValidator, Field
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict


def _listed(value: Any) -> Any:
    if isinstance(value, str):
        return tuple(part.strip() for part in value.split(",") if part.strip())
    return value


Names = Annotated[tuple[str, ...], NoDecode, BeforeValidator(_listed)]


class Settings(BaseSettings):
    """What an operator may set. Lists are separated by commas; no file is read."""

    model_config = SettingsConfigDict(env_prefix="HEARTLINE_", frozen=True, extra="forbid")

    host: Annotated[str, Field(description="Address to listen on; loopback only.")] = "127.0.0.1"
    port: Annotated[int, Field(ge=0, le=65535, description="Port to listen on; 0 takes a free one.")] = 8000
    data_dir: Annotated[Path, Field(description="Where models are kept (in its folder `models`).")] = Path(
        "heartline-data"
    )
    allowed_hosts: Annotated[
        Names, Field(description="Host names by which the service may be addressed, without port.")
    ] = ("127.0.0.1", "localhost", "[::1]")
    allowed_origins: Annotated[
        Names,
        Field(
            description="Origins besides the service's own whose pages may call it: `https://cad.example`."
        ),
    ] = ()
    max_body_bytes: Annotated[
        int,
        Field(ge=1024, description="Largest request body; 100,000 characters need up to 1,200,000 bytes."),
    ] = 2_000_000
    champion_seconds: Annotated[
        float, Field(gt=0, description="How often to look whether another model was promoted.")
    ] = 2.0
    access_log: Annotated[
        bool, Field(description="Log a line for each request: method, route, status, milliseconds.")
    ] = False


def is_loopback(host: str) -> bool:
    """Return whether only this machine can reach a service that listens on `host`."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def unknown_variables(environment: Mapping[str, str]) -> list[str]:
    """Return the variables that look like settings and are none: a misspelled one must not go unnoticed."""
    known = {f"HEARTLINE_{name.upper()}" for name in Settings.model_fields}
    return sorted(name for name in environment if name.startswith("HEARTLINE_") and name not in known)


def table() -> str:
    """Return the settings as the Markdown table of `docs/operators.md`."""
    lines = ["| variable | default | meaning |", "|---|---|---|"]
    for name, field in Settings.model_fields.items():
        lines.append(f"| `HEARTLINE_{name.upper()}` | {_shown(field.default)} | {field.description} |")
    return "\n".join(lines)


def _shown(default: object) -> str:
    if isinstance(default, tuple):
        default = ",".join(default)
    if isinstance(default, bool):
        default = str(default).lower()
    return f"`{default}`" if str(default) else "(none)"
