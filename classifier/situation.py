"""What is true of a call, put together from the note, the model, the answers and the call type.

A situation is plain data: a term, and the words that made it true. The policy reads nothing else.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from classifier.policy import ResponsePolicy, Situation
from classifier.questions import Answer, answered
from classifier.request import Answers
from classifier.rules import Found
from classifier.suggestion import Hit
from classifier.terms import CATEGORY_OF_HAZARD, Acuity, Category, Weapon
from classifier.vocabulary import ACUITY_TERMS, WEAPON_TERMS

FRAGMENT_WORDS: Final = 6
"""An unfamiliar note of fewer words is a fragment; a longer one is in another language."""


def situation(
    *,
    found: Sequence[Found],
    note: str,
    categories: Iterable[Category],
    acuity: int | None,
    weapon: Weapon,
    hits: Sequence[Hit],
    answers: Answers,
    call_type: str | None,
    policy: ResponsePolicy,
    degraded: bool,
    familiar: bool,
) -> dict[str, str]:
    """Put together what is true of a call.

    Parameters
    ----------
    found : sequence of Found
        What the rules found in the note.
    note : str
        The note as typed.
    categories : iterable of str
        The suggested ones.
    acuity : int or None
        The level after the override.
    weapon : str
        The weapon status, answers included.
    hits : sequence of Hit
        The dangers, from the note and from answers.
    answers : Answers
        What was answered by key.
    call_type : str or None
        The center's own call type, looked up in the policy.
    policy : ResponsePolicy
        The city's policy.
    degraded : bool
        Whether the model did not answer.
    familiar : bool
        Whether the model knows enough of the note's words.

    Returns
    -------
    dict of str to str
        Each true term, and the words that made it so: a stretch of the note, or a remark in parentheses.
    """
    terms = dict(_facts(found, note))
    for fact, name, answer in answered(answers):
        _apply(terms, fact, name, answer)
    terms |= dict(_dangers(hits))
    terms |= {category: "" for category in categories if category not in terms}
    for term, words in policy.of_call_type(call_type).items():
        terms.setdefault(term, words)
    if acuity is not None:
        terms[f"acuity_{acuity}"] = ""
    terms[f"weapon_{weapon}"] = _weapon_words(found, note, weapon, answers)
    terms |= dict(_of_weapons(terms, found, note))
    terms |= dict(_who_denies(terms))
    if degraded:
        terms["degraded"] = ""
    if not familiar:
        terms["fragment" if len(_WORD.findall(note)) < FRAGMENT_WORDS else "other_language"] = ""
    return terms


def answer_hits(answers: Answers) -> list[Hit]:
    """Return the dangers that answers assert, as hits of the contract with source `answer`."""
    hits: list[Hit] = []
    for _, _, answer in answered(answers):
        if answer.hit is None:
            continue
        hits.append(
            {
                "rule": answer.hit.rule,
                "hazard": answer.hit.hazard,
                "status": "asserted",
                "start": None,
                "end": None,
                "text": None,
                "reason": answer.hit.reason,
                "acuity_floor": answer.hit.floor,
                "source": "answer",
            }
        )
    return hits


def answer_terms(answers: Answers) -> dict[str, str]:
    """Return what answers make true, with the answer as a remark."""
    terms: dict[str, str] = {}
    for fact, name, answer in answered(answers):
        _apply(terms, fact, name, answer)
    return terms


def with_answer(before: Situation, fact: str, name: str, answer: Answer) -> dict[str, str]:
    """Return the situation after one more answer, as the whole reading would put it together."""
    terms = {term: words for term, words in before.items() if term not in _DENIALS or words}
    _apply(terms, fact, name, answer)
    if answer.hit is not None:
        terms[answer.hit.hazard] = _remark(fact, name)
        terms.pop(f"hedged_{answer.hit.hazard}", None)
        if category := CATEGORY_OF_HAZARD.get(answer.hit.hazard):
            terms[category] = ""
        _raise(terms, answer.hit.floor)
        if answer.hit.hazard == "weapon":
            _set_weapon(terms, "present")
    if answer.weapon is not None and ("weapon_none" in before or "weapon_unknown" in before):
        _set_weapon(terms, answer.weapon)
        if answer.weapon == "denied":
            terms.pop("weapons_present", None)
            terms.pop("model_weapon", None)
    return terms | dict(_who_denies(terms))


_WORD: Final = re.compile(r"[^\W\d_]{2,}")
_DENIALS: Final = frozenset({"denied_first_hand", "denied_second_hand"})
"""Answered in so many words, or worked out, and then without words, from where the caller is."""
_TIME: Final = re.compile(r"(?<!\d)\d{1,2}:\d{2}(?!\d)")


def _facts(found: Iterable[Found], note: str) -> Iterator[tuple[str, str]]:
    """Yield every fact with the words it was first said in."""
    known: set[str] = set()
    for mention in found:
        if mention.raises:
            for fact in sorted(mention.facts - known):
                known.add(fact)
                yield fact, note[mention.start : mention.end]


def _apply(terms: dict[str, str], fact: str, name: str, answer: Answer) -> None:
    for gone in answer.clears:
        terms.pop(gone, None)
    terms[f"answered_{fact}"] = ""
    for term in answer.terms:
        terms[term] = _remark(fact, name)


def _remark(fact: str, name: str) -> str:
    return f"(answered: {fact.replace('_', ' ')} {name.replace('_', ' ')})"


def _dangers(hits: Sequence[Hit]) -> Iterator[tuple[str, str]]:
    """Yield every danger with its gravest words, and whether all its words are hedged."""
    gravest = sorted(hits, key=lambda hit: (-hit["acuity_floor"], hit["status"] != "asserted"))
    stated = {hit["hazard"] for hit in hits if hit["status"] == "asserted"}
    for hit in reversed(gravest):
        yield hit["hazard"], hit["text"] or "(answered)"
        if hit["hazard"] not in stated:
            yield f"hedged_{hit['hazard']}", ""


def _weapon_words(found: Sequence[Found], note: str, weapon: Weapon, answers: Answers) -> str:
    """Return when a denial was typed, if that is known, or that it was answered."""
    if weapon != "denied":
        return ""
    denied = [m for m in found if m.hazard == "weapon" and m.status in {"negated", "corrected"}]
    if not denied:
        return "" if answers.weapon is None else "(answered)"
    times = _TIME.findall(note, 0, denied[-1].end)
    return f"({times[-1]})" if times else ""


def _of_weapons(terms: Situation, found: Iterable[Found], note: str) -> Iterator[tuple[str, str]]:
    """Yield what follows for weapons: suggested by the model alone, or here before."""
    if "weapons_present" in terms and "weapon" not in terms:
        yield "model_weapon", ""
    past = next((m for m in found if m.hazard == "weapon" and m.status == "historical"), None)
    if past is not None and "weapon_away" not in terms:
        yield "weapon_before", note[past.start : past.end]


def _who_denies(terms: Situation) -> Iterator[tuple[str, str]]:
    """Yield whether a denial in the note is first-hand: by somebody there. An answer tells it itself."""
    if "weapon_denied" in terms and not _DENIALS & terms.keys():
        if "with_caller" in terms or "self_calling" in terms:
            yield "denied_first_hand", ""
        elif "missing" in terms:
            yield "denied_second_hand", ""


def _raise(terms: dict[str, str], floor: Acuity) -> None:
    level = max([floor, *(level for level in (1, 2, 3, 4) if f"acuity_{level}" in terms)])
    for other in ACUITY_TERMS:
        terms.pop(other, None)
    terms[f"acuity_{level}"] = ""


def _set_weapon(terms: dict[str, str], status: Weapon) -> None:
    for other in WEAPON_TERMS:
        terms.pop(other, None)
    terms[f"weapon_{status}"] = ""
