"""Positions in a trace as OpenTelemetry has them: the one that is current, and those of our facts."""

from opentelemetry.trace import SpanContext, TraceFlags, get_current_span

_SAMPLED = TraceFlags(TraceFlags.SAMPLED)


def current_span() -> tuple[int, int, bool] | None:
    """Trace id, span id and sampled flag of the current span, or None; our spans nest under it."""
    context = get_current_span().get_span_context()
    if not context.is_valid:
        return None
    return context.trace_id, context.span_id, bool(context.trace_flags & TraceFlags.SAMPLED)


def context_of(trace_id: int, span_id: int) -> SpanContext:
    """A sampled context of this process."""
    return SpanContext(trace_id, span_id, is_remote=False, trace_flags=_SAMPLED)
