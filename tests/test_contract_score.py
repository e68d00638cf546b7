"""`heartline score` over the whole corpus: one object a line, in order, valid, bad rows in their places."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator
from pydantic import TypeAdapter

from classifier.suggestion import Suggestion, json_schema

pytestmark = pytest.mark.slow
CORPUS = Path(__file__).parent.parent / "training" / "corpus"

BAD = {
    "no note": (b'{"id": "bad-0", "center": "A"}', "bad-0", "note"),
    "200,000 characters": (
        json.dumps({"id": "bad-1", "note": "male with knife " * 12_500}).encode(),
        "bad-1",
        "note",
    ),
    "a lone surrogate": (b'{"id": "bad-2", "note": "male with knife \\ud83d"}', "bad-2", "note"),
    "broken UTF-8": (b'{"id": "bad-3", "note": "male with knife \xff"}', None, None),
    "no JSON": (b'{"id": "bad-4", "note": "male with knife', None, None),
}


@pytest.fixture(scope="module")
def scored(data_dir, tmp_path_factory):
    """The lines that went in, the objects that came out, and how the command ended."""
    folder = tmp_path_factory.mktemp("score")
    lines = [
        line for path in sorted(CORPUS.glob("center_*.jsonl")) for line in path.read_bytes().splitlines()
    ]
    bad = iter(BAD.values())
    step = len(lines) // len(BAD)
    mixed = []
    for number, line in enumerate(lines):
        if number % step == step // 2 and len(mixed) - number < len(BAD):
            mixed.append(next(bad)[0])
        mixed.append(line)
    (folder / "in.jsonl").write_bytes(b"\n".join(mixed) + b"\n")
    done = subprocess.run(
        [
            sys.executable,
            "-c",
            "from classifier.cli import heartline; heartline()",
            "score",
            "in.jsonl",
            "-o",
            "out.jsonl",
            "--no-evidence",
        ],
        cwd=folder,
        env={"HEARTLINE_DATA_DIR": str(data_dir)},
        capture_output=True,
        text=True,
    )
    assert done.returncode in (0, 3), done.stderr
    answers = (folder / "out.jsonl").read_bytes().split(b"\n")
    assert answers.pop() == b""
    return mixed, [json.loads(answer) for answer in answers], done


def test_the_command_says_that_five_rows_were_refused(scored):
    mixed, _, done = scored
    assert done.returncode == 3
    assert done.stderr == f"5 of {len(mixed)} rows were refused; out.jsonl says why.\n"


def test_every_line_has_its_answer_in_order(scored):
    mixed, answers, _ = scored
    counts = len(mixed), len(answers)
    assert counts == (12_505, 12_505)
    bad = {line: (own, field) for line, own, field in BAD.values()}
    for number, (line, answer) in enumerate(zip(mixed, answers, strict=True), 1):
        if line not in bad:
            assert answer["id"] == json.loads(line)["id"]
            continue
        own, field = bad[line]
        assert list(answer) == ["id", "line", "error"]
        assert (answer["id"], answer["line"]) == (own or str(number), number)
        assert answer["error"]["field"] == field
        assert "knife" not in json.dumps(answer)


def test_every_answer_is_valid_by_the_contract(scored):
    """All by the forms that the JSON Schema is made of, one in 25 by the schema itself, which is slow."""
    _, answers, _ = scored
    form, schema = TypeAdapter(Suggestion), Draft202012Validator(json_schema())
    good = [
        {name: part for name, part in each.items() if name != "id"} for each in answers if "error" not in each
    ]
    for each in good:
        form.validate_python(each, strict=True)
    wrong = [error.message for each in good[::25] for error in schema.iter_errors(each)]
    assert wrong == []


def test_spans_are_slices_of_the_note_as_it_was_sent(scored):
    mixed, answers, _ = scored
    for line, answer in zip(mixed, answers, strict=True):
        if "error" in answer:
            continue
        note = json.loads(line)["note"]
        spans = [*answer["mentions"], *answer["override"]["hits"]]
        spans += [mention["cue"] for mention in answer["mentions"] if mention["cue"]]
        assert all(span["text"] == note[span["start"] : span["end"]] for span in spans), answer["id"]
