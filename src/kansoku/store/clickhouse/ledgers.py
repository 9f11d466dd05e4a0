"""The ledgers in ClickHouse: one table, of which each ledger and term is a partition.

One INSERT into one partition is one part, which is there or not. On a cluster every node holds a replica of
the table, whatever its shard, and an INSERT ends when the quorum of them has it; who begins to lead waits
first until the replica that it asks has all that was written.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, cast

from kansoku.query.sql import literal
from kansoku.store.ledger import Entry, Page

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from kansoku.store.clickhouse.server import ClickHouse
    from kansoku.store.schema.engines import Engines


@dataclass(frozen=True, slots=True)
class LedgerTable:
    """The table of all ledgers; merges leave the newest of each row."""

    name: str = "kansoku_ledgers"

    def create(self, engines: Engines) -> str:
        """The statement that makes it unless it is there."""
        return (
            f"CREATE TABLE IF NOT EXISTS {self.name}{engines.everywhere} (\n"
            "    ledger String,\n    term UInt64,\n    part String,\n    key String,\n"
            "    number UInt64,\n    row String\n)\n"
            f"ENGINE = {engines.replacing_everywhere('number')}\n"
            "PARTITION BY (ledger, term)\nORDER BY (ledger, term, part, key)\n"
            f"SETTINGS {', '.join(engines.settings)}"
        )


LEDGERS: Final = LedgerTable()


class ClickHouseLedger:
    """One ledger, as `Ledger` says.

    Args:
        server: The ClickHouse.
        name: The ledger's name.
        term: Gives the term by which this node leads.
    """

    def __init__(self, server: ClickHouse, name: str, term: Callable[[], int | None]) -> None:
        self._server = server
        self._plain = name
        self._name = literal(name)
        self._term = term

    def term(self) -> int | None:
        """As the port says."""
        return self._term()

    def newest(self) -> int:
        """As the port says."""
        ((found,),) = self._server.rows(
            f"SELECT max(term) FROM {LEDGERS.name} WHERE ledger = {self._name}"  # noqa: S608
        )
        return int(cast("int", found))

    def read(self, *, term: int = 0, after: int = 0, settled: bool = False) -> Page:
        """As the port says."""
        if settled and self._server.engines.cluster:
            self._server.run(f"SYSTEM SYNC REPLICA {LEDGERS.name}")
        # The row that stands under each term tells the term where nothing else is new.
        rows = self._server.rows(
            "SELECT part, key, argMax(row, number), max(number) AS newest, any(term)"  # noqa: S608
            f" FROM {LEDGERS.name} WHERE ledger = {self._name}"
            f" AND term = (SELECT max(term) FROM {LEDGERS.name} WHERE ledger = {self._name})"
            f" AND (part = '' OR number > if(term = {term}, {after}, 0))"
            " GROUP BY part, key ORDER BY part, key"
        )
        entries = [Entry(str(part), str(key), str(row)) for part, key, row, *_ in rows]
        found = int(cast("int", rows[0][4])) if rows else 0
        newest = [int(cast("int", number)) for *_, number, _ in rows]
        return Page(found, max([after if found == term else 0, *newest]), entries)

    def write(self, term: int, number: int, entries: Sequence[Entry]) -> None:
        """As the port says."""
        quorum = f"insert_quorum = {literal(self._server.address.quorum)}, "
        same = {"ledger": self._plain, "term": term, "number": number}
        lines = ({**same, "part": one.table, "key": one.key, "row": one.row} for one in entries)
        data = "\n".join(json.dumps(line, ensure_ascii=False, separators=(",", ":")) for line in lines)
        self._server.run(
            f"INSERT INTO {LEDGERS.name} (ledger, term, part, key, number, row)"
            f" SETTINGS {quorum if self._server.engines.cluster else ''}async_insert = 0"
            f" FORMAT JSONEachRow\n{data}"
        )

    def forget(self, term: int) -> None:
        """As the port says."""
        rows = self._server.rows(
            f"SELECT DISTINCT term FROM {LEDGERS.name} WHERE ledger = {self._name} AND term < {term}"  # noqa: S608
        )
        for (old,) in rows:
            self._server.run(
                f"ALTER TABLE {LEDGERS.name} DROP PARTITION ({self._name}, {int(cast('int', old))})"
            )
