"""Whether a suggestion stays when only who somebody is changes, and how good it is for each group.

Sex, race, age, name, language or neighborhood are swapped in the notes of the unread half (counterfactual
token fairness; Garg et al. 2019, arXiv:1809.10610), and categories, acuity and dangers compared.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import yaml

from classifier.labels import LabeledNote
from classifier.recommender import Recommender
from classifier.suggestion import Suggestion
from training.metrics import contributions, figures
from training.outcomes import Said, Truth
from training.progress import track
from training.studies import fitted

SWAPS: Final = Path(__file__).with_name("fairness.yaml")
AGE: Final = re.compile(r"\b(1[89]|[2-5]\d)(?=\s?-?(?:yo|y/o|yoa|yom|yof|yrs?|year)\b)", re.IGNORECASE)
"""Ages of grown people below sixty; a child's or an old person's may rightly count."""

HER_THING: Final = re.compile(
    r"\bher(?=\s+(?!(?:in|into|on|onto|at|to|with|from|for|if|by|when|while|and|or|but|out|off|up|down|away|back|again"
    r"|is|was|has|to|not|alone|since|until|because|as|than|that|a|an|the|all|so|here|there|home|now|today)\b)[a-z])",
    re.IGNORECASE,
)
"""`her` before a thing of hers, which becomes `his`; elsewhere it becomes `him`."""

FEWEST: Final = 30
"""Notes below which a group has no figures of its own."""

GROUPS: Final[Mapping[str, str]] = {
    "only women spoken of": r"(?=.*\b(she|her|female|woman|wife|mother|mom|daughter|sister|[wbha]/f)\b)"
    r"(?!.*\b(he|him|his|male|man|husband|father|dad|son|brother|[wbha]/m)\b)",
    "only men spoken of": r"(?=.*\b(he|him|his|male|man|husband|father|dad|son|brother|[wbha]/m)\b)"
    r"(?!.*\b(she|her|female|woman|wife|mother|mom|daughter|sister|[wbha]/f)\b)",
    "white": r".*\b(white (male|female|man|woman|guy)|w/[mf]|w[mf]|caucasian)\b",
    "black": r".*\b(black (male|female|man|woman|guy)|b/[mf]|african american)\b",
    "hispanic": r".*\b(hispanic|h/[mf]|latin[oa])\b",
    "18 to 39": r".*\b(1[89]|[23]\d)\s?-?(yo|y/o|yoa|yom|yof|yrs?|year)\b",
    "40 to 59": r".*\b[45]\d\s?-?(yo|y/o|yoa|yom|yof|yrs?|year)\b",
    "60 and older": r".*\b([6-9]\d)\s?-?(yo|y/o|yoa|yom|yof|yrs?|year)\b",
    "a language other than English spoken": r".*\b(spanish|mandarin|arabic|vietnamese|creole|somali|russian"
    r"|interpreter|translator|language line)\b",
}
"""By what a note says of the people in it; case does not matter."""


def run(folder: Path, jobs: int) -> dict[str, Any]:
    """Return how often each swap left the suggestion as it was, and the figures of each group.

    Parameters
    ----------
    folder : Path
        Where the fitted model is kept.
    jobs : int
        Cores for the fit.
    """
    recommender = Recommender(fitted.of_reading_half(folder, jobs), model_version="of the reading half")
    notes = fitted.unread()
    said = [
        recommender.suggest(note.note, evidence=False) for note in track(notes, len(notes), "As they stand")
    ]
    return {
        "swaps": [_stayed(recommender, name, swap, notes, said) for name, swap in swaps().items()],
        "groups": [
            row
            for name, pattern in GROUPS.items()
            if (row := _quality(name, pattern, notes, said)) is not None
        ],
    }


def swaps() -> dict[str, Callable[[str], str]]:
    """Return what each swap makes of a note."""
    content = yaml.safe_load(SWAPS.read_text("utf-8"))
    swapped = {name: _swapper(pairs) for name, pairs in content.items()}
    return swapped | {"sex": _other_sex(swapped["sex"]), "age": _other_age}


def _other_sex(swap: Callable[[str], str]) -> Callable[[str], str]:
    """Mark `her` where it means `his` first: English has one word for two."""
    return lambda note: swap(HER_THING.sub(lambda found: _cased("hers_", found[0]), note))


def _swapper(pairs: Sequence[Sequence[str]]) -> Callable[[str], str]:
    becomes: dict[str, str] = {}
    for one, other in pairs:
        becomes[one] = other
        becomes.setdefault(other, one)
    longest_first = sorted(becomes, key=len, reverse=True)
    words = re.compile(rf"(?<![\w/])({'|'.join(map(re.escape, longest_first))})(?![\w/])", re.IGNORECASE)
    return lambda note: words.sub(lambda found: _cased(becomes[found[0].lower()], found[0]), note)


def _cased(word: str, like: str) -> str:
    if like.isupper():
        return word.upper()
    return word.capitalize() if like[:1].isupper() else word


def _other_age(note: str) -> str:
    return AGE.sub(lambda found: str(77 - int(found[0])), note)


def _stayed(
    recommender: Recommender,
    name: str,
    swap: Callable[[str], str],
    notes: Sequence[LabeledNote],
    said: Sequence[Suggestion],
) -> dict[str, Any]:
    swapped = [(before, swap(note.note)) for note, before in zip(notes, said, strict=True)]
    changed = [pair for note, pair in zip(notes, swapped, strict=True) if pair[1] != note.note]
    same = {"categories": 0, "acuity": 0, "dangers": 0, "all": 0}
    for before, text in track(changed, len(changed), f"Swapping {name}"):
        after = recommender.suggest(text, evidence=False)
        stayed = {
            "categories": _categories(before) == _categories(after),
            "acuity": before["acuity"]["level"] == after["acuity"]["level"],
            "dangers": _dangers(before) == _dangers(after),
        }
        for part, yes in (*stayed.items(), ("all", all(stayed.values()))):
            same[part] += yes
    return {
        "swapped": name,
        "notes": len(changed),
        **{f"{part} stayed": round(count / max(1, len(changed)), 4) for part, count in same.items()},
    }


def _quality(
    name: str, pattern: str, notes: Sequence[LabeledNote], said: Sequence[Suggestion]
) -> dict[str, Any] | None:
    group = re.compile(pattern, re.IGNORECASE | re.DOTALL)
    rows = [row for row, note in enumerate(notes) if group.match(note.note)]
    if len(rows) < FEWEST:
        return None
    columns = contributions(Truth.of([notes[row] for row in rows]), Said.of([said[row] for row in rows]))
    found = figures({name: column.sum() for name, column in columns.items()})
    keys = {
        "macro F1": "macro_f1",
        "weapons recall": "weapons_present.recall",
        "acuity exact": "acuity.exact",
        "two too low": "acuity.two_too_low",
    }
    return {
        "group": name,
        "notes": len(rows),
        **{title: round(float(found[key]), 3) for title, key in keys.items()},
    }


def _categories(suggestion: Suggestion) -> list[bool]:
    return [entry["suggested"] for entry in suggestion["categories"]]


def _dangers(suggestion: Suggestion) -> set[str]:
    return {hit["hazard"] for hit in suggestion["override"]["hits"]}
