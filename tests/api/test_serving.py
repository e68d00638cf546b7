"""A promoted model takes over without a restart; a bad one changes nothing but what `/readyz` says."""

import shutil

import pytest

from api.serving import Serving
from models import store


@pytest.fixture
def models(data_dir, tmp_path):
    shutil.copytree(data_dir / "models", tmp_path / "models")
    return tmp_path / "models"


def test_the_first_model_takes_over_from_rules_alone(tmp_path, data_dir):
    serving = Serving(tmp_path / "models")
    assert serving.recommender.why_degraded == "no model"

    shutil.copytree(data_dir / "models", tmp_path / "models")
    serving.refresh()

    assert serving.recommender.model_version == store.read_champion(tmp_path / "models").version
    assert serving.trouble is None


def test_another_champion_takes_over(models, fitted, promoted):
    serving = Serving(models)
    other = promoted(models, fitted(random_state=1))
    assert serving.recommender.model_version != other

    serving.refresh()

    assert serving.recommender.model_version == other


def test_while_nothing_changes_nothing_is_loaded(models):
    serving = Serving(models)
    answering = serving.recommender
    serving.refresh()

    assert serving.recommender is answering


@pytest.mark.parametrize("damage", ["cut", "gone", "champion"])
def test_a_bad_champion_is_refused_and_the_one_before_stays(models, damage, fitted, promoted):
    serving = Serving(models)
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
    serving = Serving(models)
    answering = serving.recommender
    monkeypatch.setattr("classifier.model.CallModel.predict_proba", lambda self, notes: 1 / 0)
    other = promoted(models, fitted(random_state=1))
    serving.refresh()

    assert serving.recommender is answering
    assert other in serving.trouble
