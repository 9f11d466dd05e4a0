"""A database of every version becomes what a new one is, rows kept, whenever a crash falls."""

from __future__ import annotations

from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from kansoku.errors import StoreUnavailable
from kansoku.store.schema.migrations import (
    FIRST,
    NEWEST,
    STEPS,
    AddColumn,
    AddIndex,
    AliasColumn,
    DropIndex,
    FillColumns,
    ModifyColumn,
    ModifySettings,
    Step,
)
from kansoku.store.schema.newest import bring_up, statements
from tests.conformance.conftest import emptied

if TYPE_CHECKING:
    from kansoku.store.engine import Engine

HERE = Path(__file__).parent
VERSION_1 = HERE / "schema_1.sql"

TABLES = """
    SELECT name, engine, partition_key, sorting_key, comment,
        arraySort(splitByString(', ', replaceRegexpOne(engine_full, '^.* SETTINGS ', ''))) FROM system.tables
    WHERE database = currentDatabase() ORDER BY name
"""
COLUMNS = """
    SELECT table, position, name, type, default_kind, default_expression, compression_codec
    FROM system.columns WHERE database = currentDatabase() ORDER BY table, position
"""
INDEXES = """
    SELECT table, name, type_full, expr, granularity FROM system.data_skipping_indices
    WHERE database = currentDatabase() ORDER BY table, name
"""
VIEWS = """
    SELECT name, as_select FROM system.tables
    WHERE database = currentDatabase() AND engine = 'MaterializedView' ORDER BY name
"""
SPANS = """
    INSERT INTO otel_traces (Timestamp, TraceId, SpanId, ServiceName, SpanAttributes, Duration)
    SELECT toDateTime64('2026-09-30 23:30:00', 9) + number * 600, 't' || toString(number), 's', 'bot',
        map('gen_ai.operation.name', number % 4 = 3 ? 'execute_tool' : 'chat', 'gen_ai.tool.name', 'look',
            'gen_ai.request.model', 'claude-' || toString(number), 'user.id', 'u'), 1000000000
    FROM numbers(8)
"""
LOGS = """
    INSERT INTO otel_logs (Timestamp, TraceId, ServiceName, EventName, LogAttributes) VALUES
        ('2026-10-01 00:00:00', 't1', 'bot', 'kansoku.feedback', {'kansoku.feedback.rating': 'up'})
"""
ROWS = {
    "otel_traces": "SELECT TraceId, SpanAttributes FROM otel_traces ORDER BY TraceId",
    "otel_logs": "SELECT TraceId, LogAttributes FROM otel_logs",
    "calls": "SELECT trace_id, request_model, service, user_id, duration_s FROM calls ORDER BY trace_id",
    "tool_calls": "SELECT trace_id, tool FROM tool_calls ORDER BY trace_id",
    "outcomes": "SELECT trace_id, kind, label FROM outcomes",
}

Shape = dict[str, list[tuple[object, ...]]]


def of_version_1(engine: Engine) -> Engine:
    """A database as commit 413ef64 made it, with rows."""
    emptied(engine)
    for statement in VERSION_1.read_text().split(";\n"):
        if statement.strip():
            engine.run(statement)
    engine.run(SPANS)
    engine.run(LOGS)
    return engine


def shape(engine: Engine) -> Shape:
    """Everything that two databases of one version have alike."""
    asked = {"tables": TABLES, "columns": COLUMNS, "indexes": INDEXES, "views": VIEWS}
    return {name: engine.rows(statement) for name, statement in asked.items()}


def held(engine: Engine) -> Shape:
    """The rows, in the columns of version 1."""
    return {table: engine.rows(statement) for table, statement in ROWS.items()}


def version(engine: Engine) -> object:
    return engine.rows("SELECT max(version) FROM schema_version")[0][0]


def test_a_database_of_version_1_becomes_what_a_new_one_is_and_keeps_its_rows(engine: Engine) -> None:
    bring_up(emptied(engine))
    new, made = shape(engine), version(engine)
    rows = held(of_version_1(engine))
    assert all(rows.values())

    bring_up(engine)

    assert shape(engine) == new
    assert held(engine) == rows
    assert version(engine) == made == NEWEST
    assert engine.rows("SELECT uniq(trace_hash), count() FROM trace_hours") == [(8, 8)]
    engine.run("INSERT INTO otel_traces (Timestamp, TraceId, SpanAttributes) VALUES"
               " ('2026-10-02 00:00:00', 'later', {'gen_ai.operation.name': 'chat'})")  # fmt: skip
    assert engine.rows("SELECT count() FROM calls WHERE trace_id = 'later'") == [(1,)]


def test_versions_are_numbered_without_gaps() -> None:
    assert [step.number for step in STEPS] == list(range(FIRST + 1, NEWEST + 1))


class Cut(Exception):
    """The database is gone."""


class Crashing:
    """A database that does `whole` statements and then no more."""

    def __init__(self, engine: Engine, whole: int) -> None:
        self._engine = engine
        self._left = whole

    def run(self, statement: str) -> None:
        if not self._left:
            raise Cut
        self._left -= 1
        self._engine.run(statement)

    def rows(self, statement: str) -> list[tuple[object, ...]]:
        return self._engine.rows(statement)


EVERY_CHANGE = (
    *STEPS,
    Step(
        NEWEST + 1,
        "every kind of change",
        (
            AddColumn("calls", "colour LowCardinality(String) CODEC(ZSTD(1))", after="trace_id"),
            AddIndex("calls", "idx_colour colour TYPE set(8) GRANULARITY 1", fill=True),
            ModifyColumn("calls", "user_id String CODEC(ZSTD(3))"),
            DropIndex("otel_traces", "idx_duration"),
        ),
    ),
    Step(NEWEST + 2, "a column is computed anew", (FillColumns("call", ("request_model", "service")),)),
)


def test_of_tables_that_are_there_none_is_made_again_and_one_that_is_missing_is(engine: Engine) -> None:
    bring_up(emptied(engine))
    bring_up(Crashing(engine, 0))
    engine.run("DROP TABLE outcomes SYNC")

    bring_up(Crashing(engine, 1))

    assert engine.rows("EXISTS TABLE outcomes") == [(1,)]


def test_a_crash_between_any_two_statements_is_made_good_by_the_next_start(engine: Engine) -> None:
    rows = held(of_version_1(engine))
    engine.run("ALTER TABLE calls UPDATE request_model = '', service = '' WHERE 1")
    told: list[int] = []
    for whole in count():
        # Each start comes one statement further than the last, from wherever that was cut.
        try:
            bring_up(Crashing(engine, whole), lambda step: told.append(step.number), EVERY_CHANGE)
        except Cut:
            continue
        break
    assert version(engine) == NEWEST + 2
    assert told == sorted(told)
    assert held(engine) == rows
    names = [row[2] for row in shape(engine)["columns"] if row[0] == "calls"]
    assert names.index("colour") == names.index("trace_id") + 1
    indexes = {row[1] for row in shape(engine)["indexes"]}
    assert "idx_colour" in indexes
    assert "idx_duration" not in indexes
    assert engine.rows("SHOW TABLES LIKE 'schema_fill'") == []


def test_a_new_database_is_made_in_spite_of_crashes_and_never_migrated(engine: Engine) -> None:
    bring_up(emptied(engine))
    new = shape(engine)
    emptied(engine)
    told: list[Step] = []
    for whole in count():
        try:
            bring_up(Crashing(engine, whole), told.append, STEPS)
        except Cut:
            continue
        break
    assert shape(engine) == new
    assert version(engine) == NEWEST
    assert told == []


def test_rows_whose_raw_row_is_gone_keep_what_they_have(engine: Engine) -> None:
    of_version_1(engine)
    engine.run("ALTER TABLE otel_traces DELETE WHERE TraceId = 't1'")
    engine.run("ALTER TABLE calls UPDATE request_model = 'kept' WHERE 1")
    bring_up(engine)
    bring_up(engine, steps=(*STEPS, Step(NEWEST + 1, "anew", (FillColumns("call", ("request_model",)),))))
    found = engine.rows("SELECT trace_id, request_model FROM calls WHERE trace_id IN ('t0', 't1') ORDER BY 1")
    assert found == [("t0", "claude-0"), ("t1", "kept")]


def test_a_calls_id_is_kept_once_and_still_found_by_its_name(engine: Engine) -> None:
    of_version_1(engine)
    of_patches = next(one for step in STEPS for one in step.changes if isinstance(one, ModifySettings))
    (alias,) = (one for step in STEPS for one in step.changes if isinstance(one, AliasColumn))
    for statement in statements(of_patches, engine):
        engine.run(statement)
    engine.run(
        "DELETE FROM calls WHERE trace_id = 't0' SETTINGS lightweight_delete_mode = 'lightweight_update'"
    )
    engine.run("UPDATE calls SET service = 'moved' WHERE trace_id = 't1'")
    kept = "SELECT count() FROM system.parts_columns WHERE active AND table = 'calls' AND column = 'call_id'"
    assert engine.rows(kept) != [(0,)]
    for statement in statements(alias, engine):
        engine.run(statement)
    # Until views are of today, those of before still give the id: their rows are stored without it.
    engine.run(
        "INSERT INTO otel_traces (Timestamp, TraceId, SpanId, SpanAttributes) VALUES ('2026-10-02 00:00:00',"
        " 't9', 'late', {'gen_ai.operation.name': 'chat', 'kansoku.call.id': 'late'})"
    )
    bring_up(engine)
    assert engine.rows(kept) == [(0,)]
    found = engine.rows(
        "SELECT trace_id, service, call_id FROM calls WHERE trace_id IN ('t0', 't1', 't9') ORDER BY trace_id"
    )
    assert found == [("t1", "moved", "s"), ("t9", "", "late")]


def test_a_view_of_another_text_is_replaced_in_place(engine: Engine) -> None:
    bring_up(emptied(engine))
    new = shape(engine)
    before = engine.rows(
        "SELECT name, uuid FROM system.tables WHERE engine = 'MaterializedView' ORDER BY name"
    )
    engine.run("ALTER TABLE call_rows MODIFY QUERY SELECT Timestamp AS time FROM otel_traces")
    engine.run("ALTER TABLE call_rows MODIFY COMMENT ''")
    bring_up(engine)
    assert shape(engine) == new
    after = engine.rows(
        "SELECT name, uuid FROM system.tables WHERE engine = 'MaterializedView' ORDER BY name"
    )
    assert after == before


def test_a_database_of_a_newer_kansoku_is_refused_and_left_alone(engine: Engine) -> None:
    bring_up(emptied(engine))
    engine.run(f"INSERT INTO schema_version (version, what) VALUES ({NEWEST + 1}, 'of tomorrow')")
    engine.run("DROP TABLE outcomes SYNC")
    with pytest.raises(StoreUnavailable, match=rf"version {NEWEST + 1}.*newer Kansoku.*up to {NEWEST}"):
        bring_up(engine)
    assert engine.rows("SHOW TABLES LIKE 'outcomes'") == []
