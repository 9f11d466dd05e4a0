"""The schema of a cluster: ClickHouse parses every statement, and rows find their shard."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Protocol, cast

import pytest
from chdb.state.sqlitelike import Connection

from kansoku.store.schema.engines import EMBEDDED, Engines
from kansoku.store.schema.newest import SCHEMA_VERSION, tables
from kansoku.store.schema.relations import OTHER_SPANS, views

if TYPE_CHECKING:
    from collections.abc import Iterator

CLUSTER = Engines(cluster="prod", database="kansoku")
TABLES = (SCHEMA_VERSION, *tables())
CALLS = next(table for table in TABLES if table.name == "calls")
NAMES = frozenset(table.name for table in (*TABLES, OTHER_SPANS))
EVERY = (
    *(each for table in TABLES for each in table.create(CLUSTER)),
    *(view.create(CLUSTER) for view in views()),
)
PLACE = "('/clickhouse/tables/{shard}/{database}/{table}', '{replica}')"


class Answer(Protocol):
    """What a chDB connection answers; the package has no types."""

    def bytes(self) -> bytes: ...


class Parser(Protocol):
    """The part of a chDB connection that is used."""

    def query(self, query: str, format: str = ...) -> Answer: ...  # noqa: A002

    def close(self) -> None: ...


class Database:
    """An empty database that runs what is said."""

    def __init__(self) -> None:
        self.connection = cast("Parser", Connection(":memory:"))

    def text(self, statement: str) -> str:
        """The answer, as text."""
        return self.connection.query(statement, "TSVRaw").bytes().decode().rstrip("\n")

    def formatted(self, statement: str) -> str:
        """The statement as ClickHouse writes it again."""
        quoted = statement.replace("\\", "\\\\").replace("'", "\\'")
        return self.text(f"SELECT formatQuerySingleLine('{quoted}')")


@pytest.fixture(scope="module")
def database() -> Iterator[Database]:
    made = Database()
    yield made
    made.connection.close()


@pytest.mark.parametrize("statement", EVERY, ids=lambda text: " ".join(text.split()[:6]))
def test_each_statement_of_a_cluster_is_one_that_clickhouse_parses(
    database: Database, statement: str
) -> None:
    formatted = database.formatted(statement)
    assert " ON CLUSTER prod" in formatted
    if "ENGINE" in formatted and "Distributed" not in formatted:
        assert f"ENGINE = ReplicatedMergeTree{PLACE}" in formatted
        assert "replicated_deduplication_window = 100000" in formatted
        assert "fsync_after_insert = 1" in formatted


def test_a_view_reads_and_fills_the_tables_of_its_own_shard() -> None:
    for statement in (view.create(CLUSTER) for view in views()):
        reads = re.findall(r"\bFROM (\w+)", statement)
        fills = re.findall(r" TO (\w+) AS", statement)
        assert {name.removesuffix("_local") for name in (*reads, *fills)} <= NAMES
        assert all(name.endswith("_local") for name in (*reads, *fills))
        assert len(fills) == 1


def test_each_distributed_table_names_its_local_one_and_a_shard(database: Database) -> None:
    for table in TABLES:
        local, over = table.create(CLUSTER)
        assert local.startswith(f"CREATE TABLE IF NOT EXISTS {table.name}_local ON CLUSTER 'prod' (")
        shard = database.formatted(f"SELECT {table.shard or f'cityHash64({table.order})'}").removeprefix(
            "SELECT "
        )
        assert database.formatted(over) == (
            f"CREATE TABLE IF NOT EXISTS {table.name} ON CLUSTER prod AS {table.name}_local ENGINE = "
            f"Distributed('prod', 'kansoku', '{table.name}_local', {shard})"
        )


def test_one_server_has_plain_tables_of_the_same_names(database: Database) -> None:
    for table in TABLES:
        (only,) = table.create(EMBEDDED)
        formatted = database.formatted(only)
        assert f"CREATE TABLE IF NOT EXISTS {table.name} (" in formatted
        assert "ENGINE = MergeTree PARTITION" in formatted
        assert "non_replicated_deduplication_window = 10000" in formatted
    assert not any("ON CLUSTER" in view.create() or "_local" in view.create() for view in views())


def test_rows_of_a_trace_share_a_shard_and_those_of_none_are_spread(database: Database) -> None:
    for table in TABLES:
        # The columns a shard is told by exist, and the number is one that Distributed takes.
        (only,) = table.create(EMBEDDED)
        database.text(only)
        shard = table.shard or f"cityHash64({table.order})"
        assert database.text(
            f"SELECT toTypeName({shard}) FROM {table.name} LIMIT 1 UNION ALL SELECT 'none'"
        ) in (
            "none",
            "UInt64\nnone",
        )
    shard = CALLS.shard
    rows = "('a', 1), ('a', 2), ('b', 1), ('', 1), ('', 2), ('', 1)"
    found = database.text(
        f"SELECT {shard} FROM values('trace_id String, time DateTime64(9)', {rows})"
    ).split()
    assert found[0] == found[1] != found[2]
    assert found[3] == found[5] != found[4]


def test_a_change_of_rows_goes_to_the_tables_that_hold_them_and_one_of_columns_to_all() -> None:
    change = "ALTER TABLE calls UPDATE cost_usd = 1 WHERE note = 'ALTER TABLE calls '"
    assert CLUSTER.alter_rows(change) == (
        "ALTER TABLE calls_local ON CLUSTER 'prod' UPDATE cost_usd = 1 WHERE note = 'ALTER TABLE calls '"
    )
    assert EMBEDDED.alter_rows(change) == change
    assert CLUSTER.alter_columns("calls", "ADD COLUMN IF NOT EXISTS x UInt8") == (
        "ALTER TABLE calls_local ON CLUSTER 'prod' ADD COLUMN IF NOT EXISTS x UInt8",
        "ALTER TABLE calls ON CLUSTER 'prod' ADD COLUMN IF NOT EXISTS x UInt8",
    )
    assert EMBEDDED.alter_columns("calls", "DROP COLUMN x") == ("ALTER TABLE calls DROP COLUMN x",)


def test_a_cluster_named_with_a_quote_stays_one_name(database: Database) -> None:
    odd = Engines(cluster="it's", database="o'k")
    for statement in CALLS.create(odd):
        database.formatted(statement)
    assert "ON CLUSTER 'it\\'s'" in CALLS.create(odd)[0]
