"""The ways of calling Claude that are measured, over a transport without a network."""

from __future__ import annotations

import asyncio
import base64
import itertools
import json
import random
import string
from collections.abc import Callable
from contextlib import suppress
from functools import cache
from typing import Any

import anthropic
import httpx2

MODEL = "claude-sonnet-5-5"
USAGE = {
    "input_tokens": 120,
    "cache_read_input_tokens": 900,
    "cache_creation_input_tokens": 0,
    "output_tokens": 40,
}
MESSAGE = {
    "id": "msg_01",
    "type": "message",
    "role": "assistant",
    "model": MODEL,
    "content": [{"type": "text", "text": "It is on its way."}],
    "stop_reason": "end_turn",
    "stop_sequence": None,
    "usage": USAGE,
}
OVERLOADED = {"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}}
AT_ONCE = 100
LETTERS = string.ascii_letters + string.digits

Options = dict[str, Any]
"""What the client is made with besides: an instrumented client may need another than a bare one."""

Run = Callable[[int], None]
"""Makes that many calls."""


def ask(content: object) -> dict[str, Any]:
    """A request with one message."""
    return {"model": MODEL, "max_tokens": 64, "messages": [{"role": "user", "content": content}]}


def image(size: int) -> list[dict[str, Any]]:
    """A message's content with an image of that many bytes, and a question."""
    data = base64.b64encode(bytes(size)).decode()
    source = {"type": "base64", "media_type": "image/png", "data": data}
    return [{"type": "image", "source": source}, {"type": "text", "text": "What is this?"}]


def sse(deltas: int) -> bytes:
    """The events of a stream with that many text deltas."""
    block = {"type": "text", "text": ""}
    delta = {
        "type": "content_block_delta",
        "index": 0,
        "delta": {"type": "text_delta", "text": "word "},
    }
    events: list[dict[str, Any]] = [
        {"type": "message_start", "message": {**MESSAGE, "content": [], "stop_reason": None}},
        {"type": "content_block_start", "index": 0, "content_block": block},
        *(delta for _ in range(deltas)),
        {"type": "content_block_stop", "index": 0},
        {"type": "message_delta", "delta": {"stop_reason": "end_turn"}, "usage": {"output_tokens": deltas}},
        {"type": "message_stop"},
    ]
    return "".join(f"event: {each['type']}\ndata: {json.dumps(each)}\n\n" for each in events).encode()


def transport(status: int, content: bytes, content_type: str) -> httpx2.MockTransport:
    """Answers every request alike, but for its ids: none comes again while anybody could remember it."""
    rest = itertools.cycle(_rests_of_ids())

    def answer(_: httpx2.Request) -> httpx2.Response:
        own = next(rest)
        headers = {"content-type": content_type, "request-id": f"req_01{own}"}
        told = content.replace(b"msg_01", b"msg_01" + own.encode(), 1)
        return httpx2.Response(status, content=told, headers=headers)

    return httpx2.MockTransport(answer)


@cache
def _rests_of_ids() -> tuple[str, ...]:
    """What ids have behind their beginning, as long as the API's."""
    rng = random.Random(1)
    return tuple("".join(rng.choices(LETTERS, k=22)) for _ in range(20_000))


def client(
    options: Options, status: int, content: bytes, content_type: str = "application/json"
) -> anthropic.Anthropic:
    """A client of the transport, without retries."""
    http = httpx2.Client(transport=transport(status, content, content_type))
    return anthropic.Anthropic(
        api_key="local", base_url="http://bench", http_client=http, max_retries=0, **options
    )


def creating(content: object) -> Callable[[Options], Run]:
    """Calls that are answered at once."""

    def made(options: Options) -> Run:
        caller = client(options, 200, json.dumps(MESSAGE).encode())
        asked = ask(content)

        def run(calls: int) -> None:
            for _ in range(calls):
                caller.messages.create(**asked)

        return run

    return made


def failing(options: Options) -> Run:
    """Calls that raise."""
    caller = client(options, 529, json.dumps(OVERLOADED).encode())
    asked = ask("Where is my order?")

    def run(calls: int) -> None:
        for _ in range(calls):
            with suppress(anthropic.APIStatusError):
                caller.messages.create(**asked)

    return run


def streaming(deltas: int) -> Callable[[Options], Run]:
    """Streams that are read to their end."""

    def made(options: Options) -> Run:
        caller = client(options, 200, sse(deltas), "text/event-stream")
        asked = ask("Where is my order?")

        def run(calls: int) -> None:
            for _ in range(calls):
                for _event in caller.messages.create(**asked, stream=True):
                    pass

        return run

    return made


def concurrent(options: Options) -> Run:
    """Async calls, a hundred in flight at a time."""
    content = json.dumps(MESSAGE).encode()
    asked = ask("Where is my order?")

    async def main(calls: int) -> None:
        http = httpx2.AsyncClient(transport=transport(200, content, "application/json"))
        async with anthropic.AsyncAnthropic(
            api_key="local", base_url="http://bench", http_client=http, max_retries=0, **options
        ) as caller:
            for _ in range(calls // AT_ONCE):
                waiting: list[Any] = [caller.messages.create(**asked) for _ in range(AT_ONCE)]
                await asyncio.gather(*waiting)

    return lambda calls: asyncio.run(main(calls))


CASES: dict[str, tuple[int, Callable[[Options], Run]]] = {
    "create small": (400, creating("Where is my order?")),
    "create 100 KB": (150, creating("word " * 20_000)),
    "create 2 MB image": (30, creating(image(2_000_000))),
    "stream of 20": (200, streaming(20)),
    "stream of 200": (60, streaming(200)),
    "stream of 2000": (10, streaming(2000)),
    "100 async at once": (400, concurrent),
    "error 529": (300, failing),
}
"""By name: calls a round, and what makes the calls with a client of such options.

A round has so many calls that its one flush is spread as a second's sending is in production.
"""
