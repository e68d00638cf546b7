"""How often somebody may ask: counted over a sliding window, in each worker for itself."""

import math
import time
from typing import Annotated, Final

from limits import RateLimitItem, parse
from limits.storage import MemoryStorage
from limits.strategies import SlidingWindowCounterRateLimiter
from pydantic import AfterValidator

from api.problems import Problem


def _readable(rate: str) -> str:
    try:
        parse(rate)
    except ValueError:
        raise ValueError("is no rate such as 6000/minute or 10/second") from None
    return rate


Rate = Annotated[str, AfterValidator(_readable)]

FAILURES: Final = parse("20/minute")
"""How many wrong keys or tokens an address may send; each costs a slow hash or a signature."""


class Rates:
    """Counts requests of each key, person or address."""

    def __init__(self) -> None:
        self._limiter = SlidingWindowCounterRateLimiter(MemoryStorage())
        self._parsed: dict[str, RateLimitItem] = {}

    def count(self, rate: str, whose: str) -> None:
        """Count a request.

        Raises
        ------
        Problem
            429 where there were too many, with the seconds to wait.
        """
        item = self._parsed.get(rate)
        if item is None:
            item = self._parsed[rate] = parse(rate)
        if not self._limiter.hit(item, "asked", whose):
            raise self._too_many(item, "asked", whose)

    def failed(self, address: str) -> None:
        """Count a wrong key or token."""
        self._limiter.hit(FAILURES, "failed", address)

    def refuse_guessing(self, address: str) -> None:
        """Raise a 429 for an address that has sent too many wrong keys or tokens."""
        if not self._limiter.test(FAILURES, "failed", address):
            raise self._too_many(FAILURES, "failed", address)

    def _too_many(self, item: RateLimitItem, *whose: str) -> Problem:
        reset = self._limiter.get_window_stats(item, *whose).reset_time
        seconds = max(1, math.ceil(reset - time.time()))
        return Problem(
            429,
            f"Too many requests: {item.amount} in {item.get_expiry()} seconds are allowed. Wait a little.",
            headers={"Retry-After": str(seconds)},
        )
