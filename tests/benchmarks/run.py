"""How fast suggestions come: `make benchmarks` prints the table, and writes it for the documents.

Nothing here asserts a time: machines differ. What can be compared across them is the ratio to an empty
FastAPI route, measured in the same run. The notes are those of the corpus's reading half with 38 to 42 words,
each taken once, so that nothing is answered from a cache; the command allows numerical libraries one thread.
"""

import argparse
import gc
import http.client
import json
import platform
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from many_rules import ten_times
from rich.console import Console
from rich.table import Table

from classifier import Recommender
from classifier.reading import read
from classifier.rules import SafetyRules
from models import store
from models.scoring import score

CORPUS = Path(__file__).parents[2] / "training" / "corpus"
READING_HALF = "acegjlnqs"
WARM_UP = 20
BATCH = 2_000

EMPTY = """
import uvicorn
from fastapi import FastAPI
app = FastAPI()
@app.post("/v1/suggest")
def empty() -> dict[str, int]:
    return {"schema": 1}
server = uvicorn.Server(uvicorn.Config(app, port=0, access_log=False, log_level="warning"))
startup = server.startup
async def told(sockets=None):
    await startup(sockets)
    print("http://127.0.0.1:%d" % server.servers[0].sockets[0].getsockname()[1], flush=True)
server.startup = told
server.run()
"""
SERVE = "from classifier.cli import heartline; heartline(['serve', '--port', '0'])"

Latencies = list[float]
Figures = dict[str, Any]


def main() -> None:
    """Measure, print, and write if asked."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--write", type=Path, metavar="FILE", help="also write the figures as JSON")
    parser.add_argument("--notes", type=int, default=400, help="how many notes each row takes (default 400)")
    options = parser.parse_args()
    figures = measure(options.notes)
    show(figures)
    if options.write:
        options.write.parent.mkdir(parents=True, exist_ok=True)
        options.write.write_text(json.dumps(figures, indent=2) + "\n", "utf-8")


def measure(count: int) -> Figures:
    """Return every figure of the table."""
    model, version = store.load_champion(store.default_folder())
    whole, rules = Recommender(model, model_version=version), Recommender()
    notes = list(corpus(38, 42))[: count + WARM_UP]
    own, many = rules.rules, with_ten_times_the_rules(notes)
    empty, served = over_http(EMPTY, notes), over_http(SERVE, notes)
    http = {"empty FastAPI route": summary(empty), "suggestion over HTTP": summary(served)}
    return {
        "machine": {"processor": processor(), "python": platform.python_version(), "model": version},
        "notes": {"count": count, "words": "38 to 42"},
        "milliseconds": {
            "suggestion with evidence": summary(clock(whole.suggest, notes)),
            "suggestion without evidence": summary(clock(lambda n: whole.suggest(n, evidence=False), notes)),
            "rules and policy alone": summary(clock(rules.suggest, notes)),
            f"reading and {len(own.rules):,} rules": summary(clock(lambda n: own.read(read(n)), notes)),
            f"reading and {len(many.rules):,} rules": summary(
                clock(lambda note: many.read(read(note)), notes)
            ),
            "reading": summary(clock(read, notes)),
            **http,
        },
        "times the empty route": {
            name: round(http["suggestion over HTTP"][name] / http["empty FastAPI route"][name], 2)
            for name in ("median", "p99")
        },
        "notes a second": {
            "batch with evidence": batch(whole, evidence=True),
            "batch without evidence": batch(whole, evidence=False),
        },
    }


def with_ten_times_the_rules(notes: list[str]) -> SafetyRules:
    """Return the own rules with nine copies in other words."""
    with tempfile.TemporaryDirectory() as folder:
        return SafetyRules.load(*ten_times(notes, Path(folder)))


def corpus(fewest: int, most: int) -> Iterator[str]:
    """Yield the notes of the reading half that have so many words, across its centers in turn."""
    by_center = [
        [
            json.loads(line)["note"]
            for line in (CORPUS / f"center_{center}.jsonl").read_text("utf-8").splitlines()
        ]
        for center in READING_HALF
    ]
    for notes in zip(*by_center, strict=False):
        yield from (note for note in notes if fewest <= len(note.split()) <= most)


def clock(call: Callable[[str], object], notes: list[str]) -> Latencies:
    """Return the milliseconds that `call` takes for each note, after some that warm it up."""
    taken = []
    gc.collect()
    for note in notes:
        began = time.perf_counter()
        call(note)
        taken.append(1000 * (time.perf_counter() - began))
    return taken[WARM_UP:]


def over_http(program: str, notes: list[str]) -> Latencies:
    """Return the milliseconds of each request over one kept connection to a server of its own process."""
    with serving(program) as (host, port):
        connection = http.client.HTTPConnection(host, port)

        def post(note: str) -> None:
            body = json.dumps({"note": note})
            connection.request("POST", "/v1/suggest", body, {"Content-Type": "application/json"})
            answer = connection.getresponse()
            answer.read()
            if answer.status != 200:
                raise SystemExit(f"the service answered {answer.status}")

        taken = clock(post, notes)
        connection.close()
        return taken


@contextmanager
def serving(program: str) -> Iterator[tuple[str, int]]:
    """Run a server until the block ends; it prints its address when it is ready."""
    with subprocess.Popen(
        [sys.executable, "-c", program], text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    ) as process:
        try:
            for line in process.stdout or ():
                if address := re.search(r"http://([\d.]+):(\d+)", line):
                    yield address[1], int(address[2])
                    break
            else:
                raise SystemExit("the server did not start")
        finally:
            process.terminate()


def batch(recommender: Recommender, *, evidence: bool) -> int:
    """Return how many corpus notes a second are scored, from file to file."""
    notes = list(corpus(1, 10_000))[:BATCH]
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder, "in.jsonl")
        source.write_text("".join(json.dumps({"note": note}) + "\n" for note in notes), "utf-8")
        began = time.perf_counter()
        score(source, Path(folder, "out.jsonl"), recommender, evidence=evidence)
        return round(len(notes) / (time.perf_counter() - began))


def summary(taken: Latencies) -> dict[str, float]:
    """Return median and 99th percentile."""
    return {"median": round(float(np.median(taken)), 3), "p99": round(float(np.percentile(taken, 99)), 3)}


def processor() -> str:
    """Return the processor's name, where the system tells it."""
    try:
        found = re.search(r"model name\s*: (.+)", Path("/proc/cpuinfo").read_text("utf-8"))
    except OSError:
        found = None
    return found[1] if found else platform.machine()


def show(figures: Figures) -> None:
    """Print the table."""
    table = Table(title=f"{figures['notes']['count']} notes of {figures['notes']['words']} words, one thread")
    for heading in ("", "median", "p99"):
        table.add_column(heading, justify="left" if not heading else "right")
    for name, row in figures["milliseconds"].items():
        table.add_row(name, f"{row['median']:.3f} ms", f"{row['p99']:.3f} ms")
    ratio = figures["times the empty route"]
    table.add_row(
        "over HTTP, times the empty route", f"{ratio['median']:.2f}", f"{ratio['p99']:.2f}", end_section=True
    )
    for name, rate in figures["notes a second"].items():
        table.add_row(name, f"{rate:,} notes/s", "")
    Console().print(table)


if __name__ == "__main__":
    main()
