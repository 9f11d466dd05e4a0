"""The views of objectives and alerts in a real browser."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect
from pydantic import BaseModel

from kansoku.catalog.alert_pack import alerts
from kansoku.catalog.outcomes import TITLES
from kansoku.catalog.slos import SLOS
from kansoku.show.log_shapes import FacetsShape
from kansoku.show.session_shapes import SessionPage, SessionTraces
from kansoku.show.shapes import LogPage, TracePage
from kansoku.show.trace_shapes import Detail, Shape
from tests.e2e import canned_traces, canned_views
from tests.e2e.visits import Visit, barriers

if TYPE_CHECKING:
    from collections.abc import Callable

    from kansoku.catalog.text import Language
    from tests.e2e.canned_server import PageServer

WAIT_MS = 30_000


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_every_objective_tells_its_budget_by_word_and_shape(
    server: PageServer, visit: Callable[..., Visit], theme: str
) -> None:
    seen = visit(f"{server.url}slos", color_scheme=theme)
    page = seen.page
    expect(page.locator(".slo")).to_have_count(len(SLOS), timeout=WAIT_MS)
    expect(page.locator("[data-slo=availability]")).to_contain_text("36% of the budget left")
    expect(page.locator("[data-slo=availability]")).to_contain_text("burns now")
    expect(page.locator("[data-slo=ttft]")).to_contain_text("Overspent by 40% of the budget")
    expect(page.locator(".slo .pill svg")).to_have_count(len(SLOS))
    expect(page.locator(".month")).to_contain_text("$1,184.20 of $2,000.00 spent")
    assert barriers(page) == []
    assert seen.console_errors == seen.foreign_requests == seen.violations() == []


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_an_alarm_tells_its_cause_and_is_silenced(
    server: PageServer, visit: Callable[..., Visit], theme: str
) -> None:
    seen = visit(f"{server.url}alerts", color_scheme=theme)
    page = seen.page
    alarm = page.locator(".alarm")
    expect(alarm).to_contain_text("84% error_type=overloaded_error", timeout=WAIT_MS)
    expect(alarm).to_contain_text(alerts()[0].todo.en)
    assert barriers(page) == []
    alarm.get_by_role("button", name="Silence…").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Who").fill("aiko")
    dialog.get_by_label("Why").fill("a known outage")
    dialog.get_by_role("button", name="Silence", exact=True).click()
    expect(dialog).to_have_count(0, timeout=WAIT_MS)
    expect(page.get_by_role("row").filter(has_text="aiko")).to_contain_text("a known outage")
    (made,) = server.silences
    assert made["matchers"] == [
        {"label": "alertname", "value": alerts()[0].name},
        {"label": "model", "value": "claude-opus-4-6"},
    ]
    made["warnings"] = [{"en": "No alarm has these labels.", "ja": "該当なし"}]
    warned = page.get_by_role("row").filter(has_text="aiko").get_by_role("note")
    expect(warned).to_have_text("No alarm has these labels.", timeout=WAIT_MS)
    assert barriers(page) == []
    assert seen.console_errors == seen.violations() == []


def test_an_alarm_leads_to_its_calls(server: PageServer, visit: Callable[..., Visit]) -> None:
    page = visit(f"{server.url}alerts?lang=ja").page
    expect(page.get_by_role("heading", level=1)).to_have_text("アラート", timeout=WAIT_MS)
    page.get_by_role("link", name="該当する呼び出しを表示").click()
    expect(page).to_have_url(f"{server.url}?lang=ja&model=claude-opus-4-6")


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_an_alert_is_run_over_the_past_and_its_firings_are_shaded_and_listed(
    server: PageServer, visit: Callable[..., Visit], theme: str
) -> None:
    seen = visit(f"{server.url}alerts?past=24h", color_scheme=theme)
    page = seen.page
    name = alerts()[0].name
    past = page.get_by_role("region", name="Over the past")
    expect(past.get_by_label("Over the last")).to_have_value("24h", timeout=WAIT_MS)
    assert not any(address.startswith("/api/alerts/backtest") for address in server.seen)
    past.get_by_label("Alert").select_option(name)
    expect(page).to_have_url(f"{server.url}alerts?past=24h&alert={name}")
    expect(past).to_contain_text("It would have fired 2 times, for 3h in all.")
    expect(past).to_contain_text("There was no figure at 3 of 1,440 evaluations.")
    expect(past).to_contain_text("Alarms when > 5.0%. Shaded is where it would have fired.")
    rows = past.locator(".card.scroll tbody tr")
    expect(rows).to_have_count(2)
    expect(rows.first).to_contain_text("still fires")
    figure = past.get_by_role("figure", name=alerts()[0].title.en)
    expect(figure.get_by_role("row").nth(6)).to_contain_text("12.0%")
    assert f"/api/alerts/backtest?name={name}&window=24h" in server.seen
    assert _reds(figure.locator("canvas").first.evaluate(PIXELS)) == 2
    assert barriers(page) == []
    assert seen.console_errors == seen.violations() == []


@pytest.mark.parametrize(
    ("language", "told"),
    [
        ("en", "Alarms when > 5.0%. Nothing is shaded, as it would not have fired in this time."),
        ("ja", "条件: > 5.0%。 この期間に発火した区間はないため、色は付いていません。"),
    ],
)
def test_of_an_alert_that_would_not_have_fired_nothing_is_said_to_be_shaded(
    server: PageServer, visit: Callable[..., Visit], language: str, told: str
) -> None:
    quiet = canned_views.past()
    quiet["alerts"][0]["firings"] = []
    page = visit(f"{server.url}slos").page
    page.route("**/api/alerts/backtest?*", lambda route: route.fulfill(json=quiet))
    page.goto(f"{server.url}alerts?alert={alerts()[0].name}&lang={language}")
    expect(page.locator(".past-chart + p")).to_have_text(told, timeout=WAIT_MS)


@pytest.mark.parametrize("language", ["en", "ja"])
def test_outcomes_have_the_words_of_the_catalog(
    server: PageServer, visit: Callable[..., Visit], language: Language
) -> None:
    page = visit(f"{server.url}traces?lang={language}").page
    options = page.locator("select[name=outcome] option:not([value=''])")
    expect(options).to_have_text([title.as_dict()[language] for title in TITLES["outcome"].values()])


def test_what_fires_has_the_colour_of_its_severity_in_every_table(
    server: PageServer, visit: Callable[..., Visit]
) -> None:
    told = canned_views.changes()
    first = told["changes"][0]
    told["changes"] = [
        first | {"severity": severity, "fingerprint": severity} for severity in ("page", "ticket", "info")
    ]
    page = visit(f"{server.url}slos?lang=en").page
    page.route("**/api/alerts/history?*", lambda route: route.fulfill(json=told))
    page.goto(f"{server.url}alerts?lang=en")
    changed = page.locator("table[aria-labelledby=changes] .pill")
    expect(changed).to_have_count(3)
    colours = changed.evaluate_all("(all) => all.map((one) => getComputedStyle(one).color)")
    assert len(set(colours)) == 3
    card = page.locator(".alarm .pill").first.evaluate("(one) => getComputedStyle(one).color")
    fires = page.locator("table[aria-labelledby=every] tr[data-state=firing] .pill")
    assert fires.evaluate("(one) => getComputedStyle(one).color") == card == colours[0]


def test_a_call_that_costs_nothing_is_not_called_unpriced(
    server: PageServer, visit: Callable[..., Visit]
) -> None:
    page = visit(f"{server.url}traces?lang=en").page
    rows = canned_traces.traces()["traces"]
    costs = page.locator("main tbody td:nth-child(8)")
    expect(costs).to_have_count(len(rows))
    told = [
        text for text, row in zip(costs.all_text_contents(), rows, strict=True) if row["cost_usd"] is None
    ]
    assert sorted(set(told)) == ["not priced", "–"]
    assert told.count("not priced") == sum(row["unpriced_reason"] != "" for row in rows) == 1


def test_that_there_are_newer_traces_is_said_once_and_not_with_each_one_more(
    server: PageServer, visit: Callable[..., Visit]
) -> None:
    page = visit(f"{server.url}traces?lang=en").page
    expect(page.locator("main tbody tr")).to_have_count(18)
    status = page.locator("main [role=status]").last
    expect(status).to_have_text("")
    told = canned_traces.traces()
    newest = dict(told["traces"][0])
    page.route("**/api/traces?*", lambda route: route.fulfill(json=told))
    for more in (1, 2):
        later = {"trace_id": f"{more:032x}", "time_ns": str(int(newest["time_ns"]) + more)}
        told["traces"].insert(0, newest | later)
        page.clock.fast_forward(10_000)
        expect(page.get_by_role("button", name=f"Show {more} new")).to_be_visible()
        expect(status).to_have_text("There are newer traces.")


NAMED = ("", "traces", "sessions", "slos", f"alerts?past=24h&alert={alerts()[0].name}")


@pytest.mark.parametrize("view", NAMED)
def test_every_table_has_a_name(server: PageServer, visit: Callable[..., Visit], view: str) -> None:
    page = visit(f"{server.url}{view}").page
    expect(page.locator("main table").first).to_be_attached()
    expect(page.locator("main .skeleton")).to_have_count(0)
    nameless = "main table:not([aria-label]):not([aria-labelledby]):not(:has(> caption))"
    expect(page.locator(nameless)).to_have_count(0)


def test_the_heading_of_a_trace_is_the_trace_alone(server: PageServer, visit: Callable[..., Visit]) -> None:
    page = visit(f"{server.url}traces/{canned_traces.TRACE}?lang=en").page
    expect(page.get_by_role("heading", name=f"Trace {canned_traces.TRACE}", exact=True)).to_be_visible()
    expect(page.get_by_role("button", name="Copy the trace id")).to_be_visible()


def test_what_was_said_goes_on_after_a_call_that_failed(
    server: PageServer, visit: Callable[..., Visit]
) -> None:
    page = visit(f"{server.url}traces/{canned_traces.TRACE}?show=conversation&lang=en").page
    steps = page.locator(".conversation section")
    expect(steps).to_have_count(3, timeout=WAIT_MS)
    expect(steps.nth(1)).to_contain_text("overloaded_error")
    expect(steps.nth(1)).to_contain_text("No messages were recorded of this call.")
    expect(steps.nth(2)).to_contain_text("3 earlier messages, as before")
    expect(steps.nth(2).locator(".messages > li")).to_have_count(2)


@pytest.mark.parametrize(
    ("model", "path"),
    [
        (TracePage, "traces"),
        (Shape, f"traces/{canned_traces.TRACE}/shape"),
        (Detail, f"traces/{canned_traces.TRACE}/spans/{canned_traces.SPAN}"),
        (SessionPage, "sessions"),
        (SessionTraces, "session"),
        (LogPage, "logs"),
        (FacetsShape, "logs/facets"),
    ],
)
def test_the_canned_answers_have_the_shapes_of_the_api(model: type[BaseModel], path: str) -> None:
    told = canned_traces.told(path, {})
    assert told is not None
    read = model.model_validate({"begin": told.get("from"), "end": told.get("to")} | told)
    assert read.model_dump(mode="json", by_alias=True).keys() == told.keys()


PIXELS = """(canvas) => {
  const { width, height } = canvas;
  const data = canvas.getContext("2d").getImageData(0, Math.round(height / 3), width, 1).data;
  return Array.from({ length: width }, (_, x) => Array.from(data.slice(4 * x, 4 * x + 4)));
}"""
"""A row of pixels a third down: the line crosses it steeply, the bound not at all."""


def _reds(row: list[list[int]]) -> int:
    """How many stretches of it are shaded in red, over a line's few pixels in them."""
    shaded = [at for at, (red, green, _, alpha) in enumerate(row) if alpha > 20 and red > 2 * green]
    return sum(at - before > 10 for before, at in zip([-99, *shaded], shaded, strict=False))
