"""Files are read record by record as the contract says, whatever bytes they hold."""

import json

import pyarrow
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyarrow import parquet

from models import sources
from models.sources import Broken, Unreadable, records


def read(tmp_path, name, content):
    path = tmp_path / name
    path.write_bytes(content)
    return list(records(path))


def lines(tmp_path, content):
    return [(record.line, record.fields or record.wrong) for record in read(tmp_path, "in.jsonl", content)]


@pytest.mark.parametrize(
    ("content", "found"),
    [
        (b"", []),
        (b'{"note": "a"}', [(1, {"note": "a"})]),
        (b'{"note": "a"}\n{"note": "b"}\n', [(1, {"note": "a"}), (2, {"note": "b"})]),
        (b'{"note": "a"}\r\n{"note": "b"}\r\n', [(1, {"note": "a"}), (2, {"note": "b"})]),
        (b'\xef\xbb\xbf{"note": "a"}\n', [(1, {"note": "a"})]),
        (b'\n  \n\r\n{"note": "a"}\n\n{"note": "b"}', [(4, {"note": "a"}), (6, {"note": "b"})]),
        ('{"note": "a\u2028b\u0085c"}\n'.encode(), [(1, {"note": "a\u2028b\u0085c"})]),
        (b'{"note": "a\\ud800"}', [(1, {"note": "a\ud800"})]),
        (b"{}", [(1, "")]),
        (
            b'{"note": "\xff"}\n{"note": "b"}',
            [(1, "is no UTF-8; write the file as UTF-8"), (2, {"note": "b"})],
        ),
        (b'{"note": "\xed\xa0\x80"}', [(1, "is no UTF-8; write the file as UTF-8")]),
        (b'not json\n{"note": "b"}', [(1, "is no JSON"), (2, {"note": "b"})]),
        (b'{"note": NaN}', [(1, "is no JSON")]),
        (b'{"note": "a"} {"note": "b"}', [(1, "is no JSON")]),
        (b'{"note": "a\x01"}', [(1, "is no JSON")]),
        (b"[" * 100_000, [(1, "is no JSON")]),
        (b"9" * 5_000, [(1, "is no JSON")]),
        ('{"note": "a"}'.encode("utf-16"), [(1, "is no UTF-8; write the file as UTF-8")]),
        (b'["note"]', [(1, "is no JSON object")]),
        (b"null", [(1, "is no JSON object")]),
    ],
)
def test_json_lines(tmp_path, content, found):
    assert lines(tmp_path, content) == found


def test_a_line_without_end_is_passed_over_and_not_held(tmp_path, monkeypatch):
    monkeypatch.setattr(sources, "LONGEST_LINE", 100)
    long = b'{"note": "' + b"x" * 1_000 + b'"}'
    assert lines(tmp_path, long + b'\n{"note": "b"}\n' + long) == [
        (1, "is longer than 100 bytes"),
        (2, {"note": "b"}),
        (3, "is longer than 100 bytes"),
    ]


@given(content=st.binary(max_size=300))
def test_any_bytes_are_read_to_their_end(content, tmp_path_factory):
    path = tmp_path_factory.mktemp("bytes") / "in.jsonl"
    path.write_bytes(content)
    found = list(records(path))
    assert len(found) <= content.count(b"\n") + 1
    assert [record.line for record in found] == sorted({record.line for record in found})
    path = path.rename(path.with_suffix(".csv"))
    path.write_bytes(b"note,id\n" + content)
    assert all(record.fields is not None or record.wrong for record in records(path))


@given(st.lists(st.dictionaries(st.text(max_size=5), st.text() | st.integers() | st.none() | st.booleans())))
def test_what_json_wrote_comes_back(tmp_path_factory, objects):
    path = tmp_path_factory.mktemp("json") / "in.jsonl"
    path.write_text("".join(json.dumps(each) + "\n" for each in objects))
    assert [record.fields for record in records(path)] == objects


@pytest.mark.parametrize(
    ("content", "found"),
    [
        (b"note\n", []),
        (b"note,id\na,1\n", [(2, {"note": "a", "id": "1"})]),
        (b"\xef\xbb\xbfnote,id\r\na,1\r\n", [(2, {"note": "a", "id": "1"})]),
        (b"extra,note\nx,a\n\n,b\n", [(2, {"note": "a"}), (4, {"note": "b"})]),
        (
            b'note,id\n"two\nlines",1\nb,2\n',
            [(2, {"note": "two\nlines", "id": "1"}), (4, {"note": "b", "id": "2"})],
        ),
        (b'note,id\n"a, ""b""",1\n', [(2, {"note": 'a, "b"', "id": "1"})]),
        (b"note,id\n,\n", [(2, {"note": None, "id": None})]),
        (b"note,id\na\n", [(2, {"note": "a"})]),
        (b"note,id\n\xff,1\nb,2\n", [(2, {"note": Broken, "id": "1"}), (3, {"note": "b", "id": "2"})]),
        (b"note,extra\na,\xff\n", [(2, {"note": "a"})]),
        ("note\na\u2028b\n".encode(), [(2, {"note": "a\u2028b"})]),
    ],
)
def test_csv(tmp_path, content, found):
    assert [(record.line, record.fields) for record in read(tmp_path, "in.csv", content)] == found


def test_a_csv_row_with_too_many_cells_is_refused_and_the_next_one_read(tmp_path):
    first, second = read(tmp_path, "in.csv", b"note,id\nmale, yelling,1\nb,2\n")
    assert first.fields is None
    assert first.wrong == "holds 3 cells, and the first line names 2; quote cells that hold commas"
    assert second.fields == {"note": "b", "id": "2"}


def test_a_quote_that_nobody_closed_costs_its_row_and_no_memory(tmp_path, monkeypatch):
    monkeypatch.setattr(sources, "LONGEST_CELL", 1_000)
    first, *others = read(tmp_path, "in.csv", b'note,id\n"a,1\n' + b"b,2\n" * 1_000)
    assert first.wrong.startswith("is no CSV: field larger than field limit")
    assert others[-1].fields == {"note": "b", "id": "2"}


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("in.csv", b"", "is empty; its first line must name the columns"),
        ("in.csv", b"text,id\na,1\n", "has no column `note`; it has text, id"),
        ("in.csv", b"note,note\na,b\n", "has the column note twice"),
        ("in.parquet", b"PAR1", "is no Parquet file"),
        ("in.parquet", b"", "is no Parquet file"),
    ],
)
def test_a_file_that_is_none_of_ours_is_unreadable(tmp_path, name, content, sentence):
    with pytest.raises(Unreadable, match=sentence):
        read(tmp_path, name, content)


def write_parquet(path, **columns):
    parquet.write_table(pyarrow.table(columns), path, row_group_size=2)
    return path


def test_parquet_rows_come_in_order_with_their_types(tmp_path):
    path = write_parquet(
        tmp_path / "in.parquet",
        note=["a", None, "c"],
        id=pyarrow.array([7, 8, 9], pyarrow.int64()),
        lat=[35.9, None, float("nan")],
        center=["x", "y", "z"],
    )
    assert [(record.line, record.fields) for record in records(path)] == [
        (1, {"note": "a", "id": 7, "lat": 35.9}),
        (2, {"note": None, "id": 8, "lat": None}),
        (3, {"note": "c", "id": 9, "lat": None}),
    ]
    assert sources.size(path) == 3


@pytest.mark.parametrize(
    "text", [pyarrow.string(), pyarrow.large_string(), pyarrow.dictionary(pyarrow.int32(), pyarrow.string())]
)
def test_parquet_text_may_be_of_any_kind(tmp_path, text):
    path = write_parquet(tmp_path / "in.parquet", note=pyarrow.array(["a", None, "b", "a"]).cast(text))
    assert [record.fields["note"] for record in records(path)] == ["a", None, "b", "a"]


def test_broken_text_in_parquet_costs_its_row_alone(tmp_path):
    broken = pyarrow.Array.from_buffers(
        pyarrow.string(),
        2,
        [
            None,
            pyarrow.py_buffer(b"\x00\x00\x00\x00\x01\x00\x00\x00\x02\x00\x00\x00"),
            pyarrow.py_buffer(b"\xffb"),
        ],
    )
    path = write_parquet(tmp_path / "in.parquet", note=broken)
    assert [record.fields["note"] for record in records(path)] == [Broken, "b"]


def test_parquet_without_notes_is_unreadable(tmp_path):
    with pytest.raises(Unreadable, match="has no column `note`; it has text"):
        list(records(write_parquet(tmp_path / "in.parquet", text=["a"])))


@pytest.mark.parametrize("name", ["in.jsonl", "in.csv"])
def test_the_position_grows_to_the_size(tmp_path, name):
    content = b"note\n" + b"a\n" * 50_000 if name.endswith("csv") else b'{"note": "a"}\n' * 50_000
    found = [record.position for record in read(tmp_path, name, content)]
    assert found == sorted(found)
    assert found[-1] == sources.size(tmp_path / name) == len(content)
    assert found[0] < len(content)
