"""How fast spans are taken, made durable and stored, over HTTP against a real server process.

    python bench/ingest.py [--seconds 15] [--spans-per-request 512] [--connections 8]
    python bench/ingest.py --phoenix --phoenix-python /path/to/venv/bin/python

Every request is sent once, with span ids of its own and varied text (about 1.3 kB a span: chat
calls, tool runs and plain HTTP spans). With `--phoenix` the same load then goes to arize-phoenix,
which must be installed in a virtual environment of its own; what it stored is counted in its
database. Client, server and store share the machine.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import os
import random
import socket
import sqlite3
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, cast

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, ArrayValue, KeyValue

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable

    from google.protobuf.internal.containers import RepeatedCompositeFieldContainer
    from opentelemetry.proto.trace.v1.trace_pb2 import Span

_HOUR_NS = 3600 * 10**9
_SETTLE_S = 180.0


# --- the load -----------------------------------------------------------------------------------


class Text:
    """Varied text: words drawn from a made-up vocabulary, the frequent ones more often."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        letters = "etaoinshrdlucmfwypvbgkjqxz"
        self._words = [
            "".join(self.random.choices(letters, k=self.random.randint(2, 11))) for _ in range(20_000)
        ]

    def words(self, count: int) -> str:
        """That many words."""
        return " ".join(self.random.choices(self._words, k=count))


class Template:
    """One request's bytes, of which every copy gets ids that no other copy has."""

    def __init__(self, text: Text, spans: int, now_ns: int) -> None:
        request, identities = _request(text, spans, now_ns)
        self._bytes = bytearray(request.SerializeToString())
        self._places = [place for identity in identities for place in _places(self._bytes, identity)]

    def copy(self, serial: int) -> bytes:
        """The request with `serial` in each of its trace and span ids."""
        mark = serial.to_bytes(4, "big")
        for place in self._places:
            self._bytes[place : place + 4] = mark
        return bytes(self._bytes)


def _request(text: Text, spans: int, now_ns: int) -> tuple[ExportTraceServiceRequest, list[bytes]]:
    request = ExportTraceServiceRequest()
    group = request.resource_spans.add()
    _put(
        group.resource.attributes,
        {
            "service.name": text.random.choice(["support-bot", "search", "agent"]),
            "service.version": "1.4.2",
            "deployment.environment.name": "production",
            "telemetry.sdk.language": "python",
        },
    )
    scope = group.scope_spans.add()
    scope.scope.name = "kansoku"
    identities: list[bytes] = []
    trace = b""
    for number in range(spans):
        if number % 4 == 0:
            identities.append(text.random.randbytes(16))
            trace = identities[-1]
        identities.append(text.random.randbytes(8))
        _fill(scope.spans.add(trace_id=trace, span_id=identities[-1]), text, number, now_ns)
    return request, identities


def _places(content: bytearray, identity: bytes) -> list[int]:
    """Where an id stands; a trace's id once for each of its spans."""
    places = [content.find(identity)]
    while (place := content.find(identity, places[-1] + 1)) >= 0:
        places.append(place)
    return places


def _fill(span: Span, text: Text, number: int, now_ns: int) -> None:
    rng = text.random
    span.parent_span_id = rng.randbytes(8)
    span.start_time_unix_nano = now_ns - rng.randrange(_HOUR_NS)
    span.end_time_unix_nano = span.start_time_unix_nano + int(rng.lognormvariate(0.5, 0.8) * 1e9)
    span.kind = span.SPAN_KIND_CLIENT
    name, attributes = _KINDS[number % 4](text)
    span.name = name
    _put(span.attributes, attributes)
    event = span.events.add(name="log", time_unix_nano=span.start_time_unix_nano)
    _put(event.attributes, {"message": text.words(15)})


def _chat(text: Text) -> tuple[str, dict[str, object]]:
    rng = text.random
    model = rng.choice(["claude-opus-4-5", "claude-sonnet-4-5", "claude-haiku-4-5"])
    return f"chat {model}", {
        "gen_ai.operation.name": "chat",
        "gen_ai.provider.name": "anthropic",
        "gen_ai.request.model": model,
        "gen_ai.response.model": model,
        "gen_ai.request.stream": rng.random() < 0.5,
        "gen_ai.response.finish_reasons": ("end_turn",),
        "gen_ai.response.id": f"msg_{rng.randbytes(12).hex()}",
        "gen_ai.response.time_to_first_chunk": rng.random(),
        "gen_ai.usage.input_tokens": rng.randrange(100, 9000),
        "gen_ai.usage.cache_read.input_tokens": rng.randrange(90),
        "gen_ai.usage.cache_write.input_tokens": 0,
        "gen_ai.usage.output_tokens": rng.randrange(2000),
        "anthropic.message.stop_reason": "end_turn",
        "anthropic.request.id": f"req_{rng.randbytes(12).hex()}",
        "http.response.status_code": 200,
        "kansoku.attempts": 1,
        "kansoku.call.id": rng.randbytes(16).hex(),
        "kansoku.cost.usd": rng.random() / 100,
        "kansoku.feature": rng.choice(["chat", "search", "summary"]),
        "kansoku.outcome": "ok",
        "session.id": f"s-{rng.randrange(99_999)}",
        "user.id": f"u-{rng.randrange(9_999)}",
        "gen_ai.output.text": text.words(rng.randrange(20, 80)),
    }


def _tool(text: Text) -> tuple[str, dict[str, object]]:
    return "execute_tool lookup_order", {
        "gen_ai.operation.name": "execute_tool",
        "gen_ai.tool.name": "lookup_order",
        "kansoku.feature": "chat",
        "user.id": f"u-{text.random.randrange(9_999)}",
        "tool.arguments": json.dumps({"order": text.random.randrange(10**7), "note": text.words(12)}),
        "tool.result": text.words(60),
    }


def _plain(text: Text) -> tuple[str, dict[str, object]]:
    return "POST /answer", {
        "http.request.method": "POST",
        "http.route": "/answer/{id}",
        "http.response.status_code": 200,
        "url.path": f"/answer/{text.random.randrange(99_999)}",
        "user_agent.original": f"Mozilla/5.0 {text.words(5)}",
        "question": text.words(50),
    }


_KINDS: tuple[Callable[[Text], tuple[str, dict[str, object]]], ...] = (_chat, _chat, _tool, _plain)


def _put(attributes: RepeatedCompositeFieldContainer[KeyValue], values: dict[str, object]) -> None:
    attributes.extend(KeyValue(key=key, value=_value(value)) for key, value in values.items())


def _value(value: object) -> AnyValue:
    match value:
        case bool():
            return AnyValue(bool_value=value)
        case int():
            return AnyValue(int_value=value)
        case float():
            return AnyValue(double_value=value)
        case tuple():
            texts = cast("tuple[str, ...]", value)
            return AnyValue(array_value=ArrayValue(values=[AnyValue(string_value=text) for text in texts]))
        case _:
            return AnyValue(string_value=str(value))


# --- the client ---------------------------------------------------------------------------------


@dataclass
class Load:
    """What was sent and how it was answered."""

    spans_per_request: int
    seconds: float = 0.0
    refused: int = 0
    latencies: list[float] = field(default_factory=list[float])

    @property
    def spans(self) -> int:
        """Spans acknowledged."""
        return len(self.latencies) * self.spans_per_request

    def quantile(self, share: float) -> float:
        """Seconds within which that share of the requests was acknowledged."""
        ordered = sorted(self.latencies)
        return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else 0.0


async def send(port: int, templates: list[Template], load: Load, seconds: float, connections: int) -> None:
    """Keeps that many connections busy for that long."""
    serials = iter(range(1, 1 << 32))
    began = time.perf_counter()
    until = began + seconds
    await asyncio.gather(*(_client(port, templates, serials, load, until) for _ in range(connections)))
    load.seconds = time.perf_counter() - began


async def _client(
    port: int, templates: list[Template], serials: Iterable[int], load: Load, until: float
) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    for serial in serials:
        body = templates[serial % len(templates)].copy(serial)
        began = time.perf_counter()
        if began > until:
            break
        writer.write(_HEAD % len(body))
        writer.write(body)
        status = await _status(reader)
        if status == 200:
            load.latencies.append(time.perf_counter() - began)
        else:
            load.refused += 1
    writer.close()


_HEAD = (
    b"POST /v1/traces HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-protobuf\r\n"
    b"Content-Length: %d\r\n\r\n"
)


async def _status(reader: asyncio.StreamReader) -> int:
    head = await reader.readuntil(b"\r\n\r\n")
    for line in head.split(b"\r\n"):
        name, _, value = line.partition(b":")
        if name.lower() == b"content-length":
            await reader.readexactly(int(value))
    return int(head[9:12])


# --- the servers --------------------------------------------------------------------------------


@contextlib.asynccontextmanager
async def process(*command: str, env: dict[str, str] | None = None) -> AsyncGenerator[None]:
    """A server process, ended politely."""
    output = asyncio.subprocess.DEVNULL
    child = await asyncio.create_subprocess_exec(
        *command, env={**os.environ, **(env or {})}, stdout=output, stderr=output
    )
    try:
        yield
    finally:
        with contextlib.suppress(ProcessLookupError):
            child.terminate()
        await child.wait()


async def serve(data: Path, port: int) -> None:
    """Receiving and storing alone, with a route that counts what is stored."""
    import uvicorn
    from starlette.applications import Starlette
    from starlette.requests import Request
    from starlette.responses import JSONResponse
    from starlette.routing import Route

    from kansoku.receive.http import otlp_routes
    from kansoku.receive.receiver import Receiver
    from kansoku.receive.spool import Spool
    from kansoku.store.embedded import EmbeddedStore
    from kansoku.store.segments import Layout

    layout = Layout(data)
    spool = Spool.open(layout)
    store = EmbeddedStore(layout)

    @contextlib.asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncGenerator[None]:
        await store.start()
        yield
        await spool.close()
        await store.close()

    async def count(_: Request) -> JSONResponse:
        rows = await store.query("SELECT count() FROM otel_traces")
        return JSONResponse(rows.rows[0][0])

    routes = [*otlp_routes(Receiver(spool)), Route("/count", count)]
    config = uvicorn.Config(
        Starlette(routes=routes, lifespan=lifespan), port=port, access_log=False, log_level="warning"
    )
    await uvicorn.Server(config).serve()


async def kansoku_count(port: int) -> int:
    """Spans stored by the server of `serve`."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(b"GET /count HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
    answer = await reader.read()
    writer.close()
    return int(answer.partition(b"\r\n\r\n")[2])


def phoenix_count(folder: Path) -> int:
    """Spans in Phoenix's database."""
    with contextlib.closing(sqlite3.connect(folder / "phoenix.db", timeout=30)) as database:
        return int(database.execute("SELECT count(*) FROM spans").fetchone()[0])


async def listening(port: int) -> None:
    """Returns when something answers on the port."""
    while True:
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", port)
        except OSError:
            await asyncio.sleep(0.1)
        else:
            writer.close()
            return


# --- the measurement ----------------------------------------------------------------------------


@dataclass(frozen=True)
class Plan:
    """How much load."""

    seconds: float
    spans_per_request: int
    connections: int


async def measure(name: str, plan: Plan, port: int, count: Callable[[], Awaitable[int]]) -> None:
    """Sends the load, waits until everything is stored, prints both rates."""
    await listening(port)
    text = Text(seed=7)
    copies = max(4, 32_768 // plan.spans_per_request)
    templates = [Template(text, plan.spans_per_request, time.time_ns()) for _ in range(min(copies, 2048))]
    size = len(templates[0].copy(0)) / plan.spans_per_request
    before = await count()
    load = Load(plan.spans_per_request)
    began = time.perf_counter()
    await send(port, templates, load, plan.seconds, plan.connections)
    at_end = await count() - before
    stored = at_end
    while stored < load.spans and time.perf_counter() - began < plan.seconds + _SETTLE_S:
        await asyncio.sleep(0.25)
        stored = await count() - before
    took = time.perf_counter() - began
    print(
        f"{name}: {load.spans:,} spans acknowledged in {load.seconds:.1f} s"
        f" = {load.spans / load.seconds:,.0f} spans/s"
        f" ({len(load.latencies) / load.seconds:,.0f} requests/s of {plan.spans_per_request},"
        f" {load.spans * size / load.seconds / 1e6:,.0f} MB/s, {size:,.0f} B a span),"
        f" {load.refused} requests refused; acknowledged in p50 {load.quantile(0.5) * 1e3:.1f} ms,"
        f" p99 {load.quantile(0.99) * 1e3:.1f} ms\n"
        f"{name}: {at_end:,} stored when the load ended; {stored:,} of {load.spans:,} stored"
        f" {took - load.seconds:.1f} s later = {stored / took:,.0f} spans/s stored"
    )


async def run_kansoku(plan: Plan) -> None:
    """The load against Kansoku."""
    port = _free_port()
    with tempfile.TemporaryDirectory(prefix="kansoku-bench-") as folder:
        async with process(sys.executable, __file__, "--serve", folder, "--port", str(port)):
            await measure("kansoku", plan, port, lambda: kansoku_count(port))


async def run_phoenix(plan: Plan, python: str) -> None:
    """The load against Phoenix."""
    port = _free_port()
    with tempfile.TemporaryDirectory(prefix="phoenix-bench-") as folder:
        env = {
            "PHOENIX_WORKING_DIR": folder,
            "PHOENIX_HOST": "127.0.0.1",
            "PHOENIX_PORT": str(port),
            "PHOENIX_GRPC_PORT": str(_free_port()),
            "PHOENIX_TELEMETRY_ENABLED": "false",
        }
        async with process(python, "-m", "phoenix.server.main", "serve", env=env):
            await measure("phoenix", plan, port, lambda: asyncio.to_thread(phoenix_count, Path(folder)))


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def main() -> None:
    """Entry point; see the module."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--seconds", type=float, default=15.0)
    parser.add_argument("--spans-per-request", type=int, default=512)
    parser.add_argument("--connections", type=int, default=8)
    parser.add_argument("--phoenix", action="store_true", help="measure arize-phoenix too")
    parser.add_argument("--phoenix-python", default=sys.executable, help="python that has it")
    parser.add_argument("--serve", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--port", type=int, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.serve is not None:
        asyncio.run(serve(options.serve, options.port))
        return
    plan = Plan(options.seconds, options.spans_per_request, options.connections)
    asyncio.run(run_kansoku(plan))
    if options.phoenix:
        asyncio.run(run_phoenix(plan, options.phoenix_python))


if __name__ == "__main__":
    main()
