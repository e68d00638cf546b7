"""What a study shows: its tables on a screen, as JSON, and as a file that documents quote."""

import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.table import Table

from training import corpus
from training.figures import refresh, write
from training.provenance import provenance

Tables = Mapping[str, Sequence[Mapping[str, Any]]]


def tell(name: str, tables: Tables) -> None:
    """Print the tables of a study."""
    console = Console(width=None if os.isatty(1) else 140)
    for title, rows in tables.items():
        console.print(f"\n[bold]{name}: {title}[/bold]", highlight=False)
        table = Table(box=None, pad_edge=False)
        for column in rows[0] if rows else ():
            table.add_column(column)
        for row in rows:
            table.add_row(*map(str, row.values()))
        console.print(table)


def tell_json(name: str, tables: Tables) -> None:
    """Print the same as one JSON object."""
    click.echo(json.dumps({"study": name, **_content(tables)}, indent=1, ensure_ascii=False))


def keep(name: str, tables: Tables, folder: Path) -> None:
    """Write the tables as JSON, and bring the documents that quote them up to date."""
    write(folder / f"{name}.json", _content(tables))
    for document in refresh(folder, name):
        click.echo(f"{document} was brought up to date.", err=True)


def _content(tables: Tables) -> dict[str, Any]:
    made_from = provenance([*corpus.packaged(), *corpus.supplement()])
    return {"provenance": made_from.as_dict(), **tables}
