"""A batch as OpenTelemetry's own objects, which its exporters take."""

from collections.abc import Iterable

from opentelemetry.sdk._logs import ReadableLogRecord
from opentelemetry.sdk.trace import ReadableSpan

from kansoku.emit.identity import Identity
from kansoku.emit.log_line import record_of
from kansoku.emit.span import span_of
from kansoku.emit.telemetry import Telemetry


def spans_of(who: Identity, batch: Iterable[Telemetry]) -> list[ReadableSpan]:
    """The span of each fact that makes one."""
    return [
        span_of(one.span_fact, who.resource, who.scope, one.content)
        for one in batch
        if one.span_fact is not None
    ]


def records_of(who: Identity, batch: Iterable[Telemetry]) -> list[ReadableLogRecord]:
    """The log record of each fact."""
    return [record_of(one.fact, one.line, who.resource, who.scope) for one in batch]
