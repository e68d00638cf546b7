"""How every proof is asked and how it ends."""

import argparse
import json
from pathlib import Path

from load import Figures, is_good

from training.figures import write


def arguments(about: str | None, **numbers: int) -> argparse.Namespace:
    """Return what the command line says: numbers by their names, and where to write."""
    parser = argparse.ArgumentParser(description=(about or "").partition("\n")[0])
    for name, default in numbers.items():
        parser.add_argument(f"--{name}", type=int, default=default)
    parser.add_argument("--write", type=Path)
    return parser.parse_args()


def conclude(figures: dict[str, Figures], path: Path | None) -> None:
    """Print the figures and write them if asked; exit code 1 if a promise was broken."""
    print(json.dumps(figures, indent=1))
    if path is not None:
        write(path, figures)
    if not all(map(is_good, figures.values())):
        raise SystemExit(1)
