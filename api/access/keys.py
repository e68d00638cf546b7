"""API keys: shown once, kept as hashes in one file that is replaced whole."""

import fcntl
import hashlib
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated, Final, Literal

from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error, InvalidHashError
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError

from api.access.rates import Rate
from api.access.roles import Caller
from api.access.terms import Role
from api.kept import replace, stamp

PREFIX: Final = "hl_"
FILE: Final = "keys.json"

# The least that OWASP asks for. A key is 256 random bits, which nobody guesses whatever the hash is.
HASHER: Final = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)


class Key(BaseModel):
    """What is kept of a key."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: Annotated[str, Field(pattern=r"^[0-9a-f]{8}$")]
    name: Annotated[str, Field(min_length=1, max_length=80, pattern=r"^[^\x00-\x1f\x7f]+$")]
    role: Role
    hash: str
    added: AwareDatetime
    expires: AwareDatetime | None = None
    revoked: AwareDatetime | None = None
    rate: Rate | None = None

    def state(self, now: datetime) -> Literal["valid", "expired", "revoked"]:
        """Return whether it still opens anything."""
        if self.revoked is not None:
            return "revoked"
        return "expired" if self.expires is not None and self.expires <= now else "valid"

    def caller(self) -> Caller:
        """Return whom it stands for."""
        expires = None if self.expires is None else self.expires.timestamp()
        return Caller(id=self.id, roles=(self.role,), via="key", rate=self.rate, expires=expires)


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid")

    version: Literal[1] = 1
    keys: list[Key] = []


class KeysUnreadable(Exception):
    """The file of keys cannot be used; the sentence names it."""


class Keys:
    """The keys of a data directory, as they are at each question.

    Parameters
    ----------
    data_dir : Path
        Holds `keys.json`.

    Raises
    ------
    KeysUnreadable
        Where there is a file that holds no keys.
    """

    def __init__(self, data_dir: Path) -> None:
        self.path = data_dir / FILE
        self.trouble: str | None = None
        self._stamp: object = None
        self._keys: dict[str, Key] = {}
        self._known: dict[bytes, str] = {}  # digests of secrets whose slow hash was right
        self._digest_key = secrets.token_bytes(32)
        self.any = False
        self._load(first=True)

    def all(self) -> list[Key]:
        """Return all keys that were ever given out, the oldest first."""
        self._load()
        return list(self._keys.values())

    def get(self, key_id: str) -> Key | None:
        """Return a key if it is valid now."""
        self._load()
        key = self._keys.get(key_id)
        return key if key is not None and key.state(datetime.now(UTC)) == "valid" else None

    def exist(self) -> bool:
        """Return whether keys were ever given out: then one is asked for."""
        self._load()
        return self.any

    def recall(self, given: str) -> Key | None:
        """Return the key if this process has seen it before; it takes no time."""
        self._load()
        key_id = self._known.get(self._digest(given))
        return None if key_id is None else self.get(key_id)

    def check(self, given: str) -> Key | None:
        """Return the key if it is one; takes some 20 ms."""
        if (known := self.recall(given)) is not None:
            return known
        key_id, _, secret = given.removeprefix(PREFIX).partition("_")
        key = self.get(key_id) if given.startswith(PREFIX) and secret else None
        if key is None:
            return None
        try:
            HASHER.verify(key.hash, secret)
        except (Argon2Error, InvalidHashError):
            return None
        self._known[self._digest(given)] = key.id
        return key

    def add(
        self, name: str, role: Role, *, days: int | None = None, rate: str | None = None
    ) -> tuple[Key, str]:
        """Make a key; return what is kept, and the key itself, which is nowhere else."""
        secret = secrets.token_urlsafe(32)
        now = datetime.now(UTC).replace(microsecond=0)
        with self._changing() as keys:
            key = Key(
                id=_unused(keys),
                name=name,
                role=role,
                hash=HASHER.hash(secret),
                added=now,
                expires=None if days is None else now + timedelta(days=days),
                rate=rate,
            )
            keys[key.id] = key
        return key, f"{PREFIX}{key.id}_{secret}"

    def revoke(self, key_id: str) -> Key | None:
        """Take a key back; None if there is none of this id. Taking it back twice changes nothing."""
        with self._changing() as keys:
            key = keys.get(key_id)
            if key is not None and key.revoked is None:
                key = key.model_copy(update={"revoked": datetime.now(UTC).replace(microsecond=0)})
                keys[key_id] = key
        return key

    def _digest(self, given: str) -> bytes:
        return hashlib.blake2b(given.encode(errors="replace"), key=self._digest_key).digest()

    def _load(self, *, first: bool = False) -> None:
        """Read the file again if it was replaced. One that went bad changes nothing but `trouble`."""
        now = stamp(self.path)
        if now == self._stamp:
            return
        self._stamp = now
        if now is None:  # once keys were asked for, a missing file opens nothing
            self._keys, self._known = {}, {}
            self.trouble = f"{self.path} is gone: no key is valid." if self.any else None
            return
        try:
            self._keys = _read(self.path)
        except KeysUnreadable as error:
            if first:
                raise
            self.trouble = f"{error} The keys before it still hold."
            return
        self._known, self.trouble, self.any = {}, None, True

    @contextmanager
    def _changing(self) -> Iterator[dict[str, Key]]:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with open(self.path.with_suffix(".lock"), "w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            keys = _read(self.path) if self.path.exists() else {}
            yield keys
            replace(self.path, _File(keys=list(keys.values())).model_dump_json(indent=1))
        self._load()


def _read(path: Path) -> dict[str, Key]:
    try:
        kept = _File.model_validate_json(path.read_bytes())
    except OSError as error:
        raise KeysUnreadable(f"{path} cannot be read: {error.strerror}.") from None
    except ValidationError as error:
        place = ".".join(map(str, error.errors()[0]["loc"]))
        raise KeysUnreadable(f"{path} is no file of keys: {place or 'it'} is not as it must be.") from None
    return {key.id: key for key in kept.keys}


def _unused(keys: dict[str, Key]) -> str:
    while (key_id := secrets.token_hex(4)) in keys:
        pass
    return key_id
