"""What may be asked of ClickHouse and how, wherever it runs: in this process or behind HTTP.

ClickHouse's own parser says what a statement is, as data, without running it; what it says is judged
here. Beyond that stand the settings of a question, the form of its parameters, and what an error says.
"""

from __future__ import annotations

import json
import re
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from kansoku.errors import QueryRefused
from kansoku.store.port import Column, Rows

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from kansoku.store.port import Parameter, QueryLimits

_RESULT_BYTES = 256 << 20
_READING = ("SELECT", "WITH", "SHOW", "DESCRIBE", "EXPLAIN", "EXISTS")
_QUOTED = re.compile(r"""(['`"])((?:[^\\]|\\.)*?)\1""", re.DOTALL)
"""A string, or a name in quotes that may hold the beginning of a string."""
_FORBIDDEN: Final = {
    re.compile(r"\bINTO OUTFILE\b"): "INTO OUTFILE is not allowed: take the answer as it comes",
    re.compile(r"\bfile\b"): "file() is not allowed: only the store's own tables can be read",
    re.compile(r"\bFORMAT \S+$"): "FORMAT is not allowed: leave it out, the asker chooses the form",
}
_OWN_TABLE_FUNCTIONS = frozenset(
    (
        *("numbers", "numbers_mt", "zeros", "zeros_mt", "primes", "generateSeries", "generate_series"),
        *("generateRandom", "values", "view", "null", "format", "fuzzQuery"),
        *("mergeTreeIndex", "mergeTreeProjection"),
    )
)
"""Table functions that make their rows themselves, or read the store's own tables."""
_AD_HOC_SETTINGS: Final[dict[str, float | str]] = {"max_threads": 1, "priority": 10}
"""One thread, which waits, a second at the longest each time, while a question of the page runs."""
_CODE = re.compile(r"Code: (\d+)\.")
TIMEOUT_CODES = frozenset({159, 160, 209})
"""ClickHouse's errors of a statement that took too long."""


class Reading:
    """Judges statements, each once."""

    def __init__(self, formatted: Callable[[str], str], table_functions: Iterable[str]) -> None:
        """Takes what lets ClickHouse write a statement again, and the names of its table functions."""
        self._formatted = formatted
        # Some touch their file or host before they mind `readonly`.
        names = "|".join(re.escape(name) for name in table_functions if name not in _OWN_TABLE_FUNCTIONS)
        self._foreign = re.compile(rf"(?i)\b(?:{names})\(")
        self.check = lru_cache(maxsize=1024)(self._check)
        """Refuses a statement that would do more than read the store's own tables; raises QueryRefused."""

    def _check(self, statement: str) -> None:
        canonical = _QUOTED.sub(_unquoted, self._formatted(statement)).strip()
        if not canonical.startswith(_READING):
            raise QueryRefused(
                f"only reading statements are allowed ({', '.join(_READING)}),"
                f" not {canonical.split(maxsplit=1)[0]}"
            )
        if found := self._foreign.search(canonical):
            raise QueryRefused(f"{found[0]}) is not allowed: only the store's own tables can be read")
        for pattern, why in _FORBIDDEN.items():
            if pattern.search(canonical):
                raise QueryRefused(why)


def _unquoted(quoted: re.Match[str]) -> str:
    """A string as an empty one, as its text does nothing; a name as bare letters, as it may be a function."""
    mark, text = quoted.groups()
    return "''" if mark == "'" else re.sub(r"\W", "_", text)


def read_settings(limits: QueryLimits) -> dict[str, float | str]:
    """The settings of one question; `readonly` comes last, as nothing can be set behind it."""
    return {
        "max_execution_time": limits.seconds,
        "max_result_rows": limits.rows,
        "max_result_bytes": _RESULT_BYTES,
        "result_overflow_mode": "break",
        "max_memory_usage": limits.memory_bytes,
        "output_format_json_quote_64bit_integers": 0,
        "output_format_json_named_tuples_as_objects": 1,
        **(_AD_HOC_SETTINGS if limits.ad_hoc else {"priority": 1}),
        "readonly": 1,
    }


def bound(value: Parameter) -> Parameter:
    """A parameter as ClickHouse parses it: text in TSV escapes, lists as quoted literals."""
    match value:
        case None:
            return r"\N"
        case str():
            return _escaped(value)
        case list():
            return "[" + ",".join(f"'{_quoted(item)}'" for item in value) + "]"
        case _:
            return value


_ESCAPES = str.maketrans(
    {"\\": "\\\\", "\n": "\\n", "\t": "\\t", "\r": "\\r", "\0": "\\0", "\b": "\\b", "\f": "\\f"}
)


def _escaped(text: str) -> str:
    return text.translate(_ESCAPES)


def _quoted(text: str) -> str:
    return _escaped(text).replace("'", "\\'")


def code_of(error: Exception) -> int:
    """The number of ClickHouse's error, the innermost one; 0 where it tells none."""
    found = _CODE.findall(str(error))
    return int(found[-1]) if found else 0


def first_line(error: Exception) -> str:
    """What an error says, without the stack."""
    return str(error).strip().partition("\n")[0][:2000]


def rows_of(body: bytes, limits: QueryLimits) -> Rows:
    """The answer that ClickHouse wrote as JSONCompact, cut at the limit of rows."""
    if not body:
        return Rows((), [])
    answer = json.loads(body.decode("utf-8", "replace"))
    data: list[list[object]] = answer["data"]
    return Rows(
        columns=tuple(Column(column["name"], column["type"]) for column in answer["meta"]),
        rows=[tuple(row) for row in data[: limits.rows]],
        truncated=len(data) > limits.rows,
    )
