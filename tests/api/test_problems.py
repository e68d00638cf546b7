"""Every error is a problem document that names the field and never repeats what was sent."""

import json
import logging

import pytest
from fastapi.testclient import TestClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from api.app import create_app
from api.body import parse
from api.problems import Problem, ProblemDocument
from api.settings import Settings

PLANTED = "zebra crossing 4711"
JSON = {"Content-Type": "application/json"}


def post(client, body, **headers):
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    return client.post("/v1/suggest", content=content, headers={**JSON, **headers})


def problem(answer):
    """The document, checked for its form."""
    assert answer.headers["content-type"] == "application/problem+json"
    document = ProblemDocument.model_validate(answer.json())
    assert document.status == answer.status_code
    assert document.title
    assert document.detail.endswith(".")
    return document


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", f"/{PLANTED}", 404),
        ("GET", f"/console/{PLANTED}", 404),
        ("GET", "/console/..%2fapp.py", 404),
        ("GET", f"/v1/suggest?note={PLANTED}", 405),
        ("DELETE", "/v1/suggest", 405),
        ("POST", "/console/", 405),
        ("GET", "/docs", 404),
        ("GET", "/redoc", 404),
    ],
)
def test_a_wrong_address_or_method_is_a_problem(client, method, path, status):
    answer = client.request(method, path)

    assert problem(answer).status == status
    assert PLANTED not in answer.text


def test_a_refused_method_says_which_are_allowed(client):
    assert client.get("/v1/suggest").headers["allow"] == "POST"


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"\xff\xfe{}",
        b'{"note": "\xc3"}',
        f'{{"note": "{PLANTED}"'.encode(),
        b"[" * 100_000,
        b'{"a":' * 100_000,
        b"NaN",
        b"1" * 10_000,
        b'{"note": "a", "note": "b"}',
    ],
    ids=["empty", "cut", "UTF-16", "no UTF-8", "unclosed", "deep list", "deep", "NaN", "long", "twice"],
)
def test_a_body_that_is_not_json_is_a_problem(client, body):
    answer = post(client, body)

    assert problem(answer).status == (422 if body == b"" else 400)
    assert PLANTED not in answer.text


@pytest.mark.parametrize(
    ("body", "field"),
    [
        (b'{"note": "a", "note": "b"}', "note"),
        (b'{"note": "a", "location": {"lat": 1, "lat": 2, "lon": 3}}', "lat"),
        (b'{"note": "a", "location": {"lat": NaN, "lon": 3}}', "lat"),
        (b'{"note": -Infinity}', "note"),
        (b'{"note": [1, NaN]}', "note"),
    ],
)
def test_what_json_does_not_allow_is_named_by_field(client, body, field):
    found = problem(post(client, body))

    assert found.status == 400
    assert [error.field for error in found.errors] == [field]


@pytest.mark.parametrize(
    ("fields", "field", "says"),
    [
        ({"note": "\ud800"}, "note", "lone surrogate"),
        ({"note": "knife \udfff here"}, "note", "lone surrogate"),
        ({"note": " \n\t\u3000"}, "note", "blank"),
        ({"note": ""}, "note", "blank"),
        ({"note": "x" * 100_001}, "note", "100000"),
        ({"note": None}, "note", "string"),
        ({"note": {"text": PLANTED}}, "note", "string"),
        ({}, "note", "required"),
        ({"note": "a", "call_id": "\ud800"}, "call_id", "lone surrogate"),
        ({"note": "a", "at": "2026-07-04T22:10:00"}, "at", "offset"),
        ({"note": "a", "at": PLANTED}, "at", "datetime"),
        ({"note": "a", "area": PLANTED}, "area", "known are central"),
        ({"note": "a", "location": {"lat": 91, "lon": 0}}, "location.lat", "90"),
        ({"note": "a", "location": {"lat": 1}}, "location.lon", "required"),
        ({"note": "a", "answers": {"weapon": PLANTED}}, "answers.weapon", "denied_first_hand"),
        ({"note": "a", "answers": {"wepon": "present"}}, "answers.wepon", "no field"),
        ({"note": "a", "notes": PLANTED}, "notes", "no field"),
        ({"note": "a", PLANTED: 1}, "(no name of a field)", "no field"),
    ],
)
def test_a_field_at_fault_is_named_with_what_is_allowed(client, fields, field, says):
    answer = post(client, fields)
    found = problem(answer)

    assert found.status == 422
    assert [error.field for error in found.errors] == [field]
    assert says in found.errors[0].message
    assert PLANTED not in answer.text


@pytest.mark.parametrize("body", [b"[]", b'"note"', b"null", b"1"])
def test_a_body_that_is_no_object_is_a_problem(client, body):
    assert problem(post(client, body)).status == 422


@pytest.mark.parametrize(
    "content_type", ["text/plain", "application/x-www-form-urlencoded", "", "application/jsonp"]
)
def test_a_body_that_is_not_announced_as_json_is_not_read(client, content_type):
    answer = client.post(
        "/v1/suggest", content=json.dumps({"note": PLANTED}), headers={"Content-Type": content_type}
    )

    assert problem(answer).status == 415
    assert PLANTED not in answer.text


class Failing:
    """A recommender that fails as real code does: with the note in its message."""

    def suggest(self, call, *, evidence=True):
        raise ValueError(f"cannot read {call}")


def test_what_nobody_foresaw_is_a_problem_and_its_log_holds_no_word_of_the_note(tmp_path, caplog):
    caplog.set_level(logging.DEBUG)
    with TestClient(create_app(Settings(data_dir=tmp_path)), base_url="http://127.0.0.1:8000") as client:
        client.app.state.serving.recommender = Failing()
        answer = post(client, {"note": PLANTED})
        ready = client.get("/readyz")

    assert problem(answer).status == 500
    assert problem(ready).status == 503
    assert "ValueError at" in caplog.text
    assert "test_problems.py" in caplog.text
    assert PLANTED not in answer.text + caplog.text


@given(st.binary() | st.text().map(lambda text: text.encode("utf-8", "surrogatepass")))
@settings(max_examples=300)
def test_no_bytes_break_the_reading_of_a_body(body):
    try:
        value = parse(body)
    except Problem as problem:
        refused = problem.status_code
    else:
        refused = None
        assert value == json.loads(body.decode("utf-8-sig"))
    assert refused in {None, 400}


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.just(PLANTED),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5) | st.just(PLANTED), inner)
    ),
    max_leaves=8,
)
fields = st.sampled_from(["call_id", "at", "area", "location", "call_type", "answers", PLANTED, "x"])


@given(st.dictionaries(fields, anything), st.text() | anything)
@settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_whatever_is_sent_gets_a_suggestion_or_a_problem_and_no_problem_repeats_it(client, other, note):
    answer = post(client, {**other, "note": note})

    assert answer.status_code in {200, 400, 422}
    if answer.status_code != 200:
        problem(answer)
        assert PLANTED not in answer.text
