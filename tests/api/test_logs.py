"""Log lines for people or machines; what an exception says of its cause is in neither."""

import json
import logging
from logging.config import dictConfig

import pytest
from fastapi.testclient import TestClient

from api.app import create_app
from api.logs import Json, Text, configuration
from api.settings import Settings

PLANTED = "zebra crossing 4711"


def failure():
    try:
        raise ValueError(PLANTED)
    except ValueError as error:
        return (type(error), error, error.__traceback__)


def record(**more):
    return logging.LogRecord("heartline", logging.ERROR, "x.py", 1, "it %s", ("failed",), **more)


def test_a_line_for_machines_is_one_object(caplog):
    said = json.loads(Json().format(record(exc_info=None)))

    assert {name: said[name] for name in ("level", "logger", "message")} == {
        "level": "ERROR",
        "logger": "heartline",
        "message": "it failed",
    }
    assert said["at"].endswith("+00:00")


@pytest.mark.parametrize("form", [Text, Json])
def test_an_exception_is_told_by_kind_and_place(form):
    said = form().format(record(exc_info=failure()))

    assert "ValueError" in said
    assert "test_logs.py" in said
    assert "zebra" not in said
    assert "\n" not in said or form is Text


def test_the_access_log_of_machines_has_fields(tmp_path, caplog):
    caplog.set_level(logging.INFO, logger="heartline.access")
    settings = Settings(data_dir=tmp_path, access_log=True, record=False)
    with TestClient(create_app(settings), base_url="http://127.0.0.1:8000") as client:
        client.get("/healthz")

    [line] = [each for each in caplog.records if each.name == "heartline.access"]
    said = json.loads(Json().format(line))
    assert (said["method"], said["route"], said["status"]) == ("GET", "/healthz", 200)
    assert said["ms"] >= 0


@pytest.mark.parametrize("form", ["text", "json"])
def test_either_can_be_set(form):
    root, before = logging.getLogger(), logging.getLogger().handlers[:]
    level = root.level
    try:
        dictConfig(configuration(form))
        assert type(root.handlers[0].formatter) is {"text": Text, "json": Json}[form]
    finally:
        root.handlers[:] = before
        root.setLevel(level)
        for name in ("uvicorn", "alembic"):
            logging.getLogger(name).setLevel(logging.NOTSET)
