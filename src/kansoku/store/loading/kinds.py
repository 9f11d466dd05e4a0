"""Which kinds of metric a small segment has: reading a statement's text costs more than storing its rows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from google.protobuf.message import DecodeError
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest

from kansoku.store.segments import frames

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

KINDS = ("gauge", "sum", "histogram", "exponential_histogram", "summary")
"""Each has a table of its own."""

_SMALL_BYTES = 1 << 20
_ALL = frozenset(KINDS)


def kinds_of(path: Path) -> frozenset[str]:
    """The kinds of metric in a segment; all of them where it is large or cannot be read.

    Raises:
        FileNotFoundError: If it is not there.
    """
    if path.stat().st_size > _SMALL_BYTES:
        return _ALL
    content = path.read_bytes()
    read = 0
    found: set[str] = set()
    try:
        for message, end in frames(memoryview(content)):
            found.update(_in_request(bytes(message)))
            read = end
    except DecodeError:
        return _ALL
    return frozenset(found) if read == len(content) else _ALL


def _in_request(message: bytes) -> Iterator[str]:
    """The kinds that it has, told by every metric."""
    for group in ExportMetricsServiceRequest.FromString(message).resource_metrics:
        for scope in group.scope_metrics:
            for metric in scope.metrics:
                kind = metric.WhichOneof("data")
                if kind is not None:
                    yield kind
