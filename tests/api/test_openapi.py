"""The OpenAPI document says all that the service does."""

import jsonschema
import pytest


@pytest.fixture(scope="module")
def document(client):
    return client.get("/openapi.json").json()


def operations(document):
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            yield path, method, operation


def resolved(document, reference):
    node = document
    for name in reference.removeprefix("#/").split("/"):
        node = node[name]
    return node


def references(node):
    if isinstance(node, dict):
        if isinstance(node.get("$ref"), str):
            yield node["$ref"]
        for value in node.values():
            yield from references(value)
    elif isinstance(node, list):
        for value in node:
            yield from references(value)


def test_it_lists_every_address_of_the_api(document):
    assert set(document["paths"]) == {
        "/healthz",
        "/readyz",
        "/v1/alerts",
        "/v1/alerts/{alert_id}/acknowledgement",
        "/v1/calls/{call_id}",
        "/v1/decisions",
        "/v1/eido",
        "/v1/follow-ups",
        "/v1/mode",
        "/v1/outcomes",
        "/v1/policy",
        "/v1/schema",
        "/v1/suggest",
        "/v1/team/{call_id}",
        "/v1/units",
    }


def test_every_reference_in_it_leads_somewhere(document):
    assert all(resolved(document, reference) for reference in set(references(document)))


def test_every_error_is_documented_as_a_problem(document):
    for path, _, operation in operations(document):
        errors = {status for status in operation["responses"] if status >= "400"}
        assert errors >= {"403", "405", "421"}, path
        for status in errors:
            content = operation["responses"][status]["content"]
            assert content == {
                "application/problem+json": {"schema": {"$ref": "#/components/schemas/ProblemDocument"}}
            }


def test_every_operation_is_described(document):
    for path, _, operation in operations(document):
        assert operation["summary"], path
        assert operation["description"], path


def test_its_examples_of_a_request_are_answered(document, client):
    body = document["paths"]["/v1/suggest"]["post"]["requestBody"]["content"]["application/json"]
    for example in body["examples"].values():
        assert client.post("/v1/suggest", json=example["value"]).status_code == 200


def test_its_example_of_an_answer_is_one(document, client):
    answer = document["paths"]["/v1/suggest"]["post"]["responses"]["200"]["content"]["application/json"]

    jsonschema.validate(answer["example"], client.get("/v1/schema").json())
