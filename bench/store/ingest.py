"""How fast spans are taken, made durable and stored, by requests of one span and of many, over HTTP and gRPC.

A round loads the server as much as it takes, then again with half of what it took, when the first load is
stored. Client, server and store share the machine.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Final

from bench.store.load import Answered, Load, Transport
from bench.store.servers import Kansoku, Server, Watch, listening, load_average

_SETTLE_S = 180.0
_MB: Final = 1 << 20


@dataclass(frozen=True, slots=True)
class Case:
    """A kind of request; `connections` is how many are under way at once."""

    transport: Transport
    spans: int
    span_bytes: int
    connections: int

    @property
    def name(self) -> str:
        """As it stands in a table."""
        return f"{self.transport} {self.spans} x {self.span_bytes} B"


CASES: Final = (
    Case("http", 512, 800, 8),
    Case("http", 1, 800, 64),
    Case("http", 512, 4_000, 4),
    Case("grpc", 512, 800, 8),
    Case("grpc", 1, 800, 64),
)
PHOENIX_CASES: Final = (Case("http", 512, 800, 1), Case("http", 1, 800, 8))
"""The same spans, fewer at once: it answers before it stores, and stores on one core."""


@dataclass(frozen=True, slots=True)
class Taken:
    """What a case came to; rates are per second, CPU is microseconds a request."""

    case: Case
    spans_acknowledged: float
    requests_acknowledged: float
    refused: int
    mb_acknowledged: float
    p50_ms: float
    p99_ms: float
    half_rate: float
    half_p50_ms: float
    half_p99_ms: float
    spans_stored: float
    stored_after_s: float
    lost: int
    cpu_us: dict[str, float]
    store_cpu_us_a_span: float
    memory_mb: int
    memory: list[dict[str, int]]
    load_average: float


def taken(case: Case, server: Server, seconds: float) -> Taken:
    """Loads the server, waits until everything is stored, loads it by half."""
    watch = Watch(server.pids())
    watch.start()
    try:
        before, began = server.stored(), time.perf_counter()
        port = server.port if case.transport == "http" else server.grpc_port
        load = Load(case.transport, port, seconds, case.spans, case.span_bytes, case.connections)
        full = sent(load)
        ended, cpu, average = time.perf_counter(), watch.cpu(), load_average()
        sent_spans = full.acknowledged * case.spans
        stored = _settled(server, before, sent_spans)
        settled = time.perf_counter()
        store_cpu = watch.cpu().get("store", 0.0)
        rate = full.acknowledged / full.seconds
        half = sent(replace(load, seconds=seconds / 2, rate=rate / 2, turn=1))
        lost = (
            sent_spans
            + half.acknowledged * case.spans
            - _settled(server, before, sent_spans + half.acknowledged * case.spans)
        )
    finally:
        watch.stop()
    took = settled - began - (ended - began - full.seconds)
    return Taken(
        case=case,
        spans_acknowledged=rate * case.spans,
        requests_acknowledged=rate,
        refused=full.refused + half.refused,
        mb_acknowledged=full.bytes / full.seconds / _MB,
        p50_ms=full.p50_s * 1e3,
        p99_ms=full.p99_s * 1e3,
        half_rate=half.acknowledged / half.seconds,
        half_p50_ms=half.p50_s * 1e3,
        half_p99_ms=half.p99_s * 1e3,
        spans_stored=stored / took,
        stored_after_s=settled - ended,
        lost=lost,
        cpu_us={
            name: 1e6 * used / max(1, full.acknowledged)
            for name, used in {**cpu, "client": full.cpu_s}.items()
        },
        store_cpu_us_a_span=1e6 * store_cpu / max(1, sent_spans),
        memory_mb=watch.peak // _MB,
        memory=[{name: size // _MB for name, size in look.items()} for look in watch.memory],
        load_average=average,
    )


def sent(load: Load) -> Answered:
    """The load, sent by a process of its own.

    Raises:
        subprocess.CalledProcessError: If that failed.
    """
    told = subprocess.run(
        [sys.executable, "-m", "bench.store.load", json.dumps(asdict(load))],
        stdout=subprocess.PIPE,
        check=True,
    )
    return Answered(**json.loads(told.stdout))


def _settled(server: Server, before: int, expected: int) -> int:
    """Spans stored, as soon as all are; those that are after three minutes if they are not."""
    deadline = time.monotonic() + _SETTLE_S
    while (stored := server.stored() - before) < expected and time.monotonic() < deadline:
        time.sleep(0.1)
    return stored


Starting = Callable[[Path], AbstractContextManager[Server]]


def each_taken(cases: tuple[Case, ...], seconds: float, start: Starting = Kansoku.started) -> list[Taken]:
    """Every case, each on a fresh server."""
    found: list[Taken] = []
    for case in cases:
        with tempfile.TemporaryDirectory(prefix="bench-store-") as folder, start(Path(folder)) as server:
            listening(server.port)
            found.append(taken(case, server, seconds))
    return found
