"""What a panel shows, read back out of the page as a person reads it."""

from __future__ import annotations

import calendar
import re
from datetime import UTC, datetime
from typing import Any

from playwright.sync_api import Page

from kansoku.catalog.outcomes import TITLES

_NUMBER = re.compile(r"[<>]?(-?)\$?([\d,]+)(?:\.(\d+))?(K|M|B|万|億|%|ms|s|m|h|d|秒|分|時間|日)?(?:/h|/時)?")
_SCALES = {
    "": 1,
    "K": 1e3,
    "M": 1e6,
    "B": 1e9,
    "万": 1e4,
    "億": 1e8,
    "%": 0.01,
    "ms": 0.001,
    "s": 1,
    "m": 60,
    "h": 3_600,
    "d": 86_400,
    "秒": 1,
    "分": 60,
    "時間": 3_600,
    "日": 86_400,
}
_WORDS = {"データなし": "No data", "不明": "unknown", "はい": "yes", "いいえ": "no"} | {
    title.ja: word for known in TITLES.values() for word, title in known.items()
}
NOTHING = ("–", "No data")

# One look at the whole panel, so that no refresh comes between two of its parts.
_READ = """(panel) => {
  const texts = (from, of) => [...from.querySelectorAll(of)].map((one) => one.textContent.trim());
  return {
    legend: texts(panel, ".legend-value"),
    stat: texts(panel, ".stat-value, .stat-n"),
    rows: [...panel.querySelectorAll("tbody tr")].map((row) => texts(row, "th, td")),
    facts: texts(panel, ".slo-left, .facts dd"),
    before: texts(panel, ".legend-before"),
    barsBefore: [...panel.querySelectorAll("tbody tr")].map((row) => row.querySelector(".bar-before")?.title),
    empty: panel.querySelector(".empty") !== null,
  };
}"""


def shown(page: Page, panel: str) -> dict[str, Any]:
    """The texts of a panel by its parts."""
    return page.locator(f'[data-panel="{panel}"]').evaluate(_READ)


def shown_in_japanese(page: Page, panel: str) -> dict[str, Any]:
    """The texts of a panel that is shown in Japanese, in English as far as they are the page's own."""
    seen = shown(page, panel)
    rows = [[in_english(text) for text in row] for row in seen["rows"]]
    return seen | {"rows": rows, "stat": [in_english(text) for text in seen["stat"]]}


def in_english(text: str) -> str:
    """A Japanese text of a panel in the words that it has in English; numbers stay as they are."""
    found = re.fullmatch(r"(\d+)月(\d+)日 (\S+)", text)
    if found is not None:
        return f"{calendar.month_abbr[int(found[1])]} {found[2]}, {found[3]}"
    return _WORDS.get(text, text)


def reads(text: str, value: float | None) -> bool:
    """Whether the text is that value, as far as its digits go."""
    if value is None:
        return text in NOTHING
    found = _NUMBER.fullmatch(text)
    if found is None:
        return False
    sign, whole, part, suffix = found.groups("")
    scale = _SCALES[suffix]
    told = float(f"{sign}{whole.replace(',', '')}.{part or 0}") * scale
    if text[0] in "<>":
        return (value < told) == (text[0] == "<")
    return abs(told - value) <= 0.5001 * scale * 10 ** -len(part) + 1e-12


def moment(unix_s: float) -> str:
    """A time as the page tells it in English, in UTC."""
    at = datetime.fromtimestamp(unix_s, UTC)
    return f"{at:%b} {at.day}, {at:%H:%M:%S}"
