"""axe finds nothing in any view, its dialogs and menus, and where it is empty or fails, for every reader."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import Page, expect

from kansoku.catalog.alert_pack import alerts
from tests.e2e.canned_traces import SESSION, SPAN, TRACE
from tests.e2e.visits import barriers

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import Route

    from tests.e2e.canned import Answers
    from tests.e2e.canned_server import PageServer
    from tests.e2e.visits import Visit

READERS = pytest.mark.parametrize(
    ("locale", "theme"), [(locale, theme) for locale in ("en-US", "ja-JP") for theme in ("light", "dark")]
)
TWO_READERS = pytest.mark.parametrize(("locale", "theme"), [("ja-JP", "dark"), ("en-US", "light")])
VIEWS = {
    "": ".verdict[data-stale=false]",
    "?compare=before": ".legend-before >> nth=0",
    "slos": ".slo >> nth=0",
    "alerts": ".alarm",
    f"alerts?past=24h&alert={alerts()[0].name}": "[role=figure] >> nth=0",
    "traces": ".traces tbody tr >> nth=0",
    f"traces/{TRACE}?span={SPAN}": ".span dl >> nth=0",
    f"traces/{TRACE}?show=conversation": ".conversation .messages >> nth=0",
    "sessions": ".sessions tbody tr >> nth=0",
    "sessions?by=user": ".sessions tbody tr >> nth=0",
    f"sessions/{SESSION}": "main table tbody tr >> nth=0",
    "logs": ".log-line >> nth=0",
    "nowhere": "main .nothing",
}
"""What is there when a view is drawn, by the view's address."""
ASKED = {
    "": "status",
    "slos": "slos",
    "alerts": "alerts",
    "traces": "traces",
    f"traces/{TRACE}": f"traces/{TRACE}/shape",
    "sessions": "sessions",
    f"sessions/{SESSION}": "session",
    "logs": "logs",
}
"""The path of the API without which a view has nothing, by the view's address."""
EMPTY: dict[str, dict[str, object]] = {
    "traces": {"from": 0, "to": 1, "traces": [], "before": None},
    "sessions": {"from": 0, "to": 1, "sessions": [], "before": None},
    "logs": {"from": 0, "to": 1, "records": [], "before": None},
    "logs/facets": {"records": 0, "sampled": False, "facets": []},
    "silences": {"silences": []},
    "alerts/history": {"changes": [], "truncated": False},
}
"""The answers of the API to a search that finds nothing."""


def unhindered(page: Page, what: str) -> None:
    assert barriers(page) == [], what


def answered(page: Page, path: str, **how: object) -> None:
    """Has one path of the API answered so."""

    def answer(route: Route) -> None:
        route.fulfill(**how)  # pyright: ignore[reportArgumentType]

    page.route(re.compile(rf"/api/{re.escape(path)}(\?|$)"), answer)


@READERS
def test_in_every_view(server: PageServer, visit: Callable[..., Visit], locale: str, theme: str) -> None:
    page = visit(server.url, locale=locale, color_scheme=theme).page
    for view, ready in VIEWS.items():
        page.goto(server.url + view)
        expect(page.locator(ready).first).to_be_visible()
        unhindered(page, view)


@READERS
def test_in_what_opens_over_a_view(
    server: PageServer, visit: Callable[..., Visit], locale: str, theme: str
) -> None:
    page = visit(server.url, locale=locale, color_scheme=theme).page
    expect(page.locator(VIEWS[""])).to_be_visible()
    for opener in page.locator(".filters button[popovertarget]").all():
        opener.click()
        expect(page.locator(".menu:popover-open")).to_be_visible()
        unhindered(page, "a menu")
        page.keyboard.press("Escape")
    page.locator(".hint").first.click()
    unhindered(page, "what a number means")
    page.goto(f"{server.url}logs")
    page.locator("details.log summary").first.click()
    unhindered(page, "a line in full")
    page.goto(f"{server.url}logs?tail=1")
    expect(page.locator("main h1")).to_be_visible()
    unhindered(page, "the tail")
    answered(
        page, "silences", status=403, json={"error": {"message": "no", "field": None, "right": "operate"}}
    )
    page.goto(f"{server.url}alerts")
    page.locator(".alarm .actions button").click()
    dialog = page.get_by_role("dialog")
    unhindered(page, "a silence")
    page.locator("dialog [name=who]").fill("aiko")
    page.locator("dialog [name=why]").fill("a known outage")
    dialog.locator("button[type=submit]").click()
    expect(dialog.get_by_role("alert")).to_be_visible()
    unhindered(page, "a silence that is refused")


@TWO_READERS
def test_where_there_is_nothing(
    server: PageServer, answers: Answers, visit: Callable[..., Visit], locale: str, theme: str
) -> None:
    page = visit(server.url, locale=locale, color_scheme=theme).page
    for path, told in EMPTY.items():
        answered(page, path, json=told)
    for view in ("traces", "sessions", "logs", "alerts"):
        page.goto(server.url + view)
        expect(page.locator("main .nothing, main .none").first).to_be_visible()
        unhindered(page, view)
    answers.state = "no_data"
    page.goto(f"{server.url}?feature=chat")
    expect(page.locator(".nothing")).to_be_visible()
    unhindered(page, "no calls that match")
    answers.calls, answers.features = 0, []
    page.goto(server.url)
    expect(page.locator(".start")).to_be_visible()
    unhindered(page, "the first start")


@TWO_READERS
def test_where_something_fails_or_takes_long(
    server: PageServer, answers: Answers, visit: Callable[..., Visit], locale: str, theme: str
) -> None:
    page = visit(server.url, locale=locale, color_scheme=theme).page
    for view, path in ASKED.items():
        answered(page, path, status=503, json={"error": {"message": "the store is starting", "field": None}})
        page.goto(server.url + view)
        expect(page.locator("main").get_by_role("alert").first).to_be_visible()
        unhindered(page, f"{view} fails")
        page.unroute_all()
    answered(page, f"traces/{TRACE}/shape", status=404, json={"error": {"message": "gone", "field": None}})
    page.goto(f"{server.url}traces/{TRACE}")
    expect(page.locator("main").get_by_role("alert")).to_be_visible()
    unhindered(page, "a trace that is gone")
    page.unroute_all()
    answers.broken_group = "latency"
    page.goto(server.url)
    expect(page.locator(".notice")).to_be_visible()
    unhindered(page, "panels that fail")
    answers.held = "status"
    page.goto(server.url)
    expect(page.locator(".verdict[aria-busy=true]")).to_be_visible()
    page.clock.run_for(2_100)
    expect(page.locator(".working").first).to_be_visible()
    unhindered(page, "an answer that takes long")
    answers.let_go.set()
    expect(page.locator(VIEWS[""])).to_be_visible()
    server.stop()
    page.clock.run_for(11_000)
    expect(page.locator(".notice[data-state=down]")).to_be_visible()
    unhindered(page, "a server that is gone")
