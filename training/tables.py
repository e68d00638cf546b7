"""Figures as tables: which figures are shown, in what order and form, on a screen and in a document."""

from collections.abc import Iterator, Mapping
from typing import Any, Final, NamedTuple

from rich.console import Console
from rich.table import Table

from classifier.terms import CATEGORIES, HAZARDS


class Row(NamedTuple):
    """A figure: its key, what it is called, and how it is written."""

    key: str
    label: str
    form: str = "{:.3f}"


_PERCENT = "{:.1%}"
_COUNT = "{:.2f}"

SYSTEM: Final = (
    Row("macro_f1", "Categories: macro F1"),
    *(Row(f"{category}.f1", f"  {category}: F1") for category in CATEGORIES),
    Row("weapons_present.recall", "  weapons_present: recall"),
    Row("weapons_present.precision", "  weapons_present: precision"),
    Row("weapons_present.precision_real_day", "  … precision where 4% of notes have one"),
    Row("acuity.exact", "Acuity: exact"),
    Row("acuity.kappa", "Acuity: quadratic kappa"),
    Row("acuity.two_too_low", "Acuity: two or more too low, of notes at 3 and 4", _PERCENT),
    Row("calibration_error", "Expected calibration error, mean of categories"),
)

RULES: Final = (
    Row("weapon_status", "Weapon status: exact"),
    Row("hazard.weapon.recall", "Rules, weapon: recall"),
    Row("hazard.weapon.false_alarms", "Rules, weapon: false alarms per 100 notes without", _COUNT),
    Row("hazard.other_eight.recall", "Rules, other eight hazards: recall"),
    Row("hazard.other_eight.lowest_recall", "Rules, other eight hazards: lowest recall"),
    Row("hazard.none.hits", "Rules: notes without hazard that raise a hit, per 100", _COUNT),
    Row("alerts.weapon", "Weapon alerts per 100 calls where 4% have one", _COUNT),
    Row("alerts.weapon.precision", "  … their precision"),
    Row("alerts.any", "Alerts of any danger per 100 calls where 4% have a weapon", _COUNT),
    Row("alerts.any.precision", "  … their precision"),
    Row("unsafe_unarmed", "Unsafe unarmed, of notes with a weapon or violence", _PERCENT),
    Row("needless_police", "Needless police, of notes for a program", _PERCENT),
)

EACH_HAZARD: Final = tuple(
    row
    for hazard in HAZARDS
    for row in (
        Row(f"hazard.{hazard}.recall", f"  {hazard}: recall"),
        Row(f"hazard.{hazard}.false_alarms", f"  {hazard}: false alarms per 100 notes without", _COUNT),
    )
)

CENTER: Final = (
    Row("macro_f1", "macro F1"),
    Row("weapons_present.recall", "weapons recall"),
    Row("weapons_present.precision", "precision"),
    Row("acuity.exact", "acuity exact"),
    Row("acuity.kappa", "kappa"),
    Row("acuity.two_too_low", "two too low", _PERCENT),
    Row("unsafe_unarmed", "unsafe unarmed", _PERCENT),
    Row("needless_police", "needless police", _PERCENT),
)

CENTER_BY_RULES: Final = (
    Row("weapon_status", "weapon status"),
    Row("hazard.weapon.recall", "weapon recall"),
    Row("hazard.weapon.false_alarms", "false alarms", _COUNT),
    Row("hazard.other_eight.recall", "other eight recall"),
    Row("hazard.none.hits", "hits without hazard", _COUNT),
    Row("unsafe_unarmed", "unsafe unarmed", _PERCENT),
    Row("needless_police", "needless police", _PERCENT),
)


def show(report: Mapping[str, Any], console: Console) -> None:
    """Print one report: the figures with their intervals, then each center."""
    console.print(f"\n[bold]{report['protocol']}[/bold] ({report['notes']:,} notes)", highlight=False)
    console.print(_figures(report))
    if len(report["centers"]) > 1:
        console.print(_centers(report))


def show_error(error: Mapping[str, Any], console: Console) -> None:
    """Print one note that the labels and the system do not agree on."""
    fields = [
        f"{name}: {_told(pair['labels'])} → {_told(pair['said'])}" for name, pair in error["wrong"].items()
    ]
    console.print(f"\n[bold]{error['id'] or error['center']}[/bold]  {'; '.join(fields)}", highlight=False)
    console.print(error["note"], markup=False, highlight=False)


def markdown(report: Mapping[str, Any] | list[dict[str, Any]]) -> str:
    """Return one report, or the rows of a study, as a Markdown table."""
    if isinstance(report, list):
        return _rows_as_markdown(report)
    columns = _columns(report)
    head = ["figure", *(name.lower() for name in columns)]
    lines = [head, ["---"] * len(head), *([row.label.strip(), *cells] for row, cells in _rows(report))]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _rows_as_markdown(rows: list[dict[str, Any]]) -> str:
    lines = [list(rows[0]), ["---"] * len(rows[0]), *(map(str, row.values()) for row in rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _told(value: Any) -> str:
    return ", ".join(value) or "none" if isinstance(value, list) else str(value)


def _figures(report: Mapping[str, Any]) -> Table:
    table = Table("", box=None, pad_edge=False)
    for name in _columns(report):
        table.add_column(name, justify="right", no_wrap=True)
    for row, cells in _rows(report):
        table.add_row(row.label, *cells)
    return table


def _columns(report: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    if report["model"] is None:
        return {"Rules and policy": report["system"]}
    return {"Whole system": report["system"], "Model alone": report["model"]}


def _rows(report: Mapping[str, Any]) -> Iterator[tuple[Row, list[str]]]:
    """Yield the figures of a report. Rules alone suggest only weapons, and give a floor, not a level."""
    rows = (*SYSTEM, *RULES) if report["model"] is not None else (*RULES, *EACH_HAZARD)
    for row in rows:
        cells = [_cell(row, figures.get(row.key)) for figures in _columns(report).values()]
        if any(cells):
            yield row, cells


def _cell(row: Row, figure: Mapping[str, Any] | None) -> str:
    if figure is None or figure["value"] is None:
        return ""
    value = row.form.format(figure["value"])
    if figure["low"] is None:
        return value
    return f"{value} ({row.form.format(figure['low'])} to {row.form.format(figure['high'])})"


def _centers(report: Mapping[str, Any]) -> Table:
    rows = CENTER if report["model"] is not None else CENTER_BY_RULES
    table = Table("center", box=None, pad_edge=False)
    for row in rows:
        table.add_column(row.label, justify="right")
    for center, figures in report["centers"].items():
        values = [figures.get(row.key) for row in rows]
        cells = ["" if v is None else row.form.format(v) for row, v in zip(rows, values, strict=True)]
        table.add_row(center, *cells)
    return table
