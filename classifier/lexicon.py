"""From shorthand, misspelling and dialect to plain words.

Four data files say what stands for what:

- `lexicon.tsv`: a form, the plain words it stands for, and its kind (`shorthand`, `spelling`, `speech`);
- `senses.yaml`: shorthand that stands for several words; its neighbors decide;
- `danger.tsv`: words of danger, whose misspellings by one slip of a finger are mended, and the slips that are
  words of their own;
- `words.tsv`: words, names and abbreviations that word lists lack: they stay as they are, but are known.
"""

import re
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import Final, Literal, NamedTuple, get_args

from pydantic import BaseModel, ConfigDict

from classifier import yamlfile

Kind = Literal["shorthand", "spelling", "speech", "word", "name", "foreign", "form"]


def plain(word: str) -> str:
    """Return the plain form of a word as typed: ASCII lower case, without apostrophes, shorthand spelled out.

    Inflection is kept (`wpns` gives `weapons`, `rptd` gives `reported`), numerals stay, and a form whose
    meaning hangs on its neighbors (one of `AMBIGUOUS`) stays for `sense` to decide. The plain form is one
    word, or several separated by blanks where the shorthand stands for several (`utl`, `gonna`).
    """
    form = word.translate(_LOWER)
    bare = form.translate(_NO_APOSTROPHE)
    entry = _entry(form, bare)
    if entry is not None:
        return entry.plain
    if bare in AMBIGUOUS:
        return bare
    return _derived(bare) or bare or form


def sense(words: Sequence[str], index: int) -> str | None:
    """Return the word that `words[index]` stands for among its neighbors, or None where it stands for itself.

    Parameters
    ----------
    words : sequence of str
        The plain words of a note, signs among them.
    index : int
        The place of the word in question.
    """
    for candidate in _SENSES.get(words[index], ()):
        if candidate.fits(words, index):
            return candidate.plain
    return None


def known(word: str) -> Kind | None:
    """Return how the lexicon accounts for a word that is in no English word list, or None if it does not.

    `shorthand`, `spelling` and `speech` are turned into plain words; `word`, `name` and `foreign` are listed
    and stay; a `form` is recognized by its shape: numbers, times, ages, plates, unit ids, measures.
    """
    form = word.translate(_LOWER)
    bare = form.translate(_NO_APOSTROPHE)
    entry = _entry(form, bare)
    if entry is not None:
        return entry.kind
    if bare in AMBIGUOUS:
        return "shorthand"
    listed = _words().get(bare) or _words().get(_POSSESSIVE.sub("", form))
    if listed is not None:
        return listed
    if _FORM.fullmatch(bare):
        return "form"
    if bare in _slips():
        return "spelling"
    return "shorthand" if _derived(bare) else None


_HERE: Final = Path(__file__).parent
_KINDS: Final[dict[str, Kind]] = {kind: kind for kind in get_args(Kind)}
_LOWER: Final = str.maketrans("ABCDEFGHIJKLMNOPQRSTUVWXYZ’‘ʼ`", "abcdefghijklmnopqrstuvwxyz''''")
_POSSESSIVE: Final = re.compile("'s$")
_NO_APOSTROPHE: Final = {ord("'"): None}

_FORM: Final = re.compile(
    r"""
      \[?\d{1,2}:\d{2}(?::\d{2})?\]?            # 14:02, [14:02:31]
    | \#?\d+(?:[.,/-]\d+)*(?:st|nd|rd|th|s|ish|x)?  # 5150, 22nd, 40s, 50ish, 555-0139, 3x
    | x\d+                                      # x3
    | \d{1,2}(?:a|p|am|pm|hrs?|h)               # 9pm, 1400hrs
    | \d{1,3}(?:yo|yoa|yom|yof|mo|m|f|y)        # 28YOM, 91f
    | [mf]\d{2}s?                               # m30s
    | \d+(?:k|mm|mil|mg|ml|lb|lbs|ft|mph|min|mins|yds?|kt|deg|w|v|in)  # 9mm, 200mg
    | [a-z]{1,3}-?\d{1,4}[a-z]?                 # unit ids, routes and models: m12, p3, f150, i95
    | \d{1,4}[a-z]{1,3}                         # flat and plate: 4b, 7kd
    | (?=[a-z0-9]*\d)(?=[a-z0-9]*[a-z])[a-z0-9]{5,8}   # plates: 4tx5rj
    """,
    re.VERBOSE,
)


class _Entry(NamedTuple):
    plain: str
    kind: Kind


class _Sense(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    plain: str
    before: frozenset[str] | None = None
    after: frozenset[str] | None = None
    near: frozenset[str] | None = None

    def fits(self, words: Sequence[str], index: int) -> bool:
        """Tell whether all conditions hold at `index`."""
        previous = words[index - 1] if index > 0 else "\n"
        following = words[index + 1] if index + 1 < len(words) else "\n"
        return (
            (self.before is None or _among(self.before, previous))
            and (self.after is None or _among(self.after, following))
            and (
                self.near is None
                or not self.near.isdisjoint(words[max(0, index - _NEAR) : index + _NEAR + 1])
            )
        )


class _SenseFile(BaseModel):
    model_config = ConfigDict(extra="forbid")

    lists: dict[str, list[str]]
    senses: dict[str, list[_Sense]]


_NEAR: Final = 4
_ENDS: Final = frozenset({"\n", ".", "..", "...", ";", "!", "?", "|"})


def _among(expected: frozenset[str], word: str) -> bool:
    if word in expected:
        return True
    if word[0].isdigit() and ":" not in word:
        return "#" in expected
    return "^" in expected and (word in _ENDS or word[0] == "[" or ":" in word[1:])


def _entry(form: str, bare: str) -> _Entry | None:
    """Look a form up as typed (`od'd`), else without its apostrophes (`mgr's`), else without its `'s`."""
    if form in _ENTRIES or bare == form:
        return _ENTRIES.get(form)
    entry = _ENTRIES.get(bare)
    if entry is not None and entry.kind != "spelling":  # knife's is no misspelled knives
        return entry
    owner = _ENTRIES.get(_POSSESSIVE.sub("", form))
    return None if owner is None or " " in owner.plain else _Entry(owner.plain + "s", owner.kind)


def _derived(form: str) -> str | None:
    """Plain words of a form that no file lists: `w/him`, `rp/pt`, a slip in a word of danger."""
    head, slash, tail = form.partition("/")
    if slash and head and tail and form not in _words():
        return f"with {plain(tail)}" if head == "w" else f"{plain(head)} / {plain(tail)}"
    if form in _slips():
        return _slips()[form]
    return None


def _rows(name: str) -> Iterator[list[str]]:
    for line in (_HERE / name).read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            yield line.split("\t")


@cache
def _words() -> dict[str, Kind]:
    return {word: _KINDS[kind] for word, kind in _rows("words.tsv")}


@cache
def _slips() -> dict[str, str]:
    """Misspellings of the words of danger: after the first, a letter left out or doubled, or two swapped."""
    slips: dict[str, str] = {}
    listed = list(_rows("danger.tsv"))
    words = {row[0] for row in listed}
    for word, *exceptions in listed:
        own_words = set(exceptions[0].split()) if exceptions else set()
        for place in range(1, len(word)):
            head, here, rest = word[:place], word[place], word[place + 1 :]
            for slip in (head + rest, head + here + here + rest, head + rest[:1] + here + rest[1:]):
                if slip not in words and slip not in own_words:
                    slips.setdefault(slip, word)
    return slips


def _load_senses() -> dict[str, tuple[_Sense, ...]]:
    file = yamlfile.load(_HERE / "senses.yaml", _SenseFile)

    def spread(items: frozenset[str] | None) -> frozenset[str] | None:
        if items is None:
            return None
        return frozenset(
            word
            for item in items
            for word in (file.lists[item[1:-1]] if item[0] == "{" and item[-1] == "}" else [item])
        )

    return {
        form: tuple(
            _Sense(
                plain=each.plain, before=spread(each.before), after=spread(each.after), near=spread(each.near)
            )
            for each in senses
        )
        for form, senses in file.senses.items()
    }


_ENTRIES: Final = {form: _Entry(words, _KINDS[kind]) for form, words, kind in _rows("lexicon.tsv")}
_SENSES: Final = _load_senses()
AMBIGUOUS: Final = frozenset(_SENSES)
"""The forms that `sense` decides."""
