"""Clients that post decisions until each is answered, and what is in the record of them afterwards."""

import http.client
import json
import threading
import time
from collections import Counter
from typing import Any

from machines import Server

from api.record.chain import verify
from api.record.events import Decision
from api.record.store import Store

CLIENTS = 8
Figures = dict[str, Any]


class Load:
    """Clients that post decisions, each under an Idempotency-Key of its own, again until it is answered.

    Parameters
    ----------
    server : Server
        Whom.
    decisions : int
        How many.
    pause : float
        Seconds that a client waits between two.
    """

    def __init__(self, server: Server, decisions: int, *, pause: float = 0) -> None:
        self.server = server
        self.answers: dict[int, tuple[int, Any]] = {}
        self.refused = 0
        self._pause = pause
        self._numbers = iter(range(decisions))
        self._taking = threading.Lock()
        self._clients = [threading.Thread(target=self._client) for _ in range(CLIENTS)]
        for client in self._clients:
            client.start()

    @property
    def goes_on(self) -> bool:
        """Whether anything is still to be answered."""
        return any(client.is_alive() for client in self._clients)

    def wait_for(self, answers: int) -> None:
        """Return when so many were answered, or all."""
        while len(self.answers) < answers and self.goes_on:
            time.sleep(0.005)

    def finish(self) -> None:
        """Return when all are answered."""
        for client in self._clients:
            client.join()

    def _client(self) -> None:
        while True:
            with self._taking:
                number = next(self._numbers, None)
            if number is None:
                return
            self.answers[number] = self._until_answered(number)
            time.sleep(self._pause)

    def _until_answered(self, number: int) -> tuple[int, Any]:
        while True:
            try:
                status, body = self._post(number)
            except (OSError, http.client.HTTPException):  # the server was killed: nothing was promised
                time.sleep(0.02)
                continue
            if status in (200, 201):
                return status, body
            assert status == 503, (status, body)
            self.refused += 1
            time.sleep(0.05)

    def _post(self, number: int) -> tuple[int, Any]:
        connection = http.client.HTTPConnection("127.0.0.1", self.server.port, timeout=30)
        try:
            connection.request(
                "POST",
                "/v1/decisions",
                json.dumps({"call_id": f"call-{number}", "action": "accepted", "unit": "CRT"}),
                {"Content-Type": "application/json", "Idempotency-Key": f"key-{number}"},
            )
            answer = connection.getresponse()
            return answer.status, json.loads(answer.read())
        finally:
            connection.close()

    def found(self, url: str) -> Figures:
        """Compare what was answered with what is in the record."""
        store = Store(url)
        try:
            verdict = verify(store.rows())
            events = [row.event for row in store.rows(kinds=["decision"])]
        finally:
            store.close()
        there = Counter(event.call_id for event in events if isinstance(event, Decision))
        promised = {f"call-{number}" for number in self.answers}
        return {
            "answered": len(self.answers),
            "answered_again": sum(status == 200 for status, _ in self.answers.values()),
            "spooled": sum(body["recorded"] == "spooled" for _, body in self.answers.values()),
            "refused": self.refused,
            "lost": len(promised - set(there)),
            "twice": sum(count > 1 for count in there.values()),
            "never_answered": len(set(there) - promised),
            "rows": verdict.count,
            "whole": verdict.whole,
        }


def is_good(figures: Figures) -> bool:
    """Return whether every promise was kept."""
    return bool(figures["whole"]) and not figures["lost"] and not figures["twice"]
