"""How a call note falls into words, sentences, entries, questions and answers."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from classifier.reading import read


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("MALE W/KNIFE", ["male", "with", "knife"]),
        ("wpns: none", ["weapons", ":", "none"]),
        ("won't leave", ["wont", "leave"]),
        ("won’t leave", ["wont", "leave"]),
        ("[14:02] has knife", ["[14:02]", "has", "knife"]),
        ("door open..no one inside", ["door", "open", "..", "no", "one", "inside"]),
        ("knife-wielding", ["knife", "-", "wielding"]),
        ("a  b", ["a", "b"]),
        ("", []),
    ],
)
def test_a_note_falls_into_plain_words(text: str, words: list[str]) -> None:
    assert list(read(text).words) == words


def test_every_word_knows_where_it_stands_as_typed() -> None:
    text = "🔪 RP ADV  WPNS, knife"
    note = read(text)
    place = note.words.index("weapons")
    assert text[note.starts[place] : note.ends[place]] == "WPNS"


@pytest.mark.parametrize(
    ("text", "kinds"),
    [
        ("weapons? no. male in lobby", ["question", "answer", "statement"]),
        ("male in lobby, weapons? no", ["statement", "question", "answer"]),
        ("Q: is he armed A: she doesn't know", ["question", "answer"]),
        ("is he hurt, any guns? no", ["question", "answer"]),
        ("has a gun", ["statement"]),
    ],
)
def test_questions_are_paired_with_answers(text: str, kinds: list[str]) -> None:
    assert [segment.kind for segment in read(text).segments] == kinds


def test_a_time_stamp_begins_an_entry_and_a_new_line_alone_does_not() -> None:
    note = read("[14:02] has knife\nstill yelling\n[14:05] no knife seen")
    assert [(segment.entry, segment.minute) for segment in note.segments] == [(0, 842), (0, 842), (1, 845)]


@given(st.text())
def test_any_text_is_read_and_every_word_lies_inside_it(text: str) -> None:
    note = read(text)
    assert len(note.words) == len(note.starts) == len(note.ends)
    assert all(0 <= start < end <= len(text) for start, end in zip(note.starts, note.ends, strict=True))
    covered = [word for segment in note.segments for word in range(segment.start, segment.end)]
    assert covered == list(range(len(note.words)))


@given(st.text(alphabet=st.characters(max_codepoint=127)))
def test_ascii_case_changes_no_word(text: str) -> None:
    assert read(text.upper()).words == read(text.lower()).words
