"""What a run of the behavioral suite shows: pass rates as a table or JSON, and the cases that failed."""

import hashlib
import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.table import Table

from training.behavior import Result, failing, report
from training.behaviorfile import SUITE
from training.figures import refresh, write
from training.provenance import rules


def tell(results: Sequence[Result], *, most_errors: int | None = None) -> None:
    """Print pass rates by capability, kind and danger, and the failing cases where they are asked for."""
    console = Console(width=None if os.isatty(1) else 120)
    counted = report(results)
    console.print(
        f"\n[bold]The behavioral suite, by rules alone[/bold] ({len(results):,} cases)", highlight=False
    )
    console.print(_table(counted))
    for failed in failing(results)[: most_errors or 0]:
        _show(failed, console)


def tell_json(results: Sequence[Result], *, most_errors: int | None = None) -> None:
    """Print the same as one JSON object."""
    content = _content(results)
    if most_errors:
        content["errors"] = failing(results)[:most_errors]
    click.echo(json.dumps(content, indent=1, ensure_ascii=False))


def keep(results: Sequence[Result], folder: Path) -> None:
    """Write the figures as `behavior.json`, and bring the documents that quote them up to date."""
    write(folder / "behavior.json", _content(results))
    for document in refresh(folder, "behavior"):
        click.echo(f"{document} was brought up to date.", err=True)


def _content(results: Sequence[Result]) -> dict[str, Any]:
    suite = hashlib.sha256(b"\0".join(path.read_bytes() for path in sorted(SUITE.glob("*.yaml"))))
    return {"provenance": {"rules": rules(), "suite": suite.hexdigest()[:16]}, **report(results)}


def _table(counted: Mapping[str, Any]) -> Table:
    table = Table("", box=None, pad_edge=False)
    for name in ("Passed", "Cases", "Rate"):
        table.add_column(name, justify="right")
    for title, key in (
        ("By capability", "capabilities"),
        ("By kind", "kinds"),
        ("By danger told", "hazards"),
    ):
        table.add_row(f"[bold]{title}[/bold]")
        for name, tally in counted[key].items():
            _add(table, f"  {name}", tally)
    _add(table, "Minimal pairs, both sides", counted["pairs"])
    _add(table, "All", counted["all"])
    return table


def _add(table: Table, label: str, tally: Mapping[str, Any]) -> None:
    rate = "" if tally["rate"] is None else f"{tally['rate']:.1%}"
    table.add_row(label, f"{tally['passed']:,}", f"{tally['cases']:,}", rate)


def _show(failed: Mapping[str, Any], console: Console) -> None:
    place = f"{failed['capability']}, {failed['kind']}: {failed['family']}"
    console.print(f"\n[bold]{place}[/bold]  {'; '.join(failed['wrong'])}", highlight=False)
    console.print(failed["note"], markup=False, highlight=False)
    if failed["after"]:
        console.print(f"→ {failed['after']}", markup=False, highlight=False)
