"""The console's small modules, run where they run."""

from hypothesis import given, settings
from hypothesis import strategies as st

OFFSETS = """async (texts) => {
  const { toUtf16 } = await import("/console/offsets.js");
  return texts.map((text) => {
    const at = toUtf16(text);
    return Array.from({ length: [...text].length + 3 }, (_, index) => at(index));
  });
}"""

PIECES = """async ([text, marks]) => {
  const { pieces } = await import("/console/marks.js");
  return pieces(text, marks);
}"""

CARRIED = """async ([marks, before, after]) => {
  const { carried } = await import("/console/marks.js");
  return carried(marks, before, after).map(({ start, end }) => after.slice(start, end));
}"""


def utf16(text, code_points):
    return len(text[:code_points].encode("utf-16-le")) // 2


def test_code_points_become_utf_16_units(page):
    texts = ["", "knife", "🔪", "a🔪b", "👩‍👩‍👧 knife", "e\u0301\u00e9", "\u2028\ufeff", "𝓀𝓃𝒾𝒻ℯ", "🔪" * 5]
    expected = [[utf16(text, index) for index in range(len(text) + 3)] for text in texts]

    assert page.evaluate(OFFSETS, texts) == expected


def test_so_does_any_text(page):
    batch = []

    @given(st.text(st.characters(exclude_categories=["Cs"])))
    @settings(max_examples=200, database=None)
    def collect(text):
        batch.append(text)

    collect()
    expected = [[utf16(text, index) for index in range(len(text) + 3)] for text in batch]
    assert page.evaluate(OFFSETS, batch) == expected


def test_marks_that_overlap_are_cut_at_their_edges(page):
    text = "male has knife in hand"
    marks = [
        {"start": 9, "end": 14, "kind": "asserted"},
        {"start": 5, "end": 14, "kind": "evidence"},
        {"start": 9, "end": 22, "kind": "possible"},
    ]

    assert page.evaluate(PIECES, [text, marks]) == [
        {"text": "male ", "kinds": []},
        {"text": "has ", "kinds": ["evidence"]},
        {"text": "knife", "kinds": ["asserted", "evidence", "possible"]},
        {"text": " in hand", "kinds": ["possible"]},
    ]


def test_a_change_moves_the_marks_behind_it_and_drops_what_it_touches(page):
    before = "has knife and gun"
    marks = [{"start": 4, "end": 9, "kind": "asserted"}, {"start": 14, "end": 17, "kind": "asserted"}]
    cases = {
        "has knife and gun too": ["knife", "gun"],
        "he has knife and gun": ["knife", "gun"],
        "has knife or gun": ["knife", "gun"],
        "has knxfe and gun": ["gun"],
        "has knife": ["knife"],
        "": [],
        before: ["knife", "gun"],
    }
    for after, kept in cases.items():
        assert page.evaluate(CARRIED, [marks, before, after]) == kept, after
