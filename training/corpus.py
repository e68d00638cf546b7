"""Labeled notes from files: the packaged corpus, or a center's own, checked record by record."""

import csv
import hashlib
import io
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any, Final

from classifier.labels import BadRecord, LabeledNote, Problem, checked
from training import Unusable
from training.columns import ColumnMap

READING: Final = frozenset("ACEGJLNQS")
"""The packaged centers that rules, vocabularies and choices of the model may be made from."""

UNREAD: Final = frozenset("BDFIKMPRT")
"""The packaged centers whose notes nobody reads: what was built on the others is judged on these."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing wrong with one record: where it stands, which field, and what to do. Never holds the note."""

    file: str
    line: int
    field: str
    message: str

    def __str__(self) -> str:
        """Tell it in one line, as an editor or a terminal can follow it."""
        return f"{self.file}:{self.line}: {self.field} {self.message}"


class BadData(Unusable):
    """Data that was refused as a whole; `faults` names everything that was found, in order."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        """Keep the faults, and show the first twenty of them."""
        more = [f"… and {len(faults) - 20:,} more"] if len(faults) > 20 else []
        super().__init__("\n".join([*map(str, faults[:20]), *more]))
        self.faults = list(faults)


def load(*paths: str | Path, columns: ColumnMap | None = None) -> list[LabeledNote]:
    """Read labeled notes from JSON Lines (`.jsonl`) and CSV (`.csv`) files.

    Parameters
    ----------
    *paths : str or Path
        The files, read in the order given.
    columns : ColumnMap, optional
        Names the columns that hold our fields and translates their values. Without it the fields must be
        named as in the codebook, and any other is refused: it may be a misspelled label.

    Returns
    -------
    list of LabeledNote
        In the order of the files. A record without a center gets the file's name as its center.

    Raises
    ------
    BadData
        If any record is bad. The faults of all files are collected first, and nothing is returned by half.
    """
    notes: list[LabeledNote] = []
    faults: list[Fault] = []
    seen: dict[str, str] = {}
    for path in map(Path, paths):
        for line, row in _rows(path, columns):
            try:
                note = _labeled(row, path.stem)
                _remember(note, seen, f"{path}:{line}")
            except BadRecord as error:
                faults += [Fault(str(path), line, told.field, told.message) for told in error.problems]
            else:
                notes.append(note)
    if faults:
        raise BadData(faults)
    return notes


def packaged() -> list[LabeledNote]:
    """Return the packaged corpus: 12,500 synthetic notes of eighteen imagined centers."""
    folder = Path(str(files("training") / "corpus"))
    return load(*sorted(folder.glob("center_*.jsonl")))


def supplement() -> list[LabeledNote]:
    """Return the notes that were composed to be learnt from beside the corpus; nothing is judged on them."""
    folder = Path(str(files("training") / "corpus"))
    return load(*sorted(folder.glob("supplement_*.jsonl")))


def digest(notes: Sequence[LabeledNote]) -> str:
    """Return the SHA-256 of notes and labels, in order: the same data in another file has the same one."""
    hasher = hashlib.sha256()
    for note in notes:
        hasher.update(note.model_dump_json(exclude_none=True).encode() + b"\n")
    return hasher.hexdigest()


_Row = tuple[int, Any]
"""Line number and what stood there: a mapping, or a `Problem` where nothing could be made of it."""


def _labeled(row: Any, file: str) -> LabeledNote:
    if isinstance(row, Problem):
        raise BadRecord([row])
    note = checked(row)
    return note if note.center else note.model_copy(update={"center": file})


def _remember(note: LabeledNote, seen: dict[str, str], place: str) -> None:
    """Refuse an id that stood before: a record read twice counts twice, and may be judged on itself."""
    if note.id is None:
        return
    if note.id in seen:
        told = f"{note.id!r} was already used at {seen[note.id]}; give each record its own"
        raise BadRecord([Problem("id", told)])
    seen[note.id] = place


def _rows(path: Path, columns: ColumnMap | None) -> Iterator[_Row]:
    reader = _READERS.get(path.suffix.lower())
    if reader is None:
        yield 0, Problem("file", f"ends in {path.suffix!r}; give one that ends in {' or '.join(_READERS)}")
        return
    try:
        data = path.read_bytes()
    except OSError as error:
        yield 0, Problem("file", f"cannot be read: {error.strerror}")
        return
    yield from reader(data.removeprefix(b"\xef\xbb\xbf"), columns)


def _json_lines(data: bytes, columns: ColumnMap | None) -> Iterator[_Row]:
    for line, text in enumerate(data.split(b"\n"), start=1):
        if not text.strip():
            continue
        try:
            row = json.loads(text.decode())
        except UnicodeDecodeError:
            yield line, Problem("record", "is not UTF-8; save the file as UTF-8")
        except ValueError as error:
            yield line, Problem("record", f"is no JSON object: {error}")
        else:
            yield line, columns.translate(row) if columns and isinstance(row, dict) else row


def _csv(data: bytes, columns: ColumnMap | None) -> Iterator[_Row]:
    columns = columns or ColumnMap()
    # Broken UTF-8 becomes lone surrogates, which the check of the record refuses by line and field.
    text = io.StringIO(data.decode(errors="surrogateescape"), newline="")
    reader = csv.reader(text, delimiter=columns.delimiter, strict=True)
    try:
        header = next(reader, [])
        wrong = list(_header_problems(header, columns))
        yield from ((1, problem) for problem in wrong)
        yield from () if wrong else _csv_rows(reader, header, columns)
    except csv.Error as error:
        yield reader.line_num, Problem("record", f"is no CSV: {error}; quote what holds quotes or line ends")


def _csv_rows(reader: Any, header: list[str], columns: ColumnMap) -> Iterator[_Row]:
    before = reader.line_num
    for cells in reader:
        line, before = before + 1, reader.line_num
        if len(cells) == len(header):
            yield line, columns.translate(dict(zip(header, cells, strict=True)))
        elif cells:
            got = f"has {len(cells)} cells, the header {len(header)}"
            yield line, Problem("record", f"{got}; quote cells that hold {columns.delimiter!r}")


def _header_problems(header: list[str], columns: ColumnMap) -> Iterator[Problem]:
    """Say once for the file what would else be said of every row."""
    has = f"the header names {', '.join(header) or 'nothing'}"
    for theirs in sorted({*columns.columns.values()} - {*header}):
        yield Problem("header", f"lacks {theirs!r}, which the column map names; {has}")
    if columns.columns:
        if "note" not in columns.columns:
            yield Problem("header", f"has no column for note in the column map; {has}")
        return
    for theirs in sorted({*header} - {*LabeledNote.model_fields}):
        yield Problem("header", f"has {theirs!r}, no field of a labeled note; name the columns in a map")
    if "note" not in header:
        yield Problem("header", f"has no column 'note'; {has}")


_READERS = {".jsonl": _json_lines, ".csv": _csv}
