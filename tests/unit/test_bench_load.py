"""The load of `./dev bench store`: requests that are all different, of the size asked for, sent when due."""

import asyncio
import time

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from bench.store.load import Answered, Load, over_http
from bench.store.queries import WINDOW_NAMES, asked
from bench.store.spans import Template
from bench.store.table import aligned
from bench.store.words import Text
from kansoku.catalog.panels import GROUPS

NOW_NS = 1_795_737_600 * 10**9


def _spans(body: bytes) -> list[tuple[bytes, bytes]]:
    request = ExportTraceServiceRequest.FromString(body)
    return [(span.trace_id, span.span_id) for span in request.resource_spans[0].scope_spans[0].spans]


def test_no_two_copies_share_an_id_and_spans_of_a_trace_stay_together() -> None:
    template = Template(Text(1), spans=64, span_bytes=800, now_ns=NOW_NS)
    copies = [_spans(template.copy(serial)) for serial in range(1, 40)]
    spans = [span for copy in copies for _, span in copy]
    traces = {trace for copy in copies for trace, _ in copy}
    assert len(set(spans)) == len(spans) == 64 * 39
    assert len(traces) == 16 * 39


@pytest.mark.parametrize("size", [800, 4_000])
def test_spans_have_the_size_that_was_asked_for(size: int) -> None:
    text = Text(3)
    made = [Template(text, spans=64, span_bytes=size, now_ns=NOW_NS) for _ in range(4)]
    mean = sum(len(template.copy(1)) for template in made) / 4 / 64
    assert size * 0.9 < mean < size * 1.2


def test_texts_are_varied() -> None:
    text = Text(1)
    assert len({text.cut(80) for _ in range(1_000)}) == 1_000


def test_a_load_with_a_rate_counts_what_a_pause_of_the_server_kept_waiting() -> None:
    async def run() -> Answered:
        served = 0

        async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            nonlocal served
            while head := await reader.readline():
                length = 0
                while (line := await reader.readline()) != b"\r\n":
                    name, _, value = line.partition(b":")
                    length = int(value) if name.lower() == b"content-length" else length
                await reader.readexactly(length)
                assert head.startswith(b"POST /v1/traces ")
                served += 1
                if served == 5:
                    time.sleep(0.4)  # the whole server stands still, as in a long garbage collection
                status = b"503 Busy" if served == 1 else b"200 OK"
                writer.write(b"HTTP/1.1 " + status + b"\r\nContent-Length: 2\r\n\r\nok")
            writer.close()

        server = await asyncio.start_server(answer, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        answered = await over_http(Load("http", port, 1.0, 1, 800, 2, rate=40.0))
        server.close()
        return answered

    answered = asyncio.run(run())
    answered.sum_up()
    assert answered.refused == 1
    assert answered.acknowledged in range(36, 42)
    assert answered.longest_s > 0.3
    assert answered.p50_s < 0.3


def test_columns_line_up() -> None:
    assert aligned([("a", "1"), ("bcd", "10")]) == ["a     1", "bcd  10"]


def test_every_panel_is_asked_over_every_window() -> None:
    names = {
        (f"{group.id}/{panel.id}", window)
        for group in GROUPS
        for panel in group.panels
        for window in WINDOW_NAMES
    }
    questions = asked(1_790_000_000)
    assert names <= set(questions)
    assert {"trace by id", "log search, a word", "indicators and verdict"} <= {name for name, _ in questions}
