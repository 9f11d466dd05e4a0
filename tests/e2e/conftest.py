"""A browser, the canned server, and visits of pages."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, expect, sync_playwright

from tests.e2e.canned import Answers
from tests.e2e.canned_server import STATIC, PageServer
from tests.e2e.visits import CHROMIUM_ARGUMENTS, WATCH_POLICY, Visit

if TYPE_CHECKING:
    from collections.abc import Callable

PATIENCE_MS = 15_000
"""On a machine that others use, a page is drawn in seconds."""
expect.set_options(timeout=PATIENCE_MS)


@pytest.fixture(scope="module")
def program() -> str | None:
    """The browser's program: the one that never has a window, where it is installed.

    It draws and runs a page by the same code, in two thirds of the processor's time.
    """
    return shutil.which("chromium-headless-shell") or shutil.which("chromium")


@pytest.fixture(scope="module")
def browser(program: str | None) -> Iterator[Browser]:
    if program is None:
        pytest.skip("no chromium on the PATH: the page is not tested in a browser")
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=program, args=CHROMIUM_ARGUMENTS)
        yield launched
        launched.close()


@pytest.fixture
def answers() -> Answers:
    return Answers()


@pytest.fixture
def server(answers: Answers) -> Iterator[PageServer]:
    if not (STATIC / "index.html").is_file():
        pytest.fail(f"the page is not built: {STATIC} is empty; install the package again")
    with PageServer(answers) as started:
        yield started


@pytest.fixture
def visit(browser: Browser) -> Iterator[Callable[..., Visit]]:
    """Opens an address in a fresh browser profile, whose clock a test can put forward.

    Keywords go to `Browser.new_context`.
    """
    contexts: list[BrowserContext] = []

    def opened(url: str, **options: Any) -> Visit:  # noqa: ANN401  (Playwright's own)
        settings: dict[str, Any] = {"locale": "en-US", "timezone_id": "UTC"} | options
        context = browser.new_context(viewport={"width": 1440, "height": 900}, **settings)
        context.set_default_timeout(PATIENCE_MS)
        contexts.append(context)
        context.add_init_script(WATCH_POLICY)
        page = context.new_page()
        page.clock.install()
        seen = Visit(page)
        origin = "{0.scheme}://{0.netloc}".format(urlsplit(url))
        page.on("pageerror", lambda error: seen.console_errors.append(str(error)))
        page.on(
            "console",
            lambda line: seen.console_errors.append(line.text) if line.type == "error" else None,
        )
        page.on(
            "request",
            lambda request: (
                None if request.url.startswith(origin) else seen.foreign_requests.append(request.url)
            ),
        )
        page.goto(url)
        return seen

    yield opened
    for context in contexts:
        context.close()
