"""Microsoft Teams: an adaptive card for a workflow that begins with a webhook.

Text stands in runs, which Teams shows as they are, and not in blocks, where it would be read as Markdown.
A message may have 28 KB (https://learn.microsoft.com/microsoftteams/platform/webhooks-and-connectors).
"""

import json
from collections.abc import Iterator, Sequence

from kansoku.notify.item import Item
from kansoku.notify.message import MOST_ITEMS, Message, Paragraph, Style, message
from kansoku.notify.post import Request

_MOST_BYTES = 27_000
_MOST_ACTIONS = 4
_SCHEMA = "http://adaptivecards.io/schemas/adaptive-card.json"

Part = dict[str, object]


def request(url: str, items: Sequence[Item], style: Style, *, allow_private: bool) -> Request:
    """The request that shows the items, fewer of them in full where there is no room."""
    body = b""
    for most in range(MOST_ITEMS, -1, -1):
        body = json.dumps(_posted(message(items, style, most)), ensure_ascii=False).encode()
        if len(body) <= _MOST_BYTES:
            break
    return Request(url, body, {"Content-Type": "application/json; charset=utf-8"}, allow_private)


def _posted(told: Message) -> Part:
    links = dict.fromkeys(link for one in told.paragraphs for link in one.links)
    card: Part = {
        "$schema": _SCHEMA,
        "type": "AdaptiveCard",
        "version": "1.4",
        "body": list(_body(told)),
        "actions": [
            {"type": "Action.OpenUrl", "title": link.title, "url": link.url}
            for link in list(links)[:_MOST_ACTIONS]
        ],
    }
    kind = "application/vnd.microsoft.card.adaptive"
    return {"type": "message", "attachments": [{"contentType": kind, "contentUrl": None, "content": card}]}


def _body(told: Message) -> Iterator[Part]:
    yield _line([_run(told.headline, weight="Bolder", size="Large")])
    alone = len(told.paragraphs) == 1 and not told.more
    for one in told.paragraphs:
        yield from _paragraph(one, alone=alone)
    if told.more:
        yield _line([_run(told.more)])


def _paragraph(one: Paragraph, *, alone: bool) -> Iterator[Part]:
    if not alone:
        color = "Good" if one.ended else "Attention"
        yield {**_line([_run(one.title, weight="Bolder", color=color)]), "separator": True}
    yield _line([_run(one.about)])
    for heading, text in one.facts:
        yield _line([_run(f"{heading}: ", weight="Bolder"), _run(text)])


def _line(runs: list[Part]) -> Part:
    return {"type": "RichTextBlock", "inlines": runs}


def _run(text: str, **form: str) -> Part:
    return {"type": "TextRun", "text": text, **form}
