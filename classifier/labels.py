"""A call note with its labels, held to the codebook's rules. A missing label is no answer, not a 'no'."""

from collections.abc import Iterator
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Annotated, Any, TypeVar

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from classifier.request import MOST_CODE_POINTS, NoteText
from classifier.terms import CATEGORIES, HAZARDS, LEAST_ACUITY, WEAPON, Acuity, Category, Hazard, Weapon

_Names = TypeVar("_Names", bound=tuple[str, ...])


def _each_once(values: _Names) -> _Names:
    if len(set(values)) < len(values):
        raise ValueError("names a value twice; list each value once")
    return values


def _no_yes_or_no(value: object) -> object:
    return repr(value) if isinstance(value, bool) else value  # else True would pass as level 1


class LabeledNote(BaseModel):
    """One record of labeled data: a note, and at least one label.

    Parameters
    ----------
    note : str
        The note as typed.
    id, center : str, optional
        The record's own id, and the center it comes from: what is left out together when a model is judged.
    categories : tuple of str, optional
        Which of the four apply; empty for none of them, absent where nobody said.
    acuity : int, optional
        1 routine, 2 moderate, 3 urgent, 4 emergent.
    weapon : str, optional
        What the note says of weapons.
    hazards : tuple of str, optional
        Dangers asserted now; empty for none, absent where nobody said.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    note: NoteText
    id: Annotated[str, Field(coerce_numbers_to_str=True)] | None = None
    center: Annotated[str, Field(coerce_numbers_to_str=True, min_length=1)] | None = None
    categories: Annotated[tuple[Category, ...], AfterValidator(_each_once)] | None = None
    acuity: Annotated[Acuity, BeforeValidator(_no_yes_or_no)] | None = None
    weapon: Weapon | None = None
    hazards: Annotated[tuple[Hazard, ...], AfterValidator(_each_once)] | None = None


LABELS = ("categories", "acuity", "weapon", "hazards")

_ALLOWED: dict[str, tuple[object, ...]] = {
    "categories": CATEGORIES,
    "acuity": (1, 2, 3, 4),
    "weapon": WEAPON,
    "hazards": HAZARDS,
}


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with one field of a record, and what to do about it. Never holds the note."""

    field: str
    message: str


class BadRecord(ValueError):
    """A record that breaks the codebook's rules; `problems` names every one that was found."""

    def __init__(self, problems: list[Problem]) -> None:
        """Keep the problems, and tell them all in one sentence."""
        super().__init__("; ".join(f"{problem.field} {problem.message}" for problem in problems))
        self.problems = problems


def checked(record: object) -> LabeledNote:
    """Return the record as a labeled note, or say everything that is wrong with it.

    Parameters
    ----------
    record : object
        What stood in the data: a mapping from field to value.

    Returns
    -------
    LabeledNote

    Raises
    ------
    BadRecord
        With one `Problem` for each field that is unknown, malformed or contradicts another one.
    """
    if not isinstance(record, dict):
        kind = type(record).__name__
        raise BadRecord([Problem("record", f"is a {kind}; give an object with a note and its labels")])
    try:
        labeled = LabeledNote.model_validate(record)
    except ValidationError as error:
        raise BadRecord([_explained(details) for details in error.errors()]) from None
    problems = list(contradictions(labeled))
    if problems:
        raise BadRecord(problems)
    return labeled


def contradictions(labeled: LabeledNote) -> Iterator[Problem]:
    """Yield where labels contradict each other by the codebook; what is not labeled contradicts nothing."""
    if all(getattr(labeled, label) is None for label in LABELS):
        yield Problem("labels", f"are all missing; give at least one of {_listed(LABELS)}")
    yield from _weapon_contradictions(labeled)
    yield from _acuity_contradictions(labeled)


def _weapon_contradictions(labeled: LabeledNote) -> Iterator[Problem]:
    """The same fact is told up to three times: `weapon`, the category and the hazard must agree."""
    said = {
        "weapon": None if labeled.weapon is None else labeled.weapon == "present",
        "categories": None if labeled.categories is None else "weapons_present" in labeled.categories,
        "hazards": None if labeled.hazards is None else "weapon" in labeled.hazards,
    }
    words = {
        "weapon": ("is present", f"is {labeled.weapon}"),
        "categories": ("name weapons_present", "do not name weapons_present"),
        "hazards": ("name weapon", "do not name weapon"),
    }
    told = [(field, value) for field, value in said.items() if value is not None]
    if len(told) < 2:
        return
    (first, expected), *others = told
    for field, value in others:
        if value != expected:
            yield Problem(
                field,
                f"{words[field][not value]}, but {first} {words[first][not expected]}; "
                "a weapon is present exactly when weapons_present is a category and weapon a hazard",
            )


def _acuity_contradictions(labeled: LabeledNote) -> Iterator[Problem]:
    if labeled.acuity is None:
        return
    present = labeled.weapon == "present" or "weapons_present" in (labeled.categories or ())
    hazards: set[Hazard] = {*(labeled.hazards or ()), *(("weapon",) if present else ())}
    for hazard in sorted(hazards):
        least = LEAST_ACUITY[hazard]
        if labeled.acuity < least:
            allowed = "4" if least == 4 else "3 or 4"
            yield Problem("acuity", f"is {labeled.acuity}, but {hazard} means {allowed}")
    if labeled.acuity == 4 and labeled.hazards == () and not present:
        yield Problem("acuity", "is 4, which needs at least one hazard; name the hazard, or give 3 or less")


def _explained(details: Any) -> Problem:
    """Turn pydantic's error into a sentence that says what was got, what is allowed and what to do."""
    field = str(details["loc"][0])
    kind, got = details["type"], details["input"]
    if kind == "extra_forbidden":
        near = get_close_matches(field, LabeledNote.model_fields, n=1)
        hint = f"did you mean {near[0]}?" if near else "drop it, or name the columns to read in a column map"
        return Problem(field, f"is no field of a labeled note; {hint}")
    if kind == "missing":
        return Problem(field, "is missing; every record needs one")
    if kind == "value_error":
        return Problem(field, str(details["ctx"]["error"]))
    if field in _ALLOWED and kind == "literal_error":
        return Problem(field, f"got {_shown(got)}; use one of {_listed(_ALLOWED[field])}")
    if field in ("categories", "hazards"):
        return Problem(field, f"got {_shown(got)}; give a list, [] for none")
    if kind == "string_too_long":
        return Problem(field, f"has {len(got):,} code points; at most {MOST_CODE_POINTS:,} are read")
    if kind == "string_unicode":
        return Problem(field, "holds a lone surrogate, which is no character; save the file as valid UTF-8")
    if kind == "string_too_short":
        return Problem(field, "is empty; name it, or leave the field out")
    return Problem(field, f"is {type(got).__name__} where text belongs")


def _shown(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 40 else text[:39] + "…"


def _listed(values: tuple[object, ...]) -> str:
    return ", ".join(str(value) for value in values)
