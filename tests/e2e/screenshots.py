"""Draws the pictures in docs/images anew, from the canned answers: `./dev screenshots`."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

from tests.e2e.canned import NOW, Answers
from tests.e2e.canned_server import PageServer
from tests.e2e.visits import CHROMIUM_ARGUMENTS

IMAGES = Path(__file__).parents[2] / "docs" / "images"
WAIT_MS = 60_000

PICTURES = {
    "page-en": ("", "en-US", "light", 1440),
    "page-ja": ("", "ja-JP", "dark", 1440),
    "page-phone": ("", "en-US", "light", 390),
    "slos-en": ("slos", "en-US", "light", 1440),
    "alerts-en": ("alerts", "en-US", "light", 1440),
}
"""By the file's name: the view's path, the reader's language, the theme, and the width."""


def main() -> int:
    """Draws them all; gives the exit status."""
    chromium = shutil.which("chromium")
    if chromium is None:
        sys.stderr.write("screenshots: there is no chromium on the PATH\n")
        return 1
    with PageServer(Answers(demo=True)) as server, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=CHROMIUM_ARGUMENTS)
        for name in PICTURES:
            _draw(browser, server, name)
        browser.close()
    return 0


def _draw(browser: Browser, server: PageServer, name: str) -> None:
    path, locale, theme, width = PICTURES[name]
    context = browser.new_context(
        viewport={"width": width, "height": 844 if width < 500 else 1000},
        locale=locale,
        color_scheme="dark" if theme == "dark" else "light",
        timezone_id="Asia/Tokyo",
        reduced_motion="reduce",
    )
    page = context.new_page()
    page.clock.set_fixed_time(NOW * 1_000)
    page.goto(server.url + path)
    ready = "[data-settled]" if path else ".verdict[data-stale=false]"
    page.wait_for_selector(ready, timeout=WAIT_MS)
    page.wait_for_selector("[aria-busy=true], .skeleton >> visible=true", state="detached", timeout=WAIT_MS)
    page.screenshot(path=IMAGES / f"{name}.png")
    context.close()


if __name__ == "__main__":
    sys.exit(main())
