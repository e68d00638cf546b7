"""The page for vendors: every example on it is sent, and gets what the page says."""

import json
import re
from contextlib import redirect_stdout
from io import StringIO
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from api.app import create_app
from api.settings import Settings

PAGE = (Path(__file__).parents[2] / "docs" / "integration.md").read_text("utf-8")
BLOCK = re.compile(r"<!-- (?P<what>[^>]+) -->\n```json\n(?P<content>.*?)```", re.DOTALL)


@pytest.fixture(scope="module")
def service(tmp_path_factory):
    made = Settings(data_dir=tmp_path_factory.mktemp("vendor"), record_patience=30)
    with TestClient(create_app(made), base_url="http://127.0.0.1:8000") as client:
        yield client


def exchanges():
    """Each request of the page with the answer that follows it."""
    found = [(block["what"], json.loads(block["content"])) for block in BLOCK.finditer(PAGE)]
    assert [what for what, _ in found[1::2]] == ["answer"] * (len(found) // 2)
    return [(*sent, answer) for sent, (_, answer) in zip(found[::2], found[1::2], strict=True)]


def says(got, shown):
    """Whether what came holds all that the page shows of it."""
    if isinstance(shown, dict):
        return all(name in got and says(got[name], value) for name, value in shown.items())
    if isinstance(shown, list):
        return len(got) == len(shown) and all(map(says, got, shown))
    return got == shown


@pytest.mark.parametrize(
    ("where", "sent", "shown"), [each for each in exchanges() if each[0].startswith("POST")]
)
def test_a_request_gets_the_answer_that_the_page_shows(where, sent, shown, service):
    got = service.post(where.removeprefix("POST "), json=sent)

    assert got.status_code in (200, 201)
    assert says(got.json(), shown), got.text


def test_so_do_the_messages_of_a_line(service):
    messages = [(sent, shown) for where, sent, shown in exchanges() if where.startswith("WebSocket")]
    assert len(messages) == 2
    with service.websocket_connect("ws://127.0.0.1:8000/v1/live") as line:
        for sent, shown in messages:
            line.send_json(sent)
            got = line.receive_json()
            assert says(got, shown), got


def test_the_client_on_the_page_works_as_it_stands(started, tmp_path):
    (program,) = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
    server = started(tmp_path)  # ended by the fixture
    said = StringIO()
    with redirect_stdout(said):
        exec(program.replace("127.0.0.1:8000", f"127.0.0.1:{server.port}"), {})

    assert said.getvalue().splitlines()[-1] == "present"
