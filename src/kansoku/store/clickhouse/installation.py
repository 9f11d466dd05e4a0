"""The schema on a ClickHouse server or cluster: installed, brought up to date, or printed.

Nodes of Kansoku never do it by themselves, so that two of them never do it at once: an operator runs
the command, once for a cluster.
"""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace
from typing import TYPE_CHECKING

from kansoku.store.clickhouse.leases import LEASES
from kansoku.store.clickhouse.ledgers import LEDGERS
from kansoku.store.clickhouse.server import ClickHouse
from kansoku.store.schema.engines import Engines
from kansoku.store.schema.migrations import NEWEST
from kansoku.store.schema.newest import SCHEMA_VERSION, bring_up, tables
from kansoku.store.schema.relations import OTHER_SPANS, views

if TYPE_CHECKING:
    from collections.abc import Callable

    from kansoku.store.clickhouse.address import Address
    from kansoku.store.schema.migrations import Step

_NO_DATABASE = "system"


def install(address: Address, told: Callable[[Step], None] = lambda _: None) -> None:
    """Makes the database and its tables, or brings an older schema to the newest.

    Raises:
        StoreError: If ClickHouse does not answer or refuses a statement; the same again goes on from there.
    """
    with closing(ClickHouse(replace(address, database=_NO_DATABASE))) as server:
        server.run(_database(Engines(address.cluster, address.database)))
    with closing(ClickHouse(address)) as server:
        bring_up(server, told, engines=server.engines)
        server.run(LEASES.create(server.engines))
        server.run(LEDGERS.create(server.engines))


def script(address: Address) -> tuple[str, ...]:
    """Every statement that makes a new database of the newest version, in order."""
    engines = Engines(address.cluster, address.database)
    made = (
        statement for table in (SCHEMA_VERSION, *tables(), OTHER_SPANS) for statement in table.create(engines)
    )
    version = f"INSERT INTO {SCHEMA_VERSION.name} (version, what) VALUES ({NEWEST}, 'made new')"  # noqa: S608
    return (
        _database(engines),
        f"USE {_named(engines.database)}",
        *made,
        *(view.create(engines) for view in views()),
        LEASES.create(engines),
        LEDGERS.create(engines),
        version,
    )


def _database(engines: Engines) -> str:
    return f"CREATE DATABASE IF NOT EXISTS {_named(engines.database)}{engines.everywhere}"


def _named(database: str) -> str:
    escaped = database.replace("\\", "\\\\").replace("`", "\\`")
    return f"`{escaped}`"
