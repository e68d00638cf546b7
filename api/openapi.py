"""The OpenAPI document: FastAPI's, with the form of a problem and an answer that was really given."""

from typing import Any

from fastapi import FastAPI
from pydantic.json_schema import models_json_schema

from api.access.roles import needs
from api.problems import FieldError, ProblemDocument
from api.suggest import EXAMPLES

PROBLEMS = models_json_schema(
    [(ProblemDocument, "serialization"), (FieldError, "serialization")],
    ref_template="#/components/schemas/{model}",
)[1]["$defs"]


def describe(app: FastAPI) -> None:
    """Make the application serve the whole document."""
    plain = app.openapi

    def whole() -> dict[str, Any]:
        if app.openapi_schema is None:
            example = app.state.serving.recommender.suggest(EXAMPLES["call"]["value"])
            document = plain()
            document["components"]["schemas"] |= PROBLEMS
            _answer(document)["example"] = example
        assert app.openapi_schema is not None
        return app.openapi_schema

    app.openapi = whole  # type: ignore[method-assign]
    app.add_api_route("/openapi.json", whole, dependencies=[needs("look")], include_in_schema=False)


def _answer(document: dict[str, Any]) -> dict[str, Any]:
    answer: dict[str, Any] = document["paths"]["/v1/suggest"]["post"]["responses"]["200"]
    content: dict[str, Any] = answer["content"]["application/json"]
    return content
