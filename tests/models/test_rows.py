"""A row is a request, or a reason that never holds the note."""

from datetime import UTC, datetime

import pytest

from classifier.request import Request
from models.rows import Fault, Row, request, rows
from models.sources import Broken

SECRET = "male with knife"


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"note": " a "}, {"note": " a "}),
        ({"note": "a", "id": 7, "center": "A", "acuity": 2, "answers": {"weapon": "present"}}, {"note": "a"}),
        ({"note": "a", "at": None, "area": None, "lat": None, "lon": None}, {"note": "a"}),
        (
            {"note": "a", "area": "central", "call_type": "EDP"},
            {"note": "a", "area": "central", "call_type": "EDP"},
        ),
        (
            {"note": "a", "lat": "35.9", "lon": "-78.8"},
            {"note": "a", "location": {"lat": 35.9, "lon": -78.8}},
        ),
        ({"note": "a", "lat": 35.9, "lon": -78.8}, {"note": "a", "location": {"lat": 35.9, "lon": -78.8}}),
        ({"note": "a", "at": "2026-07-04T22:10:00-04:00"}, {"note": "a", "at": "2026-07-05T02:10:00Z"}),
        ({"note": "a", "at": datetime(2026, 7, 5, tzinfo=UTC)}, {"note": "a", "at": "2026-07-05T00:00:00Z"}),
    ],
)
def test_the_known_fields_make_a_request_and_the_others_are_ignored(fields, expected):
    assert request(fields) == Request.model_validate(expected)


@pytest.mark.parametrize(
    ("fields", "field", "message"),
    [
        ({}, "note", "is missing"),
        ({"note": None}, "note", "is missing"),
        ({"note": 5}, "note", "Input should be a valid string"),
        ({"note": " \n"}, "note", "is blank; send what the telecommunicator has typed"),
        ({"note": SECRET * 20_000}, "note", "String should have at most 100000 characters"),
        ({"note": SECRET + "\ud800"}, "note", None),
        ({"note": Broken}, "note", "is no UTF-8; write the file as UTF-8"),
        ({"note": SECRET, "area": Broken}, "area", "is no UTF-8; write the file as UTF-8"),
        ({"note": SECRET, "at": "2026-07-04T22:10:00"}, "at", "Input should have timezone info"),
        ({"note": SECRET, "at": "soon"}, "at", None),
        ({"note": SECRET, "lat": 35.9}, "lon", "is missing"),
        ({"note": SECRET, "lat": "north", "lon": 1}, "lat", None),
        ({"note": SECRET, "lat": 91, "lon": 1}, "lat", "Input should be less than or equal to 90"),
        ({"note": SECRET, "call_type": "x" * 201}, "call_type", None),
    ],
)
def test_a_fault_names_the_field_and_never_holds_the_note(fields, field, message):
    found = request(fields)
    assert isinstance(found, Fault)
    assert found.field == field
    assert message is None or found.message == message
    assert SECRET not in found.message


def test_an_id_is_the_rows_own_or_its_line(tmp_path):
    path = tmp_path / "in.jsonl"
    path.write_text(
        '{"note": "a", "id": "x"}\n\n{"note": "a"}\n{"note": "a", "id": null}\n{"note": "a", "id": 0}\n'
        '{"note": "a", "id": 123456789012345678901234567890}\n{"note": "", "id": ["p", 1]}\nno json\n'
    )
    assert [(row.id, row.line) for row in rows(path)] == [
        ("x", 1),
        ("3", 3),
        ("4", 4),
        (0, 5),
        (123456789012345678901234567890, 6),
        (["p", 1], 7),
        ("8", 8),
    ]


def test_a_csv_id_that_is_no_utf8_is_a_fault_and_gives_way_to_the_line(tmp_path):
    path = tmp_path / "in.csv"
    path.write_bytes(b"note,id\na,\xff\n")
    assert [(row.id, row.request) for row in rows(path)] == [
        ("2", Fault("id", "is no UTF-8; write the file as UTF-8"))
    ]


def test_an_empty_csv_cell_is_nothing(tmp_path):
    path = tmp_path / "in.csv"
    path.write_text("note,id,at,area,lat,lon,call_type\na,,,,,,\n")
    (row,) = rows(path)
    assert row == Row("2", 2, Request(note="a"), row.position)
