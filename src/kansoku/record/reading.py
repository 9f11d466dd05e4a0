"""Reading values out of a response whose shape is not ours: the right type or nothing.

A newer API may send anything; a value of the wrong type counts as absent rather than as something wrong.
"""

from collections.abc import Mapping
from typing import cast

Json = Mapping[str, object]
NOTHING: Json = {}


def plain(value: object) -> Json:
    """The value as a mapping: a mapping itself, the fields of a model, or nothing.

    A model is a pydantic one of the SDK. Its fields are looked at where it keeps them, not dumped: a dump
    copies a whole answer for the few numbers in it, and warns of values that the SDK's types do not know.
    """
    if value is None:
        return NOTHING
    if isinstance(value, dict):  # asking an abstract class costs ten times as much, and `cast` is a call
        return value  # pyright: ignore[reportUnknownVariableType]
    if not hasattr(value, "model_dump"):
        return cast("Json", value) if isinstance(value, Mapping) else NOTHING
    unknown: Json | None = getattr(value, "__pydantic_extra__", None)
    return {**vars(value), **unknown} if unknown else vars(value)


def part(data: Json, key: str) -> Json:
    """The mapping under the key, or an empty one."""
    value = data.get(key)
    return NOTHING if value is None else plain(value)


def parts(data: Json, key: str) -> tuple[Json, ...]:
    """The mappings in the list under the key."""
    value = data.get(key)
    return tuple(map(plain, value)) if isinstance(value, list) else ()  # pyright: ignore[reportUnknownArgumentType]


def text(data: Json, key: str) -> str:
    """The string under the key, or the empty one."""
    value = data.get(key)
    return value if isinstance(value, str) else ""


def count(data: Json, key: str) -> int | None:
    """The whole number, not negative, under the key, or None."""
    value = data.get(key)
    return value if type(value) is int and value >= 0 else None  # a truth is no number here
