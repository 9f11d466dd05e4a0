"""What a move of the pointer costs where all charts are in view and share its crosshair.

./dev bench crosshair                            200 moves over 19 charts
./dev bench crosshair --moves 50 --height 900    over those that fit a screen

Needs chromium. Times are of the page's main thread, from the browser's own trace: the frame that answers the
move, from its beginning until it is handed over to be drawn; wall clock, and processor time, which other
programs of the machine do not lengthen. No graphics card is used.
"""

from __future__ import annotations

import argparse
import re
import shutil
import statistics
import sys
import time
from typing import TYPE_CHECKING, Any

from playwright.sync_api import Browser, CDPSession, Page, sync_playwright

from bench.store.servers import load_average
from tests.e2e import canned
from tests.e2e.canned_server import PageServer
from tests.e2e.visits import CHROMIUM_ARGUMENTS, devtools

if TYPE_CHECKING:
    from collections.abc import Sequence

Event = dict[str, Any]

AGAIN = ("api_health", "latency", "cost", "tokens")
"""The groups that stand twice on the page: those with most charts."""

BETWEEN_S = 0.06
"""From one move to the next: longer than any frame, so that none answers two."""

FRAME_MS = 1_000 / 60

IN_VIEW = """() => [...document.querySelectorAll(".uplot, .heat")].filter((chart) => {
  const { top, bottom } = chart.getBoundingClientRect();
  return bottom > 0 && top < innerHeight;
}).length"""
MARK = "() => addEventListener('pointermove', () => performance.mark('move'), true)"
CATEGORIES = ["toplevel", "blink.user_timing"]


def words() -> argparse.Namespace:
    """The options given."""
    parser = argparse.ArgumentParser(
        prog="dev bench crosshair", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--moves", type=int, default=200)
    parser.add_argument("--height", type=int, default=9_000, help="of the window, in pixels")
    return parser.parse_args()


def main() -> int:
    """Measures and prints."""
    wanted, chromium = words(), shutil.which("chromium")
    if chromium is None:
        print("dev bench crosshair: there is no chromium on the PATH", file=sys.stderr)
        return 1
    with PageServer(canned.Answers()) as server, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=CHROMIUM_ARGUMENTS)
        charts, events = moved(browser, server.url, wanted.moves, wanted.height)
        browser.close()
    frames = answering(events)
    print(f"{len(frames)} moves over {charts} charts in view; load of the machine {load_average()}")
    for name, key in (("wall clock", "dur"), ("processor", "tdur")):
        print(f"{name:>12}  {told([frame[key] / 1_000 for frame in frames])}")
    return 0


def moved(browser: Browser, url: str, moves: int, height: int) -> tuple[int, list[Event]]:
    """Moves the pointer over the first chart; gives how many are in view and the browser's trace."""
    page = browser.new_page(viewport={"width": 1_440, "height": height})
    page.route("**/api/catalog", lambda route: route.fulfill(json=twice(route.fetch().json())))
    page.route(
        re.compile(r"/api/panels/\w+-again"), lambda route: route.continue_(url=once(route.request.url))
    )
    page.goto(url)
    page.locator(".uplot, .heat").last.wait_for()
    page.wait_for_function("() => document.querySelectorAll('.skeleton').length === 0")
    charts: int = page.evaluate(IN_VIEW)
    page.evaluate(MARK)
    session = page.context.new_cdp_session(page)
    return charts, traced(session, page, moves)


def twice(catalog: dict[str, Any]) -> dict[str, Any]:
    """The catalog with some groups a second time."""
    again = [group | {"id": f"{group['id']}-again"} for group in catalog["groups"] if group["id"] in AGAIN]
    return catalog | {"groups": catalog["groups"] + again}


def once(url: str) -> str:
    """Where a group that stands twice has its data."""
    return url.replace("-again", "")


def traced(session: CDPSession, page: Page, moves: int) -> list[Event]:
    """The browser's trace of the moves."""
    events: list[Event] = []
    ended: list[Event] = []

    def collect(told: dict[str, list[Event]]) -> None:
        events.extend(told["value"])

    def end(told: Event) -> None:
        ended.append(told)

    session.on("Tracing.dataCollected", collect)
    session.on("Tracing.tracingComplete", end)
    place = page.locator(".u-over").first.bounding_box()
    assert place is not None
    page.mouse.move(place["x"] + 5, place["y"] + 20)
    config = {"includedCategories": CATEGORIES, "excludedCategories": ["*"]}
    devtools(session, "Tracing.start", transferMode="ReportEvents", traceConfig=config)
    for step in range(moves):
        page.mouse.move(place["x"] + 5 + step * 7 % (place["width"] - 10), place["y"] + 20 + step % 30)
        time.sleep(BETWEEN_S)
    devtools(session, "Tracing.end")
    while not ended:
        page.wait_for_timeout(50)
    return events


def answering(events: Sequence[Event]) -> list[Event]:
    """The task of each move: the longest of its thread that was under way when it was handled."""
    moves = [event for event in events if event["name"] == "move"]
    found: list[Event] = []
    for move in moves:
        around = [
            event
            for event in events
            if event.get("ph") == "X"
            and (event["pid"], event["tid"]) == (move["pid"], move["tid"])
            and event["ts"] <= move["ts"] <= event["ts"] + event["dur"]
        ]
        found.append(max(around, key=lambda event: event["dur"]))
    return found


def told(times: Sequence[float]) -> str:
    """The median and P95 of times in ms, and how many are within a frame."""
    p95 = statistics.quantiles(times, n=20)[-1]
    within = sum(one <= FRAME_MS for one in times) / len(times)
    return f"median {statistics.median(times):5.1f} ms  P95 {p95:5.1f} ms  within a frame {within:.0%}"


if __name__ == "__main__":
    sys.exit(main())
