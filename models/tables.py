"""Answers written row by row: one object a line in `.jsonl`, flat columns in `.csv` and `.parquet`."""

import csv
import json
from collections.abc import Callable
from io import TextIOWrapper
from typing import Any, BinaryIO, Final, Protocol

import orjson

from classifier.columns import COLUMNS, Cell, as_json, flatten
from classifier.suggestion import Suggestion
from models.rows import Fault, Row

BATCH: Final = 1024
"""Rows of Parquet that are held at a time."""


class Table(Protocol):
    """Something that answers are written to, in order."""

    def write(self, row: Row, answer: Suggestion | Fault) -> None:
        """Add the answer to one row."""

    def close(self) -> None:
        """Write what is still held; the file itself stays open."""


def table(ending: str, file: BinaryIO) -> Table:
    """Return a table in the form of `ending`, one of `ENDINGS`, that writes to `file`."""
    return _TABLES[ending](file)


class JsonLines:
    """One object a line: the row's id, then the suggestion or the fault."""

    def __init__(self, file: BinaryIO) -> None:
        self.file = file

    def write(self, row: Row, answer: Suggestion | Fault) -> None:
        """Add one line."""
        # The id goes through the standard library, which takes any number and any text back as it was.
        head = json.dumps(row.id, default=str).encode()
        rest = orjson.dumps(_error(row, answer) if isinstance(answer, Fault) else answer)
        self.file.write(b'{"id":%b,%b\n' % (head, rest[1:]))

    def close(self) -> None:
        """Do nothing: every line is written at once."""


class Csv:
    """The flat columns, a header line first."""

    def __init__(self, file: BinaryIO) -> None:
        self.text = TextIOWrapper(file, encoding="utf-8", newline="", write_through=True)
        self.writer = csv.writer(self.text, lineterminator="\n")
        self.writer.writerow(column.name for column in COLUMNS)

    def write(self, row: Row, answer: Suggestion | Fault) -> None:
        """Add one line; true and false are written as in JSON, nothing as an empty cell."""
        cells = _cells(row, answer)
        self.writer.writerow(_csv_cell(cells.get(column.name)) for column in COLUMNS)

    def close(self) -> None:
        """Give the file back, open."""
        self.text.flush()
        self.text.detach()


class Parquet:
    """The flat columns, in row groups."""

    def __init__(self, file: BinaryIO) -> None:
        import pyarrow
        from pyarrow.parquet import ParquetWriter

        types = {
            "text": pyarrow.string(),
            "json": pyarrow.string(),
            "integer": pyarrow.int64(),
            "number": pyarrow.float64(),
            "boolean": pyarrow.bool_(),
        }
        self.schema = pyarrow.schema([(column.name, types[column.form]) for column in COLUMNS])
        self.writer = ParquetWriter(file, self.schema, compression="zstd")
        self.held: list[dict[str, Cell]] = []

    def write(self, row: Row, answer: Suggestion | Fault) -> None:
        """Add one row; a full batch becomes a row group."""
        self.held.append(_cells(row, answer))
        if len(self.held) == BATCH:
            self._flush()

    def close(self) -> None:
        """Write the last batch and the footer."""
        self._flush()
        self.writer.close()

    def _flush(self) -> None:
        import pyarrow

        self.writer.write_batch(pyarrow.RecordBatch.from_pylist(self.held, schema=self.schema))
        self.held.clear()


def _cells(row: Row, answer: Suggestion | Fault) -> dict[str, Cell]:
    if isinstance(answer, Fault):
        fault = _error(row, answer)
        return {"id": _as_text(row.id), "line": row.line, "error": as_json(fault["error"])}
    return {"id": _as_text(row.id), **flatten(answer)}


def _error(row: Row, fault: Fault) -> dict[str, Any]:
    return {"line": row.line, "error": {"field": fault.field, "message": fault.message}}


def _as_text(value: Any) -> str:
    """Return an id as the text of a cell; what no table can hold, a lone surrogate, becomes `?`."""
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
    return text.encode("utf-8", "replace").decode("utf-8")


def _csv_cell(cell: Cell) -> str | int | float:
    if cell is None:
        return ""
    return ("false", "true")[cell] if isinstance(cell, bool) else cell


_TABLES: Final[dict[str, Callable[[BinaryIO], Table]]] = {
    ".jsonl": JsonLines,
    ".csv": Csv,
    ".parquet": Parquet,
}
ENDINGS: Final = tuple(_TABLES)
"""The endings of files that can be written."""
