"""Frames: what a text stands in when it reaches a log or a span, such as a JSON string or a page.

A text is a row of pieces, each with the entity that it is or none. A frame changes the pieces one by one, so
that the labels move along.
"""

from __future__ import annotations

import json
import random
import re
from collections.abc import Callable
from dataclasses import dataclass

Piece = tuple[str, str]
"""A stretch of text, and its entity or nothing."""

_AMPERSAND = re.compile(r"&(?!#?[A-Za-z0-9]{1,10};)")

Frame = Callable[[list[Piece], random.Random], list[Piece]]


@dataclass(frozen=True, slots=True)
class Encoded:
    """A frame of a text before, a text after, and an encoding of what is between, character by character."""

    before: str
    encode: Callable[[str], str]
    after: str

    def __call__(self, pieces: list[Piece], _: random.Random) -> list[Piece]:
        """The pieces, framed."""
        inner = [(self.encode(text), entity) for text, entity in pieces]
        return [(self.before, ""), *inner, (self.after, "")]


def same(text: str) -> str:
    """The text."""
    return text


def in_json(text: str) -> str:
    """As between the quotes of a JSON string."""
    return json.dumps(text, ensure_ascii=False)[1:-1]


def in_json_twice(text: str) -> str:
    """As in a JSON text that is itself a JSON string."""
    return in_json(in_json(text))


def in_ascii_json(text: str) -> str:
    """As between the quotes of a JSON string, all but ASCII escaped."""
    return json.dumps(text)[1:-1]


def in_html(text: str) -> str:
    """As in a page's text; references in it stay."""
    return _AMPERSAND.sub("&amp;", text).replace("<", "&lt;").replace(">", "&gt;")


MESSAGE = '{"model": "claude-sonnet-4-5", "max_tokens": 1024, "messages": [{"role": "user", "content": "'
LOG = '{"ts":"2026-11-23T10:00:00.123Z","trace_id":"4bf92f3577b34da6a3ce929d0e0e4736","message":"'
TOOL = '{"type":"tool_use","id":"toolu_01A09q90qw90lq91","name":"send","input":{"arguments":"{\\"text\\":\\"'

PLAIN: dict[str, Frame] = {
    "plain": Encoded("", same, ""),
    "log line": Encoded("2026-11-23 10:00:00,123 INFO app.chat [4bf92f3577b34da6] ", same, " (took 0.213 s)"),
    "html": Encoded("<p>", in_html, "</p>\n<p>© 2026</p>"),
    "markdown": Encoded("## Ticket 4711\n\n> ", same, "\n\n- [ ] reply\n"),
    "quoted": Encoded('handle("', same, '", retries=3)'),
}
JSON: dict[str, Frame] = {
    "json": Encoded(MESSAGE, in_json, '"}]}'),
    "json log": Encoded(LOG, in_json, '","input_tokens":3201,"output_tokens":412,"duration_ms":1764.2}'),
    "json in json": Encoded(TOOL, in_json_twice, '\\"}"}}'),
    "ascii json": Encoded(MESSAGE, in_ascii_json, '"}]}'),
}
