"""Every kind of store, for one suite: embedded, and ClickHouse behind the front, alone or a cluster."""

from __future__ import annotations

import itertools
import json
import os
import socket
import subprocess
import sys
from contextlib import closing, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast
from urllib.request import urlopen

from kansoku.store.clickhouse.address import Address
from kansoku.store.clickhouse.cluster import ClusterStore
from kansoku.store.clickhouse.installation import install
from kansoku.store.clickhouse.server import ClickHouse
from kansoku.store.embedded import EmbeddedStore
from tests.clickhouse_front import CLUSTER, PASSWORD, USER
from tests.ready_tables import give_tables

if TYPE_CHECKING:
    from collections.abc import Generator
    from pathlib import Path

    from kansoku.store.segments import Layout

KINDS = ("embedded", "cluster")
"""What the suite runs over. One server without a cluster differs from one in its schema alone."""
_numbers = itertools.count()
_PLACES: dict[Path, Address] = {}
_REUSED: dict[tuple[int, bool], Address] = {}
_TABLES_WITH_ROWS = (
    "SELECT name FROM system.tables WHERE database = currentDatabase() AND endsWith(engine, 'MergeTree')"
    " AND NOT startsWith(name, 'schema_version')"
)


@dataclass(frozen=True, slots=True)
class RunningFront:
    """A front that was started."""

    port: int

    def address(self, *, cluster: bool) -> Address:
        """The address of a new database with the schema installed."""
        made = Address(
            "127.0.0.1",
            self.port,
            user=USER,
            password=PASSWORD,
            database=f"database_{next(_numbers)}",
            cluster=CLUSTER if cluster else "",
        )
        install(made)
        return made

    def emptied(self, *, cluster: bool) -> Address:
        """The address of a database with the schema and without a row, for one test after the other."""
        key = (self.port, cluster)
        if key not in _REUSED:
            _REUSED[key] = self.address(cluster=cluster)
            return _REUSED[key]
        with closing(ClickHouse(_REUSED[key])) as server:
            for (name,) in server.rows(_TABLES_WITH_ROWS):
                server.run(f"TRUNCATE TABLE {name}")
        return _REUSED[key]

    def said(self) -> list[str]:
        """Every statement so far."""
        return self._get("said")[0]

    def settings(self, beginning: str) -> dict[str, str]:
        """What the last statement of that beginning came with."""
        said, asked = self._get("said")
        return next(
            told for one, told in reversed(list(zip(said, asked, strict=True))) if one.startswith(beginning)
        )

    def fail(self, code: int, times: int, *, after: bool = False) -> None:
        """Makes the next statements fail, before or after they ran."""
        self._get(f"fail?code={code}&times={times}&after={int(after)}")

    def _get(self, path: str) -> Any:  # noqa: ANN401  JSON
        with urlopen(f"http://127.0.0.1:{self.port}/front/{path}", timeout=30) as answer:
            return json.load(answer)


@contextmanager
def running_front(directory: Path) -> Generator[RunningFront]:
    """A front in a process of its own."""
    ours, theirs = socket.socketpair()
    with ours:
        words = (sys.executable, "-m", "tests.clickhouse_front", str(directory), str(theirs.fileno()))
        process = subprocess.Popen(words, pass_fds=(theirs.fileno(),), env={**os.environ})
        theirs.close()
        with ours.makefile("r") as told:
            yield RunningFront(int(told.readline()))
    process.wait(30)


def place(layout: Layout, address: Address | None) -> Layout:
    """The layout, remembered to be a node's of that address; without one it is embedded."""
    if address is not None:
        _PLACES[layout.data] = address
    return layout


def store_of(layout: Layout) -> EmbeddedStore:
    """The store of the layout; in what the suite asks the kinds do not differ, so one type stands for all.

    One that is embedded and new is given the tables, as a store process of before made them.
    """
    address = _PLACES.get(layout.data)
    if address is None:
        give_tables(layout)
    return EmbeddedStore(layout) if address is None else cast("EmbeddedStore", ClusterStore(layout, address))
