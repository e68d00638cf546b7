"""A FastAPI application that answers at once with nothing, to measure others by."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from fastapi import FastAPI, WebSocket

app = FastAPI()


@app.websocket("/v1/live")
async def nothing(websocket: WebSocket) -> None:
    """Answer each message with its number and an empty suggestion."""
    await websocket.accept()
    async for message in websocket.iter_json():
        await websocket.send_text(f'{{"seq":{message["seq"]},"suggestion":{{}}}}')


@contextmanager
def empty_service() -> Iterator[int]:
    """Run it with two workers until the block ends; gives its port."""
    with subprocess.Popen(
        [sys.executable, "-m", "uvicorn", "empty:app", "--port", "0", "--workers", "2", "--no-access-log"],
        env={**os.environ, "PYTHONPATH": os.path.dirname(__file__)},
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            assert process.stderr is not None
            port = 0
            started = 0
            for line in process.stderr:
                if at := re.search(r"running on http://127\.0\.0\.1:(\d+)", line):
                    port = int(at[1])
                started += "startup complete" in line
                if started == 2:
                    break
            yield port
        finally:
            process.terminate()
