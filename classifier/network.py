"""A small network that reads all scores of a note together, since one answer bears on the other.

A knife in hand bears on the acuity, a denied one on the category. It is small enough to be fit by L-BFGS on
all notes at once: no learning rate, no batches, the same result every time.
"""

from typing import Final, NamedTuple

import numpy as np
from joblib import Parallel, delayed
from scipy.optimize import minimize
from scipy.special import expit
from threadpoolctl import threadpool_limits

Array = np.ndarray

HIDDEN: Final = 24
MEMBERS: Final = 4
PENALTY: Final = 1e-3
STEPS: Final = 80


class _Weights(NamedTuple):
    inward: Array  # (inputs + 1, hidden)
    outward: Array  # (hidden + 1, outputs)
    straight: Array  # (inputs, outputs)


class Network:
    """Mean logits of a few networks with one hidden layer and direct connections.

    The mean of such networks is one network, with their hidden layers side by side.

    Parameters
    ----------
    inputs : ndarray of shape (n, p)
    answers : ndarray of shape (n, q)
        1, 0, or NaN where a note does not answer; such entries are left out.
    seed : int
        Where the first network starts from; the others follow.
    jobs : int
        How many networks are fit at a time.
    """

    def __init__(self, inputs: Array, answers: Array, *, seed: int, jobs: int) -> None:
        self.center = inputs.mean(axis=0)
        self.scale = inputs.std(axis=0) + 1e-6
        ready = (inputs - self.center) / self.scale
        # The matrices are small: the algebra library's own threads would wait for one another.
        with threadpool_limits(1):
            members = Parallel(n_jobs=jobs, backend="threading")(
                delayed(_fit)(ready, answers, seed + member) for member in range(MEMBERS)
            )
        self.weights = _mean(members)

    def logits(self, inputs: Array) -> Array:
        """Return the logits of each note for each question."""
        # A matrix product for each note, not one for all: a note gets the same to the last bit in any batch.
        ready = ((inputs - self.center) / self.scale)[:, None, :]
        return _forward(ready, self.weights)[1][:, 0]


def _mean(members: list[_Weights]) -> _Weights:
    outward = [weights.outward / len(members) for weights in members]
    return _Weights(
        np.hstack([weights.inward for weights in members]),
        np.vstack([*(part[:-1] for part in outward), sum(part[-1:] for part in outward)]),
        np.mean([weights.straight for weights in members], axis=0),
    )


def _forward(inputs: Array, weights: _Weights) -> tuple[Array, Array]:
    hidden = np.tanh(inputs @ weights.inward[:-1] + weights.inward[-1])
    return hidden, hidden @ weights.outward[:-1] + weights.outward[-1] + inputs @ weights.straight


def _fit(inputs: Array, answers: Array, seed: int) -> _Weights:
    shapes = [
        (inputs.shape[1] + 1, HIDDEN),
        (HIDDEN + 1, answers.shape[1]),
        (inputs.shape[1], answers.shape[1]),
    ]
    cuts = np.cumsum([rows * columns for rows, columns in shapes])[:-1]
    labeled = ~np.isnan(answers)
    truth = np.where(labeled, answers, 0)
    count = max(1, labeled.any(axis=1).sum())

    def unpack(flat: Array) -> _Weights:
        return _Weights(
            *(part.reshape(shape) for part, shape in zip(np.split(flat, cuts), shapes, strict=True))
        )

    def loss(flat: Array) -> tuple[float, Array]:
        weights = unpack(flat)
        hidden, logits = _forward(inputs, weights)
        value = (np.logaddexp(0, logits) - truth * logits)[labeled].sum() / count + PENALTY * (flat @ flat)
        error = np.where(labeled, expit(logits) - truth, 0) / count
        back = (error @ weights.outward[:-1].T) * (1 - hidden**2)
        slope = _Weights(
            np.vstack([inputs.T @ back, back.sum(axis=0)]),
            np.vstack([hidden.T @ error, error.sum(axis=0)]),
            inputs.T @ error,
        )
        return float(value), np.concatenate([part.ravel() for part in slope]) + 2 * PENALTY * flat

    start = np.random.default_rng(seed).normal(0, 0.2, sum(rows * columns for rows, columns in shapes))
    return unpack(minimize(loss, start, jac=True, method="L-BFGS-B", options={"maxiter": STEPS}).x)
