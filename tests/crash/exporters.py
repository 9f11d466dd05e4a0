"""Exporters that keep what was acknowledged to them, and send what was not again, the same bytes."""

from __future__ import annotations

import asyncio
import time
from contextlib import suppress
from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING

from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, KeyValue

if TYPE_CHECKING:
    from collections.abc import Iterator

    from google.protobuf.internal.containers import RepeatedCompositeFieldContainer

    from tests.crash.steps import Odd

ITEMS = 50
_PAUSE_S = 0.02
REFUSED = "kansoku-crash-refused"
"""Stands in a request that the store is made to refuse; see `hook/sitecustomize.py`."""

# In an hour that is over, so that it is rolled up; not so old that retention ends it.
_TIME_NS = time.time_ns() - 3 * 3600 * 10**9
_FOREIGN = b"\x0a\x06\x12\x04\x12\x02\x28\x07"
"""Span.name as a number: an unknown field to protobuf, refused by ClickHouse, mended by rewriting."""


class Kind(Enum):
    """What an item becomes: the raw table and the narrow one, with their columns for its id."""

    CALL = ("otel_traces", "calls")
    TOOL = ("otel_traces", "tool_calls")
    OUTCOME = ("otel_logs", "outcomes")
    REFUSED = ("", "")


@dataclass
class Tally:
    """What the exporters know: acknowledged item numbers by kind, and requests not answered yet."""

    acknowledged: dict[Kind, set[int]] = field(default_factory=lambda: {kind: set[int]() for kind in Kind})
    requests: int = 0


@dataclass(frozen=True, slots=True)
class Request:
    """One request, and the numbers of its items."""

    path: str
    body: bytes
    kind: Kind
    numbers: range


def request(serial: int, odd: Odd = "") -> Request:
    """The request of a serial number, or an odd one."""
    first = serial * ITEMS + 1
    numbers = range(first, first + ITEMS)
    match odd:
        case "refused":
            marked = ExportTraceServiceRequest()
            marked.resource_spans.add().scope_spans.add().spans.add(name=REFUSED, span_id=_id(first))
            return Request("/v1/traces", marked.SerializeToString(), Kind.REFUSED, range(first, first + 1))
        case "foreign":
            return Request("/v1/traces", _spans(numbers, "chat") + _FOREIGN, Kind.CALL, numbers)
        case "":
            pass
    if serial % 3 == 2:
        return Request("/v1/logs", _outcomes(numbers), Kind.OUTCOME, numbers)
    kind = Kind.TOOL if serial % 6 == 1 else Kind.CALL
    return Request(
        "/v1/traces", _spans(numbers, "execute_tool" if kind is Kind.TOOL else "chat"), kind, numbers
    )


def _spans(numbers: range, operation: str) -> bytes:
    message = ExportTraceServiceRequest()
    spans = message.resource_spans.add().scope_spans.add().spans
    for number in numbers:
        span = spans.add(name=operation, span_id=_id(number), trace_id=_id(number) * 2)
        span.start_time_unix_nano = _TIME_NS + number
        _attribute(span.attributes, "gen_ai.operation.name", operation)
    return message.SerializeToString()


def _outcomes(numbers: range) -> bytes:
    message = ExportLogsServiceRequest()
    records = message.resource_logs.add().scope_logs.add().log_records
    for number in numbers:
        record = records.add(span_id=_id(number), trace_id=_id(number) * 2, event_name="kansoku.feedback")
        record.time_unix_nano = _TIME_NS + number
        _attribute(record.attributes, "kansoku.feedback.rating", "up")
    return message.SerializeToString()


def _attribute(attributes: RepeatedCompositeFieldContainer[KeyValue], key: str, value: str) -> None:
    attributes.append(KeyValue(key=key, value=AnyValue(string_value=value)))


def _id(number: int) -> bytes:
    return number.to_bytes(8, "big")


class Exporters:
    """So many clients, each with one request under way, which can be paused."""

    def __init__(self, port: int, clients: int) -> None:
        self.tally = Tally()
        self.odd: Odd = ""
        """What the next request is to be."""
        self._port = port
        self._serials: Iterator[int] = iter(range(1 << 40))
        self._go = asyncio.Event()
        self._busy = 0
        self._idle = asyncio.Event()
        self._idle.set()
        self._tasks = [asyncio.create_task(self._send()) for _ in range(clients)]

    def resume(self) -> None:
        """Lets them send."""
        self._go.set()

    async def pause(self) -> None:
        """Returns when each has its last request acknowledged and sends no more."""
        self._go.clear()
        await self._idle.wait()

    async def close(self) -> None:
        """Ends them."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _send(self) -> None:
        while True:
            await self._go.wait()
            self._busy += 1
            self._idle.clear()
            odd, self.odd = self.odd, ""
            one = request(next(self._serials), odd)
            while not await self._acknowledged(one):
                await asyncio.sleep(0.02)  # an exporter's patience
            self.tally.acknowledged[one.kind].update(one.numbers)
            self.tally.requests += 1
            await asyncio.sleep(_PAUSE_S)
            self._busy -= 1
            if not self._busy:
                self._idle.set()

    async def _acknowledged(self, one: Request) -> bool:
        """Whether a server took it; False too when none was there or it died."""
        try:
            reader, writer = await asyncio.open_connection("127.0.0.1", self._port)
        except OSError:
            return False
        try:
            writer.write(
                b"POST %b HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
                b"Content-Type: application/x-protobuf\r\nContent-Length: %d\r\n\r\n%b"
                % (one.path.encode(), len(one.body), one.body)
            )
            answer = await reader.read()
        except OSError:
            return False
        finally:
            writer.close()
            with suppress(OSError):
                await writer.wait_closed()
        told = answer.partition(b"\r\n")[0]
        assert not told.startswith(b"HTTP/1.1 4") or b" 429 " in told, (told, one.path)
        return told.startswith(b"HTTP/1.1 200")
