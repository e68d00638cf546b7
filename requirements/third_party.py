"""Writes THIRD_PARTY.md: what the base install brings along, under which licenses.

Run by `make notices`: names and versions come from `base.txt`, the rest from the installed distributions.
"""

import re
from collections.abc import Iterator
from email.message import Message
from importlib.metadata import distribution
from pathlib import Path

HERE = Path(__file__).parent
NOTICES = HERE.parent / "THIRD_PARTY.md"
PINNED = re.compile(r"^([a-z0-9.-]+)==([^ ]+)", re.MULTILINE)

HEAD = """\
# Third-party notices

Heartline itself is licensed under Apache-2.0 (see `LICENSE`). `make serve` and `pip install .` install the
packages below beside it; none of their code is copied into this repository. The license texts come with each
package, in its `*.dist-info` folder. Written by `make notices` from `requirements/base.txt`.

| package | version | license | home |
|---|---|---|---|
"""


def main() -> None:
    """Write the file anew."""
    NOTICES.write_text(notices(), "utf-8")


def notices() -> str:
    """Return the whole file as it should be for what is locked and installed."""
    return HEAD + "".join(f"{row}\n" for row in _rows())


def locked() -> dict[str, str]:
    """Return name and version of every package in the base lock."""
    return dict(PINNED.findall((HERE / "base.txt").read_text("utf-8")))


def _rows() -> Iterator[str]:
    for name, version in sorted(locked().items()):
        found = distribution(name)
        if found.version != version:
            raise SystemExit(
                f"{name} {found.version} is installed, base.txt has {version}: run `make serve`."
            )
        about: Message = found.metadata  # type: ignore[assignment]
        yield f"| {name} | {version} | {_license(name, about)} | {_home(about)} |"


def _license(name: str, about: Message) -> str:
    """Return the license: the expression if there is one, else the classifiers, else the first line."""
    if expression := about.get("License-Expression"):
        return str(expression)
    classified = [
        str(line).rsplit(" :: ", 1)[-1]
        for line in about.get_all("Classifier", [])
        if str(line).startswith("License :: ") and not str(line).endswith("OSI Approved")
    ]
    if classified:
        return ", ".join(classified)
    if written := str(about.get("License") or "").strip():
        return written.splitlines()[0]
    raise SystemExit(f"{name} does not say its license: look it up and decide.")


def _home(about: Message) -> str:
    links = dict(str(link).split(", ", 1) for link in about.get_all("Project-URL", []))
    by_label = {re.sub(r"[^a-z]", "", label.lower()): url for label, url in links.items()}
    for label in (
        "homepage",
        "home",
        "repository",
        "source",
        "sourcecode",
        "github",
        "code",
        "documentation",
    ):
        if label in by_label:
            return by_label[label]
    return str(about.get("Home-page") or "")


if __name__ == "__main__":
    main()
