"""What each part of the model pays: the reading half's centers judged three at a time by models without it.

Only the reading half is used, since choices are made by this table. Figures are those of the model alone.
"""

import hashlib
import pickle  # reads only files that this module wrote into the data directory  # nosec B403
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from typing import Any, Final
from unittest.mock import patch

import numpy as np
from joblib import Parallel, delayed

from classifier import features
from classifier.labels import LabeledNote
from classifier.model import ASKED, QUESTIONS, CallModel, targets
from models import files
from training import corpus, provenance
from training.folds import Fold, leave_centers_out
from training.metrics import contributions, figures
from training.outcomes import Array, Said, Truth
from training.progress import track

PARTS: Final = 3

Answers = tuple[Array, Array, Array]
"""Probabilities of the categories, the thresholds that decide, and levels of acuity."""


class _Straight:
    """In the place of the network: the linear models' own answers."""

    def __init__(self, scores: Array, answers: Array) -> None:
        pass

    def logits(self, scores: Array) -> Array:
        return np.asarray(scores[:, :QUESTIONS])


class _WithoutNetwork(CallModel):
    def _network(self, scores: Array, answers: Array) -> Any:
        return _Straight(scores, answers)


class _WithoutSideQuestions(CallModel):
    def fit(self, X: Sequence[str], y: Array, groups: Sequence[str] | None = None) -> "_WithoutSideQuestions":
        super().fit(X, y[:, :ASKED], groups)
        return self


def _without_view(view: str) -> Callable[[], AbstractContextManager[None]]:
    @contextmanager
    def blanked() -> Iterator[None]:
        whole = vars(features.Seen)["bags"].func
        with patch.object(features.Seen, "bags", property(lambda seen: {**whole(seen), view: ["nothing"]})):
            yield

    return blanked


@contextmanager
def _without_assertion() -> Iterator[None]:
    with patch.object(features, "concept_feature", lambda mention: mention.concept):
        yield


@contextmanager
def _told_apart() -> Iterator[None]:
    with patch.object(features, "alike", str), patch.object(features, "typed_alike", str):
        yield


Variant = tuple[type[CallModel], Callable[[], AbstractContextManager[None]], bool]

VARIANTS: Final[dict[str, Variant]] = {
    "the whole model": (CallModel, nullcontext, True),
    "without pieces of words": (CallModel, _without_view("pieces"), True),
    "without words and pairs": (CallModel, _without_view("words"), True),
    "without concepts": (CallModel, _without_view("concepts"), True),
    "without the sequence of words and concepts": (CallModel, _without_view("sequence"), True),
    "without what the rules found": (CallModel, _without_view("rules"), True),
    "without assertion of concepts": (CallModel, _without_assertion, True),
    "without the network": (_WithoutNetwork, nullcontext, True),
    "without hazards and weapon status as questions": (_WithoutSideQuestions, nullcontext, True),
    "without the supplement": (CallModel, nullcontext, False),
    "with sex and origin told apart": (CallModel, _told_apart, True),
}


def run(folder: Path, jobs: int) -> dict[str, Any]:
    """Return the figures of each variant.

    Parameters
    ----------
    folder : Path
        Where what finished fits said is kept: a run that was stopped goes on.
    jobs : int
        Fits at a time.
    """
    notes = [note for note in corpus.packaged() if note.center in corpus.READING]
    supplement = corpus.supplement()
    folds = leave_centers_out(notes, PARTS)
    tasks = [(name, fold) for name in VARIANTS for fold in folds]
    each = Parallel(n_jobs=jobs, return_as="generator")(
        delayed(_said)(name, fold, notes, supplement, folder) for name, fold in tasks
    )
    said = list(track(each, len(tasks), "Fitting without a part"))
    rows = []
    for place, name in enumerate(VARIANTS):
        parts = said[place * len(folds) : (place + 1) * len(folds)]
        rows.append(_row(name, [notes[row] for fold in folds for row in fold.judge], parts))
    return {"ablation": rows}


def _said(
    name: str,
    fold: Fold,
    notes: Sequence[LabeledNote],
    supplement: Sequence[LabeledNote],
    folder: Path,
) -> Answers:
    kind, context, with_supplement = VARIANTS[name]
    learn = [*(notes[row] for row in fold.learn), *(supplement if with_supplement else ())]
    parts = [name, corpus.digest(learn), provenance.model_code(), repr(provenance.packages())]
    path = folder / f"{hashlib.sha256(repr(parts).encode()).hexdigest()[:32]}.said"
    if path.exists():
        kept: Answers = pickle.loads(path.read_bytes())  # noqa: S301  # nosec B301
        return kept
    with context():
        model = kind(n_jobs=1).fit(
            [note.note for note in learn],
            targets(note.model_dump() for note in learn),
            [note.center or "" for note in learn],
        )
        categories, levels = model.predict_proba([notes[row].note for row in fold.judge])
    answers = (categories, model.thresholds_, model.acuity(levels))
    folder.mkdir(parents=True, exist_ok=True)
    files.write(path, pickle.dumps(answers))
    return answers


def _row(name: str, notes: Sequence[LabeledNote], parts: Sequence[Answers]) -> dict[str, Any]:
    said = Said(
        suggested=np.concatenate([categories >= thresholds for categories, thresholds, _ in parts]),
        acuity=np.concatenate([levels for _, _, levels in parts]).astype(float),
        probability=np.concatenate([categories for categories, _, _ in parts]),
    )
    sums = {key: column.sum() for key, column in contributions(Truth.of(notes), said).items()}
    found = figures(sums)
    keys = {
        "macro F1": "macro_f1",
        "weapons F1": "weapons_present.f1",
        "acuity exact": "acuity.exact",
        "kappa": "acuity.kappa",
        "two too low": "acuity.two_too_low",
        "calibration error": "calibration_error",
    }
    return {"model": name, **{title: round(float(found[key]), 3) for title, key in keys.items()}}
