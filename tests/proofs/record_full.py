"""The disk full: first the database's, then the spool's too, then neither.

Both lie on small file systems of their own (tmpfs: mounting them needs root). While only the database's is
full, what comes is spooled; while both are, suggestions are answered with `no` and decisions get 503; once
there is room, everything promised is in the record:
`python tests/proofs/record_full.py --write docs/figures/record_full.json`.
"""

import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from load import Figures, Load
from machines import Server
from proof import arguments, conclude


def main() -> None:
    """Run."""
    asked = arguments(__doc__, decisions=3000)
    conclude({"sqlite": filled(asked.decisions)}, asked.write)


def filled(decisions: int) -> Figures:
    """Fill the disks while decisions are posted, and empty them; return what is in the record."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        data, spool = (stack.enter_context(disk(folder / name)) for name in ("data", "spool"))
        url = f"sqlite:///{data}/record.sqlite3"
        server = Server(data, url, spool_dir=str(spool))
        stack.callback(server.stop)
        load = Load(server, decisions, pause=0.01)

        load.wait_for(decisions // 4)
        fill(data / "ballast")
        load.wait_for(decisions // 2)
        database_full = server.suggest()["recorded"]
        fill(spool / "ballast")
        server.wait_for_state("no")
        both_full, status = server.suggest()["recorded"], server.status_of_a_decision()
        refused_before = load.refused

        (spool / "ballast").unlink()
        load.wait_for(decisions * 3 // 4)
        spool_free = server.suggest()["recorded"]
        (data / "ballast").unlink()
        load.finish()
        server.wait_until_stored()
        return {
            "database_full": database_full,
            "both_full": both_full,
            "decision_with_both_full": status,
            "refused_with_both_full": refused_before,
            "spool_free_again": spool_free,
            "all_free_again": server.suggest()["recorded"],
        } | load.found(url)


@contextmanager
def disk(path: Path, size: str = "32m") -> Iterator[Path]:
    """Mount a small file system."""
    path.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", path], check=True)
    try:
        yield path
    finally:
        subprocess.run(["umount", "--lazy", path], check=True)


def fill(path: Path) -> None:
    """Write until nothing more goes in."""
    with open(path, "wb", buffering=0) as file:
        for size in (65536, 4096, 1):
            try:
                while True:
                    file.write(b"\0" * size)
            except OSError:
                continue


if __name__ == "__main__":
    main()
