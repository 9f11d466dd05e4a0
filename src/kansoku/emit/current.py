"""Positions in a trace as OpenTelemetry has them: the one that is current, and those of our facts."""

from opentelemetry.context import Context
from opentelemetry.trace import SpanContext, TraceFlags, get_current_span

_SAMPLED = TraceFlags(TraceFlags.SAMPLED)


def current_span(context: Context | None = None) -> tuple[int, int, bool] | None:
    """Trace id, span id and sampled flag of the current span, or None; our spans nest under it.

    In the context, where one is given; an empty one, as most scripts have, is not looked into.
    """
    if context is not None and not context:
        return None
    span = get_current_span(context).get_span_context()
    if not span.is_valid:
        return None
    return span.trace_id, span.span_id, bool(span.trace_flags & TraceFlags.SAMPLED)


def context_of(trace_id: int, span_id: int) -> SpanContext:
    """A sampled context of this process."""
    return SpanContext(trace_id, span_id, is_remote=False, trace_flags=_SAMPLED)
