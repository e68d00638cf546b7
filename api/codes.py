"""Incident codes: the common list beside the agency's own, one table that a center may replace."""

import logging
from collections.abc import Iterable, Iterator
from functools import cached_property
from pathlib import Path
from typing import Annotated, Final, NotRequired, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator
from typing_extensions import TypedDict

from api.kept import stamp
from classifier import yamlfile
from classifier.suggestion import Suggestion
from classifier.terms import HAZARDS, Category, Hazard

log = logging.getLogger("heartline")

OURS: Final = Path(__file__).with_name("codes.yaml")

Term = Category | Hazard
Text = Annotated[str, Field(min_length=1, max_length=100)]


class SuggestedCode(TypedDict):
    """A code that suits what was read; nobody's own is replaced by it."""

    common: str
    own: str | None
    means: str
    in_2012: NotRequired[str]


class _Closed(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Code(_Closed):
    """A row of the table."""

    common: Text
    means: Text
    own: tuple[Text, ...] = ()
    when: tuple[Annotated[tuple[Term, ...], Field(min_length=1)], ...] = ()
    unless: tuple[Term, ...] = ()
    in_2012: Text | None = None

    def suits(self, true: frozenset[Term]) -> bool:
        """Return whether the code is to be suggested where these terms are true."""
        return any(true.issuperset(all_of) for all_of in self.when) and true.isdisjoint(self.unless)


class Codes(_Closed):
    """The table.

    Parameters
    ----------
    edition : str
        Of the common list.
    codes : tuple of Code
        In the order in which they are suggested.
    cautions : dict of hazard to str
        What a caution says of it.
    """

    edition: Text
    codes: tuple[Code, ...]
    cautions: dict[Hazard, Text]

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if missing := [hazard for hazard in HAZARDS if hazard not in self.cautions]:
            raise ValueError(f"cautions says nothing of {', '.join(missing)}")
        names = [code.common for code in self.codes]
        if twice := {name for name in names if names.count(name) > 1}:
            raise ValueError(f"given twice: {', '.join(sorted(twice))}")
        owns = [own.casefold() for code in self.codes for own in code.own]
        if twice := {own for own in owns if owns.count(own) > 1}:
            raise ValueError(f"two common codes for the own code {', '.join(sorted(twice))}")
        return self

    @cached_property
    def _of_own(self) -> dict[str, str]:
        return {own.casefold(): code.common for code in self.codes for own in code.own}

    def common(self, own: str) -> str | None:
        """Return the common code for one of the agency's own."""
        return self._of_own.get(own.strip().casefold())

    def suggested(self, suggestion: Suggestion) -> list[SuggestedCode]:
        """Return the codes that suit a suggestion, the first the most telling."""
        true = frozenset(_terms(suggestion))
        return [_shown(code) for code in self.codes if code.suits(true)]


def _terms(suggestion: Suggestion) -> Iterator[Term]:
    for category in suggestion["categories"]:
        if category["suggested"]:
            yield category["category"]
    for hit in suggestion["override"]["hits"]:
        yield hit["hazard"]


def _shown(code: Code) -> SuggestedCode:
    shown: SuggestedCode = {
        "common": code.common,
        "own": next(iter(code.own), None),
        "means": code.means,
    }
    if code.in_2012 is not None:
        shown["in_2012"] = code.in_2012
    return shown


def load(path: Path = OURS) -> Codes:
    """Read a table.

    Raises
    ------
    FileError
        When it does not have the form: names the file, the line and the field.
    """
    return yamlfile.load(path, Codes)


class CenterCodes:
    """The table in the data directory, else ours; read again when it changes, kept when the new one is bad.

    Parameters
    ----------
    data_dir : Path
        May hold `codes/codes.yaml`.
    """

    def __init__(self, data_dir: Path) -> None:
        self._path = data_dir / "codes" / "codes.yaml"
        self._stamp: object = None
        self._codes = load()
        self.trouble: str | None = None

    def now(self) -> Codes:
        """Return the table that holds."""
        now = stamp(self._path)
        if now != self._stamp:
            self._stamp = now
            try:
                self._codes, self.trouble = load(OURS if now is None else self._path), None
            except yamlfile.FileError as error:
                self.trouble = str(error)
                log.warning("%s", error)
        return self._codes


def listed(codes: Iterable[SuggestedCode]) -> str:
    """Return codes as one line."""
    return ", ".join(f"{code['common']} ({code['means']})" for code in codes)
