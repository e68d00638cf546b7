"""What stands in a file, record by record: JSON Lines, CSV or Parquet, in memory that stays as it is."""

import csv
import json
import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from io import TextIOWrapper
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from pyarrow.parquet import ParquetFile

FIELDS: Final = ("note", "id", "at", "area", "lat", "lon", "call_type")
"""The columns that are read; all others are ignored."""

LONGEST_LINE: Final = 16_000_000
"""Bytes: beyond it a line of JSON is no call note, and is passed over without being held."""

LONGEST_CELL: Final = 1_000_000
"""Characters: beyond it a CSV cell is a quotation mark that nobody closed."""

BATCH: Final = 256
"""Rows of Parquet that are held at a time."""


class Unreadable(Exception):
    """The file as a whole cannot be read; the message says why, and what to do."""


class Broken:
    """Stands for a value that is no UTF-8."""


@dataclass(frozen=True, slots=True)
class Record:
    """One record as it stands in the file.

    Parameters
    ----------
    line : int
        Its 1-based line, where it begins; in Parquet its 1-based row.
    position : int
        How much has been read with it, in the unit of `size`.
    fields : mapping or None
        Its values by column, `Broken` where a value is no UTF-8; None if the line is no record.
    wrong : str
        Why the line is no record.
    """

    line: int
    position: int
    fields: Mapping[str, Any] | None
    wrong: str = ""


def records(path: Path) -> Iterator[Record]:
    """Read a file, by its ending, record by record; raises Unreadable if it is none of ours."""
    return _READERS[path.suffix.lower()](path)


def size(path: Path) -> int:
    """Return how long the file is, for progress: rows in Parquet, else bytes."""
    if path.suffix.lower() == ".parquet":
        return int(_open_parquet(path).metadata.num_rows)
    return path.stat().st_size


def _json_lines(path: Path) -> Iterator[Record]:
    """Lines end at LF alone: a note may hold any other separator that Unicode knows."""
    with path.open("rb") as file:
        line = 0
        while content := file.readline(LONGEST_LINE):
            line += 1
            if len(content) == LONGEST_LINE and not content.endswith(b"\n"):
                _skip_line(file)
                yield Record(line, file.tell(), None, f"is longer than {LONGEST_LINE:,} bytes")
                continue
            content = content.removesuffix(b"\n").removesuffix(b"\r")
            if line == 1:
                content = content.removeprefix(b"\xef\xbb\xbf")
            if content.strip():
                yield _json_record(line, file.tell(), content)


def _json_record(line: int, position: int, content: bytes) -> Record:
    try:
        fields = json.loads(content.decode("utf-8"), parse_constant=_no_json)
    except UnicodeDecodeError:
        return Record(line, position, None, "is no UTF-8; write the file as UTF-8")
    except (ValueError, RecursionError):
        return Record(line, position, None, "is no JSON")
    if not isinstance(fields, dict):
        return Record(line, position, None, "is no JSON object")
    return Record(line, position, fields)


def _no_json(constant: str) -> None:
    raise ValueError(f"{constant} is no JSON")


def _skip_line(file: IO[bytes]) -> None:
    while (rest := file.readline(LONGEST_LINE)) and not rest.endswith(b"\n"):
        pass


def _csv(path: Path) -> Iterator[Record]:
    csv.field_size_limit(LONGEST_CELL)
    with path.open("rb") as file:
        # A byte that is no UTF-8 becomes a lone surrogate here, and marks its cell alone as broken.
        text = TextIOWrapper(file, encoding="utf-8-sig", errors="surrogateescape", newline="")
        reader = csv.reader(text)
        header = _csv_header(path, reader)
        while True:
            line = reader.line_num + 1
            try:
                cells = next(reader)
            except StopIteration:
                return
            except csv.Error as error:
                yield Record(line, file.tell(), None, f"is no CSV: {error}")
                continue
            if cells:
                yield _csv_record(line, file.tell(), header, cells)


def _csv_header(path: Path, reader: Iterator[list[str]]) -> list[str]:
    try:
        header = next(reader)
    except StopIteration:
        raise Unreadable(f"{path} is empty; its first line must name the columns.") from None
    except csv.Error as error:
        raise Unreadable(f"The first line of {path} is no CSV: {error}.") from None
    _require_note(path, header)
    twice = sorted({name for name in FIELDS if header.count(name) > 1})
    if twice:
        raise Unreadable(f"{path} has the column {twice[0]} twice; keep one.")
    return header


def _csv_record(line: int, position: int, header: list[str], cells: list[str]) -> Record:
    if len(cells) > len(header):
        wrong = (
            f"holds {len(cells)} cells, and the first line names {len(header)}; quote cells that hold commas"
        )
        return Record(line, position, None, wrong)
    fields = {name: _csv_cell(cell) for name, cell in zip(header, cells, strict=False) if name in FIELDS}
    return Record(line, position, fields)


def _csv_cell(cell: str) -> str | type[Broken] | None:
    try:
        cell.encode()
    except UnicodeEncodeError:
        return Broken
    return cell or None


def _parquet(path: Path) -> Iterator[Record]:
    file = _open_parquet(path)
    names = list(file.schema_arrow.names)
    _require_note(path, names)
    row = 0
    for batch in file.iter_batches(batch_size=BATCH, columns=[name for name in FIELDS if name in names]):
        columns = {name: _parquet_values(batch.column(name)) for name in batch.schema.names}
        for values in zip(*columns.values(), strict=True):
            row += 1
            yield Record(row, row, dict(zip(columns, values, strict=True)))


def _open_parquet(path: Path) -> "ParquetFile":
    import pyarrow
    from pyarrow.parquet import ParquetFile

    try:
        return ParquetFile(path)
    except pyarrow.ArrowException as error:
        raise Unreadable(f"{path} is no Parquet file ({type(error).__name__}).") from None


def _parquet_values(column: Any) -> list[Any]:
    """Take text as bytes first: Arrow does not check it, and one broken value must not cost the batch."""
    import pyarrow

    if pyarrow.types.is_dictionary(column.type):
        column = column.dictionary_decode()
    if pyarrow.types.is_string(column.type) or pyarrow.types.is_large_string(column.type):
        return [_decoded(value) for value in column.cast(pyarrow.large_binary()).to_pylist()]
    return [None if isinstance(value, float) and math.isnan(value) else value for value in column.to_pylist()]


def _decoded(value: bytes | None) -> str | type[Broken] | None:
    try:
        return None if value is None else value.decode("utf-8")
    except UnicodeDecodeError:
        return Broken


def _require_note(path: Path, names: list[str]) -> None:
    if "note" not in names:
        raise Unreadable(f"{path} has no column `note`; it has {', '.join(names[:12]) or 'none'}.")


_READERS: Final[dict[str, Callable[[Path], Iterator[Record]]]] = {
    ".jsonl": _json_lines,
    ".csv": _csv,
    ".parquet": _parquet,
}
ENDINGS: Final = tuple(_READERS)
"""The endings of files that can be read."""
