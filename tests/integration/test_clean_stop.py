"""SIGTERM under load: the server ends with 0, and what it acknowledged is stored or in the spool."""

from __future__ import annotations

import os
import signal
import threading
import time
import urllib.request
from pathlib import Path

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from kansoku.store.segments import Layout
from tests.servers import RunningServer, running

SPANS = 20
COUNT = "SELECT count(), uniqExact(SpanId) FROM otel_traces"


def send_until_refused(url: str, taken: list[int]) -> None:
    """Sends one request after the other; notes each that is acknowledged."""
    for serial in range(1, 1 << 30):
        request = ExportTraceServiceRequest()
        spans = request.resource_spans.add().scope_spans.add().spans
        for number in range(SPANS):
            span = spans.add(name="n", span_id=(serial * SPANS + number).to_bytes(8, "big"))
            span.start_time_unix_nano = time.time_ns()
        asked = urllib.request.Request(
            f"{url}/v1/traces", request.SerializeToString(), {"content-type": "application/x-protobuf"}
        )
        try:
            with urllib.request.urlopen(asked, timeout=30):
                taken.append(serial)
        except OSError:
            return


def under_load(server: RunningServer, requests: int) -> tuple[threading.Thread, list[int]]:
    """An exporter that has had so many requests acknowledged and goes on."""
    taken: list[int] = []
    exporter = threading.Thread(target=send_until_refused, args=(server.url, taken))
    exporter.start()
    while len(taken) < requests:
        assert exporter.is_alive()
        time.sleep(0.01)  # between two looks
    return exporter, taken


def store_process(server: RunningServer) -> int:
    pid = server.process.pid
    return int(Path(f"/proc/{pid}/task/{pid}/children").read_text().split()[0])


def test_sigterm_under_load_ends_with_zero_and_all_is_stored(tmp_path: Path) -> None:
    layout = Layout(tmp_path / "data")
    with running(layout.data) as server:
        exporter, taken = under_load(server, 30)
        server.process.send_signal(signal.SIGTERM)
        assert server.process.wait(timeout=90) == 0
        exporter.join()
    assert layout.backlog().bytes == 0  # it drained: nothing waits
    with running(layout.data) as server:
        stored, distinct = server.query(COUNT)[0]
    assert stored == distinct
    # The last request may have been stored and its answer lost with the connection.
    assert stored - len(taken) * SPANS in (0, SPANS)


def test_a_second_sigterm_does_not_wait_for_the_store_and_loses_nothing(tmp_path: Path) -> None:
    layout = Layout(tmp_path / "data")
    with running(layout.data) as server:
        store = store_process(server)
        os.kill(store, signal.SIGSTOP)  # so that it would drain for ever
        exporter, taken = under_load(server, 30)
        server.process.send_signal(signal.SIGTERM)
        exporter.join()
        assert server.process.poll() is None
        server.process.send_signal(signal.SIGTERM)
        assert server.process.wait(timeout=20) == 0
    assert layout.backlog().waiting > 0
    with running(layout.data) as server:
        rows = server.query_until(COUNT, lambda rows: rows[0][0] >= len(taken) * SPANS)
    assert rows[0][0] == rows[0][1]
    assert rows[0][0] - len(taken) * SPANS in (0, SPANS)
