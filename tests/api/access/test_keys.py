"""Keys are shown once, kept as hashes, and asked for wherever others can reach the service."""

import json
import re
import threading
from datetime import UTC, datetime, timedelta

import pytest
from click.testing import CliRunner
from fastapi.testclient import TestClient

from api.access.access import Access
from api.access.cli import keys as command
from api.access.keys import Keys, KeysUnreadable
from api.access.roles import Caller
from api.app import create_app
from api.recording import open_record
from api.settings import Settings

NOTE = {"note": "male asleep in the lobby"}


def ask(service, headers=None, **more):
    return service.client.post("/v1/suggest", json=NOTE, headers=headers, **more)


@pytest.fixture
def run(tmp_path, monkeypatch):
    """Runs `heartline keys` in a data directory."""
    monkeypatch.setenv("HEARTLINE_DATA_DIR", str(tmp_path))
    return lambda *arguments: CliRunner().invoke(command, arguments)


def test_a_key_is_shown_once_and_only_its_hash_is_kept(run, tmp_path):
    shown = run("add", "CAD", "--role", "telecommunicator").stdout.strip()
    kept = (tmp_path / "keys.json").read_text()

    assert re.fullmatch(r"hl_[0-9a-f]{8}_[\w-]{43}", shown)
    assert shown.split("_", 2)[2] not in kept
    assert json.loads(kept)["keys"][0]["hash"].startswith("$argon2id$")
    assert (tmp_path / "keys.json").stat().st_mode & 0o777 == 0o600
    assert shown.split("_", 2)[2] not in run("list").output


def test_the_list_says_whose_what_and_whether_it_is_valid(run):
    run("add", "CAD", "--role", "telecommunicator", "--days", "30", "--rate", "20000/minute")
    run("add", "Prometheus", "--role", "monitor")
    key_id = re.findall(r"^[0-9a-f]{8}", run("list").stdout, re.MULTILINE)[1]
    assert run("revoke", key_id).exit_code == 0
    first, second = run("list").stdout.splitlines()

    assert re.search(r"valid +telecommunicator .* until .* 20000/minute  CAD$", first)
    assert re.search(r"revoked +monitor .*  Prometheus$", second)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["add", "CAD", "--role", "king"], "king"),
        (["add", "CAD", "--role", "admin", "--rate", "often"], "is no rate"),
        (["add", "", "--role", "admin"], "name"),
        (["add", "C\nAD", "--role", "admin"], "name"),
        (["revoke", "00000000"], "There is no key 00000000"),
    ],
)
def test_what_cannot_be_is_refused_with_a_sentence(arguments, said, run):
    done = run(*arguments)

    assert done.exit_code in (1, 2)
    assert said in done.output


def test_giving_out_and_taking_back_is_recorded_by_the_keys_id_alone(run, tmp_path):
    shown = run("add", "CAD", "--role", "telecommunicator").stdout.strip()
    key_id = shown.split("_")[1]
    run("revoke", key_id)

    with open_record(Settings(data_dir=tmp_path)) as record:
        events = list(record.events(kinds=["key"]))
    assert [(event.key_id, event.change, event.role) for event in events] == [
        (key_id, "added", "telecommunicator"),
        (key_id, "revoked", "telecommunicator"),
    ]
    assert shown.encode() not in b"".join(each.read_bytes() for each in tmp_path.rglob("*") if each.is_file())


def test_many_at_once_lose_no_key(tmp_path):
    desks = [f"desk {number}" for number in range(8)]
    threads = [threading.Thread(target=Keys(tmp_path).add, args=(desk, "telecommunicator")) for desk in desks]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(key.name for key in Keys(tmp_path).all()) == desks


def test_a_valid_key_opens_what_its_role_may(guarded):
    service = guarded()

    assert ask(service).status_code == 401
    assert ask(service, service.key("telecommunicator")).status_code == 200


@pytest.mark.parametrize(
    "header",
    [
        "Bearer hl_00000000_AAAA",
        "Bearer hl_",
        "Bearer ",
        "Bearer x.y.z",
        "Basic YTpi",
        "Bearer hl_\u00e9",
    ],
)
def test_a_wrong_one_opens_nothing_and_is_not_repeated(header, guarded):
    service = guarded()
    service.key("telecommunicator")
    answer = ask(service, {"Authorization": header.encode()})

    assert answer.status_code == 401
    assert answer.headers["www-authenticate"].startswith("Bearer")
    assert "hl_" not in answer.text


def test_the_id_of_a_key_with_another_secret_opens_nothing(guarded):
    service = guarded()
    good = service.key("admin")["Authorization"]

    assert ask(service, {"Authorization": good[:-1] + ("A" if good[-1] != "A" else "B")}).status_code == 401


def test_a_key_given_out_or_taken_back_counts_at_once(guarded):
    service = guarded()
    headers = service.key("telecommunicator")
    assert ask(service, headers).status_code == 200

    service.keys.revoke(service.keys.all()[0].id)

    assert ask(service, headers).status_code == 401


def test_a_key_that_is_over_opens_nothing(guarded, monkeypatch):
    service = guarded()
    headers = service.key("telecommunicator", days=1)
    assert ask(service, headers).status_code == 200

    class Later(datetime):
        @classmethod
        def now(cls, tz=None):
            return datetime.now(tz) + timedelta(days=2)

    monkeypatch.setattr("api.access.keys.datetime", Later)

    assert ask(service, headers).status_code == 401


def test_the_caller_is_recorded_by_the_keys_id(guarded, tmp_path):
    service = guarded(record=True)
    headers = service.key("telecommunicator")
    ask(service, headers)
    event = next(iter(service.client.app.state.record.events(kinds=["suggestion_shown"])))

    assert (event.actor.id, event.actor.role, event.actor.via) == (
        service.keys.all()[0].id,
        "telecommunicator",
        "key",
    )


def test_on_loopback_nobody_is_asked_until_there_is_a_key(tmp_path):
    with TestClient(
        create_app(Settings(data_dir=tmp_path, record=False)), base_url="http://127.0.0.1:8000"
    ) as client:
        assert client.post("/v1/suggest", json=NOTE).status_code == 200

        Keys(tmp_path).add("CAD", "telecommunicator")

        assert client.post("/v1/suggest", json=NOTE).status_code == 401
        (tmp_path / "keys.json").unlink()
        assert client.post("/v1/suggest", json=NOTE).status_code == 401


@pytest.mark.parametrize("header", ["X-Forwarded-For", "Forwarded"])
def test_what_a_proxy_brings_in_is_not_taken_for_loopback(header, tmp_path):
    with TestClient(
        create_app(Settings(data_dir=tmp_path, record=False)), base_url="http://127.0.0.1:8000"
    ) as client:
        assert client.post("/v1/suggest", json=NOTE, headers={header: "10.0.0.7"}).status_code == 401
        assert client.get("/healthz", headers={header: "10.0.0.7"}).status_code == 401


def test_a_body_is_not_read_for_somebody_unknown(guarded):
    service = guarded()
    answer = service.client.post("/v1/suggest", content=b"{", headers={"Content-Type": "application/json"})

    assert answer.status_code == 401


def test_an_address_that_is_not_there_says_so_only_to_whom_is_known(guarded):
    service = guarded()

    assert service.client.get("/nothing").status_code == 401
    assert service.client.get("/nothing", headers=service.key("monitor")).status_code == 404


def test_only_whom_may_watch_reads_what_troubles_the_service(guarded):
    service = guarded()
    (service.keys.path.parent / "models").mkdir()
    (service.keys.path.parent / "models" / "champion.json").write_text("{")
    headers = service.key("monitor")
    service.client.app.state.serving.refresh()

    assert service.client.get("/readyz").json()["trouble"] is None
    assert "champion" in service.client.get("/readyz", headers=headers).json()["trouble"]


def test_a_damaged_file_of_keys_stops_the_start_with_a_sentence(tmp_path):
    (tmp_path / "keys.json").write_text('{"version": 1, "keys": [{"id": 5}]}')

    with pytest.raises(KeysUnreadable, match=r"keys\.json is no file of keys"):
        Keys(tmp_path)


def test_one_damaged_later_leaves_the_keys_before_and_is_told(tmp_path):
    keys = Keys(tmp_path)
    _, secret = keys.add("CAD", "telecommunicator")
    keys.path.write_text("{")

    assert keys.check(secret) is not None
    assert "still hold" in keys.trouble


def test_a_long_connection_learns_that_its_key_is_no_longer_valid(tmp_path):
    access = Access(Settings(data_dir=tmp_path))
    assert access.still(Caller())
    key, _ = access.keys.add("CAD", "telecommunicator")

    assert not access.still(Caller())
    assert access.still(key.caller())
    access.keys.revoke(key.id)
    assert not access.still(key.caller())
    assert not access.still(Caller(id="pat", via="token", expires=datetime.now(UTC).timestamp() - 1))
