"""What the learned model promises: calibrated, masked, deterministic, honest about what it does not know."""

import pickle
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.base import clone

from classifier.calibration import (
    Calibration,
    ConfidenceBounds,
    best_f1,
    level_bounds,
    recall_at_least,
)
from classifier.model import TARGETS, CallModel, targets
from classifier.terms import CATEGORIES

OPENINGS = ("rp adv", "caller states", "mgr says", "neighbor reports", "clerk adv", "wife states")
STORIES: tuple[tuple[str, dict[str, object]], ...] = (
    ("brother is hearing voices and has not slept", {"categories": ["mental_health"], "acuity": 2}),
    ("son wants to die and has a plan", {"categories": ["mental_health"], "acuity": 3}),
    ("male refuses to leave the lobby", {"categories": ["trespass"], "acuity": 2}),
    ("banned woman was in the store, gone now", {"categories": ["trespass"], "acuity": 1}),
    ("elderly mother does not answer the phone", {"categories": ["welfare_check"], "acuity": 2}),
    ("man lying in the ditch, not moving", {"categories": ["welfare_check"], "acuity": 3}),
    ("male swings a knife at the clerk", {"categories": ["weapons_present"], "acuity": 4}),
    ("gun in his hand, pointing it at people", {"categories": ["weapons_present"], "acuity": 4}),
    ("loud music upstairs all night", {"categories": [], "acuity": 1}),
    ("parked car blocks the driveway", {"categories": [], "acuity": 1}),
)
CENTERS = ("north", "south", "east")
RECORDS = [
    {
        "note": f"{opening} {story}",
        "center": center,
        "weapon": "present" if "weapons_present" in labels["categories"] else "none",  # type: ignore[operator]
        "hazards": ["weapon"] if "weapons_present" in labels["categories"] else [],  # type: ignore[operator]
        **labels,
    }
    for center, (opening, (story, labels)) in zip(CENTERS * 100, product(OPENINGS, STORIES), strict=False)
]
NOTES = [str(record["note"]) for record in RECORDS]
GROUPS = [str(record["center"]) for record in RECORDS]


def fit(**parameters: object) -> CallModel:
    return CallModel(folds=3, **parameters).fit(NOTES, targets(RECORDS), GROUPS)


@pytest.fixture(scope="module")
def model() -> CallModel:
    return fit()


def fit_many(**parameters: object) -> CallModel:
    """Enough notes, noisy enough, that work is shared and chance matters."""
    chance = np.random.default_rng(0)
    rows = chance.integers(len(NOTES), size=600)
    notes = [" ".join(chance.permutation(NOTES[row].split())[:6]) for row in rows]
    labels = targets([RECORDS[row] for row in rows])
    return CallModel(folds=3, **parameters).fit(notes, labels, [GROUPS[row] for row in rows])


@pytest.fixture(scope="module")
def many() -> CallModel:
    return fit_many()


def test_it_tells_apart_what_it_has_learnt(model: CallModel) -> None:
    categories, acuity = model.predict_proba(
        ["caller states uncle hears voices", "rp adv male has a knife in his hand"]
    )
    assert categories[0].argmax() == CATEGORIES.index("mental_health")
    assert categories[1].argmax() == CATEGORIES.index("weapons_present")
    assert model.acuity(acuity)[1] == 4


@given(st.text(max_size=80))
@settings(max_examples=60, deadline=None)
def test_any_text_gives_probabilities(model: CallModel, text: str) -> None:
    categories, acuity = model.predict_proba([text])
    assert categories.shape == (1, 4)
    assert acuity.shape == (1, 4)
    assert ((categories >= 0) & (categories <= 1)).all()
    assert (acuity >= 0).all()
    assert acuity.sum() == pytest.approx(1)
    assert int(model.acuity(acuity)[0]) in model.plausible(acuity[0])


def test_a_note_is_judged_the_same_alone_and_in_a_batch(model: CallModel) -> None:
    together, _ = model.predict_proba(NOTES[:10])
    alone = np.vstack([model.predict_proba([note])[0] for note in NOTES[:10]])
    np.testing.assert_allclose(together, alone, atol=1e-6)


def test_no_note_gives_no_rows(model: CallModel) -> None:
    categories, acuity = model.predict_proba([])
    assert categories.shape == acuity.shape == (0, 4)


def test_the_same_notes_and_seed_give_the_same_model(model: CallModel) -> None:
    again = fit()
    np.testing.assert_array_equal(model.predict_proba(NOTES)[0], again.predict_proba(NOTES)[0])
    np.testing.assert_array_equal(model.thresholds_, again.thresholds_)


@pytest.mark.parametrize("cores", [1, 2])
def test_the_number_of_cores_changes_nothing(many: CallModel, cores: int) -> None:
    again = fit_many(n_jobs=cores)
    np.testing.assert_array_equal(many.predict_proba(NOTES)[0], again.predict_proba(NOTES)[0])


def test_a_pickled_model_answers_as_before(model: CallModel) -> None:
    kept = pickle.loads(pickle.dumps(model))
    np.testing.assert_array_equal(model.predict_proba(NOTES)[1], kept.predict_proba(NOTES)[1])


def test_a_clone_keeps_the_parameters_and_nothing_learnt(model: CallModel) -> None:
    copy = clone(model.set_params(random_state=0))
    assert copy.get_params() == model.get_params()
    assert not hasattr(copy, "thresholds_")


def test_labels_that_are_missing_are_left_out_column_by_column() -> None:
    y = targets([record if row % 3 else {**record, "acuity": None} for row, record in enumerate(RECORDS)])
    y[1::3, CATEGORIES.index("trespass")] = np.nan
    model = CallModel(folds=3).fit(NOTES, y, GROUPS)
    assert np.isfinite(model.predict_proba(NOTES)[0]).all()


def test_a_column_nobody_labeled_stays_without_opinion() -> None:
    y = targets([{key: record[key] for key in ("categories",)} for record in RECORDS])
    _, acuity = CallModel(folds=3).fit(NOTES, y, GROUPS).predict_proba(NOTES[:2])
    np.testing.assert_allclose(acuity.sum(axis=1), 1)


def test_it_can_be_fit_without_centers() -> None:
    assert CallModel(folds=3).fit(NOTES, targets(RECORDS)[:, :5]).thresholds_.shape == (4,)


@pytest.mark.parametrize("shape", [(len(NOTES), 4), (len(NOTES) - 1, 5), (len(NOTES), len(TARGETS) + 1)])
def test_labels_of_another_shape_are_refused_with_what_is_needed(shape: tuple[int, int]) -> None:
    with pytest.raises(ValueError, match="it needs one row a note"):
        CallModel().fit(NOTES, np.zeros(shape))


def test_targets_follow_the_codebooks_fields() -> None:
    (row,) = targets([{"categories": ["trespass"], "acuity": 3, "weapon": "denied", "hazards": ["fire"]}])
    named = dict(zip(TARGETS, row, strict=True))
    assert {name for name, value in named.items() if value == 1} == {
        "trespass",
        "hazard_fire",
        "weapon_denied",
    }
    assert named["acuity"] == 3


def test_targets_not_labeled_are_nan() -> None:
    (row,) = targets([{"note": "x", "acuity": 2}])
    assert [name for name, value in zip(TARGETS, row, strict=True) if not np.isnan(value)] == ["acuity"]


@pytest.mark.parametrize(
    "text", ["", "ok", "male", "zxcv qwer asdf uiop", "el hombre esta gritando en la calle"]
)
def test_a_text_too_short_or_foreign_is_not_familiar_and_so_unsure(model: CallModel, text: str) -> None:
    assert not model.familiar(text)
    assert model.confidence(0, 0.99, familiar=model.familiar(text)) == "unsure"


def test_a_note_like_those_learnt_is_familiar(model: CallModel) -> None:
    assert model.familiar("caller states male refuses to leave the store")


def test_plausible_levels_have_no_gap(model: CallModel) -> None:
    certain = model.level_bounds_.max() + 0.01
    assert model.plausible(np.array([certain, 0.0, 0.0, certain])) == [1, 2, 3, 4]


def test_at_other_rates_the_odds_move_by_the_odds_of_the_rates_and_suggestions_stay(model: CallModel) -> None:
    there, here = (
        model.predict_proba(NOTES)[0],
        model.at_rates({"weapons_present": 0.01}).predict_proba(NOTES)[0],
    )
    learned = model.rates_[3]
    moved = (0.01 / 0.99) / (learned / (1 - learned))
    np.testing.assert_allclose(here[:, 3] / (1 - here[:, 3]), moved * there[:, 3] / (1 - there[:, 3]))
    np.testing.assert_array_equal(here[:, :3], there[:, :3])
    adapted = model.at_rates({"weapons_present": 0.01})
    assert adapted.categories(here) == model.categories(there)


def test_no_rates_leave_the_model_as_it_is(model: CallModel) -> None:
    np.testing.assert_array_equal(model.at_rates({}).predict_proba(NOTES)[0], model.predict_proba(NOTES)[0])
    assert [model.at_rates({}).confidence(0, p / 10) for p in range(11)] == [
        model.confidence(0, p / 10) for p in range(11)
    ]


def test_calibration_finds_the_map_it_was_drawn_from() -> None:
    draw = np.random.default_rng(0)
    scores = draw.normal(size=20_000)
    truth = draw.random(20_000) < 1 / (1 + np.exp(-(2 * scores - 1)))
    map_ = Calibration.fit(scores, truth)
    assert (map_.slope, map_.offset) == (pytest.approx(2, abs=0.1), pytest.approx(-1, abs=0.1))


def test_the_f1_threshold_parts_what_can_be_parted() -> None:
    assert best_f1(np.array([0.1, 0.2, 0.6, 0.9]), np.array([0, 0, 1, 1])) == pytest.approx(0.4)


def test_the_stated_recall_is_kept_on_new_draws_as_often_as_stated() -> None:
    draw = np.random.default_rng(1)
    kept = 0
    for _ in range(200):
        threshold = recall_at_least(draw.beta(4, 2, 400), np.ones(400), recall=0.95, certainty=0.95)
        kept += (draw.beta(4, 2, 20_000) >= threshold).mean() >= 0.95
    assert kept / 200 >= 0.91  # 0.95 less what 200 draws leave to chance


def test_with_too_few_cases_to_promise_a_recall_everything_is_taken() -> None:
    assert recall_at_least(np.array([0.4, 0.9]), np.ones(2), recall=0.95, certainty=0.95) == 0


def test_each_level_is_among_the_plausible_ones_as_often_as_stated() -> None:
    draw = np.random.default_rng(2)
    level = draw.integers(1, 5, 8000)
    scores = draw.normal(size=(8000, 4)) + 2 * np.eye(4)[level - 1]
    probability = np.exp(scores) / np.exp(scores).sum(axis=1, keepdims=True)
    bounds = level_bounds(probability[:4000], level[:4000], 0.9)
    inside = probability[4000:] >= bounds
    for value in (1, 2, 3, 4):
        assert inside[level[4000:] == value, value - 1].mean() == pytest.approx(0.9, abs=0.03)


def test_confidence_grows_with_the_distance_from_the_threshold() -> None:
    draw = np.random.default_rng(3)
    probability = draw.random(5000)
    truth = (draw.random(5000) < probability).astype(float)
    bounds = ConfidenceBounds.fit(probability, truth, 0.5, likely=0.7, sure=0.9)
    said = [bounds(value) for value in (0.02, 0.2, 0.45, 0.55, 0.85, 0.99)]
    assert said == ["sure", "likely", "unsure", "unsure", "likely", "sure"]
