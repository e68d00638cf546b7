"""Settings come from the environment alone, and the operator's page lists them all."""

from pathlib import Path

import pytest
from pydantic import ValidationError

from api.settings import Settings, is_loopback, table, unknown_variables

PAGE = Path(__file__).parents[2] / "docs" / "operators.md"


def test_a_setting_is_read_from_its_variable(monkeypatch):
    monkeypatch.setenv("HEARTLINE_PORT", "8100")
    monkeypatch.setenv("HEARTLINE_ALLOWED_HOSTS", "heartline.example, 127.0.0.1")
    settings = Settings()

    assert settings.port == 8100
    assert settings.allowed_hosts == ("heartline.example", "127.0.0.1")


def test_what_is_given_by_hand_wins_over_the_environment(monkeypatch):
    monkeypatch.setenv("HEARTLINE_PORT", "8100")

    assert Settings(port=8200).port == 8200


def test_no_env_file_is_read(tmp_path, monkeypatch):
    (tmp_path / ".env").write_text("HEARTLINE_PORT=9999\n")
    monkeypatch.chdir(tmp_path)

    assert Settings().port == 8000


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PORT", "70000"),
        ("PORT", "http"),
        ("MAX_BODY_BYTES", "10"),
        ("CHAMPION_SECONDS", "0"),
        ("ACCESS_LOG", "2"),
    ],
)
def test_a_value_out_of_bounds_is_refused(name, value, monkeypatch):
    monkeypatch.setenv(f"HEARTLINE_{name}", value)

    with pytest.raises(ValidationError, match=name.lower()):
        Settings()


def test_a_misspelled_variable_is_noticed():
    environment = {"HEARTLINE_PROT": "1", "HEARTLINE_PORT": "2", "PATH": "/bin"}

    assert unknown_variables(environment) == ["HEARTLINE_PROT"]


@pytest.mark.parametrize("host", ["127.0.0.1", "127.9.9.9", "::1", "[::1]", "localhost"])
def test_these_addresses_reach_only_this_machine(host):
    assert is_loopback(host)


@pytest.mark.parametrize(
    "host", ["0.0.0.0", "::", "192.168.1.4", "heartline.example", "127.0.0.1.example", ""]
)
def test_all_others_may_be_reached_from_elsewhere(host):
    assert not is_loopback(host)


def test_the_operators_page_lists_every_setting_with_its_default_and_meaning():
    assert table() in PAGE.read_text("utf-8"), "put the output of `heartline serve --settings` there"


def test_a_secret_may_lie_in_a_file_that_the_environment_names(tmp_path, monkeypatch):
    (tmp_path / "url").write_text("postgresql://heartline:secret@db/heartline\n")
    monkeypatch.setenv("HEARTLINE_DATABASE_URL_FILE", str(tmp_path / "url"))

    assert Settings().database_url.get_secret_value() == "postgresql://heartline:secret@db/heartline"
    assert "secret@" not in repr(Settings())
    assert unknown_variables({"HEARTLINE_DATABASE_URL_FILE": "x", "HEARTLINE_PORT_FILE": "x"}) == [
        "HEARTLINE_PORT_FILE"
    ]


def test_the_file_of_a_secret_that_is_not_there_is_named(tmp_path, monkeypatch):
    monkeypatch.setenv("HEARTLINE_RECORD_KEY_FILE", str(tmp_path / "none"))

    with pytest.raises(ValueError, match="HEARTLINE_RECORD_KEY_FILE"):
        Settings()
