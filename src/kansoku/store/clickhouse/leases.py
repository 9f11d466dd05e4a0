"""The claims on leases in ClickHouse.

ClickHouse has no transactions, but it keeps of two INSERTs with one de-duplication token only the first,
by its Keeper on a cluster and by its own log in one server. The token of a claim is the lease's name and
the claim's number; the claim read afterwards is the one that was kept. On a cluster every node holds a
replica of the table, whatever its shard.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, cast

from kansoku.store.clickhouse.lease import RENEW_S, Claim, Contender
from kansoku.store.clickhouse.repeating import repeat

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable

    from kansoku.store.database import Database
    from kansoku.store.schema.engines import Engines

LOOK_S = RENEW_S / 2


@dataclass(frozen=True, slots=True)
class LeaseTable:
    """The table of claims; merges leave the highest of each lease.

    They are never deleted: numbers that began again would meet their own old tokens.
    """

    name: str = "kansoku_leases"

    def create(self, engines: Engines) -> str:
        """The statement that makes it unless it is there."""
        return (
            f"CREATE TABLE IF NOT EXISTS {self.name}{engines.everywhere} (\n"
            "    lease String,\n    number UInt64,\n    holder String,\n    attempt UInt64,\n"
            "    at DateTime64(3, 'UTC')\n)\n"
            f"ENGINE = {engines.replacing_everywhere('number')}\nORDER BY lease\n"
            f"SETTINGS {', '.join(engines.settings)}"
        )


LEASES: Final = LeaseTable()
PASSES: Final = "passes"
"""The lease of what one node does for all: settling what a Collector wrote, rolling up, judging alerts."""


class Leases:
    """One node's view of the claims."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def highest(self, lease: str) -> Claim | None:
        """The highest claim that this node's ClickHouse knows of.

        Raises:
            StoreError: If it does not answer.
        """
        rows = self._database.rows(
            f"SELECT number, holder, attempt FROM {LEASES.name} WHERE lease = '{lease}'"  # noqa: S608
            " ORDER BY number DESC LIMIT 1"
        )
        if not rows:
            return None
        number, holder, attempt = rows[0]
        return Claim(int(cast("int", number)), str(holder), int(cast("int", attempt)))

    def write(self, lease: str, claim: Claim) -> None:
        """Writes a claim, which is kept unless there is one of its number.

        Raises:
            StoreError: If ClickHouse does not answer; it may have been written.
        """
        self._database.run(
            f"INSERT INTO {LEASES.name} (lease, number, holder, attempt, at)"  # noqa: S608
            f" SETTINGS insert_deduplication_token = '{lease}/{claim.number}', insert_deduplicate = 1,"
            " async_insert = 0"
            f" VALUES ('{lease}', {claim.number}, '{claim.holder}', {claim.attempt}, now64(3))"
        )


class Holding:
    """Keeps one lease for this node, or watches who has it. `run` it in a thread of its own."""

    def __init__(
        self, leases: Leases, lease: str, clock: Callable[[], float], contender: Contender | None = None
    ) -> None:
        self._leases = leases
        self._lease = lease
        self._clock = clock
        self._contender = contender or Contender(uuid.uuid4().hex)

    def holds(self) -> bool:
        """Whether this node may act now; ask again before each step."""
        return self._contender.holds(self._clock())

    def term(self) -> int | None:
        """The number of this node's holding, higher than that of all before; None if it may not act now."""
        return self._contender.term(self._clock())

    def look(self) -> None:
        """Reads the claims and writes one where it is time to.

        Raises:
            StoreError: If ClickHouse does not answer.
        """
        highest = self._leases.highest(self._lease)
        claim = self._contender.next_claim(highest, self._clock())
        if claim is None:
            return
        asked_at = self._clock()
        self._leases.write(self._lease, claim)
        self._contender.written(claim, self._leases.highest(self._lease), asked_at, self._clock())

    def run(self, stopping: threading.Event) -> None:
        """Looks again and again until told to stop."""
        # It holds until its time is over when ClickHouse does not answer.
        repeat(f"the lease {self._lease}", self.look, stopping, LOOK_S)
