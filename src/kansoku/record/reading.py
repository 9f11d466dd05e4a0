"""Reading values out of a response whose shape is not ours: the right type or nothing.

A newer API may send anything; a value of the wrong type counts as absent rather than as something wrong.
"""

from collections.abc import Callable, Mapping
from typing import cast

Json = Mapping[str, object]
NOTHING: Json = {}


def plain(value: object) -> Json:
    """The value as a mapping: a mapping itself, a dumped model, or nothing.

    A model is a pydantic one of the SDK; it may hold values that its types do not know, so it must not warn.
    """
    if isinstance(value, dict | Mapping):  # `dict` first: asking an abstract class costs ten times as much
        return cast("Json", value)
    dump = cast("Callable[..., Json] | None", getattr(value, "model_dump", None))
    return NOTHING if dump is None else dump(warnings=False)


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
