"""Figures with bootstrap intervals: how far they would move with other centers and notes of the same kind."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np

from training.metrics import contributions, figures
from training.outcomes import Array, Said, Truth

ROUNDS: Final = 1000
LEVEL: Final = 0.95


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure with the bounds of its 95% interval; None where there was nothing to count."""

    value: float | None
    low: float | None
    high: float | None


def measure(
    truth: Truth, said: Said, *, weights: Array | None = None, rounds: int = ROUNDS, seed: int = 0
) -> dict[str, Figure]:
    """Return every figure with its interval.

    Centers are drawn with replacement, then notes within each drawn center (Davison and Hinkley 1997, 3.8):
    the interval speaks of centers like these. With a single center it speaks of other notes of that one.

    Parameters
    ----------
    truth, said : Truth, Said
        Labels, and what was suggested for the same notes.
    weights : ndarray of shape (n,), optional
        How much each note counts, for a day with other rates than the data.
    rounds, seed : int
        How often to draw, and the seed of the draws.

    Returns
    -------
    dict of str to Figure
    """
    names, matrix = _weighted(truth, said, weights)
    value = figures(dict(zip(names, matrix.sum(axis=0), strict=True)))
    drawn = np.concatenate([draws @ matrix for draws in _draws(truth.center, rounds, seed)])
    spread = figures(dict(zip(names, drawn.T, strict=True)))
    return {name: _figure(value[name], spread[name]) for name in value}


def by_center(
    truth: Truth, said: Said, *, weights: Array | None = None
) -> dict[str, dict[str, float | None]]:
    """Return every figure for each center alone."""
    names, matrix = _weighted(truth, said, weights)
    centers, which = _centers(truth.center)
    sums = np.array([matrix[which == i].sum(axis=0) for i in range(len(centers))])
    found = figures(dict(zip(names, sums.T, strict=True)))
    return {
        center: {name: _number(values[i]) for name, values in found.items()}
        for i, center in enumerate(centers)
    }


def _weighted(truth: Truth, said: Said, weights: Array | None) -> tuple[list[str], Array]:
    columns = contributions(truth, said)
    matrix = np.column_stack(list(columns.values()))
    return list(columns), matrix if weights is None else matrix * weights[:, None]


def _draws(center: Array, rounds: int, seed: int, at_once: int = 50) -> Iterator[Array]:
    """Yield how often each note was drawn, some rounds at a time."""
    generator = np.random.default_rng(seed)
    centers, which = _centers(center)
    rows = [np.flatnonzero(which == i) for i in range(len(centers))]
    for start in range(0, rounds, at_once):
        draws = np.zeros((min(at_once, rounds - start), len(center)))
        for draw in draws:
            for i, times in enumerate(generator.multinomial(len(rows), [1 / len(rows)] * len(rows))):
                chosen = generator.integers(len(rows[i]), size=times * len(rows[i]))
                draw[rows[i]] = np.bincount(chosen, minlength=len(rows[i]))
        yield draws


def _centers(center: Array) -> tuple[list[str], Array]:
    names, which = np.unique(center.astype(str), return_inverse=True)
    return [str(name) for name in names], which


def _figure(value: Array, spread: Array) -> Figure:
    known = spread[~np.isnan(spread)]
    if np.isnan(value) or not len(known):
        return Figure(_number(value), None, None)
    low, high = np.quantile(known, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return Figure(_number(value), _number(low), _number(high))


def _number(value: Array | float) -> float | None:
    return None if np.isnan(value) else round(float(value), 4)
