"""The JSON Schema that ships is the one that the code gives, and the contract's fields are all there."""

import json
from pathlib import Path

from jsonschema import Draft202012Validator

import classifier
from classifier.suggestion import json_schema

SHIPPED = Path(classifier.__file__).parent / "schema" / "suggestion-1.json"

CONTRACT = {
    "Suggestion": "schema suggestion_id call_id categories acuity weapon override mentions response ask "
    "versions degraded recorded elapsed_ms",
    "CategorySuggestion": "category probability suggested by confidence evidence",
    "Evidence": "start end text weight",
    "AcuitySuggestion": "level name model_level probabilities plausible floor",
    "Override": "active hits",
    "Hit": "rule hazard status start end text reason acuity_floor source",
    "Mention": "hazard status start end text cue",
    "Cue": "start end text",
    "Response": "unit kind also stage available instead because not follow_up row",
    "Instead": "unit reason",
    "NotUnit": "unit reason",
    "Question": "fact question answers",
    "Versions": "model rules policy heartline",
}


def test_the_shipped_schema_is_what_the_code_gives() -> None:
    assert json.loads(SHIPPED.read_text()) == json_schema(), (
        "write it anew: heartline schema > " + SHIPPED.name
    )


def test_the_schema_is_itself_valid() -> None:
    Draft202012Validator.check_schema(json_schema())


def test_within_schema_1_no_field_of_the_contract_is_renamed_or_dropped() -> None:
    schema = json_schema()
    forms = {"Suggestion": schema, **schema["$defs"]}
    for form, fields in CONTRACT.items():
        assert set(fields.split()) <= set(forms[form]["properties"]), form
        assert set(fields.split()) <= set(forms[form]["required"]), form
