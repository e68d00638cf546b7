"""Ten times as many rules: the own ones, and nine copies in which every word became another of the corpus.

The copies' words occur in notes as often as real ones do, so they cost what real rules would; a plain copy
would share its phrases with the original, and nonsense words would never be met.
"""

import random
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import yaml

from classifier.reading import read
from classifier.rules import RULES

WORD = re.compile(r"(?<![{\w'.])[a-z']{3,}(?![\w}'])")


def ten_times(notes: Sequence[str], folder: Path) -> list[Path]:
    """Write the nine copies into `folder`; return their folders, to be laid over the own rules."""
    words = sorted({word for note in notes for word in read(note).words if WORD.fullmatch(word)})
    folders = []
    for number in range(1, 10):
        chance = random.Random(number)
        copy = folder / str(number)
        copy.mkdir()
        for path in sorted(RULES.glob("*.yaml")):
            content = yaml.safe_load(path.read_text("utf-8"))
            (copy / path.name).write_text(yaml.safe_dump(_copied(content, number, words, chance)), "utf-8")
        folders.append(copy)
    return folders


def _copied(content: Any, number: int, words: Sequence[str], chance: random.Random) -> Any:
    become: dict[str, str] = {}

    def other(pattern: object) -> object:
        if not isinstance(pattern, str):
            return pattern
        return WORD.sub(lambda found: become.setdefault(found[0], chance.choice(words)), pattern)

    for phrases in (content.get("lists") or {}).values():
        phrases[:] = [other(phrase) for phrase in phrases]
    for rule in content.get("rules") or ():
        rule["id"] = f"{rule['id']}-{number}"
        for part in ("patterns", "needs", "unless", "unless_near"):
            if part in rule:
                rule[part] = [other(pattern) for pattern in rule[part]]
        for companion in rule.get("when", ()):
            companion["near"] = [other(pattern) for pattern in companion["near"]]
    return content
