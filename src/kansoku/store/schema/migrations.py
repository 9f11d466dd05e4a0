"""The versions of the schema, oldest first: what each changed in tables that were there before.

A new database is made as `tables` and `relations` define it and is of the newest version at once, so
a changed definition needs a step here, which leads an older database to the same columns and
indexes. New tables, and views, need none: a missing table is made at every start, and a view whose
text is another now is replaced. A step that has been released is never changed.

Every change may be done again, as a crash can fall before its version is written down.
"""

from __future__ import annotations

from dataclasses import dataclass

from kansoku.store.schema.tables import BY_WORD

FIRST = 1
"""The version of databases from before versions were written down."""


@dataclass(frozen=True, slots=True)
class AddColumn:
    """A column that rows from before do not have: they show its type's default until it is filled.

    `definition` begins with its name; it stands after the column named `after`, or last.
    """

    table: str
    definition: str
    after: str = ""


@dataclass(frozen=True, slots=True)
class ModifyColumn:
    """Another type or codec for a column. Parts keep their codec until they are merged."""

    table: str
    definition: str


@dataclass(frozen=True, slots=True)
class AliasColumn:
    """A column that is kept no more: it shows what `definition` says, as `name type ALIAS …`."""

    table: str
    definition: str


@dataclass(frozen=True, slots=True)
class AddIndex:
    """An index; `fill` makes it for the rows that are there too, which reads their columns once."""

    table: str
    definition: str
    fill: bool = False


@dataclass(frozen=True, slots=True)
class DropIndex:
    """An index that is no longer wanted."""

    table: str
    name: str


@dataclass(frozen=True, slots=True)
class FillColumns:
    """Columns of a narrow table computed anew from the raw rows that are still there.

    `kind` names the relation of `catalog.fields` whose sources are read. Rows whose raw row is gone,
    and columns of rows made from other relations, stay as they are.
    """

    kind: str
    columns: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ModifySettings:
    """Other settings of a table, as `name = value`."""

    table: str
    settings: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class FillTraceHours:
    """The hours of the traces that are there noted in `trace_hours`."""


Change = (
    AddColumn
    | AliasColumn
    | ModifySettings
    | ModifyColumn
    | AddIndex
    | DropIndex
    | FillColumns
    | FillTraceHours
)


@dataclass(frozen=True, slots=True)
class Step:
    """What leads a database of the version before to this one."""

    number: int
    what: str
    changes: tuple[Change, ...]


_EMITTER = "emitter LowCardinality(String) CODEC(ZSTD(1))"
_NARROW = ("calls", "tool_calls", "outcomes")
_METRICS = ("gauge", "sum", "histogram", "exponential_histogram", "summary")
_RAW = ("traces", "logs", *(f"metrics_{kind}" for kind in _METRICS))

STEPS: tuple[Step, ...] = (
    Step(
        2,
        "narrow rows tell when they were stored",
        (
            *(AddColumn(table, "stored_at DateTime('UTC') CODEC(Delta(4), ZSTD(1))") for table in _NARROW),
            *(AddIndex(table, "idx_stored_at stored_at TYPE minmax GRANULARITY 1") for table in _NARROW),
        ),
    ),
    Step(
        3,
        "calls and tool runs tell who recorded them, and calls can be corrected by patches",
        (
            AddColumn("calls", _EMITTER, "duplicates_scope"),
            AddColumn("tool_calls", _EMITTER, "error_type"),
            AddIndex("calls", "idx_emitter emitter TYPE set(8) GRANULARITY 1"),
            AddIndex("calls", "idx_batch_id batch_id TYPE bloom_filter(0.01) GRANULARITY 1"),
            ModifySettings("calls", ("enable_block_number_column = 1", "enable_block_offset_column = 1")),
        ),
    ),
    Step(4, "log records are found by their words", (AddIndex("otel_logs", BY_WORD, fill=True),)),
    Step(
        5,
        "calls are found by their user and their session",
        (
            AddIndex("calls", "idx_user_id user_id TYPE bloom_filter(0.01) GRANULARITY 1", fill=True),
            AddIndex("calls", "idx_session_id session_id TYPE bloom_filter(0.01) GRANULARITY 1", fill=True),
        ),
    ),
    Step(
        6,
        "a call's id is its span's and kept once",
        (AliasColumn("calls", "call_id String ALIAS span_id"),),
    ),
    Step(
        7,
        "parts are merged ten at a time",
        tuple(
            ModifySettings(table, ("min_parts_to_merge_at_once = 10",))
            for table in (*_NARROW, *(f"otel_{kind}" for kind in _RAW))
        ),
    ),
    Step(8, "traces are found by the hours of their spans", (FillTraceHours(),)),
)
"""From version 2 on, without gaps."""

NEWEST = STEPS[-1].number
