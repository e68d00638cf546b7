"""Figures that documents quote: written by the commands that compute them, checked against the documents.

A document quotes a number as `0.812<!-- evaluation reading_to_unread/system/macro_f1/value -->`: the file
below `docs/figures`, then the way to the number in it. A whole table stands between
`<!-- table evaluation reading_to_unread -->` and `<!-- end table -->`.
"""

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from training import Unusable
from training.tables import markdown

_NUMBER: Final = re.compile(
    r"(?P<quoted>\d[\d,]*(?:\.\d+)?%?)(?P<mark><!-- (?P<file>[\w-]+) (?P<way>\S+) -->)"
)
_TABLE: Final = re.compile(
    r"(?P<open><!-- table (?P<file>[\w-]+) (?P<way>\S+) -->\n).*?(?P<close><!-- end table -->)", re.DOTALL
)


def write(path: Path, content: Mapping[str, Any]) -> None:
    """Write figures as JSON that a person can compare line by line."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def refresh(folder: Path, name: str) -> list[Path]:
    """Bring what documents beside and above `folder` quote of one file up to date; return those changed."""
    changed = []
    for path in sorted([*folder.parent.glob("*.md"), *folder.parent.parent.glob("*.md")]):
        before = path.read_text("utf-8")
        after = refreshed(before, folder, only=name)
        if after != before:
            path.write_text(after, encoding="utf-8")
            changed.append(path)
    return changed


def refreshed(document: str, folder: Path, *, only: str | None = None) -> str:
    """Return the document with every quoted number and table as the files in `folder` have them.

    Parameters
    ----------
    document : str
        Markdown with the marks described above.
    folder : Path
        `docs/figures`.
    only : str, optional
        The one file whose marks are refreshed; all of them by default.

    Raises
    ------
    training.Unusable
        If a mark names a file or a number that is not there.
    """

    def number(found: re.Match[str]) -> str:
        if only not in {None, found["file"]}:
            return found[0]
        return _written(_looked_up(folder, found), found["quoted"]) + found["mark"]

    def table(found: re.Match[str]) -> str:
        if only not in {None, found["file"]}:
            return found[0]
        return found["open"] + markdown(_looked_up(folder, found)) + "\n" + found["close"]

    return _TABLE.sub(table, _NUMBER.sub(number, document))


def stale(document: str, folder: Path) -> Iterator[str]:
    """Yield a sentence for each line of the document that differs from the files."""
    before, after = document.splitlines(), refreshed(document, folder).splitlines()
    if len(before) != len(after):
        yield "a table has another number of rows than its file"
    for number, (old, new) in enumerate(zip(before, after, strict=False), start=1):
        if old != new:
            yield f"line {number} quotes {old.strip()!r}, the file says {new.strip()!r}"


def _looked_up(folder: Path, found: re.Match[str]) -> Any:
    path = folder / f"{found['file']}.json"
    try:
        value = json.loads(path.read_text("utf-8"))
        for step in found["way"].split("/"):
            value = value[step]
    except FileNotFoundError:
        raise Unusable(f"{path} is not there; the command that writes it takes `--write`") from None
    except KeyError as error:
        raise Unusable(f"{path} has no {error.args[0]!r} on the way {found['way']}") from None
    return value


def _written(value: float, like: str) -> str:
    """Write a number as the document does: as many decimals, a percentage or not."""
    decimals = len(like.rstrip("%").partition(".")[2])
    if like.endswith("%"):
        return f"{value:.{decimals}%}"
    return f"{value:,.{decimals}f}"
