"""What an exporter is told, in OTLP's words.

That is what was taken, or a `google.rpc.Status` with a hint when to try again where that helps.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from google.protobuf.duration_pb2 import Duration
from google.protobuf.json_format import MessageToJson
from google.rpc.code_pb2 import Code
from google.rpc.error_details_pb2 import BadRequest, RetryInfo
from google.rpc.status_pb2 import Status
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceResponse
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceResponse
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceResponse

from kansoku.errors import Malformed, NotAdmitted, NotPermitted, Overloaded, SpoolUnavailable, TooLarge
from kansoku.receive.otlp import JSON
from kansoku.store.segments import Signal

if TYPE_CHECKING:
    from google.protobuf.message import Message

    from kansoku.errors import ReceiveError

RETRY_AFTER_S = 2
"""When to try again: about the time in which the store works off a segment."""

_LONGEST = 1000  # gRPC has the text in its trailers twice, for which 8 KiB is usual

_RESPONSES: dict[Signal, tuple[type[Message], str]] = {
    Signal.TRACES: (ExportTraceServiceResponse, "rejected_spans"),
    Signal.LOGS: (ExportLogsServiceResponse, "rejected_log_records"),
    Signal.METRICS: (ExportMetricsServiceResponse, "rejected_data_points"),
}


@dataclass(frozen=True, slots=True)
class Taken:
    """A request that was stored, but for `rejected` of its items; `why` says it to the emitter."""

    rejected: int = 0
    why: str = ""


TAKEN = Taken()
"""Everything was."""


def success(signal: Signal, taken: Taken, media: str) -> bytes:
    """The `Export…ServiceResponse` of a request that was stored; empty if all of it was."""
    if not taken.rejected:
        return b"{}" if media == JSON else b""
    response, counted = _RESPONSES[signal]
    answer = response(partial_success={counted: taken.rejected, "error_message": taken.why[:_LONGEST]})
    return MessageToJson(answer).encode() if media == JSON else answer.SerializeToString()


def code(error: ReceiveError) -> int:
    """The gRPC status code of a refusal."""
    match error:
        case SpoolUnavailable():
            return Code.UNAVAILABLE
        case TooLarge() | Overloaded():
            return Code.RESOURCE_EXHAUSTED
        case NotPermitted():
            return Code.PERMISSION_DENIED
        case NotAdmitted():
            return Code.UNAUTHENTICATED
        case _:
            return Code.INVALID_ARGUMENT


def status(error: ReceiveError) -> Status:
    """The refusal as OTLP wants it told: `RetryInfo` if it is retryable, `BadRequest` if the data is bad."""
    told = Status(code=code(error), message=str(error)[:_LONGEST])
    if error.retryable:
        told.details.add().Pack(RetryInfo(retry_delay=Duration(seconds=RETRY_AFTER_S)))
    elif isinstance(error, Malformed):
        why = BadRequest.FieldViolation(field="body", description=told.message)
        told.details.add().Pack(BadRequest(field_violations=[why]))
    return told


def body(error: ReceiveError, media: str) -> bytes:
    """The refusal in the form the exporter speaks."""
    told = status(error)
    return MessageToJson(told).encode() if media == JSON else told.SerializeToString()
