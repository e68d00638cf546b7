"""Writes the README's example by a real call of the default model: `make example`.

What differs from fit to fit (versions and the model's numbers) is shown too; a test compares all the rest.
"""

import json
import re
from pathlib import Path
from typing import Any

from classifier import Recommender
from models import store

README = Path(__file__).parents[1] / "README.md"
REQUEST = {
    "note": "RP ADV M 30S SLEEPING IN DOORWAY OF BANK, WONT LEAVE, NEG WPNS SEEN, MUMBLING TO HIMSELF",
    "call_id": "24-118203",
    "at": "2026-07-08T10:10:00-04:00",
    "area": "central",
}
_BLOCK = re.compile(
    r"(?P<open><!-- example: request -->\n```json\n)(?P<request>.*?)"
    r"(?P<middle>\n```\n\n<!-- example: suggestion -->\n```json\n)(?P<suggestion>.*?)"
    r"(?P<close>\n```\n<!-- example: end -->)",
    re.DOTALL,
)


def main() -> None:
    """Make the example anew."""
    model, version = store.load_champion(store.default_folder())
    suggestion = Recommender(model, model_version=version).suggest(REQUEST)
    text, written = _BLOCK.subn(
        lambda found: (
            found["open"]
            + json.dumps(REQUEST, ensure_ascii=False)
            + found["middle"]
            + shown(suggestion)
            + found["close"]
        ),
        README.read_text("utf-8"),
    )
    if written != 1:
        raise SystemExit(f"{README}: the marks of the example are missing")
    README.write_text(text, "utf-8")


def quoted(document: str) -> tuple[Any, Any]:
    """Return the request and the suggestion that a document shows."""
    found = _BLOCK.search(document)
    if found is None:
        raise ValueError("the document has no example between its marks")
    return json.loads(found["request"]), json.loads(found["suggestion"])


def shown(value: Any, indent: str = "") -> str:
    """Return JSON with each short part on one line, so that a page of it can be read."""
    flat = json.dumps(_rounded(value), ensure_ascii=False)
    if len(flat) + len(indent) <= 110 or not isinstance(value, dict | list) or not value:
        return flat
    inner = indent + "  "
    if isinstance(value, dict):
        parts = [f"{json.dumps(key)}: {shown(part, inner)}" for key, part in value.items()]
        return "{\n" + ",\n".join(inner + part for part in parts) + f"\n{indent}}}"
    return "[\n" + ",\n".join(inner + shown(part, inner) for part in value) + f"\n{indent}]"


def _rounded(value: Any) -> Any:
    if isinstance(value, float):
        return round(value, 3)
    if isinstance(value, dict):
        return {key: _rounded(part) for key, part in value.items()}
    return [_rounded(part) for part in value] if isinstance(value, list) else value


if __name__ == "__main__":
    main()
