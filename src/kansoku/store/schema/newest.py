"""Brings a database to the newest version of the schema: makes it, or migrates it step by step.

The table `schema_version` has a row for each version reached. Version 0 means that the making of a
new database began. A crash between two statements leaves the version as it was, and the step is done
again from its beginning at the next start, before anything is loaded or asked.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Final, assert_never, cast

from kansoku.catalog.fields import RELATIONS
from kansoku.errors import StoreUnavailable
from kansoku.query.sql import literal
from kansoku.store.schema.duplicates import DUPLICATES
from kansoku.store.schema.engines import EMBEDDED, Engines
from kansoku.store.schema.lookups import raw_value
from kansoku.store.schema.migrations import (
    FIRST,
    STEPS,
    AddColumn,
    AddIndex,
    AliasColumn,
    Change,
    DropIndex,
    FillColumns,
    FillTraceHours,
    ModifyColumn,
    ModifySettings,
    Step,
)
from kansoku.store.schema.relations import OTHER_SPANS, chosen, narrow_tables, source_of, views
from kansoku.store.schema.retained import RETENTION_DAYS, RETENTION_LOG
from kansoku.store.schema.tables import OTEL_TABLES, Table
from kansoku.store.schema.trace_hours import TRACE_HOURS, filled

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from kansoku.catalog.fields import Relation
    from kansoku.store.database import Database

_log = logging.getLogger(__name__)
_BEGUN = 0

_VERSIONS: Final = "schema_version"
SCHEMA_VERSION: Final = Table(
    name=_VERSIONS,
    columns=("version UInt32", "at DateTime('UTC') DEFAULT now('UTC')", "what String"),
    partition="tuple()",
    order="version",
)


def tables() -> tuple[Table, ...]:
    """Every table of the newest version but `schema_version`."""
    return (*OTEL_TABLES, *narrow_tables(), TRACE_HOURS, DUPLICATES, RETENTION_LOG, RETENTION_DAYS)


def bring_up(
    database: Database,
    told: Callable[[Step], None] = lambda _: None,
    steps: Sequence[Step] = STEPS,
    engines: Engines = EMBEDDED,
) -> None:
    """Makes or migrates the schema.

    Args:
        database: The database.
        told: Told of each step before it is done.
        steps: The steps from version 2 on.
        engines: Where the tables lie.

    Raises:
        StoreUnavailable: If a newer Kansoku made the database.
        StoreError: If a statement fails; the next start goes on from there.
    """
    newest = steps[-1].number if steps else FIRST
    there = _there(database)
    version = _version(database, engines, there)
    if version > newest:
        raise StoreUnavailable(
            f"the database is of schema version {version}, made by a newer Kansoku; this one knows versions"
            f" up to {newest}. Run the newer Kansoku, or restore a backup of before"
        )
    for table in (*tables(), OTHER_SPANS):
        _make(database, engines, table, there)
    for step in steps:
        if _BEGUN < version < step.number:
            _log.warning("Schema version %d of %d: %s", step.number, newest, step.what)
            told(step)
            for change in step.changes:
                for statement in statements(change, database, engines):
                    database.run(statement)
            _reached(database, step.number, step.what)
    _bring_up_views(database, engines)
    if version == _BEGUN:
        _reached(database, newest, "made new")


def _there(database: Database) -> frozenset[str]:
    """The tables of the database, as the server that answers has them."""
    return frozenset(str(name) for (name,) in database.rows("SHOW TABLES"))


def _make(database: Database, engines: Engines, table: Table, there: frozenset[str]) -> None:
    """Makes a table that is missing; on a cluster any node may lack it, so each is told to."""
    if engines.cluster or table.name not in there:
        for statement in table.create(engines):
            database.run(statement)


def _version(database: Database, engines: Engines, there: frozenset[str]) -> int:
    """The version that the database has, written down if it was not yet."""
    _make(database, engines, SCHEMA_VERSION, there)
    ((told, highest),) = database.rows(f"SELECT count(), max(version) FROM {_VERSIONS}")  # noqa: S608
    if told:
        return int(cast("int", highest))
    version, what = (FIRST, "found") if OTEL_TABLES[0].name in there else (_BEGUN, "begun")
    _reached(database, version, what)
    return version


def _reached(database: Database, version: int, what: str) -> None:
    database.run(f"INSERT INTO {_VERSIONS} (version, what) VALUES ({version}, {literal(what)})")  # noqa: S608


def _bring_up_views(database: Database, engines: Engines) -> None:
    """Makes missing views and replaces those of another text; in place, so that no row is missed."""
    there = {
        str(name): str(comment)
        for name, comment in database.rows(
            "SELECT name, comment FROM system.tables"
            " WHERE database = currentDatabase() AND engine = 'MaterializedView'"
        )
    }
    for view in views():
        if view.name not in there:
            database.run(view.create(engines))
        elif there[view.name] != view.mark:
            place = f"{view.name}{engines.everywhere}"
            database.run(f"ALTER TABLE {place} MODIFY QUERY {view.reading(engines)}")
            database.run(f"ALTER TABLE {place} MODIFY COMMENT '{view.mark}'")


def statements(change: Change, database: Database, engines: Engines = EMBEDDED) -> Iterator[str]:
    """The statements of one change, each made when the one before it is done."""
    match change:
        case AddColumn(table, definition, after):
            place = f" AFTER {after}" if after else ""
            yield from engines.alter_columns(table, f"ADD COLUMN IF NOT EXISTS {definition}{place}")
        case ModifyColumn(table, definition):
            yield from engines.alter_columns(table, f"MODIFY COLUMN {definition}")
        case AliasColumn(table, definition):
            # A kept column that is made an alias in place leaves its bytes in the parts.
            yield from engines.alter_columns(table, f"DROP COLUMN IF EXISTS {definition.split()[0]}")
            yield from engines.alter_columns(table, f"ADD COLUMN IF NOT EXISTS {definition}")
        case AddIndex(table, definition, fill):
            yield engines.alter_rows(f"ALTER TABLE {table} ADD INDEX IF NOT EXISTS {definition}")
            if fill:
                yield engines.alter_rows(f"ALTER TABLE {table} MATERIALIZE INDEX {definition.split()[0]}")
        case ModifySettings(table, settings):
            yield engines.alter_rows(f"ALTER TABLE {table} MODIFY SETTING {', '.join(settings)}")
        case DropIndex(table, name):
            yield engines.alter_rows(f"ALTER TABLE {table} DROP INDEX IF EXISTS {name}")
        case FillColumns(kind, columns):
            relation = next(one for one in RELATIONS if one.kind == kind)
            yield from _fill(relation, columns, database, engines)
        case FillTraceHours():
            yield from filled(database, engines)
        case _:
            assert_never(change)


_FILL = "schema_fill"
"""The new values of a month by their row, kept only while they are copied."""


def _fill(
    relation: Relation, columns: tuple[str, ...], database: Database, engines: Engines
) -> Iterator[str]:
    """A month of the narrow table at a time: each is a partition, and a mutation rewrites whole ones."""
    if engines.cluster:
        # The copy is a table of one node; no cluster is older than the versions that need one.
        raise StoreUnavailable("columns of a cluster cannot be filled anew; install a new database")
    own, raw = source_of(relation)
    ((place,),) = database.rows(f"SELECT currentDatabase() || '.{_FILL}'")
    values = {field.name: raw_value(field, own) for field in relation.fields if field.name in columns}
    selected = ", ".join(f"{value} AS `{name}`" for name, value in values.items())
    # A mutation knows no current database.
    updates = ", ".join(
        f"{name} = if(joinGet('{place}', 'found', {_ROW}) = 1, joinGet('{place}', '{name}', {_ROW}), {name})"
        for name in values
    )
    # One that a crash cut short would go on as soon as its table is there again.
    yield f"KILL MUTATION WHERE database = currentDatabase() AND command LIKE '%{_FILL}%' SYNC"
    for (month,) in database.rows(f"SELECT DISTINCT toYYYYMM(time) AS m FROM {relation.table} ORDER BY m"):  # noqa: S608
        yield f"DROP TABLE IF EXISTS {_FILL} SYNC"
        yield (
            f"CREATE TABLE {_FILL} ENGINE = Join(ANY, LEFT, k) AS"  # noqa: S608
            f" SELECT cityHash64(TraceId, SpanId) AS k, toUInt8(1) AS found, {selected} FROM {raw}"
            f" WHERE toYYYYMM(Timestamp) = {month} AND ({chosen(relation)})"
        )
        yield f"ALTER TABLE {relation.table} UPDATE {updates} IN PARTITION {month} WHERE 1"
    yield f"DROP TABLE IF EXISTS {_FILL} SYNC"


_ROW = "cityHash64(trace_id, span_id)"
