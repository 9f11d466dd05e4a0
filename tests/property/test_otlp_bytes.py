"""Our OTLP bytes say what OpenTelemetry's own encoder says of the same facts."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from opentelemetry.exporter.otlp.proto.common._log_encoder import encode_logs
from opentelemetry.exporter.otlp.proto.common.trace_encoder import encode_spans
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue
from opentelemetry.proto.trace.v1.trace_pb2 import Span
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.util.instrumentation import InstrumentationScope

from kansoku.emit.identity import Identity, SteadyResource
from kansoku.emit.log_line import record_of
from kansoku.emit.otlp_bytes import logs_request, spans_request
from kansoku.emit.protobuf import any_value, varint
from kansoku.emit.span import span_of
from kansoku.emit.telemetry import Telemetry, telemetry_of
from kansoku.record.facts import (
    Call,
    Cost,
    Evaluation,
    Fact,
    Feedback,
    Place,
    Surroundings,
    TaskRun,
    ToolRun,
    Usage,
)

WHO = Identity(
    "t",
    SteadyResource(
        Resource({"service.name": "観測", "n": 3, "yes": True, "list": ("a", "b"), "x": 0.5}, "https://s")
    ),
    InstrumentationScope("kansoku", "0.1.0"),
)
words = st.text(st.characters(exclude_categories=["Cs"]), max_size=80)
counts = st.none() | st.integers(0, 2**40)
whole = st.integers(-(2**63), 2**63 - 1)
shares = st.none() | st.floats(0, 1)
around = st.builds(Surroundings, task=words, feature=words, user_id=words)
usages = st.builds(
    Usage, input_tokens=counts, cache_read_tokens=counts, cache_write_5m_tokens=counts, output_tokens=counts
)
costs = st.builds(Cost, usd=st.none() | st.floats(0, 1e6), source=words, unpriced_reason=words)
places = st.builds(
    Place,
    trace_id=st.integers(1, 2**128 - 1),
    span_id=st.integers(1, 2**64 - 1),
    parent_span_id=st.integers(0, 2**64 - 1),
)
times = {"started_unix_ns": st.integers(1, 2**62), "place": places, "around": around}
lasting = {**times, "duration_s": st.floats(0, 1e5)}
facts: st.SearchStrategy[Fact] = st.one_of(
    st.builds(
        Call,
        operation=st.sampled_from(["chat", "count_tokens"]),
        provider=words,
        request_model=words,
        stream=st.booleans(),
        outcome=st.sampled_from(["ok", "error", "cancelled", "aborted"]),
        error_type=words,
        error_message=words,
        http_status=counts,
        stop_reason=words,
        attempts=counts,
        ttft_s=st.none() | st.floats(0, 600),
        usage=usages,
        cost=costs,
        tool_names=st.lists(words, max_size=3).map(tuple),
        **lasting,
    ),
    st.builds(ToolRun, tool=words, outcome=st.sampled_from(["ok", "error"]), error_type=words, **lasting),
    st.builds(
        TaskRun,
        name=words,
        label=st.sampled_from(["completed", "failed"]),
        comment=words,
        score=shares,
        attributes=st.lists(
            st.tuples(words, st.integers(-(2**63), 2**63 - 1) | words | st.booleans()), max_size=3
        ).map(tuple),
        **lasting,
    ),
    st.builds(Feedback, label=st.sampled_from(["up", "down"]), score=shares, comment=words, **times),
    st.builds(Evaluation, name=words, label=words, score=shares, comment=words, **times),
)


@pytest.mark.parametrize(
    "other",
    [
        {"operation": "count_tokens"},
        {"request_model": "n"},
        {"route": "GET /v1/models"},
        {"outcome": "aborted", "stop_reason": ""},
        {"stop_reason": "max_tokens"},
        {"attempts": 3},
        *({"http_status": number} for number in (0, 127, 128, 2**14 - 1, 2**14, 2**63 - 1)),
    ],
    ids=str,
)
def test_a_call_that_differs_from_one_before_in_one_thing_has_a_span_of_its_own(
    other: dict[str, Any],
) -> None:
    told: dict[str, Any] = {
        "place": Place(1, 2),
        "started_unix_ns": 1,
        "duration_s": 0.5,
        "operation": "chat",
        "provider": "anthropic",
        "request_model": "m",
        "outcome": "ok",
        "stop_reason": "end_turn",
        "attempts": 2,
    }
    batch = [telemetry_of(Call(**each), WHO.service) for each in (told, told | other)]
    ours = ExportTraceServiceRequest.FromString(spans_request(WHO, batch))
    spans, expected = ours.resource_spans[0].scope_spans[0].spans[:], _encoded_spans(batch)
    for span in (*spans, *expected):
        span.attributes.sort(key=lambda each: each.key)
    assert spans == expected


@given(st.lists(facts, min_size=1, max_size=4))
def test_a_request_reads_as_if_opentelemetry_had_encoded_it(batch: list[Fact]) -> None:
    telemetry = [telemetry_of(fact, WHO.service) for fact in batch]
    with_span = [one for one in telemetry if one.span_fact is not None]
    ours = ExportTraceServiceRequest.FromString(spans_request(WHO, with_span))
    spans, expected = ours.resource_spans[0].scope_spans[0].spans[:], _encoded_spans(with_span)
    for span in (*spans, *expected):
        span.attributes.sort(key=lambda each: each.key)
    assert spans == expected
    logs = ExportLogsServiceRequest.FromString(logs_request(WHO, telemetry))
    theirs = encode_logs([record_of(one.fact, one.line, WHO.resource, WHO.scope) for one in telemetry])
    for record in theirs.resource_logs[0].scope_logs[0].log_records:
        record.attributes.sort(key=lambda each: each.key)
    for record in logs.resource_logs[0].scope_logs[0].log_records:
        record.attributes.sort(key=lambda each: each.key)
    assert logs == theirs


def _encoded_spans(batch: list[Telemetry]) -> list[Span]:
    """The spans as OpenTelemetry encodes them."""
    spans = [span_of(one.span_fact, WHO.resource, WHO.scope) for one in batch if one.span_fact is not None]
    if not spans:
        return []
    encoded = list(encode_spans(spans).resource_spans[0].scope_spans[0].spans)
    for span in encoded:
        if not span.status.code:
            span.ClearField("status")  # an empty message says what its absence says
        span.flags |= 1  # W3C's sampled flag, which OTLP asks for and this encoder leaves out
    return encoded


@given(st.integers(0, 2**64 - 1))
def test_a_varint_reads_back(number: int) -> None:
    read = AnyValue.FromString(b"\x18" + varint(number)).int_value
    assert read % 2**64 == number


def test_what_protobuf_cannot_hold_becomes_text() -> None:
    assert AnyValue.FromString(any_value("\ud800")).string_value == "?"
    assert AnyValue.FromString(any_value(2**70)).string_value == str(2**70)
    assert AnyValue.FromString(any_value(-1)).int_value == -1
    assert AnyValue.FromString(any_value({"a": 1})).string_value == "{'a': 1}"
    assert AnyValue.FromString(any_value(())).WhichOneof("value") == "array_value"
