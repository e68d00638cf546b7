"""The files of the behavioral suite, one a capability, and the cases that they hold.

A family of cases tries its capability in one of the three kinds of CheckList (Ribeiro et al. 2020,
arXiv:2005.04118): `MFT`, a minimum of function (this note, this answer); `INV`, invariance (told otherwise,
answered alike); `DIR`, direction (with this appended, the answer must move that way, or must not).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Annotated, Any, Final, Literal, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from classifier import yamlfile
from classifier.terms import Acuity, Hazard, Status, Weapon

SUITE: Final = Path(__file__).with_name("behavior")
"""Heartline's own suite. It follows the codebook; no case is a note of the corpus."""

Kind = Literal["MFT", "INV", "DIR"]


@dataclass(frozen=True, slots=True)
class Case:
    """One thing to try: a note, and with INV and DIR what becomes of it.

    Attributes
    ----------
    capability, family, kind
        Where it belongs.
    note : str
        The note to be read.
    expected : Expected
        What must be made of `note`.
    after : str, optional
        The same told otherwise (INV) or with something appended (DIR).
    moves : Moves, optional
        With DIR, how the answer must move from `note` to `after`.
    pair : str, optional
        The two cases of the same name are the sides of a minimal pair.
    """

    capability: str
    family: str
    kind: Kind
    note: str
    expected: "Expected"
    after: str | None = None
    moves: "Moves | None" = None
    pair: str | None = None

    @property
    def hazards(self) -> frozenset[Hazard]:
        """The dangers that must be found at some time in the case."""
        told = {*(self.expected.hazards or ()), *(self.expected.grows or ())}
        return frozenset(
            told if self.moves is None else self.moves.gains | self.moves.keeps | self.moves.loses
        )


def load(folder: Path = SUITE) -> tuple[Case, ...]:
    """Read every file of a suite, its templates filled in.

    Raises
    ------
    classifier.yamlfile.FileError
        When a file does not have the form; names file, line and field.
    """
    return tuple(
        case
        for path in sorted(folder.glob("*.yaml"))
        for family in yamlfile.load(path, SuiteFile).families
        for case in _cases(path.stem, family)
    )


class _Form(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Expected(_Form):
    """What must be made of a note; what is left out is not looked at.

    Attributes
    ----------
    hazards : set of str, optional
        Exactly the dangers to be hit.
    open : set of str
        Dangers that the codebook leaves open here: hit or not, both are right.
    weapon : str, optional
        The weapon status.
    floor : int, optional
        The floor that the hits together set for the acuity.
    mentions : dict of str to str
        Words of the note, and the status of the mention that stands there.
    grows : dict of str to str
        For a note that is cut after each of its words: the words with which each danger is told. Before them
        it must not be hit, from them on it must; `{}` means that no cut may be hit.
    """

    hazards: frozenset[Hazard] | None = None
    open: frozenset[Hazard] = frozenset()
    weapon: Weapon | None = None
    floor: Acuity | None = None
    mentions: dict[str, Status] = {}
    grows: dict[Hazard, str] | None = None


class Moves(_Form):
    """How an answer must move: the floor, and dangers that must come, stay or go."""

    floor: Literal["not_lower", "higher", "any"] = "not_lower"
    gains: frozenset[Hazard] = frozenset()
    keeps: frozenset[Hazard] = frozenset()
    loses: frozenset[Hazard] = frozenset()


class Statement(Expected):
    """A note, and what is expected of it beyond its family; with `fill` a template of notes."""

    note: str = Field(min_length=1)
    fill: dict[str, Annotated[list[str], Field(min_length=1)]] = {}

    @model_validator(mode="after")
    def _words_stand_in_the_note(self) -> Self:
        for note in self.notes():
            for words in [*self.mentions, *(self.grows or {}).values()]:
                if note.count(words) != 1:
                    raise ValueError(f"{words!r} must stand exactly once in {note!r}")
        return self

    def notes(self) -> Iterator[str]:
        """Yield the note, or every filling of the template."""
        for filling in product(*self.fill.values()):
            note = self.note
            for name, words in zip(self.fill, filling, strict=True):
                note = note.replace(f"{{{name}}}", words)
            yield note


class Variants(Expected):
    """A note, and the same told otherwise; `case` adds upper, lower, title and mixed case."""

    note: str = Field(min_length=1)
    variants: tuple[str, ...] = ()
    case: bool = False


class Change(Moves):
    """A note, what is appended to it, and how the answer must move."""

    note: str = Field(min_length=1)
    append: str = Field(min_length=1)


def _note_alone(value: Any) -> Any:
    return {"note": value} if isinstance(value, str) else value


Told = Annotated[Statement, BeforeValidator(_note_alone)]


class Minimum(_Form):
    """A family of notes with their answers; `against` is expected of the second side of each pair."""

    kind: Literal["MFT"]
    family: str = Field(min_length=1)
    expect: Expected = Expected()
    against: Expected = Expected()
    cases: tuple[Told, ...] = ()
    pairs: tuple[tuple[Told, Told], ...] = ()


class Invariance(_Form):
    """A family of notes that are each told in several ways."""

    kind: Literal["INV"]
    family: str = Field(min_length=1)
    expect: Expected = Expected()
    cases: tuple[Variants, ...] = Field(min_length=1)


class Directional(_Form):
    """A family of notes to which something is appended."""

    kind: Literal["DIR"]
    family: str = Field(min_length=1)
    cases: tuple[Change, ...] = Field(min_length=1)


class SuiteFile(_Form):
    """The content of one file: a capability, named as the file is, and its families."""

    about: str = Field(min_length=1)
    families: tuple[Annotated[Minimum | Invariance | Directional, Field(discriminator="kind")], ...]


def _cases(capability: str, family: Minimum | Invariance | Directional) -> Iterator[Case]:
    if isinstance(family, Minimum):
        yield from _minimum(capability, family)
    elif isinstance(family, Invariance):
        yield from _invariance(capability, family)
    else:
        for change in family.cases:
            moves = Moves(**change.model_dump(exclude={"note", "append"}))
            after = change.note + change.append
            yield Case(capability, family.family, "DIR", change.note, Expected(), after, moves)


def _minimum(capability: str, family: Minimum) -> Iterator[Case]:
    for told in family.cases:
        for note in told.notes():
            yield Case(capability, family.family, "MFT", note, _over(family.expect, told))
    for number, pair in enumerate(family.pairs):
        name = f"{capability}/{family.family}/{number}"
        for told, common in zip(pair, (family.expect, family.against), strict=True):
            yield Case(capability, family.family, "MFT", told.note, _over(common, told), pair=name)


def _invariance(capability: str, family: Invariance) -> Iterator[Case]:
    for told in family.cases:
        expected = _over(family.expect, told)
        for after in [*told.variants, *(_recased(told.note) if told.case else ())]:
            yield Case(capability, family.family, "INV", told.note, expected, after)


def _over(common: Expected, told: Expected) -> Expected:
    """Lay what a note expects by itself over what its family expects."""
    own = told.model_fields_set & set(Expected.model_fields)
    return common.model_copy(update={name: getattr(told, name) for name in own})


def _recased(note: str) -> list[str]:
    title = " ".join(word[:1].upper() + word[1:].lower() for word in note.split(" "))
    mixed = "".join(sign.upper() if i % 2 else sign.lower() for i, sign in enumerate(note))
    return [text for text in dict.fromkeys([note.upper(), note.lower(), title, mixed]) if text != note]
