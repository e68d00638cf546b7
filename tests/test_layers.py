"""Who may import whom: one direction, no circles, and the service stays light."""

import ast
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
MAY_IMPORT = {
    "classifier": {"classifier"},
    "models": {"models", "classifier"},
    "training": {"training", "models", "classifier"},
    "api": {"api", "models", "classifier"},
}
SERVED = ("classifier", "models", "api")
COME_WITH_FASTAPI = {"anyio", "starlette", "typing-extensions"}
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]


def imports(package: str) -> Iterator[tuple[str, str]]:
    """Every module that a package's files import, anywhere in them, with the place."""
    for path in sorted((ROOT / package).rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            names: list[str] = []
            if isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom):
                names = [node.module or ""]
                assert node.level == 0, f"{path}:{node.lineno}: relative import"
            yield from ((name.split(".")[0], f"{path.relative_to(ROOT)}:{node.lineno}") for name in names)


def locked(name: str) -> set[str]:
    text = (ROOT / "requirements" / name).read_text("utf-8")
    return set(re.findall(r"^([a-z0-9.-]+)==", text, re.MULTILINE))


def distribution_names(requirements: list[str]) -> set[str]:
    return {re.split(r"[\[=<>~! ]", line)[0].lower() for line in requirements}


@pytest.fixture(scope="module")
def provided_by():
    """Which distributions bring a module, as a function of its name."""
    distributions = packages_distributions()
    return lambda module: {name.lower().replace("_", "-") for name in distributions.get(module, [])}


def loaded(statement: str) -> set[str]:
    """The top-level modules that a fresh Python holds after `statement`."""
    program = f"{statement}\nimport sys\nprint(*sorted({{name.split('.')[0] for name in sys.modules}}))"
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd=ROOT
    )
    return set(done.stdout.splitlines()[-1].split())


@pytest.mark.parametrize("package", MAY_IMPORT)
def test_a_package_imports_only_what_lies_below_it(package):
    wrong = [place for name, place in imports(package) if name in set(MAY_IMPORT) - MAY_IMPORT[package]]
    assert wrong == []


@pytest.mark.parametrize("package", SERVED)
def test_what_serves_imports_only_what_the_base_install_declares(package, provided_by):
    declared = distribution_names(PROJECT["dependencies"]) | COME_WITH_FASTAPI | {"heartline"}
    wrong = [
        f"{place}: {name}"
        for name, place in imports(package)
        if name not in sys.stdlib_module_names and not provided_by(name) & declared
    ]
    assert wrong == []


def test_the_base_lock_holds_nothing_that_only_training_or_tests_need():
    base = locked("base.txt")
    extras = PROJECT["optional-dependencies"]
    only_elsewhere = distribution_names(extras["train"]) | distribution_names(extras["test"])
    assert not base & (only_elsewhere | {"mlflow-skinny", "pandas", "matplotlib", "torch", "flask"})
    assert distribution_names(PROJECT["dependencies"]) <= base


def test_the_three_locks_agree():
    def pins(name):
        text = (ROOT / "requirements" / name).read_text("utf-8")
        return dict(re.findall(r"^([a-z0-9.-]+)==(\S+)", text, re.MULTILINE))

    base, train, test = pins("base.txt"), pins("train.txt"), pins("test.txt")
    assert {name: test.get(name) for name in base} == base
    assert {name: test.get(name) for name in train} == train


def test_the_locks_name_no_address():
    for path in (ROOT / "requirements").glob("*.txt"):
        assert not re.search(r"://|--index|--find-links|^-[ef] ", path.read_text("utf-8"), re.MULTILINE), path


def test_the_service_imports_neither_training_nor_mlflow_nor_pandas():
    assert not loaded("import api.app") & {"training", "mlflow", "pandas", "matplotlib"}


def test_the_command_line_loads_a_package_only_when_it_is_asked_for():
    assert not loaded("import classifier.cli") & {"training", "models", "api", "spacy", "sklearn", "fastapi"}
    assert not loaded("import models.cli") & {"training", "api", "spacy", "sklearn", "rich", "pyarrow"}
    assert not loaded("import models.scoring, models.store") & {"pyarrow"}
