"""What a figure or a model was made from: hashes of data, code and rules, and the packages used."""

import ast
import hashlib
import platform
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from functools import cache
from importlib.metadata import version
from pathlib import Path

import classifier
from classifier.labels import LabeledNote
from training import corpus

ROOT = Path(classifier.__file__).parent
PACKAGES = ("numpy", "scipy", "scikit-learn", "spacy")


@dataclass(frozen=True, slots=True)
class Provenance:
    """Hashes (the first sixteen digits of SHA-256) that change when what they stand for changes.

    Parameters
    ----------
    data : str
        Notes and labels, in order.
    code : str
        All that suggestions and figures are made by: sources and data files, rules and corpus left out.
    rules : str
        The safety rules.
    packages : dict
        Version of Python and of each package that computes.
    """

    data: str
    code: str
    rules: str
    packages: dict[str, str]

    def as_dict(self) -> dict[str, object]:
        """Return it as plain data."""
        return asdict(self)


def provenance(notes: Sequence[LabeledNote]) -> Provenance:
    """Return where figures on these notes come from."""
    ours = [path for path in ROOT.rglob("*") if path.parent.name != "rules"]
    theirs = Path(corpus.__file__).parent.glob("*.py")
    return Provenance(
        data=corpus.digest(notes)[:16], code=_hash([*ours, *theirs]), rules=rules(), packages=packages()
    )


def rules() -> str:
    """Return the hash of the rule files."""
    return _hash((ROOT / "rules").glob("*.yaml"))


def packages() -> dict[str, str]:
    """Return the versions of what computes."""
    return {"python": platform.python_version(), **{name: version(name) for name in PACKAGES}}


@cache
def model_code() -> str:
    """Return the hash of what a fitted model depends on; a change of policy or console leaves it as it was.

    These are the modules that `classifier.model` imports, one by another, and the data files they name.
    """
    modules = set(_imported(ROOT / "model.py"))
    texts = "\n".join(path.read_text("utf-8") for path in sorted(modules))
    data = [path for path in ROOT.rglob("*.*") if path.suffix not in (".py", ".pyc") and _named(path, texts)]
    return _hash([*modules, *data])


def _imported(path: Path, seen: frozenset[Path] = frozenset()) -> Iterator[Path]:
    """Yield a module's file and the files of all modules of `classifier` that it comes to import."""
    yield path
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        names = [node.module] if isinstance(node, ast.ImportFrom) else []
        if isinstance(node, ast.ImportFrom) and node.module == "classifier":
            names = [f"classifier.{alias.name}" for alias in node.names]
        for name in names:
            module = ROOT / f"{(name or '').removeprefix('classifier.')}.py"
            if name and name.startswith("classifier.") and module.exists() and module not in {path, *seen}:
                yield from _imported(module, seen | {path})


def _named(path: Path, texts: str) -> bool:
    """Whether a source names the file, or opens the folder that it lies in."""
    return f'"{path.name}"' in texts or f'with_name("{path.parent.name}")' in texts


def _hash(paths: Iterable[Path]) -> str:
    hasher = hashlib.sha256()
    for path in sorted({path for path in paths if path.is_file() and path.suffix != ".pyc"}):
        hasher.update(f"{path.parent.name}/{path.name}\0".encode() + path.read_bytes() + b"\0")
    return hasher.hexdigest()[:16]
