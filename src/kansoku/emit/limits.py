"""Limits of what waits and goes out: of the pipeline, and of the attributes of spans and log records."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeVar, cast

V = TypeVar("V")


@dataclass(frozen=True, slots=True)
class Limits:
    """How much waits, and how often it is sent. Times are seconds."""

    send_every_s: float = 1.0
    metrics_every_s: float = 15.0
    buffer: int = 20_000
    batch: int = 512


@dataclass(frozen=True, slots=True)
class AttributeLimits:
    """How many attributes there may be, and how many characters their texts may have; None is no limit."""

    count: int | None = None
    length: int | None = None

    def __bool__(self) -> bool:
        """Whether anything is limited."""
        return self.count is not None or self.length is not None

    def cut(self, attributes: Mapping[str, V]) -> dict[str, V]:
        """The first attributes, their texts cut. They are redacted before, so that no mark is needed."""
        kept = list(attributes.items())[: self.count]
        return {name: cast("V", self._cut(value)) for name, value in kept}

    def _cut(self, value: object) -> object:
        """A text, or the texts of a list, not longer than allowed."""
        if isinstance(value, str):
            return value[: self.length]
        if isinstance(value, tuple | list):
            return tuple(self._cut(each) for each in cast("tuple[object, ...]", value))
        return value
