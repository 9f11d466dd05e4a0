"""The views of objectives and alerts in a real browser."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from kansoku.catalog.alert_pack import alerts
from kansoku.catalog.slos import SLOS
from tests.e2e.visits import Visit, barriers

if TYPE_CHECKING:
    from collections.abc import Callable

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
    assert seen.console_errors == seen.violations() == []


def test_an_alarm_leads_to_its_calls(server: PageServer, visit: Callable[..., Visit]) -> None:
    page = visit(f"{server.url}alerts?lang=ja").page
    expect(page.get_by_role("heading", level=1)).to_have_text("アラート", timeout=WAIT_MS)
    page.get_by_role("link", name="該当する呼び出しを表示").click()
    expect(page).to_have_url(f"{server.url}?lang=ja&model=claude-opus-4-6")
