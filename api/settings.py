"""The service's settings: environment variables that begin with `HEARTLINE_`, and nothing else."""

import ipaddress
import os
import re
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Annotated, Any, Final, Literal, Self
from urllib.parse import urlsplit

import limits
from pydantic import BeforeValidator, Field, SecretStr, field_validator, model_validator
from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings, NoDecode, PydanticBaseSettingsSource, SettingsConfigDict

from api.access.terms import ALGORITHMS, ROLES

_ORIGIN: Final = re.compile(r"https?://[a-z0-9.-]+(:\d+)?/?|https?://\[[0-9a-f:]+\](:\d+)?/?", re.IGNORECASE)


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

    host: Annotated[
        str, Field(description="Address to listen on; one that others reach only with keys or tokens set up.")
    ] = "127.0.0.1"
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
    embed_origins: Annotated[
        Names,
        Field(description="Origins whose pages may show the console in a frame: `https://cad.example`."),
    ] = ()
    trusted_proxies: Annotated[
        Names, Field(description="Addresses of proxies whose `X-Forwarded-For` says who asks.")
    ] = ()
    oidc_issuer: Annotated[
        str | None, Field(min_length=1, description="Whose OpenID Connect tokens are taken: their `iss`.")
    ] = None
    oidc_audience: Annotated[str | None, Field(min_length=1, description="What their `aud` must be.")] = None
    oidc_jwks: Annotated[
        str | None,
        Field(min_length=1, description="The issuer's public keys: a file, or an `https://` address."),
    ] = None
    oidc_algorithms: Annotated[
        Names, Field(description="Algorithms of signatures that are taken; public-key ones only.")
    ] = ("RS256", "ES256")
    oidc_role_claim: Annotated[
        str, Field(min_length=1, description="The claim that holds roles; `realm_access.roles` looks inside.")
    ] = "roles"
    oidc_roles: Annotated[
        Names,
        Field(description="What the issuer's names mean: `ecc-dispatch=telecommunicator,ecc-it=admin`."),
    ] = ()
    rate_limit: Annotated[
        str, Field(description="How often a key or a person with a token may ask, in each worker.")
    ] = "6000/minute"
    rate_limit_address: Annotated[
        str, Field(description="How often an address may ask without either, where one is asked for.")
    ] = "600/minute"
    max_body_bytes: Annotated[
        int,
        Field(ge=1024, description="Largest request body; 100,000 characters need up to 1,200,000 bytes."),
    ] = 2_000_000
    body_seconds: Annotated[
        float, Field(gt=0, le=600, description="How long a request body may take to arrive.")
    ] = 10.0
    champion_seconds: Annotated[
        float, Field(gt=0, description="How often to look whether another model was promoted.")
    ] = 2.0
    live_idle_seconds: Annotated[
        float, Field(gt=0, le=86_400, description="How long a WebSocket may stay open though nothing comes.")
    ] = 600.0
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
    workers: Annotated[
        int, Field(ge=1, le=64, description="How many processes answer; each takes one processor.")
    ] = 1
    stop_seconds: Annotated[
        int, Field(ge=1, le=600, description="How long requests on their way may go on when asked to stop.")
    ] = 10
    log_format: Annotated[
        Literal["text", "json"], Field(description="Log lines for people (`text`) or machines (`json`).")
    ] = "text"
    access_log: Annotated[
        bool, Field(description="Log a line for each request: method, route, status, milliseconds.")
    ] = False

    @field_validator("allowed_origins", "embed_origins")
    @classmethod
    def _origins(cls, origins: tuple[str, ...]) -> tuple[str, ...]:
        if not all(_ORIGIN.fullmatch(origin) for origin in origins):
            raise ValueError("an origin is a scheme, a name and perhaps a port: https://cad.example:8443")
        return tuple(origin.rstrip("/") for origin in origins)

    @field_validator("rate_limit", "rate_limit_address")
    @classmethod
    def _rates(cls, rate: str) -> str:
        try:
            limits.parse(rate)
        except ValueError:
            raise ValueError("is no rate such as 6000/minute or 10/second") from None
        return rate

    @field_validator("oidc_algorithms")
    @classmethod
    def _algorithms(cls, names: tuple[str, ...]) -> tuple[str, ...]:
        if not names or set(names) - set(ALGORITHMS):
            raise ValueError(f"are one or more of {', '.join(ALGORITHMS)}")
        return names

    @field_validator("oidc_jwks")
    @classmethod
    def _jwks(cls, jwks: str | None) -> str | None:
        if jwks is not None and jwks.lower().startswith("http:"):
            name = urlsplit(jwks).hostname or ""
            if not is_loopback(name):
                raise ValueError("keys come by https: whoever changes them on their way can make tokens")
        return jwks

    @field_validator("oidc_roles")
    @classmethod
    def _roles(cls, pairs: tuple[str, ...]) -> tuple[str, ...]:
        for pair in pairs:
            if pair.rpartition("=")[0] == "" or pair.rpartition("=")[2] not in ROLES:
                raise ValueError(f"are pairs name=role; roles are {', '.join(ROLES)}")
        return pairs

    @model_validator(mode="after")
    def _issuer(self) -> Self:
        given = [self.oidc_issuer, self.oidc_audience, self.oidc_jwks]
        if any(given) and not all(given):
            raise ValueError(
                "HEARTLINE_OIDC_ISSUER, HEARTLINE_OIDC_AUDIENCE and HEARTLINE_OIDC_JWKS belong together"
            )
        return self

    @property
    def role_names(self) -> dict[str, Any]:
        """What the issuer's names of roles mean."""
        return {name: role for name, _, role in (pair.rpartition("=") for pair in self.oidc_roles)}

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


def reachable_as(settings: Settings) -> str | None:
    """Return a name by which other machines may reach the service; None if only this machine can.

    A name that is allowed, though the service listens on loopback, means that a proxy brings others in.
    """
    names = (settings.host, *settings.allowed_hosts)
    return next((name for name in names if not is_loopback(name)), None)


def names(settings: Settings) -> set[str]:
    """Return the names by which the service may be addressed; the address that means all of them is none."""
    found = set(settings.allowed_hosts)
    with suppress(ValueError):
        if ipaddress.ip_address(settings.host.strip("[]")).is_unspecified:
            return found
    return found | {settings.host}


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
