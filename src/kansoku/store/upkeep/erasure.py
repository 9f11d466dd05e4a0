"""Erases one person: every row that mentions the id, and every raw row of the traces it occurs in.

Ids never stand in a statement that lies on the disk: a mutation's text is kept in its table's folder,
so it reads pattern and traces from two tables in memory. What a crash cuts short is begun again by
the same command; a mutation left over then finds those tables empty and erases nothing.
"""

from __future__ import annotations

import time
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final, cast

from kansoku.errors import QueryRefused
from kansoku.store.segments import Signal
from kansoku.store.upkeep.mentions import mention, pattern_of
from kansoku.store.upkeep.set_aside_erasure import erase_set_aside

if TYPE_CHECKING:
    from collections.abc import Generator

    from kansoku.store.database import Database
    from kansoku.store.task import Answer, Arguments, Work

_TERMS: Final = "erasing_terms"
_TRACES: Final = "erasing_traces"
_OWN: Final = ("schema_version", "retention_log", "retention_days")
"""Tables of ours that hold nothing of anyone."""

_SUMMED: Final = ("calls", "tool_calls", "outcomes")
_ROUNDS: Final = 3
_DRAIN_S: Final = 300.0
_CLEANUP_S: Final = 300.0
_LOOK_S: Final = 0.25


@dataclass(frozen=True, slots=True)
class _Column:
    """A column that can hold text; `is_key` when it orders the rows and cannot be blanked."""

    name: str
    type: str
    is_key: bool


@dataclass(slots=True)
class _Subject:
    """A table and what is known of it."""

    name: str
    columns: tuple[_Column, ...]
    before: int = 0
    found: int = 0

    def has(self, column: str) -> bool:
        return any(one.name == column for one in self.columns)

    @property
    def trace(self) -> str | None:
        """The column of the trace's id."""
        return next((name for name in ("TraceId", "trace_id") if self.has(name)), None)


def erase(work: Work, arguments: Arguments) -> Answer:
    """Erases and proves it; with `dry_run` it says what would be erased.

    Arguments: `ids`, every form that the person's id has in the telemetry; `keep_sums`, whether narrow
    rows stay without anything that could name the person; `dry_run`.

    Raises:
        QueryRefused: If an argument cannot be used.
        StoreError: If a statement failed; run it again.
    """
    ids = arguments.get("ids")
    if not isinstance(ids, list) or not all(isinstance(one, str) for one in cast("list[object]", ids)):
        raise QueryRefused("ids: give a list of texts")
    pattern = pattern_of(cast("list[str]", ids))
    drained = True if arguments.get("dry_run") else _drained(work)
    with _terms(work.database, pattern):
        return _Erasure(
            work,
            pattern,
            keep_sums=bool(arguments.get("keep_sums")),
            dry_run=bool(arguments.get("dry_run")),
        ).report(drained=drained)


def _drained(work: Work) -> bool:
    """Whether every segment that is in the spool now has been loaded or set aside, its halves too."""
    waiting = tuple(path.stem for path in _segments(work))
    deadline = time.monotonic() + _DRAIN_S
    while any(path.stem.startswith(waiting) for path in _segments(work)):
        if time.monotonic() > deadline:
            return False
        work.wait(_LOOK_S)
    return True


def _segments(work: Work) -> list[Path]:
    return [path for signal in Signal for path in work.layout.folder(signal).glob("*")]


@contextmanager
def _terms(database: Database, pattern: str) -> Generator[None]:
    """The tables in memory that the statements read, gone afterwards."""
    database.run(f"KILL MUTATION WHERE database = currentDatabase() AND command LIKE '%{_TRACES}%' SYNC")
    tables = (_TERMS, _TRACES)
    for table in tables:
        database.run(f"DROP TABLE IF EXISTS {table} SYNC")
    try:
        database.run(f"CREATE TABLE {_TERMS} (pattern String) ENGINE = Memory")
        database.run(f"CREATE TABLE {_TRACES} (trace_id String) ENGINE = Memory")
        database.run(f"INSERT INTO {_TERMS} SELECT unhex('{pattern.encode().hex()}')")
        yield
    finally:
        for table in tables:
            database.run(f"DROP TABLE IF EXISTS {table} SYNC")


class _Erasure:
    """One run."""

    def __init__(self, work: Work, pattern: str, *, keep_sums: bool, dry_run: bool) -> None:
        self._work = work
        self._database = work.database
        self._text = pattern
        self._keep_sums = keep_sums
        self._dry_run = dry_run
        ((database,),) = self._database.rows("SELECT currentDatabase()")
        self._pattern = f"(SELECT pattern FROM {database}.{_TERMS})"  # noqa: S608
        self._traces = f"(SELECT trace_id FROM {database}.{_TRACES})"  # noqa: S608
        self._subjects = _subjects(self._database)
        self._rewritten: set[str] = set()

    def report(self, *, drained: bool) -> Answer:
        """Does it and tells what was done and what is left."""
        self._find_traces()
        for one in self._subjects:
            one.before, one.found = self._count(one), self._count(one, self._condition(one))
        aside = erase_set_aside(self._work.layout, self._text, self._trace_ids(), dry_run=self._dry_run)
        if not self._dry_run:
            self._erase()
        left = {one.name: self._count(one, self._condition(one)) for one in self._subjects}
        old_parts = [] if self._dry_run else self._removed_parts_left()
        detached = self._names("SELECT table || '/' || name FROM system.detached_parts")
        unfinished = self._names(
            "SELECT table FROM system.mutations WHERE database = currentDatabase() AND NOT is_done"
        )
        snapshots = sorted(path.name for path in self._work.layout.snapshots.glob("*"))
        nothing_left = not (sum(left.values()) or old_parts or detached or unfinished or snapshots)
        return {
            "dry_run": self._dry_run,
            "keep_sums": self._keep_sums,
            "traces": len(self._trace_ids()),
            "tables": [self._told(one, left[one.name]) for one in self._subjects],
            "set_aside": aside,
            "columns_searched": sum(len(one.columns) for one in self._subjects),
            "rows_left": sum(left.values()),
            "spool_drained": drained,
            "mutations_unfinished": unfinished,
            "old_parts_left": old_parts,
            "detached_parts": detached,
            "snapshots": snapshots,
            "proved": not self._dry_run and drained and nothing_left and not aside["left"],
        }

    def _told(self, one: _Subject, left: int) -> Answer:
        after = self._count(one)
        return {"table": one.name, "before": one.before, "found": one.found, "after": after, "left": left}

    def _names(self, statement: str) -> list[str]:
        return [str(name) for (name,) in self._database.rows(statement)]

    def _trace_ids(self) -> frozenset[str]:
        return frozenset(self._names(f"SELECT trace_id FROM {_TRACES}"))  # noqa: S608

    def _count(self, one: _Subject, condition: str = "1") -> int:
        ((rows,),) = self._database.rows(f"SELECT count() FROM {one.name} WHERE {condition}")  # noqa: S608
        return int(cast("int", rows))

    def _find_traces(self) -> None:
        """Notes the traces of every row that mentions the person."""
        for one in self._subjects:
            if one.trace is not None:
                self._work.told(f"looking through {one.name}")
                self._database.run(
                    f"INSERT INTO {_TRACES} SELECT DISTINCT {one.trace} FROM {one.name}"  # noqa: S608
                    f" WHERE {one.trace} != '' AND ({self._mention(one)})"
                    f" AND {one.trace} NOT IN {self._traces}"
                )

    def _mention(self, one: _Subject) -> str:
        found = (mention(column.name, column.type, self._pattern) for column in one.columns)
        return " OR ".join(condition for condition in found if condition is not None) or "0"

    def _condition(self, one: _Subject) -> str:
        """The rows that are the person's: mentioned, or of the traces and of nobody else."""
        if one.trace is None:
            return self._mention(one)
        nobody = " AND user_id = ''" if one.has("user_id") else ""
        return f"({self._mention(one)}) OR ({one.trace} IN {self._traces}{nobody})"

    def _erase(self) -> None:
        """Rewrites the tables; again where rows came meanwhile."""
        for one in self._subjects:
            self._settle(one)
        for _ in range(_ROUNDS):
            touched = [one for one in self._subjects if self._count(one, self._condition(one))]
            if not touched:
                return
            for one in touched:
                self._work.told(f"erasing from {one.name}")
                condition = self._condition(one)
                self._tell_change(one, condition)
                if self._keep_sums and one.name in _SUMMED:
                    change = f"UPDATE {self._blanks(one)} WHERE {condition}"
                else:
                    change = f"DELETE WHERE {condition}"
                self._rewritten.add(one.name)
                self._database.run(f"ALTER TABLE {one.name} {change}")
            self._find_traces()

    def _settle(self, one: _Subject) -> None:
        """Takes rows off the disk that were deleted lightly before: they are hidden, not gone."""
        ((light,),) = self._database.rows(
            "SELECT countIf(has_lightweight_delete OR startsWith(name, 'patch-')) FROM system.parts"  # noqa: S608
            f" WHERE active AND database = currentDatabase() AND table = '{one.name}'"
        )
        if light:
            self._rewritten.add(one.name)
            self._database.run(f"ALTER TABLE {one.name} APPLY PATCHES")
            self._database.run(f"ALTER TABLE {one.name} APPLY DELETED MASK")

    def _tell_change(self, one: _Subject, condition: str) -> None:
        """Has what is summed of these rows made again."""
        if one.name in _SUMMED:
            ((begin, end),) = self._database.rows(
                f"SELECT toUnixTimestamp(min(time)), toUnixTimestamp(max(time)) FROM {one.name}"  # noqa: S608
                f" WHERE {condition}"
            )
            self._work.changing(int(cast("int", begin)), int(cast("int", end)) + 1)

    def _blanks(self, one: _Subject) -> str:
        """Every text empty that could name someone; labels stay unless they mention the person."""
        changes: list[str] = []
        for column in one.columns:
            found = mention(column.name, column.type, self._pattern)
            if found is None or column.is_key:
                continue
            empty = f"defaultValueOfTypeName('{column.type}')"
            is_label = "LowCardinality" in column.type
            changes.append(
                f"`{column.name}` = " + (f"if({found}, {empty}, `{column.name}`)" if is_label else empty)
            )
        return ", ".join(changes)

    def _removed_parts_left(self) -> list[str]:
        """Parts of before that are still on the disk, when waiting did not help."""
        tables = sorted(self._rewritten)
        old = {
            (str(table), str(path))
            for table, path in self._database.rows(
                "SELECT table, path FROM system.parts WHERE NOT active AND database = currentDatabase()"
            )
            if table in tables
        }
        self._all(tables, "ALTER TABLE {} MODIFY SETTING old_parts_lifetime = 0")
        try:
            self._work.told("waiting until the parts of before are off the disk")
            deadline = time.monotonic() + _CLEANUP_S
            while (left := [path for _, path in old if Path(path).exists()]) and time.monotonic() < deadline:
                # Starting it again wakes the thread that removes them, which else sleeps for half a minute.
                self._all(tables, "SYSTEM STOP CLEANUP {}", "SYSTEM START CLEANUP {}")
                self._work.wait(_LOOK_S)
        finally:
            self._all(tables, "ALTER TABLE {} RESET SETTING old_parts_lifetime")
        return sorted(left)

    def _all(self, tables: list[str], *statements: str) -> None:
        """Runs the statements for each of the tables."""
        for table in tables:
            for statement in statements:
                self._database.run(statement.format(table))


def _subjects(database: Database) -> tuple[_Subject, ...]:
    """Every table that holds rows, with its columns of text."""
    found: dict[str, list[_Column]] = {}
    for table, name, type_, is_key in database.rows(
        "SELECT c.table, c.name, c.type, c.is_in_sorting_key OR c.is_in_partition_key"
        " FROM system.columns AS c INNER JOIN system.tables AS t"
        " ON t.database = c.database AND t.name = c.table"
        " WHERE c.database = currentDatabase() AND t.engine LIKE '%MergeTree'"
        " AND c.default_kind != 'ALIAS' ORDER BY c.table, c.position"
    ):
        if table not in _OWN:
            columns = found.setdefault(str(table), [])
            if "String" in str(type_):
                columns.append(_Column(str(name), str(type_), bool(is_key)))
    return tuple(_Subject(table, tuple(columns)) for table, columns in found.items())
