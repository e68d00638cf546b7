"""Labeled data is read whole or refused whole, and a bad record is named so that it can be mended."""

import json
from collections import Counter
from pathlib import Path

import pytest

from classifier.labels import LABELS
from training import corpus
from training.columns import BadColumnMap, ColumnMap

LINE = {"id": "1", "note": "SUBJ REFUSING TO LEAVE LOBBY", "categories": ["trespass"], "acuity": 2}


def write(path: Path, *records: object) -> Path:
    lines = [record if isinstance(record, str) else json.dumps(record) for record in records]
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    return path


def test_the_packaged_corpus_is_whole_and_split_into_halves() -> None:
    centers = Counter(note.center for note in corpus.packaged())
    assert sum(centers.values()) == 12_500
    assert set(centers) == corpus.READING | corpus.UNREAD
    assert not corpus.READING & corpus.UNREAD
    assert set(centers.values()) == {650, 700}


def test_no_note_of_the_supplement_stands_in_the_corpus_and_no_center_is_shared() -> None:
    judged, learned = corpus.packaged(), corpus.supplement()
    assert not {note.note.casefold() for note in judged} & {note.note.casefold() for note in learned}
    assert not {note.center for note in judged} & {note.center for note in learned}
    assert all(getattr(note, label) is not None for note in learned for label in LABELS)


def test_json_lines_are_read_in_order_with_blank_lines_bom_and_crlf(tmp_path: Path) -> None:
    file = tmp_path / "notes.jsonl"
    one, two = json.dumps(LINE), json.dumps({**LINE, "id": 2})
    file.write_bytes(b"\xef\xbb\xbf" + f"{one}\r\n\n{two}".encode())
    assert [note.id for note in corpus.load(file)] == ["1", "2"]


def test_a_record_without_a_center_gets_the_name_of_its_file(tmp_path: Path) -> None:
    file = write(tmp_path / "durham.jsonl", LINE, {**LINE, "id": "2", "center": "X"})
    assert [note.center for note in corpus.load(file)] == ["durham", "X"]


BAD_LINES = [
    ("{oops", "record is no JSON object"),
    ("[1]", "record is a list; give an object"),
    ({"acuity": 2}, "note is missing"),
    ({"note": "HI"}, "labels are all missing"),
    ({**LINE, "id": "9", "acuity": 9}, "acuity got 9; use one of 1, 2, 3, 4"),
    ({**LINE, "id": "9", "categorys": []}, "did you mean categories?"),
    ({**LINE, "id": "9", "hazards": ["medical"]}, "acuity is 2, but medical means 4"),
    (LINE, "id '1' was already used at"),
]


@pytest.mark.parametrize(("line", "says"), BAD_LINES)
def test_a_bad_line_is_named_by_file_line_field_and_remedy(tmp_path: Path, line: object, says: str) -> None:
    file = write(tmp_path / "notes.jsonl", LINE, line)
    with pytest.raises(corpus.BadData) as error:
        corpus.load(file)
    assert str(error.value).startswith(f"{file}:2: ")
    assert says in str(error.value)


def test_all_faults_of_all_files_are_told_and_nothing_is_loaded(tmp_path: Path) -> None:
    first = write(tmp_path / "a.jsonl", LINE, *(line for line, _ in BAD_LINES))
    second = write(tmp_path / "b.jsonl", {**LINE, "id": "b", "weapon": "gun"})
    with pytest.raises(corpus.BadData) as error:
        corpus.load(first, second, tmp_path / "c.xlsx", tmp_path / "absent.csv")
    assert len(error.value.faults) == len(BAD_LINES) + 3
    assert [fault.line for fault in error.value.faults] == [*range(2, 10), 1, 0, 0]
    assert "ends in '.xlsx'; give one that ends in .jsonl or .csv" in str(error.value)
    assert "absent.csv:0: file cannot be read" in str(error.value)


def test_of_many_faults_the_first_twenty_are_shown(tmp_path: Path) -> None:
    file = write(tmp_path / "a.jsonl", *[{"note": "HI"}] * 30)
    with pytest.raises(corpus.BadData) as error:
        corpus.load(file)
    assert str(error.value).endswith("… and 10 more")


def test_broken_utf8_is_named_by_line(tmp_path: Path) -> None:
    file = tmp_path / "notes.jsonl"
    file.write_bytes(json.dumps(LINE).encode() + b"\n" + b'{"note": "\xff"}\n')
    with pytest.raises(corpus.BadData, match=":2: record is not UTF-8"):
        corpus.load(file)


def test_a_csv_with_our_names_needs_no_map(tmp_path: Path) -> None:
    file = tmp_path / "notes.csv"
    file.write_text(
        "id,note,categories,acuity,weapon,hazards\n"
        '1,"MALE, KNIFE IN HAND",weapons_present; mental_health,4.0,present,weapon\n'
        '2,"LINE ONE\nLINE TWO",none,1,,\n',
        encoding="utf-8",
    )
    first, second = corpus.load(file)
    assert first.note == "MALE, KNIFE IN HAND"
    assert first.categories == ("weapons_present", "mental_health")
    assert (first.acuity, first.weapon, first.hazards) == (4, "present", ("weapon",))
    assert (second.categories, second.weapon, second.hazards) == ((), None, None)


MAP = """
columns: {note: NARR, id: EVENT, acuity: PRI, categories: FLAGS}
separators: {categories: "|"}
values:
  acuity: {P1: 4, P2: 3, "?": null}
  categories: {MH: mental_health, TRS: trespass, "": none, UNK: null}
center: Durham
delimiter: "\\t"
"""


def test_a_column_map_names_columns_and_translates_values(tmp_path: Path) -> None:
    (tmp_path / "map.yaml").write_text(MAP, encoding="utf-8")
    (tmp_path / "cad.csv").write_text(
        "EVENT\tNARR\tPRI\tFLAGS\tBEAT\n"
        "7\tSUBJ PACING\tP2\tMH|TRS\t12\n"
        "8\tNOISE\t1\t\t12\n"
        "9\tSUBJ DOWN\tP1\tUNK\t3\n"
        "10\tCALL BACK\t?\tTRS\t3\n",
        encoding="utf-8",
    )
    notes = corpus.load(tmp_path / "cad.csv", columns=ColumnMap.read(tmp_path / "map.yaml"))
    assert [(note.id, note.acuity, note.categories) for note in notes] == [
        ("7", 3, ("mental_health", "trespass")),
        ("8", 1, ()),
        ("9", 4, None),
        ("10", None, ("trespass",)),
    ]
    assert {note.center for note in notes} == {"Durham"}


def test_a_column_map_also_renames_the_fields_of_json_lines(tmp_path: Path) -> None:
    file = write(tmp_path / "x.jsonl", {"narr": "SUBJ PACING", "flags": ["mental_health"], "beat": 4})
    (note,) = corpus.load(file, columns=ColumnMap(columns={"note": "narr", "categories": "flags"}))
    assert note.categories == ("mental_health",)


@pytest.mark.parametrize(
    ("text", "columns", "says"),
    [
        ("note,acuity,beat\nHI,2,3\n", None, ":1: header has 'beat', no field of a labeled note"),
        ("text,acuity\nHI,2\n", None, ":1: header has 'text'"),
        ("acuity\n2\n", None, ":1: header has no column 'note'; the header names acuity"),
        ("", None, "the header names nothing"),
        ("N,A\nHI,2\n", ColumnMap(columns={"note": "X"}), ":1: header lacks 'X', which the column map names"),
        ("N,A\nHI,2\n", ColumnMap(columns={"acuity": "A"}), "no column for note in the column map"),
        ("note,acuity\nHI,2,3\n", None, ":2: record has 3 cells, the header 2; quote cells that hold ','"),
        ('note,acuity\n"HI\nHO",2\nHI\n', None, ":4: record has 1 cells, the header 2"),
        ("note,acuity\nHI,P1\n", None, ":2: acuity got 'P1'; use one of 1, 2, 3, 4"),
        ('note,acuity\n"HI"x,2\n', None, ":2: record is no CSV"),
        ("note,acuity\nA \udcff,2\n", None, ":2: note holds a lone surrogate, which is no character; save"),
    ],
)
def test_a_bad_csv_is_named_by_line_field_and_remedy(
    tmp_path: Path, text: str, columns: ColumnMap | None, says: str
) -> None:
    file = tmp_path / "notes.csv"
    file.write_bytes(text.encode(errors="surrogateescape"))
    with pytest.raises(corpus.BadData) as error:
        corpus.load(file, columns=columns)
    assert says in str(error.value)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("columns: {nota: NARR}", "columns.nota"),
        ("colums: {}", "colums: Extra inputs are not permitted"),
        ("columns: [", "is no YAML"),
        ("delimiter: ab", "delimiter: String should have at most 1 character"),
    ],
)
def test_a_bad_column_map_says_what_is_wrong(tmp_path: Path, text: str, says: str) -> None:
    (tmp_path / "map.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(BadColumnMap) as error:
        ColumnMap.read(tmp_path / "map.yaml")
    assert says in str(error.value)


def test_an_absent_column_map_says_so(tmp_path: Path) -> None:
    with pytest.raises(BadColumnMap, match="cannot be read"):
        ColumnMap.read(tmp_path / "none.yaml")


def test_the_digest_follows_content_and_not_the_file(tmp_path: Path) -> None:
    first = write(tmp_path / "a.jsonl", {**LINE, "center": "X"})
    (tmp_path / "b.csv").write_text(f"center,id,note,categories,acuity\nX,1,{LINE['note']},trespass,2\n")
    changed = write(tmp_path / "c.jsonl", {**LINE, "center": "X", "acuity": 3})
    assert corpus.digest(corpus.load(first)) == corpus.digest(corpus.load(tmp_path / "b.csv"))
    assert corpus.digest(corpus.load(first)) != corpus.digest(corpus.load(changed))
