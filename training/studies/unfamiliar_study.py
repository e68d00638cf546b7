"""Whether the model says `unsure` where it cannot know: text too short, another language, no call at all."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import yaml

from classifier.model import CallModel
from training.studies import fitted

EACH: Final = 5
STRANGE: Final = Path(__file__).with_name("unfamiliar.yaml")


def run(folder: Path, jobs: int) -> dict[str, Any]:
    """Return by kind of text how much is called unfamiliar, beside call notes of centers never learned."""
    model = fitted.of_reading_half(folder, jobs)
    kinds = {
        "call notes of the unread half": [note.note for note in fitted.unread(EACH)],
        **yaml.safe_load(STRANGE.read_text("utf-8")),
    }
    return {"unfamiliar": [_row(model, kind, texts) for kind, texts in kinds.items()]}


def _row(model: CallModel, kind: str, texts: Sequence[str]) -> dict[str, Any]:
    unsure = sum(not model.familiar(text) for text in texts)
    return {"text": kind, "texts": len(texts), "called unsure": round(unsure / len(texts), 3)}
