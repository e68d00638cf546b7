"""PostgreSQL stopped and started under load: decisions wait in the spool, and follow in order, once.

Every other time it is stopped as a power cut would. Nothing is refused meanwhile, since the spool takes what
comes: `python tests/proofs/record_down.py --write docs/figures/record_down.json`.
"""

import tempfile
import time
from pathlib import Path

from load import Figures, Load
from machines import Postgres, Server
from proof import arguments, conclude


def main() -> None:
    """Run."""
    asked = arguments(__doc__, decisions=6000, rounds=6)
    postgres = Postgres(durable=True)
    try:
        with tempfile.TemporaryDirectory() as folder:
            figures = stopped(Path(folder), postgres, asked.decisions, asked.rounds)
    finally:
        postgres.remove()
    conclude({"postgresql": figures}, asked.write)


def stopped(folder: Path, postgres: Postgres, decisions: int, rounds: int) -> Figures:
    """Post decisions while the database goes and comes; return what is in the record."""
    url = postgres.emptied()
    server = Server(folder, url)
    load = Load(server, decisions)
    slowest = 0.0
    for number in range(rounds):
        load.wait_for(decisions * (2 * number + 1) // (2 * rounds))
        postgres.stop("immediate" if number % 2 else "fast")
        before = len(load.answers)
        load.wait_for(before + decisions // (4 * rounds))
        began = time.perf_counter()
        suggestion = server.suggest()
        slowest = max(slowest, time.perf_counter() - began)
        assert suggestion["recorded"] == "spooled", suggestion["recorded"]
        postgres.start()
    load.finish()
    server.wait_until_stored()
    server.stop()
    return {
        "stops": rounds,
        "suggestion_ms_without_database": round(slowest * 1000, 1),
        "spool_left": len(list((folder / "spool").glob("*.spool"))),
    } | load.found(url)


if __name__ == "__main__":
    main()
