"""Where a person is mentioned: the pattern of an id, and the conditions on columns that look for it.

An id is found as a word of its own, so that `ann-1` is not found in `ann-12`. One that is too short
to tell as a word (under four characters, or a number under six digits) is found only where it is a
whole value, as `user.id` is. JSON and URLs write some characters otherwise; those forms are looked
for too.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Final
from urllib.parse import quote

from kansoku.errors import QueryRefused

if TYPE_CHECKING:
    from collections.abc import Sequence

_SHORTEST_WORD: Final = 4
_SHORTEST_NUMBER: Final = 6
_LONGEST: Final = 1000
_MOST: Final = 100
_EDGE = "[^0-9A-Za-z_-]"
_NESTED = re.compile(r"Map\(|Array\(")


def pattern_of(ids: Sequence[str]) -> str:
    """The regular expression (RE2 and Python alike) that finds any of the ids.

    Raises:
        QueryRefused: If there is none, or one that cannot be looked for.
    """
    if not ids or len(ids) > _MOST:
        raise QueryRefused(f"ids: give from 1 to {_MOST} ids")
    for one in ids:
        if not one.strip() or len(one) > _LONGEST or not one.isprintable():
            raise QueryRefused(f"ids: each must be 1 to {_LONGEST} printable characters, and no spaces alone")
    words = sorted({form for one in ids if _is_word(one) for form in _forms(one)})
    whole = sorted({one for one in ids if not _is_word(one)})
    parts: list[str] = []
    if words:
        parts.append(f"(?:^|{_EDGE})(?:{'|'.join(map(_escaped, words))})(?:$|{_EDGE})")
    if whole:
        parts.append(f"^(?:{'|'.join(map(_escaped, whole))})$")
    return "|".join(parts)


def _is_word(one: str) -> bool:
    """Whether it can be told as a part of a text."""
    return len(one) >= (_SHORTEST_NUMBER if one.isdigit() else _SHORTEST_WORD)


def _forms(one: str) -> set[str]:
    """The id as texts write it."""
    return {one, json.dumps(one)[1:-1], json.dumps(one, ensure_ascii=False)[1:-1], quote(one, safe="")}


def _escaped(text: str) -> str:
    """The text as a regular expression that finds it alone."""
    return re.sub(r"([^0-9A-Za-z_\u0080-\U0010ffff])", r"\\\1", text)


def mention(column: str, type_: str, pattern: str) -> str | None:
    """The condition that a column mentions it; None where its type holds no text.

    Args:
        column: The column.
        type_: ClickHouse's name of its type.
        pattern: An expression whose value is the pattern.
    """
    if "String" not in type_:
        return None
    if type_.startswith("Array(Map("):
        return f"arrayExists(m -> {_in_map('m', pattern)}, `{column}`)"
    if type_.startswith("Map("):
        return _in_map(f"`{column}`", pattern)
    if type_.startswith("Array("):
        return f"arrayExists(x -> match(x, {pattern}), `{column}`)"
    return None if _NESTED.search(type_) else f"ifNull(match(`{column}`, {pattern}), 0)"


def _in_map(value: str, pattern: str) -> str:
    return (
        f"(arrayExists(x -> match(x, {pattern}), mapKeys({value}))"
        f" OR arrayExists(x -> match(x, {pattern}), mapValues({value})))"
    )
