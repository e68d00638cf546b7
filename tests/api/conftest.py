"""A tiny model, a service in this process, and a service as a process of its own."""

import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from playwright.sync_api import Browser, Page, sync_playwright

from api.app import create_app
from api.settings import Settings
from classifier.model import CallModel, targets
from models import store

ADDRESS = "http://127.0.0.1:8000"
STORIES = (
    ("brother is hearing voices and has not slept, off his meds", ["mental_health"], 2, "none"),
    ("son wants to die and has a plan", ["mental_health"], 3, "none"),
    ("male asleep in the lobby refuses to leave", ["trespass"], 2, "none"),
    ("banned woman was in the store, gone now", ["trespass"], 1, "none"),
    ("elderly mother does not answer the phone", ["welfare_check"], 2, "none"),
    ("man lying in the ditch, not moving", ["welfare_check"], 3, "none"),
    ("male swings a knife at the clerk", ["weapons_present"], 4, "present"),
    ("gun in his hand, pointing it at people", ["weapons_present"], 4, "present"),
    ("loud music upstairs all night", [], 1, "none"),
    ("parked car blocks the driveway", [], 1, "none"),
)
OPENINGS = ("rp adv", "caller states", "mgr says", "neighbor reports", "clerk adv", "wife states")


@pytest.fixture(scope="session")
def fitted() -> Callable[..., CallModel]:
    """Fits a model that has learnt ten stories."""
    return _fitted


@pytest.fixture(scope="session")
def promoted() -> Callable[[Path, CallModel], str]:
    """Saves a model and makes it the champion; gives its version."""
    return _promoted


def _fitted(random_state: int = 0) -> CallModel:
    records = [
        {"note": f"{opening} {story}", "categories": categories, "acuity": acuity, "weapon": weapon}
        for opening in OPENINGS
        for story, categories, acuity, weapon in STORIES
    ]
    return CallModel(folds=3, random_state=random_state).fit(
        [str(record["note"]) for record in records], targets(records)
    )


def _promoted(folder: Path, model: CallModel) -> str:
    version = store.save(model, folder, {"data": "ten stories"}).version
    store.promote(folder, version, by="tests", why="it is needed")
    return version


@pytest.fixture(scope="session")
def client(data_dir: Path) -> Iterator[TestClient]:
    """A service with the champion."""
    with TestClient(create_app(Settings(data_dir=data_dir, record_patience=30)), base_url=ADDRESS) as client:
        yield client


@pytest.fixture(scope="session")
def without_model(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    """A service that has no model."""
    settings = Settings(data_dir=tmp_path_factory.mktemp("empty"), record_patience=30)
    with TestClient(create_app(settings), base_url=ADDRESS) as client:
        yield client


class Server:
    """`heartline serve` as a process, which can be killed and started again at the same address."""

    def __init__(self, data_dir: Path, *, port: int = 0) -> None:
        self.data_dir = data_dir
        self.port = port
        self.start()

    def start(self) -> None:
        """Start it, and wait until it says where it answers."""
        self.process = subprocess.Popen(
            [sys.executable, "-m", "api", "--port", str(self.port)],
            env={
                **os.environ,
                "HEARTLINE_DATA_DIR": str(self.data_dir),
                "HEARTLINE_CHAMPION_SECONDS": "0.2",
                "HEARTLINE_RECORD_PATIENCE": "30",
            },
            stderr=subprocess.PIPE,
            text=True,
        )
        assert self.process.stderr is not None
        said = []
        for line in self.process.stderr:
            said.append(line)
            if found := re.search(r"answers on http://127\.0\.0\.1:(\d+)", line):
                self.port = int(found[1])
                return
        raise AssertionError(f"the service did not start: {''.join(said)}")

    @property
    def url(self) -> str:
        """Where it answers."""
        return f"http://127.0.0.1:{self.port}"

    def kill(self) -> None:
        """End it at once, as a power cut would."""
        self._end(signal.SIGKILL)

    def stop(self) -> int:
        """Ask it to end; its exit code."""
        return self._end(signal.SIGTERM)

    def _end(self, number: int) -> int:
        self.process.send_signal(number)
        code = self.process.wait(timeout=20)
        assert self.process.stderr is not None
        self.process.stderr.close()
        return code


@pytest.fixture
def started() -> Iterator[Callable[[Path], Server]]:
    """Starts services; those that still run at the end are ended."""
    servers: list[Server] = []

    def start(data_dir: Path) -> Server:
        servers.append(Server(data_dir))
        return servers[-1]

    yield start
    for server in servers:
        if server.process.poll() is None:
            server.kill()


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Chromium, which asks nobody for anything by itself."""
    path = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    assert path, "the console is tested in Chromium: install it, on Debian with `apt-get install chromium`"
    quiet = ["--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"]
    quiet += ["--disable-component-update", "--disable-sync"]
    if os.geteuid() == 0:
        quiet.append("--no-sandbox")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=quiet)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def shared(champion_folder: Path) -> Iterator[Server]:
    """A running service with the default model, for tests that leave it alone."""
    server = Server(champion_folder.parent)
    yield server
    server.kill()


@pytest.fixture
def opened(browser: Browser) -> Iterator[Callable[..., Page]]:
    """Opens the console of a service in a fresh tab; an error in it fails the test."""
    contexts, errors = [], []

    def open_console(url: str, watch: Callable[[str], None] = lambda url: None, script: str = "") -> Page:
        contexts.append(browser.new_context(viewport={"width": 1024, "height": 768}))
        page = contexts[-1].new_page()
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.on("request", lambda request: watch(request.url))
        page.on("websocket", lambda socket: watch(socket.url))
        page.add_init_script(script)
        page.goto(f"{url}/console/")
        return page

    yield open_console
    for context in contexts:
        context.close()
    assert errors == []


@pytest.fixture
def page(opened: Callable[..., Page], shared: Server) -> Page:
    """The console in a fresh tab."""
    return opened(shared.url)
