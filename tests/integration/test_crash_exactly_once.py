"""The server is killed with -9 under load, again and again; every acknowledged span is stored once.

    python tests/integration/test_crash_exactly_once.py [--kills 10] [--seconds 2.0]

runs it longer than the test suite does. The clients behave as exporters do: what was not
acknowledged is sent again, the same bytes, to the server that comes next.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import signal
import socket
import sys
import tempfile
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import uvicorn
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, KeyValue
from starlette.applications import Starlette

from kansoku.receive.http import otlp_routes
from kansoku.receive.receiver import Receiver
from kansoku.receive.spool import Spool, SpoolLimits
from kansoku.store.embedded import EmbeddedStore
from kansoku.store.port import QueryLimits
from kansoku.store.segments import Layout

if TYPE_CHECKING:
    from asyncio.subprocess import Process
    from collections.abc import AsyncGenerator, Iterator

SPANS = 50
CLIENTS = 6
# Small and young segments, so that a kill finds every stage of the way under way.
LIMITS = SpoolLimits(segment_bytes=200_000, segment_s=0.05, reserve_bytes=0)


@dataclass
class Tally:
    """What the clients know."""

    serials: Iterator[int]
    acknowledged: set[str] = field(default_factory=set[str])
    unsure: set[str] = field(default_factory=set[str])


def request(serial: int) -> tuple[bytes, set[str]]:
    """A request of chat spans and the hex ids of its spans."""
    message = ExportTraceServiceRequest()
    spans = message.resource_spans.add().scope_spans.add().spans
    identities = [(serial * SPANS + number).to_bytes(8, "big") for number in range(SPANS)]
    for identity in identities:
        span = spans.add(name="chat", span_id=identity, trace_id=identity * 2)
        span.start_time_unix_nano = 1_764_000_000_000_000_000 + serial
        span.attributes.append(KeyValue(key="gen_ai.operation.name", value=AnyValue(string_value="chat")))
    return message.SerializeToString(), {identity.hex() for identity in identities}


async def client(port: int, tally: Tally, stop: asyncio.Event) -> None:
    """Sends requests until told to stop, each until it is acknowledged."""
    for serial in tally.serials:
        body, identities = request(serial)
        tally.unsure |= identities
        while not await acknowledged(port, body):
            if stop.is_set():
                return
            await asyncio.sleep(0.01)
        tally.unsure -= identities
        tally.acknowledged |= identities
        if stop.is_set():
            return


async def acknowledged(port: int, body: bytes) -> bool:
    """Whether a server took the request; False too when none was there or it died."""
    try:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
    except OSError:
        return False
    try:
        writer.write(
            b"POST /v1/traces HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
            b"Content-Type: application/x-protobuf\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body)
        )
        return (await reader.read()).startswith(b"HTTP/1.1 200")
    except OSError:
        return False
    finally:
        writer.close()
        with suppress(OSError):
            await writer.wait_closed()


async def serve(data: Path, port: int) -> None:
    """A server of receiving and storing alone."""
    layout = Layout(data)
    spool = Spool.open(layout, LIMITS)
    store = EmbeddedStore(layout)
    await store.start()
    config = uvicorn.Config(
        Starlette(routes=otlp_routes(Receiver(spool))), port=port, log_level="error", lifespan="off"
    )
    await uvicorn.Server(config).serve()


@asynccontextmanager
async def server(data: Path, port: int) -> AsyncGenerator[Process]:
    """A server process that listens; killed at the end if it still runs."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, __file__, "--serve", str(data), "--port", str(port))
    )
    try:
        async with asyncio.timeout(60):
            while not await listening(port):
                assert process.returncode is None, "the server ended by itself"
                await asyncio.sleep(0.02)
        yield process
    finally:
        with suppress(ProcessLookupError):
            process.send_signal(signal.SIGKILL)
        await process.wait()


def free_port() -> int:
    """A free port below the system's range for clients.

    In that range, a client that connects while no server listens can be given the server's own port
    and then talks to itself.
    """
    for port in random.Random().sample(range(15_000, 30_000), 100):
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port
    raise AssertionError("no free port")


async def listening(port: int) -> bool:
    """Whether something answers on the port."""
    try:
        _, writer = await asyncio.open_connection("127.0.0.1", port)
    except OSError:
        return False
    writer.close()
    return True


async def run(data: Path, kills: int, seconds: float) -> Tally:
    """Load and kills, then a last store that loads what is left; raises if a count is wrong."""
    port = free_port()
    tally = Tally(iter(range(1 << 40)))
    stop = asyncio.Event()
    clients = [asyncio.create_task(client(port, tally, stop)) for _ in range(CLIENTS)]
    moments = random.Random(7)
    for kill in range(kills):
        async with server(data, port):
            before = len(tally.acknowledged)
            async with asyncio.timeout(60):
                while len(tally.acknowledged) == before:
                    await asyncio.sleep(0.01)
            await asyncio.sleep(seconds * moments.random())  # the load runs; the kill falls anywhere
        print(f"kill {kill + 1}: {len(tally.acknowledged):,} spans acknowledged so far", flush=True)  # noqa: T201
    stop.set()
    await asyncio.gather(*clients)
    await verify(data, tally)
    return tally


async def verify(data: Path, tally: Tally) -> None:
    """Compares what is stored with what was acknowledged, span by span."""
    layout = Layout(data)
    await Spool.open(layout, LIMITS).close()
    store = EmbeddedStore(layout)
    await store.start()
    async with asyncio.timeout(120):
        while layout.backlog().waiting:
            await asyncio.sleep(0.05)
    assert layout.backlog().set_aside == 0
    for table, column in (("otel_traces", "SpanId"), ("calls", "span_id")):
        rows = await store.query(
            f"SELECT {column}, count() FROM {table} GROUP BY {column}",
            limits=QueryLimits(seconds=60, rows=10_000_000),
        )
        stored = {str(identity): times for identity, times in rows.rows}
        lost = tally.acknowledged - stored.keys()
        doubled = [identity for identity, times in stored.items() if times != 1]
        strange = stored.keys() - tally.acknowledged - tally.unsure
        assert (len(lost), len(doubled), len(strange)) == (0, 0, 0), table
    await store.close()


def test_every_acknowledged_span_is_stored_once_though_the_server_is_killed(tmp_path: Path) -> None:
    tally = asyncio.run(run(tmp_path, kills=3, seconds=1.5))
    assert len(tally.acknowledged) > 3 * SPANS


def main() -> None:
    """Entry point; see the module."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=10)
    parser.add_argument("--seconds", type=float, default=2.0)
    parser.add_argument("--serve", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--port", type=int, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.serve is not None:
        asyncio.run(serve(options.serve, options.port))
        return
    with tempfile.TemporaryDirectory(prefix="kansoku-crash-") as folder:
        tally = asyncio.run(run(Path(folder), options.kills, options.seconds))
    print(  # noqa: T201
        f"{options.kills} kills: {len(tally.acknowledged):,} acknowledged spans,"
        " each stored once in otel_traces and in calls"
    )


if __name__ == "__main__":
    main()
