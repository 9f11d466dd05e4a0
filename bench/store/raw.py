"""Rows of `otel_traces` and `otel_logs`, made of the same calls as those of the narrow tables.

Attributes come from the catalog, so a span has exactly what its row of `calls` was read from.
"""

from __future__ import annotations

from bench.store.draw import bits, chosen, texts, uniform
from bench.store.rows import Calls, insert
from bench.store.words import FLAT, VOCABULARY
from kansoku.catalog.fields import CALLS, Attribute, Field, Kind, StatusOr, Uncached

_LEVELS = {"INFO": 90, "WARN": 7, "ERROR": 3}
_LOGGERS = {"app.answer": 40, "app.orders": 25, "app.http": 20, "app.tasks": 15}


def spans(calls: Calls, content_words: int = 0) -> str:
    """The INSERT of the day's spans, with that many words of prompt and answer."""
    ok = "if(outcome = 'error', 'Error', 'Unset')"
    return insert(
        "otel_traces",
        calls,
        {
            "Timestamp": "time",
            "TraceId": "trace_id",
            "SpanId": "span_id",
            "ParentSpanId": "parent_span_id",
            "SpanName": "concat(operation, ' ', request_model)",
            "SpanKind": "'Client'",
            "ServiceName": "service",
            "ResourceAttributes": _RESOURCE,
            "ScopeName": "'kansoku'",
            "ScopeVersion": "'0.1.0'",
            "SpanAttributes": _attributes(calls, content_words),
            "Duration": "toUInt64(duration_s * 1000000000)",
            "StatusCode": ok,
            "StatusMessage": "error_message",
        },
    )


def log_lines(calls: Calls) -> tuple[str, ...]:
    """The INSERTs of the day's log records: Kansoku's own line of each call, and one of the application."""
    common = {
        "TraceId": "trace_id",
        "SpanId": "span_id",
        "TraceFlags": "1",
        "ServiceName": "service",
        "ResourceAttributes": _RESOURCE,
    }
    own = {
        **common,
        "Timestamp": "time",
        "SeverityText": "if(_fails, 'ERROR', 'INFO')",
        "SeverityNumber": "if(_fails, 17, 9)",
        "Body": _LINE,
        "ScopeName": "'kansoku'",
        "LogAttributes": _without_empty({"feature": "feature", "outcome": "outcome", "user.id": "user_id"}),
        "EventName": "concat('api_call_', if(outcome = 'ok', 'success', outcome))",
    }
    level = chosen(_LEVELS, "level", calls.seed)
    application = {
        **common,
        "Timestamp": "fromUnixTimestamp64Nano(_time_ns + 2000000)",
        "SeverityText": level,
        "SeverityNumber": f"transform({level}, ['INFO', 'WARN', 'ERROR'], [9, 13, 17], 9)",
        "Body": f"concat({words(calls, 'log', '6 + number % 12')}, ' ', request_id)",
        "ScopeName": chosen(_LOGGERS, "logger", calls.seed),
        "LogAttributes": _without_empty({"code.function.name": "feature", "user.id": "user_id"}),
        "EventName": "''",
    }
    return (insert("otel_logs", calls, own), insert("otel_logs", calls, application))


def words(calls: Calls, salt: str, count: str) -> str:
    """Words of the vocabulary, the frequent ones more often."""
    drawn = f"bitShiftRight(cityHash64({bits(salt, calls.seed)}, w), 11) / 9007199254740992"
    rank = f"toUInt32(1 + {FLAT} * (exp({drawn} * log({len(VOCABULARY)} / {FLAT} + 1)) - 1))"
    return f"arrayStringConcat(arrayMap(w -> {texts(list(VOCABULARY))}[{rank}], range({count})), ' ')"


_RESOURCE = (
    "map('service.name', service, 'service.version', release, 'deployment.environment.name', environment,"
    " 'telemetry.sdk.language', 'python', 'telemetry.sdk.name', 'kansoku', 'telemetry.sdk.version', '0.1.0')"
)
_LINE = (
    "concat('{\"timestamp\":', toString(_time_ns / 1000000000), ',\"level\":\"', if(_fails, 'ERROR', 'INFO'),"
    " '\",\"event\":\"api_call_', if(outcome = 'ok', 'success', outcome), '\",\"trace_id\":\"', trace_id,"
    ' \'","span_id":"\', span_id, \'","model":"\', request_model, \'","duration_s":\', toString(duration_s),'
    " ',\"input_tokens\":', ifNull(toString(input_tokens), 'null'), ',\"output_tokens\":',"
    ' ifNull(toString(output_tokens), \'null\'), \',"request_id":"\', request_id, \'","error_message":"\','
    " error_message, '\"}')"
)


def _attributes(calls: Calls, content_words: int) -> str:
    """The map of a call's attributes."""
    made = {name for stage in calls.facts() for name in stage}
    found = dict(pair for field in CALLS.fields if field.name in made for pair in _attribute(field))
    if content_words:
        count = f"toUInt32(1 + {2 * content_words} * {uniform('content', calls.seed)})"
        found["gen_ai.input.messages"] = words(calls, "prompt", count)
        found["gen_ai.output.messages"] = words(calls, "answer", count)
    return _without_empty(found)


def _attribute(field: Field) -> list[tuple[str, str]]:
    """A field as the attribute that it is read from, if it is one."""
    match field.source:
        case Attribute(name):
            return [(name, _text(field))]
        case StatusOr(attribute):
            return [(attribute.name, field.name)]
        case Uncached(total):
            parts = "input_tokens + cache_read_tokens + cache_write_tokens"
            return [(total.name, f"ifNull(toString({parts}), '')")]
        case _:
            return []


def _text(field: Field) -> str:
    match field.kind:
        case Kind.LABEL | Kind.TEXT:
            return field.name
        case Kind.LABELS:
            return f"if(empty({field.name}), '', toJSONString({field.name}))"
        case _:
            return f"ifNull(toString({field.name}), '')"


def _without_empty(members: dict[str, str]) -> str:
    pairs = ", ".join(f"'{name}', {value}" for name, value in members.items())
    return f"mapFilter((k, v) -> v != '', map({pairs}))"
