"""What went wrong, note by note, gravest first; never a note of the unread half."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from classifier.labels import LabeledNote
from classifier.terms import CATEGORIES, HAZARDS
from models.store import digest
from training import corpus
from training.evaluate import Judged
from training.outcomes import Array, Said


def errors(notes: Sequence[LabeledNote], judged: Judged) -> list[dict[str, Any]]:
    """Return every note that the system and the labels do not agree on.

    Parameters
    ----------
    notes : sequence of LabeledNote
        The notes whose rows were judged.
    judged : Judged
        What was said of them.

    Returns
    -------
    list of dict
        `id`, `center`, `note`, and `wrong`: for each field that differs, what the labels say and what was
        said. Dangers that were missed come first, then levels too low, then the rest.
    """
    hidden = {digest(note.note) for note in corpus.packaged() if note.center in corpus.UNREAD}
    found = []
    for i, row in enumerate(judged.rows):
        note = notes[row]
        if digest(note.note) in hidden:
            continue
        wrong = _wrong(note, judged.system, i)
        if wrong:
            found.append({"id": note.id, "center": note.center, "note": note.note, "wrong": wrong})
    return sorted(found, key=_gravity, reverse=True)


def _wrong(note: LabeledNote, said: Said, i: int) -> dict[str, dict[str, Any]]:
    heard: dict[str, Any] = {
        "categories": _names(CATEGORIES, said.suggested[i]),
        "acuity": None if np.isnan(said.acuity[i]) else int(said.acuity[i]),
        "weapon": None if said.weapon is None else said.weapon[i],
        "hazards": None if said.hazards is None else _names(HAZARDS, said.hazards[i]),
    }
    labels = note.model_dump(include=set(heard))
    return {
        field: {"labels": _plain(labels[field]), "said": value}
        for field, value in heard.items()
        if labels[field] is not None and value is not None and _plain(labels[field]) != value
    }


def _gravity(error: dict[str, Any]) -> tuple[int, int, int]:
    wrong = error["wrong"]
    hazards = wrong.get("hazards", {"labels": [], "said": []})
    acuity = wrong.get("acuity", {"labels": 0, "said": 0})
    missed = len(set(hazards["labels"]) - set(hazards["said"]))
    return missed, acuity["labels"] - acuity["said"], len(wrong)


def _plain(value: Any) -> Any:
    return sorted(value) if isinstance(value, tuple) else value


def _names(names: Sequence[str], flags: Array) -> list[str]:
    return sorted(name for name, flag in zip(names, flags, strict=True) if flag)
