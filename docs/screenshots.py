"""Takes the pictures in `docs/images`: `make screenshots`.

Starts the service with the default model, types into the console in Chromium, and keeps what is seen. The
notes were made up for this page.
"""

import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

IMAGES = Path(__file__).with_name("images")
MORNING = "2026-07-08T10:10"
SIZES = {"narrow": (360, 1080), "medium": (1024, 768), "wide": (1920, 1080)}

NOTES = {
    "danger": "[10:01] RP ADV BROTHER OFF MEDS, HEARING VOICES, YELLING AT MOTHER IN KITCHEN\n"
    "[10:03] NOW HAS KNIFE IN HAND, POSS GUN IN BEDRM, MOTHER NOT HURT, RP OUTSIDE",
    "team": "[10:01] MGR ADV M 30S ASLEEP IN LOBBY, REFUSING TO LEAVE, WANTS HIM OUT BEFORE CLOSE",
    "corrected": "[10:01] RP ADV MALE IN STAIRWELL HAS A GUN, TALKING TO HIMSELF, CRYING\n"
    "[10:04] CORRECTION, NOT A GUN, IT IS A PHONE. NEG WPNS PER RP, STANDING NEXT TO HIM",
    "start": "[10:01] RP ADV",
}


def main() -> None:
    """Take every picture."""
    IMAGES.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as empty, sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium") or shutil.which("google-chrome"),
            args=["--disable-gpu", *(["--no-sandbox"] if os.geteuid() == 0 else [])],
        )
        with served() as url:
            for name in NOTES:
                for size in SIZES if name == "danger" else ["medium"]:
                    page = opened(browser, url, size)
                    typed(page, NOTES[name])
                    kept(page, f"console-{name}-{size}")
            (IMAGES / "console-danger-medium.png").rename(IMAGES / "console.png")
            page = opened(browser, url, "medium")
            kept(page, "console-empty-medium")
            page.route_web_socket("**/v1/live", lambda line: line.close())
            page.route(re.compile("/v1/suggest|/readyz"), lambda route: route.abort())
            page.reload()
            page.fill("#note", NOTES["team"])
            page.get_by_text("Connection lost").wait_for()
            kept(page, "console-lost-medium")
        with served(empty) as url:
            page = opened(browser, url, "medium")
            typed(page, NOTES["danger"])
            kept(page, "console-rules-only-medium")
        browser.close()


@contextmanager
def served(data_dir: str | None = None) -> Iterator[str]:
    """Run the service, and give its address."""
    environment = os.environ | ({"HEARTLINE_DATA_DIR": data_dir} if data_dir else {})
    process = subprocess.Popen(
        [sys.executable, "-m", "api", "--port", "0"], stderr=subprocess.PIPE, text=True, env=environment
    )
    assert process.stderr is not None
    for line in process.stderr:
        if found := re.search(r"answers on (\S+)", line):
            break
    else:
        raise SystemExit("The service did not start.")
    yield found[1]
    process.terminate()
    process.wait()
    process.stderr.close()


def opened(browser: Browser, url: str, size: str) -> Page:
    """Open the console on a Wednesday morning in central Durham."""
    width, height = SIZES[size]
    context = browser.new_context(
        viewport={"width": width, "height": height}, timezone_id="America/New_York", reduced_motion="reduce"
    )
    page = context.new_page()
    page.goto(f"{url}/console/")
    page.get_by_text("Connected").or_(page.get_by_text("Rules only")).first.wait_for()
    page.locator("#area option", has_text="central").wait_for(state="attached")
    page.locator("summary").click()
    page.fill("#at", MORNING)
    page.select_option("#area", "central")
    page.locator("summary").click()
    return page


def typed(page: Page, note: str) -> None:
    """Put in a note, and wait until it is answered."""
    page.fill("#note", note)
    page.locator("#recorded", has_text="ecorded").wait_for()
    page.wait_for_timeout(300)


def kept(page: Page, name: str) -> None:
    """Keep what is seen."""
    page.locator("#note").focus()
    page.screenshot(path=IMAGES / f"{name}.png", full_page=True)


if __name__ == "__main__":
    main()
