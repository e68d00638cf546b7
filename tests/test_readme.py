"""The README says what is so."""

import importlib.util
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator

from classifier import Recommender
from classifier.suggestion import json_schema
from models import store

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text("utf-8")

OF_A_FIT = {"versions", "evidence", "probability", "probabilities", "confidence", "plausible"}
"""What another fit, on other rules or another processor, says a little differently."""

_spec = importlib.util.spec_from_file_location("example", ROOT / "docs" / "example.py")
assert _spec is not None
assert _spec.loader is not None
example = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(example)


def test_it_names_the_two_commands_and_shows_the_console() -> None:
    assert "make serve" in README
    assert "make test" in README
    assert (ROOT / "docs" / "images" / "console.png").stat().st_size > 10_000


def test_what_it_links_to_is_there() -> None:
    links = [part.split(")")[0].split("#")[0] for part in README.split("](")[1:]]
    assert [link for link in links if not (ROOT / link).exists()] == []


def test_its_example_is_what_a_call_gives(champion_folder: Path) -> None:
    request, suggestion = example.quoted(README)
    Draft202012Validator(json_schema()).validate(suggestion)
    model, version = store.load_champion(champion_folder)
    now = Recommender(model, model_version=version).suggest(request)
    assert without_numbers(suggestion) == without_numbers(now), "make example"


def without_numbers(suggestion: Any) -> Any:
    """Leave out what belongs to one fit."""
    if isinstance(suggestion, dict):
        return {name: without_numbers(part) for name, part in suggestion.items() if name not in OF_A_FIT}
    return [without_numbers(part) for part in suggestion] if isinstance(suggestion, list) else suggestion
