"""The questions that are worth asking, and what each keyed answer makes of a call: `questions.yaml`."""

from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Any, Final, get_args

from pydantic import BaseModel, ConfigDict, Field, ValidationInfo, model_validator

from classifier import yamlfile
from classifier.condition import When, unknown
from classifier.policyfile import Term, known_conditions
from classifier.request import Answers
from classifier.terms import LEAST_ACUITY, Acuity, Hazard, Weapon

QUESTIONS: Final = Path(__file__).with_name("questions.yaml")


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True)


class AnswerHit(_Part):
    """The danger that an answer asserts."""

    rule: Annotated[str, Field(pattern=r"^answer-[a-z-]+$")]
    hazard: Hazard
    floor: Acuity
    reason: Annotated[str, Field(min_length=1)]


class Answer(_Part):
    """What an answer makes of a call.

    Parameters
    ----------
    terms : list of str
        What becomes true.
    clears : list of str
        Facts that are no longer true; a hit is never removed.
    weapon : str, optional
        The weapon status, where the note has none or asked without an answer.
    hit : AnswerHit, optional
        The danger that it asserts.
    """

    terms: tuple[Term, ...] = ()
    clears: tuple[Term, ...] = ()
    weapon: Weapon | None = None
    hit: AnswerHit | None = None


NOTHING: Final = Answer()
"""An answer that changes nothing but that the question has been asked."""


class Ask(_Part):
    """One question: the fact it asks for, its words, when it may be asked, and its answers."""

    fact: str
    leads: bool = False
    question: Annotated[str, Field(min_length=1)]
    first: int
    when: When
    answers: dict[str, Answer]

    @model_validator(mode="before")
    @classmethod
    def _named(cls, data: Any, info: ValidationInfo) -> Any:
        if isinstance(data, dict) and info.context is not None:
            info.context["where"] = f"question {data.get('fact')}: "
        return data

    @model_validator(mode="after")
    def _closed(self) -> "Ask":
        """Hold the answers to the contract's, and the floors to the codebook's."""
        allowed = _closed_answers(self.fact)
        if tuple(self.answers) != allowed:
            raise ValueError(
                f"question {self.fact}: answers {list(self.answers)}; the contract has {list(allowed)}"
            )
        for name, answer in self.answers.items():
            if answer.hit and answer.hit.floor < LEAST_ACUITY[answer.hit.hazard]:
                least = LEAST_ACUITY[answer.hit.hazard]
                raise ValueError(
                    f"question {self.fact}: {name}: {answer.hit.hazard} has a floor of at least {least}"
                )
        return self


class QuestionFile(_Part):
    """The content of `questions.yaml`."""

    questions: tuple[Ask, ...]

    @model_validator(mode="before")
    @classmethod
    def _names(cls, data: Any, info: ValidationInfo) -> Any:
        assert info.context is not None
        info.context["names"] = known_conditions()
        return data


@lru_cache(maxsize=1)
def questions() -> tuple[Ask, ...]:
    """Return every question, the first to ask first."""
    asked = yamlfile.load(QUESTIONS, QuestionFile, context={}).questions
    return tuple(sorted(asked, key=lambda question: question.first))


def answered(answers: Answers) -> Iterator[tuple[str, str, Answer]]:
    """Yield every answer given: the fact, the answer's name, and what it makes of the call."""
    for question in questions():
        name = getattr(answers, question.fact, None)
        if name is not None:
            yield question.fact, name, question.answers[name]


def _closed_answers(fact: str) -> tuple[str, ...]:
    """Return the answers that the contract allows for a fact; none for a question that has no key."""
    if fact == "what":
        return ()
    field = Answers.model_fields.get(fact)
    if field is None:
        raise ValueError(unknown(fact, "fact of a request's answers", [*Answers.model_fields, "what"]))
    return tuple(value for part in get_args(field.annotation) for value in get_args(part))
