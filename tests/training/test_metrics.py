"""The figures are what they say: against numbers worked by hand, and against scikit-learn."""

import math
from collections.abc import Mapping

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import cohen_kappa_score, f1_score, precision_score, recall_score

from classifier.labels import LabeledNote
from classifier.terms import CATEGORIES, HAZARDS
from training.intervals import by_center, measure
from training.metrics import BINS, contributions, figures, rake
from training.outcomes import Array, Said, Truth


def truth(
    *notes: Mapping[str, object], kinds: list[str | None] | None = None, centers: list[str] | None = None
) -> Truth:
    labeled = [
        LabeledNote.model_validate({"note": "SUBJ", "center": centers[i] if centers else "X", **labels})
        for i, labels in enumerate(notes)
    ]
    return Truth.of(labeled, kinds)  # type: ignore[arg-type]


def said(*rows: Mapping[str, object]) -> Said:
    """Each row may give `categories`, `acuity`, `probability`, `weapon`, `hazards`, `kind`."""
    return Said(
        suggested=np.array([[name in row.get("categories", ()) for name in CATEGORIES] for row in rows]),  # type: ignore[operator]
        acuity=np.array([row.get("acuity", np.nan) for row in rows], dtype=float),
        probability=np.array([row.get("probability", [0.0] * 4) for row in rows], dtype=float),
        weapon=np.array([row.get("weapon", "none") for row in rows], dtype=object),
        hazards=np.array([[name in row.get("hazards", ()) for name in HAZARDS] for row in rows]),  # type: ignore[operator]
        kind=np.array([row.get("kind") for row in rows], dtype=object),
    )


def found(truth: Truth, said: Said) -> dict[str, float]:
    sums = {name: column.sum() for name, column in contributions(truth, said).items()}
    return {name: float(value) for name, value in figures(sums).items()}


def test_precision_recall_and_f1_of_a_category_by_hand() -> None:
    """Two of three found, one of three suggestions wrong."""
    got = found(
        truth(*[{"categories": ["trespass"]}] * 3, *[{"categories": []}] * 2),
        said(*[{"categories": ["trespass"]}] * 2, {}, {"categories": ["trespass"]}, {}),
    )
    assert got["trespass.precision"] == pytest.approx(2 / 3)
    assert got["trespass.recall"] == pytest.approx(2 / 3)
    assert got["trespass.f1"] == pytest.approx(2 / 3)
    assert math.isnan(got["mental_health.f1"])


def test_weapons_precision_on_a_real_day_is_the_known_figure() -> None:
    """Recall 98% with specificity 97% is a precision of 58% where 4% of calls involve a weapon."""
    weapon = {"categories": ["weapons_present"]}
    got = found(
        truth(*[weapon] * 100, *[{"categories": []}] * 100),
        said(*[weapon] * 98, *[{}] * 2, *[weapon] * 3, *[{}] * 97),
    )
    assert got["weapons_present.precision"] == pytest.approx(98 / 101)
    assert got["weapons_present.precision_real_day"] == pytest.approx(
        0.04 * 0.98 / (0.04 * 0.98 + 0.96 * 0.03)
    )


def test_two_too_low_counts_notes_labeled_three_or_four() -> None:
    got = found(
        truth(*[{"acuity": level} for level in (1, 2, 3, 3, 4, 4, 4)]),
        said(*[{"acuity": level} for level in (1, 1, 1, 2, 2, 1, 4)]),
    )
    assert got["acuity.two_too_low"] == pytest.approx(3 / 5)
    assert got["acuity.exact"] == pytest.approx(2 / 7)


def test_calibration_error_by_hand() -> None:
    """Bin 0.8 to 0.9: said 0.85 and 0.85, one of two true; bin 0.1 to 0.2: said 0.15, none true."""
    probability = [[p, 0.0, 0.0, 0.0] for p in (0.85, 0.85, 0.15)]
    got = found(
        truth({"categories": ["mental_health"]}, {"categories": []}, {"categories": []}),
        said(*({"probability": row} for row in probability)),
    )
    assert got["calibration_error"] == pytest.approx((2 / 3 * 0.35 + 1 / 3 * 0.15) / 4)


def test_a_probability_of_one_falls_in_the_last_bin() -> None:
    columns = contributions(truth({"categories": []}), said({"probability": [1.0] * 4}))
    assert columns[f"trespass.bin{BINS - 1}.all"].sum() == 1


def test_hazards_are_told_as_recall_and_false_alarms_per_hundred_notes() -> None:
    labels = [["fire"], ["fire"], ["overdose"], [], [], [], []]
    hits = [["fire"], [], ["overdose", "fire"], ["weapon"], [], [], []]
    got = found(truth(*({"hazards": row} for row in labels)), said(*({"hazards": row} for row in hits)))
    assert got["hazard.fire.recall"] == 0.5
    assert got["hazard.fire.false_alarms"] == pytest.approx(100 / 5)
    assert got["hazard.weapon.false_alarms"] == pytest.approx(100 / 7)
    assert got["hazard.other_eight.recall"] == pytest.approx(2 / 3)
    assert got["hazard.other_eight.lowest_recall"] == 0.5
    assert got["hazard.none.hits"] == 25.0
    assert math.isnan(got["hazard.violence.recall"])


def test_the_alert_budget_is_that_of_a_day_on_which_four_calls_in_a_hundred_have_a_weapon() -> None:
    """Armed: 9 of 10 raise an alert, all right. Unarmed: 1 of 10, and it names a danger that is not there."""
    labels = [["weapon"]] * 10 + [[]] * 10
    hits = [["weapon"]] * 9 + [[]] * 10 + [["weapon", "fire"]]
    got = found(truth(*({"hazards": row} for row in labels)), said(*({"hazards": row} for row in hits)))
    right, wrong = 0.04 * 0.9, 0.96 * 0.1
    assert got["alerts.weapon"] == got["alerts.any"] == pytest.approx(100 * (right + wrong))
    assert got["alerts.weapon.precision"] == pytest.approx(right / (right + wrong))
    assert got["alerts.any.precision"] == pytest.approx(right / (right + wrong))


def test_weapon_status_must_be_exact() -> None:
    got = found(
        truth({"weapon": "denied"}, {"weapon": "historical"}, {"acuity": 2}),
        said({"weapon": "denied"}, {"weapon": "denied"}, {"weapon": "present"}),
    )
    assert got["weapon_status"] == 0.5


def test_routing_counts_unarmed_teams_at_dangers_and_police_at_mild_calls() -> None:
    got = found(
        truth(
            {"weapon": "present"},
            {"hazards": ["violence"]},
            {"categories": ["trespass"], "weapon": "denied"},
            {"categories": ["mental_health"]},
            {"categories": []},
            kinds=["police", "police", "unarmed_team", "phone_clinician", "call_taker"],
        ),
        said(*({"kind": kind} for kind in ("call_taker", "police", "co_response", "unarmed_team", "police"))),
    )
    assert got["unsafe_unarmed"] == 0.5
    assert got["needless_police"] == 0.5


@pytest.mark.parametrize("kind", ["unarmed_team", "phone_clinician", "call_taker"])
def test_every_unarmed_kind_is_unsafe_at_a_weapon(kind: str) -> None:
    assert found(truth({"weapon": "present"}), said({"kind": kind}))["unsafe_unarmed"] == 1


def test_what_is_not_labeled_is_left_out_of_every_figure() -> None:
    labels = {"categories": ["trespass"], "acuity": 2, "weapon": "none", "hazards": []}
    right = {"categories": ["trespass"], "acuity": 2, "probability": [0, 1, 0, 0]}
    wrong = {"categories": ["mental_health"], "acuity": 4, "weapon": "present", "hazards": ["fire"]}
    alone = contributions(truth(labels), said(right))
    among = contributions(truth(labels, {"acuity": None, "weapon": None}), said(right, wrong))
    assert {name: column.sum() for name, column in alone.items()} == {
        name: column.sum() for name, column in among.items()
    }


def random_labels(seed: int, size: int = 400) -> tuple[Truth, Said]:
    generator = np.random.default_rng(seed)
    flags = generator.random((size, 4)) < 0.3
    level = generator.integers(1, 5, size)
    return (
        Truth(
            categories=flags.astype(float),
            acuity=level.astype(float),
            weapon=np.full(size, "none", dtype=object),
            hazards=np.zeros((size, 9)),
            kind=np.full(size, None),
            center=generator.choice(["a", "b", "c"], size).astype(object),
        ),
        Said(
            suggested=flags ^ (generator.random((size, 4)) < 0.2),
            acuity=np.clip(level + generator.integers(-1, 2, size), 1, 4).astype(float),
            probability=generator.random((size, 4)),
        ),
    )


@pytest.mark.parametrize("seed", range(5))
def test_the_figures_agree_with_scikit_learn(seed: int) -> None:
    labels, suggested = random_labels(seed)
    got = found(labels, suggested)
    weights = np.linspace(0.5, 1.5, len(labels.acuity))
    weighted = figures({n: c @ weights for n, c in contributions(labels, suggested).items()})
    for i, category in enumerate(CATEGORIES):
        pair = (labels.categories[:, i], suggested.suggested[:, i])
        assert got[f"{category}.precision"] == pytest.approx(precision_score(*pair))
        assert got[f"{category}.recall"] == pytest.approx(recall_score(*pair))
        assert float(weighted[f"{category}.f1"]) == pytest.approx(f1_score(*pair, sample_weight=weights))
    assert got["macro_f1"] == pytest.approx(f1_score(labels.categories, suggested.suggested, average="macro"))
    kappa = {"weights": "quadratic"}
    assert got["acuity.kappa"] == pytest.approx(cohen_kappa_score(labels.acuity, suggested.acuity, **kappa))
    assert float(weighted["acuity.kappa"]) == pytest.approx(
        cohen_kappa_score(labels.acuity, suggested.acuity, sample_weight=weights, **kappa)
    )


def test_an_interval_holds_its_figure_and_does_not_change_from_run_to_run() -> None:
    labels, suggested = random_labels(1)
    first, second = (measure(labels, suggested, rounds=200) for _ in range(2))
    assert first == second
    low, value, high = first["macro_f1"].low, first["macro_f1"].value, first["macro_f1"].high
    assert low is not None
    assert value is not None
    assert high is not None
    assert low < value < high
    assert first["macro_f1"] != measure(labels, suggested, rounds=200, seed=1)["macro_f1"]


def test_an_interval_is_wider_where_centers_differ() -> None:
    alike = truth(*[{"categories": ["trespass"]}] * 80, centers=["a", "b"] * 40)
    half = said(*[{"categories": ["trespass"]}, {"categories": ["trespass"]}, {}, {}] * 20)
    by_one = said(*[{"categories": ["trespass"]}, {}] * 40)
    same, apart = (measure(alike, s, rounds=400)["trespass.recall"] for s in (half, by_one))
    assert same.value == apart.value == 0.5
    assert same.low is not None
    assert same.low > 0.3
    assert (apart.low, apart.high) == (0.0, 1.0)


def test_each_center_has_its_own_figures() -> None:
    labels = truth(*[{"acuity": 2}] * 4, centers=["a", "a", "b", "b"])
    got = by_center(labels, said(*({"acuity": level} for level in (2, 2, 2, 1))))
    assert {center: row["acuity.exact"] for center, row in got.items()} == {"a": 1.0, "b": 0.5}
    assert got["a"]["macro_f1"] is None


def test_raking_gives_the_rates_that_were_asked_for() -> None:
    labels, _ = random_labels(2)
    weights = rake(labels.categories, {"weapons_present": 0.04, "mental_health": 0.2})
    assert np.average(labels.categories[:, 3], weights=weights) == pytest.approx(0.04)
    assert np.average(labels.categories[:, 0], weights=weights) == pytest.approx(0.2)
    assert weights.mean() == pytest.approx(1)


@pytest.mark.parametrize(("rate", "flags"), [(0.0, [0, 1]), (1.0, [0, 1]), (0.5, [1, 1]), (0.5, [0, np.nan])])
def test_a_rate_that_cannot_be_reached_is_refused(rate: float, flags: list[float]) -> None:
    categories: Array = np.zeros((2, 4))
    categories[:, 3] = flags
    with pytest.raises(ValueError, match="weapons_present cannot be weighted"):
        rake(categories, {"weapons_present": rate})


@given(
    st.lists(st.tuples(st.sampled_from([1, 2, 3, 4]), st.sampled_from([1, 2, 3, 4])), min_size=1, max_size=30)
)
def test_shares_stay_within_bounds_and_kappa_below_one(pairs: list[tuple[int, int]]) -> None:
    got = found(truth(*({"acuity": t} for t, _ in pairs)), said(*({"acuity": s} for _, s in pairs)))
    assert 0 <= got["acuity.exact"] <= 1
    assert math.isnan(got["acuity.kappa"]) or got["acuity.kappa"] <= 1 + 1e-12
    assert math.isnan(got["acuity.two_too_low"]) or 0 <= got["acuity.two_too_low"] <= 1
