"""The text of an EIDO's note: markup goes, no word does."""

import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from api.fragment import text_of

CASES = [
    ("has knife", "has knife"),
    ("<p>rp adv <b>male</b></p><p>has kn<i>ife</i></p>", "rp adv male\nhas knife"),
    ("one<br>two<br/>three", "one\ntwo\nthree"),
    ("<ul><li>one</li><li>two</li></ul>", "one\ntwo"),
    ("<table><tr><td>14:01</td><td>has knife</td></tr></table>", "14:01 has knife"),
    ("a &lt;b&gt; &amp;&nbsp;c &#x2019;d&#8217; &copy", "a <b> & c \u2019d\u2019 ©"),
    ("plain\r\n text  of\tanother sender", "plain\ntext of another sender"),
    ("temp <90, AT&T, <UNIT 12> has knife", "temp <90, AT&T, <UNIT 12> has knife"),
    ("a < b <3 knife>", "a < b <3 knife>"),
    ("seen<!-- not seen -->", "seen"),
    ("<a href='x>y' title=knife>z</a>", "z"),
    ("&lt;p&gt;", "<p>"),
    ("", ""),
    (" <p> </p>&nbsp;<br>", ""),
]
SWALLOWS = [
    "<!--",
    "<script>",
    "<style>",
    "<title>",
    "<textarea>",
    "<![CDATA[",
    "<b ",
    "</b ",
    "<?",
    "<!",
    "</ ",
    "<",
]


@pytest.mark.parametrize(("fragment", "text"), CASES)
def test_a_fragment_becomes_what_a_person_would_read(fragment, text):
    assert text_of(fragment) == text


@pytest.mark.parametrize("begun", SWALLOWS)
def test_what_never_ends_swallows_nothing(begun):
    assert "has knife" in text_of(f"<p>male</p>{begun}has knife")


@given(st.text())
@example("<p\ud800>")
@example("<![")
@example("<!DOCTYPE html [")
def test_any_text_can_be_read_and_is_clean(fragment):
    text = text_of(fragment)

    text.encode()
    assert all(line == line.strip() and line for line in text.split("\n")) or text == ""


@given(
    st.lists(st.sampled_from([*SWALLOWS, "<p>", "</p>", "<UNIT>", "-->", ">", "</script>", "&", "x", "'"]))
)
def test_a_word_before_markup_of_any_kind_stays(pieces):
    assert "knife" in text_of("knife " + "".join(pieces))


@given(
    st.lists(
        st.sampled_from(["<p>", "</p>", "<b>", "</b>", "<br>", "<script>", "</script>", "&amp;", "<UNIT>"])
    )
)
def test_a_word_between_whole_elements_stays(pieces):
    half = len(pieces) // 2
    text = text_of("".join(pieces[:half]) + " knife " + "".join(pieces[half:]))

    assert re.search(r"\bknife\b", text)
