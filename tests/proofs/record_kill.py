"""`kill -9` of the server at random moments while decisions are posted: what got its 2xx is there once.

Clients post decisions and post one again until it is answered; the server is killed at random moments and
started again at once. At the end each decision that was answered is in the record once, and the chain is
whole:
`python tests/proofs/record_kill.py --write docs/figures/record_kill.json`.
"""

import random
import tempfile
import time
from pathlib import Path

from load import Figures, Load
from machines import Postgres, Server
from proof import arguments, conclude


def main() -> None:
    """Run on both databases."""
    asked = arguments(__doc__, decisions=10_000, rounds=20)
    with tempfile.TemporaryDirectory() as folder:
        sqlite = killed(Path(folder), f"sqlite:///{folder}/record.sqlite3", asked.decisions, asked.rounds)
    postgres = Postgres(durable=True)
    try:
        with tempfile.TemporaryDirectory() as folder:
            postgresql = killed(Path(folder), postgres.emptied(), asked.decisions, asked.rounds)
    finally:
        postgres.remove()
    conclude({"sqlite": sqlite, "postgresql": postgresql}, asked.write)


def killed(folder: Path, url: str, decisions: int, rounds: int, seed: int = 0) -> Figures:
    """Post decisions to a server that is killed again and again; return what is in the record."""
    chance = random.Random(seed)
    server = Server(folder, url)
    began = time.perf_counter()
    load = Load(server, decisions)
    under_load = 0
    for number in range(rounds):
        load.wait_for(decisions * number // rounds)
        time.sleep(chance.random() * 0.2)
        under_load += load.goes_on
        server.kill()
        server.start()
    load.finish()
    took = time.perf_counter() - began
    server.stop()
    return {"kills": rounds, "kills_under_load": under_load, "seconds": round(took, 1)} | load.found(url)


if __name__ == "__main__":
    main()
