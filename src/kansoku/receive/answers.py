"""What an exporter is told, in OTLP's words: `google.rpc.Status` with a retry hint where it helps."""

from __future__ import annotations

from typing import TYPE_CHECKING

from google.protobuf.duration_pb2 import Duration
from google.protobuf.json_format import MessageToJson
from google.rpc.code_pb2 import Code
from google.rpc.error_details_pb2 import RetryInfo
from google.rpc.status_pb2 import Status

from kansoku.errors import SpoolUnavailable, TooLarge
from kansoku.receive.otlp import JSON

if TYPE_CHECKING:
    from kansoku.errors import ReceiveError

RETRY_AFTER_S = 2
"""When to try again: about the time in which the store works off a segment."""

SUCCESS = b""
"""An empty `Export…ServiceResponse`: everything was taken."""

SUCCESS_JSON = b"{}"


def code(error: ReceiveError) -> int:
    """The gRPC status code of a refusal."""
    match error:
        case SpoolUnavailable():
            return Code.UNAVAILABLE
        case TooLarge():
            return Code.RESOURCE_EXHAUSTED
        case _:
            return Code.INVALID_ARGUMENT


def status(error: ReceiveError) -> Status:
    """The refusal as OTLP wants it told; only a retryable one carries `RetryInfo`."""
    told = Status(code=code(error), message=str(error))
    if error.retryable:
        told.details.add().Pack(RetryInfo(retry_delay=Duration(seconds=RETRY_AFTER_S)))
    return told


def body(error: ReceiveError, media: str) -> bytes:
    """The refusal in the form the exporter speaks."""
    told = status(error)
    return MessageToJson(told).encode() if media == JSON else told.SerializeToString()
