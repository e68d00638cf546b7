"""The notices name what the base lock installs, in the locked version, with a license and a home."""

import re
import runpy
from pathlib import Path

ROOT = Path(__file__).parent.parent
SCRIPT = runpy.run_path(str(ROOT / "requirements" / "third_party.py"))
ROW = re.compile(r"^\| (?P<name>[a-z0-9.-]+) \| (?P<version>\S+) \| (?P<license>.+) \| (?P<home>\S+) \|$")


def test_the_notices_are_what_make_notices_writes():
    assert (ROOT / "THIRD_PARTY.md").read_text("utf-8") == SCRIPT["notices"](), "stale: run `make notices`"


def test_every_locked_package_has_a_license_and_a_home():
    rows = [ROW.match(line) for line in SCRIPT["notices"]().splitlines() if line.startswith("| ")][1:]
    assert all(rows)
    assert {row["name"]: row["version"] for row in rows} == SCRIPT["locked"]()


def test_the_license_is_apache_2():
    text = (ROOT / "LICENSE").read_text("utf-8")
    assert "Apache License" in text
    assert "Version 2.0, January 2004" in text
    assert "END OF TERMS AND CONDITIONS" in text
