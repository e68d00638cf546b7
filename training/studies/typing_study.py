"""While typing: how good a suggestion is by the share of the note typed, how steady, and how early."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np

from classifier.labels import LabeledNote
from classifier.recommender import Recommender
from classifier.suggestion import Suggestion
from training.metrics import contributions, figures
from training.outcomes import Said, Truth
from training.progress import track
from training.studies import fitted

SHARES: Final = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0)
EACH: Final = 5
"""Of the unread half, every fifth note is judged by share typed."""

WATCHED: Final = 40
"""Every so many notes of the unread half are followed keystroke by keystroke."""

SECONDS_A_KEY: Final = 60 / (40 * 5)
"""At 40 words a minute, a word being five keystrokes (the typists' standard word, blank included)."""


def run(folder: Path, jobs: int) -> dict[str, Any]:
    """Return figures by share typed, changes from keystroke to keystroke, and seconds saved.

    Parameters
    ----------
    folder : Path
        Where the fitted model is kept.
    jobs : int
        Cores for the fit.
    """
    recommender = Recommender(fitted.of_reading_half(folder, jobs), model_version="of the reading half")
    return {
        "by_share": _by_share(recommender, fitted.unread(EACH)),
        "by_keystroke": _steadiness(recommender, fitted.unread(WATCHED)),
    }


def _by_share(recommender: Recommender, notes: Sequence[LabeledNote]) -> list[dict[str, Any]]:
    truth = Truth.of(notes)
    rows = []
    for share in track(SHARES, len(SHARES), "By share typed"):
        typed = [note.note[: max(1, round(share * len(note.note)))] for note in notes]
        said = Said.of([recommender.suggest(text, evidence=False) for text in map(_not_blank, typed)])
        sums = {name: column.sum() for name, column in contributions(truth, said).items()}
        found = figures(sums)
        keys = {
            "macro F1": "macro_f1",
            "weapons recall": "weapons_present.recall",
            "weapons precision": "weapons_present.precision",
            "acuity exact": "acuity.exact",
            "two too low": "acuity.two_too_low",
            "other dangers, recall": "hazard.other_eight.recall",
        }
        shown = {title: round(float(found[key]), 3) for title, key in keys.items()}
        rows.append({"typed": f"{share:.0%}", **shown})
    return rows


def _steadiness(recommender: Recommender, notes: Sequence[LabeledNote]) -> list[dict[str, Any]]:
    """Follow what is shown through every keystroke of some notes, each judged at the end of the note."""
    shown = {"unit": _unit, "acuity": _level, "categories": _categories, "all of it": _all}
    changes: dict[str, list[int]] = {name: [] for name in shown}
    back: dict[str, list[int]] = {name: [] for name in shown}
    saved: dict[str, list[float]] = {name: [] for name in shown}
    for note in track(notes, len(notes), "Keystroke by keystroke"):
        typed = [note.note[:length] for length in range(1, len(note.note) + 1)]
        said = [recommender.suggest(text, evidence=False) for text in map(_not_blank, typed)]
        for name, look in shown.items():
            seen = [look(suggestion) for suggestion in said]
            turns = [i for i in range(1, len(seen)) if seen[i] != seen[i - 1]]
            changes[name].append(len(turns))
            back[name].append(sum(seen[turn] in seen[: turn - 1] for turn in turns))
            settled = turns[-1] + 1 if turns else 1
            saved[name].append((len(seen) - settled) * SECONDS_A_KEY)
    keys = float(np.mean([len(note.note) for note in notes]))
    return [
        {
            "shown": name,
            "notes": len(notes),
            "keystrokes a note": round(keys, 1),
            "changes a note": round(float(np.mean(changes[name])), 2),
            "of them back to something shown before": round(float(np.mean(back[name])), 2),
            "settled before the end, seconds, median": round(float(np.median(saved[name])), 1),
            "settled before the end, seconds, mean": round(float(np.mean(saved[name])), 1),
        }
        for name in shown
    ]


def _not_blank(text: str) -> str:
    return text if text.strip() else "."


def _unit(suggestion: Suggestion) -> object:
    return suggestion["response"]["unit"]


def _level(suggestion: Suggestion) -> object:
    return suggestion["acuity"]["level"]


def _categories(suggestion: Suggestion) -> object:
    return tuple(entry["suggested"] for entry in suggestion["categories"])


def _all(suggestion: Suggestion) -> object:
    return _unit(suggestion), _level(suggestion), _categories(suggestion)
