"""A model's life in MLflow, against a real tracking store and a real server."""

import json
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import numpy as np
import pytest

from classifier.terms import CATEGORIES
from models import store
from training import Unusable, lifecycle
from training.evaluate import Report
from training.intervals import Figure

NOTES = ["RP ADV MALE WITH A KNIFE IN THE LOBBY", "female asleep in doorway, wants her moved"]
REPORT = Report(
    protocol="a protocol",
    notes=2,
    system={"macro_f1": Figure(0.8, 0.7, 0.9), "acuity.exact": Figure(None, None, None)},
    model={"macro_f1": Figure(0.7, 0.6, 0.8)},
    centers={"A": {"macro_f1": 0.75, "acuity.kappa": None}},
)


@pytest.fixture
def untracked(monkeypatch):
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    monkeypatch.setenv("MLFLOW_DISABLE_TELEMETRY", "")
    monkeypatch.setenv("DO_NOT_TRACK", "")


@pytest.fixture
def own_dir(data_dir, tmp_path, untracked) -> Path:
    """A data directory with a saved model and no champion."""
    shutil.copytree(data_dir / "models", tmp_path / "data" / "models")
    (tmp_path / "data" / "models" / store.CHAMPION).unlink()
    return tmp_path / "data"


def saved_in(folder: Path) -> store.Saved:
    (path,) = (folder / "models").glob("*.pickle")
    return store.Saved(path.stem, path)


def test_a_registered_model_has_its_figures_hashes_alias_and_form(own_dir, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    saved = saved_in(own_dir)
    number = lifecycle.register(saved, REPORT, data_dir=own_dir, seed=7)

    with lifecycle.connected(own_dir) as mlflow:
        client = mlflow.MlflowClient()
        entry = client.get_model_version_by_alias(lifecycle.NAME, "challenger")
        run = client.get_run(entry.run_id)
        info = mlflow.models.get_model_info(f"models:/{lifecycle.NAME}@challenger")
    assert int(entry.version) == number == 1
    assert entry.tags["heartline.version"] == saved.version
    assert run.data.metrics == {
        "system.macro_f1": 0.8,
        "model.macro_f1": 0.7,
        "center.A.macro_f1": 0.75,
    }
    about = json.loads(saved.path.with_suffix(".json").read_text("utf-8"))["about"]
    assert {"data", "code", "rules", "seed", "numpy", "scikit-learn"} <= set(run.data.params)
    assert run.data.params["data"] == about["data"]
    assert run.data.params["seed"] == "7"
    assert info.signature.inputs.input_names() == ["note"]
    assert info.signature.outputs.input_names()[:4] == list(CATEGORIES)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["data"]


def test_the_logged_model_answers_by_itself_with_the_code_logged_beside_it(own_dir, tmp_path):
    saved = saved_in(own_dir)
    lifecycle.register(saved, REPORT, data_dir=own_dir, seed=0)
    with lifecycle.connected(own_dir) as mlflow:
        path = mlflow.artifacts.download_artifacts(
            f"models:/{lifecycle.NAME}@challenger", dst_path=str(tmp_path)
        )
    requirements = Path(path, "requirements.txt").read_text("utf-8").split()
    assert f"scikit-learn=={lifecycle.installed('scikit-learn')}" in requirements
    assert all("==" in line for line in requirements)
    program = (
        "import json, sys; sys.path = [p for p in sys.path if p != sys.argv[3]]\n"
        "sys.meta_path = [f for f in sys.meta_path if 'editable' not in repr(f).lower()]\n"
        "import mlflow, pandas as pd\n"
        "model = mlflow.pyfunc.load_model(sys.argv[1])\n"
        "frame = model.predict(pd.DataFrame({'note': json.loads(sys.argv[2])}))\n"
        "import classifier; print(classifier.__file__)\n"
        "print(frame.to_json(orient='split'))"
    )
    root = str(Path(lifecycle.__file__).parents[1])
    done = subprocess.run(
        [sys.executable, "-c", program, path, json.dumps(NOTES), root],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        env={**os.environ, "MLFLOW_DISABLE_TELEMETRY": "true", "DO_NOT_TRACK": "true"},
    )
    assert done.returncode == 0, done.stderr
    *_, code, answer = done.stdout.splitlines()
    assert code.startswith(path)
    categories, acuity = store.load(saved.path.parent, saved.version).predict_proba(NOTES)
    got = np.array(json.loads(answer)["data"])
    np.testing.assert_allclose(got[:, :8], np.hstack([categories, acuity]), atol=1e-6)
    assert list(got[:, 8]) == [*(acuity.argmax(axis=1) + 1)]


def test_a_promoted_version_is_the_champion_of_store_and_registry(own_dir):
    saved = saved_in(own_dir)
    number = lifecycle.register(saved, None, data_dir=own_dir, seed=0)
    assert lifecycle.promote(number, data_dir=own_dir, by="amy", why="a trial") == saved.version
    champion = store.read_champion(own_dir / "models")
    assert (champion.version, champion.by, champion.why) == (saved.version, "amy", "a trial")
    with lifecycle.connected(own_dir) as mlflow:
        entry = mlflow.MlflowClient().get_model_version_by_alias(lifecycle.NAME, "champion")
    assert int(entry.version) == number


def test_what_is_not_registered_cannot_be_promoted_and_telemetry_is_off_meanwhile(own_dir):
    with pytest.raises(Unusable, match="has no version 5; `heartline train` registers one"):
        lifecycle.promote(5, data_dir=own_dir, by="amy", why="a trial")
    assert os.environ["MLFLOW_DISABLE_TELEMETRY"] == os.environ["DO_NOT_TRACK"] == "true"


def test_without_mlflow_a_sentence_says_what_to_install(own_dir, monkeypatch):
    monkeypatch.setitem(sys.modules, "mlflow", None)
    with pytest.raises(lifecycle.NoMLflow, match=r"pip install 'heartline\[train\]'"):
        lifecycle.register(saved_in(own_dir), REPORT, data_dir=own_dir, seed=0)


@pytest.fixture
def server(tmp_path):
    """A tracking server on loopback, as a center runs one for its data scientists."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "mlflow", "server", "--host", "127.0.0.1", "--port", str(port)]
    command += ["--workers", "1", "--backend-store-uri", f"sqlite:///{tmp_path}/server.db"]
    command += ["--artifacts-destination", str(tmp_path / "artifacts")]
    silent = {"MLFLOW_DISABLE_TELEMETRY": "true", "DO_NOT_TRACK": "true"}
    lean = {"MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false"}
    with (tmp_path / "server.log").open("w") as log:
        running = subprocess.Popen(command, env={**os.environ, **silent, **lean}, stdout=log, stderr=log)
    address = f"http://127.0.0.1:{port}"
    try:
        until = time.monotonic() + 120
        while not answers(f"{address}/health"):
            assert running.poll() is None, (tmp_path / "server.log").read_text()
            assert time.monotonic() < until, "the server did not start"
            time.sleep(0.2)
        yield address
    finally:
        running.terminate()
        running.wait(30)


def answers(address: str) -> bool:
    try:
        with urllib.request.urlopen(address, timeout=2):
            return True
    except OSError:
        return False


def test_a_center_s_server_is_respected_and_feeds_another_machine(server, own_dir, tmp_path, monkeypatch):
    monkeypatch.setenv("MLFLOW_TRACKING_URI", server)
    saved = saved_in(own_dir)
    number = lifecycle.register(saved, REPORT, data_dir=own_dir, seed=0)
    assert not (own_dir / "mlflow.db").exists()

    elsewhere = tmp_path / "elsewhere"
    lifecycle.promote(number, data_dir=elsewhere, by="amy", why="a trial")
    _, version = store.load_champion(elsewhere / "models")
    assert version == saved.version
    assert store.fitted_on(elsewhere / "models", version) == store.fitted_on(own_dir / "models", version)
