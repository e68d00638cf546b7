"""OpenID Connect: bearer tokens that somebody else's login made, held to that login's public keys."""

import json
import logging
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import anyio
import anyio.to_thread
import jwt
from jwt import PyJWK, PyJWKClient

from api.access.roles import Caller
from api.access.terms import ROLES, Role

log = logging.getLogger("heartline.access")

FRESH: Final = 300.0
COOLDOWN: Final = 10.0
TIMEOUT: Final = 5.0
LONGEST_TOKEN: Final = 16_384


@dataclass(frozen=True, slots=True)
class Issuer:
    """Whose tokens are taken, and what they say.

    Parameters
    ----------
    issuer, audience : str
        What `iss` and `aud` of a token must be.
    jwks : str
        File or URL of the public keys.
    algorithms : sequence of str
        The only ones taken, whatever a token says of itself.
    role_claim : str
        The claim that holds roles; a path such as `realm_access.roles` leads inside.
    roles : mapping of str to Role
        What the issuer's names mean; Heartline's own names mean themselves.
    leeway : float
        Seconds by which clocks may differ.
    """

    issuer: str
    audience: str
    jwks: str
    algorithms: Sequence[str] = ("RS256", "ES256")
    role_claim: str = "roles"
    roles: Mapping[str, Role] | None = None
    leeway: float = 30.0


class BadToken(Exception):
    """Why a token is not taken, in words that do not quote it."""


class Tokens:
    """Reads tokens of one issuer.

    Keys are looked up when they are five minutes old, and when a token names one that is not known. While
    the issuer does not answer, those before hold: nobody is locked out because a login is down.
    """

    def __init__(self, issuer: Issuer) -> None:
        self.issuer = issuer
        self.trouble: str | None = None
        self._keys: tuple[_Published, ...] = ()
        self._looked = -COOLDOWN
        self._lock = anyio.Lock()

    async def read(self, token: str) -> Caller:
        """Return whom a token stands for.

        Raises
        ------
        BadToken
            Where it is none, is over, is not for this service, or gives no role.
        """
        if len(token) > LONGEST_TOKEN:
            raise BadToken("The token is too long.")
        try:
            header = jwt.get_unverified_header(token)
        except jwt.InvalidTokenError:
            raise BadToken("This is neither a key nor a token.") from None
        algorithm, name = str(header.get("alg")), header.get("kid")
        if algorithm not in self.issuer.algorithms:
            raise BadToken("The token's algorithm is not among the allowed ones.")
        key = self._key(name, algorithm)
        if key is None and await self._look(COOLDOWN):
            key = self._key(name, algorithm)
        if key is None:
            raise BadToken("The token is signed with a key that its issuer does not publish.")
        return self._caller(self._claims(token, key, algorithm))

    async def keep_fresh(self) -> None:
        """Look the keys up again and again."""
        while True:
            await self._look(FRESH)
            await anyio.sleep(COOLDOWN)

    async def _look(self, age: float) -> bool:
        """Look up the keys unless that was done a short while ago; return whether anything can be new."""
        asked = time.monotonic()
        async with self._lock:
            if self._looked > asked:  # somebody did so while this waited
                return True
            if asked - self._looked < age and (self._keys or age <= COOLDOWN):
                return False
            try:
                self._keys = await anyio.to_thread.run_sync(_published, self.issuer.jwks)
                self.trouble = None
            except Exception as error:  # whatever an address may answer
                self.trouble = (
                    f"The keys of tokens cannot be read ({type(error).__name__}); "
                    + ("those before still hold." if self._keys else "no token is valid.")
                    + " See HEARTLINE_OIDC_JWKS."
                )
                log.error("%s", self.trouble)
            self._looked = time.monotonic()
        return True

    def _key(self, name: object, algorithm: str) -> PyJWK | None:
        fitting = [each for each in self._keys if each.fits(algorithm)]
        if name is None:  # allowed where there is no choice
            return fitting[0].key if len(fitting) == 1 else None
        return next((each.key for each in fitting if each.key.key_id == name), None)

    def _claims(self, token: str, key: PyJWK, algorithm: str) -> dict[str, Any]:
        try:
            claims: dict[str, Any] = jwt.decode(
                token,
                key.key,
                algorithms=[algorithm],
                audience=self.issuer.audience,
                issuer=self.issuer.issuer,
                leeway=self.issuer.leeway,
                options={"require": ["exp", "iss", "aud", "sub"]},
            )
        except jwt.ExpiredSignatureError:
            raise BadToken("The token is over.") from None
        except (jwt.InvalidAudienceError, jwt.InvalidIssuerError):
            raise BadToken("The token is not for this service.") from None
        except jwt.MissingRequiredClaimError:
            raise BadToken("The token must say iss, aud, sub and exp.") from None
        except (jwt.PyJWTError, ValueError, TypeError):
            raise BadToken("The token is not valid.") from None
        return claims

    def _caller(self, claims: Mapping[str, Any]) -> Caller:
        subject = claims["sub"]
        if not (isinstance(subject, str) and 0 < len(subject) <= 200 and subject.isprintable()):
            raise BadToken("The token's subject must be 1 to 200 printable characters.")
        mapping = self.issuer.roles or {}
        named = {mapping.get(name, name) for name in _named(claims, self.issuer.role_claim)}
        roles = tuple(role for role in ROLES if role in named)
        if not roles:
            raise BadToken(f"The token gives no role of Heartline's in its claim {self.issuer.role_claim}.")
        return Caller(id=subject, roles=roles, via="token", expires=float(claims["exp"]) + self.issuer.leeway)


def _named(claims: Mapping[str, Any], path: str) -> list[str]:
    """Return the names in a claim: a list, or words between blanks."""
    found: Any = claims.get(path)
    if found is None:
        found = claims
        for part in path.split("."):
            found = found.get(part) if isinstance(found, Mapping) else None
    if isinstance(found, str):
        found = found.split()
    return [name for name in found if isinstance(name, str)] if isinstance(found, list) else []


@dataclass(frozen=True, slots=True)
class _Published:
    key: PyJWK
    algorithm: str | None

    def fits(self, algorithm: str) -> bool:
        """Return whether it checks this algorithm; one that names none checks all of its kind."""
        if self.algorithm is not None:
            return self.algorithm == algorithm
        if self.key.key_type == "RSA":
            return algorithm.startswith(("RS", "PS"))
        return self.key.algorithm_name == algorithm


def _published(jwks: str) -> tuple[_Published, ...]:
    if is_address(jwks):
        content = PyJWKClient(jwks, cache_jwk_set=False, timeout=TIMEOUT).fetch_data()
    else:
        content = json.loads(Path(jwks).read_bytes())
    found = []
    for raw in content["keys"]:
        # A shared secret is no public key; others may be of kinds that nobody here can read.
        if raw.get("kty") != "oct" and raw.get("use") in (None, "sig"):
            with suppress(jwt.PyJWTError):
                found.append(_Published(PyJWK.from_dict(raw), raw.get("alg")))
    if not found:
        raise ValueError("no key")
    return tuple(found)


def is_address(jwks: str) -> bool:
    """Return whether the keys are to be asked for over the network."""
    return jwks.lower().startswith(("http://", "https://"))
