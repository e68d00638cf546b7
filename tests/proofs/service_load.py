"""How many telecommunicators two workers on two cores serve, and what the record costs them.

The service runs with two workers and the default model; typists are another process on the same machine.
Their number grows until the 99th percentile of the milliseconds from a version to its answer passes the
limit. Then the service answers as fast as it can with the record and without one, in turn, and beside it an
empty FastAPI route: `python tests/proofs/service_load.py --write docs/figures/load.json`.
"""

import json
import shutil
import tempfile
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
from empty import empty_service
from machines import Server
from proof import arguments
from typists import Answered, as_fast_as_it_answers, typed

from models import store
from training.corpus import packaged
from training.figures import write

P99_MS = 150
STEP = 25
CLIENTS = 16
READING_HALF = "ACEGJLNQS"
Figures = dict[str, Any]


def main() -> None:
    """Measure, print, and write if asked; exit code 1 if anything was not answered."""
    asked = arguments(__doc__, seconds=20, rounds=3)
    figures = measured(asked.seconds, asked.rounds)
    print(json.dumps(figures, indent=1))
    if asked.write:
        write(asked.write, figures)
    if figures["errors"]:
        raise SystemExit(1)


def measured(seconds: float, rounds: int, *, most: int = 1000) -> Figures:
    """Return every figure."""
    notes = [note.note for note in packaged() if note.center in READING_HALF and len(note.note) >= 60]
    with tempfile.TemporaryDirectory() as folder:
        steps = typists(Path(folder, "steps"), notes, seconds, most)
        rates: dict[str, list[float]] = {"with record": [], "without record": [], "empty route": []}
        failed: list[str] = [error for step in steps for error in step["errors"]]
        for number in range(rounds):
            for name, record in (("with record", "true"), ("without record", "false")):
                server = _server(Path(folder, f"{name} {number}"), record=record)
                answered = as_fast_as_it_answers(server.port, notes, clients=CLIENTS, seconds=seconds)
                server.stop()
                failed += answered.errors
                rates[name].append(len(answered.milliseconds) / seconds)
            with empty_service() as port:
                answered = as_fast_as_it_answers(port, notes, clients=CLIENTS, seconds=seconds)
            rates["empty route"].append(len(answered.milliseconds) / seconds)
    served = [step["typists"] for step in steps if step["p99_ms"] < P99_MS and not step["errors"]]
    pairs = zip(rates["with record"], rates["without record"], strict=True)
    return {
        "typists": max(served, default=0),
        "p99_limit_ms": P99_MS,
        "steps": [{**step, "errors": len(step["errors"])} for step in steps],
        "answers_a_second": {name: round(median(each)) for name, each in rates.items()},
        "cost_of_recording": round(1 - median(on / off for on, off in pairs), 3),
        "errors": len(failed),
    }


def typists(folder: Path, notes: list[str], seconds: float, most: int) -> list[Figures]:
    """Return what each number of typists got, until there are too many."""
    server = _server(folder)
    steps: list[Figures] = []
    number = STEP
    while number <= most:
        answered = typed(server.port, notes, typists=number, seconds=seconds)
        steps.append({"typists": number, **_latency(answered), "errors": answered.errors})
        if steps[-1]["p99_ms"] >= P99_MS or answered.errors:
            break
        number += STEP
    server.stop()
    return steps


def _server(folder: Path, **settings: str) -> Server:
    shutil.copytree(store.default_folder(), folder / "models")
    return Server(folder, f"sqlite:///{folder}/record.sqlite3", workers="2", **settings)


def _latency(answered: Answered) -> Figures:
    found = answered.milliseconds
    return {
        "versions": len(found),
        "median_ms": round(float(np.median(found)), 1),
        "p99_ms": round(float(np.percentile(found, 99)), 1),
        "overtaken": round(answered.overtaken / len(found), 3),
    }


if __name__ == "__main__":
    main()
