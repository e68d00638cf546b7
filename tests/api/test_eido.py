"""`POST /v1/eido`: an incident goes in as a dispatch system has it, and comes out with the suggestion."""

import copy
import json
import re
from datetime import UTC, datetime
from pathlib import Path

import jsonschema
import pytest
from fastapi.testclient import TestClient
from hypothesis import given, settings
from hypothesis import strategies as st

from api import incident
from api.app import create_app
from api.codes import load
from api.settings import Settings
from classifier.policy import default_policy
from classifier.recommender import Recommender
from classifier.suggestion import json_schema

PAGE = Path(__file__).parents[2] / "docs" / "integration.md"
EXAMPLE = json.loads(re.search(r"<!-- POST /v1/eido -->\n```json\n(.*?)```", PAGE.read_text(), re.DOTALL)[1])
PLANTED = "xylophone zebra"
ADDED = {"notesComponent", "cautionComponent", "agentComponent"}


@pytest.fixture(scope="module")
def service(tmp_path_factory):
    made = Settings(data_dir=tmp_path_factory.mktemp("eido"), record_patience=30)
    with TestClient(create_app(made), base_url="http://127.0.0.1:8000") as client:
        yield client


def post(service, eido):
    answer = service.post("/v1/eido", json=eido)
    assert answer.status_code == 200, answer.text
    return answer.json()


def example(*notes, **more):
    """The example with these notes: a text, or a time and a text."""
    eido = copy.deepcopy(EXAMPLE)
    eido["notesComponent"] = [
        {"$id": f"note-{number}", "notesActionComments": note}
        if isinstance(note, str)
        else {"$id": f"note-{number}", "lastUpdateTimeStamp": note[0], "notesActionComments": note[1]}
        for number, note in enumerate(notes)
    ]
    return eido | more


def read(eido):
    return incident.read(eido, default_policy(), load())


def ours(eido, name):
    return [
        each for each in eido[name] if each.get("updatedByAgentReference") == {"$ref": incident.AUTOMATON}
    ]


def test_entries_are_read_in_the_order_of_their_times_each_with_its_time():
    early, late = "2022-07-06T18:01:00Z", "2022-07-06T14:04:00.5-04:00"

    assert read(example((late, "no gun"), (early, "<p>has gun"))).note == "[14:01] has gun\n[14:04] no gun"
    assert read(example("no gun", (early, "has gun"))).note == "no gun\n[14:01] has gun"
    assert read(example((early, "13:58 has gun"))).note == "13:58 has gun"


def test_a_later_entry_corrects_an_earlier_one_though_it_is_listed_first(service):
    sent = example(
        ("2022-07-06T14:04:00-04:00", "correction, it is a phone, no gun"),
        ("2022-07-06T14:01:00-04:00", "male has a gun"),
    )

    assert post(service, sent)["suggestion"]["weapon"] == "denied"


@pytest.mark.parametrize("wrap", [lambda component: component, lambda component: [component]])
def test_one_incident_is_taken_as_an_object_and_as_a_list(wrap, service):
    sent = {**EXAMPLE, "incidentComponent": wrap(EXAMPLE["incidentComponent"])}
    got = post(service, sent)

    assert got["suggestion"]["call_id"] == "24-118206"
    expected = {**EXAMPLE["incidentComponent"], "incidentCommonPriorityNumber": 10}
    assert got["eido"]["incidentComponent"] == wrap(expected)


def test_the_suggestion_is_that_for_its_notes_place_time_and_code(service):
    got = post(service, EXAMPLE)
    request = read(EXAMPLE).request()

    jsonschema.validate(got["suggestion"], json_schema())
    assert request["location"] == {"lat": 35.994, "lon": -78.899}
    assert request["at"].isoformat() == "2022-07-06T14:04:30-04:00"
    assert request["call_type"] == "UNWANTED PERSON"
    assert got["note"] == request["note"]
    expected = Recommender(why_degraded="no model").suggest(request)
    by_time = dict.fromkeys(("suggestion_id", "recorded", "elapsed_ms"))
    assert {**got["suggestion"], **by_time} == {**expected, **by_time}
    for hit in got["suggestion"]["override"]["hits"]:
        assert got["note"][hit["start"] : hit["end"]] == hit["text"]


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ({"incidentTypeInternalCode": "WELLNESS CHECK"}, "WELLNESS CHECK"),
        ({"incidentTypeInternalCode": "MENTAL PERSON"}, "MNTL"),
        ({"incidentTypeInternalCode": "10-99", "incidentTypeCommonRegistryText": "TRESPASS"}, "TRESPASS"),
        ({"incidentTypeInternalCode": "10-99"}, "10-99"),
        ({"incidentTypeInternalCode": 7, "incidentTypeCommonRegistryText": ["TRESPASS"]}, None),
        ({}, None),
    ],
)
def test_the_agencys_code_is_read_then_what_the_table_says_of_it_then_the_common_one(code, expected):
    assert read({"incidentComponent": code}).call_type == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ('<gml:pos srsName="x">35.9 -78.8</gml:pos>', None),
        ("<pos> 35.9 -78.8</pos>", {"lat": 35.9, "lon": -78.8}),
        ("<gml:pos>95 -78.8</gml:pos><gml:pos>35 -78</gml:pos>", {"lat": 35.0, "lon": -78.0}),
        ({"circle": [{"point": {"latitude": 35, "longitude": -78.8}}]}, {"lat": 35.0, "lon": -78.8}),
        ({"latitude": True, "longitude": 10**400}, None),
        (7, None),
    ],
)
def test_a_place_is_taken_from_pidf_lo_or_an_object(value, expected):
    assert read({"locationComponent": [{"locationByValue": value}]}).location == expected


def test_the_incidents_own_place_comes_first():
    places = [
        {"$id": "caller", "locationByValue": "<pos>1 1</pos>"},
        {"$id": "scene", "locationByValue": "<pos>2 2</pos>"},
    ]
    sent = {"incidentComponent": {"locationReference": {"$ref": "scene"}}, "locationComponent": places}

    assert read(sent).location == {"lat": 2.0, "lon": 2.0}


def test_it_comes_back_with_a_note_and_cautions_by_an_agent_of_ours(service):
    got = post(service, example("male has knife in hand, possibly a gun in the car, punching his wife"))
    eido = got["eido"]
    (note,), cautions = ours(eido, "notesComponent"), ours(eido, "cautionComponent")

    assert "Heartline suggests; nothing is dispatched" in note["notesActionComments"]
    assert {caution["cautionTypeInternalText"] for caution in cautions} >= {
        "Weapon: stated",
        "Violence: stated",
    }
    assert {caution["cautionSeverity"] for caution in cautions} == {"highest"}
    assert incident.AUTOMATON in [agent["$id"] for agent in eido["agentComponent"]]
    assert got["codes"][0]["common"] == "NCRASLTWF"
    assert got["edition"] == "APCO ANS 2.103.2-2019"


def test_what_is_only_possible_is_high_not_highest(service):
    (caution,) = ours(post(service, example("poss armed with a gun"))["eido"], "cautionComponent")

    assert caution["cautionSeverity"] == "high"
    assert caution["cautionTypeInternalText"] == "Weapon: possible, not confirmed"


def test_our_note_and_cautions_repeat_no_word_of_the_notes(service):
    got = post(service, example(f"{PLANTED} has knife in hand"))
    added = ours(got["eido"], "notesComponent") + ours(got["eido"], "cautionComponent")

    assert PLANTED not in json.dumps(added)


@pytest.mark.parametrize(
    ("kind", "weapon", "said"),
    [
        ("unarmed_team", "none", "WEAPONS NOT ASKED"),
        ("phone_clinician", "unknown", "WEAPONS NOT ANSWERED"),
        ("unarmed_team", "denied", None),
        ("police", "none", None),
    ],
)
def test_our_note_names_no_team_without_saying_that_weapons_were_not_asked(kind, weapon, said):
    suggestion = Recommender().suggest("rp adv male asleep in the lobby")
    suggestion["weapon"] = weapon
    suggestion["response"] |= {"unit": "CRT", "kind": kind}
    got = incident.answered(EXAMPLE, suggestion, default_policy(), load(), datetime.now(UTC))
    (note,) = ours(got, "notesComponent")

    assert "Community Response Team" in note["notesActionComments"]
    assert re.findall("WEAPONS NOT [A-Z]+", note["notesActionComments"]) == ([said] if said else [])


def test_in_shadow_mode_nothing_comes_back(service):
    service.put("/v1/mode", json={"mode": "shadow"})
    answer = service.post("/v1/eido", json=EXAMPLE)
    service.put("/v1/mode", json={"mode": "live"})

    assert answer.status_code == 204
    assert answer.content == b""


@pytest.mark.parametrize("theirs", [0, 3, None, "urgent"])
def test_a_priority_that_somebody_has_given_is_left(theirs, service):
    sent = copy.deepcopy(EXAMPLE)
    sent["incidentComponent"]["incidentCommonPriorityNumber"] = theirs
    got = post(service, sent)

    assert got["eido"]["incidentComponent"] == sent["incidentComponent"]
    assert got["priority"] == 10


def test_the_same_object_again_and_again_grows_no_longer_and_reads_the_same(service):
    first = post(service, EXAMPLE)
    second = post(service, first["eido"])

    assert second["note"] == first["note"]
    assert second["suggestion"]["suggestion_id"] == first["suggestion"]["suggestion_id"]
    for name in ADDED:
        assert len(second["eido"][name]) == len(first["eido"][name])


def test_a_priority_of_ours_rises_with_the_danger_and_never_falls(service):
    calm = example("male asleep, poss armed with a gun")
    first = post(service, calm)["eido"]
    assert first["incidentComponent"]["incidentCommonPriorityNumber"] == 7
    first["notesComponent"].append({"$id": "new", "notesActionComments": "now has gun in hand, shooting"})
    second = post(service, first)["eido"]
    assert second["incidentComponent"]["incidentCommonPriorityNumber"] == 10
    second["notesComponent"] = [note for note in second["notesComponent"] if note["$id"] != "new"]
    third = post(service, second)["eido"]

    assert third["incidentComponent"]["incidentCommonPriorityNumber"] == 10


@pytest.mark.parametrize(
    "eido",
    [
        {},
        {"notesComponent": []},
        {"notesComponent": [{"notesActionComments": "<p>&nbsp;</p>"}]},
        {"notesComponent": "xylophone zebra"},
        {"notesComponent": [{"notesActionComments": 7}]},
    ],
)
def test_without_any_text_there_is_nothing_to_suggest(eido, service):
    answer = service.post("/v1/eido", json=eido)

    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    assert PLANTED not in answer.text


@pytest.mark.parametrize("body", ["[]", '"x"', "null", '{"a": 1, "a": 2}', '{"notesComponent": NaN}'])
def test_what_is_no_object_is_refused(body, service):
    answer = service.post("/v1/eido", content=body, headers={"Content-Type": "application/json"})

    assert answer.status_code in (400, 422)


def test_a_number_that_json_cannot_give_back_is_refused(service):
    body = json.dumps(EXAMPLE).replace('"eidoVersion": "1.0"', '"eidoVersion": 1e999')
    answer = service.post("/v1/eido", content=body, headers={"Content-Type": "application/json"})

    assert answer.status_code == 400


def test_of_notes_that_are_too_long_the_newest_are_read(service):
    got = post(service, example("x " * 60_000, "has knife in hand"))

    assert len(got["note"]) == 100_000
    assert got["left_out"] > 0
    assert got["suggestion"]["weapon"] == "present"


NUMBERS = st.integers(-(2**60), 2**60) | st.floats(allow_nan=False, allow_infinity=False)
TEXT = st.text(max_size=20)
JSON = st.recursive(
    st.none() | st.booleans() | NUMBERS | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=8,
)
PARTS = [*ADDED, "incidentComponent", "locationComponent", "lastUpdateTimeStamp", "$id", "agencyComponent"]
FIELDS = [
    "$id",
    "$ref",
    "notesActionComments",
    "lastUpdateTimeStamp",
    "incidentTypeInternalCode",
    "locationByValue",
]
COMPONENT = st.dictionaries(st.sampled_from(FIELDS) | TEXT, JSON, max_size=4)
ODD = st.dictionaries(
    st.sampled_from(PARTS) | TEXT, JSON | COMPONENT | st.lists(COMPONENT | JSON, max_size=3), max_size=6
)
SUGGESTIONS = [Recommender().suggest(note) for note in ("male has knife in hand", "rp adv", "loud music")]


@given(ODD, st.sampled_from(SUGGESTIONS))
@settings(max_examples=150)
def test_whatever_an_object_holds_it_can_be_read_and_all_of_it_survives(eido, suggestion):
    sent = copy.deepcopy(eido)
    found = read(eido)
    at = datetime(2022, 7, 6, tzinfo=UTC)
    got = incident.answered(eido, suggestion, default_policy(), load(), at)

    assert eido == sent
    found.note.encode()
    for name, value in sent.items():
        if name in ADDED and value is not None:
            listed = value if isinstance(value, list) else [value]
            assert got[name][: len(listed)] == listed if got[name] != value else True
        elif name == "incidentComponent":
            assert without_priority(got[name]) == without_priority(value)
        elif name not in ADDED:
            assert got[name] == value


def without_priority(value):
    if isinstance(value, dict):
        return {key: inner for key, inner in value.items() if key != "incidentCommonPriorityNumber"}
    return [without_priority(each) for each in value] if isinstance(value, list) else value


@given(st.text(max_size=200), st.dictionaries(TEXT, JSON, max_size=3))
@settings(max_examples=60, deadline=None)
def test_any_html_and_any_unknown_fields_are_answered_by_the_service(service, comments, unknown):
    note = {**unknown, "$id": "n", "notesActionComments": comments + " <b>has</b> knife in hand"}
    sent = {**unknown, **EXAMPLE, "notesComponent": [note]}
    got = post(service, json.loads(json.dumps(sent)))

    assert got["eido"]["notesComponent"][0] == note
    assert {name: got["eido"][name] for name in unknown if name not in EXAMPLE} == {
        name: value for name, value in unknown.items() if name not in EXAMPLE
    }
    assert "knife in hand" in got["note"]
