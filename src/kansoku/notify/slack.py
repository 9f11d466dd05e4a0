"""Slack: a message of blocks for an incoming webhook, within Slack's limits.

Limits by https://api.slack.com/reference/block-kit/blocks: 50 blocks, 150 characters in a header, 3,000 in
the text of a section.
"""

import json
from collections.abc import Iterator, Sequence

from kansoku.catalog.alerts import SEVERITIES
from kansoku.notify.clipped import clipped
from kansoku.notify.item import Item
from kansoku.notify.message import Message, Paragraph, Style, message
from kansoku.notify.post import Request

_HEADER, _SECTION, _PLAIN = 150, 3_000, 3_000
_LINE, _TITLE = 1_000, 100
"""Of one line of a section, and of a link's title, for there to be room for others; ours."""

_ESCAPES = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;"})
_MARKS = {"page": "\U0001f534", "ticket": "\U0001f7e0", "info": "\U0001f535", "resolved": "\U0001f7e2"}


def request(url: str, items: Sequence[Item], style: Style, *, allow_private: bool) -> Request:
    """The request that shows the items."""
    told = message(items, style)
    body = {"text": _fitted(told.text(), _PLAIN), "blocks": _blocks(told, _mark(items))}
    headers = {"Content-Type": "application/json; charset=utf-8"}
    return Request(url, json.dumps(body, ensure_ascii=False).encode(), headers, allow_private)


def _blocks(told: Message, mark: str) -> list[dict[str, object]]:
    header = {"type": "plain_text", "text": clipped(f"{mark} {told.headline}", _HEADER)}
    blocks: list[dict[str, object]] = [{"type": "header", "text": header}]
    alone = len(told.paragraphs) == 1 and not told.more
    blocks += [_section(_marked(one, alone=alone)) for one in told.paragraphs]
    return [*blocks, _section(_fitted(told.more, _SECTION))] if told.more else blocks


def _section(text: str) -> dict[str, object]:
    # Verbatim: an address or a name that stands in a label is no link and no mention.
    told = {"type": "mrkdwn", "text": text, "verbatim": True}
    return {"type": "section", "text": told}


def _marked(one: Paragraph, *, alone: bool) -> str:
    """The paragraph within a section's limit: of what is too long the facts are cut, and never the links."""
    links = " · ".join(
        f"<{_escaped(link.url).replace('|', '%7C')}|{_fitted(link.title, _TITLE)}>" for link in one.links
    )
    left = _SECTION - len(links) - 1
    lines: list[str] = []
    for told in _lines(one, alone=alone):
        if left - len(told) <= 1:
            lines.append("…")
            break
        lines.append(told)
        left -= len(told) + 1
    return "\n".join((*lines, links) if links else lines)


def _lines(one: Paragraph, *, alone: bool) -> Iterator[str]:
    """What is said above the links."""
    if not alone:
        yield f"*{_fitted(one.title, _LINE)}*"
    yield _fitted(one.about, _LINE)
    for heading, text in one.facts:
        yield f"*{_escaped(heading)}:* {_fitted(text, _LINE)}"


def _mark(items: Sequence[Item]) -> str:
    firing = [item.severity for item in items if item.state == "firing"]
    worst = next((one for one in SEVERITIES if one in firing), "resolved")
    return _MARKS[worst]


def _fitted(text: str, most: int) -> str:
    """The text escaped, or as much of its beginning as has room in so many characters then."""
    if len(whole := _escaped(text)) <= most:
        return whole
    room = most - 1
    for at, character in enumerate(text):
        room -= len(_escaped(character))
        if room < 0:
            return f"{_escaped(text[:at])}…"
    return whole


def _escaped(text: str) -> str:
    """Text that Slack shows as it stands: no link, no mention of anybody."""
    return text.translate(_ESCAPES)
