"""Figures of quality, each a function of sums over notes: so weights, centers and resampling are sums too."""

from collections.abc import Mapping
from typing import Any, Final

import numpy as np

from classifier.terms import CATEGORIES, HAZARDS
from training import Unusable
from training.outcomes import Array, Said, Truth

LEVELS: Final = (1, 2, 3, 4)
BINS: Final = 10
"""Of the expected calibration error: equal widths from 0 to 1."""

REAL_DAY: Final = 0.04
"""How often a weapon is there on a real day; the corpus is five times as rich in them."""

UNARMED: Final = ("unarmed_team", "phone_clinician", "call_taker")
ARMED: Final = ("police", "co_response")
PROGRAMS: Final = ("unarmed_team", "phone_clinician")

Columns = Mapping[str, Array]
"""Named columns: one value a note before they are summed, one value a sum after."""


def contributions(truth: Truth, said: Said) -> dict[str, Array]:
    """Return what each note adds to each sum that figures are made from; 0 where not labeled or not said.

    Parameters
    ----------
    truth : Truth
        What the labels say.
    said : Said
        What was suggested for the same notes, in the same order.

    Returns
    -------
    dict of str to ndarray of shape (n,)
    """
    columns: dict[str, Array] = {}
    for i, category in enumerate(CATEGORIES):
        columns |= _decisions(category, truth.categories[:, i], said.suggested[:, i])
        if said.probability is not None:
            columns |= _bins(category, truth.categories[:, i], said.probability[:, i])
    columns |= {
        f"acuity.{true}.{given}": (truth.acuity == true) & (said.acuity == given)
        for true in LEVELS
        for given in LEVELS
    }
    if said.weapon is not None:
        labeled = truth.weapon != None  # noqa: E711 (elementwise)
        columns |= {"weapon.right": labeled & (truth.weapon == said.weapon), "weapon.all": labeled}
    if said.hazards is not None:
        for i, hazard in enumerate(HAZARDS):
            columns |= _decisions(f"hazard.{hazard}", truth.hazards[:, i], said.hazards[:, i])
        quiet = (truth.hazards == 0).all(axis=1)
        columns |= {"quiet.all": quiet, "quiet.hit": quiet & said.hazards.any(axis=1)}
        columns |= _alerts(truth, said.hazards)
    if said.kind is not None:
        columns |= _routing(truth, said.kind)
    return {name: np.asarray(column, dtype=float) for name, column in columns.items()}


def figures(sums: Columns) -> dict[str, Array]:
    """Return every figure that the sums give. A figure of nothing (no such note) is NaN.

    Parameters
    ----------
    sums : mapping of str to ndarray
        Sums of `contributions` over some notes, weighted or not, all of one shape: a scalar for all notes,
        one entry for each center or for each resampling.

    Returns
    -------
    dict of str to ndarray
        Each of that shape. Shares lie between 0 and 1; false alarms are counted per 100 notes.
    """
    found: dict[str, Array] = {}
    for category in CATEGORIES:
        found |= {f"{category}.{name}": value for name, value in _quality(category, sums).items()}
    found["macro_f1"] = np.mean([found[f"{category}.f1"] for category in CATEGORIES], axis=0)
    found["weapons_present.precision_real_day"] = _precision_at("weapons_present", sums, REAL_DAY)
    if f"{CATEGORIES[0]}.bin0.all" in sums:
        found["calibration_error"] = np.mean([_calibration_error(c, sums) for c in CATEGORIES], axis=0)
    found |= _acuity(sums)
    if "weapon.all" in sums:
        found["weapon_status"] = _share(sums["weapon.right"], sums["weapon.all"])
    if "quiet.all" in sums:
        found |= _hazards(sums)
    if "danger.all" in sums:
        found["unsafe_unarmed"] = _share(sums["danger.unarmed"], sums["danger.all"])
        found["needless_police"] = _share(sums["mild.armed"], sums["mild.all"])
    return found


def rake(categories: Array, rates: Mapping[str, float]) -> Array:
    """Return weights under which each named category is as frequent as the rate says, all else as it was.

    Parameters
    ----------
    categories : ndarray of shape (n, 4)
        The labels; a note that is not labeled keeps its weight.
    rates : mapping of category to float
        Shares between 0 and 1.

    Returns
    -------
    ndarray of shape (n,)
        Weights with mean 1 (iterative proportional fitting; Deming and Stephan 1940).

    Raises
    ------
    training.Unusable
        If a rate cannot be reached: no note has the category, or all have it.
    """
    weights = np.ones(len(categories))
    columns = {name: categories[:, CATEGORIES.index(name)] for name in rates}
    for name, column in columns.items():
        if not 0 < rates[name] < 1 or not (column == 1).any() or not (column == 0).any():
            raise Unusable(
                f"{name} cannot be weighted to {rates[name]}; give a rate between 0 and 1, "
                "and data in which some notes have the category and some do not"
            )
    for _ in range(200):
        for name, column in columns.items():
            yes, no = weights[column == 1].sum(), weights[column == 0].sum()
            weights = weights * np.where(column == 1, rates[name] * (yes + no) / yes, 1.0)
            weights = weights * np.where(column == 0, (1 - rates[name]) * (yes + no) / no, 1.0)
    return np.asarray(weights / weights.mean())


def _decisions(name: str, truth: Array, said: Array) -> dict[str, Array]:
    return {
        f"{name}.hit": (truth == 1) & said,
        f"{name}.missed": (truth == 1) & ~said,
        f"{name}.false": (truth == 0) & said,
        f"{name}.spared": (truth == 0) & ~said,
    }


def _bins(name: str, truth: Array, probability: Array) -> dict[str, Array]:
    known = ~np.isnan(truth) & ~np.isnan(probability)
    bins = np.minimum((np.where(known, probability, 0) * BINS).astype(int), BINS - 1)
    columns: dict[str, Array] = {}
    for i in range(BINS):
        here = (bins == i) & known
        columns |= {
            f"{name}.bin{i}.all": here,
            f"{name}.bin{i}.true": np.where(here, truth == 1, 0),
            f"{name}.bin{i}.said": np.where(here, probability, 0),
        }
    return columns


def _alerts(truth: Truth, hazards: Array) -> dict[str, Array]:
    """Notes that raise a hit, with a weapon and without; it is right where a hazard it names is there."""
    weapon = truth.hazards[:, HAZARDS.index("weapon")]
    hit, right = hazards.any(axis=1), (hazards & (truth.hazards == 1)).any(axis=1)
    return {
        f"alert.{name}.{part}": here & column
        for name, here in (("armed", weapon == 1), ("unarmed", weapon == 0))
        for part, column in (("all", here), ("hit", hit), ("right", right))
    }


def _routing(truth: Truth, kind: Array) -> dict[str, Array]:
    """Danger: a weapon or violence by the labels. Mild: what the policy gives to a program without police."""
    danger = (truth.weapon == "present") | (truth.hazards[:, HAZARDS.index("violence")] == 1)
    mild = np.isin(truth.kind.astype(str), PROGRAMS)
    return {
        "danger.all": danger,
        "danger.unarmed": danger & np.isin(kind.astype(str), UNARMED),
        "mild.all": mild,
        "mild.armed": mild & np.isin(kind.astype(str), ARMED),
    }


def _quality(name: str, sums: Columns) -> dict[str, Array]:
    hit, missed, false = (sums[f"{name}.{part}"] for part in ("hit", "missed", "false"))
    return {
        "precision": _share(hit, hit + false),
        "recall": _share(hit, hit + missed),
        "f1": _share(2 * hit, 2 * hit + missed + false),
    }


def _precision_at(name: str, sums: Columns, rate: float) -> Array:
    """Precision where the category is as frequent as `rate`, from recall and the share of false alarms."""
    recall = _share(sums[f"{name}.hit"], sums[f"{name}.hit"] + sums[f"{name}.missed"])
    false = _share(sums[f"{name}.false"], sums[f"{name}.false"] + sums[f"{name}.spared"])
    return _share(rate * recall, rate * recall + (1 - rate) * false)


def _calibration_error(name: str, sums: Columns) -> Array:
    """Expected calibration error: the mean distance of probability and frequency over bins of probability."""
    gaps = [abs(sums[f"{name}.bin{i}.true"] - sums[f"{name}.bin{i}.said"]) for i in range(BINS)]
    return _share(np.sum(gaps, axis=0), np.sum([sums[f"{name}.bin{i}.all"] for i in range(BINS)], axis=0))


def _acuity(sums: Columns) -> dict[str, Array]:
    table = np.array([[sums[f"acuity.{true}.{given}"] for given in LEVELS] for true in LEVELS])
    total = table.sum(axis=(0, 1))
    distance = np.subtract.outer(LEVELS, LEVELS) ** 2
    by_chance = np.einsum("i...,j...->ij...", table.sum(axis=1), table.sum(axis=0))
    disagreement = np.tensordot(distance, table, axes=2) * total
    grave = table[2:].sum(axis=(0, 1))
    return {
        "acuity.exact": _share(np.einsum("ii...->...", table), total),
        "acuity.kappa": 1 - _share(disagreement, np.tensordot(distance, by_chance, axes=2)),
        "acuity.two_too_low": _share(table[2, 0] + table[3, 0] + table[3, 1], grave),
    }


def _hazards(sums: Columns) -> dict[str, Array]:
    found: dict[str, Array] = {}
    for hazard in HAZARDS:
        name = f"hazard.{hazard}"
        found[f"{name}.recall"] = _quality(name, sums)["recall"]
        without = sums[f"{name}.false"] + sums[f"{name}.spared"]
        found[f"{name}.false_alarms"] = 100 * _share(sums[f"{name}.false"], without)
    others = [f"hazard.{hazard}" for hazard in HAZARDS if hazard != "weapon"]
    hit = np.sum([sums[f"{name}.hit"] for name in others], axis=0)
    missed = np.sum([sums[f"{name}.missed"] for name in others], axis=0)
    found["hazard.other_eight.recall"] = _share(hit, hit + missed)
    recalls = np.array([found[f"{name}.recall"] for name in others])
    found["hazard.other_eight.lowest_recall"] = np.fmin.reduce(recalls, axis=0)
    found["hazard.none.hits"] = 100 * _share(sums["quiet.hit"], sums["quiet.all"])
    return found | _alert_budget(sums)


def _alert_budget(sums: Columns) -> dict[str, Array]:
    """How many calls of a hundred raise an alert on a real day, and how many of those alerts are right."""
    recall = _share(sums["hazard.weapon.hit"], sums["hazard.weapon.hit"] + sums["hazard.weapon.missed"])
    false = _share(sums["hazard.weapon.false"], sums["hazard.weapon.false"] + sums["hazard.weapon.spared"])
    hit, right = (
        REAL_DAY * _share(sums[f"alert.armed.{part}"], sums["alert.armed.all"])
        + (1 - REAL_DAY) * _share(sums[f"alert.unarmed.{part}"], sums["alert.unarmed.all"])
        for part in ("hit", "right")
    )
    return {
        "alerts.weapon": 100 * (REAL_DAY * recall + (1 - REAL_DAY) * false),
        "alerts.weapon.precision": _precision_at("hazard.weapon", sums, REAL_DAY),
        "alerts.any": 100 * hit,
        "alerts.any.precision": _share(right, hit),
    }


def _share(part: Any, whole: Any) -> Array:
    part, whole = np.asarray(part, dtype=float), np.asarray(whole, dtype=float)
    nothing = np.full(np.broadcast_shapes(part.shape, whole.shape), np.nan)
    return np.asarray(np.divide(part, whole, out=nothing, where=whole > 0))
