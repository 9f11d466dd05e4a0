"""Where the tables of a store lie: in one server, or on every node of a ClickHouse cluster.

In one server (chDB in this process, or a ClickHouse server) a table is a MergeTree of its own name. On a
cluster, `otel_traces` is a Distributed table over `otel_traces_local`, which each shard holds in its own
replicas. Rows of a trace lie on one shard, and a view reads and fills the local tables of its shard, so
one INSERT is split once and nothing travels twice. Whoever asks or inserts says `otel_traces` in both.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from kansoku.query.sql import literal

LOCAL = "_local"
"""What the name of a table that holds rows ends in, on a cluster."""

# A part is on the disk, with its directory entry, before the INSERT returns.
_DURABLE = ("fsync_after_insert = 1", "fsync_part_directory = 1", "min_rows_to_fsync_after_merge = 1")
# Tokens of this many past blocks are known again. On a cluster the segments of all nodes share the window.
_ONE_SERVER = ("non_replicated_deduplication_window = 10000",)
_REPLICATED = (
    "replicated_deduplication_window = 100000",
    "replicated_deduplication_window_seconds = 604800",
)
_ALTER = re.compile(r"\AALTER TABLE (\w+) ")


@dataclass(frozen=True, slots=True)
class Engines:
    """The choice of engines.

    Attributes:
        cluster: The cluster's name in the servers' configuration; empty for one server.
        database: The database of the tables, which a Distributed table has to name.
    """

    cluster: str = ""
    database: str = "default"

    def local(self, table: str) -> str:
        """The table that holds the rows."""
        return f"{table}{LOCAL}" if self.cluster else table

    @property
    def everywhere(self) -> str:
        """What makes a statement about a table or view run on each node, behind its name."""
        return f" ON CLUSTER {literal(self.cluster)}" if self.cluster else ""

    @property
    def merge_tree(self) -> str:
        """The engine of a table that holds rows."""
        if not self.cluster:
            return "MergeTree"
        # Not {uuid}: a replica that joins later is made by the same statement, and must find the path.
        return "ReplicatedMergeTree('/clickhouse/tables/{shard}/{database}/{table}', '{replica}')"

    def replacing_everywhere(self, version: str) -> str:
        """The engine of one that every node holds whole, and that keeps the highest version of each key."""
        if not self.cluster:
            return f"ReplacingMergeTree({version})"
        place = "'/clickhouse/tables/all/{database}/{table}', '{shard}-{replica}'"
        return f"ReplicatedReplacingMergeTree({place}, {version})"

    @property
    def settings(self) -> tuple[str, ...]:
        """Settings that make a part survive a power cut, and a segment loaded twice count once."""
        return (*_DURABLE, *(_REPLICATED if self.cluster else _ONE_SERVER))

    def distributed(self, table: str, shard: str) -> tuple[str, ...]:
        """The statement that makes the table over all shards; none in one server."""
        if not self.cluster:
            return ()
        arguments = (
            f"{literal(self.cluster)}, {literal(self.database)}, {literal(self.local(table))}, {shard}"
        )
        create = f"CREATE TABLE IF NOT EXISTS {table}{self.everywhere} AS {self.local(table)}"
        return (f"{create}\nENGINE = Distributed({arguments})",)

    def alter_columns(self, table: str, change: str) -> tuple[str, ...]:
        """Statements that change the columns of a table, as in `ADD COLUMN IF NOT EXISTS …`."""
        tables = dict.fromkeys((self.local(table), table))
        return tuple(f"ALTER TABLE {name}{self.everywhere} {change}" for name in tables)

    def alter_rows(self, statement: str) -> str:
        """An `ALTER TABLE calls …` about rows, indexes or settings, said to the tables that hold them."""
        return _ALTER.sub(lambda found: f"ALTER TABLE {self.local(found[1])}{self.everywhere} ", statement)


EMBEDDED = Engines()
