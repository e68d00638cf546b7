"""Nothing may turn on who somebody is: words of sex, origin and part of town count alike.

The model counts such words as one (`alike`). A pattern says more by them (`he holds it to her neck` is not
`he holds it to his neck`), so it keeps them, and is read with the sexes exchanged as well (`exchanged`).
"""

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import product
from pathlib import Path
from typing import Final

from classifier.lexicon import plain


def alike(word: str) -> str:
    """Return the word that a plain word counts as."""
    return _ALIKE.get(word) or (f"{_ALIKE[word[:-1]]}s" if word[:-1] in _ALIKE and word[-1] == "s" else word)


@lru_cache(maxsize=50_000)
def typed_alike(word: str) -> str:
    """Return what a word as typed counts as: itself, or the plain word where it tells who somebody is."""
    form = word.strip(_SIGNS)
    if _CODE.fullmatch(form):
        return "male"
    words = plain(form).split()
    return " ".join(map(alike, words)) if _TELLING.intersection(words) else word


def meant(phrases: Sequence[str]) -> list[str]:
    """Return phrases with `her` as `him` where `him` stands among them, and `his` does not.

    English has one word for two. A note is read with `him` where something is done to her, and with `her`
    for what is hers (`senses.yaml`), so that `on her belt` is not read as `on her`.
    """
    words = {word for phrase in phrases for word in _WORDS.findall(phrase)}
    if "him" in words and "his" not in words:
        return [_HER.sub("him", phrase) for phrase in phrases]
    return list(phrases)


def exchanged(pattern: str) -> set[str]:
    """Return a pattern with the sexes exchanged; `her` that stands alone is meant as his and as him."""
    parts = _SEXED.split(pattern)
    if len(parts) == 1:
        return {pattern}
    ways = {word: _COUNTERPARTS[word] for word in parts[1::2]}
    if {"his", "her"} <= ways.keys():
        ways["her"] = ("his",)
    return {
        "".join(part if place % 2 == 0 else chosen[part] for place, part in enumerate(parts))
        for combination in product(*ways.values())
        for chosen in [dict(zip(ways, combination, strict=True))]
    }


_CODE: Final = re.compile("[wbhaio]/[mf]|[wbh]m|[wh]f", re.IGNORECASE)
_SIGNS: Final = ".,;:!?\"'()[]-"
_HER: Final = re.compile(r"(?<![\w{'])her(?![\w}'])")
_WORDS: Final = re.compile(r"[a-z']+")
_PRONOUNS: Final = {"his": ("her",), "him": ("him",), "her": ("his", "him"), "hers": ("his",)}


def _rows() -> Iterator[tuple[str, str, list[str]]]:
    """Yield each row with the section that it stands in."""
    section = ""
    for line in Path(__file__).with_name("alike.tsv").read_text("utf-8").splitlines():
        if line.startswith("#"):
            section = line.strip("# ")
        else:
            first, others = line.split("\t")
            yield section, first, others.split()


_ALIKE: Final = {word: first for _, first, others in _rows() for word in others}
_TELLING: Final = frozenset({*_ALIKE, *_ALIKE.values()})
_COUNTERPARTS: Final[dict[str, tuple[str, ...]]] = {
    **{first: (others[0],) for section, first, others in _rows() if section == "sex"},
    **{word: (first,) for section, first, others in _rows() if section == "sex" for word in others},
    **_PRONOUNS,
}
_ANY: Final = "|".join(sorted(_COUNTERPARTS, key=len, reverse=True))
_SEXED: Final = re.compile(rf"(?<![\w{{'])({_ANY})(?![\w}}'])")
