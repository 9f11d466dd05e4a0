"""What is drawn stands where it is seen in whole."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import Page, ViewportSize, expect

from kansoku.catalog.alert_pack import alerts
from tests.e2e import canned_views
from tests.e2e.canned import HOUR_S, NOW, Answers
from tests.e2e.canned_traces import SESSION

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.e2e.canned_server import PageServer
    from tests.e2e.visits import Visit

PHONE: ViewportSize = {"width": 390, "height": 844}
DAYS = 30

WATCH_LABELS = """
window.cut = [];
const { fillText } = CanvasRenderingContext2D.prototype;
CanvasRenderingContext2D.prototype.fillText = function (text, x, y) {
  const width = this.measureText(text).width * { left: 0, center: 0.5, right: 1 }[this.textAlign];
  const rest = this.measureText(text).width - width;
  if (x - width < 0 || x + rest > this.canvas.width) window.cut.push(text);
  return fillText.apply(this, arguments);
};
"""
"""Notes what is written partly outside its canvas."""

UNCOVERED = """(button) => {
  const { left, top, bottom, width } = button.getBoundingClientRect();
  const at = (y) => document.elementFromPoint(left + width / 2, y);
  return button.contains(at(top + 2)) && button.contains(at(bottom - 2));
}"""


def drawn(page: Page) -> None:
    """Waits until the frames are through in which the charts take their new width."""
    page.evaluate("(async () => { for (const _ of 'abc') await new Promise(requestAnimationFrame); })()")


@pytest.mark.parametrize("locale", ["en-US", "ja-JP"])
def test_that_an_answer_takes_long_covers_nothing_and_is_not_covered(
    server: PageServer, answers: Answers, visit: Callable[..., Visit], locale: str
) -> None:
    answers.held = "status"
    page = visit(server.url, locale=locale).page
    expect(page.locator(".verdict[aria-busy=true]")).to_be_visible()
    page.clock.run_for(2_100)
    stop = page.locator("main > .working-over button")
    expect(stop).to_be_visible()
    assert stop.evaluate(UNCOVERED)
    answers.let_go.set()


@pytest.mark.parametrize("locale", ["en-US", "ja-JP"])
def test_every_label_of_an_axis_is_written_in_whole(
    server: PageServer, answers: Answers, visit: Callable[..., Visit], locale: str
) -> None:
    page = visit(server.url, locale=locale).page
    page.add_init_script(WATCH_LABELS)
    page.route("**/api/panels/api_health?*", lambda route: route.fulfill(json=over_a_month(answers)))
    page.reload()
    expect(page.locator("[data-panel=error_rate] canvas").first).to_be_attached()
    for width in range(400, 1400, 45):
        page.set_viewport_size({"width": width, "height": 900})
        drawn(page)
    assert page.evaluate("window.cut") == []


def over_a_month(answers: Answers) -> dict[str, Any]:
    """The first group's panels, whose hour is drawn out to thirty days."""
    told = answers.panels("api_health")
    assert told is not None
    for panel in told["panels"]:
        if "times" in panel:
            panel["times"] = [NOW + (time - NOW) * DAYS * 24 for time in panel["times"]]
    return told | {"from": NOW - DAYS * 24 * HOUR_S}


def test_a_dot_at_the_edge_of_a_plot_is_drawn_in_whole(
    server: PageServer, visit: Callable[..., Visit]
) -> None:
    page = visit(server.url).page
    chart = page.locator("[data-panel=error_rate]")
    chart.locator(".u-over").hover(position={"x": 200, "y": 40})
    drawn(page)
    plot, canvas = chart.locator(".u-over").bounding_box(), chart.locator(".pointer").bounding_box()
    assert plot is not None
    assert canvas is not None
    assert canvas["y"] + canvas["height"] == plot["y"] + plot["height"] + 4
    assert (canvas["x"], canvas["y"]) == (plot["x"] - 4, plot["y"] - 4)


def test_on_a_phone_a_time_that_is_chosen_leaves_the_features_readable(
    server: PageServer, visit: Callable[..., Visit]
) -> None:
    page = visit(f"{server.url}?from={NOW - HOUR_S}&to={NOW}").page
    page.set_viewport_size(PHONE)
    expect(page.get_by_role("button", name="Back to now")).to_be_visible()
    box = page.get_by_role("combobox", name="Feature").bounding_box()
    assert box is not None
    assert box["width"] >= 120


def test_an_objective_without_events_tells_no_numbers(
    server: PageServer, visit: Callable[..., Visit]
) -> None:
    page = visit(f"{server.url}slos").page
    empty = page.locator(".slo[data-state=no_data] .facts dd")
    expect(empty).to_have_count(5)
    assert empty.all_inner_texts()[1:] == ["No data", "–", "–", "–"]


def test_on_a_phone_what_a_burn_rate_leads_to_is_read_without_scrolling(
    server: PageServer, visit: Callable[..., Visit]
) -> None:
    page = visit(f"{server.url}slos").page
    page.set_viewport_size(PHONE)
    expect(page.locator(".slo-burns .scroll").first).to_be_visible()
    hidden = "(all) => all.map((one) => one.scrollWidth - one.clientWidth).filter((more) => more > 0)"
    assert page.locator(".slo-burns .scroll").evaluate_all(hidden) == []


CUT = """(texts) => texts.flatMap((text) => {
  const [seen, { right }] = [document.createRange(), text.closest(".scroll").getBoundingClientRect()];
  seen.selectNodeContents(text);
  return seen.getBoundingClientRect().right < right ? [] : [text.textContent];
})"""


@pytest.mark.parametrize("locale", ["en-US", "ja-JP"])
@pytest.mark.parametrize(
    ("view", "told"), [("traces", ".outcome"), (f"sessions/{SESSION}", "td:nth-child(2)")]
)
def test_on_a_phone_how_calls_ended_is_read_without_scrolling(
    server: PageServer, visit: Callable[..., Visit], view: str, told: str, locale: str
) -> None:
    page = visit(f"{server.url}{view}", locale=locale).page
    page.set_viewport_size(PHONE)
    outcomes = page.locator(f"main tbody {told}")
    expect(outcomes.filter(has_text="overloaded_error").first).to_be_attached()
    assert outcomes.evaluate_all(CUT) == []


@pytest.mark.parametrize("locale", ["en-US", "ja-JP"])
def test_on_a_phone_the_name_of_every_alert_is_read_without_scrolling(
    server: PageServer, visit: Callable[..., Visit], locale: str
) -> None:
    told = canned_views.changes()
    long = max((alert.title for alert in alerts()), key=lambda title: len(title.en))
    for change in told["changes"]:
        change["title"] = {"en": long.en, "ja": long.ja * 2}
    page = visit(f"{server.url}slos", locale=locale).page
    page.set_viewport_size(PHONE)
    page.route("**/api/alerts/history?*", lambda route: route.fulfill(json=told))
    page.goto(f"{server.url}alerts")
    names = page.locator("main tbody th[scope=row]")
    expect(names).to_have_count(len(told["changes"]) + len(alerts()))
    assert names.evaluate_all(CUT) == []
