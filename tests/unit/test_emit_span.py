"""A call as a span and a log line, whole, with fixed clocks and ids."""

import json

from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.util.instrumentation import InstrumentationScope

from kansoku.emit.span import span_of
from kansoku.emit.telemetry import telemetry_of
from kansoku.record.facts import Call, Cost, Place, Surroundings, TaskRun, Usage

CALL = Call(
    place=Place(0xA, 0xB, 0xC),
    started_unix_ns=1_795_000_000_000_000_000,
    duration_s=1.25,
    operation="chat",
    provider="anthropic",
    request_model="claude-sonnet-5-5",
    response_model="claude-sonnet-5-5",
    outcome="ok",
    http_status=200,
    stop_reason="end_turn",
    attempts=2,
    usage=Usage(input_tokens=10, cache_read_tokens=30, cache_write_5m_tokens=0, output_tokens=5),
    cost=Cost(0.0001, "table"),
    request_id="req_1",
    response_id="msg_1",
    around=Surroundings(feature="support", user_id="u-1"),
)
WHO = Resource({"service.name": "t"}), InstrumentationScope("kansoku")


def test_the_span_of_a_call() -> None:
    span = span_of(CALL, *WHO)
    assert span.context is not None
    assert span.parent is not None
    assert span.name == "chat claude-sonnet-5-5"
    assert (span.context.trace_id, span.context.span_id, span.parent.span_id) == (0xA, 0xB, 0xC)
    assert (span.start_time, span.end_time) == (1_795_000_000_000_000_000, 1_795_000_001_250_000_000)
    assert dict(span.attributes or {}) == {
        "gen_ai.operation.name": "chat",
        "gen_ai.provider.name": "anthropic",
        "gen_ai.request.model": "claude-sonnet-5-5",
        "gen_ai.response.model": "claude-sonnet-5-5",
        "gen_ai.request.stream": False,
        "kansoku.outcome": "ok",
        "http.response.status_code": 200,
        "anthropic.message.stop_reason": "end_turn",
        "kansoku.attempts": 2,
        "kansoku.attempts.failed": 1,
        "gen_ai.usage.input_tokens": 40,
        "gen_ai.usage.cache_read.input_tokens": 30,
        "gen_ai.usage.cache_write.input_tokens": 0,
        "gen_ai.usage.output_tokens": 5,
        "kansoku.cost.usd": 0.0001,
        "kansoku.cost.source": "table",
        "anthropic.request.id": "req_1",
        "gen_ai.response.id": "msg_1",
        "kansoku.feature": "support",
        "user.id": "u-1",
        "gen_ai.response.finish_reasons": ("end_turn",),
        "http.request.resend_count": 1,
    }


def test_the_log_line_of_a_call() -> None:
    line = json.loads(telemetry_of(CALL, "t").line)
    assert line == {
        "timestamp": 1_795_000_000.0,
        "level": "INFO",
        "event": "api_call_success",
        "service": "t",
        "trace_id": "0000000000000000000000000000000a",
        "span_id": "000000000000000b",
        "duration_s": 1.25,
        "operation": "chat",
        "provider": "anthropic",
        "request_model": "claude-sonnet-5-5",
        "response_model": "claude-sonnet-5-5",
        "stream": False,
        "outcome": "ok",
        "http_status": 200,
        "stop_reason": "end_turn",
        "attempts": 2,
        "failed_attempts": 1,
        "input_tokens": 10,
        "cache_read_tokens": 30,
        "cache_write_tokens": 0,
        "output_tokens": 5,
        "cost_usd": 0.0001,
        "price_source": "table",
        "request_id": "req_1",
        "response_id": "msg_1",
        "feature": "support",
        "user_id": "u-1",
    }


def test_a_root_has_no_parent_and_attributes_of_a_task_are_flat() -> None:
    run = TaskRun(
        place=Place(1, 2),
        started_unix_ns=1,
        duration_s=0,
        name="n",
        label="completed",
        attributes=(("list", [1, 2]), ("n", 5)),
    )
    span = span_of(run, *WHO)
    assert span.parent is None
    assert span.name == "task n"
    attributes = dict(span.attributes or {})
    assert attributes["kansoku.task.attribute.list"] == "[1, 2]"
    assert attributes["kansoku.task.attribute.n"] == 5
