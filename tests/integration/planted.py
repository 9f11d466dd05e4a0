"""What is planted where the application says something, and must never come out anywhere."""

import json
import socket
import time
import urllib.request
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

EMAIL = "taro.yamada@" + "example.co.jp"
CARD = "4111 1111 1111 " + "1111"
PHONE = "090-1234-" + "5678"
KEY = "sk-" + "ant-api03-" + "Qw3rTy9LmN4pXz7KvB2cD8fGhJ5sA1eU6iO0pR3tY7u-AA"
PASSWORD = "correct horse 17"

SAID = f"{EMAIL} paid with {CARD}, 電話 {PHONE}, key {KEY}"
"""A sentence with all that is found by its looks."""

FIELDS: Mapping[str, Any] = {"order": {"contact": SAID, "password": PASSWORD}, "api_key": PASSWORD, "n": 3}
"""Values with all of it, and with what is found by its key alone."""

_PLANTED = (EMAIL, EMAIL.partition("@")[0], CARD, CARD.replace(" ", ""), PHONE, KEY, KEY[10:40], PASSWORD)
MARKS = ("<EMAIL>", "<CREDIT_CARD>", "<PHONE>", "<SECRET>")


def leaks(came_out: str) -> list[str]:
    """What of the planted came out, as it is or as JSON, an URL or an escape would write it."""
    forms = [(one, {one, quote(one), json.dumps(one)[1:-1]}) for one in _PLANTED]
    return [one for one, written in forms if any(form in came_out for form in written)]


@dataclass
class Output:
    """What came out of a process, by the way that it took."""

    ways: dict[str, str] = field(default_factory=dict[str, str])

    def add(self, way: str, content: bytes | str) -> None:
        """Adds bytes that came out."""
        text = content.decode("utf-8", "replace") if isinstance(content, bytes) else content
        self.ways[way] = self.ways.get(way, "") + text

    def check(self, *marks: str) -> None:
        """Nothing planted came out by any way, and by each came marks: it was there to be found."""
        for way, text in self.ways.items():
            assert leaks(text) == [], (way, text[max(0, text.find((leaks(text) or [""])[0]) - 200) :][:400])
            for mark in marks or ("<EMAIL>",):
                assert mark in text, (way, mark)


class Agent:
    """A Datadog agent's socket that keeps what it is sent."""

    def __init__(self) -> None:
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind(("127.0.0.1", 0))
        self._socket.settimeout(0.2)
        self.address = f"127.0.0.1:{self._socket.getsockname()[1]}"

    def received(self) -> str:
        """All packets that are there."""
        packets: list[bytes] = []
        try:
            while True:
                packets.append(self._socket.recv(65_535))
        except TimeoutError:
            return b"\n".join(packets).decode()

    def close(self) -> None:
        self._socket.close()


@contextmanager
def agent() -> Generator[Agent]:
    """An agent until the block ends."""
    one = Agent()
    try:
        yield one
    finally:
        one.close()


def page(port: int) -> str:
    """The scrape page, exemplars included."""
    asked = urllib.request.Request(
        f"http://127.0.0.1:{port}/metrics", headers={"accept": "application/openmetrics-text; version=1.0.0"}
    )
    deadline = time.monotonic() + 10
    while True:
        try:
            with urllib.request.urlopen(asked, timeout=10) as answer:
                return answer.read().decode()
        except OSError:
            if time.monotonic() > deadline:
                raise
