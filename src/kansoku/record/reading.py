"""Reading values out of a response whose shape is not ours: the right type or nothing.

A newer API may send anything; a value of the wrong type counts as absent rather than as something wrong.
"""

from collections.abc import Mapping
from typing import Protocol, cast, runtime_checkable

Json = Mapping[str, object]
NOTHING: Json = {}


@runtime_checkable
class Dumpable(Protocol):
    """A pydantic model of the SDK, as far as it matters here."""

    def model_dump(self) -> dict[str, object]:
        """The model as plain data."""
        ...


def plain(value: object) -> Json:
    """The value as a mapping: a mapping itself, a dumped model, or nothing."""
    if isinstance(value, Mapping):
        return cast("Json", value)
    if isinstance(value, Dumpable):
        return value.model_dump()
    return NOTHING


def part(data: Json, key: str) -> Json:
    """The mapping under the key, or an empty one."""
    return plain(data.get(key))


def parts(data: Json, key: str) -> tuple[Json, ...]:
    """The mappings in the list under the key."""
    value = data.get(key)
    return tuple(map(plain, cast("list[object]", value))) if isinstance(value, list) else ()


def text(data: Json, key: str) -> str:
    """The string under the key, or the empty one."""
    value = data.get(key)
    return value if isinstance(value, str) else ""


def count(data: Json, key: str) -> int | None:
    """The whole number, not negative, under the key, or None."""
    value = data.get(key)
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else None
