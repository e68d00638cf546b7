"""The `heartline` command, and its parts that need rules and forms only."""

import json
from collections.abc import Sequence
from functools import cached_property
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path

import click


class _EntryPoints(click.Group):
    """Commands found by entry points, and imported only when they are called."""

    @cached_property
    def _found(self) -> dict[str, EntryPoint]:
        return {entry.name: entry for entry in entry_points(group="heartline.commands")}

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted(self._found)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        entry = self._found.get(cmd_name)
        if entry is None:
            return None
        command = entry.load()
        assert isinstance(command, click.Command)
        return command


@click.group(cls=_EntryPoints, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="heartline")
def heartline() -> None:
    """Read 911 call notes and suggest categories, acuity and response. A person decides."""


@click.command()
@click.option("--columns", is_flag=True, help="List the flat columns of CSV and Parquet output instead.")
def schema(columns: bool) -> None:
    """Print the JSON Schema of a suggestion."""
    from classifier.columns import COLUMNS
    from classifier.suggestion import json_schema

    if columns:
        for column in COLUMNS:
            click.echo(f"{column.name}\t{column.form}\t{column.what}")
    else:
        click.echo(json.dumps(json_schema(), indent=2))


@click.group()
def rules() -> None:
    """Work with the safety rules."""


@rules.command("check")
@click.option(
    "--with",
    "folders",
    multiple=True,
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="A center's own rules, laid over Heartline's; may be given several times.",
)
def rules_check(folders: Sequence[Path]) -> None:
    """Run every rule against its own sentences."""
    from classifier.rules import SafetyRules, check
    from classifier.yamlfile import FileError

    try:
        loaded = SafetyRules.load(*folders)
    except FileError as error:
        raise click.ClickException(str(error)) from error
    problems = check(loaded)
    for problem in problems:
        click.echo(problem, err=True)
    sentences = sum(len(rule.fires) + len(rule.quiet) for rule, _ in loaded.rules)
    click.echo(
        f"{len(loaded.rules)} rules, {sentences} sentences, {len(problems)} wrong; version {loaded.version}"
    )
    if problems:
        raise SystemExit(1)
