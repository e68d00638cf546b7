"""The rows of a file to score: each a request, or the reason why it is none, which never holds the note."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from classifier.request import Request
from models.sources import Broken, Record, records

Fields = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Fault:
    """Why a row was refused: its field, or None for the whole line, and a sentence."""

    field: str | None
    message: str


@dataclass(frozen=True, slots=True)
class Row:
    """One row of the input.

    Parameters
    ----------
    id : object
        The row's own id, unchanged; without one its line number as text.
    line : int
        Its 1-based line; in Parquet its 1-based row.
    request : Request or Fault
        What to suggest for, or why not.
    position : int
        How much of the input has been read, in the unit of `models.sources.size`.
    """

    id: Any
    line: int
    request: Request | Fault
    position: int


def rows(path: Path) -> Iterator[Row]:
    """Read a file row by row, in its order; raises `models.sources.Unreadable` if it is none of ours."""
    for record in records(path):
        yield _row(record)


def _row(record: Record) -> Row:
    if record.fields is None:
        return Row(str(record.line), record.line, Fault(None, record.wrong), record.position)
    own = record.fields.get("id")
    id_ = str(record.line) if own is None or own is Broken else own
    return Row(id_, record.line, request(record.fields), record.position)


def request(fields: Fields) -> Request | Fault:
    """Make a request of flat fields, `lat` and `lon` among them; what is None or unknown is left out."""
    for name, value in fields.items():
        if value is Broken:
            return Fault(name, "is no UTF-8; write the file as UTF-8")
    try:
        return Request.model_validate(
            _given(fields, "note", "at", "area", "call_type") | _location(_given(fields, "lat", "lon"))
        )
    except ValidationError as error:
        return _fault(error)


def _given(fields: Fields, *names: str) -> dict[str, Any]:
    return {name: fields[name] for name in names if fields.get(name) is not None}


def _location(place: dict[str, Any]) -> dict[str, Any]:
    return {"location": place} if place else {}


def _fault(error: ValidationError) -> Fault:
    """Say the first complaint; pydantic's own words hold no value of the row."""
    first = error.errors(include_url=False, include_input=False, include_context=False)[0]
    message = "is missing" if first["type"] == "missing" else first["msg"].removeprefix("Value error, ")
    return Fault(str(first["loc"][-1]), message)
