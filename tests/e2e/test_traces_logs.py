"""Traces, logs and sessions on the page of a real server, from the list of traces to a line of the log."""

from __future__ import annotations

import json
import re
import time
import urllib.request
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.visits import Visit, barriers
from tests.servers import RunningServer, running

if TYPE_CHECKING:
    from collections.abc import Callable

TRACE = "ab" * 16
THOUGHT = "They greet me."
MARKUP = "<img src=x onerror=alert(1)><b>loud</b>"
SPANS = 3_000
STORED_MS = 30_000
"""A line is stored and told within two seconds or so, on a machine that is not busy."""


def valued(**named: str | float) -> list[dict[str, Any]]:
    """Attributes in OTLP/JSON."""
    return [
        {"key": name, "value": {"stringValue": one} if isinstance(one, str) else {"doubleValue": one}}
        for name, one in named.items()
    ]


def post(server: RunningServer, signal: str, body: dict[str, Any]) -> None:
    request = urllib.request.Request(
        f"{server.url}/v1/{signal}", json.dumps(body).encode(), {"content-type": "application/json"}
    )
    with urllib.request.urlopen(request, timeout=30) as answer:
        assert answer.status == 200


def log(server: RunningServer, body: str, **more: object) -> None:
    record = {
        "timeUnixNano": str(time.time_ns()),
        "severityNumber": 17,
        "severityText": "ERROR",
        "body": {"stringValue": body},
        **more,
    }
    resource = {"attributes": valued(**{"service.name": "shop"})}
    post(server, "logs", {"resourceLogs": [{"resource": resource, "scopeLogs": [{"logRecords": [record]}]}]})


def spans_of_a_trace(begin_ns: int) -> Iterator[dict[str, Any]]:
    """A root with a call under it that has messages, and as many more as make a long trace."""

    def span(number: int, parent: int, name: str, **more: Any) -> dict[str, Any]:  # noqa: ANN401
        start = begin_ns + number * 1_000_000
        return {
            "traceId": TRACE,
            "spanId": f"{number:016x}",
            "parentSpanId": f"{parent:016x}" if parent else "",
            "name": name,
            "startTimeUnixNano": str(start),
            "endTimeUnixNano": str(start + 50_000_000),
            **more,
        }

    said = {"type": "text", "content": f"hello {MARKUP}"}
    kept = {"type": "ephemeral", "ttl": "1h"}
    messages = [{"role": "user", "parts": [{**said, "cache_control": kept}]}]
    answer = [
        {
            "role": "assistant",
            "parts": [
                {"type": "reasoning", "content": THOUGHT},
                {"type": "tool_call", "name": "weather", "arguments": {"city": "東京"}},
            ],
            "partial": True,
        }
    ]
    call = valued(
        **{
            "gen_ai.operation.name": "chat",
            "gen_ai.response.model": "claude-sonnet-5-5",
            "gen_ai.input.messages": json.dumps(messages),
            "gen_ai.output.messages": json.dumps(answer),
            "gen_ai.tool.definitions": json.dumps([{"type": "function", "name": "weather"}]),
            "kansoku.content.earlier_messages_left_out": 7.0,
            "session.id": "talk/1",
            "user.id": "u-17",
            "kansoku.cost.usd": 0.25,
            "error.type": "overloaded_error",
        }
    )
    yield span(1, 0, "answer_ticket")
    yield span(2, 1, "chat claude", attributes=call, status={"code": 2, "message": MARKUP})
    for number in range(3, SPANS):
        yield span(number, 1 if number % 10 == 3 else number - 1, f"step {number}")


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    """A server that holds one long trace and three lines of the log, two of them of the trace."""
    with running(tmp_path_factory.mktemp("kept")) as server:
        now = time.time_ns()
        spans = list(spans_of_a_trace(now - 60 * 10**9))
        resource = {"attributes": valued(**{"service.name": "shop"})}
        post(server, "traces", {"resourceSpans": [{"resource": resource, "scopeSpans": [{"spans": spans}]}]})
        log(server, f"first {MARKUP}", traceId=TRACE, spanId=f"{2:016x}", attributes=valued(colour="red"))
        log(server, "second", traceId=TRACE, attributes=valued(colour="red"))
        log(server, "elsewhere", severityNumber=9, severityText="INFO", attributes=valued(colour="blue"))
        server.query_until("SELECT count() FROM otel_logs", lambda rows: rows == [[3]])
        server.query_until("SELECT count() FROM otel_traces", lambda rows: rows == [[SPANS - 1]])
        yield server


_GAP = """(row) => {
  const figures = document.createRange();
  figures.selectNodeContents(row.querySelector(".waterfall-figures"));
  const took = row.querySelector(".waterfall-took").getBoundingClientRect();
  return took.left - figures.getBoundingClientRect().right;
}"""


def lines(page: Page) -> list[str]:
    return [text.strip() for text in page.locator(".log-line").all_inner_texts()]


def faultless(opened: Visit) -> None:
    """Nothing was loaded from elsewhere, nothing stopped by the policy, nothing failed in the page."""
    assert opened.foreign_requests == []
    assert opened.violations() == []
    assert opened.console_errors == []
    assert opened.page.locator("main img").count() == 0


def test_a_trace_is_followed_from_the_list_to_its_messages_and_its_logs(
    kept: RunningServer, visit: Callable[..., Visit]
) -> None:
    opened = visit(f"{kept.url}/traces?lang=en&error_type=overloaded_error")
    page = opened.page
    page.locator("main table tbody a").first.click()
    expect(page.get_by_role("heading", level=1)).to_contain_text(TRACE)
    expect(page.locator(".facts")).to_contain_text("$0.25")
    page.get_by_text("chat claude").first.click()
    expect(page.locator(".span-status")).to_have_text(MARKUP)
    page.get_by_role("link", name="Conversation").click()
    said = page.locator(".conversation")
    expect(said).to_contain_text(f"hello {MARKUP}")
    expect(said).to_contain_text("They greet me.")
    expect(said).to_contain_text("東京")
    expect(said).to_contain_text("Cache breakpoint (1h)")
    expect(said).to_contain_text("The answer broke off here.")
    expect(said).to_contain_text("7 earlier messages are left out")
    expect(said).to_contain_text("Tools offered: 1")
    page.get_by_role("link", name="Logs of this trace").click()
    expect(page.locator(".log-line")).to_have_count(2)
    assert lines(page) == ["second", f"first {MARKUP}"]
    page.locator("details.log summary").last.click()
    page.get_by_role("link", name="Open its trace").click()
    expect(page.locator(".span h2")).to_have_text("chat claude")
    faultless(opened)


def test_a_long_trace_draws_what_is_in_sight_and_is_walked_by_keys(
    kept: RunningServer, visit: Callable[..., Visit]
) -> None:
    opened = visit(f"{kept.url}/traces/{TRACE}?lang=en")
    page = opened.page
    tree = page.get_by_role("tree")
    tree.focus()
    page.keyboard.press("ArrowDown")
    expect(page.locator('[aria-selected="true"]')).to_contain_text("answer_ticket")
    page.keyboard.press("ArrowDown")
    expect(page.locator('[aria-selected="true"]')).to_contain_text("chat claude")
    page.keyboard.press("End")
    expect(page.locator('[aria-selected="true"]')).to_contain_text(f"step {SPANS - 1}")
    assert page.locator(".waterfall-row").count() < 100
    page.keyboard.press("Home")
    page.keyboard.press("ArrowLeft")
    expect(page.locator(".waterfall-row")).to_have_count(1)
    page.keyboard.press("ArrowRight")
    expect(page.locator(".waterfall-row").nth(1)).to_be_visible()
    faultless(opened)


@pytest.mark.parametrize("search", ["lang=en", "feature=%E8%A6%81%E7%B4%84+~*'%26&window=24h&user=&q=x"])
def test_what_every_view_asks_first_is_asked_once_while_the_scripts_load(
    kept: RunningServer, visit: Callable[..., Visit], search: str
) -> None:
    opened = visit(f"{kept.url}/logs?{search}")
    asked: list[str] = []
    opened.page.on("request", lambda request: asked.append(urlsplit(request.url).path))
    opened.page.on("framenavigated", lambda _: asked.clear())  # what the page before still asked for
    opened.page.reload()
    expect(opened.page.locator("main h1")).to_be_visible()
    expect(opened.page).to_have_title(re.compile(r"·.*· Kansoku"))  # the state, which the status tells
    assert (asked.count("/api/catalog"), asked.count("/api/status")) == (1, 1)
    scripts = next(at for at, path in enumerate(asked) if path.endswith(".js"))
    assert asked.index("/api/status") < scripts
    faultless(opened)


def test_facets_count_lines_and_narrow_them_down(kept: RunningServer, visit: Callable[..., Visit]) -> None:
    opened = visit(f"{kept.url}/logs?lang=en&attribute=colour%3Dred")
    page = opened.page
    expect(page.locator(".log-line")).to_have_count(2)
    page.get_by_role("button", name="Remove: colour=red").click()
    expect(page.locator(".log-line").nth(2)).to_be_visible()
    page.get_by_role("button", name="blue 1").click()
    expect(page.locator(".log-line")).to_have_count(1)
    page.go_back()
    page.get_by_label("Words of the line").fill("second")
    page.get_by_role("button", name="Find").click()
    expect(page.locator(".log-line")).to_have_count(1)
    assert "q=second" in page.url
    page.get_by_label("Words of the line").fill("nowhere")
    page.keyboard.press("Enter")
    expect(page.get_by_text("No line matches.")).to_be_visible()
    faultless(opened)


def test_a_session_leads_to_its_traces(kept: RunningServer, visit: Callable[..., Visit]) -> None:
    opened = visit(f"{kept.url}/sessions?lang=en")
    page = opened.page
    page.get_by_role("link", name="talk/1").click()
    expect(page.locator(".facts")).to_contain_text("u-17")
    expect(page.locator("main table")).to_contain_text("overloaded_error")
    page.go_back()
    page.get_by_role("radio", name="By user").check()
    page.get_by_role("link", name="u-17").click()
    page.locator("main table tbody a").first.click()
    expect(page.get_by_role("heading", level=1)).to_contain_text(TRACE)
    faultless(opened)


def test_a_new_line_appears_in_the_tail_and_waits_while_one_is_read(
    kept: RunningServer, visit: Callable[..., Visit]
) -> None:
    opened = visit(f"{kept.url}/logs?lang=en&tail=1&q=fresh")
    page = opened.page
    expect(page.get_by_text("Listening")).to_be_visible()
    log(kept, "fresh one")
    expect(page.locator(".log-line")).to_have_text(["fresh one"], timeout=STORED_MS)
    page.locator("details.log summary").first.click()
    log(kept, "fresh two")
    expect(page.get_by_role("button", name="Show 1 new")).to_be_visible(timeout=STORED_MS)
    assert lines(page) == ["fresh one"]
    page.get_by_role("button", name="Show 1 new").click()
    expect(page.locator(".log-line")).to_have_text(["fresh two", "fresh one"])
    page.get_by_role("button", name="Stop the tail").click()
    expect(page.locator(".log-line")).to_have_count(2)
    faultless(opened)


UNDER_ITS_MIDDLE = """(note) => {
  const { x, y, width, height } = note.getBoundingClientRect();
  return note.contains(document.elementFromPoint(x + width / 2, y + height / 2));
}"""


@pytest.mark.parametrize("width", [1440, 940, 390])
def test_that_lines_wait_is_seen_wherever_somebody_reads(
    kept: RunningServer, visit: Callable[..., Visit], width: int
) -> None:
    opened = visit(f"{kept.url}/logs?lang=en&tail=1&q=waits{width}")
    page = opened.page
    page.set_viewport_size({"width": width, "height": 320})
    expect(page.get_by_text("Listening")).to_be_visible()
    for number in range(12):
        log(kept, f"waits{width} {number}")
    expect(page.locator(".log-line")).to_have_count(12, timeout=STORED_MS)
    page.locator("details.log summary").last.scroll_into_view_if_needed()
    page.wait_for_function("scrollY > 160")
    log(kept, f"waits{width} more")
    note = page.get_by_role("button", name="Show 1 new")
    expect(note).to_be_in_viewport(timeout=STORED_MS)
    assert note.evaluate(UNDER_ITS_MIDDLE)
    faultless(opened)


VIEWS = (
    "traces",
    f"traces/{TRACE}",
    f"traces/{TRACE}?show=conversation",
    "logs",
    "sessions",
    "slos",
    "alerts",
)

ENGLISH = """() => {
  const data = "td, dd, code, pre, option, .log-line, .message, .row, [translate=no], [role=treegrid]";
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const found = [];
  while (walk.nextNode()) {
    const { parentElement, data: text } = walk.currentNode;
    const isOurs = parentElement.closest(`${data}, script, style`) === null;
    if (isOurs && /[A-Za-z]{2,} [a-z]+ [a-z]{2,}/.test(text)) found.push(text.trim());
  }
  return found;
}"""
"""Sentences in English, but for what was sent: texts of calls, names of spans, lines of logs."""


@pytest.mark.parametrize("path", VIEWS)
def test_nothing_keeps_anybody_from_using_the_views(
    kept: RunningServer, visit: Callable[..., Visit], path: str
) -> None:
    mark = "&" if "?" in path else "?"
    opened = visit(f"{kept.url}/{path}{mark}lang=ja", color_scheme="dark")
    page = opened.page
    expect(page.locator("main h1")).to_be_visible()
    expect(page.locator("main .loading")).to_have_count(0)
    assert barriers(page) == []
    assert set(page.evaluate(ENGLISH)) <= {THOUGHT}
    page.emulate_media(color_scheme="light")
    page.set_viewport_size({"width": 390, "height": 844})
    page.locator("select[name=lang]").select_option("en")
    expect(page.locator("html")).to_have_attribute("lang", "en")
    assert barriers(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    faultless(opened)


def test_how_long_a_call_took_stands_beside_its_cost_where_its_bar_is_all_of_the_trace(
    kept: RunningServer, visit: Callable[..., Visit]
) -> None:
    trace, start = "c" * 32, time.time_ns() - 30 * 10**9
    attributes = valued(
        **{
            "gen_ai.operation.name": "chat",
            "gen_ai.response.model": "claude-sonnet-5-5",
            "kansoku.cost.usd": 0.0000675,
        }
    )
    times = {"startTimeUnixNano": str(start), "endTimeUnixNano": str(start + 672_000_000)}
    span = {"traceId": trace, "spanId": "d" * 16, "name": "chat", "attributes": attributes, **times}
    post(kept, "traces", {"resourceSpans": [{"scopeSpans": [{"spans": [span]}]}]})
    kept.query_until(f"SELECT count() FROM calls WHERE trace_id = '{trace}'", lambda rows: rows == [[1]])
    page = visit(f"{kept.url}/traces/{trace}?lang=en").page
    expect(page.locator(".waterfall-figures")).to_have_text("$0.0000675")
    assert page.locator(".waterfall-row").evaluate(_GAP) > 0
