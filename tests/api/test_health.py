"""Whether the service lives, and whether all of it answers."""

import shutil

from fastapi.testclient import TestClient

from api.app import create_app
from api.settings import Settings


def served(data_dir):
    return TestClient(create_app(Settings(data_dir=data_dir)), base_url="http://127.0.0.1:8000")


def test_a_living_service_says_so(client):
    assert client.get("/healthz").json() == {"status": "alive"}


def test_with_a_champion_it_is_ready(client):
    found = client.get("/readyz")

    assert found.status_code == 200
    assert found.json()["status"] == "ready"
    assert found.json()["degraded"] is None
    assert found.json()["versions"]["model"]


def test_without_a_model_it_still_answers_and_says_what_is_missing_and_what_to_do(without_model):
    found = without_model.get("/readyz")

    assert found.status_code == 200
    assert found.json()["status"] == "degraded"
    assert found.json()["degraded"] == "no model"
    assert "heartline train" in found.json()["trouble"]


def test_a_model_with_one_byte_changed_is_not_loaded_and_ready_says_so(data_dir, tmp_path):
    shutil.copytree(data_dir / "models", tmp_path / "models")
    file = next((tmp_path / "models").glob("*.pickle"))
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.write_bytes(content)

    with served(tmp_path) as client:
        found = client.get("/readyz").json()
        suggestion = client.post("/v1/suggest", json={"note": "male has knife in hand"}).json()

    assert found["status"] == "degraded"
    assert found["degraded"] == "model refused"
    assert "is not the file that was saved" in found["trouble"]
    assert suggestion["degraded"] == "model refused"
    assert suggestion["weapon"] == "present"
