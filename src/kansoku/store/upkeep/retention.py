"""Ends what has been kept long enough: whole partitions are dropped, content of older days is cleared.

A partition goes when its last day is older than the days its table is kept. A row that arrives when
its day is already gone makes the partition again; the next pass drops it and counts it as late.

Content is cleared by deny: of a span's or log record's own attributes only those stay that a column
of `catalog.fields` is made of, and the free text of logs, events and status goes. So a trace keeps
its shape, and an attribute that nobody has heard of is taken for content.

`retention_log` tells what was done, when; `retention_days` what a command has set.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Final, assert_never, cast

from kansoku.catalog.fields import (
    RELATIONS,
    Attribute,
    Constant,
    Having,
    Intrinsic,
    Resource,
    StatusOr,
    Uncached,
)
from kansoku.catalog.retention import CONTENT, FOREVER, NAMES, RETENTIONS, Days, checked, kind_of
from kansoku.errors import QueryRefused
from kansoku.store.schema.retained import RETENTION_DAYS, RETENTION_LOG
from kansoku.store.schema.trace_hours import TRACE_HOURS
from kansoku.store.upkeep.own import OWN

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from kansoku.catalog.fields import Source
    from kansoku.store.database import Database
    from kansoku.store.task import Answer, Arguments, Work

_DROPPED: Final = "dropped"
_CLEARED: Final = "cleared"
_LOOKED: Final = "looked"
"""The actions: a partition dropped, its content cleared, and a table's cutoff moved on."""

_PARTITIONS = """
    SELECT p.table, p.partition, any(p.partition_id), sum(p.rows), sum(p.bytes_on_disk),
        max(p.max_block_number), any(t.partition_key)
    FROM system.parts AS p
    INNER JOIN system.tables AS t ON t.database = p.database AND t.name = p.table
    WHERE p.active AND p.database = currentDatabase() AND t.engine LIKE '%MergeTree'
    GROUP BY p.table, p.partition ORDER BY p.table, p.partition
"""
_CONTENT_TABLES = {
    "otel_traces": (
        "SpanAttributes = mapFilter((k, v) -> k IN ({kept}), SpanAttributes)",
        "StatusMessage = ''",
        "`Events.Attributes` = arrayMap(m -> mapFilter((k, v) -> 0, m), `Events.Attributes`)",
        "`Links.Attributes` = arrayMap(m -> mapFilter((k, v) -> 0, m), `Links.Attributes`)",
    ),
    "otel_logs": (
        "LogAttributes = mapFilter((k, v) -> k IN ({kept}), LogAttributes)",
        "Body = ''",
    ),
}
_COUNTED = frozenset(relation.table for relation in RELATIONS)
_FREE_TEXT = frozenset(("error_message", "comment"))
"""Fields that hold sentences: their attributes count as content."""


@dataclass(frozen=True, slots=True)
class Partition:
    """The rows of one day or month of a table; `begins` is its first day, `ends` the one after its last."""

    table: str
    name: str
    id: str
    rows: int
    bytes: int
    block: int
    begins: date
    ends: date


def retain(work: Work, arguments: Arguments) -> Answer:
    """Sets days where `set` gives any, ends what is over, and says how it stands.

    Arguments: `set` and `file` give days by name (`file` wins over what was set), `now` the present in
    unix seconds; without `apply`, nothing is ended.

    Raises:
        QueryRefused: If an argument cannot be used.
    """
    if given := _given(arguments, "set"):
        _set(work.database, given)
    now = datetime.fromtimestamp(float(cast("float", arguments["now"])), UTC)
    days, told_by = _days(work.database, _given(arguments, "file"))
    passes = _Pass(work, days, now, done=bool(arguments.get("apply")))
    dropped = list(passes.drop())
    cleared = list(passes.clear())
    return {
        "kinds": [
            {
                "name": one.name,
                "days": days[one.name],
                "set_by": told_by.get(one.name, "default"),
                "title": one.title.as_dict(),
                "cutoff": _text(passes.cutoff(one.name)),
            }
            for one in RETENTIONS
        ],
        "applied": passes.done,
        "dropped": [_told(one, late=late) for one, late in dropped],
        "cleared": [_told(one) for one in cleared],
        "late_rows": late_rows(work.database),
    }


LATE_ROWS: Final = f"SELECT sum(rows) FROM {RETENTION_LOG.name} WHERE late"  # noqa: S608


def late_rows(database: Database) -> int:
    """Rows that came when their day was already gone, and were dropped."""
    ((rows,),) = database.rows(LATE_ROWS)
    return int(cast("int", rows))


def _given(arguments: Arguments, key: str) -> Days:
    """Days by name, checked.

    Raises:
        QueryRefused: If they cannot be used.
    """
    found: object = arguments.get(key, {})
    if not isinstance(found, dict):
        raise QueryRefused(f"{key}: must be an object of days by name")
    days: Days = {}
    for name, value in cast("dict[str, object]", found).items():
        try:
            days[name] = checked(name, FOREVER if value is None else value)
        except ValueError as error:
            raise QueryRefused(f"{name} {error}") from None
    return days


def _set(database: Database, days: Days) -> None:
    rows = ", ".join(f"(now64(6), '{name}', {'NULL' if d is None else d})" for name, d in days.items())
    database.run(f"INSERT INTO {RETENTION_DAYS.name} (at, name, days) VALUES {rows}")  # noqa: S608


def _days(database: Database, file: Days) -> tuple[Days, dict[str, str]]:
    """The days that hold, and who gave those that are not the default."""
    days: Days = {one.name: one.days for one in RETENTIONS}
    told_by: dict[str, str] = {}
    told = database.rows(
        f"SELECT name, argMax(tuple(days), at).1 FROM {RETENTION_DAYS.name} GROUP BY name"  # noqa: S608
    )
    for name, found in told:
        if name in NAMES:
            days[str(name)] = cast("int | None", found)
            told_by[str(name)] = "command"
    return {**days, **file}, {**told_by, **dict.fromkeys(file, "kansoku.toml")}


class _Pass:
    """One pass over the partitions; without `done` it only finds them."""

    def __init__(self, work: Work, days: Days, now: datetime, *, done: bool) -> None:
        self._database = work.database
        self._told = work.told
        self._changing = work.changing
        self._days = days
        self._now = now
        self.done = done
        self._partitions = list(_partitions(work.database))

    def cutoff(self, name: str) -> date | None:
        """The first day that is kept; None where all are."""
        days = self._days[name]
        return None if days is None else self._now.date() - timedelta(days=days)

    def drop(self) -> Iterator[tuple[Partition, bool]]:
        """Drops what is over; gives each with whether it came late."""
        passed_before = self._database.rows(
            f"SELECT table, argMax(cutoff, at) FROM {RETENTION_LOG.name}"  # noqa: S608
            f" WHERE action != '{_CLEARED}' GROUP BY table"
        )
        before = {str(table): date.fromisoformat(str(day)) for table, day in passed_before}
        for table in sorted({one.table for one in self._partitions}):
            cutoff = self.cutoff(kind_of(table))
            passed = before.get(table)
            for one in self._partitions:
                if one.table == table and cutoff is not None and one.ends <= cutoff:
                    # What the hours of traces tell of is counted where it lies.
                    late = passed is not None and one.ends <= passed and table != TRACE_HOURS.name
                    self._drop(one, cutoff, late=late)
                    yield one, late
            if self.done and cutoff is not None and cutoff != passed:
                self._log(_LOOKED, Partition(table, "", "", 0, 0, 0, cutoff, cutoff), cutoff)

    def clear(self) -> Iterator[Partition]:
        """Clears the content of days past it, where any came since it was last done."""
        cutoff = self.cutoff(CONTENT)
        if cutoff is None:
            return
        seen = {
            (table, name): int(cast("int", block))
            for table, name, block in self._database.rows(
                f"SELECT table, partition, max(block) FROM {RETENTION_LOG.name}"  # noqa: S608
                f" WHERE action = '{_CLEARED}' GROUP BY table, partition"
            )
        }
        for one in _partitions(self._database):
            if one.table not in _CONTENT_TABLES or one.ends > cutoff:
                continue
            if seen.get((one.table, one.name), -1) >= one.block:
                continue
            if self.done:
                self._told(f"clearing the content of {one.table} {one.name}")
                self._database.run(clearing(one.table, one.id))
                self._log(_CLEARED, one, cutoff)
            yield one

    def _drop(self, one: Partition, cutoff: date, *, late: bool) -> None:
        if self.done:
            self._told(f"dropping {one.rows:,} rows of {one.table} {one.name}")
            # Written first: a crash in between tells of rows that the next pass drops and tells again.
            self._log(_DROPPED, one, cutoff, late=late)
            if one.table in _COUNTED:
                self._changing(_second(one.begins), _second(one.ends))
            self._database.run(f"ALTER TABLE {one.table} DROP PARTITION ID '{one.id}'")

    def _log(self, action: str, one: Partition, cutoff: date, *, late: bool = False) -> None:
        self._database.run(
            f"INSERT INTO {RETENTION_LOG.name} (at, action, table, partition, rows, bytes, late, cutoff,"  # noqa: S608
            f" block) VALUES ({int(self._now.timestamp())}, '{action}', '{one.table}', '{one.name}',"
            f" {one.rows}, {one.bytes}, {late}, '{cutoff}', {one.block})"
        )


def clearing(table: str, partition_id: str) -> str:
    """The statement that clears the content of a partition."""
    kept = ", ".join(f"'{name}'" for name in kept_attributes())
    changes = ", ".join(change.format(kept=kept) for change in _CONTENT_TABLES[table])
    return f"ALTER TABLE {table} UPDATE {changes} IN PARTITION ID '{partition_id}' WHERE 1"


def kept_attributes() -> tuple[str, ...]:
    """The attributes that columns are made of, free text left out, and those that name a row's kind."""
    names: dict[str, None] = {"event.name": None}
    for relation in RELATIONS:
        if isinstance(relation.select, Having):
            names[relation.select.attribute] = None
        for field in relation.fields:
            if field.name not in _FREE_TEXT:
                names.update(dict.fromkeys(_names(field.source)))
    return tuple(names)


def _names(source: Source) -> Iterable[str]:
    """Every attribute that a source reads of a span or log record itself."""
    match source:
        case Attribute(name, older):
            return (name, *older)
        case Uncached(total, cached):
            return tuple(name for one in (total, *cached) for name in _names(one))
        case Resource(_, _, override):
            return () if override is None else (override,)
        case StatusOr(attribute):
            return _names(attribute)
        case Intrinsic() | Constant():
            return ()
        case _:
            assert_never(source)


def _partitions(database: Database) -> Iterator[Partition]:
    """The partitions of Kansoku's tables that are divided by day or month."""
    for table, name, id_, rows, size, block, key in database.rows(_PARTITIONS):
        if table not in OWN:
            continue
        days = _days_of(str(name)) if re.match(r"to(Date|YYYYMM)\(", str(key)) else None
        if days is not None:
            held, bytes_, newest = (int(cast("int", number)) for number in (rows, size, block))
            yield Partition(str(table), str(name), str(id_), held, bytes_, newest, *days)


def _days_of(name: str) -> tuple[date, date] | None:
    """The first day of a partition called `2026-11-27` or `202611`, and the first day after it."""
    if re.fullmatch(r"\d{4}-\d{2}-\d{2}", name):
        day = date.fromisoformat(name)
        return (day, day + timedelta(days=1)) if day < date.max else None
    if re.fullmatch(r"\d{6}", name):
        year, month = int(name[:4]), int(name[4:])
        return date(year, month, 1), date(year + month // 12, month % 12 + 1, 1)
    return None


def _told(one: Partition, *, late: bool | None = None) -> Answer:
    told: Answer = {"table": one.table, "partition": one.name, "rows": one.rows, "bytes": one.bytes}
    return told if late is None else {**told, "late": late}


def _second(day: date) -> int:
    return int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp())


def _text(day: date | None) -> str | None:
    return None if day is None else day.isoformat()
