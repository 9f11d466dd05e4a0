"""Slack: a message of blocks for an incoming webhook, within Slack's limits.

Limits by https://api.slack.com/reference/block-kit/blocks: 50 blocks, 150 characters in a header, 3,000 in
the text of a section.
"""

import json
from collections.abc import Sequence

from kansoku.notify.clipped import clipped
from kansoku.notify.item import Item
from kansoku.notify.message import Message, Paragraph, Style, message
from kansoku.notify.post import Request

_HEADER, _SECTION, _PLAIN = 150, 3_000, 3_000
_ESCAPES = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;"})
_MARKS = {"page": "\U0001f534", "ticket": "\U0001f7e0", "info": "\U0001f535", "resolved": "\U0001f7e2"}


def request(url: str, items: Sequence[Item], style: Style, *, allow_private: bool) -> Request:
    """The request that shows the items."""
    told = message(items, style)
    body = {"text": _escaped(clipped(told.text(), _PLAIN)), "blocks": _blocks(told, _mark(items))}
    headers = {"Content-Type": "application/json; charset=utf-8"}
    return Request(url, json.dumps(body, ensure_ascii=False).encode(), headers, allow_private)


def _blocks(told: Message, mark: str) -> list[dict[str, object]]:
    header = {"type": "plain_text", "text": clipped(f"{mark} {told.headline}", _HEADER)}
    blocks: list[dict[str, object]] = [{"type": "header", "text": header}]
    alone = len(told.paragraphs) == 1 and not told.more
    blocks += [_section(_marked(one, alone=alone)) for one in told.paragraphs]
    return [*blocks, _section(_escaped(told.more))] if told.more else blocks


def _section(text: str) -> dict[str, object]:
    # Verbatim: an address or a name that stands in a label is no link and no mention.
    told = {"type": "mrkdwn", "text": clipped(text, _SECTION), "verbatim": True}
    return {"type": "section", "text": told}


def _marked(one: Paragraph, *, alone: bool) -> str:
    lines = [] if alone else [f"*{_escaped(one.title)}*"]
    lines.append(_escaped(one.about))
    lines += [f"*{_escaped(heading)}:* {_escaped(text)}" for heading, text in one.facts]
    if one.links:
        lines.append(
            " · ".join(
                f"<{_escaped(link.url).replace('|', '%7C')}|{_escaped(link.title)}>" for link in one.links
            )
        )
    return "\n".join(lines)


def _mark(items: Sequence[Item]) -> str:
    firing = [item.severity for item in items if item.state == "firing"]
    worst = next((one for one in ("page", "ticket", "info") if one in firing), "resolved")
    return _MARKS[worst]


def _escaped(text: str) -> str:
    """Text that Slack shows as it stands: no link, no mention of anybody."""
    return text.translate(_ESCAPES)
