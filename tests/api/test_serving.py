"""A changed model, rule or policy takes over without a restart; a bad one changes what `/readyz` says."""

import shutil

import pytest

from api.serving import Serving
from classifier import Recommender
from classifier.policy import DURHAM
from classifier.rules import default_rules
from models import store


@pytest.fixture
def models(data_dir, tmp_path):
    shutil.copytree(data_dir / "models", tmp_path / "models")
    return tmp_path / "models"


def test_the_first_model_takes_over_from_rules_alone(tmp_path, data_dir):
    serving = Serving(tmp_path)
    assert serving.recommender.why_degraded == "no model"

    shutil.copytree(data_dir / "models", tmp_path / "models")
    serving.refresh()

    assert serving.recommender.model_version == store.read_champion(tmp_path / "models").version
    assert serving.trouble is None


def test_another_champion_takes_over(models, fitted, promoted):
    serving = Serving(models.parent)
    other = promoted(models, fitted(random_state=1))
    assert serving.recommender.model_version != other

    serving.refresh()

    assert serving.recommender.model_version == other


def test_while_nothing_changes_nothing_is_loaded(models):
    serving = Serving(models.parent)
    answering = serving.recommender
    serving.refresh()

    assert serving.recommender is answering


@pytest.mark.parametrize("damage", ["cut", "gone", "champion"])
def test_a_bad_champion_is_refused_and_the_one_before_stays(models, damage, fitted, promoted):
    serving = Serving(models.parent)
    answering = serving.recommender
    other = promoted(models, fitted(random_state=1))
    file = models / f"{other}.pickle"
    if damage == "cut":
        file.write_bytes(file.read_bytes()[:-100])
    elif damage == "gone":
        file.unlink()
    else:
        (models / "champion.json").write_text("{")
    serving.refresh()

    assert serving.recommender is answering
    assert serving.recommender.suggest("male has a knife")["degraded"] is None
    assert serving.trouble

    store.promote(models, answering.model_version, by="tests", why="back")
    serving.refresh()
    assert serving.trouble is None


def test_a_model_that_fails_on_a_note_does_not_take_over(models, monkeypatch, fitted, promoted):
    serving = Serving(models.parent)
    answering = serving.recommender
    monkeypatch.setattr("classifier.model.CallModel.judge", lambda self, notes: 1 / 0)
    other = promoted(models, fitted(random_state=1))
    serving.refresh()

    assert serving.recommender is answering
    assert other in serving.trouble


OWN_RULE = """
hazard: weapon
rules:
  - id: weapon-own-zorch
    reason: A zorch is spoken of as here now.
    floor: 3
    patterns: [zorch]
    fires: [he has a zorch]
    quiet: [no zorch seen]
"""


def hazards(serving, note):
    return [hit["rule"] for hit in serving.recommender.suggest(note)["override"]["hits"]]


def test_a_rule_of_the_center_takes_over_and_the_suggestion_names_its_version(tmp_path):
    serving = Serving(tmp_path)
    before = serving.recommender.suggest("male has a zorch")["versions"]["rules"]
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules" / "weapon-own.yaml").write_text(OWN_RULE)
    serving.refresh()

    assert hazards(serving, "male has a zorch") == ["weapon-own-zorch"]
    assert serving.recommender.suggest("male has a zorch")["versions"]["rules"] != before


@pytest.mark.parametrize(
    "bad",
    [
        "rules: [",
        OWN_RULE.replace("    quiet: [no zorch seen]\n", ""),
        OWN_RULE.replace("he has a zorch", "he has a lamp"),
        "off: [weapon-no-such-rule]",
    ],
    ids=["no yaml", "no quiet sentence", "fails on its own sentence", "switches off what is not there"],
)
def test_bad_rules_of_the_center_are_refused_and_those_before_stay(tmp_path, bad):
    serving = Serving(tmp_path)
    answering = serving.recommender
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules" / "weapon-own.yaml").write_text(bad)
    serving.refresh()

    assert serving.recommender is answering
    assert "weapon-own.yaml" in serving.trouble or "weapon-own" in serving.trouble


def test_rules_that_no_longer_see_a_knife_in_hand_are_refused(tmp_path):
    (tmp_path / "rules").mkdir()
    weapon = [rule.id for rule, hazard in default_rules().rules if hazard == "weapon"]
    (tmp_path / "rules" / "own.yaml").write_text(f"off: [{', '.join(weapon)}]")
    serving = Serving(tmp_path)

    assert hazards(serving, "he has a knife in his hand")
    assert "read no weapon" in serving.trouble


def test_a_policy_of_the_center_takes_over_and_a_bad_one_does_not(tmp_path):
    own = tmp_path / "policy" / "policy.yaml"
    own.parent.mkdir()
    own.write_text(DURHAM.read_text() + "\n# ours\n")
    shutil.copy(DURHAM.with_suffix(".geojson"), own.parent)
    serving = Serving(tmp_path)
    ours = serving.recommender.suggest("x")["versions"]["policy"]
    assert ours != Recommender().suggest("x")["versions"]["policy"]

    own.write_text("units: [")
    serving.refresh()

    assert serving.recommender.suggest("x")["versions"]["policy"] == ours
    assert "policy.yaml" in serving.trouble


def test_the_rates_of_the_center_move_probabilities_and_bad_ones_do_not(models):
    def probability(serving):
        return serving.recommender.suggest("male has a knife")["categories"][3]["probability"]

    serving = Serving(models.parent)
    before = probability(serving)
    rates = models.parent / "rates" / "rates.yaml"
    rates.parent.mkdir()
    rates.write_text("weapons_present: 0.001")
    serving.refresh()
    here = probability(serving)
    assert here < before

    rates.write_text("weapons: 0.001")
    serving.refresh()
    assert probability(serving) == here
    assert "rates.yaml:1" in serving.trouble
