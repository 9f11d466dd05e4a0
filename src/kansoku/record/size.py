"""What a value takes in memory, about: for a bound on what waits."""

from collections.abc import Iterable
from sys import getsizeof
from typing import cast

from kansoku.record.reading import plain

_MOST_VALUES = 4_000
"""Values that are looked at: the application waits meanwhile. Others are taken to be as large on average."""

_TEXTS = (str, bytes, bytearray)


def size_of(value: object) -> int:
    """Bytes of a nested value: its texts, lists and mappings, and the fields of the SDK's models."""
    size = seen = 0
    waiting: list[object] = [value]
    while waiting and seen < _MOST_VALUES:
        one = waiting.pop()
        seen += 1
        size += getsizeof(one)
        if isinstance(one, _TEXTS):
            continue
        if isinstance(one, list | tuple):
            waiting.extend(cast("Iterable[object]", one))
        else:
            fields = plain(one)
            if fields:
                size += 0 if fields is one else getsizeof(fields)
                waiting.extend(fields.values())
    return size + size * len(waiting) // seen
