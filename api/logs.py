"""Log lines for people or for machines, on standard error; never what an exception says of its cause."""

import logging
from types import TracebackType
from typing import Any, Literal

from pythonjsonlogger.json import JsonFormatter

from api.problems import where

Format = Literal["text", "json"]
Failure = tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None]


class Text(logging.Formatter):
    """A line for people."""

    def __init__(self) -> None:
        super().__init__("%(levelname)s %(name)s: %(message)s")

    def formatException(self, ei: Failure) -> str:
        """Return kind and place; messages of exceptions quote what was worked on, which here is a note."""
        return _told(ei)


class Json(JsonFormatter):
    """A line for machines: one JSON object."""

    def __init__(self) -> None:
        super().__init__(
            "%(levelname)s %(name)s %(message)s",
            rename_fields={"levelname": "level", "name": "logger"},
            timestamp="at",
        )

    def formatException(self, ei: Failure) -> str:
        """Return kind and place, and no message."""
        return _told(ei)


def configuration(form: Format) -> dict[str, Any]:
    """Return the configuration of logging, as `logging.config.dictConfig` takes it."""
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"line": {"()": f"api.logs.{form.title()}"}},
        "handlers": {
            "stderr": {"class": "logging.StreamHandler", "formatter": "line", "stream": "ext://sys.stderr"}
        },
        "root": {"level": "INFO", "handlers": ["stderr"]},
        "loggers": {name: {"level": "WARNING"} for name in ("uvicorn", "alembic")},
    }


def _told(failure: Failure) -> str:
    return "" if failure[1] is None else where(failure[1])
