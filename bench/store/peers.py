"""Peers on the same calls: DuckDB and SQLite answer the same questions, arize-phoenix takes the same spans.

They live in an environment of their own, named by `--peers-python`; `peers.txt` says what it needs.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import re
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Generator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from bench.store.servers import free_port, listening
from kansoku.store.embedded import EmbeddedStore
from kansoku.store.segments import Layout

if TYPE_CHECKING:
    from collections.abc import Mapping

_COLUMNS: Final = (
    "toUnixTimestamp(time) AS began, response_model AS model, outcome, user_id, duration_s, cost_usd"
)


def questions(until: int) -> dict[str, str]:
    """In SQL that all speak; each puts its own quantiles and whole division in."""
    return {
        "latency quantiles by 5 min and model, 24 h": (
            "SELECT began / 300, model, QUANTILE FROM calls"
            f" WHERE began >= {until - 86_400} AND model != '' GROUP BY 1, 2"
        ),
        "latency quantiles by 6 h, 30 days": (
            "SELECT began / 21600, QUANTILE FROM calls WHERE model != '' GROUP BY 1"
        ),
        "calls by outcome and 6 h, 30 days": (
            "SELECT began / 21600, outcome, count(*) FROM calls GROUP BY 1, 2"
        ),
        "ten dearest users, 30 days": (
            "SELECT user_id, sum(cost_usd) FROM calls GROUP BY 1 ORDER BY 2 DESC LIMIT 10"
        ),
    }


@dataclass(frozen=True, slots=True)
class PeerTime:
    """Milliseconds that a peer took for a question, the median of the runs."""

    peer: str
    question: str
    ms: float


def peer_times(data: Path, until: int, python: str, runs: int) -> list[PeerTime]:
    """The questions on the calls of that store, which end then, by Kansoku's store and by each peer.

    Raises:
        subprocess.CalledProcessError: If the peers' environment lacks one.
    """
    with tempfile.TemporaryDirectory(prefix="bench-store-") as folder:
        table = Path(folder) / "calls.csv"
        _export(data, table)
        own = asyncio.run(_own_times(data, until, runs))
        told = subprocess.run(
            [
                python,
                str(Path(__file__).with_name("peer_child.py")),
                str(table),
                json.dumps(questions(until)),
                str(runs),
            ],
            stdout=subprocess.PIPE,
            check=True,
        )
    return own + [PeerTime(**one) for one in json.loads(told.stdout)]


def _export(data: Path, table: Path) -> None:
    """The columns that are asked for, as CSV, by a process that alone has the store open."""
    statement = f"SELECT {_COLUMNS} FROM calls INTO OUTFILE '{table}' FORMAT CSVWithNames"
    code = (
        "import sys; from chdb.state.sqlitelike import Connection; Connection(sys.argv[1]).query(sys.argv[2])"
    )
    subprocess.run([sys.executable, "-c", code, str(Layout(data).database), statement], check=True)


async def _own_times(data: Path, until: int, runs: int) -> list[PeerTime]:
    store = EmbeddedStore(Layout(data))
    await store.start()
    try:
        asked = questions(until).items()
        return [PeerTime("kansoku", name, await _own(store, text, runs)) for name, text in asked]
    finally:
        await store.close()


async def _own(store: EmbeddedStore, text: str, runs: int) -> float:
    own = text.replace("QUANTILE", "quantilesTDigest(0.5, 0.95, 0.99)(duration_s)")
    for theirs, ours in _OURS.items():
        own = own.replace(theirs, ours)
    own = re.sub(r"began >= (\d+)", r"time >= toDateTime(\1, 'UTC')", own)
    took: list[float] = []
    for _ in range(runs):
        began = time.perf_counter()
        await store.query(own)
        took.append(1e3 * (time.perf_counter() - began))
    return statistics.median(took)


_OURS: Final = {
    "began / ": "toUnixTimestamp(time) DIV ",
    "model": "response_model",
}


class Phoenix:
    """arize-phoenix on free ports, its database in a folder."""

    name = "phoenix"

    def __init__(self, port: int, grpc_port: int, process: subprocess.Popen[bytes], folder: Path) -> None:
        self.port = port
        self.grpc_port = grpc_port
        self._process = process
        self._folder = folder

    @classmethod
    @contextlib.contextmanager
    def started(cls, python: str, folder: Path, ended: Callable[[Phoenix], None]) -> Generator[Phoenix]:
        """A server until the block ends; `ended` is told of it while it still answers."""
        port, grpc_port = free_port(), free_port()
        env = {
            **os.environ,
            "PHOENIX_WORKING_DIR": str(folder),
            "PHOENIX_HOST": "127.0.0.1",
            "PHOENIX_PORT": str(port),
            "PHOENIX_GRPC_PORT": str(grpc_port),
            "PHOENIX_TELEMETRY_ENABLED": "false",
        }
        quiet = subprocess.DEVNULL
        process = subprocess.Popen(
            [python, "-m", "phoenix.server.main", "serve"], env=env, stdout=quiet, stderr=quiet
        )
        try:
            listening(port)
            server = cls(port, grpc_port, process, folder)
            yield server
            ended(server)
        finally:
            process.terminate()
            process.wait()

    def pids(self) -> dict[str, int]:
        """Its one process."""
        return {"server": self._process.pid}

    def stored(self) -> int:
        """Spans in its database."""
        with contextlib.closing(sqlite3.connect(self._folder / "phoenix.db", timeout=30)) as database:
            return int(database.execute("SELECT count(*) FROM spans").fetchone()[0])

    def quantile_ms(self, runs: int) -> float:
        """The median time of its latency quantile over all spans of the project."""
        query = "{ projects { edges { node { latencyMsP99: latencyMsQuantile(probability: 0.99) } } } }"
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.port}/graphql",
            data=json.dumps({"query": query}).encode(),
            headers={"content-type": "application/json"},
        )
        took: list[float] = []
        for _ in range(runs):
            began = time.perf_counter()
            with urllib.request.urlopen(request, timeout=120) as answer:
                told: Mapping[str, object] = json.load(answer)
            if "errors" in told:
                raise RuntimeError(f"phoenix refused its quantile: {told['errors']}")
            took.append(1e3 * (time.perf_counter() - began))
        return statistics.median(took)
