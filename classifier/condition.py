"""Conditions over the terms of a call: what the rows of a policy and the questions of a console ask for.

A condition is a term, ``not`` and a term, or ``{all: [...]}`` and ``{any: [...]}`` of conditions.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Annotated, Any, Final

from pydantic import PlainValidator, ValidationInfo

Terms = frozenset[str]
"""The terms that are true of a call; what is absent is not known to be true."""


@dataclass(frozen=True, slots=True)
class Condition:
    """A condition ready to ask.

    Attributes
    ----------
    holds : callable
        Takes the true terms; gives whether the condition holds of them.
    terms : frozenset of str
        Every term it looks at.
    only : tuple of (str, bool), optional
        The term and whether it must be true, where that is all it asks.
    """

    holds: Callable[[Terms], bool]
    terms: frozenset[str]
    only: tuple[str, bool] | None = None


ALWAYS: Final = Condition(lambda terms: True, frozenset())
NEVER: Final = Condition(lambda terms: False, frozenset())


def condition(said: object, names: Mapping[str, Condition]) -> Condition:
    """Build a condition from how a file says it.

    Parameters
    ----------
    said : object
        A name, ``not`` and a name, a mapping with ``all`` or ``any``, or plainly true or false.
    names : mapping of str to Condition
        What a name stands for.

    Raises
    ------
    ValueError
        When a name is unknown or the form is another one; says what is allowed.
    """
    if isinstance(said, bool):
        return ALWAYS if said else NEVER
    if isinstance(said, str):
        denied = said.startswith("not ")
        name = said.removeprefix("not ").strip()
        if name not in names:
            raise ValueError(unknown(name, "term", names))
        return _negated(names[name]) if denied else names[name]
    if isinstance(said, dict) and len(said) == 1 and (word := next(iter(said))) in {"all", "any"}:
        parts = said[word]
        if isinstance(parts, list) and parts:
            return _joined(word, [condition(part, names) for part in parts])
    raise ValueError(f"{said!r} is no condition; write a term, 'not term', {{all: [...]}} or {{any: [...]}}")


def term(name: str) -> Condition:
    """Return the condition that a single term is true."""
    return Condition(lambda terms: name in terms, frozenset({name}), (name, True))


def unknown(name: str, what: str, allowed: Iterable[str]) -> str:
    """Say that a name is unknown, what was probably meant, and what is allowed."""
    names = list(allowed)
    near = get_close_matches(name, names, n=1)
    meant = f", did you mean {near[0]!r}?" if near else ""
    return f"{name!r} is no {what}{meant} Allowed: {', '.join(names)}"


def _negated(inner: Condition) -> Condition:
    holds = inner.holds
    only = None if inner.only is None else (inner.only[0], not inner.only[1])
    return Condition(lambda terms: not holds(terms), inner.terms, only)


def _joined(word: str, parts: list[Condition]) -> Condition:
    """Join conditions; plain terms are asked for together, since it happens at every keystroke."""
    looks_at = frozenset().union(*(part.terms for part in parts))
    present = frozenset(part.only[0] for part in parts if part.only and part.only[1])
    absent = frozenset(part.only[0] for part in parts if part.only and not part.only[1])
    others = tuple(part.holds for part in parts if not part.only)
    if word == "all":
        return Condition(lambda terms: _all(terms, present, absent, others), looks_at)
    return Condition(lambda terms: _any(terms, present, absent, others), looks_at)


def _all(terms: Terms, present: Terms, absent: Terms, others: tuple[Callable[[Terms], bool], ...]) -> bool:
    if not (present <= terms and absent.isdisjoint(terms)):
        return False
    return not others or all(holds(terms) for holds in others)


def _any(terms: Terms, present: Terms, absent: Terms, others: tuple[Callable[[Terms], bool], ...]) -> bool:
    if not present.isdisjoint(terms) or not absent <= terms:
        return True
    return bool(others) and any(holds(terms) for holds in others)


def _in_file(said: Any, info: ValidationInfo) -> Condition:
    assert info.context is not None
    try:
        return condition(said, info.context["names"])
    except ValueError as error:
        raise ValueError(f"{info.context.get('where', '')}{error}") from None


When = Annotated[Condition, PlainValidator(_in_file)]
"""A condition as a field of a data file, whose form puts the known names into ``info.context["names"]``."""
