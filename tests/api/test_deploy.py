"""What a center starts from names only what there is; every answered finding is on the operator's page."""

import re
from pathlib import Path

import pytest

from api.access.roles import MAY, MEANING
from api.access.terms import PERMISSIONS
from api.modes import MEANING as MODES
from api.settings import Settings, file_variable, is_secret, unknown_variables

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "operators.md").read_text("utf-8")
DEPLOYED = sorted((ROOT / "deploy").iterdir())


@pytest.mark.parametrize("path", [*DEPLOYED, ROOT / "docs" / "operators.md"], ids=lambda path: path.name)
def test_it_names_only_settings_that_exist(path):
    text = path.read_text("utf-8")
    named = set(re.findall(r"HEARTLINE_[A-Z_]*[A-Z]\b", text)) - {"HEARTLINE_"}

    assert named, "this test looks for nothing"
    assert unknown_variables(dict.fromkeys(named, "")) == []


def settings_in(name):
    text = (ROOT / "deploy" / name).read_text("utf-8")
    return dict(re.findall(r"^#?(?:Environment=|ENV | +)HEARTLINE_([A-Z_]+)=(\S+)", text, re.MULTILINE))


@pytest.mark.parametrize("name", ["heartline.service", "Containerfile"])
def test_the_values_that_it_sets_are_taken(name):
    found = {key.lower(): value for key, value in settings_in(name).items() if not key.endswith("_FILE")}

    assert found
    Settings(**found)


def test_no_secret_stands_in_it():
    secrets = {
        f"HEARTLINE_{name.upper()}" for name, field in Settings.model_fields.items() if is_secret(field)
    }
    for path in DEPLOYED:
        for name in secrets:
            assert not re.search(rf"{name}=", path.read_text("utf-8")), path.name


def test_systemd_waits_longer_than_requests_may_go_on():
    text = (ROOT / "deploy" / "heartline.service").read_text("utf-8")
    wait = int(re.search(r"TimeoutStopSec=(\d+)", text)[1])

    assert wait > Settings.model_fields["stop_seconds"].default


def test_nginx_waits_longer_than_a_quiet_web_socket_lasts_and_takes_the_largest_body():
    text = (ROOT / "deploy" / "nginx.conf").read_text("utf-8")

    assert int(re.search(r"proxy_read_timeout (\d+)s", text)[1]) > Settings().live_idle_seconds
    assert int(re.search(r"client_max_body_size (\d+)m", text)[1]) * 2**20 >= Settings().max_body_bytes


def test_every_file_is_on_the_page():
    assert [path.name for path in DEPLOYED if f"`deploy/{path.name}`" not in PAGE] == []


def test_the_page_says_what_each_role_may_and_each_mode_means():
    for role, may in MAY.items():
        said = "; ".join(MEANING[permission] for permission in PERMISSIONS if permission in may)
        assert f"| {role} | {said} |" in PAGE
    for mode, meaning in MODES.items():
        assert f"| `{mode}` | {meaning} |" in PAGE


def test_every_finding_of_the_linter_that_is_passed_over_is_answered_on_the_page():
    rows = [line for line in PAGE.splitlines() if re.match(r"\| B\d{3}", line)]
    for package in ("api", "classifier", "models", "training"):
        for path in sorted((ROOT / package).rglob("*.py")):
            for finding in re.findall(r"# nosec ?(\S*)", path.read_text("utf-8")):
                where = f"`{path.relative_to(ROOT)}`"
                assert [row for row in rows if finding and finding in row and where in row], (finding, where)


def test_files_of_secrets_are_named_by_the_page():
    for name, field in Settings.model_fields.items():
        if is_secret(field):
            assert file_variable(name) in PAGE
