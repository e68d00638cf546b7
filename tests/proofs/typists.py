"""Telecommunicators who type, each sending a version of the note every 300 milliseconds over `/v1/live`."""

import asyncio
import json
import random
import re
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import count

from websockets.asyncio.client import ClientConnection, connect

PAUSE = 0.3
"""Seconds between two versions; 40 words a minute are one character in this time."""
LATE = 10.0
"""Seconds after which an answer counts as missing."""


@dataclass
class Answered:
    """What came back: the milliseconds from each version to the answer to it or to a later one."""

    milliseconds: list[float] = field(default_factory=list)
    answers: int = 0
    overtaken: int = 0
    errors: list[str] = field(default_factory=list)


def typed(port: int, notes: Sequence[str], *, typists: int, seconds: float, warm_up: float = 2) -> Answered:
    """Let so many type at once, at a telecommunicator's pace; what they get in the warm-up does not count."""
    answered = Answered()

    async def one(live: ClientConnection, versions: Iterator[dict[str, str]]) -> None:
        sent_at: dict[int, float] = {}
        await asyncio.sleep(random.Random(id(live)).random() * PAUSE)
        began = time.perf_counter()

        async def listen() -> None:
            async for message in live:
                now = time.perf_counter()
                number = _number(message, answered)
                for each in [each for each in sent_at if each <= number]:
                    if sent_at[each] - began >= warm_up:
                        answered.milliseconds.append(1000 * (now - sent_at[each]))
                        answered.overtaken += each < number
                    del sent_at[each]

        listening = asyncio.create_task(listen())
        for number in count():
            due = began + number * PAUSE
            if due - began >= warm_up + seconds:
                break
            await asyncio.sleep(max(0, due - time.perf_counter()))
            sent_at[number] = time.perf_counter()
            await live.send(json.dumps({"seq": number, "request": next(versions)}))
        end = time.perf_counter() + LATE
        while sent_at and time.perf_counter() < end:
            await asyncio.sleep(0.02)
        answered.errors += ["no answer"] * len(sent_at)
        listening.cancel()

    asyncio.run(_all(port, notes, typists, one))
    return answered


def as_fast_as_it_answers(
    port: int, notes: Sequence[str], *, clients: int, seconds: float, warm_up: float = 2
) -> Answered:
    """Send each version as soon as the one before it is answered, from so many clients at once."""
    answered = Answered()

    async def one(live: ClientConnection, versions: Iterator[dict[str, str]]) -> None:
        began = time.perf_counter()
        for number in count():
            sent_at = time.perf_counter()
            if sent_at - began >= warm_up + seconds:
                return
            await live.send(json.dumps({"seq": number, "request": next(versions)}))
            _number(await live.recv(), answered)
            if sent_at - began >= warm_up:
                answered.milliseconds.append(1000 * (time.perf_counter() - sent_at))

    asyncio.run(_all(port, notes, clients, one))
    return answered


def _number(message: str | bytes, answered: Answered) -> int:
    """Return which version is answered; the answer itself is only looked at for whether it is one."""
    text = message if isinstance(message, str) else message.decode()
    answered.answers += 1
    if '"suggestion":{' not in text:
        answered.errors.append(text[:200])
    return int(re.match(r'\{"seq":(\d+)', text)[1])  # type: ignore[index]


async def _all(
    port: int,
    notes: Sequence[str],
    clients: int,
    one: Callable[[ClientConnection, Iterator[dict[str, str]]], Awaitable[None]],
) -> None:
    async def connected(number: int) -> None:
        async with connect(f"ws://127.0.0.1:{port}/v1/live", compression=None, proxy=None) as live:
            await one(live, versions(notes, number))

    await asyncio.gather(*map(connected, range(clients)))


def versions(notes: Sequence[str], typist: int) -> Iterator[dict[str, str]]:
    """Yield what a telecommunicator sends: a note grows by a character a time, from anywhere in the first."""
    chance = random.Random(typist)
    start = chance.random()
    for call in count():
        note = chance.choice(notes)
        for length in range(1 + int(start * len(note)), len(note) + 1):
            yield {"call_id": f"{typist}-{call}-{id(notes)}", "note": note[:length]}
        start = 0.0
