"""A flat row holds everything that the suggestion says, under names that do not repeat."""

import json

from classifier.columns import COLUMNS, OF_SUGGESTION, flatten
from classifier.suggestion import json_schema
from classifier.terms import CATEGORIES

SPAN = {"start": 5, "end": 10, "text": "knife"}
SUGGESTION = {
    "schema": 1,
    "suggestion_id": None,
    "call_id": "24-1",
    "categories": [
        {
            "category": category,
            "probability": 0.25,
            "suggested": place == 3,
            "by": "both" if place == 3 else None,
            "confidence": "sure",
            "evidence": [{**SPAN, "weight": 0.2}],
        }
        for place, category in enumerate(CATEGORIES)
    ],
    "acuity": {
        "level": 3,
        "name": "urgent",
        "model_level": 2,
        "probabilities": [0.1, 0.4, 0.3, 0.2],
        "plausible": [2, 3],
        "floor": 3,
    },
    "weapon": "present",
    "override": {
        "active": True,
        "hits": [
            {
                **SPAN,
                "rule": "weapon-knife",
                "hazard": "weapon",
                "status": "asserted",
                "reason": "A knife.",
                "acuity_floor": 3,
                "source": "note",
            }
        ],
    },
    "mentions": [{**SPAN, "hazard": "weapon", "status": "asserted", "cue": None}],
    "response": {
        "unit": "police",
        "kind": "police",
        "also": ["ems"],
        "stage": True,
        "available": None,
        "instead": {"unit": "ems", "reason": "busy"},
        "because": ["a “knife”"],
        "not": [{"unit": "CRT", "reason": "a weapon"}],
        "follow_up": False,
        "row": "15",
    },
    "ask": [{"fact": "hurt", "question": "Is anybody hurt?", "answers": ["yes", "no"]}],
    "versions": {"model": "0" * 12, "rules": "r", "policy": "p", "heartline": "0.1.0"},
    "degraded": None,
    "recorded": None,
    "elapsed_ms": None,
}


def test_nothing_of_a_suggestion_is_lost():
    back = {"categories": [{"category": category} for category in CATEGORIES]}
    for column, cell in zip(OF_SUGGESTION, flatten(SUGGESTION).values(), strict=True):
        *way, last = column.path
        part = back
        for key in way:
            part = part[key] if isinstance(key, int) else part.setdefault(key, {})
        part[last] = json.loads(cell) if cell is not None and column.form == "json" else cell
    assert back == SUGGESTION


def test_every_field_of_the_schema_begins_a_column():
    assert {column.path[0] for column in OF_SUGGESTION} == set(json_schema()["properties"])


def test_cells_are_what_their_column_says():
    kinds = {"text": str, "json": str, "integer": int, "number": float, "boolean": bool}
    for column, cell in zip(OF_SUGGESTION, flatten(SUGGESTION).values(), strict=True):
        assert cell is None or type(cell) is kinds[column.form], column.name


def test_an_empty_list_is_told_apart_from_nothing():
    row = flatten({**SUGGESTION, "ask": [], "response": {**SUGGESTION["response"], "instead": None}})
    assert row["ask"] == "[]"
    assert row["response_instead"] is None


def test_names_do_not_repeat_and_every_column_says_what_it_is():
    assert len({column.name for column in COLUMNS}) == len(COLUMNS)
    assert all(column.what for column in COLUMNS)
    assert [column.name for column in COLUMNS[:3]] == ["id", "line", "error"]
