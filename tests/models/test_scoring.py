"""A file of notes becomes a file of answers: in order, whole, and without the notes that were refused."""

import csv
import json
import tracemalloc

import pyarrow
import pytest
from pyarrow import parquet

from classifier.columns import COLUMNS, flatten
from classifier.policy import UnknownArea
from models.scoring import Tally, score
from models.sources import Unreadable
from models.tables import ENDINGS

SUGGESTION = {
    "schema": 1,
    "suggestion_id": None,
    "call_id": None,
    "categories": [
        {
            "category": category,
            "probability": 0.125,
            "suggested": category == "trespass",
            "by": "model" if category == "trespass" else None,
            "confidence": "likely",
            "evidence": [],
        }
        for category in ("mental_health", "trespass", "welfare_check", "weapons_present")
    ],
    "acuity": {
        "level": 2,
        "name": "moderate",
        "model_level": 2,
        "probabilities": [0.25, 0.5, 0.125, 0.125],
        "plausible": [2],
        "floor": None,
    },
    "weapon": "none",
    "override": {"active": False, "hits": []},
    "mentions": [],
    "response": {
        "unit": "crt",
        "kind": "unarmed_team",
        "also": [],
        "stage": False,
        "available": None,
        "instead": None,
        "because": ["“mañana”, he said"],
        "not": [],
        "follow_up": True,
        "row": "25",
    },
    "ask": [],
    "versions": {"model": "0" * 12, "rules": "r", "policy": "p", "heartline": "0.1.0"},
    "degraded": None,
    "recorded": None,
    "elapsed_ms": None,
}


class Echo:
    """Suggests the same for every note, and says in `call_id` which one it read."""

    def __init__(self):
        self.evidence = set()

    def suggest(self, request, *, evidence=True):
        self.evidence.add(evidence)
        if request.area == "atlantis":
            raise UnknownArea("atlantis is no area; known are: central")
        return {**SUGGESTION, "call_id": request.note}

    def suggest_many(self, requests, *, evidence=True):
        return [self.suggest(request, evidence=evidence) for request in requests]


def write(path, records):
    if path.suffix == ".jsonl":
        path.write_text("".join(json.dumps(record) + "\n" for record in records))
    elif path.suffix == ".csv":
        with path.open("w", newline="") as file:
            table = csv.DictWriter(file, ["note", "id", "area"])
            table.writeheader()
            table.writerows(records)
    else:
        parquet.write_table(pyarrow.Table.from_pylist(records), path)


def read(path):
    """The rows of an output as flat cells, whatever its form."""
    if path.suffix == ".parquet":
        return parquet.read_table(path).to_pylist()
    if path.suffix == ".jsonl":
        objects = [json.loads(line) for line in path.read_bytes().split(b"\n")[:-1]]
        empty = {column.name: None for column in COLUMNS}
        return [{**empty, **as_cells(each)} for each in objects]
    with path.open(newline="", encoding="utf-8") as file:
        return [
            {column.name: parsed(row[column.name], column) for column in COLUMNS}
            for row in csv.DictReader(file)
        ]


def as_cells(each):
    if "error" in each:
        error = json.dumps(each["error"], separators=(",", ":"))
        return {"id": str(each["id"]), "line": each["line"], "error": error}
    return {"id": str(each["id"]), **flatten(each)}


def parsed(cell, column):
    if cell == "":
        return None
    return cell if column.form in ("text", "json") else json.loads(cell)


@pytest.mark.parametrize("target", ENDINGS)
@pytest.mark.parametrize("source", ENDINGS)
def test_every_form_goes_in_and_every_form_comes_out(tmp_path, source, target):
    notes = [f"note {number}, “quoted”\nand\u2028broken" for number in range(2_500)]
    write(
        tmp_path / f"in{source}",
        [{"note": note, "id": f"x{n}", "area": None} for n, note in enumerate(notes)],
    )

    tally = score(tmp_path / f"in{source}", tmp_path / f"out{target}", Echo())

    assert tally == Tally(rows=2_500, refused=0)
    found = read(tmp_path / f"out{target}")
    assert [row["call_id"] for row in found] == notes
    assert [row["id"] for row in found] == [f"x{number}" for number in range(2_500)]
    expected = {"id": "x0", "line": None, "error": None, **flatten({**SUGGESTION, "call_id": notes[0]})}
    assert found[0] == expected


@pytest.mark.parametrize("target", ENDINGS)
def test_a_bad_row_gives_an_error_in_its_place_and_the_others_are_unharmed(tmp_path, target):
    write(
        tmp_path / "in.jsonl",
        [{"note": "a"}, {"note": "b", "id": "B", "area": "atlantis"}, {"id": 5}, {"note": "c", "id": "C"}],
    )
    with (tmp_path / "in.jsonl").open("ab") as file:
        file.write(b'{"note": "\xff"}\n')

    assert score(tmp_path / "in.jsonl", tmp_path / f"out{target}", Echo()) == Tally(rows=5, refused=3)

    found = read(tmp_path / f"out{target}")
    assert [(row["id"], row["line"], row["call_id"]) for row in found] == [
        ("1", None, "a"),
        ("B", 2, None),
        ("5", 3, None),
        ("C", None, "c"),
        ("5", 5, None),
    ]
    assert [row["error"] and json.loads(row["error"]) for row in found] == [
        None,
        {"field": "area", "message": "atlantis is no area; known are: central"},
        {"field": "note", "message": "is missing"},
        None,
        {"field": None, "message": "is no UTF-8; write the file as UTF-8"},
    ]


def test_a_line_of_output_is_the_id_and_the_object_of_the_contract(tmp_path):
    ids = ["plain", 7, 12345678901234567890123, -0.5, True, ["p"], "\ud800", "é\u2028"]
    write(tmp_path / "in.jsonl", [{"note": "a", "id": each} for each in ids])

    score(tmp_path / "in.jsonl", tmp_path / "out.jsonl", Echo())

    *lines, last = (tmp_path / "out.jsonl").read_bytes().split(b"\n")
    assert last == b""
    for line, own in zip(lines, ids, strict=True):
        found = json.loads(line)
        assert list(found) == ["id", *SUGGESTION]
        assert found == {"id": own, **SUGGESTION, "call_id": "a"}


def test_an_error_line_holds_id_line_and_error_alone(tmp_path):
    (tmp_path / "in.jsonl").write_bytes(b"\n[1]\n")
    score(tmp_path / "in.jsonl", tmp_path / "out.jsonl", Echo())
    assert (tmp_path / "out.jsonl").read_bytes() == (
        b'{"id":"2","line":2,"error":{"field":null,"message":"is no JSON object"}}\n'
    )


@pytest.mark.parametrize("target", ENDINGS)
def test_no_rows_make_an_empty_table(tmp_path, target):
    (tmp_path / "in.jsonl").write_bytes(b"\n\n")
    assert score(tmp_path / "in.jsonl", tmp_path / f"out{target}", Echo()) == Tally(0, 0)
    assert read(tmp_path / f"out{target}") == []


def test_what_cannot_be_read_leaves_the_target_as_it_was(tmp_path):
    (tmp_path / "in.csv").write_text("text\na\n")
    (tmp_path / "out.jsonl").write_text("before")
    with pytest.raises(Unreadable):
        score(tmp_path / "in.csv", tmp_path / "out.jsonl", Echo())
    assert (tmp_path / "out.jsonl").read_text() == "before"
    assert len(list(tmp_path.iterdir())) == 2


def test_evidence_may_be_left_out_and_progress_is_told(tmp_path):
    write(tmp_path / "in.jsonl", [{"note": "a"}, {"note": "b"}])
    echo, told = Echo(), []
    score(tmp_path / "in.jsonl", tmp_path / "out.jsonl", echo, evidence=False, progress=told.append)
    assert echo.evidence == {False}
    assert told == [14, 28]


@pytest.mark.parametrize("ending", ENDINGS)
def test_memory_does_not_grow_with_the_file(tmp_path, ending):
    def peak(rows):
        write(
            tmp_path / f"in{ending}", [{"note": "x" * 400, "id": str(n), "area": None} for n in range(rows)]
        )
        tracemalloc.start()
        score(tmp_path / f"in{ending}", tmp_path / f"out{ending}", Echo())
        high = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return high

    peak(10)
    assert peak(9_000) < 1.5 * peak(3_000)
