"""Turns the HTML fragment of an EIDO's note into the text that a person would read; no word is lost."""

import html
import re
from html.parser import HTMLParser
from typing import Any, Final

BREAKS: Final = frozenset(
    "address article aside blockquote br caption center dd details dialog div dl dt fieldset figcaption "
    "figure footer form h1 h2 h3 h4 h5 h6 header hr legend li main nav ol optgroup option p pre section "
    "select summary table tbody tfoot thead tr ul".split()
)
"""Elements that begin on a line of their own."""
INLINE: Final = frozenset(
    "a abbr acronym b bdi bdo big body button cite code col colgroup data del dfn em font head html i img "
    "input ins kbd label link map mark meta meter nobr noscript output progress q rp rt ruby s samp script "
    "small span strike strong style sub sup td template textarea th time title tt u var wbr".split()
)
"""What is none of these was typed by somebody, such as `<UNIT 12>`: it stays."""
CELLS: Final = frozenset({"td", "th"})


def text_of(fragment: str) -> str:
    """Return a fragment's text.

    Markup goes, character references are resolved, block elements become lines. Where it is not clear
    whether something is markup or was typed, it stays: a word too many does less harm than a danger unread.

    Parameters
    ----------
    fragment : str
        HTML, or plain text of a sender that knows no better.

    Returns
    -------
    str
        Lines without blanks at their ends, none of them empty; no lone surrogates.
    """
    reader = _Reader()
    reader.feed(fragment)
    reader.finish()
    text = "".join(reader.pieces).encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    lines = (re.sub(r"[^\S\n]+", " ", line).strip() for line in re.split(r"[\r\n\u2028\u2029\x85]+", text))
    return "\n".join(line for line in lines if line)


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.pieces: list[str] = []

    def set_cdata_mode(self, elem: str, **more: Any) -> None:
        """Read what stands in a script or a style like the rest."""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._element(tag, self.get_starttag_text() or "")

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)

    def handle_endtag(self, tag: str) -> None:
        self._element(tag, f"</{tag}>")

    def _element(self, tag: str, typed: str) -> None:
        if tag in BREAKS:
            self.pieces.append("\n")
        elif tag in CELLS:
            self.pieces.append(" ")
        elif tag not in INLINE:
            self.pieces.append(html.unescape(typed))

    def handle_data(self, data: str) -> None:
        self.pieces.append(data)

    def handle_pi(self, data: str) -> None:
        self.pieces.append(data)

    def handle_decl(self, decl: str) -> None:
        if not decl.lower().startswith("doctype html"):
            self.pieces.append(decl)

    def parse_bogus_comment(self, i: int, report: Any = True) -> int:
        """Keep what is taken for a comment only because no markup looks like it."""
        end = super().parse_bogus_comment(i, False)
        if end != -1:
            self.pieces.append(self.rawdata[i + 2 : end - 1])
        return end

    def unknown_decl(self, data: str) -> None:
        self.pieces.append(data)  # a CDATA section, which HTML does not know

    def finish(self) -> None:
        """Take what is left as text: a comment or a tag that never ends would swallow the rest."""
        rest, self.rawdata = self.rawdata, ""
        self.pieces.append(html.unescape(rest))
