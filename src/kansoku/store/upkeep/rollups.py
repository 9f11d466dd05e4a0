"""The pass that keeps the rollups: closed stretches of time, made anew from the narrow tables.

A period of a rollup is made in two statements: its rows, under a version of their own, then one row in
`rollup_periods` that tells the version. A question reads the newest version told there, so a period
changes at once and whole, and a crash between the two leaves rows that nobody reads and the next
clearing removes. Making a period again gives the same rows: nothing is ever added to one.

A period is made when it is over, and again when the rows that it was made of have changed:
- late rows are seen by `stored_at`, which is looked through from a while back, as an INSERT shows its
  rows only at its end;
- each period keeps how many rows it was made of, and at the start and now and then all are counted,
  which finds what came while the pass was not there;
- who corrects or removes rows marks the time in `rollup_touched` first. The mark is heeded at once, and
  again a while later, when no mutation is under way any more.

A period that late rows have come into is withdrawn as soon as that is seen, long before it is its turn to
be made again: a row in `rollup_withdrawn` names the version that questions no longer read. They read the
period from a finer rollup or the narrow table then, as if it had never been made.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, cast

from kansoku.catalog.fields import RELATIONS, Kind
from kansoku.catalog.filters import FILTERS
from kansoku.catalog.rollups import DAY_S, ROLLUPS, Place, Rollup
from kansoku.errors import StoreError
from kansoku.query.rolled import definition, kept, ranked
from kansoku.query.sql import SKETCH
from kansoku.store.schema.relations import STORED_AT
from kansoku.store.schema.tables import Table

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from kansoku.query.sql import Part
    from kansoku.store.database import Database

_log = logging.getLogger(__name__)
_PERIODS: Final = "rollup_periods"
_TOUCHED: Final = "rollup_touched"
_WITHDRAWN: Final = "rollup_withdrawn"
_TABLES: Final = tuple(dict.fromkeys(rollup.table for rollup in ROLLUPS))
_UNIT_S: Final = 900
"""Changes are told apart by so many seconds; every period is a multiple of it."""
_GRACE_S = 120
"""So long after its end a period is over: most of what is late has come by then."""
_LOOK_BACK_S = 600
"""An INSERT may take so long until its rows are seen."""
_RIPE_S = 180
_REST: Final = 60
"""A period is made anew for late rows once in a sixtieth of its length, at the most."""
_FARTHEST_S = 100 * 86_400
_AUDIT_S = 3_600.0
_PAUSE_S = 10.0
_SETTLED_S = 60
"""A mark younger than this is heeded and kept: the change that it tells of may not have begun."""
_READ_S = 300
"""Rows of an older making stay so long, for questions that were asked before the newer one."""
_KEPT_LONGER_S = 3_600
_BATCH_ROWS = 2_000_000
_BATCH_PERIODS = 200
_SUPERSEDED_TO_CLEAR = 500
_SPILL_BYTES = 256 * 2**20
"""Of many periods at once, sums with sketches of many values go to the disk from so many bytes on."""
_SETTINGS: Final = (
    f"max_threads = 1, priority = 5, max_memory_usage = {2**30},"
    f" max_bytes_before_external_group_by = {_SPILL_BYTES}"
)

_GRANULE: Final = "index_granularity = 128"
"""Of rows with sketches: they are read by whole granules, a question wants few, and each takes some µs."""

_CHOSEN_BY: Final = frozenset(name for one in FILTERS if one.name != "model" for name in one.fields)
"""Charts are split by model as often as one model is chosen."""

_TYPES: Final = {
    "count": "UInt64 CODEC(T64, ZSTD(1))",
    "total": "Float64 CODEC(ZSTD(1))",
    "sketch": f"AggregateFunction({SKETCH}, Float64) CODEC(ZSTD(1))",
}


PERIODS: Final = Table(
    name=_PERIODS,
    columns=(
        "rollup LowCardinality(String)",
        "definition String CODEC(ZSTD(1))",
        "begin DateTime('UTC')",
        "version UInt64 CODEC(Delta(8), ZSTD(1))",
        "made_of UInt64 CODEC(T64, ZSTD(1))",
    ),
    partition="tuple()",
    order="(rollup, begin)",
)
TOUCHED: Final = Table(
    name=_TOUCHED,
    columns=("begin DateTime('UTC')", "end DateTime('UTC')", "at DateTime64(3, 'UTC')"),
    partition="tuple()",
    order="at",
)
WITHDRAWN: Final = Table(
    name=_WITHDRAWN,
    columns=(
        "rollup LowCardinality(String)",
        "definition String CODEC(ZSTD(1))",
        "begin DateTime('UTC')",
        "version UInt64 CODEC(Delta(8), ZSTD(1))",
        "at DateTime('UTC')",
    ),
    partition="tuple()",
    order="(rollup, begin)",
)


def rollup_tables() -> tuple[Table, ...]:
    """The tables that the rollups and what is known of them lie in."""
    return (PERIODS, TOUCHED, WITHDRAWN, *map(_table, ROLLUPS))


EVER: Final = (0, 2**32 - 1)
"""All the time there is, for `touched`."""


def touched(begin: int, end: int) -> str:
    """The statement that marks a time, in unix seconds, in which rows will be corrected or removed."""
    return f"INSERT INTO {_TOUCHED} SELECT {_second(begin)}, {_second(end)}, now64(3, 'UTC')"


class Keeper:
    """Keeps the rollups of one database. `keep` is one pass; `start` makes passes until `stop`."""

    def __init__(self, database: Database, clock: Callable[[], float] = time.time) -> None:
        self._database = database
        self._clock = clock
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._work, name="rollups")
        self._audited: float | None = None
        self._seen: dict[str, dict[tuple[int, int], int]] = {}
        self._looked = 0
        self._late: dict[str, set[int]] = {rollup.name: set() for rollup in ROLLUPS}
        self._withdrawn: set[_Making] | None = None
        self._heeded: set[int] = set()
        self._superseded = 0
        self._versions: dict[str, int] = {}

    def start(self) -> None:
        """Begins to keep them, in a thread of its own."""
        self._thread.start()

    def stop(self) -> None:
        """Ends after the statement that is under way."""
        self._stopping.set()
        if self._thread.ident is not None:
            self._thread.join()

    def prepare(self) -> None:
        """Makes anew the tables of rollups that keep something else now, and drops those that are no more.

        Raises:
            StoreError: If the database fails.
        """
        found = self._found()
        wanted = {table.name: table for table in rollup_tables()}
        there: set[str] = set()
        known = _PERIODS in found and found[_PERIODS].is_made_as(PERIODS)
        for name, one in found.items():
            if name not in wanted or not one.is_made_as(wanted[name]):
                if known:  # an older Kansoku may come back, and would take them for its own
                    self._database.run(f"ALTER TABLE {_PERIODS} DELETE WHERE rollup = '{name}'")
                self._database.run(f"DROP TABLE {name} SYNC")
            else:
                there.add(name)
        for statement in (one for name in wanted if name not in there for one in wanted[name].create()):
            self._database.run(statement)

    def _found(self) -> dict[str, _Found]:
        """The tables of rollups that are there, by name."""
        columns: dict[str, list[str]] = defaultdict(list)
        for table, column in self._database.rows(
            "SELECT table, name FROM system.columns WHERE database = currentDatabase()"
            " AND startsWith(table, 'rollup_') ORDER BY position"
        ):
            columns[str(table)].append(str(column))
        engines = self._database.rows(
            "SELECT name, engine_full FROM system.tables WHERE database = currentDatabase()"
            " AND startsWith(name, 'rollup_')"
        )
        return {str(name): _Found(columns[str(name)], str(engine)) for name, engine in engines}

    def keep(self) -> int:
        """Makes every period that is over and missing or changed.

        Returns:
            How many it made.

        Raises:
            StoreError: If the database fails; what is not made yet, the next pass makes.
        """
        now = int(self._clock())
        marks, settled = self._marks(now)
        audit = self._audited is None or now - self._audited >= _AUDIT_S
        held = self._held()
        # Nobody else makes any, and to read all the rows of users' rollups takes half of an idle pass.
        self._versions = self._versions or self._last()
        tasks = [_Task(one, now, held[one.name], self._late[one.name]) for one in ROLLUPS]
        self._remember(tasks)
        self._look(tasks)
        if audit:  # after the look: what comes in between is counted, and what comes later is seen
            self._audit(tasks, now)
        made = sum(self._make(task, due, tasks) for task in tasks if (due := task.due(marks)))
        if self._stopping.is_set():  # not all was made: the marks stay for who comes after
            return made
        if audit:
            self._audited = now
        if settled:
            told = ", ".join(map(repr, sorted(settled)))
            self._database.run(f"ALTER TABLE {_TOUCHED} DELETE WHERE toUnixTimestamp64Milli(at) IN ({told})")
        if self._superseded >= _SUPERSEDED_TO_CLEAR or (audit and self._superseded):
            self.clear()
        return made

    def clear(self) -> None:
        """Removes the rows that no question reads any more.

        Raises:
            StoreError: If the database fails.
        """
        now = int(self._clock())
        for rollup in ROLLUPS:
            if rollup.days is not None:
                before = _second(now - rollup.days * 86_400 - _KEPT_LONGER_S)
                self._database.run(
                    f"ALTER TABLE {_PERIODS} DELETE WHERE rollup = '{rollup.name}' AND begin < {before}"
                )
            newest = (
                f"SELECT begin, max(version) FROM {_PERIODS} WHERE rollup = '{rollup.name}'"
                f" AND definition = '{definition(rollup)}' GROUP BY begin"
            )
            self._database.run(
                f"ALTER TABLE {rollup.name} DELETE"
                f" WHERE version < {(now - _READ_S) * 10**9} AND (period, version) NOT IN ({newest})"
            )
        self._database.run(
            f"ALTER TABLE {_PERIODS} DELETE WHERE (rollup, definition, begin, version) NOT IN"
            " (SELECT rollup, definition, begin, max(version)"
            f" FROM {_PERIODS} GROUP BY definition, rollup, begin)"
        )
        self._database.run(
            f"ALTER TABLE {_WITHDRAWN} DELETE WHERE (rollup, definition, begin, version) NOT IN"
            f" (SELECT rollup, definition, begin, version FROM {_PERIODS})"
        )
        self._superseded = 0

    def _work(self) -> None:
        while not self._stopping.is_set():
            try:
                self.keep()
            except StoreError as error:
                _log.warning("The rollups wait %.0f s: %s", _PAUSE_S, error)
            self._stopping.wait(_PAUSE_S)

    def _marks(self, now: int) -> tuple[list[tuple[int, int]], set[int]]:
        """The times that were marked, and the marks that have done their work after this pass."""
        rows = self._database.rows(
            f"SELECT toUnixTimestamp(begin), toUnixTimestamp(end), toUnixTimestamp64Milli(at) FROM {_TOUCHED}"
        )
        marks = cast("list[tuple[int, int, int]]", rows)
        if not marks or self._mutating():
            return [], set()
        settled = {at for _, _, at in marks if at <= (now - _SETTLED_S) * 1000}
        heeded = {at for _, _, at in marks}.difference(self._heeded - settled)
        self._heeded = {at for _, _, at in marks} - settled
        return [(begin, end) for begin, end, at in marks if at in heeded], settled

    def _mutating(self) -> bool:
        tables = ", ".join(f"'{table}'" for table in dict.fromkeys(one.table for one in RELATIONS))
        return bool(
            self._database.rows(
                "SELECT 1 FROM system.mutations WHERE database = currentDatabase()"
                f" AND table IN ({tables}) AND NOT is_done LIMIT 1"
            )
        )

    def _remember(self, tasks: Sequence[_Task]) -> None:
        """What is withdrawn is to be made anew, whoever withdrew it."""
        if self._withdrawn is None:
            self._withdrawn = self._withdrawn_before()
        self._withdrawn &= {task.making(at) for task in tasks for at in task.held}
        for task in tasks:
            task.late.update(at for at in task.held if task.making(at) in self._withdrawn)

    def _look(self, tasks: Sequence[_Task]) -> None:
        """Sees which periods have other rows now, and withdraws them."""
        now = self._looked = int(self._clock())
        stale: set[_Making] = set()
        found: dict[str, dict[tuple[int, int], int]] = {}
        for table in _TABLES:
            changed, ripe, seen = self._changed(table, now)
            for task in (one for one in tasks if one.rollup.table == table):
                task.late |= task.periods(changed | ripe)
                stale |= task.makings(task.periods(changed))
            found[table] = seen
        self._withdraw(stale, now)
        self._seen = found

    def _audit(self, tasks: Sequence[_Task], now: int) -> None:
        """Counts all rows, and withdraws the periods that were made of another number of them."""
        counted = {table: self._counted(table, now) for table in _TABLES}
        for task in tasks:
            task.counted = counted[task.rollup.table]
        # Once: what is made in this pass is made of rows that were not counted here.
        self._withdraw({one for task in tasks for one in task.makings(task.miscounted())}, now)

    def _withdraw(self, makings: set[_Making], now: int) -> None:
        """Has no question read these, which were made of other rows than there are now."""
        known = self._withdrawn = self._withdrawn or set()
        fresh = makings - known
        if fresh:
            told = ", ".join(
                f"('{name}', '{made}', {at}, {version}, {now})" for name, made, at, version in fresh
            )
            self._database.run(f"INSERT INTO {_WITHDRAWN} VALUES {told}")
        known |= fresh

    def _withdrawn_before(self) -> set[_Making]:
        """What a pass withdrew and did not make again before it ended."""
        rows = self._database.rows(
            f"SELECT rollup, definition, toUnixTimestamp(begin), version FROM {_WITHDRAWN}"
        )
        return set(cast("list[_Making]", rows))

    def _changed(self, table: str, now: int) -> tuple[set[int], set[int], dict[tuple[int, int], int]]:
        """The units of time with more or fewer rows than at the last look, those to make once more, and all.

        Shortly after they are stored, rows are priced and duplicates taken out.
        """
        since = (now - _LOOK_BACK_S) // 60 * 60
        rows = self._database.rows(
            f"SELECT {_unit('time')} AS unit, {_unit(STORED_AT, 60)} AS minute, count() FROM {table}"
            f" WHERE {STORED_AT} >= {_second(since)} GROUP BY unit, minute SETTINGS {_SETTINGS}"
        )
        seen = {
            (unit, minute): 2 * n + (now - minute >= _RIPE_S)
            for unit, minute, n in cast("list[tuple[int, int, int]]", rows)
        }
        before = self._seen.get(table)
        if before is None:  # what came before the first pass, the audit finds
            return set(), set(), seen
        keys = seen.keys() | {key for key in before if key[1] >= since}
        changed = {key[0] for key in keys if seen.get(key, 0) // 2 != before.get(key, 0) // 2}
        return changed, {key[0] for key in keys if seen.get(key) != before.get(key)} - changed, seen

    def _counted(self, table: str, now: int) -> dict[int, int]:
        """How many rows each unit of time has."""
        rows = self._database.rows(
            f"SELECT {_unit('time')} AS unit, count() FROM {table}"
            f" WHERE time >= {_moment(now - _FARTHEST_S)} GROUP BY unit SETTINGS {_SETTINGS}"
        )
        return dict(cast("list[tuple[int, int]]", rows))

    def _held(self) -> dict[str, dict[int, tuple[int, int]]]:
        """By rollup, each period that is there, its version and of how many rows it was made."""
        rows = self._database.rows(
            "SELECT rollup, definition, toUnixTimestamp(begin) AS at, max(version), argMax(made_of, version)"
            f" FROM {_PERIODS} GROUP BY definition, rollup, at"
        )
        known = {(rollup.name, definition(rollup)) for rollup in ROLLUPS}
        held: dict[str, dict[int, tuple[int, int]]] = {rollup.name: {} for rollup in ROLLUPS}
        for name, made, at, version, n in cast("list[tuple[str, str, int, int, int]]", rows):
            if (name, made) in known:
                held[name][at] = (version, n)
        return held

    def _last(self) -> dict[str, int]:
        """The last version in each rollup, also of a making that a crash cut short and no period tells."""
        asked = (f"SELECT '{rollup.name}', max(version) FROM {rollup.name}" for rollup in ROLLUPS)
        return dict(cast("list[tuple[str, int]]", self._database.rows(" UNION ALL ".join(asked))))

    def _make(self, task: _Task, due: Sequence[int], tasks: Sequence[_Task]) -> int:
        """Makes these periods, the newest first; where that takes long, looks between for what is late."""
        made = 0
        for some in self._batches(task.rollup, due):
            if self._stopping.is_set():
                break
            if self._clock() - self._looked >= _PAUSE_S:
                self._look(tasks)
            self._make_some(task, some)
            made += len(some)
        return made

    def _batches(self, rollup: Rollup, due: Sequence[int]) -> Iterable[dict[int, int]]:
        """Periods with the rows that each has, so many at a time as one statement should read."""
        ordered = sorted(due, reverse=True)
        for at in range(0, len(ordered), _BATCH_PERIODS):
            some = ordered[at : at + _BATCH_PERIODS]
            n = self._made_of(rollup, some)
            batch: dict[int, int] = {}
            for period in some:
                if batch and sum(batch.values()) + n.get(period, 0) > _BATCH_ROWS:
                    yield batch
                    batch = {}
                batch[period] = n.get(period, 0)
            yield batch

    def _made_of(self, rollup: Rollup, periods: Sequence[int]) -> dict[int, int]:
        """Counted before they are made: a row that comes in between is found missing later."""
        rows = self._database.rows(
            f"SELECT {_unit('time', rollup.period_s)} AS at, count() FROM {rollup.table}"
            f" WHERE {_within(rollup, periods)} GROUP BY at SETTINGS {_SETTINGS}"
        )
        return dict(cast("list[tuple[int, int]]", rows))

    def _make_some(self, task: _Task, periods: dict[int, int]) -> None:
        rollup = task.rollup
        version = max(int(self._clock() * 10**9), self._versions[rollup.name] + 1)
        self._versions[rollup.name] = version
        filled = sorted(at for at, n in periods.items() if n)
        if filled:  # to sum up nothing costs as much as to sum up something, and much of the past is empty
            self._database.run(made(rollup, filled, version))
        told = ", ".join(
            f"('{rollup.name}', '{definition(rollup)}', {at}, {version}, {n})" for at, n in periods.items()
        )
        self._database.run(f"INSERT INTO {_PERIODS} VALUES {told}")
        self._superseded += len(periods.keys() & task.held.keys())
        task.held |= {at: (version, n) for at, n in periods.items()}
        task.late.difference_update(periods)


@dataclass(frozen=True, slots=True)
class _Found:
    """A table that is there: its columns, in their order, and its engine with the settings."""

    columns: list[str]
    engine: str

    def is_made_as(self, table: Table) -> bool:
        """Whether that is how the table would be made today."""
        names = [one.split()[0] for one in table.columns]
        return names == self.columns and all(one in self.engine for one in table.settings)


_Making = tuple[str, str, int, int]
"""One making of a period: the rollup's name and definition, when the period begins, and the version."""


@dataclass(slots=True)
class _Task:
    """One rollup in one pass: what it holds, and what it should.

    `late` are periods with other rows now; `counted` are the rows of each unit of time, if it is an audit.
    """

    rollup: Rollup
    now: int
    held: dict[int, tuple[int, int]]
    late: set[int]
    counted: dict[int, int] | None = None

    def due(self, marks: Sequence[tuple[int, int]]) -> list[int]:
        """The periods to make: missing, changed, marked, or made of another number of rows than counted."""
        size = self.rollup.period_s
        first = -(-self._first() // size) * size
        begin = min((*self.held, *self.late, *(self.counted or ())), default=self.now)
        over = range(max(first, begin // size * size), self.now - _GRACE_S - size + 1, size)
        miscounted = self.miscounted()
        return [
            at
            for at in over
            if at not in self.held
            or (at in self.late and self._rested(at))
            or any(begin < at + size and at < end for begin, end in marks)
            or at in miscounted
        ]

    def periods(self, units: set[int]) -> set[int]:
        """The periods that these units of time lie in."""
        return {unit // self.rollup.period_s * self.rollup.period_s for unit in units}

    def makings(self, periods: set[int]) -> set[_Making]:
        """The newest makings of those among the periods that are held and kept."""
        first = self._first()
        return {self.making(at) for at in periods & self.held.keys() if at >= first}

    def making(self, at: int) -> _Making:
        """The newest making of the period that begins then, which is held."""
        return self.rollup.name, definition(self.rollup), at, self.held[at][0]

    def _first(self) -> int:
        """What begins before this second is not kept, or not for long."""
        return self.now - (_FARTHEST_S if self.rollup.days is None else self.rollup.days * 86_400)

    def miscounted(self) -> set[int]:
        """The periods that are held and were made of another number of rows than counted."""
        if self.counted is None:
            return set()
        sums: dict[int, int] = defaultdict(int)
        for unit, n in self.counted.items():
            sums[unit // self.rollup.period_s * self.rollup.period_s] += n
        return {at for at, (_, n) in self.held.items() if sums[at] != n}

    def _rested(self, at: int) -> bool:
        """Whether it was not made just now: with a row late every second, a day's would be all there is."""
        return self.now - self.held[at][0] // 10**9 >= self.rollup.period_s // _REST


def made(rollup: Rollup, periods: Sequence[int], version: int) -> str:
    """The statement that makes the periods' rows under the version."""
    period, begin = (
        f"toDateTime({_unit('time', size)}, 'UTC')" for size in (rollup.period_s, rollup.grain_s)
    )
    names = ("period", "version", "begin", *rollup.by, *(part.column for part in kept(rollup)))
    told = (
        f"{period} AS period",
        f"toUInt64({version}) AS version",
        f"{begin} AS begin",
        *rollup.by,
        *(f"{part.base} AS {part.column}" for part in kept(rollup)),
    )
    rows = (
        f"SELECT {', '.join(told)}"
        f" FROM {rollup.table} WHERE {_within(rollup, periods)}"
        f" GROUP BY {', '.join(('period', 'begin', *rollup.by))}"
    )
    if rollup.front:
        names, rows = (*names, "place"), _placed(rollup, rows)
    return f"INSERT INTO {rollup.name} ({', '.join(names)}) {rows} SETTINGS {_SETTINGS}"


def _placed(rollup: Rollup, rows: str) -> str:
    """The rows with their places, and two that tell of those behind: their sums, and the largest of each.

    It is the largest without its sign, as it bounds what a value that stands behind can add or take.
    """
    columns = [part.column for part in kept(rollup)]
    ranks = ", ".join(
        f"row_number() OVER (PARTITION BY begin ORDER BY {part.column} DESC)" for part in ranked(rollup)
    )
    told = ", ".join(
        f"sum({name}) OVER side AS sum_{name}, max(abs({name})) OVER side AS most_{name}" for name in columns
    )
    tells = f"place IN ({Place.SUMS_BEHIND:d}, {Place.MOST_BEHIND:d})"
    by = ", ".join(f"if({tells}, '', {name}) AS {name}" for name in rollup.by)
    values = ", ".join(
        f"multiIf(place = {Place.SUMS_BEHIND:d}, sum_{name},"
        f" place = {Place.MOST_BEHIND:d}, most_{name}, {name}) AS {name}"
        for name in columns
    )
    once = f"[{Place.SUMS_BEHIND:d}, {Place.MOST_BEHIND:d}, {Place.BEHIND:d}]"
    places = (
        f"multiIf(whole, [{Place.WHOLE:d}], in_front, [{Place.FRONT:d}], nth = 1, {once}, [{Place.BEHIND:d}])"
    )
    return (
        f"SELECT period, version, begin, {by}, {values}, place FROM"
        f" (SELECT *, toUInt8(arrayJoin({places})) AS place FROM"
        f" (SELECT *, row_number() OVER side AS nth, min(in_front) OVER (PARTITION BY begin) AS whole, {told}"
        f" FROM (SELECT *, least({ranks}) <= {rollup.front} AS in_front FROM ({rows}))"
        " WINDOW side AS (PARTITION BY begin, in_front)))"
    )


def _table(rollup: Rollup) -> Table:
    return Table(
        name=rollup.name,
        columns=(
            "period DateTime('UTC') CODEC(Delta(4), ZSTD(1))",
            "version UInt64 CODEC(Delta(8), ZSTD(1))",
            "begin DateTime('UTC') CODEC(Delta(4), ZSTD(1))",
            *(f"{name} {_word(rollup, name)} CODEC(ZSTD(1))" for name in rollup.by),
            *map(_column, kept(rollup)),
            *(("place UInt8 CODEC(ZSTD(1))",) if rollup.front else ()),
        ),
        partition=_partition(rollup),
        order=f"({', '.join(_order(rollup))})",
        settings=(_GRANULE,) if rollup.sketches else (),
    )


def _order(rollup: Rollup) -> tuple[str, ...]:
    """Of rows with sketches few are read: what is chosen by stands before the time, what splits behind it."""
    if rollup.front:
        return ("place", *rollup.by, "begin")
    chosen = [name for name in rollup.by if rollup.sketches and name in _CHOSEN_BY]
    return (*chosen, "begin", *(name for name in rollup.by if name not in chosen))


def _partition(rollup: Rollup) -> str:
    """Of months; where the order does not begin with the time, of what a window reads little beside."""
    if not rollup.front or rollup.grain_s > DAY_S:
        return "toYYYYMM(begin)"
    return "toMonday(begin)" if rollup.grain_s == DAY_S else "toYYYYMMDD(begin)"


def _word(rollup: Rollup, name: str) -> str:
    relation = next(one for one in RELATIONS if one.table == rollup.table)
    return "LowCardinality(String)" if relation.field(name).kind is Kind.LABEL else "String"


def _column(part: Part) -> str:
    return f"{part.column} {_TYPES[part.kind]}"


def _within(rollup: Rollup, periods: Iterable[int]) -> str:
    """The rows of the periods; neighbours are read as one stretch."""
    ranges: list[list[int]] = []
    for at in sorted(periods):
        if ranges and ranges[-1][1] == at:
            ranges[-1][1] = at + rollup.period_s
        else:
            ranges.append([at, at + rollup.period_s])
    tests = (f"(time >= {_moment(begin)} AND time < {_moment(end)})" for begin, end in ranges)
    return f"({' OR '.join(tests)})"


def _unit(name: str, size: int = _UNIT_S) -> str:
    return f"intDiv(toUnixTimestamp({name}), {size}) * {size}"


def _moment(unix_s: int) -> str:
    return f"toDateTime64({unix_s}, 9, 'UTC')"


def _second(unix_s: int) -> str:
    return f"toDateTime({min(max(unix_s, 0), 2**32 - 1)}, 'UTC')"
