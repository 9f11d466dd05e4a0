"""The page of a real server behind a proxy, below a path that is not its own."""

from __future__ import annotations

import re
import time
from typing import TYPE_CHECKING

from playwright.sync_api import expect

from tests.e2e.proxy import PATH, below_a_path
from tests.e2e.test_traces_logs import STORED_MS, TRACE, faultless, log, post, valued
from tests.servers import running

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.e2e.visits import Visit
    from tests.servers import RunningServer

LINKS = "[...document.querySelectorAll('a[href]')].map((one) => one.href)"


def one_call(server: RunningServer) -> None:
    now = time.time_ns() - 10 * 10**9
    attributes = valued(
        **{
            "gen_ai.operation.name": "chat",
            "gen_ai.response.model": "claude-sonnet-5-5",
            "session.id": "talk/1",
            "user.id": "u-17",
        }
    )
    times = {"startTimeUnixNano": str(now), "endTimeUnixNano": str(now + 10**9)}
    span = {"traceId": TRACE, "spanId": "d" * 16, "name": "chat", "attributes": attributes, **times}
    post(server, "traces", {"resourceSpans": [{"scopeSpans": [{"spans": [span]}]}]})
    server.query_until("SELECT count() FROM calls", lambda rows: rows == [[1]])


def test_every_view_its_links_the_tail_and_a_silence_work_below_a_path(
    tmp_path: Path, visit: Callable[..., Visit]
) -> None:
    with (
        running(tmp_path, "--base-path", f"{PATH}/") as server,
        below_a_path(server.url) as (url, seen),
    ):
        first = visit(url, locale="ja-JP", color_scheme="dark")
        expect(first.page.locator(".start")).to_contain_text(url.rstrip("/"))  # where to send to
        one_call(server)
        opened = visit(f"{url}?lang=en")
        page = opened.page
        expect(page.locator(".verdict[data-stale=false]")).to_contain_text("1 call")
        for name in ("Traces", "Sessions", "Logs", "SLOs", "Alerts"):
            page.get_by_role("navigation", name="Views").get_by_role("link", name=name).click()
            expect(page.get_by_role("heading", level=1)).to_have_text(name)
            expect(page).to_have_url(f"{url}{name.lower()}?lang=en")
            page.reload()
            expect(page.get_by_role("heading", level=1)).to_have_text(name)
            assert all(link.startswith(url) for link in page.evaluate(LINKS))
        page.locator("#silences + button").click()
        page.get_by_label("alertname").fill("HighErrorRate")
        page.locator("dialog [name=who]").fill("aiko")
        page.locator("dialog [name=why]").fill("a known outage")
        page.locator("dialog button[type=submit]").click()
        expect(page.get_by_role("row").filter(has_text="aiko")).to_be_visible()
        page.goto(f"{url}traces?lang=en")
        page.locator("main table tbody a").first.click()
        expect(page.get_by_role("heading", level=1)).to_contain_text(TRACE)
        page.get_by_text("chat").first.click()
        expect(page.locator(".span dl").first).to_be_visible()
        page.goto(f"{url}logs?lang=en&tail=1")
        expect(page.get_by_text("Listening")).to_be_visible()
        log(server, "fresh")
        expect(page.locator(".log-line")).to_have_text(["fresh"], timeout=STORED_MS)
        for each in (first, opened):
            faultless(each)
        assert [path for path in seen if not re.match(f"{PATH}/", path)] == []
