"""Several processes behind one socket: started, watched, replaced when they die, stopped in order."""

import os
import shutil
import tempfile
from collections.abc import Callable
from socket import socket
from typing import Final

import uvicorn
from prometheus_client import multiprocess
from uvicorn.supervisors.multiprocess import Multiprocess

METRICS_FOLDER: Final = "PROMETHEUS_MULTIPROC_DIR"
"""Names the folder in which metrics of several workers add up; `prometheus_client` reads it."""
STARTING: Final = 60
"""Seconds in which a worker must answer its parent; the machine may be busy while it starts."""


def run(config: uvicorn.Config, listener: socket, ready: Callable[[], None]) -> bool:
    """Run workers until asked to stop; return whether they ever answered.

    Parameters
    ----------
    config : uvicorn.Config
        With the number of workers; its application is named, as each worker imports it for itself.
    listener : socket
        What all of them listen on.
    ready : callable
        Called once all of them answer.
    """
    folder = os.environ[METRICS_FOLDER] = tempfile.mkdtemp(prefix="heartline-metrics-")
    workers = _Workers(config, [listener], ready)
    try:
        workers.run()
    finally:
        listener.close()
        shutil.rmtree(folder, ignore_errors=True)
    return workers.answered


class _Workers(Multiprocess):
    def __init__(self, config: uvicorn.Config, sockets: list[socket], ready: Callable[[], None]) -> None:
        super().__init__(config, sockets)
        self.answered = False
        self._ready = ready
        self._ids: set[int | None] = set()

    def keep_subprocess_alive(self) -> None:
        super().keep_subprocess_alive()
        ids = {process.pid for process in self.processes}
        for gone in self._ids - ids:  # else its last word on how things stand would count for ever
            multiprocess.mark_process_dead(gone)  # type: ignore[no-untyped-call]
        self._ids = ids
        if not self.answered and not self.should_exit.is_set():
            self.answered = all(process.is_ready(STARTING) for process in self.processes)
            if self.answered:
                self._ready()
