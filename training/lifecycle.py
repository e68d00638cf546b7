"""The life of a model in MLflow: logged with its figures, registered as challenger, promoted to champion."""

import json
import logging
import os
import shutil
import tempfile
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict
from importlib.metadata import version as installed
from pathlib import Path
from types import ModuleType
from typing import Any, Final

import classifier
import models
from models import store
from training import Unusable
from training.evaluate import Report

NAME: Final = "heartline-call-model"
EXPERIMENT: Final = "heartline"
VERSION_TAG: Final = "heartline.version"

RUNS_ON: Final = (
    "numpy",
    "pydantic",
    "pyyaml",
    "scikit-learn",
    "scipy",
    "spacy",
    "typing-extensions",
)
"""What the logged model needs beside MLflow itself; pinned to what it was fit with."""


class NoMLflow(Unusable):
    """MLflow is not installed, or does not answer; says what to do."""


def register(saved: store.Saved, report: Report | None, *, data_dir: Path, seed: int) -> int:
    """Log a saved model and its figures, and register it as challenger.

    Parameters
    ----------
    saved : models.store.Saved
        The model, in the store.
    report : Report, optional
        Its figures; None where nothing could be held out.
    data_dir : Path
        Where runs are tracked, unless `MLFLOW_TRACKING_URI` names a server.
    seed : int
        Of the fit.

    Returns
    -------
    int
        The number of the registered version, which now has the alias `challenger`.
    """
    with connected(data_dir) as mlflow:
        return _register(mlflow, saved, report, seed)


def promote(number: int, *, data_dir: Path, by: str, why: str) -> str:
    """Make a registered version the champion that the service answers with.

    Parameters
    ----------
    number : int
        The registered version.
    data_dir : Path
        Holds the store of models; files that are not there yet are fetched from MLflow.
    by, why : str
        Who promotes it and for what reason; written into `champion.json`.

    Returns
    -------
    str
        The model's version in the store.
    """
    folder = data_dir / "models"
    with connected(data_dir) as mlflow:
        client = mlflow.MlflowClient()
        version = _store_version(mlflow, client, number)
        if not (folder / f"{version}.json").exists():
            _fetch(mlflow, number, folder)
        store.promote(folder, version, by=by, why=why)
        client.set_registered_model_alias(NAME, "champion", str(number))
    return version


@contextmanager
def connected(data_dir: Path) -> Iterator[ModuleType]:
    """Give MLflow, silent towards its makers and bound to where runs are tracked.

    `MLFLOW_TRACKING_URI` is respected; without it, runs go into an SQLite file in the data directory.
    MLflow's own deprecation warnings and notices are kept from the screen.

    Raises
    ------
    NoMLflow
        If it is not installed; the base install does without.
    """
    os.environ["MLFLOW_DISABLE_TELEMETRY"] = os.environ["DO_NOT_TRACK"] = "true"
    os.environ.setdefault("MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR", "false")
    try:
        import mlflow
    except ModuleNotFoundError:
        raise NoMLflow(
            "MLflow is not installed, and retraining needs it. "
            "Install it with: pip install 'heartline[train]'"
        ) from None
    for name in ("mlflow", "alembic"):
        logging.getLogger(name).setLevel(logging.WARNING)
    data_dir.mkdir(parents=True, exist_ok=True)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        _bind(mlflow, data_dir)
        yield mlflow


def _bind(mlflow: ModuleType, data_dir: Path) -> None:
    elsewhere = os.environ.get("MLFLOW_TRACKING_URI")
    mlflow.set_tracking_uri(elsewhere or f"sqlite:///{(data_dir / 'mlflow.db').resolve()}")
    if mlflow.get_experiment_by_name(EXPERIMENT) is None:
        here = (data_dir / "mlartifacts").resolve().as_uri()
        mlflow.create_experiment(EXPERIMENT, artifact_location=None if elsewhere else here)
    mlflow.set_experiment(EXPERIMENT)


def _register(mlflow: ModuleType, saved: store.Saved, report: Report | None, seed: int) -> int:
    about = json.loads(saved.path.with_suffix(".json").read_text("utf-8"))["about"]
    with mlflow.start_run(run_name=saved.version), _files_of(saved) as folder:
        mlflow.log_params(_params(about, seed))
        if report is not None:
            mlflow.log_metrics(_metrics(report))
            mlflow.log_dict(asdict(report), "figures.json")
        info = _log_model(mlflow, folder, saved)
    number = int(info.registered_model_version)
    client = mlflow.MlflowClient()
    client.set_model_version_tag(NAME, str(number), VERSION_TAG, saved.version)
    client.set_registered_model_alias(NAME, "challenger", str(number))
    return number


def _store_version(mlflow: ModuleType, client: Any, number: int) -> str:
    try:
        entry = client.get_model_version(NAME, str(number))
    except mlflow.exceptions.MlflowException:
        raise Unusable(f"{NAME} has no version {number}; `heartline train` registers one") from None
    return str(entry.tags[VERSION_TAG])


def _fetch(mlflow: ModuleType, number: int, folder: Path) -> None:
    with tempfile.TemporaryDirectory() as temporary:
        fetched = mlflow.artifacts.download_artifacts(f"models:/{NAME}/{number}", dst_path=temporary)
        folder.mkdir(parents=True, exist_ok=True)
        for file in Path(fetched, "artifacts", "store").iterdir():
            shutil.copy2(file, folder)


@contextmanager
def _files_of(saved: store.Saved) -> Iterator[Path]:
    """Put the saved model's files into a folder of their own, which MLflow copies as one artifact."""
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary, "store")
        folder.mkdir()
        for file in saved.path.parent.glob(f"{saved.version}.*"):
            shutil.copy2(file, folder)
        yield folder


def _log_model(mlflow: ModuleType, folder: Path, saved: store.Saved) -> Any:
    import pandas as pd
    from mlflow.models import infer_signature

    example = pd.DataFrame({"note": ["RP ADV MALE PACING IN LOBBY, REFUSING TO LEAVE, NO WEAPONS SEEN"]})
    categories, acuity = store.load(folder, saved.version).predict_proba(list(example["note"]))
    names = [*classifier.terms.CATEGORIES, *(f"acuity_{level}" for level in (1, 2, 3, 4))]
    answer = pd.DataFrame([[*categories[0], *acuity[0]]], columns=names).assign(acuity=1)
    return mlflow.pyfunc.log_model(
        name="model",
        python_model=str(Path(__file__).with_name("pyfunc.py")),
        artifacts={"store": str(folder)},
        code_paths=[str(Path(package.__file__ or "").parent) for package in (classifier, models)],
        signature=infer_signature(example, answer),
        input_example=example,
        pip_requirements=[f"{name}=={installed(name)}" for name in ("mlflow", *RUNS_ON)],
        registered_model_name=NAME,
    )


def _params(about: Mapping[str, Any], seed: int) -> dict[str, Any]:
    flat = {"seed": seed, **{key: about[key] for key in ("data", "code", "rules", "model_code", "notes")}}
    return {**flat, "centers": " ".join(about["centers"]), **about["packages"]}


def _metrics(report: Report) -> dict[str, float]:
    """Name figures `system.macro_f1`, `model.macro_f1`, and by center `center.A.macro_f1`."""
    metrics = {f"system.{name}": figure.value for name, figure in report.system.items()}
    metrics |= {f"model.{name}": figure.value for name, figure in (report.model or {}).items()}
    for center, values in report.centers.items():
        metrics |= {f"center.{center}.{name}": value for name, value in values.items()}
    return {name: value for name, value in metrics.items() if value is not None}
