"""The API's prompt cache in small: what of a prompt is read, written, or neither."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias

from kansoku_demo import wire

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kansoku_demo.answers import Json, JsonObject

Lifetime: TypeAlias = Literal["5m", "1h"]

_SECONDS: dict[Lifetime, float] = {"5m": 300.0, "1h": 3_600.0}
_SMALLEST_PREFIX_TOKENS = 1_024
_SWEEP_ABOVE = 5_000


@dataclass(frozen=True, slots=True)
class PromptTokens:
    """The tokens of one prompt by how they are billed."""

    uncached: int
    read: int
    written_5m: int
    written_1h: int


@dataclass(frozen=True, slots=True)
class _Breakpoint:
    key: bytes
    tokens: int
    lifetime: Lifetime


def count(text: str) -> int:
    """Tokens of a text, roughly: four ASCII characters, or one other character."""
    ascii_characters = len(text.encode("ascii", "ignore"))
    return ascii_characters // 4 + len(text) - ascii_characters


class PromptCache:
    """Remembers prefixes that end in a `cache_control` block, each for 5 minutes or 1 hour."""

    def __init__(self) -> None:
        self._expiry_s: dict[bytes, float] = {}

    def split(self, body: JsonObject, now_s: float) -> PromptTokens:
        """Bill a request: the longest live prefix is read, the rest up to the last one written."""
        breakpoints, total = _scan(body)
        read = 0
        written: dict[Lifetime, int] = {"5m": 0, "1h": 0}
        for point in breakpoints:
            if self._expiry_s.get(point.key, 0.0) > now_s:
                read = point.tokens
        reached = read
        for point in breakpoints:
            if point.tokens > reached:
                written[point.lifetime] += point.tokens - reached
                reached = point.tokens
            self._expiry_s[point.key] = now_s + _SECONDS[point.lifetime]
        self._sweep(now_s)
        return PromptTokens(total - reached, read, written["5m"], written["1h"])

    def _sweep(self, now_s: float) -> None:
        if len(self._expiry_s) > _SWEEP_ABOVE:
            self._expiry_s = {k: end for k, end in self._expiry_s.items() if end > now_s}


def _scan(body: JsonObject) -> tuple[list[_Breakpoint], int]:
    """The breakpoints of a prompt in order, and its size in tokens."""
    digest = hashlib.blake2b(str(body.get("model")).encode(), digest_size=12)
    total = 0
    breakpoints: list[_Breakpoint] = []
    for block in _blocks(body):
        bare = {name: value for name, value in block.items() if name != "cache_control"}
        data = wire.dump(bare)
        digest.update(data)
        total += count(data.decode())
        lifetime = _lifetime(block.get("cache_control"))
        if lifetime is not None and total >= _SMALLEST_PREFIX_TOKENS:
            breakpoints.append(_Breakpoint(digest.digest(), total, lifetime))
    return breakpoints, total


def _lifetime(control: Json) -> Lifetime | None:
    match control:
        case {"ttl": "1h"}:
            return "1h"
        case {"type": "ephemeral"}:
            return "5m"
        case _:
            return None


def _blocks(body: JsonObject) -> Iterator[JsonObject]:
    """Every block of the prompt in the order the cache sees it: tools, system, messages."""
    yield from _objects(body.get("tools"))
    yield from _objects(body.get("system"))
    for message in _objects(body.get("messages")):
        yield from _objects(message.get("content"))


def _objects(value: Json) -> Iterator[JsonObject]:
    match value:
        case str():
            yield {"type": "text", "text": value}
        case list():
            yield from (item for item in value if isinstance(item, dict))
        case _:
            return
