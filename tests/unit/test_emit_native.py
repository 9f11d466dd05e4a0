"""The SDK's own span, as it leaves: what the SDK wrote on it is redacted too."""

from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import Status, StatusCode

from kansoku.emit.native import NativeSpan, NativeSpans
from kansoku.redact.redactor import Redactor


def test_what_the_sdk_wrote_is_redacted_before_the_span_ends_even_where_its_facts_are_lost() -> None:
    kept = InMemorySpanExporter()
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(kept))
    waiting = NativeSpans(Redactor().text)
    for is_lost in (False, True):
        span = NativeSpan(provider.get_tracer("t").start_span("call"))
        waiting.add(span)
        span.set_attributes({"gen_ai.request.model": "taro@example.com", "gen_ai.usage.output_tokens": 3})
        span.set_status(Status(StatusCode.ERROR, "no taro@example.com"))
        span.end()
        if not is_lost:
            span.release()
        del span
    for each in kept.get_finished_spans():
        assert dict(each.attributes or {}) == {
            "gen_ai.request.model": "<EMAIL>",
            "gen_ai.usage.output_tokens": 3,
        }
        assert each.status.description == "no <EMAIL>"
    assert len(kept.get_finished_spans()) == 2
    provider.shutdown()
