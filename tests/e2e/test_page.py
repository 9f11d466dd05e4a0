"""The built page in a real browser, under its real policy: what it says and what it never does."""

from __future__ import annotations

import gzip
import re
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.e2e.canned import (
    GROUPS,
    HOUR_S,
    INDICATORS,
    MODELS,
    NOW,
    REASONS,
    SENTENCES,
    Answers,
    State,
)
from tests.e2e.canned_server import STATIC, PageServer
from tests.e2e.visits import Visit, barriers, devtools

if TYPE_CHECKING:
    from collections.abc import Callable

REFRESH_MS = 5_500
"""A little more than the page waits between two requests."""

LARGEST_SCRIPT_BYTES = 150_000
ONE_LINE_PX = 40


_INKED = """async (canvas) => {
  for (const _ of "ab") await new Promise(requestAnimationFrame);
  const { width, height } = canvas;
  const { data } = canvas.getContext("2d").getImageData(0, 0, width, height);
  return data.filter((part, at) => at % 4 === 3 && part > 0).length;
}"""


def settled(page: Page) -> None:
    """Waits until every part has the data of the filters that stand."""
    expect(page.locator(".verdict[data-stale=false]")).to_have_count(1)
    expect(page.locator(".group[aria-busy=false][data-stale=false]")).to_have_count(len(GROUPS))


def inked(canvas: Locator) -> int:
    """How much is drawn on a canvas, once the next frame is."""
    return canvas.evaluate(_INKED)


def asked(server: PageServer, start: str) -> int:
    """How often an address that begins so was asked for."""
    return sum(address.startswith(start) for address in server.seen)


def empty(answers: Answers) -> None:
    """Nothing was ever stored."""
    answers.state, answers.calls, answers.features = "no_data", 0, []


@pytest.mark.parametrize(("locale", "language"), [("en-GB", "en"), ("ja-JP", "ja")])
def test_the_verdict_speaks_the_language_of_the_browser(
    server: PageServer, visit: Callable[..., Visit], locale: str, language: str
) -> None:
    page = visit(server.url, locale=locale).page
    verdict = page.locator(".verdict")
    expect(verdict).to_contain_text(SENTENCES["degraded"][language])
    expect(verdict.get_by_role("listitem")).to_have_text([reason[language] for reason in REASONS["degraded"]])
    expect(verdict.get_by_role("status")).to_have_text({"en": "Degraded", "ja": "低下"}[language])
    expect(page.locator("html")).to_have_attribute("lang", language)


def test_the_language_in_the_address_wins_and_a_choice_is_remembered(
    server: PageServer, visit: Callable[..., Visit]
) -> None:
    page = visit(f"{server.url}?lang=ja").page
    expect(page.get_by_role("heading", level=1)).to_have_text("AI 機能、動いてる?")
    page.get_by_label("言語").select_option("en")
    expect(page.get_by_role("heading", level=1)).to_have_text("Is the AI feature working?")
    expect(page).to_have_url(f"{server.url}?lang=en")
    page.get_by_label("Language").select_option("ja")
    page.goto(server.url)
    expect(page.get_by_role("heading", level=1)).to_have_text("AI 機能、動いてる?")


@pytest.mark.parametrize("state", ["working", "degraded", "down"])
def test_a_state_is_told_by_word_and_shape_beside_its_colour(
    server: PageServer, answers: Answers, visit: Callable[..., Visit], state: State
) -> None:
    answers.state = state
    page = visit(server.url).page
    status = page.locator(".verdict").get_by_role("status")
    expect(status).to_have_text(state.capitalize())
    expect(status.locator("svg")).to_be_visible()
    expect(page).to_have_title(f"{state.capitalize()} · Kansoku")


def test_demo_data_is_labelled_and_real_data_is_not(
    server: PageServer, answers: Answers, visit: Callable[..., Visit]
) -> None:
    answers.demo = True
    page = visit(server.url).page
    expect(page.get_by_role("complementary", name="Demo data")).to_be_visible()
    answers.demo = False
    page.reload()
    settled(page)
    expect(page.get_by_role("complementary", name="Demo data")).to_have_count(0)


def test_the_eight_groups_stand_in_the_servers_order_with_all_their_panels(
    server: PageServer, visit: Callable[..., Visit]
) -> None:
    page = visit(server.url).page
    settled(page)
    expect(page.locator(".group h2")).to_have_text([title["en"] for _, title, _ in GROUPS])
    for group, _, panels in GROUPS:
        expect(page.locator(f"#{group} .panel h3")).to_have_text([panel.title["en"] for panel in panels])


def test_the_thirteen_indicators_show_value_sample_and_objective(
    server: PageServer, visit: Callable[..., Visit]
) -> None:
    page = visit(server.url).page
    expect(page.locator("[data-indicator]")).to_have_count(len(INDICATORS))
    expect(page.locator("[data-indicator=availability]")).to_contain_text("99.62%")
    expect(page.locator("[data-indicator=availability]")).to_contain_text("≥ 99.5%")
    expect(page.locator("[data-indicator=latency_p95]")).to_contain_text("3.12s")
    expect(page.locator("[data-indicator=latency_p95]")).to_contain_text("n 12,431")
    expect(page.locator("[data-indicator=cost_per_request_usd]")).to_contain_text("$0.00413")
    expect(page.locator("[data-indicator=ttft_p95]")).to_contain_text("Breached")


@pytest.mark.parametrize(
    ("language", "meaning"),
    [("en", "Quantiles here are approximate"), ("ja", "この分位数は近似値")],
)
def test_an_approximate_answer_says_how_far_it_may_lie_off(
    server: PageServer, visit: Callable[..., Visit], language: str, meaning: str
) -> None:
    page = visit(f"{server.url}?lang={language}").page
    settled(page)
    for place in ("[data-indicator=latency_p99]", "[data-panel=latency_quantiles]"):
        expect(page.locator(f"{place} .margin")).to_contain_text("± 1%")
        expect(page.locator(f"{place} .margin")).to_contain_text(meaning)
    expect(page.locator(".margin")).to_have_count(2)


def test_an_indicator_without_data_says_so_and_is_not_zero(
    server: PageServer, visit: Callable[..., Visit]
) -> None:
    tile = visit(server.url).page.locator("[data-indicator=user_satisfaction]")
    expect(tile.locator(".tile-value")).to_have_text("No data")


def test_a_panel_without_data_says_so(server: PageServer, visit: Callable[..., Visit]) -> None:
    page = visit(server.url).page
    for panel in ("satisfaction", "ratings"):
        expect(page.locator(f"[data-panel={panel}] .empty")).to_contain_text("No data")
    expect(page.locator("[data-panel=quality] .empty")).to_have_count(0)


def test_the_cost_group_forecasts_the_month_against_its_budget(
    server: PageServer, visit: Callable[..., Visit]
) -> None:
    panel = visit(server.url).page.get_by_role("figure", name="This month")
    expect(panel.locator(".slo-left")).to_have_text("$1,372.40 of $2,000.00 spent")
    expect(panel).to_contain_text("Forecast for its end$2,112.90")
    expect(panel).to_contain_text("Burning")


def test_what_the_numbers_leave_out_is_told_with_its_meaning_and_remedy(
    server: PageServer, answers: Answers, visit: Callable[..., Visit]
) -> None:
    answers.left_out = {"unpriced": 3, "redacted": None, "late": 2, "summed_anew": 12}
    panel = visit(server.url).page.get_by_role("region", name="What the numbers leave out")
    expect(panel.locator(".left-out-lead")).to_have_text("These numbers are not whole: Without a price.")
    expect(panel.get_by_role("heading", level=3)).to_have_text(
        ["Came late", "Sums being made anew", "Without a price"]
    )
    anew = panel.get_by_role("listitem").filter(has_text="Sums being made anew")
    expect(anew).to_contain_text("12Sums being made anewhours that late calls came into")
    expect(anew).to_contain_text(re.compile(r"the oldest: [\d,]+[dh] ago"))
    unpriced = panel.get_by_role("listitem").filter(has_text="Without a price")
    expect(unpriced).to_contain_text("30.020% of calls")
    expect(unpriced).to_contain_text("What to do: Give the model's price")
    expect(panel.locator(".left-out-rest").first).to_contain_text("None: Dropped in the application")
    expect(panel.locator(".left-out-rest").last).to_have_text("Not told: Masked in the application")


@pytest.mark.parametrize(
    ("dropped", "lead"),
    [
        (0, "Nothing is missing: every call that was told of is stored, counted and priced."),
        (None, "Nothing is known to be missing, but not everything is told here."),
    ],
)
def test_that_nothing_is_left_out_is_said_where_it_is_known(
    server: PageServer, answers: Answers, visit: Callable[..., Visit], dropped: int | None, lead: str
) -> None:
    answers.left_out = {"dropped": dropped, "redacted": 7}
    panel = visit(server.url).page.get_by_role("region", name="What the numbers leave out")
    expect(panel.locator(".left-out-lead")).to_have_text(lead)
    expect(panel.get_by_role("heading", level=3)).to_have_text(["Masked in the application"])


def test_the_policy_holds_nothing_foreign_is_asked_for_and_the_console_is_silent(
    server: PageServer, visit: Callable[..., Visit]
) -> None:
    seen = visit(server.url)
    page = seen.page
    settled(page)
    page.locator("[data-panel=latency_quantiles] .u-over").hover()
    page.get_by_role("button", name="About: Availability").click()
    expect(page.locator(".hint-text:popover-open")).to_be_visible()
    page.get_by_role("button", name="Switch to").click()
    page.locator("#satisfaction").scroll_into_view_if_needed()
    page.clock.fast_forward(REFRESH_MS)
    settled(page)
    assert seen.violations() == []
    assert seen.foreign_requests == []
    assert seen.console_errors == []


def test_the_policy_is_the_one_that_a_violation_would_break(
    server: PageServer, visit: Callable[..., Visit]
) -> None:
    seen = visit(server.url)
    settled(seen.page)
    seen.page.evaluate("() => { new Image().src = 'http://127.0.0.1:1/pixel.png'; }")
    seen.page.wait_for_function("window.violations.length === 1")


@pytest.mark.parametrize("theme", ["dark", "light"])
@pytest.mark.parametrize("state", ["degraded", "down", "no_data"])
def test_axe_finds_nothing_in_either_theme(
    server: PageServer, answers: Answers, visit: Callable[..., Visit], theme: str, state: State
) -> None:
    answers.state, answers.demo = state, True
    page = visit(server.url, color_scheme=theme).page
    settled(page)
    assert barriers(page) == []


@pytest.mark.parametrize("theme", ["dark", "light"])
def test_axe_finds_nothing_on_the_first_start(
    server: PageServer, answers: Answers, visit: Callable[..., Visit], theme: str
) -> None:
    empty(answers)
    page = visit(server.url, color_scheme=theme, reduced_motion="reduce").page
    expect(page.locator(".start")).to_be_visible()
    assert barriers(page) == []


def test_the_first_start_shows_five_lines_and_turns_live_with_the_first_call(
    server: PageServer, answers: Answers, visit: Callable[..., Visit]
) -> None:
    empty(answers)
    page = visit(server.url).page
    lines = page.get_by_label("Your application").locator(".code-line")
    expect(lines).to_have_count(5)
    expect(lines.nth(1)).to_contain_text(f'endpoint="{server.url.rstrip("/")}"')
    expect(page.locator(".group")).to_have_count(0)
    answers.state, answers.calls = "working", 1
    page.clock.fast_forward(REFRESH_MS)
    expect(page.locator(".verdict").get_by_role("status")).to_have_text("Working")
    settled(page)
    expect(page.locator(".start")).to_have_count(0)


def test_an_empty_window_with_calls_outside_it_is_no_first_start(
    server: PageServer, answers: Answers, visit: Callable[..., Visit]
) -> None:
    answers.state = "no_data"
    page = visit(server.url).page
    expect(page.locator(".nothing")).to_contain_text("No calls match these filters.")
    expect(page.locator(".start")).to_have_count(0)
    page.get_by_role("button", name="Show the last 30d").click()
    expect(page).to_have_url(f"{server.url}?window=30d")


def test_a_server_that_goes_away_is_said_and_the_last_data_stays_with_its_age(
    server: PageServer, visit: Callable[..., Visit]
) -> None:
    page = visit(server.url).page
    settled(page)
    server.stop()
    page.clock.fast_forward(REFRESH_MS)
    notice = page.get_by_role("complementary", name="The Kansoku server does not answer.")
    expect(notice).to_contain_text("Shown is the data of")
    expect(notice).to_contain_text(re.compile(r"\(([5-9]|[1-5]\d)s ago\)"))
    expect(page.locator(".verdict")).to_contain_text(SENTENCES["degraded"]["en"])
    expect(page.locator(".verdict")).to_have_attribute("data-stale", "true")
    expect(page.locator(".live")).to_contain_text("Offline")


def test_a_server_that_never_answered_is_said_and_found_again(
    server: PageServer, visit: Callable[..., Visit]
) -> None:
    page = visit(f"{server.url}assets/").page
    page.route("**/api/**", lambda route: route.abort())
    page.goto(server.url)
    expect(page.get_by_role("alert")).to_have_text("The Kansoku server does not answer.")
    expect(page.get_by_text("kansoku up")).to_be_visible()
    page.unroute("**/api/**")
    page.get_by_role("button", name="Try now").click()
    settled(page)
    expect(page.get_by_role("alert")).to_have_count(0)


def test_a_group_that_fails_is_named_and_the_others_are_shown(
    server: PageServer, answers: Answers, visit: Callable[..., Visit]
) -> None:
    answers.broken_group = "users"
    page = visit(server.url).page
    expect(page.get_by_role("alert")).to_contain_text("Top users: the query took longer than 10 s")
    expect(page.locator(".group[aria-busy=false]")).to_have_count(len(GROUPS) - 1)


def test_a_question_that_takes_long_says_so_and_is_stopped(
    server: PageServer, visit: Callable[..., Visit]
) -> None:
    page = visit(server.url).page
    settled(page)
    held: list[str] = []
    page.route("**/api/panels/latency?*", lambda route: held.append(route.request.url))
    page.get_by_role("radio", name="6h").click()
    group = page.locator("#latency")
    expect(group).to_have_attribute("data-stale", "true")
    expect(group.locator(".working")).to_have_count(0)
    page.clock.run_for(2_100)
    expect(group.locator(".working")).to_contain_text(re.compile("Still working on it *[0-9]+s"))
    expect(page.locator("#cost .working")).to_have_count(0)
    with page.expect_event("requestfailed", lambda request: "panels/latency" in request.url):
        group.get_by_role("button", name="Cancel").click()
    expect(group.locator(".working")).to_contain_text("Stopped.")
    asked = len(held)
    group.scroll_into_view_if_needed()
    page.clock.run_for(3 * REFRESH_MS)
    assert len(held) == asked
    page.unroute_all()
    group.get_by_role("button", name="Ask again").click()
    expect(group).to_have_attribute("data-stale", "false")
    expect(group.locator(".working")).to_have_count(0)


def test_a_question_ends_when_something_else_is_looked_at(
    server: PageServer, visit: Callable[..., Visit]
) -> None:
    page = visit(server.url).page
    settled(page)
    page.route("**/api/panels/cost?*window=6h*", lambda _: None)
    page.get_by_role("radio", name="6h").click()
    expect(page.locator("#cost")).to_have_attribute("data-stale", "true")
    with page.expect_event("requestfailed", lambda request: "window=6h" in request.url):
        page.get_by_role("radio", name="24h").click()
    expect(page.locator("#cost")).to_have_attribute("data-stale", "false")


def test_filters_live_in_the_address_and_back_and_forward_step_through_them(
    server: PageServer, visit: Callable[..., Visit]
) -> None:
    page = visit(server.url).page
    settled(page)
    page.get_by_role("radio", name="6h").click()
    expect(page).to_have_url(f"{server.url}?window=6h")
    page.get_by_role("combobox", name="Feature").select_option("triage")
    expect(page).to_have_url(f"{server.url}?window=6h&feature=triage")
    expect(page.locator(".scope")).to_contain_text("triage")
    settled(page)
    assert asked(server, "/api/status?window=6h&feature=triage") >= 1
    assert asked(server, "/api/panels/tools?window=6h&feature=triage") >= 1
    page.go_back()
    expect(page.get_by_role("combobox", name="Feature")).to_have_value("")
    page.go_back()
    expect(page.get_by_role("radio", name="1h")).to_be_checked()
    page.go_forward()
    expect(page.get_by_role("radio", name="6h")).to_be_checked()


def test_an_address_with_filters_opens_with_them(server: PageServer, visit: Callable[..., Visit]) -> None:
    page = visit(f"{server.url}?window=24h&feature=chat").page
    expect(page.get_by_role("radio", name="24h")).to_be_checked()
    expect(page.get_by_role("combobox", name="Feature")).to_have_value("chat")
    settled(page)
    assert asked(server, "/api/status?window=1h") == 0


def test_a_window_that_there_is_not_is_refused_in_the_servers_words(
    server: PageServer, visit: Callable[..., Visit]
) -> None:
    page = visit(f"{server.url}?window=banana").page
    expect(page.get_by_role("alert")).to_contain_text("use one of 15m, 1h, 6h, 24h, 7d, 30d")
    page.get_by_role("button", name="Clear filters").click()
    settled(page)
    expect(page).to_have_url(server.url)


PLACES = """() => Array.from(
  document.querySelectorAll(".verdict, .tile, .group h2, .panel, .legend-line, .bars tr"),
  (element) => {
    const { x, y, width, height } = element.getBoundingClientRect();
    return [element.className, x, y, width, height];
  },
)"""


def test_a_refresh_moves_nothing(server: PageServer, visit: Callable[..., Visit]) -> None:
    page = visit(server.url).page
    settled(page)
    page.locator("#cost").scroll_into_view_if_needed()
    before, requests = page.evaluate(PLACES), asked(server, "/api/panels/cost")
    assert len(before) > 60
    with page.expect_response(lambda response: "/api/panels/cost" in response.url):
        page.clock.fast_forward(REFRESH_MS)
    settled(page)
    assert asked(server, "/api/panels/cost") > requests
    assert page.evaluate(PLACES) == before


def test_only_what_is_in_sight_is_refreshed(server: PageServer, visit: Callable[..., Visit]) -> None:
    page = visit(server.url).page
    settled(page)
    with page.expect_response(lambda response: "/api/panels/api_health" in response.url):
        page.clock.fast_forward(REFRESH_MS)
    assert asked(server, "/api/panels/satisfaction") == 1


@pytest.mark.parametrize("way", ["hidden", "paused"])
def test_a_hidden_or_paused_page_asks_nothing(
    server: PageServer, visit: Callable[..., Visit], way: str
) -> None:
    page = visit(server.url).page
    settled(page)
    page.wait_for_load_state("networkidle")  # what stands below the groups is asked for as well
    if way == "hidden":
        page.evaluate(
            """() => {
              Object.defineProperty(document, "visibilityState", { get: () => "hidden" });
              document.dispatchEvent(new Event("visibilitychange"));
            }"""
        )
    else:
        page.get_by_role("button", name="Pause live updates").click()
    requests = asked(server, "/api/")
    page.clock.fast_forward(10 * REFRESH_MS)
    page.evaluate("() => fetch('api/settled')")
    assert asked(server, "/api/") == requests + 1


LINE_COLOURS = """(panel) => {
  const canvas = panel.querySelector("canvas");
  const { width, height } = canvas;
  const { data } = canvas.getContext("2d").getImageData(0, 0, width, Math.round(height / 2));
  const drawn = new Set();
  for (let at = 0; at < data.length; at += 4) drawn.add(`rgb(${data[at]}, ${data[at + 1]}, ${data[at + 2]})`);
  return [...panel.querySelectorAll(".legend-line")].map((line) => {
    const colour = getComputedStyle(line.querySelector(".swatch")).backgroundColor;
    return [line.querySelector(".legend-label").textContent, line.dataset.colour, drawn.has(colour)];
  });
}"""
"""Each line's name and colour, and whether the upper half has it, where only the highest line is."""


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_an_outcome_has_its_colour_whatever_the_order_of_the_lines(
    server: PageServer, answers: Answers, visit: Callable[..., Visit], theme: str
) -> None:
    told = answers.panels("api_health")
    assert told is not None
    told["panels"][0]["series"].reverse()
    page = visit(server.url, color_scheme=theme).page
    settled(page)
    chart = page.locator("[data-panel=calls_by_outcome]")
    lines = [["ok", "0", True], ["error", "1", False], ["cancelled", "2", False]]
    assert chart.evaluate(LINE_COLOURS) == lines
    page.route("**/api/panels/api_health?*", lambda route: route.fulfill(json=told))
    page.reload()
    settled(page)
    assert chart.evaluate(LINE_COLOURS) == lines[::-1]


def test_one_crosshair_is_on_all_charts_and_the_arrow_keys_move_it(
    server: PageServer, visit: Callable[..., Visit]
) -> None:
    page = visit(server.url).page
    page.set_viewport_size({"width": 1440, "height": 1800})
    settled(page)
    times = page.locator("#api_health .legend-time, #latency .legend-time")
    expect(times).to_have_text(["latest"] * 4)
    page.locator("[data-panel=error_rate] .u-over").hover(position={"x": 200, "y": 40})
    expect(times.first).not_to_have_text("latest")
    pointed = times.first.text_content()
    assert re.fullmatch(r"Nov 23, \d\d:\d\d:\d\d", pointed or "")
    expect(times).to_have_text([pointed or ""] * 4)
    page.mouse.move(5, 5)
    expect(times).to_have_text(["latest"] * 4)
    page.get_by_role("figure", name="Error rate", exact=True).focus()
    page.keyboard.press("ArrowRight")
    expect(times).to_have_text(["Nov 23, 09:41:30"] * 4)
    page.keyboard.press("ArrowLeft")
    expect(times).to_have_text(["Nov 23, 09:41:00"] * 4)


# Has the pointer pass over a chart, and tells what all charts read when that frame is drawn.
PASS = """(over) => new Promise((told) => {
  const { left, top } = over.getBoundingClientRect();
  const to = { clientX: left + 200, clientY: top + 40, bubbles: true };
  for (const kind of ["mouseenter", "mousemove"]) over.dispatchEvent(new MouseEvent(kind, to));
  const texts = (all) => [...document.querySelectorAll(all)].map((one) => one.textContent);
  requestAnimationFrame(() => told(texts(".legend-time")));
})"""
MOVES = 20


def test_the_crosshair_of_all_charts_is_drawn_with_the_frame_of_the_move(
    server: PageServer, visit: Callable[..., Visit]
) -> None:
    page = visit(server.url).page
    page.set_viewport_size({"width": 1440, "height": 6000})
    settled(page)
    over = page.locator("[data-panel=error_rate] .u-over")
    expect(page.locator(".uplot").last).to_be_in_viewport()
    (read,) = set(over.evaluate(PASS))
    assert re.fullmatch(r"Nov 23, \d\d:\d\d:\d\d", read)


def test_a_move_of_the_crosshair_has_the_browser_lay_out_the_page_once(
    server: PageServer, visit: Callable[..., Visit]
) -> None:
    page = visit(server.url).page
    page.set_viewport_size({"width": 1440, "height": 6000})
    settled(page)
    assert page.locator(".uplot, .heat").count() > 10
    place = page.locator("[data-panel=error_rate] .u-over").bounding_box()
    assert place is not None
    session = page.context.new_cdp_session(page)
    devtools(session, "Performance.enable")

    def layouts() -> float:
        metrics = devtools(session, "Performance.getMetrics")["metrics"]
        return next(one["value"] for one in metrics if one["name"] == "LayoutCount")

    page.mouse.move(place["x"] + 5, place["y"] + 20)
    before = layouts()
    for step in range(MOVES):
        page.mouse.move(place["x"] + 10 + 9 * step, place["y"] + 20)
        page.evaluate("() => new Promise((drawn) => requestAnimationFrame(() => setTimeout(drawn)))")
    # Live data that comes meanwhile takes a few; what each chart asked for in its turn would take ten a move.
    assert layouts() - before < 3 * MOVES


def test_the_crosshair_is_on_the_heatmap_too_and_keys_move_it_from_cell_to_cell(
    server: PageServer, visit: Callable[..., Visit]
) -> None:
    page = visit(server.url).page
    settled(page)
    heat = page.get_by_role("figure", name="Latency, how it spreads")
    heat.focus()
    page.keyboard.press("ArrowRight")  # begins at the newest
    expect(heat.get_by_role("status")).to_contain_text("< 500ms: 1,119")
    page.keyboard.press("ArrowUp")
    page.keyboard.press("ArrowLeft")
    expect(heat.get_by_role("status")).to_contain_text("500ms – 1s: 2,118")
    expect(heat.locator(".heat-legend")).to_contain_text("500ms – 1s: 2,118")
    cross = heat.locator(".heat-cross")
    cell = inked(cross)
    assert cell > 0
    lines = page.locator("[data-panel=latency_quantiles]")
    expect(lines.locator(".legend-time")).not_to_have_text("latest")
    heat.blur()
    expect(lines.locator(".legend-time")).to_have_text("latest")
    assert (inked(cross), inked(lines.locator(".pointer"))) == (0, 0)
    lines.locator(".u-over").hover()
    expect(lines.locator(".legend-time")).not_to_have_text("latest")
    assert 0 < inked(cross) < cell  # a column, and no cell in it
    assert inked(lines.locator(".pointer")) > 0
    page.mouse.move(5, 5)
    expect(lines.locator(".legend-time")).to_have_text("latest")
    assert (inked(cross), inked(lines.locator(".pointer"))) == (0, 0)


def test_a_chart_that_is_scrolled_away_follows_the_crosshair_when_it_comes_back(
    server: PageServer, visit: Callable[..., Visit]
) -> None:
    page = visit(server.url).page
    settled(page)
    far = page.locator(".legend-time").last
    expect(far).not_to_be_in_viewport()
    chart = page.get_by_role("figure", name="Error rate", exact=True)
    chart.focus()
    page.keyboard.press("ArrowRight")
    expect(page.locator("#api_health .legend-time").first).to_have_text("Nov 23, 09:41:30")
    expect(far).to_have_text("latest")
    far.evaluate("(element) => element.scrollIntoView({behavior: 'instant', block: 'center'})")
    expect(far).to_have_text("Nov 23, 09:41:30")


def test_a_chart_has_a_table_for_those_who_do_not_see_it(
    server: PageServer, visit: Callable[..., Visit]
) -> None:
    page = visit(server.url).page
    chart = page.get_by_role("figure", name="Latency P50 / P95 / P99")
    table = chart.get_by_role("table")
    expect(table.get_by_role("columnheader")).to_have_text(
        ["Time", "Latency P50", "Latency P95", "Latency P99"]
    )
    assert 6 <= table.get_by_role("row").count() <= 13
    expect(table.get_by_role("cell", name="No data").first).to_be_attached()


def test_the_theme_follows_the_system_until_one_is_chosen(
    server: PageServer, visit: Callable[..., Visit]
) -> None:
    page = visit(server.url, color_scheme="dark").page
    ground = "() => getComputedStyle(document.body).backgroundColor"
    expect(page.locator(".verdict")).to_be_visible()
    dark = page.evaluate(ground)
    page.get_by_role("button", name="Switch to light theme").click()
    light = page.evaluate(ground)
    assert light != dark
    page.reload()
    expect(page.get_by_role("button", name="Switch to dark theme")).to_be_visible()
    assert page.evaluate(ground) == light


def test_times_are_those_of_the_readers_zone(server: PageServer, visit: Callable[..., Visit]) -> None:
    page = visit(server.url, timezone_id="Asia/Tokyo").page
    expect(page.locator("[data-panel=recent_errors] tbody tr").first).to_contain_text("Nov 23, 18:41:13")


def test_text_from_calls_is_text_and_never_markup(
    server: PageServer, answers: Answers, visit: Callable[..., Visit]
) -> None:
    answers.features = ["<img src=x onerror=alert(1)>"]
    page = visit(server.url).page
    expect(page.get_by_role("combobox", name="Feature").locator("option").nth(1)).to_have_text(
        answers.features[0]
    )
    expect(page.locator("img")).to_have_count(0)


def test_the_page_works_below_a_path(browser: object, answers: Answers, visit: Callable[..., Visit]) -> None:
    assert browser is not None
    with PageServer(answers, "/tools/kansoku/") as server:
        seen = visit(server.url)
        settled(seen.page)
        seen.page.get_by_role("radio", name="6h").click()
        settled(seen.page)
        expect(seen.page).to_have_url(f"{server.url}?window=6h")
        assert asked(server, "/api/status?window=6h") >= 1
        assert seen.console_errors == []


@pytest.mark.parametrize("locale", ["en-US", "ja-JP"])
def test_a_phone_needs_no_sideways_scroll(
    server: PageServer, visit: Callable[..., Visit], locale: str
) -> None:
    page = visit(server.url, locale=locale).page
    page.set_viewport_size({"width": 390, "height": 844})
    settled(page)
    assert page.evaluate("document.documentElement.scrollWidth") == 390


@pytest.mark.parametrize("locale", ["en-US", "ja-JP"])
def test_on_a_phone_panels_are_as_wide_as_it_headings_whole_and_the_view_in_sight(
    server: PageServer, visit: Callable[..., Visit], locale: str
) -> None:
    page = visit(server.url, locale=locale).page
    page.set_viewport_size({"width": 390, "height": 844})
    settled(page)
    narrow = """() => [...document.querySelectorAll(".panels > *")]
      .filter((one) => one.offsetWidth < one.parentElement.offsetWidth)
      .map((one) => one.textContent)"""
    assert page.evaluate(narrow) == []
    inside = """() => {
      const one = document.querySelector(".views [aria-current]").getBoundingClientRect();
      return one.left >= 0 && one.right <= innerWidth;
    }"""
    for view in ("sessions", "logs", "alerts", "slos", ""):
        page.goto(f"{server.url}{view}")
        expect(page.locator("h1")).to_be_visible()
        assert page.locator("h1").evaluate("(one) => one.offsetHeight") <= ONE_LINE_PX, view
        assert page.evaluate(inside), view


@pytest.mark.parametrize("locale", ["en-US", "ja-JP"])
def test_no_tile_is_cut_off_at_1440_pixels(
    server: PageServer, visit: Callable[..., Visit], locale: str
) -> None:
    page = visit(server.url, locale=locale).page
    settled(page)
    cut = """() => Array.from(document.querySelectorAll(".tile :is(h3:not(.unseen), p)"))
      .filter((element) => element.scrollWidth > element.clientWidth)
      .map((element) => element.textContent)"""
    assert page.evaluate(cut) == []


def test_what_is_in_sight_is_answered_before_the_rest_is_asked_for(
    server: PageServer, answers: Answers, visit: Callable[..., Visit]
) -> None:
    answers.held = "api_health"
    page = visit(server.url).page
    expect(page.locator(".verdict[data-stale=false]")).to_be_visible()
    expect(page.locator("#api_health .skeleton").first).to_be_attached()

    def asked() -> set[str]:
        found = (urlsplit(address).path.split("/") for address in server.seen)
        return {parts[3] for parts in found if parts[2:3] == ["panels"]}

    assert "tools" not in asked()
    page.locator("#tools").scroll_into_view_if_needed()
    expect(page.locator("#tools .skeleton")).to_have_count(0)
    assert "cost" not in asked()
    answers.let_go.set()
    expect(page.locator("#cost .skeleton")).to_have_count(0)
    assert {"api_health", "cost", "tokens", "users"} <= asked()


def test_what_is_left_out_is_asked_for_when_the_verdict_is_there(
    server: PageServer, answers: Answers, visit: Callable[..., Visit]
) -> None:
    answers.held = "status"
    page = visit(server.url).page
    expect(page.locator(".verdict[aria-busy=true]")).to_be_visible()
    page.evaluate("fetch('api/values').then((answer) => answer.ok)")  # what was asked before has come by now
    assert not [address for address in server.seen if "/api/honesty" in address]
    answers.let_go.set()
    expect(page.locator("#honesty[aria-busy=false]")).to_be_attached()


def test_the_scripts_of_the_first_screen_stay_small(server: PageServer, visit: Callable[..., Visit]) -> None:
    settled(visit(server.url).page)
    scripts = {address for address in server.seen if address.endswith(".js")}
    assert scripts
    loaded = [gzip.compress((STATIC / script.removeprefix("/")).read_bytes()) for script in scripts]
    assert sum(map(len, loaded)) <= LARGEST_SCRIPT_BYTES


def test_every_filter_has_a_control_and_lives_in_the_address(
    server: PageServer, visit: Callable[..., Visit]
) -> None:
    page = visit(server.url).page
    settled(page)
    page.get_by_role("button", name="More filters").click()
    page.get_by_role("combobox", name="Model").select_option(MODELS[0])
    page.get_by_role("combobox", name="User").fill("u-4133")
    page.get_by_role("combobox", name="User").press("Enter")
    expect(page).to_have_url(f"{server.url}?model={MODELS[0]}&user=u-4133")
    settled(page)
    assert asked(server, f"/api/panels/tools?window=1h&model={MODELS[0]}&user=u-4133") == 1
    page.get_by_role("button", name="Remove the filter: User u-4133").click()
    expect(page).to_have_url(f"{server.url}?model={MODELS[0]}")
    page.get_by_role("button", name=f"Remove the filter: Model {MODELS[0]}").click()
    expect(page.locator(".chips")).to_have_count(0)


def test_a_drag_over_a_chart_looks_at_that_time_and_back_undoes_it(
    server: PageServer, visit: Callable[..., Visit]
) -> None:
    page = visit(server.url).page
    settled(page)
    box = page.locator("[data-panel=error_rate] .u-over").bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + box["width"] / 4, box["y"] + 40)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + 60, steps=4)
    page.mouse.up()
    begin, end = NOW - HOUR_S * 3 // 4, NOW - HOUR_S // 2
    expect(page).to_have_url(re.compile(r"from=\d+&to=\d+"))
    told = [int(number) for number in re.findall(r"=(\d+)", page.url)]
    assert told == pytest.approx([begin, end], abs=30)
    page.get_by_role("button", name="Back to now").click()
    expect(page).to_have_url(server.url)
    page.go_back()
    expect(page).to_have_url(re.compile(r"from=\d+&to=\d+"))


def test_a_time_is_chosen_in_the_readers_zone(server: PageServer, visit: Callable[..., Visit]) -> None:
    page = visit(server.url, timezone_id="Asia/Tokyo").page
    settled(page)
    page.get_by_role("button", name="Choose a time").click()
    expect(page.get_by_text("Times are in Asia/Tokyo.")).to_be_visible()
    page.get_by_label("From").fill("2026-11-23T18:00:00")
    page.get_by_label("To", exact=True).fill("2026-11-23T17:00:00")
    page.get_by_role("button", name="Apply").click()
    expect(page.get_by_role("alert")).to_contain_text("must lie before")
    page.get_by_label("To", exact=True).fill("2026-11-23T18:30:00")
    page.get_by_role("button", name="Apply").click()
    expect(page).to_have_url(f"{server.url}?from=1795424400&to=1795426200")


def test_a_new_release_is_listed_and_filtered_by(server: PageServer, visit: Callable[..., Visit]) -> None:
    page = visit(server.url).page
    settled(page)
    page.get_by_role("link", name="2.4.0").click()
    expect(page).to_have_url(f"{server.url}?release=2.4.0")


def test_a_place_that_is_no_view_says_so(server: PageServer, visit: Callable[..., Visit]) -> None:
    page = visit(f"{server.url}nowhere").page
    expect(page.get_by_role("heading", level=1)).to_have_text("There is no view “nowhere”.")
    page.get_by_role("main").get_by_role("link", name="Overview").click()
    settled(page)
    expect(page).to_have_url(server.url)
