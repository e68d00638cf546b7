"""Services that ask for keys, and whoever holds one."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from api.access.keys import Keys
from api.app import create_app
from api.settings import Settings

NAME = "heartline.example"


@dataclass
class Guarded:
    """A service that others reach, and what a test needs of it."""

    client: TestClient
    keys: Keys

    def key(self, role: str, **more: Any) -> dict[str, str]:
        """Make a key; return the headers that carry it."""
        _, secret = self.keys.add(f"a {role}", role, **more)
        return {"Authorization": f"Bearer {secret}"}


@pytest.fixture
def guarded(tmp_path: Path) -> Iterator[Callable[..., Guarded]]:
    """Starts a service under a name that others reach."""
    open_clients = []

    def start(**settings: Any) -> Guarded:
        made = Settings(
            data_dir=tmp_path, allowed_hosts=(NAME,), **{"record": False, "record_patience": 30} | settings
        )
        client = TestClient(create_app(made), base_url=f"https://{NAME}")
        open_clients.append(client.__enter__())
        return Guarded(client, Keys(tmp_path))

    yield start
    for client in open_clients:
        client.__exit__(None, None, None)
