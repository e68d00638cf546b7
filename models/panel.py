"""A suggestion to read in a terminal: dangers first, then response, categories, acuity, and what to ask."""

import re
from collections.abc import Iterator
from typing import Final, get_args

from rich.console import Group, RenderableType
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from classifier.policy import ResponsePolicy
from classifier.reading import read
from classifier.suggestion import AcuitySuggestion, CategorySuggestion, Hit, Mention, Suggestion
from classifier.terms import Acuity

LEVELS: Final[tuple[Acuity, ...]] = get_args(Acuity)

WEAPON: Final = {
    "denied": "caller says none",
    "historical": "in the past only",
    "unknown": "asked or hinted at, not known",
    "none": "not asked",
}
"""What is said of weapons when nothing states or hints that there is one. Never that there is none."""

_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]+")


def panel(note: str, suggestion: Suggestion, policy: ResponsePolicy) -> RenderableType:
    """Lay out a suggestion.

    Parameters
    ----------
    note : str
        The note it was made for.
    suggestion : Suggestion
        What the recommender gave.
    policy : ResponsePolicy
        What names units and levels.

    Returns
    -------
    rich renderable
    """
    grid = Table.grid(padding=(0, 2))
    grid.add_column(style="bold", no_wrap=True)
    grid.add_column(overflow="fold")
    for heading, lines in _parts(note, suggestion, policy):
        grid.add_row(heading, Group(*lines))
    return Panel(grid, title="Heartline suggests; a person decides", title_align="left")


def _parts(note: str, suggestion: Suggestion, policy: ResponsePolicy) -> Iterator[tuple[str, list[Text]]]:
    if suggestion["degraded"]:
        yield "DEGRADED", [Text(suggestion["degraded"], style="yellow")]
    yield "DANGERS", list(_dangers(note, suggestion))
    yield "RESPONSE", list(_response(suggestion, policy))
    yield "CATEGORIES", list(_categories(suggestion))
    yield "ACUITY", [_acuity(suggestion, policy)]
    if suggestion["ask"]:
        yield "ASK", [_ask(question["question"], question["answers"]) for question in suggestion["ask"]]


def _dangers(note: str, suggestion: Suggestion) -> Iterator[Text]:
    hits = suggestion["override"]["hits"]
    for hit in sorted(hits, key=lambda hit: (hit["status"], -hit["acuity_floor"])):
        yield _hit(hit)
    for mention in suggestion["mentions"]:
        if mention["status"] == "corrected":
            yield Text(f"CORRECTED: {mention['hazard']} — {_quoted(mention['text'])}", style="dim")
    if not hits:
        yield Text("nothing stated so far", style="dim")
    if suggestion["weapon"] != "present":
        yield Text(f"weapons: {WEAPON[suggestion['weapon']]}{_when(note, suggestion)}")


def _hit(hit: Hit) -> Text:
    hazard = hit["hazard"].replace("_", " ")
    if hit["status"] == "asserted":
        line = Text(f"STATED: {hazard}", style="bold red")
    else:
        line = Text("MAY BE ARMED" if hit["hazard"] == "weapon" else f"MAY BE: {hazard}", style="bold yellow")
        line.append(", not confirmed")
    where = "by key" if hit["text"] is None else _quoted(hit["text"])
    return line.append(f" — {where}", style="not bold default").append(f"  {hit['reason']}", style="dim")


def _when(note: str, suggestion: Suggestion) -> str:
    """Return the time of the latest denial, where the entry that holds it has one."""
    if suggestion["weapon"] != "denied":
        return ""
    denials = [m for m in suggestion["mentions"] if m["hazard"] == "weapon" and m["status"] == "negated"]
    minute = _minute(note, denials[-1]) if denials else None
    return "" if minute is None else f" ({minute // 60:02}:{minute % 60:02})"


def _minute(note: str, mention: Mention) -> int | None:
    reading = read(note)
    for segment in reversed(reading.segments):
        if segment.start < len(reading.starts) and reading.starts[segment.start] <= mention["start"]:
            return segment.minute
    return None


def _response(suggestion: Suggestion, policy: ResponsePolicy) -> Iterator[Text]:
    def name(unit: str) -> str:
        return policy.content.units[unit].name

    response = suggestion["response"]
    unit = response["unit"]
    line = Text("not enough yet" if unit is None else name(unit), style="bold")
    if response["also"]:
        line.append(f" and {', '.join(name(also) for also in response['also'])}", style="not bold")
    yield line
    if response["stage"]:
        yield Text("medics and clinicians wait until police say clear", style="yellow")
    if instead := response["instead"]:
        yield Text(f"instead {name(instead['unit'])}: {_shown(instead['reason'])}", style="yellow")
    for reason in response["because"]:
        yield Text(_shown(reason))
    for other in response["not"]:
        yield Text(f"not {name(other['unit'])}: {_shown(other['reason'])}", style="dim")
    if response["follow_up"]:
        yield Text("follow-up within 48 hours, if served and consenting", style="dim")


def _categories(suggestion: Suggestion) -> Iterator[Text]:
    suggested = [category for category in suggestion["categories"] if category["suggested"]]
    if not suggested:
        yield Text("none of the four", style="dim")
    for category in suggested:
        yield Text(category["category"].replace("_", " "), style="bold").append(
            _grounds(category), style="not bold"
        )


def _grounds(category: CategorySuggestion) -> str:
    parts = [
        {"model": "by the model", "rules": "by the rules", "both": "by model and rules"}[
            category["by"] or "rules"
        ]
    ]
    if category["probability"] is not None and category["by"] != "rules":
        parts.append(f"{category['probability']:.0%}, {category['confidence']}")
    if category["evidence"]:
        parts.append(", ".join(_quoted(span["text"]) for span in category["evidence"]))
    return "  " + " · ".join(parts)


def _acuity(suggestion: Suggestion, policy: ResponsePolicy) -> Text:
    acuity = suggestion["acuity"]
    line = Text(" · ").join(_level(level, acuity, policy) for level in LEVELS)
    if acuity["level"] is None:
        line.append("  not known")
    elif acuity["floor"] is not None and acuity["floor"] > (acuity["model_level"] or 0):
        line.append("  raised by the rules")
    return line


def _level(level: Acuity, acuity: AcuitySuggestion, policy: ResponsePolicy) -> Text:
    shown = policy.shown_acuity(level)
    if level == acuity["level"]:
        return Text(f"[{shown}]", style="bold reverse")
    return Text(shown, style="" if level in acuity["plausible"] else "dim")


def _ask(question: str, answers: list[str]) -> Text:
    return Text(question).append(
        f"  {' / '.join(answer.replace('_', ' ') for answer in answers)}", style="dim"
    )


def _quoted(words: str) -> str:
    return f"“{_shown(words)}”"


def _shown(words: str) -> str:
    """Return words of a note on one line; what could steer a terminal becomes a blank."""
    return _CONTROL.sub(" ", words)
