"""chDB in this process: one database directory, many connections, statements in, bytes out.

Measured with chDB 26.9: a connection serves one statement at a time and makes other threads wait
for it, while several connections to one directory run at the same time and leave the GIL. So every
question gets a connection of its own, which also keeps its settings from the next one.
"""

from __future__ import annotations

import json
from contextlib import closing
from typing import TYPE_CHECKING, Final, Protocol, cast

from kansoku.errors import QueryRefused, QueryTimeout, StoreUnavailable
from kansoku.store.asking import (
    TIMEOUT_CODES,
    Reading,
    bound,
    code_of,
    first_line,
    read_settings,
)
from kansoku.store.library import STRING, ChdbError, Connection, create_function, drop_function
from kansoku.store.loading.values import array_json, map_json
from kansoku.store.parts import room
from kansoku.store.port import QueryLimits
from kansoku.store.schema.newest import bring_up
from kansoku.store.segments import LoadRefused

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from kansoku.store.port import Parameter
    from kansoku.store.schema.migrations import Step

_REWRITE_SETTINGS = (
    "mutations_sync = 1, max_query_size = 67108864, max_ast_elements = 1000000,"
    " max_expanded_ast_elements = 5000000"
)
_UNHURRIED: Final = QueryLimits(seconds=86_400.0)
# Disk, memory of the process, too many parts: the segment is not at fault. Unless it alone wants
# more memory than one insert may take, which it would again each time.
_LOAD_BYTES = 2 << 30
_LOAD_TOO_LARGE = "Query memory limit exceeded"
# What the tables take of a segment, and some for what else is written meanwhile (`parts` says why).
_ROOM_BYTES, _ROOM_TIMES = 8 << 20, 2
_PASSING_CODES = frozenset({24, 28, 74, 75, 76, 159, 173, 203, 241, 243, 252, 425, 623, 633, 634})


class _Result(Protocol):
    def bytes(self) -> bytes: ...


_FUNCTIONS = {"kansoku_array_json": array_json, "kansoku_map_json": map_json}
"""Of the process, not of a directory."""


class _Connection(Protocol):
    def query(self, query: str, format: str = ..., params: object = ...) -> _Result: ...  # noqa: A002
    def close(self) -> None: ...


class Engine:
    """The database of one directory, one at a time in a process; safe to use from many threads."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._path = str(directory)
        for name, function in _FUNCTIONS.items():
            create_function(name, function, [STRING], STRING)
        # Holds the database open while no question is under way.
        self._first = self._connect()
        self._reading = Reading(self._formatted, self._table_functions())

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
        except (ChdbError, RuntimeError) as error:
            raise _told(error) from error
        return [tuple(row) for row in json.loads(answer)["data"]] if answer else []

    def ask(
        self, statement: str, parameters: Mapping[str, Parameter], limits: QueryLimits, mark: str = ""
    ) -> bytes:
        """The answer of one read-only statement, as ClickHouse writes JSONCompact.

        Args:
            statement: What is asked.
            parameters: What is bound to it.
            limits: What it may cost.
            mark: A name to `cancel` it by; quotes and backslashes do not belong in it.

        Raises:
            QueryRefused, QueryTimeout, StoreUnavailable: As the port says.
        """
        try:
            self._reading.check(statement)
            with closing(self._connect()) as connection:
                given = {"log_comment": mark, **read_settings(limits)}
                settings = ", ".join(f"{name} = {value!r}" for name, value in given.items())
                connection.query(f"SET {settings}")
                params = {name: bound(value) for name, value in parameters.items()}
                return connection.query(statement, "JSONCompact", params=params).bytes()
        except (ChdbError, RuntimeError) as error:
            raise _told(error) from error

    def cancel(self, mark: str) -> None:
        """Has the questions of that mark end, wherever they stand. They may go on for a block of rows.

        Raises:
            QueryRefused, QueryTimeout: As the port says.
        """
        self.rewrite(f"KILL QUERY WHERE Settings['log_comment'] = '{mark}' ASYNC", _UNHURRIED)

    def rewrite(self, statement: str, limits: QueryLimits) -> bytes:
        """Runs one `ALTER TABLE … UPDATE` to its end; nothing is answered.

        Raises:
            QueryRefused, QueryTimeout: As the port says.
        """
        try:
            with closing(self._connect()) as connection:
                connection.query(f"SET {_REWRITE_SETTINGS}, max_execution_time = {limits.seconds}")
                connection.query(statement)
        except (ChdbError, RuntimeError) as error:
            raise _told(error) from error
        return b""

    def load(self, statement: str, path: Path) -> None:
        """Runs one INSERT over the segment at `path`.

        Raises:
            LoadRefused: If the segment is at fault.
            StoreUnavailable: If the cause may pass.
            FileNotFoundError: If it is not there any more.
        """
        room(self._directory, _ROOM_BYTES + _ROOM_TIMES * path.stat().st_size)
        try:
            with closing(self._connect()) as connection:
                connection.query(f"SET max_memory_usage = {_LOAD_BYTES}")
                connection.query(statement, params={"path": bound(str(path))})
        except (ChdbError, RuntimeError) as error:
            if code_of(error) in _PASSING_CODES and _LOAD_TOO_LARGE not in str(error):
                raise StoreUnavailable(first_line(error)) from error
            raise LoadRefused(first_line(error)) from error

    def close(self) -> None:
        """Lets the directory go; statements under way end first."""
        self._first.close()
        for name in _FUNCTIONS:
            drop_function(name)

    def _connect(self) -> _Connection:
        connection = cast("_Connection", Connection(self._path))
        connection.query("SET session_timezone = 'UTC'")
        return connection

    def _formatted(self, statement: str) -> str:
        """The statement as ClickHouse's own parser writes it, without running it."""
        with closing(self._connect()) as connection:
            told = connection.query(
                "SELECT formatQuerySingleLine({statement:String})",
                "TSVRaw",
                params={"statement": bound(statement)},
            )
        return told.bytes().decode("utf-8", "replace")

    def _table_functions(self) -> list[str]:
        told = self._first.query("SELECT name FROM system.table_functions", "TSVRaw")
        return told.bytes().decode().split()


def _told(error: Exception) -> QueryRefused | QueryTimeout:
    message = first_line(error)
    return QueryTimeout(message) if code_of(error) in TIMEOUT_CODES else QueryRefused(message)
