"""Whether the evidence is what the model went by: comprehensiveness and sufficiency (DeYoung et al. 2020).

Comprehensiveness: how far the probability of a suggested category falls when all its phrases are deleted.
Sufficiency: how far it falls when nothing but its phrases is left. Beside them the same for as many words
drawn by chance: evidence that does no better than chance explains nothing.
"""

import random
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np

from classifier.evidence import evidence
from classifier.model import CallModel
from classifier.reading import read
from classifier.suggestion import Evidence
from classifier.terms import CATEGORIES
from training.progress import track
from training.studies import fitted

EACH: Final = 10
"""Of the unread half, every tenth note is explained."""

Span = tuple[int, int]


def run(folder: Path, jobs: int) -> dict[str, Any]:
    """Return comprehensiveness and sufficiency by category, beside those of words drawn by chance."""
    model = fitted.of_reading_half(folder, jobs)
    notes = [note.note for note in fitted.unread(EACH)]
    probabilities = model.predict_proba(notes)[0]
    rows: dict[str, list[list[float]]] = {category: [] for category in CATEGORIES}
    chance = random.Random(0)  # noqa: S311  # nosec B311
    for note, row in track(zip(notes, probabilities, strict=True), len(notes), "Explaining"):
        for column in np.flatnonzero(row >= model.thresholds_):
            shown = evidence(model, note, int(column))
            spans = _spans(shown)
            drawn = _drawn(note, spans, chance)
            texts = [_without(note, spans), _only(note, spans), _without(note, drawn), _only(note, drawn)]
            left = _probability(model, texts, int(column))
            rows[CATEGORIES[column]].append([float(row[column]) - value for value in left] + [len(shown)])
    return {"evidence": [_row(category, found) for category, found in rows.items() if found]}


def _row(category: str, found: Sequence[Sequence[float]]) -> dict[str, Any]:
    mean = np.mean(found, axis=0)
    return {
        "category": category,
        "suggestions": len(found),
        "phrases": round(float(mean[4]), 2),
        "comprehensiveness": round(float(mean[0]), 3),
        "sufficiency": round(float(mean[1]), 3),
        "comprehensiveness by chance": round(float(mean[2]), 3),
        "sufficiency by chance": round(float(mean[3]), 3),
    }


def _probability(model: CallModel, texts: Sequence[str], column: int) -> list[float]:
    """Return the probability of each text; of nothing at all, that of a full stop."""
    judged = model.predict_proba([text if text.strip() else "." for text in texts])[0]
    return [float(value) for value in judged[:, column]]


def _spans(shown: Sequence[Evidence]) -> list[Span]:
    return sorted((phrase["start"], phrase["end"]) for phrase in shown)


def _drawn(note: str, spans: Sequence[Span], chance: random.Random) -> list[Span]:
    """Return as many words drawn by chance as the phrases hold."""
    read_note = read(note)
    words = sorted(set(zip(read_note.starts, read_note.ends, strict=True)))
    many = sum(any(start <= a < end for start, end in spans) for a, _ in words)
    return sorted(chance.sample(words, min(many, len(words))))


def _without(note: str, spans: Sequence[Span]) -> str:
    kept, last = [], 0
    for start, end in spans:
        kept.append(note[last:start])
        last = max(last, end)
    return "".join([*kept, note[last:]])


def _only(note: str, spans: Sequence[Span]) -> str:
    return " ".join(note[start:end] for start, end in spans)
