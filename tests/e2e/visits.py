"""A page open in a browser, and what went wrong in it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, cast

from axe_playwright_python.sync_playwright import Axe  # pyright: ignore[reportMissingTypeStubs]
from playwright.sync_api import CDPSession, Page

CHROMIUM_ARGUMENTS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]

# Listens before the page's own code runs, so that no violation is missed.
WATCH_POLICY = """
window.violations = [];
document.addEventListener("securitypolicyviolation", (event) => {
  window.violations.push(`${event.violatedDirective}: ${event.blockedURI} ${event.sourceFile}`);
});
"""


@dataclass
class Visit:
    """An open page and what went wrong in it."""

    page: Page
    console_errors: list[str] = field(default_factory=list[str])
    foreign_requests: list[str] = field(default_factory=list[str])

    def violations(self) -> list[str]:
        """What the content security policy stopped."""
        return list(self.page.evaluate("window.violations"))


def barriers(page: Page) -> list[str]:
    """What axe finds that would keep somebody from using the page, as rule and place."""
    found = cast("dict[str, Any]", Axe().run(page).response)  # pyright: ignore[reportUnknownMemberType]
    return [
        f"{violation['id']}: {node['target']} {node['failureSummary']}"
        for violation in found["violations"]
        for node in violation["nodes"]
    ]


def devtools(session: CDPSession, command: str, **options: object) -> dict[str, Any]:
    """What the browser answers to a command of its own protocol."""
    return cast("dict[str, Any]", session.send(command, options))  # pyright: ignore[reportUnknownMemberType]
