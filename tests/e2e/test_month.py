"""A month of data: what the page shows is what the API says, and that is what the oracle means."""

from __future__ import annotations

import math
import re
import time
from collections.abc import Callable, Iterator, Sequence
from itertools import zip_longest
from typing import TYPE_CHECKING, Any, assert_never, cast
from urllib.parse import urlencode

import pytest
from playwright.sync_api import Page, expect

from kansoku.catalog.filters import FILTERS
from kansoku.catalog.measures import Reading
from kansoku.catalog.outcomes import TITLES
from kansoku.catalog.panels import GROUPS, Panel, PanelGroup
from kansoku.query import panel_oracle
from kansoku.query.answer import Answer, Curves, Heat, Ranking, Table, relations_of
from kansoku.query.scope import Grid, Scope
from tests.e2e.month import DAY_S, Month, sent
from tests.e2e.shown import moment, reads, shown, shown_in_japanese
from tests.servers import running

if TYPE_CHECKING:
    from collections.abc import Mapping

    from kansoku.query.oracle import Row
    from tests.e2e.visits import Visit

Json = dict[str, Any]

CHOSEN = {
    "feature": "要約",
    "service": "back-office",
    "environment": "production",
    "release": "r2",
    "model": "claude-haiku-5",
    "user": "u-3",
}
"""A value of each filter that some of the month's rows have and others have not."""
SPOKEN_POINTS = 12
"""Points of a line that its table tells, at most."""


@pytest.fixture(scope="module")
def month(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Month]:
    folder, end = tmp_path_factory.mktemp("month"), int(time.time()) // DAY_S * DAY_S
    with running(folder) as server:
        sent(server, end)
        server.stop()
    with running(folder) as server:  # which counts at its start what the sums of old hours lack
        yield Month(server, end)


@pytest.fixture(scope="module")
def rows(month: Month) -> Mapping[str, Sequence[Row]]:
    return month.rows()


@pytest.mark.parametrize("by", [None, *(one.name for one in FILTERS)])
def test_the_api_answers_every_panel_as_the_oracle_means_it(
    month: Month, rows: Mapping[str, Sequence[Row]], by: str | None
) -> None:
    filters = {} if by is None else {by: CHOSEN[by]}
    scope = Scope(month.begin, month.end, tuple(filters.items()))
    for group in GROUPS:

        def wrong(answer: Json, group: PanelGroup = group) -> list[object]:
            grid = Grid(scope, answer["step_s"])
            found = {one["id"]: one for one in answer["panels"]}
            return [one for panel in group.panels for one in differing(panel, found[panel.id], rows, grid)]

        answer = month.server.get_until(month.panels(group, **filters), lambda answer: not wrong(answer))
        assert wrong(answer) == []


def differing(
    panel: Panel, now: Json, rows: Mapping[str, Sequence[Row]], grid: Grid
) -> list[tuple[str, object, object]]:
    """What the API says and the oracle means, where they differ."""
    unfit = next(filter(None, map(grid.scope.unfit, relations_of(panel))), None)
    if unfit is not None:
        return [] if now["unfit"] == unfit else [(panel.id, now["unfit"], unfit)]
    said, meant = paired(now, panel_oracle.answer(panel, rows, grid))
    pairs = zip_longest(flat(said), flat(meant))
    is_exact = now["approximate"] is None
    return [(panel.id, one, other) for one, other in pairs if not same(one, other, is_exact=is_exact)]


def same(one: object, other: object, *, is_exact: bool) -> bool:
    """Whether they are equal; of what a sketch tells of few rows, only that both are known.

    A sketch takes one of two neighbouring rows where the oracle goes between them; how near it comes is
    tested where rollups are.
    """
    if isinstance(one, float | int) and isinstance(other, float | int):
        is_count = isinstance(one, int) and isinstance(other, int)
        return math.isclose(one, other, rel_tol=1e-9, abs_tol=1e-12) or not (is_exact or is_count)
    return one == other


def flat(given: object) -> Iterator[object]:
    """The leaves, and how many there are at each level."""
    if not isinstance(given, list | tuple):
        yield given
        return
    listed = cast("Sequence[object]", given)
    yield len(listed)
    for one in listed:
        yield from flat(one)


def paired(now: Json, meant: Answer) -> tuple[object, object]:
    """The same parts of both."""
    match meant:
        case Curves(times, curves):
            said = [(one["label"]["en"], one["values"]) for one in now["series"]]
            return (now["times"], said), (times, [(one.label.en, one.values) for one in curves])
        case Ranking(bars):
            said = [(one["label"], one["value"], one["share"], one["n"]) for one in now["rows"]]
            return said, [(one.label, one.value, one.share, one.n) for one in bars]
        case Table(cells):
            return now["rows"], cells
        case Reading(value, n):
            return (now["value"], now["n"]), (value, n)
        case Heat(times, counts):
            return (now["times"], now["counts"]), (times, counts)
        case _:
            assert_never(meant)


def test_the_page_shows_of_every_panel_what_the_api_says(month: Month, visit: Callable[..., Visit]) -> None:
    opened = visit(f"{month.server.url}/?{month.address(lang='en')}")
    for group in GROUPS:
        panels = month.told(group)
        settled(opened.page, group)
        for panel in panels:
            assert_shown(shown(opened.page, panel["id"]), panel)
        assert len(panels) == len(group.panels) + len(group.reckoned)
    assert (opened.console_errors, opened.violations(), opened.foreign_requests) == ([], [], [])


def test_a_filter_in_the_address_narrows_what_the_page_shows(
    month: Month, visit: Callable[..., Visit]
) -> None:
    chosen = {"feature": CHOSEN["feature"], "release": CHOSEN["release"]}
    opened = visit(f"{month.server.url}/?{month.address(lang='en', **chosen)}")
    group = GROUPS[0]
    settled(opened.page, group)
    narrowed, whole = month.told(group, **chosen), month.told(group)
    assert narrowed != whole
    assert_all_shown(opened.page, narrowed)


def test_a_top_user_leads_to_one_of_their_traces_and_its_span(
    month: Month, rows: Mapping[str, Sequence[Row]], visit: Callable[..., Visit]
) -> None:
    opened = visit(f"{month.server.url}/?{month.address(lang='en')}")
    page, health = opened.page, GROUPS[0]
    settled(page, next(group for group in GROUPS if group.id == "users"))
    first = page.locator('[data-panel="cost_by_user"] tbody a').first
    user = first.inner_text()
    first.click()
    expect(page).to_have_url(re.compile(f"&user={user}$"))
    settled(page, health)
    assert_all_shown(page, month.told(health, user=user))
    page.get_by_role("link", name="Traces", exact=True).click()
    listed = page.locator("main tbody tr")
    told = month.server.get(f"api/traces?{month.address(user=user)}&limit=100")["traces"]
    expect(listed).to_have_count(len(told))
    place = next(at for at, one in enumerate(told) if one["cost_usd"] is not None)
    (call,) = [one for one in rows["calls"] if one["trace_id"] == told[place]["trace_id"]]
    assert call["user_id"] == user
    listed.nth(place).locator("a").click()
    page.get_by_role("tree").get_by_text(f"chat {call['request_model']}").click()
    span = page.locator(".span")
    expect(span.locator(".mono").first).to_have_text(str(call["span_id"]))
    _, cost, *_ = span.locator(".facts dd").all_inner_texts()
    assert reads(cost, cast("float", call["cost_usd"]))
    expect(span.locator("dt", has_text=re.compile(r"^user\.id$")).locator("+ dd")).to_have_text(user)
    assert (opened.console_errors, opened.violations(), opened.foreign_requests) == ([], [], [])


def test_beside_each_number_stands_that_of_the_time_before(
    month: Month, rows: Mapping[str, Sequence[Row]], visit: Callable[..., Visit]
) -> None:
    begin = month.end - 10 * DAY_S
    opened = visit(f"{month.server.url}/?{between(begin, month.end)}&compare=before&lang=en")
    for group in GROUPS:
        told = month.server.get(f"api/panels/{group.id}?{between(begin, month.end)}&compare=before")
        grid = Grid(Scope(begin, month.end).before(told["step_s"]), told["step_s"])
        asked = f"api/panels/{group.id}?{between(grid.scope.begin, grid.scope.end)}"
        apart = {one["id"]: one for one in month.server.get(asked)["panels"]}
        wrong = [one for panel in group.panels for one in differing(panel, apart[panel.id], rows, grid)]
        assert wrong == []
        settled(opened.page, group)
        for panel in told["panels"]:
            meant = earlier(panel, apart[panel["id"]])
            pairs = zip_longest(flat([one["before"] for one in beside(panel)]), flat(meant))
            assert [pair for pair in pairs if not same(*pair, is_exact=True)] == []
            assert_before_shown(shown(opened.page, panel["id"]), panel, meant)


def between(begin: int, end: int) -> str:
    """What asks for a stretch of time."""
    return urlencode({"from": begin, "to": end})


def beside(panel: Json) -> list[Json]:
    """What of a panel has something of the time before beside it."""
    match panel["kind"]:
        case "timeseries":
            return [] if panel["from"] is not None else panel["series"]
        case "bars":
            return panel["rows"]
        case "stat":
            return [panel]
        case _:
            return []


def earlier(panel: Json, apart: Json) -> list[Any]:
    """What should stand there, out of the panel of the time before."""
    match panel["kind"]:
        case "timeseries":
            lines = {one["label"]["en"]: one["values"] for one in apart["series"]}
            return [lines.get(one["label"]["en"]) for one in beside(panel)]
        case "bars":
            bars = {one["label"]: one["value"] for one in apart["rows"]}
            return [bars.get(one["label"]) for one in beside(panel)]
        case "stat":
            return [apart["value"]]
        case _:
            return []


def assert_before_shown(seen: Json, panel: Json, meant: list[Any]) -> None:
    """The page says it beside the newest point of a line, a bar, or a number."""
    if seen["empty"]:
        return
    match panel["kind"]:
        case "timeseries":
            newest = [
                max((at for at, value in enumerate(one["values"]) if value is not None), default=-1)
                for one in beside(panel)
            ]
            told = [line[at] for line, at in zip(meant, newest, strict=True) if line is not None]
            assert_texts(panel, [text.removeprefix("before ") for text in seen["before"]], told)
        case "bars":
            told = [(text or "before –").removeprefix("before ") for text in seen["barsBefore"]]
            assert_texts(panel, told, meant)
        case "stat" if meant[0] is not None:
            assert reads(seen["stat"][1].split("before ")[1], meant[0]), (panel["id"], seen["stat"], meant)
        case _:
            pass


def test_a_drag_over_a_chart_narrows_every_number_in_either_language_and_theme(
    month: Month, visit: Callable[..., Visit]
) -> None:
    opened = visit(f"{month.server.url}/?{month.address(lang='en')}", color_scheme="light")
    page, health = opened.page, GROUPS[0]
    settled(page, health)
    box = page.locator('[data-panel="error_rate"] .u-over').bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + box["width"] / 3, box["y"] + 40)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + 60, steps=4)
    page.mouse.up()
    page.mouse.move(5, 5)  # off the chart, whose legend tells the newest again
    expect(page).not_to_have_url(re.compile(f"from={month.begin}"))
    begin, end = (int(told) for told in re.findall(r"(?:from|to)=(\d+)", page.url))
    length = month.end - month.begin
    dragged = [month.begin + length / 3, month.begin + length / 2]
    assert [begin, end] == pytest.approx(dragged, abs=length / 300)
    settled(page, health)
    narrowed = month.server.get(f"api/panels/{health.id}?{between(begin, end)}")["panels"]
    assert narrowed != month.told(health)
    assert_all_shown(page, narrowed)
    english = {one["id"]: shown(page, one["id"]) for one in narrowed}
    page.get_by_role("button", name="Switch to dark theme").click()
    assert {one["id"]: shown(page, one["id"]) for one in narrowed} == english
    page.locator("select[name=lang]").select_option("ja")
    expect(page.locator("html")).to_have_attribute("lang", "ja")
    for panel in narrowed:
        assert_shown(shown_in_japanese(page, panel["id"]), panel)
    legend = page.locator("[data-panel=calls_by_outcome] .legend-label").all_inner_texts()
    assert legend
    assert set(legend) <= {title.ja for title in TITLES["outcome"].values()}
    for end in page.locator(".heat-times span").all_inner_texts():
        assert re.fullmatch(r"\d+月\d+日", end), end


def settled(page: Page, group: PanelGroup) -> None:
    section = page.locator(f"section#{group.id}")
    section.scroll_into_view_if_needed()
    expect(section.locator(".skeleton")).to_have_count(0, timeout=30_000)
    expect(section).to_have_attribute("data-stale", "false", timeout=30_000)


def assert_all_shown(page: Page, panels: Sequence[Json]) -> None:
    for panel in panels:
        assert_shown(shown(page, panel["id"]), panel)


def assert_shown(seen: Json, panel: Json) -> None:
    """Every number that the panel shows is the API's."""
    if seen["empty"]:
        assert not panel.get("value")
        assert not panel.get("rows")
        assert not any(sum(place) for place in panel.get("counts", ()))
        return
    readers[panel["kind"]](seen, panel)


def _assert_bars(seen: Json, panel: Json) -> None:
    assert [texts[0] for texts in seen["rows"]] == [bar["label"] or "unknown" for bar in panel["rows"]]
    for texts, bar in zip(seen["rows"], panel["rows"], strict=True):
        assert_texts(panel, texts[1:], [bar["value"], bar["share"], bar["n"]])


def _assert_table(seen: Json, panel: Json) -> None:
    for texts, cells in zip(seen["rows"], panel["rows"], strict=True):
        for text, cell, column in zip(texts, cells, panel["columns"], strict=True):
            assert_cell(panel, text, cell, column)


def _assert_stat(seen: Json, panel: Json) -> None:
    value, around = seen["stat"]
    numbers = around.removeprefix("n ").replace(" – ", " · ").split(" · ")
    bounds = [] if panel["low"] is None else [panel["low"], panel["high"]]
    assert_texts(panel, [value, *numbers], [panel["value"], panel["n"], *bounds])


def _assert_heatmap(seen: Json, panel: Json) -> None:
    assert_texts(panel, [texts[1] for texts in seen["rows"]], [sum(place) for place in panel["counts"]])


def _assert_month(seen: Json, panel: Json) -> None:
    spent, forecast, *_ = seen["facts"]
    dollars = float(forecast.removeprefix("$").replace(",", ""))
    assert dollars == pytest.approx(panel["cost"]["forecast_usd"], rel=0.01)  # it moves with the clock
    assert any(reads(word, panel["cost"]["spent_usd"]) for word in spent.split())


def _assert_lines(seen: Json, panel: Json) -> None:
    latest = [
        next((value for value in reversed(one["values"]) if value is not None), None)
        for one in panel["series"]
    ]
    assert_texts(panel, seen["legend"], latest)
    every = max(1, math.ceil(len(panel["times"]) / SPOKEN_POINTS))
    spoken = range(0, len(panel["times"]), every)
    assert [texts[0] for texts in seen["rows"]] == [moment(panel["times"][at]) for at in spoken]
    for texts, at in zip(seen["rows"], spoken, strict=True):
        assert_texts(panel, texts[1:], [one["values"][at] for one in panel["series"]])


def assert_cell(panel: Json, text: str, cell: object, column: Json) -> None:
    match cell:
        case None | "":
            assert text == "–", (panel["id"], column["id"], text)
        case bool() | str():
            assert column["id"] == "trace_id" or text == cell, (panel["id"], column["id"], text, cell)
        case int() | float() if column["unit"] == "time":
            assert text == moment(cell), (panel["id"], column["id"], text, cell)
        case _:
            assert_texts(panel, [text], [cell])


def assert_texts(panel: Json, texts: Sequence[str], values: Sequence[Any]) -> None:
    assert len(texts) == len(values), (panel["id"], texts, values)
    for text, value in zip(texts, values, strict=True):
        assert reads(text, value), (panel["id"], text, value)


@pytest.mark.parametrize(
    ("text", "value", "is_read"),
    [
        ("3.12s", 3.1249, True),
        ("3.12s", 3.13, False),
        ("$1,234.50", 1234.5, True),
        ("12.3K", 12_340, True),
        ("12.3K", 12_400, False),
        ("1.17万", 11_736, True),
        ("1.17万", 11_790, False),
        ("0.38%", 0.0038, True),
        ("<0.001%", 0.000_001, True),
        ("<0.001%", 0.1, False),
        ("–", None, True),
        ("0", None, False),
    ],
)
def test_a_shown_number_is_read_as_far_as_its_digits_go(
    text: str, value: float | None, *, is_read: bool
) -> None:
    assert reads(text, value) is is_read


readers: dict[str, Callable[[Json, Json], None]] = {
    "timeseries": _assert_lines,
    "bars": _assert_bars,
    "table": _assert_table,
    "stat": _assert_stat,
    "heatmap": _assert_heatmap,
    "month": _assert_month,
}
"""What reads each kind of panel; one that nobody reads fails."""
