"""OTLP's export requests as the protobuf library has them: one message type for each signal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import (
    ExportMetricsServiceRequest,
)
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from kansoku.store.segments import Signal

if TYPE_CHECKING:
    from google.protobuf.message import Message

REQUESTS: dict[Signal, type[Message]] = {
    Signal.TRACES: ExportTraceServiceRequest,
    Signal.LOGS: ExportLogsServiceRequest,
    Signal.METRICS: ExportMetricsServiceRequest,
}


def canonical(signal: Signal, body: bytes) -> bytes:
    """The request as the protobuf library would write it: known fields only, each once, in its own type.

    Raises:
        DecodeError: If it is no such request.
    """
    request = REQUESTS[signal].FromString(body)
    # A known number with a foreign wire type counts as unknown; ClickHouse stumbles over it.
    request.DiscardUnknownFields()
    return request.SerializeToString()
