"""An OTLP/HTTP endpoint on this machine that keeps what it is sent."""

import gzip
import ssl
import threading
import zlib
from collections.abc import Generator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.logs.v1.logs_pb2 import LogRecord
from opentelemetry.proto.metrics.v1.metrics_pb2 import Metric
from opentelemetry.proto.resource.v1.resource_pb2 import Resource
from opentelemetry.proto.trace.v1.trace_pb2 import Span


class Receiver:
    """Keeps what came, as (path, body, headers); refuses it while told to, or without the key it wants.

    `tries` are the paths of what came or was refused.
    """

    def __init__(self, tls: ssl.SSLContext | None = None, port: int = 0) -> None:
        self.bodies: list[tuple[str, bytes, dict[str, str]]] = []
        self.tries: list[str] = []
        self.refuses = False
        self.refusal, self.retry_after = 400, ""
        self.key = ""
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                match self.headers.get("content-encoding"):
                    case "gzip":
                        body = gzip.decompress(body)
                    case "deflate":
                        body = zlib.decompress(body)
                    case _:
                        pass
                headers = {name.lower(): value for name, value in self.headers.items()}
                receiver.tries.append(self.path)
                if not receiver.refuses:
                    receiver.bodies.append((self.path, body, headers))
                is_known = headers.get("authorization", "") == receiver.key
                self.send_response(
                    receiver.refusal if receiver.refuses else 200 if is_known or not receiver.key else 401
                )
                if receiver.refuses and receiver.retry_after:
                    self.send_header("retry-after", receiver.retry_after)
                self.send_header("content-length", "0")
                self.end_headers()

            def log_message(self, *args: object) -> None:  # pyright: ignore[reportIncompatibleMethodOverride]
                del args

        self._server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
        self._server.daemon_threads = True
        if tls is not None:
            self._server.socket = tls.wrap_socket(self._server.socket, server_side=True)
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()
        self.url = f"{'http' if tls is None else 'https'}://127.0.0.1:{self._server.server_port}"

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    @property
    def paths(self) -> set[str]:
        return {path for path, _, _ in self.bodies}

    def of(self, end: str) -> list[bytes]:
        return [body for path, body, _ in self.bodies if path.endswith(end)]

    def spans_by(self) -> list[tuple[Resource, Span]]:
        """Every span with the resource that sent it."""
        return [
            (resource.resource, span)
            for each in map(ExportTraceServiceRequest.FromString, self.of("traces"))
            for resource in each.resource_spans
            for scope in resource.scope_spans
            for span in scope.spans
        ]

    def spans(self) -> list[Span]:
        return [span for _, span in self.spans_by()]

    def records(self) -> list[LogRecord]:
        return [
            record
            for each in map(ExportLogsServiceRequest.FromString, self.of("logs"))
            for resource in each.resource_logs
            for scope in resource.scope_logs
            for record in scope.log_records
        ]

    def metrics(self) -> dict[str, Metric]:
        """The metrics that were sent last, by name."""
        last = ExportMetricsServiceRequest.FromString(self.of("metrics")[-1])
        return {
            metric.name: metric
            for resource in last.resource_metrics
            for scope in resource.scope_metrics
            for metric in scope.metrics
        }

    def totals(self, metric: str) -> dict[tuple[str, ...], float]:
        """A counter's last values, by the values of its labels in alphabetical order of their names."""
        return {
            tuple(
                each.value.string_value for each in sorted(point.attributes, key=lambda one: one.key)
            ): float(point.as_double or point.as_int)
            for body in self.of("metrics")
            for resource in ExportMetricsServiceRequest.FromString(body).resource_metrics
            for scope in resource.scope_metrics
            for each_metric in scope.metrics
            if each_metric.name == metric
            for point in each_metric.sum.data_points
        }


@contextmanager
def receiving(tls: ssl.SSLContext | None = None, port: int = 0) -> Generator[Receiver]:
    """A receiver until the block ends."""
    receiver = Receiver(tls, port)
    try:
        yield receiver
    finally:
        receiver.close()


def attributes_of(holder: Any) -> dict[str, Any]:  # noqa: ANN401  any message with attributes
    """The attributes of a span, a record or a resource."""
    return {
        each.key: getattr(each.value, each.value.WhichOneof("value") or "string_value")
        for each in holder.attributes
    }
