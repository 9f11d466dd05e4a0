"""The page by keyboard alone: what was pressed and is gone leaves the focus at a place that makes sense."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import Page, expect

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import Locator

    from tests.e2e.canned_server import PageServer
    from tests.e2e.visits import Visit

WAIT_MS = 15_000
READERS = pytest.mark.parametrize(("locale", "theme"), [("en-US", "dark"), ("ja-JP", "light")])


def press(button: Locator) -> None:
    button.focus()
    button.page.keyboard.press("Enter")


@READERS
def test_a_dialog_gives_the_focus_back_and_a_silence_leads_to_the_list_of_them(
    server: PageServer, visit: Callable[..., Visit], locale: str, theme: str
) -> None:
    page = visit(f"{server.url}alerts", locale=locale, color_scheme=theme).page
    opener = page.locator(".alarm .actions button")
    expect(opener).to_be_visible(timeout=WAIT_MS)
    press(opener)
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(opener).to_be_focused()
    page.keyboard.press("Enter")
    page.locator("dialog [name=who]").fill("aiko")
    page.locator("dialog [name=why]").fill("a known outage")
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(page.locator("#silences")).to_be_focused()
    press(page.get_by_role("row").filter(has_text="aiko").get_by_role("button"))
    expect(page.get_by_role("row").filter(has_text="aiko").get_by_role("button")).to_have_count(0)
    expect(page.locator("#silences")).to_be_focused()


@READERS
@pytest.mark.parametrize(("view", "name"), [("traces", "q"), ("logs", "q"), ("logs", "attribute")])
def test_a_search_by_enter_leaves_the_focus_in_its_field(  # noqa: PLR0917 - a case of a table
    server: PageServer, visit: Callable[..., Visit], locale: str, theme: str, view: str, name: str
) -> None:
    page = visit(f"{server.url}{view}", locale=locale, color_scheme=theme).page
    field = page.locator(f".search [name={name}]")
    field.fill("a=b")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(rf"{name}=a%3Db"))
    expect(field).to_be_focused()
    expect(field).to_have_value("" if name == "attribute" else "a=b")
    page.go_back()
    expect(field).to_have_value("")
    expect(field).to_be_focused()


def test_what_takes_a_search_back_and_goes_with_it_leaves_the_focus_near(
    server: PageServer, visit: Callable[..., Visit]
) -> None:
    for view in ("traces", "logs"):
        page = visit(f"{server.url}{view}?q=late").page
        press(page.locator(".search-buttons button").last)
        expect(page.locator(".search [name=q]")).to_have_value("")
        expect(page.locator(".search input").first).to_be_focused()
    page = visit(f"{server.url}logs?attribute=a%3Db").page
    press(page.locator(".log-chosen button"))
    expect(page.locator(".log-chosen")).to_have_count(0)
    expect(page.locator("main")).to_be_focused()


def test_a_time_or_a_filter_that_is_taken_away_leaves_the_focus_near(
    server: PageServer, visit: Callable[..., Visit]
) -> None:
    page: Page = visit(f"{server.url}?from=1795423320&to=1795426920&feature=chat").page
    press(page.get_by_role("button", name="Back to now"))
    expect(page.get_by_role("button", name="Choose a time")).to_be_focused()
    press(page.locator(".chips button").first)
    expect(page.locator(".chips")).to_have_count(0)
    expect(page.locator("main")).to_be_focused()
