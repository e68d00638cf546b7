"""A column map: how a center's own file names and writes what the codebook calls note, categories, acuity."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from training import Unusable

Ours = Literal["note", "id", "center", "categories", "acuity", "weapon", "hazards"]
Label = Literal["categories", "acuity", "weapon", "hazards"]
Value = str | int | list[str] | None

LISTS = frozenset({"categories", "hazards"})


class BadColumnMap(Unusable):
    """A column map that cannot be used; says where and why."""


class ColumnMap(BaseModel):
    """How to read somebody else's columns. A YAML or JSON file; every part may be left out.

    Parameters
    ----------
    columns : dict
        Our field to their column. Columns that are not named are ignored.
    separators : dict
        What parts the values of a list in one cell; `;` where nothing is said.
    values : dict
        For each label, their writing to ours. A whole cell is looked up first, then each part of a list.
        `null` means not labeled, `none` (or an empty list) none of them. An empty cell means not labeled,
        unless `""` is given here.
    center : str, optional
        The center of every record, where the file has no column for it.
    delimiter : str
        What parts the cells of a CSV file.

    Examples
    --------
    >>> ColumnMap(columns={"note": "NARR", "acuity": "PRI"}, values={"acuity": {"P1": 4}}).translate(
    ...     {"NARR": "MALE DOWN", "PRI": "P1", "BEAT": "7"}
    ... )
    {'note': 'MALE DOWN', 'acuity': 4}
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    columns: dict[Ours, str] = {}
    separators: dict[Literal["categories", "hazards"], str] = {}
    values: dict[Label, dict[str, Value]] = {}
    center: str | None = None
    delimiter: str = Field(default=",", min_length=1, max_length=1)

    @classmethod
    def read(cls, path: str | Path) -> "ColumnMap":
        """Read the map from a YAML (or JSON) file, or say what in it cannot be used."""
        try:
            return cls.model_validate(yaml.safe_load(Path(path).read_text(encoding="utf-8")) or {})
        except OSError as error:
            raise BadColumnMap(f"{path} cannot be read: {error.strerror}") from None
        except yaml.YAMLError as error:
            raise BadColumnMap(f"{path} is no YAML: {error}") from None
        except ValidationError as error:
            faults = "; ".join(f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors())
            raise BadColumnMap(f"{path}: {faults}") from None

    def translate(self, row: Mapping[str, Any]) -> dict[str, Any]:
        """Return the row as a record of ours: fields renamed, values translated, unlabeled ones left out."""
        pairs = self.columns.items() if self.columns else ((field, field) for field in row)
        record = {ours: self._value(ours, row.get(theirs)) for ours, theirs in pairs}
        if self.center is not None:
            record["center"] = self.center
        return {field: value for field, value in record.items() if value is not None}

    def _value(self, field: str, cell: Any) -> Any:
        if field == "note" or not isinstance(cell, str):
            return cell
        cell = cell.strip()
        table: dict[str, Value] = self.values.get(field, {})  # type: ignore[call-overload]
        if cell in table:
            cell = table[cell]
        elif cell == "":
            return None
        elif field in LISTS and cell != "none":
            parts = [part.strip() for part in cell.split(self.separators.get(field, ";"))]  # type: ignore[call-overload]
            return [table.get(part, part) for part in parts if part]
        if field in LISTS and isinstance(cell, str):
            return [] if cell == "none" else [cell]
        if field == "acuity" and isinstance(cell, str):
            return _whole(cell)
        return cell


def _whole(cell: str) -> int | str:
    """Read `3` and `3.0` (as pandas writes a column with gaps) as 3; anything else stays what it is."""
    try:
        number = float(cell)
    except ValueError:
        return cell
    return int(number) if number.is_integer() else cell
