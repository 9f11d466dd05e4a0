"""chDB in this process: one database directory, many connections, statements in, bytes out.

Measured with chDB 26.9: a connection serves one statement at a time and makes other threads wait
for it, while several connections to one directory run at the same time and leave the GIL. So every
question gets a connection of its own, which also keeps its settings from the next one.
"""

from __future__ import annotations

import json
import re
from contextlib import closing
from functools import lru_cache
from typing import TYPE_CHECKING, Final, Protocol, cast

import chdb
from chdb.sqltypes import STRING
from chdb.state.sqlitelike import Connection

from kansoku.errors import QueryRefused, QueryTimeout, StoreUnavailable
from kansoku.store.port import QueryLimits
from kansoku.store.schema import bring_up
from kansoku.store.values import array_json, map_json

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from kansoku.store.migrations import Step
    from kansoku.store.port import Parameter

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
_REWRITE_SETTINGS = (
    "mutations_sync = 1, max_query_size = 67108864, max_ast_elements = 1000000,"
    " max_expanded_ast_elements = 5000000"
)
_AD_HOC_SETTINGS = ("max_threads = 1", "priority = 10")
"""One thread, which waits, a second at the longest each time, while a question of the page runs."""
_UNHURRIED: Final = QueryLimits(seconds=86_400.0)
_CODE = re.compile(r"Code: (\d+)\.")
_TIMEOUT_CODES = frozenset({159, 160, 209})
# Disk, memory of the process, too many parts: the segment is not at fault. Unless it alone wants
# more memory than one insert may take, which it would again each time.
_LOAD_BYTES = 2 << 30
_LOAD_TOO_LARGE = "Query memory limit exceeded"
_PASSING_CODES = frozenset({24, 28, 74, 75, 76, 159, 173, 203, 241, 243, 252, 425, 623, 633, 634})


class _Result(Protocol):
    def bytes(self) -> bytes: ...


class _Connection(Protocol):
    def query(self, query: str, format: str = ..., params: object = ...) -> _Result: ...  # noqa: A002
    def close(self) -> None: ...


class LoadRefused(Exception):
    """A segment's bytes cannot be loaded, now or later."""


class Engine:
    """The database of one directory. Made once a process; safe to use from many threads."""

    def __init__(self, directory: Path) -> None:
        self._path = str(directory)
        chdb.create_function("kansoku_array_json", array_json, [STRING], STRING)
        chdb.create_function("kansoku_map_json", map_json, [STRING], STRING)
        # Holds the database open while no question is under way.
        self._first = self._connect()
        self._foreign = _foreign_table_functions(self._first)
        self._reading = lru_cache(maxsize=1024)(self._refuse_unless_reading)

    def create_tables(self, told: Callable[[Step], None] = lambda _: None) -> None:
        """Makes the tables and views that are missing, and leads an older schema to the newest.

        Raises:
            StoreError: As `schema.bring_up` says.
        """
        bring_up(self, told)

    def run(self, statement: str) -> None:
        """Runs one statement of this folder's own to its end, mutations included.

        Raises:
            QueryRefused, QueryTimeout: As the port says.
        """
        self.rewrite(statement, _UNHURRIED)

    def rows(self, statement: str) -> list[tuple[object, ...]]:
        """The rows of one statement of this folder's own.

        Raises:
            QueryRefused, QueryTimeout: As the port says.
        """
        try:
            with closing(self._connect()) as connection:
                connection.query("SET output_format_json_quote_64bit_integers = 0")
                answer = connection.query(statement, "JSONCompact").bytes()
        except (chdb.ChdbError, RuntimeError) as error:
            raise _told(error) from error
        return [tuple(row) for row in json.loads(answer)["data"]] if answer else []

    def ask(self, statement: str, parameters: Mapping[str, Parameter], limits: QueryLimits) -> bytes:
        """The answer of one read-only statement, as ClickHouse writes JSONCompact.

        Raises:
            QueryRefused, QueryTimeout, StoreUnavailable: As the port says.
        """
        try:
            self._reading(statement)
            with closing(self._connect()) as connection:
                connection.query(f"SET {_read_settings(limits)}")
                bound = {name: _bound(value) for name, value in parameters.items()}
                return connection.query(statement, "JSONCompact", params=bound).bytes()
        except (chdb.ChdbError, RuntimeError) as error:
            raise _told(error) from error

    def rewrite(self, statement: str, limits: QueryLimits) -> bytes:
        """Runs one `ALTER TABLE … UPDATE` to its end; nothing is answered.

        Raises:
            QueryRefused, QueryTimeout: As the port says.
        """
        try:
            with closing(self._connect()) as connection:
                connection.query(f"SET {_REWRITE_SETTINGS}, max_execution_time = {limits.seconds}")
                connection.query(statement)
        except (chdb.ChdbError, RuntimeError) as error:
            raise _told(error) from error
        return b""

    def load(self, statement: str, path: Path) -> None:
        """Runs one INSERT over the segment at `path`.

        Raises:
            LoadRefused: If the segment is at fault.
            StoreUnavailable: If the cause may pass.
        """
        try:
            with closing(self._connect()) as connection:
                connection.query(f"SET max_memory_usage = {_LOAD_BYTES}")
                connection.query(statement, params={"path": _bound(str(path))})
        except (chdb.ChdbError, RuntimeError) as error:
            if _code(error) in _PASSING_CODES and _LOAD_TOO_LARGE not in str(error):
                raise StoreUnavailable(_first_line(error)) from error
            raise LoadRefused(_first_line(error)) from error

    def close(self) -> None:
        """Lets the directory go; statements under way end first."""
        self._first.close()

    def _connect(self) -> _Connection:
        connection = cast("_Connection", Connection(self._path))
        connection.query("SET session_timezone = 'UTC'")
        return connection

    def _refuse_unless_reading(self, statement: str) -> None:
        """Lets ClickHouse's own parser say what the statement is, as data, without running it."""
        with closing(self._connect()) as connection:
            told = connection.query(
                "SELECT formatQuerySingleLine({statement:String})",
                "TSVRaw",
                params={"statement": _bound(statement)},
            )
        canonical = _QUOTED.sub(_unquoted, told.bytes().decode("utf-8", "replace")).strip()
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


def _foreign_table_functions(connection: _Connection) -> re.Pattern[str]:
    """A call of any other table function: some touch their file or host before they mind `readonly`."""
    told = connection.query("SELECT name FROM system.table_functions", "TSVRaw").bytes().decode()
    names = "|".join(re.escape(name) for name in told.split() if name not in _OWN_TABLE_FUNCTIONS)
    return re.compile(rf"(?i)\b(?:{names})\(")


def _unquoted(quoted: re.Match[str]) -> str:
    """A string as an empty one, as its text does nothing; a name as bare letters, as it may be a function."""
    mark, text = quoted.groups()
    return "''" if mark == "'" else re.sub(r"\W", "_", text)


def _read_settings(limits: QueryLimits) -> str:
    return ", ".join(
        (
            f"max_execution_time = {limits.seconds}",
            f"max_result_rows = {limits.rows}",
            f"max_result_bytes = {_RESULT_BYTES}",
            "result_overflow_mode = 'break'",
            f"max_memory_usage = {limits.memory_bytes}",
            "output_format_json_quote_64bit_integers = 0",
            "output_format_json_named_tuples_as_objects = 1",
            *(_AD_HOC_SETTINGS if limits.ad_hoc else ("priority = 1",)),
            "readonly = 1",
        )
    )


def _bound(value: Parameter) -> Parameter:
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


def _told(error: Exception) -> QueryRefused | QueryTimeout:
    message = _first_line(error)
    return QueryTimeout(message) if _code(error) in _TIMEOUT_CODES else QueryRefused(message)


def _code(error: Exception) -> int:
    found = _CODE.findall(str(error))
    return int(found[-1]) if found else 0


def _first_line(error: Exception) -> str:
    return str(error).strip().partition("\n")[0][:2000]
