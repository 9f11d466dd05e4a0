"""A ClickHouse server over HTTP: statements and segments in, answers out. The only user of its client.

One client serves many threads, as it keeps no session. While the server does not answer, further
statements are refused at once for a growing pause, so that nobody waits for a connection in vain.
"""

from __future__ import annotations

import json
import logging
import re
import threading
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Protocol, cast

import clickhouse_connect
from clickhouse_connect.driver import httputil
from clickhouse_connect.driver.exceptions import ClickHouseError

from kansoku.catalog.settings import STORE_PASSWORD_VARIABLE
from kansoku.errors import QueryRefused, QueryTimeout, StoreError, StoreUnavailable
from kansoku.store.asking import TIMEOUT_CODES, Reading, code_of, first_line, read_settings
from kansoku.store.clickhouse.compression import deflated
from kansoku.store.loading.flattening import flattened
from kansoku.store.loading.sources import TOO_DEEP
from kansoku.store.schema.engines import Engines
from kansoku.store.segments import LoadRefused, Signal

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from kansoku.store.clickhouse.address import Address
    from kansoku.store.port import Parameter, QueryLimits

_CONNECT_S = 5
_LONGEST_S = 900
_CONNECTIONS = 32
_FIRST_PAUSE_S, _LONGEST_PAUSE_S = 0.5, 15.0
_LOAD_BYTES = 4 << 30
_LOAD_S = 600
_LOAD_TOO_LARGE = "Query memory limit exceeded"
_REFUSED_USER = 516
_NO_DATABASE = 81
_THREW = 395
# Too many statements, no connection between servers, read-only tables, too few replicas, no Keeper.
_AWAY = frozenset({81, 202, 210, 225, 242, 279, 285, 286, 319, 439, 473, 516, 517, 571, 598, 999})
# Memory and disk, rights, settings, tables not installed yet: the segment is not at fault.
_PASSING = (
    *(16, 24, 28, 43, 46, 47, 57, 60, 74, 75, 76, 115, 159, 160, 164, 173, 203, 209, 241, 243, 252),
    *(291, 344, 354, 394, 425, 452, 497, 623, 633, 634),
)
_PASSING_CODES: Final = _AWAY | frozenset(_PASSING)
_CHANGE_SETTINGS: Final[dict[str, float | str]] = {
    # A change counts when every replica has made it, and fails where one could not be asked.
    "mutations_sync": 2,
    "alter_sync": 2,
    "distributed_ddl_task_timeout": 600,
    "distributed_ddl_output_mode": "throw",
    "max_query_size": 1 << 26,
    "max_ast_elements": 1_000_000,
    "max_expanded_ast_elements": 5_000_000,
}
_LOAD_SETTINGS: Final[dict[str, float | str]] = {
    "max_memory_usage": _LOAD_BYTES,
    "max_execution_time": _LOAD_S,
    "async_insert": 0,
}
_CLUSTER_LOAD_SETTINGS: Final[dict[str, float | str]] = {
    # The INSERT ends when each shard has its part, not when the part waits to be sent.
    "distributed_foreground_insert": 1,
    "insert_quorum_parallel": 1,
    "insert_quorum_timeout": 60_000,
}
_LOGGERS = ("clickhouse_connect", "urllib3.connectionpool")
"""They write a whole traceback at each failed attempt; the error that leaves here says all of it."""
_PLACE = re.compile(r"\{\w+:[^}]+\}")
_UTC: Final[dict[str, float | str]] = {"session_timezone": "UTC"}
_CLUSTER_READ_SETTINGS: Final[dict[str, float | str]] = {
    # A subquery over a distributed table sees the rows of all shards, not each shard its own.
    "distributed_product_mode": "global",
    # An answer without one shard's rows would be wrong without saying so.
    "skip_unavailable_shards": 0,
}


class WrongPlace(StoreUnavailable):
    """The user, the database or its schema is not one to store by, which waiting does not mend."""


class _Client(Protocol):
    """The part of clickhouse-connect's client that is used."""

    def raw_query(
        self, query: str, *, parameters: Mapping[str, object], settings: Mapping[str, object]
    ) -> bytes: ...

    def raw_insert(
        self, *, insert_block: bytes, settings: Mapping[str, object], compression: str | None
    ) -> object: ...

    def close(self) -> None: ...


class _Maker(Protocol):
    """A function of clickhouse-connect that has types for some of its options alone."""

    def __call__(self, **options: object) -> object: ...


@dataclass(slots=True)
class Pause:
    """How long nobody tries again, after failures in a row; grows from half a second to 15."""

    failures: int = 0
    until: float = 0.0

    def left(self, now: float) -> float:
        """Seconds from now on, or 0."""
        return max(0.0, self.until - now)

    def failed(self, now: float) -> None:
        """One more in a row."""
        self.until = now + min(_FIRST_PAUSE_S * 2.0**self.failures, _LONGEST_PAUSE_S)
        self.failures += 1

    def succeeded(self) -> None:
        """It answers."""
        self.failures, self.until = 0, 0.0


class ClickHouse:
    """One server, or any of a cluster. Connects when it is first asked; safe to use from many threads."""

    def __init__(self, address: Address) -> None:
        self.address = address
        self.engines = Engines(cluster=address.cluster, database=address.database)
        self._lock = threading.Lock()
        self._client: _Client | None = None
        self._judge: Reading | None = None
        self._pause = Pause()
        for name in _LOGGERS:
            logging.getLogger(name).setLevel(logging.CRITICAL)

    def ask(
        self, statement: str, parameters: Mapping[str, Parameter], limits: QueryLimits, query_id: str = ""
    ) -> bytes:
        """The answer of one read-only statement, as ClickHouse writes JSONCompact.

        Raises:
            QueryRefused, QueryTimeout, StoreUnavailable: As the port says.
        """
        self._reading().check(statement)
        settings = {
            **(_CLUSTER_READ_SETTINGS if self.engines.cluster else {}),
            **read_settings(limits),
            **({"query_id": query_id} if query_id else {}),
            "default_format": "JSONCompact",
        }
        return self._said(statement, settings, parameters)

    def kill(self, query_id: str) -> None:
        """Ends a statement that nobody waits for any more.

        Raises:
            StoreError: If it could not be told to.
        """
        self._said(f"KILL QUERY WHERE query_id = '{query_id}' ASYNC", {})

    def run(self, statement: str) -> None:
        """Runs one statement of this folder's own to its end, on every node where it says so.

        Raises:
            StoreError: If it could not; it may go on where it took too long.
        """
        self._said(statement, _CHANGE_SETTINGS)

    def rows(self, statement: str) -> list[tuple[object, ...]]:
        """The rows of one statement of this folder's own.

        Raises:
            StoreError: If it could not answer.
        """
        settings = {"default_format": "JSONCompact", "output_format_json_quote_64bit_integers": 0}
        answer = self._said(statement, settings)
        return [tuple(row) for row in json.loads(answer)["data"]] if answer else []

    def load(self, statement: str, path: Path) -> None:
        """Runs one INSERT over the segment at `path`, flattened first where the server needs it.

        Raises:
            LoadRefused: If the segment is at fault.
            StoreUnavailable: If the cause may pass.
            OSError: If it cannot be read.
        """
        content = path.read_bytes()
        try:
            self._post(statement, content)
        except LoadRefused as refusal:
            if TOO_DEEP not in str(refusal):
                raise
            self._post(statement, flattened(Signal(path.parent.name), content))

    def close(self) -> None:
        """Lets the connections go."""
        with self._lock:
            client, self._client = self._client, None
        if client is not None:
            client.close()

    def _post(self, statement: str, content: bytes) -> None:
        settings = {**_UTC, **_LOAD_SETTINGS}
        if self.engines.cluster:
            settings |= {**_CLUSTER_LOAD_SETTINGS, "insert_quorum": self.address.quorum}
        client = self._connected()
        try:
            body = deflated(statement.encode() + content)
            client.raw_insert(insert_block=body, settings=settings, compression="zstd")
        except ClickHouseError as error:
            raise self._load_error(error) from error
        self._pause.succeeded()

    def _load_error(self, error: ClickHouseError) -> Exception:
        code = _code(error)
        if code and (code not in _PASSING_CODES or _LOAD_TOO_LARGE in str(error)):
            return LoadRefused(_message(error))
        return StoreUnavailable(_message(error)) if code else self._away(error)

    def _said(
        self,
        statement: str,
        settings: Mapping[str, float | str],
        parameters: Mapping[str, Parameter] | None = None,
    ) -> bytes:
        # Where a statement has no place for any, the client would paste them into its text.
        given = parameters.items() if parameters and _PLACE.search(statement) else ()
        bound = {name: _bound(value) for name, value in given}
        client = self._connected()
        try:
            answer = client.raw_query(statement, parameters=bound, settings={**_UTC, **settings})
        except ClickHouseError as error:
            raise self._told(error) from error
        self._pause.succeeded()
        return answer

    def _told(self, error: ClickHouseError) -> StoreError:
        code = _code(error)
        if code in TIMEOUT_CODES:
            return QueryTimeout(_message(error))
        if code == _REFUSED_USER:
            return WrongPlace(
                f"ClickHouse at {self.address.shown} refuses the user or the password; correct the address,"
                f" or the password in {STORE_PASSWORD_VARIABLE}"
            )
        if code == _NO_DATABASE:
            return WrongPlace(
                f"ClickHouse at {self.address.shown} has no such database; install it with:"
                " kansoku store init"
            )
        if code in _AWAY:
            return StoreUnavailable(_message(error))
        return QueryRefused(_message(error)) if code else self._away(error)

    def _away(self, error: Exception) -> StoreUnavailable:
        """No answer, or one that is not ClickHouse's."""
        self._pause.failed(time.monotonic())
        return StoreUnavailable(f"ClickHouse at {self.address.shown} does not answer: {_cause(error)}")

    def _connected(self) -> _Client:
        with self._lock:
            if self._pause.left(time.monotonic()):
                raise StoreUnavailable(f"ClickHouse at {self.address.shown} did not answer a moment ago")
            if self._client is None:
                try:
                    self._client = _client(self.address)
                except ClickHouseError as error:
                    raise self._told(error) from error
            return self._client

    def _reading(self) -> Reading:
        if self._judge is None:
            functions = self.rows("SELECT name FROM system.table_functions")
            self._judge = Reading(self._formatted, [str(name) for (name,) in functions])
        return self._judge

    def _formatted(self, statement: str) -> str:
        told = self._said(
            "SELECT formatQuerySingleLine({statement:String})",
            {"default_format": "TSVRaw"},
            {"statement": statement},
        )
        return told.decode("utf-8", "replace")


def _client(address: Address) -> _Client:
    make = cast("_Maker", clickhouse_connect.get_client)  # pyright: ignore[reportUnknownMemberType]
    pool = cast("_Maker", httputil.get_pool_manager)  # pyright: ignore[reportUnknownMemberType]
    made = make(
        host=address.host,
        port=address.port,
        username=address.user,
        password=address.password,
        database=address.database,
        interface="https" if address.secure else "http",
        pool_mgr=pool(ca_cert=address.ca or None, verify=address.verify, maxsize=_CONNECTIONS),
        connect_timeout=_CONNECT_S,
        send_receive_timeout=_LONGEST_S,
        query_limit=0,
        query_retries=0,
        autogenerate_session_id=False,
        autogenerate_query_id=False,
        show_clickhouse_errors="scrub",
        client_name="kansoku",
    )
    return cast("_Client", made)


def _cause(error: BaseException) -> str:
    """What the system said at the bottom of what the libraries said of it, else the client's own words."""
    bottom = error
    while (below := bottom.__cause__ or bottom.__context__) is not None:
        bottom = below
    said = bottom.strerror if isinstance(bottom, OSError) else None
    return said or str(error.__cause__ or error).partition("\n")[0][:500]


def _bound(value: Parameter) -> Parameter:
    """A parameter as the client takes it, which writes the rest as ClickHouse parses it."""
    return str(value).lower() if isinstance(value, bool) else value


def _code(error: ClickHouseError) -> int:
    """ClickHouse's error code; 0 where a network or a proxy answered."""
    return cast("int | None", getattr(error, "code", None)) or code_of(error)


def _message(error: ClickHouseError) -> str:
    return first_line(error).partition("server response: ")[2] or first_line(error)
