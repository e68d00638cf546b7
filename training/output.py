"""What an evaluation shows: tables for people, JSON for programs, files for documents."""

import json
import os
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click
from rich.console import Console

from training.corpus import digest
from training.errors import errors
from training.figures import refresh, write
from training.protocols import Outcome
from training.provenance import provenance
from training.tables import show, show_error

Outcomes = Mapping[str, Outcome]


def tell(outcomes: Outcomes, *, most_errors: int | None = None) -> None:
    """Print tables, and after each the gravest errors where they are asked for."""
    console = Console(width=None if os.isatty(1) else 120)
    for outcome in outcomes.values():
        show(asdict(outcome.report), console)
        for error in _errors(outcome, most_errors):
            show_error(error, console)


def tell_json(outcomes: Outcomes, *, most_errors: int | None = None) -> None:
    """Print the same as one JSON object."""
    content = _content(outcomes)
    if most_errors:
        content["errors"] = {key: _errors(outcome, most_errors) for key, outcome in outcomes.items()}
    click.echo(json.dumps(content, indent=1, ensure_ascii=False))


def keep(name: str, outcomes: Outcomes, folder: Path) -> None:
    """Write the figures as JSON, and bring the documents that quote them up to date."""
    write(folder / f"{name}.json", _content(outcomes))
    for document in refresh(folder, name):
        click.echo(f"{document} was brought up to date.", err=True)


def _errors(outcome: Outcome, most: int | None) -> list[dict[str, Any]]:
    return errors(outcome.notes, outcome.judged)[:most] if most else []


def _content(outcomes: Outcomes) -> dict[str, Any]:
    notes = {id(note): note for outcome in outcomes.values() for note in outcome.notes}
    beside = {id(note): note for outcome in outcomes.values() for note in outcome.supplement}
    return {
        "provenance": {
            **provenance(list(notes.values())).as_dict(),
            "supplement": digest(list(beside.values()))[:16],
        },
        **{key: asdict(outcome.report) for key, outcome in outcomes.items()},
    }
