"""The service's settings: environment variables that begin with `HEARTLINE_`, and nothing else."""

import ipaddress
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, SecretStr
from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings, NoDecode, PydanticBaseSettingsSource, SettingsConfigDict


def _listed(value: Any) -> Any:
    if isinstance(value, str):
        return tuple(part.strip() for part in value.split(",") if part.strip())
    return value


Names = Annotated[tuple[str, ...], NoDecode, BeforeValidator(_listed)]


class Settings(BaseSettings):
    """What an operator may set. Lists are separated by commas. A secret may also lie in a file.

    Then `HEARTLINE_…_FILE` gives its path; no other file is read.
    """

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
    record: Annotated[
        bool, Field(description="Keep a record; without it every suggestion says that it is not recorded.")
    ] = True
    database_url: Annotated[
        SecretStr | None,
        Field(description="Where the record is kept: `postgresql://…`; else SQLite in the data directory."),
    ] = None
    record_key: Annotated[
        SecretStr | None,
        Field(
            description="Makes the hashes of notes; the same for all workers. "
            "Else kept in `record.key` in the data directory."
        ),
    ] = None
    spool_dir: Annotated[
        Path | None,
        Field(
            description="Where events wait while the database takes none, best on another local disk. "
            "Else `spool` in the data directory."
        ),
    ] = None
    record_patience: Annotated[
        float,
        Field(gt=0, le=60, description="Seconds to wait for the database before events go to the spool."),
    ] = 0.5
    keep_notes_days: Annotated[
        int, Field(ge=0, le=36_500, description="How many days texts of notes are kept; 0 keeps none.")
    ] = 0
    access_log: Annotated[
        bool, Field(description="Log a line for each request: method, route, status, milliseconds.")
    ] = False

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Read what is given by hand first, then the environment, then the files of secrets."""
        return init_settings, env_settings, _SecretFiles(settings_cls)


class _SecretFiles(PydanticBaseSettingsSource):
    """Secrets in files that the environment names, as systemd and containers hand them over."""

    def get_field_value(self, field: FieldInfo, field_name: str) -> tuple[Any, str, bool]:
        path = os.environ.get(file_variable(field_name)) if is_secret(field) else None
        if path is None:
            return None, field_name, False
        try:
            return Path(path).read_text("utf-8").strip(), field_name, False
        except (OSError, UnicodeDecodeError):
            raise ValueError(f"{file_variable(field_name)} names a file that cannot be read") from None

    def __call__(self) -> dict[str, Any]:
        fields = self.settings_cls.model_fields.items()
        found = {name: self.get_field_value(field, name)[0] for name, field in fields}
        return {name: value for name, value in found.items() if value is not None}


def file_variable(name: str) -> str:
    """Return the variable that names the file of a secret."""
    return f"HEARTLINE_{name.upper()}_FILE"


def is_secret(field: FieldInfo) -> bool:
    """Return whether a setting is a secret."""
    return "SecretStr" in str(field.annotation)


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
    known |= {file_variable(name) for name, field in Settings.model_fields.items() if is_secret(field)}
    return sorted(name for name in environment if name.startswith("HEARTLINE_") and name not in known)


def table() -> str:
    """Return the settings as the Markdown table of `docs/operators.md`."""
    lines = ["| variable | default | meaning |", "|---|---|---|"]
    for name, field in Settings.model_fields.items():
        also = f" Or `{file_variable(name)}`." if is_secret(field) else ""
        lines.append(f"| `HEARTLINE_{name.upper()}` | {_shown(field.default)} | {field.description}{also} |")
    return "\n".join(lines)


def _shown(default: object) -> str:
    if isinstance(default, tuple):
        default = ",".join(default)
    if isinstance(default, bool):
        default = str(default).lower()
    return f"`{default}`" if default is not None and str(default) else "(none)"
