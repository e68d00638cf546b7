"""A suggestion as one flat row, for CSV, Parquet and data frames."""

from dataclasses import dataclass
from typing import Any, Final, Literal, cast

import orjson

from classifier.suggestion import Suggestion
from classifier.terms import CATEGORIES, Category

Cell = str | int | float | bool | None


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a flat row.

    Parameters
    ----------
    name : str
        Its name.
    form : str
        What its cells are; `json` is text that holds a nested part of the suggestion.
    path : tuple of str or int
        Where its value stands in the suggestion; empty for what a table adds.
    what : str
        What it says.
    """

    name: str
    form: Literal["text", "integer", "number", "boolean", "json"]
    path: tuple[str | int, ...]
    what: str


def _of_category(place: int, category: Category) -> tuple[Column, ...]:
    name = category.replace("_", " ")
    return (
        Column(f"{category}_suggested", "boolean", ("categories", place, "suggested"), f"suggested: {name}"),
        Column(
            f"{category}_probability",
            "number",
            ("categories", place, "probability"),
            "the model's probability; empty when degraded",
        ),
        Column(f"{category}_by", "text", ("categories", place, "by"), "model, rules or both"),
        Column(f"{category}_confidence", "text", ("categories", place, "confidence"), "sure, likely, unsure"),
        Column(f"{category}_evidence", "json", ("categories", place, "evidence"), "spans that counted"),
    )


OF_ROW: Final = (
    Column("id", "text", (), "the row's own id, or else its line number"),
    Column("line", "integer", (), "of a refused row: its line in the input, 1-based"),
    Column("error", "json", (), "of a refused row: field and message; everything else is then empty"),
)
"""What a table adds to the suggestion."""

OF_SUGGESTION: Final = (
    Column("schema", "integer", ("schema",), "the form of a suggestion"),
    Column("suggestion_id", "text", ("suggestion_id",), "empty outside the API"),
    Column("call_id", "text", ("call_id",), "the caller's own id of the call"),
    *(column for place, category in enumerate(CATEGORIES) for column in _of_category(place, category)),
    Column("acuity_level", "integer", ("acuity", "level"), "1 to 4, after the override"),
    Column("acuity_name", "text", ("acuity", "name"), "routine, moderate, urgent, emergent"),
    Column("acuity_model_level", "integer", ("acuity", "model_level"), "what the model alone says"),
    Column("acuity_probabilities", "json", ("acuity", "probabilities"), "of the levels 1 to 4"),
    Column("acuity_plausible", "json", ("acuity", "plausible"), "the levels that remain plausible"),
    Column("acuity_floor", "integer", ("acuity", "floor"), "the highest floor of the hits"),
    Column("weapon", "text", ("weapon",), "present, denied, historical, unknown, none"),
    Column("override_active", "boolean", ("override", "active"), "the rules raised something"),
    Column("override_hits", "json", ("override", "hits"), "asserted and possible dangers"),
    Column("mentions", "json", ("mentions",), "every mention of a danger, with its status"),
    Column("response_unit", "text", ("response", "unit"), "what the policy suggests"),
    Column("response_kind", "text", ("response", "kind"), "what kind of unit that is"),
    Column("response_also", "json", ("response", "also"), "units sent too"),
    Column("response_stage", "boolean", ("response", "stage"), "wait until police say clear"),
    Column(
        "response_available", "boolean", ("response", "available"), "empty when time or place is not known"
    ),
    Column("response_instead", "json", ("response", "instead"), "what to send when the unit is not there"),
    Column("response_because", "json", ("response", "because"), "why this unit"),
    Column("response_not", "json", ("response", "not"), "why not the programs before it"),
    Column("response_follow_up", "boolean", ("response", "follow_up"), "Care Navigation would be due"),
    Column("response_row", "text", ("response", "row"), "the row of the policy's table"),
    Column("ask", "json", ("ask",), "what is worth asking, most useful first"),
    Column("versions_model", "text", ("versions", "model"), "empty without a model"),
    Column("versions_rules", "text", ("versions", "rules"), "the safety rules"),
    Column("versions_policy", "text", ("versions", "policy"), "the response policy"),
    Column("versions_heartline", "text", ("versions", "heartline"), "Heartline itself"),
    Column("degraded", "text", ("degraded",), "why not everything answered"),
    Column("recorded", "text", ("recorded",), "empty outside the API"),
    Column("elapsed_ms", "number", ("elapsed_ms",), "empty outside the API"),
)
"""Every part of the suggestion, in its order."""

COLUMNS: Final[tuple[Column, ...]] = (*OF_ROW, *OF_SUGGESTION)
"""The columns of a scored table, as `heartline schema --columns` lists them."""


def flatten(suggestion: Suggestion) -> dict[str, Cell]:
    """Lay a suggestion out flat.

    Parameters
    ----------
    suggestion : Suggestion
        What the recommender gave.

    Returns
    -------
    dict
        One cell for each of `OF_SUGGESTION`, in that order; a part that is not there is None.
    """
    return {column.name: _cell(suggestion, column) for column in OF_SUGGESTION}


def _cell(suggestion: Suggestion, column: Column) -> Cell:
    part: Any = suggestion
    for key in column.path:
        part = part[key]
    if part is not None and column.form == "json":
        return as_json(part)
    return cast(Cell, part)


def as_json(part: object) -> str:
    """Return a nested part as the text that stands in its cell."""
    return orjson.dumps(part).decode()
