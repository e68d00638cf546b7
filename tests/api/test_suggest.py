"""`POST /v1/suggest` gives the contract's object."""

import uuid
from datetime import UTC, datetime

import jsonschema
import pytest

from classifier.recommender import Recommender
from classifier.suggestion import json_schema

NOTE = "rp adv male asleep in the lobby refuses to leave, 🔪 has knife in hand"


def suggest(client, **fields):
    answer = client.post("/v1/suggest", json=fields)
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_the_answer_is_valid_by_the_schema_that_the_service_gives(client):
    schema = client.get("/v1/schema").json()

    assert schema == json_schema()
    jsonschema.validate(suggest(client, note=NOTE), schema)


def test_the_answer_has_an_id_of_version_7_and_says_that_it_is_recorded(client):
    first, second = suggest(client, note=NOTE), suggest(client, note=NOTE)

    assert uuid.UUID(first["suggestion_id"]).version == 7
    assert first["suggestion_id"] < second["suggestion_id"]
    assert first["recorded"] == "stored"
    assert first["elapsed_ms"] > 0


def test_apart_from_that_it_is_what_the_recommender_says(client):
    fields = {"note": NOTE, "at": "2022-07-06T10:00:00-04:00", "area": "central", "call_id": "24-1"}
    given = suggest(client, **fields)
    serving = client.app.state.serving
    expected = serving.recommender.suggest(fields)

    assert isinstance(serving.recommender, Recommender)
    for key in ("suggestion_id", "recorded", "elapsed_ms"):
        given.pop(key), expected.pop(key)
    assert given == expected


def test_a_missing_time_is_now(client, monkeypatch):
    asked = []
    recommender = client.app.state.serving.recommender
    plain = recommender.suggest
    monkeypatch.setattr(recommender, "suggest", lambda call: asked.append(call.at) or plain(call))
    suggest(client, note=NOTE)
    suggest(client, note=NOTE, at="2022-07-06T10:00:00-04:00")

    assert abs((asked[0] - datetime.now(UTC)).total_seconds()) < 5
    assert asked[1] == datetime(2022, 7, 6, 14, tzinfo=UTC)


def test_offsets_count_code_points(client):
    hit = next(hit for hit in suggest(client, note=NOTE)["override"]["hits"] if hit["hazard"] == "weapon")

    assert NOTE[hit["start"] : hit["end"]] == hit["text"] == "knife"


def test_an_answer_by_key_counts(client):
    before = suggest(client, note="rp adv male asleep in the lobby")
    after = suggest(client, note="rp adv male asleep in the lobby", answers={"weapon": "present"})

    assert before["weapon"] != "present"
    assert after["weapon"] == "present"
    assert [hit["source"] for hit in after["override"]["hits"]] == ["answer"]


def test_a_leading_byte_order_mark_does_no_harm(client):
    body = '\ufeff{"note": "male with knife"}'.encode()

    assert (
        client.post("/v1/suggest", content=body, headers={"Content-Type": "application/json"}).status_code
        == 200
    )


def test_without_a_model_the_rules_still_answer_and_say_so(without_model):
    given = suggest(without_model, note=NOTE)

    assert given["degraded"]
    assert given["versions"]["model"] is None
    assert given["weapon"] == "present"
    assert {category["probability"] for category in given["categories"]} == {None}
    jsonschema.validate(given, json_schema())


@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/v1/schema", "/v1/policy", "/openapi.json"])
def test_every_address_answers_in_json(client, path):
    answer = client.get(path)

    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/json"


def test_the_policy_names_what_a_suggestion_gives_by_its_id(client):
    given, names = suggest(client, note=NOTE), client.get("/v1/policy").json()
    known = {unit["id"] for unit in names["units"]}

    assert {given["response"]["unit"], *given["response"]["also"]} <= known
    assert names["version"] == given["versions"]["policy"]
    assert "central" in names["areas"]
    assert [words[0] for words in names["acuity"]] == ["1", "2", "3", "4"]
