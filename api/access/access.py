"""Who asks: the one place where a key or a token becomes a caller."""

import time
from typing import Final

import anyio.to_thread
from anyio import CapacityLimiter
from starlette.datastructures import Headers

from api.access.keys import PREFIX, Keys
from api.access.rates import Rates
from api.access.roles import Caller, unknown_caller
from api.access.tokens import BadToken, Issuer, Tokens
from api.problems import Problem
from api.settings import Settings, reachable_as

ANYBODY: Final = Caller()
AT_ONCE: Final = 2
"""How many slow hashes are computed at the same time."""

SUBPROTOCOL: Final = "heartline.bearer."
"""A page cannot set headers on a WebSocket: it offers a subprotocol that ends with its key or token."""


class Access:
    """Knows callers by key or token; nobody is asked for one on a machine's own loopback without any.

    Parameters
    ----------
    settings : Settings
        Where keys lie, whose tokens are taken.

    Attributes
    ----------
    keys : Keys
        API keys.
    tokens : Tokens, optional
        Where an issuer is set.
    rates : Rates
        How often anybody has asked.
    """

    def __init__(self, settings: Settings) -> None:
        self.keys = Keys(settings.data_dir)
        issuer = issuer_of(settings)
        self.tokens = None if issuer is None else Tokens(issuer)
        self.rates = Rates()
        self._reachable = reachable_as(settings) is not None
        self._slow = CapacityLimiter(AT_ONCE)

    @property
    def configured(self) -> bool:
        """Whether anybody has a key or could bring a token."""
        return self.tokens is not None or self.keys.exist()

    @property
    def asked_for(self) -> bool:
        """Whether a key or a token is asked for."""
        return self._reachable or self.configured

    @property
    def trouble(self) -> str | None:
        """What an operator should look at."""
        found = (self.keys.trouble, None if self.tokens is None else self.tokens.trouble)
        return "\n".join(filter(None, found)) or None

    async def who(self, headers: Headers, address: str) -> Caller | None:
        """Return who asks, or None for somebody who does not say.

        Raises
        ------
        Problem
            401 for a wrong key or token, 429 for too many of them.
        """
        given = credential(headers)
        if given is None:
            if self.asked_for:
                return None
            if "x-forwarded-for" in headers or "forwarded" in headers:
                # A proxy brings in others, who would all be taken for programs of this machine.
                raise unknown_caller("The request came through a proxy.")
            return ANYBODY
        if (key := self.keys.recall(given)) is not None:
            return key.caller()
        self.rates.refuse_guessing(address)
        try:
            return await self._read(given)
        except Problem:
            self.rates.failed(address)
            raise

    async def _read(self, given: str) -> Caller:
        if given.startswith(PREFIX) or self.tokens is None:
            key = await anyio.to_thread.run_sync(self.keys.check, given, limiter=self._slow)
            if key is None:
                raise unknown_caller("The key is not valid: mistyped, revoked or expired.")
            return key.caller()
        try:
            return await self.tokens.read(given)
        except BadToken as error:
            raise unknown_caller(str(error)) from None

    def still(self, caller: Caller) -> bool:
        """Return whether a caller of a while ago would still be known, as long connections must ask."""
        if caller.expires is not None and caller.expires <= time.time():
            return False
        if caller.via == "key":
            return self.keys.get(caller.id or "") is not None
        return caller.via == "token" or not self.asked_for


def credential(headers: Headers) -> str | None:
    """Return the key or token that came with a request."""
    scheme, _, given = headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        return given.strip()
    if scheme:
        raise unknown_caller("The header Authorization is of another kind.")
    for offered in headers.get("sec-websocket-protocol", "").split(","):
        if offered.strip().startswith(SUBPROTOCOL):
            return offered.strip().removeprefix(SUBPROTOCOL)
    return None


def issuer_of(settings: Settings) -> Issuer | None:
    """Return the issuer whose tokens are taken, as set."""
    if settings.oidc_issuer is None:
        return None
    assert settings.oidc_audience is not None
    assert settings.oidc_jwks is not None
    return Issuer(
        issuer=settings.oidc_issuer,
        audience=settings.oidc_audience,
        jwks=settings.oidc_jwks,
        algorithms=settings.oidc_algorithms,
        role_claim=settings.oidc_role_claim,
        roles=settings.role_names,
    )
