"""The client: a process of its own that sends spans over HTTP or gRPC and says how they were answered.

    python -m bench.store.load '{"transport": "http", "port": 4318, …}'

Connections each have one request under way. Without a rate they are kept busy; with one, requests are due
at even times, and what is measured runs from the time that one was due, so that a server that stalls is
not excused from the requests it kept from being sent.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
import threading
import time
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Final, Literal, Protocol, cast

import grpc
import uvloop

from bench.store.spans import Template, templates

if TYPE_CHECKING:
    from collections.abc import Callable

Transport = Literal["http", "grpc"]

_METHOD: Final = "/opentelemetry.proto.collector.trace.v1.TraceService/Export"
_OK: Final = 200
_STEP = 1_000_003
"""Between the serial numbers of two loads on one server, so that no id comes twice."""


@dataclass(frozen=True, slots=True)
class Load:
    """What is sent: for how long, how much at once, over how many connections, how often (0: at once)."""

    transport: Transport
    port: int
    seconds: float
    spans: int
    span_bytes: int
    connections: int
    rate: float = 0.0
    turn: int = 0


@dataclass(slots=True)
class Answered:
    """How it was answered; latencies in seconds."""

    seconds: float = 0.0
    cpu_s: float = 0.0
    bytes: int = 0
    acknowledged: int = 0
    refused: int = 0
    p50_s: float = 0.0
    p99_s: float = 0.0
    longest_s: float = 0.0
    latencies: list[float] = field(default_factory=list[float])

    def take(self, latency_s: float, size: int, *, taken: bool) -> None:
        """One answer."""
        if taken:
            self.latencies.append(latency_s)
            self.bytes += size
            self.acknowledged += 1
        else:
            self.refused += 1

    def sum_up(self) -> None:
        """The quantiles of what was acknowledged, in place of the single times."""
        ordered = sorted(self.latencies) or [0.0]
        self.p50_s, self.p99_s, self.longest_s = (
            ordered[min(len(ordered) - 1, int(share * len(ordered)))] for share in (0.5, 0.99, 1.0)
        )
        self.latencies = []


class Bodies:
    """Requests, each with its size, that no one sent before; the same place in the schedule for each."""

    def __init__(self, load: Load) -> None:
        self._load = load
        self._made: list[Template] = templates(
            seed=7 + load.turn, spans=load.spans, span_bytes=load.span_bytes, now_ns=time.time_ns()
        )
        self._serial = load.turn * _STEP
        self._sent = 0
        self._began = 0.0

    def begin(self) -> None:
        """The schedule begins now."""
        self._began = time.perf_counter()

    def next(self) -> tuple[bytes, float] | None:
        """The next body and when it is due; None when the time is up."""
        load = self._load
        now = time.perf_counter()
        due = self._began + self._sent / load.rate if load.rate else now
        if due - self._began > load.seconds:
            return None
        self._sent += 1
        self._serial += 1
        return self._made[self._serial % len(self._made)].copy(self._serial), due


class Connection(asyncio.Protocol):
    """One HTTP connection with one request under way."""

    def __init__(self, bodies: Bodies, answered: Answered, done: asyncio.Future[None]) -> None:
        self._bodies = bodies
        self._answered = answered
        self._done = done
        self._buffer = b""
        self._due = 0.0
        self._size = 0
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Nothing is sent before all are connected."""
        self._transport = cast("asyncio.Transport", transport)

    def send(self) -> None:
        """The next request, as soon as it is due."""
        following = self._bodies.next()
        if following is None:
            assert self._transport is not None
            self._done.set_result(None)
            self._transport.close()
            return
        body, self._due = following
        self._size = len(body)
        wait = self._due - time.perf_counter()
        if wait > 0:
            asyncio.get_running_loop().call_later(wait, self._write, body)
        else:
            self._write(body)

    def _write(self, body: bytes) -> None:
        assert self._transport is not None
        self._transport.write(_HEAD % len(body))
        self._transport.write(body)

    def data_received(self, data: bytes) -> None:
        """An answer, or a part of one."""
        self._buffer += data
        head, end, rest = self._buffer.partition(b"\r\n\r\n")
        if not end:
            return
        length = head.lower().partition(b"content-length:")[2].partition(b"\r\n")[0]
        if len(rest) < int(length or 0):
            return
        self._buffer = b""
        taken = int(head[9:12]) == _OK
        self._answered.take(time.perf_counter() - self._due, self._size, taken=taken)
        self.send()

    def connection_lost(self, exc: Exception | None) -> None:
        """The server went away."""
        if not self._done.done():
            self._done.set_exception(exc or ConnectionResetError("the server closed the connection"))


_HEAD = (
    b"POST /v1/traces HTTP/1.1\r\nHost: localhost\r\nUser-Agent: bench\r\n"
    b"Content-Type: application/x-protobuf\r\nContent-Length: %d\r\n\r\n"
)


async def over_http(load: Load) -> Answered:
    """Sends over that many connections."""
    loop = asyncio.get_running_loop()
    bodies, answered = Bodies(load), Answered()
    ends = [loop.create_future() for _ in range(load.connections)]
    made = [
        (
            await loop.create_connection(
                lambda end=end: Connection(bodies, answered, end), "127.0.0.1", load.port
            )
        )[1]
        for end in ends
    ]
    with _timed(answered):
        bodies.begin()
        for connection in made:
            connection.send()
        await asyncio.gather(*ends)
    return answered


class _Told(Protocol):
    def exception(self) -> BaseException | None: ...
    def add_done_callback(self, call: Callable[[_Told], None]) -> None: ...


class _Method(Protocol):
    def future(self, request: bytes) -> _Told: ...


class _Call:
    """One gRPC channel with one request under way; answers come in gRPC's own threads."""

    def __init__(self, load: Load, bodies: Bodies, answered: Answered, turn: threading.Lock) -> None:
        options = (("grpc.use_local_subchannel_pool", 1), ("grpc.max_send_message_length", -1))
        self._channel = grpc.insecure_channel(f"127.0.0.1:{load.port}", options=options)
        method = cast("_Method", self._channel.unary_unary(_METHOD))
        self._ask = method.future
        self._bodies, self._answered, self._turn = bodies, answered, turn
        self.done = threading.Event()

    def connect(self) -> None:
        grpc.channel_ready_future(self._channel).result(timeout=30)

    def send(self) -> None:
        with self._turn:
            following = self._bodies.next()
        if following is None:
            self.done.set()
            return
        body, due = following
        wait = due - time.perf_counter()
        if wait > 0:
            time.sleep(wait)
        self._ask(body).add_done_callback(lambda told: self._told(told, due, len(body)))

    def _told(self, told: _Told, due: float, size: int) -> None:
        with self._turn:
            self._answered.take(time.perf_counter() - due, size, taken=told.exception() is None)
        self.send()

    def close(self) -> None:
        self._channel.close()


def over_grpc(load: Load) -> Answered:
    """Sends over that many channels."""
    bodies, answered, turn = Bodies(load), Answered(), threading.Lock()
    calls = [_Call(load, bodies, answered, turn) for _ in range(load.connections)]
    for call in calls:
        call.connect()
    with _timed(answered):
        bodies.begin()
        for call in calls:
            call.send()
        for call in calls:
            call.done.wait()
    for call in calls:
        call.close()
    return answered


class _timed:  # noqa: N801 - reads as a word of `with`
    """Notes how long the block took, by the clock and in CPU."""

    def __init__(self, answered: Answered) -> None:
        self._answered = answered

    def __enter__(self) -> None:
        self._began, self._cpu = time.perf_counter(), time.process_time()

    def __exit__(self, *_: object) -> None:
        self._answered.seconds = time.perf_counter() - self._began
        self._answered.cpu_s = time.process_time() - self._cpu


def main() -> None:
    """Entry point; prints an `Answered` as JSON."""
    load = Load(**json.loads(sys.argv[1]))
    answered = over_grpc(load) if load.transport == "grpc" else uvloop.run(over_http(load))
    answered.sum_up()
    print(json.dumps(asdict(answered)), flush=True)
    os._exit(0)  # gRPC's threads are not waited for


if __name__ == "__main__":
    main()
