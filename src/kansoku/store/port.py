"""The port: what the server may ask of a store, whichever it is.

A store holds the tables `otel_traces`, `otel_logs`, `otel_metrics_gauge`, `otel_metrics_sum`,
`otel_metrics_histogram`, `otel_metrics_exponential_histogram` and `otel_metrics_summary` in the
columns of the OpenTelemetry Collector's clickhouseexporter, and `calls`, `tool_calls` and
`outcomes`, which `catalog.fields` defines.

Storing. Everything acknowledged lies in the spool as segments.
- A store MUST load each ready segment and MUST make each of its rows visible exactly once in every
  table, through any crash of it, of the server or of the machine.
- It MUST NOT remove a segment before its rows survive a power cut.
- It MUST try the oldest unconfirmed segment of a signal before newer ones after a restart. Rows of
  a narrow table MAY lag those of its `otel_*` table until it is stored.
- It MUST move a segment that cannot be loaded to `set-aside/` with the reason, and go on; where the fault
  lies in the bytes of one request of it, it MUST still store the others. It MUST NOT set aside for a
  passing cause (full disk); such a segment waits, and others MUST NOT wait for it.
- Segments of different signals, and rows of different segments, MAY become visible in any order.

Asking. `query` runs one statement of the ClickHouse dialect.
- It MUST refuse whatever writes, reads files or the network, or changes settings.
- It MUST bind parameters by name as `{name:Type}`, never by pasting text.
- It MUST end within its limits, and MAY end up to a second late.
- Values come as JSON has them: numbers, strings, booleans, None, lists, maps as dicts; 64-bit
  integers exactly; NaN and infinities as None; times as text in UTC.
- Rows past `QueryLimits.rows` MUST be left out and `truncated` set.
- A task that asks and is cancelled SHOULD end the statement in the store as well, within a second or two.
- It MAY be called from many tasks at once; a slow statement MUST NOT make a quick one wait for it, and
  any number of slow `ad_hoc` ones MUST NOT make one that is not `ad_hoc` wait.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

Parameter = str | int | float | bool | None | list[str]


@dataclass(frozen=True, slots=True)
class Column:
    """A column of an answer; `type` is ClickHouse's name for it."""

    name: str
    type: str


@dataclass(frozen=True, slots=True)
class QueryLimits:
    """What one statement may cost: wall seconds (the wait for its turn included), rows, bytes of memory.

    `ad_hoc` statements, which a person wrote, have fewer slots and let all others go first.
    """

    seconds: float = 10.0
    rows: int = 100_000
    memory_bytes: int = 1 << 30
    ad_hoc: bool = False


@dataclass(frozen=True, slots=True)
class Rows:
    """An answer; `truncated` when the statement had more rows than it was allowed to give."""

    columns: tuple[Column, ...]
    rows: list[tuple[object, ...]]
    truncated: bool = False


DEFAULT_LIMITS = QueryLimits()


class RewritableStore(Protocol):
    """A store whose narrow tables can be corrected, besides being asked.

    - `rewrite` runs one `ALTER TABLE … UPDATE` of a narrow table, made by this folder and never by an asker.
    - It MUST return only after every row that was visible before is rewritten on the disk.
    - Cut short by a crash, it MUST be finished after the restart or not be begun; each row is as before or
      as after, and the same statement again MUST lead to the same rows.
    """

    async def query(
        self,
        statement: str,
        parameters: Mapping[str, Parameter] | None = None,
        *,
        limits: QueryLimits = DEFAULT_LIMITS,
    ) -> Rows:
        """As `Store` says."""
        ...

    async def rewrite(self, statement: str) -> None:
        """Runs the statement.

        Raises:
            QueryRefused: If the statement is wrong.
            QueryTimeout: If it is not done yet; it goes on.
            StoreUnavailable: If the store is starting, restarting or gone; it may go on after that.
        """
        ...


class MaintainedStore(RewritableStore, Protocol):
    """A store that Kansoku keeps itself: sizes, retention, erasure, backups.

    - `maintain` runs one task by its name; a second one waits for the first. It MUST NOT make loading or
      asking wait for longer than a task's own promise (a backup stands still for its links only).
    - Cut short by a crash, the same task again MUST lead to what it would have led to.
    """

    async def maintain(
        self, task: str, arguments: Mapping[str, object], told: Callable[[str], None] = ...
    ) -> dict[str, object]:
        """The task's answer; `told` hears how far it is.

        Raises:
            QueryRefused: If there is no such task, or it cannot take the arguments.
            StoreUnavailable: If the store is starting, restarting, ending or gone; ask again later.
        """
        ...


class Store(Protocol):
    """What answers questions; see the module for what it must do."""

    async def query(
        self,
        statement: str,
        parameters: Mapping[str, Parameter] | None = None,
        *,
        limits: QueryLimits = DEFAULT_LIMITS,
    ) -> Rows:
        """The rows of one read-only statement.

        Raises:
            QueryRefused: If the statement is wrong, would write, or needs more memory than allowed.
            QueryTimeout: If it took longer than allowed.
            StoreUnavailable: If the store is starting, restarting or gone; ask again later.
        """
        ...
