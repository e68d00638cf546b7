"""What documents quote is what the commands computed."""

import json
from pathlib import Path

import pytest

from training import Unusable
from training.figures import refresh, refreshed, stale, write

ROOT = Path(__file__).parents[2]
FIGURES = ROOT / "docs" / "figures"
REPORT = {
    "protocol": "A protocol",
    "notes": 12500,
    "system": {"macro_f1": {"value": 0.8124, "low": 0.8, "high": 0.82}, "needless_police": {"value": None}},
    "model": {"macro_f1": {"value": 0.79, "low": None, "high": None}},
    "centers": {},
}


@pytest.fixture
def folder(tmp_path):
    write(tmp_path / "docs" / "figures" / "evaluation.json", {"halves": REPORT})
    return tmp_path / "docs" / "figures"


DOCUMENTS = sorted([ROOT / "README.md", *(ROOT / "docs").glob("*.md")])


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_no_document_quotes_a_figure_that_differs_from_its_file(document):
    assert list(stale(document.read_text("utf-8"), FIGURES)) == []


@pytest.mark.parametrize(
    ("quoted", "way", "fresh"),
    [
        ("0.9", "halves/system/macro_f1/value", "0.8"),
        ("0.812", "halves/system/macro_f1/value", "0.812"),
        ("80%", "halves/system/macro_f1/value", "81%"),
        ("80.0%", "halves/system/macro_f1/low", "80.0%"),
        ("1", "halves/notes", "12,500"),
    ],
)
def test_a_quoted_number_is_written_as_the_document_writes_it(folder, quoted, way, fresh):
    mark = f"<!-- evaluation {way} -->"
    assert refreshed(f"It reaches {quoted}{mark} so far.", folder) == f"It reaches {fresh}{mark} so far."


def test_a_table_is_made_from_its_file(folder):
    table = refreshed("<!-- table evaluation halves -->\nold\n<!-- end table -->", folder)
    assert "| Categories: macro F1 | 0.812 (0.800 to 0.820) | 0.790 |" in table
    assert "police" not in table
    assert refreshed(table, folder) == table


def test_empty_tables_are_filled_each_for_itself(folder):
    empty = "<!-- table evaluation halves -->\n<!-- end table -->\nbetween\n"
    filled = refreshed(empty * 2, folder)
    assert filled.count("| Categories: macro F1 |") == filled.count("\nbetween\n") == 2


def test_a_stale_number_is_named_by_line(folder):
    document = "Figures\n0.7<!-- evaluation halves/system/macro_f1/value -->\n"
    (told,) = stale(document, folder)
    assert told.startswith("line 2 quotes '0.7<!--")


@pytest.mark.parametrize(
    ("mark", "says"),
    [
        ("1<!-- absent x -->", "absent.json is not there; the command that writes it takes `--write`"),
        ("1<!-- evaluation halves/system/f2 -->", "has no 'f2' on the way halves/system/f2"),
    ],
)
def test_a_mark_that_leads_nowhere_is_named(folder, mark, says):
    with pytest.raises(Unusable) as error:
        refreshed(mark, folder)
    assert says in str(error.value)


def test_documents_beside_the_figures_are_brought_up_to_date(folder):
    page = folder.parent / "page.md"
    quoted = "0.1<!-- evaluation halves/system/macro_f1/value --> and 3<!-- rules not/yet/written -->"
    page.write_text(quoted, encoding="utf-8")
    (folder.parent / "other.md").write_text("nothing quoted", encoding="utf-8")
    assert refresh(folder, "evaluation") == [page]
    assert page.read_text("utf-8") == quoted.replace("0.1", "0.8")
    assert refresh(folder, "evaluation") == []


def test_figures_are_written_to_be_compared_line_by_line(folder):
    text = (folder / "evaluation.json").read_text("utf-8")
    assert json.loads(text) == {"halves": REPORT}
    assert text.count("\n") > 10
