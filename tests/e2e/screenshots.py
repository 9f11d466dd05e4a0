"""Draws the pictures in docs/images anew, from the canned answers: `./dev screenshots`."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from PIL import Image
from playwright.sync_api import Browser, sync_playwright

from tests.e2e.canned import NOW, Answers
from tests.e2e.canned_server import PageServer
from tests.e2e.canned_traces import SPAN, TRACE
from tests.e2e.visits import CHROMIUM_ARGUMENTS

IMAGES = Path(__file__).parents[2] / "docs" / "images"
WAIT_MS = 60_000
COLOURS = 256
FIRST = "http://127.0.0.1:4318/"
"""Where the first start seems to be, which shows its address: the true port is another at each run."""


Theme = Literal["light", "dark"]
BOTH: tuple[tuple[str, Theme], ...] = (("en", "light"), ("ja", "dark"))


@dataclass(frozen=True)
class Picture:
    """A view at a path, as a reader of a language sees it; `ready` is there when it is drawn."""

    path: str
    language: str = "en"
    theme: Theme = "light"
    width: int = 1440
    height: int = 1000
    ready: str = "[data-settled]"
    empty: bool = False
    whole: bool = False


@dataclass(frozen=True)
class View:
    """A view whose pictures are drawn in English and light, and in Japanese and dark."""

    path: str
    ready: str
    height: int = 1000
    empty: bool = False
    whole: bool = False

    def pictures(self, name: str) -> Iterator[tuple[str, Picture]]:
        """Both, by their files' names."""
        for language, theme in BOTH:
            yield (
                f"{name}-{language}",
                Picture(self.path, language, theme, 1440, self.height, self.ready, self.empty, self.whole),
            )


VIEWS = {
    "page": View("", ".verdict[data-stale=false]"),
    "panels": View("", ".verdict[data-stale=false]", 4_000, whole=True),
    "slos": View("slos", "[data-settled]"),
    "alerts": View("alerts", "[data-settled]"),
    "traces": View("traces", ".traces tbody tr", 860),
    "waterfall": View(f"traces/{TRACE}?span={SPAN}", ".span dl", 860),
    "conversation": View(f"traces/{TRACE}?show=conversation", ".conversation .messages", 1_240),
    "sessions": View("sessions", ".sessions tbody tr", 720),
    "logs": View("logs", ".log-line", 860),
    "start": View("", ".start pre", 800, empty=True),
}
PICTURES = {name: picture for view, told in VIEWS.items() for name, picture in told.pictures(view)} | {
    "page-phone": Picture("", width=390, height=844, ready=VIEWS["page"].ready)
}
"""By the file's name."""


def main() -> int:
    """Draws them all, or those that are named; gives the exit status."""
    chromium = shutil.which("chromium")
    if chromium is None:
        sys.stderr.write("screenshots: there is no chromium on the PATH\n")
        return 1
    full, empty = Answers(demo=True), Answers(state="no_data", calls=0)
    with PageServer(full) as server, PageServer(empty) as first, sync_playwright() as playwright:
        at_first = f"--host-resolver-rules=MAP {urlsplit(FIRST).netloc} 127.0.0.1:{first.server_port}"
        browser = playwright.chromium.launch(executable_path=chromium, args=[*CHROMIUM_ARGUMENTS, at_first])
        for name in sys.argv[1:] or PICTURES:
            _draw(browser, FIRST if PICTURES[name].empty else server.url, name)
        browser.close()
    return 0


def _draw(browser: Browser, url: str, name: str) -> None:
    picture = PICTURES[name]
    context = browser.new_context(
        viewport={"width": picture.width, "height": picture.height},
        locale="ja-JP" if picture.language == "ja" else "en-US",
        color_scheme=picture.theme,
        timezone_id="Asia/Tokyo",
        reduced_motion="reduce",
    )
    page = context.new_page()
    page.clock.set_fixed_time(NOW)
    page.goto(url + picture.path)
    page.wait_for_selector(picture.ready, timeout=WAIT_MS)
    page.wait_for_selector("[aria-busy=true], .skeleton >> visible=true", state="detached", timeout=WAIT_MS)
    page.wait_for_load_state("networkidle")
    drawn = page.screenshot(full_page=picture.whole)
    # Rare colours are kept by their distance: the green of one dot stays green.
    few = Image.open(BytesIO(drawn)).convert("RGB").quantize(COLOURS, Image.Quantize.MAXCOVERAGE)
    few.save(IMAGES / f"{name}.png", optimize=True)
    context.close()


if __name__ == "__main__":
    sys.exit(main())
