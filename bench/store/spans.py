"""OTLP trace requests of realistic spans: every copy has ids of its own, text is varied, never constant."""

from __future__ import annotations

import json
import struct
from collections.abc import Callable
from typing import TYPE_CHECKING, Final, cast

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, ArrayValue, KeyValue

from bench.store.shape import FEATURES, MODELS, SERVICES, TOOLS
from bench.store.words import Text

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from google.protobuf.internal.containers import RepeatedCompositeFieldContainer
    from opentelemetry.proto.trace.v1.trace_pb2 import Span

_HOUR_NS = 3600 * 10**9
_KEY_BYTES = 30
_MARK = b"\xf9\x8e\xa1\xfb"
"""How ids begin until they are copied; no text in UTF-8 has it."""
_U32 = struct.Struct(">I")
_ODD = 0x9E37_79B1
_SPANS_OF_A_TRACE = 4
_TEMPLATE_SPANS = 16_384
"""Spans made before a load; their texts come again only after that many, under other ids."""


class Template:
    """One request's bytes, of which every copy gets ids that no other copy has."""

    def __init__(self, text: Text, spans: int, span_bytes: int, now_ns: int) -> None:
        self._bytes = bytearray(_request(text, spans, span_bytes, now_ns).SerializeToString())
        self._ids = [(at, _U32.unpack_from(self._bytes, at + 4)[0]) for at in _marks(self._bytes)]

    def copy(self, serial: int) -> bytes:
        """The request with other trace and span ids for each serial number."""
        body, turn = self._bytes, serial * _ODD
        for at, own in self._ids:
            _U32.pack_into(body, at, turn + own & 0xFFFF_FFFF)
        return bytes(body)


def templates(seed: int, spans: int, span_bytes: int, now_ns: int) -> list[Template]:
    """Requests of that many spans of about that many bytes each; mean size within a few percent."""
    text = Text(seed)
    count = min(2048, max(8, _TEMPLATE_SPANS * 800 // span_bytes // spans))
    return [Template(text, spans, span_bytes, now_ns) for _ in range(count)]


def _request(text: Text, spans: int, span_bytes: int, now_ns: int) -> ExportTraceServiceRequest:
    rng = text.random
    request = ExportTraceServiceRequest()
    group = request.resource_spans.add()
    resource = {
        "service.name": rng.choice(list(SERVICES)),
        "service.version": "1.4.2",
        "deployment.environment.name": "production",
        "telemetry.sdk.language": "python",
    }
    _put(group.resource.attributes, resource)
    scope = group.scope_spans.add()
    scope.scope.name = "kansoku"
    trace = b""
    for number in range(spans):
        if number % _SPANS_OF_A_TRACE == 0:
            trace = _MARK + rng.randbytes(12)
        span = scope.spans.add(trace_id=trace, span_id=_MARK + rng.randbytes(4))
        # In a request of one span each is of another kind.
        kind = number if spans > 1 else rng.randrange(_SPANS_OF_A_TRACE)
        _fill(span, text, kind, span_bytes, now_ns)
    return request


def _marks(content: bytearray) -> Iterator[int]:
    """Where an id begins."""
    at = content.find(_MARK)
    while at >= 0:
        yield at
        at = content.find(_MARK, at + 4)


def _fill(span: Span, text: Text, number: int, span_bytes: int, now_ns: int) -> None:
    rng = text.random
    span.parent_span_id = rng.randbytes(8)
    span.start_time_unix_nano = now_ns - rng.randrange(_HOUR_NS)
    span.end_time_unix_nano = span.start_time_unix_nano + int(rng.lognormvariate(0.5, 0.8) * 1e9)
    span.kind = span.SPAN_KIND_CLIENT
    span.name, attributes, longest = _KINDS[number % len(_KINDS)](text)
    _put(span.attributes, attributes)
    room = span_bytes * rng.uniform(0.8, 1.2) - span.ByteSize() - _KEY_BYTES
    if room > 0:
        _put(span.attributes, {longest: text.cut(int(room))})


def _chat(text: Text) -> tuple[str, dict[str, object], str]:
    rng = text.random
    model = rng.choice(list(MODELS))
    attributes: dict[str, object] = {
        "gen_ai.operation.name": "chat",
        "gen_ai.provider.name": "anthropic",
        "gen_ai.request.model": model,
        "gen_ai.response.model": model,
        "gen_ai.request.stream": rng.random() < 0.5,
        "gen_ai.response.id": f"msg_{rng.randbytes(12).hex()}",
        "gen_ai.response.time_to_first_chunk": rng.random(),
        "gen_ai.usage.input_tokens": rng.randrange(100, 9000),
        "gen_ai.usage.cache_read.input_tokens": rng.randrange(90),
        "gen_ai.usage.output_tokens": rng.randrange(2000),
        "anthropic.message.stop_reason": "end_turn",
        "anthropic.request.id": f"req_{rng.randbytes(12).hex()}",
        "http.response.status_code": 200,
        "kansoku.attempts": 1,
        "kansoku.cost.usd": rng.random() / 100,
        "kansoku.cost.source": "genai-prices 0.2.3",
        "kansoku.feature": rng.choice(list(FEATURES)),
        "kansoku.outcome": "ok",
        "session.id": f"s_{rng.randbytes(13).hex()}",
        "user.id": f"u_{rng.randrange(100_000):026d}",
    }
    return f"chat {model}", attributes, "gen_ai.output.messages"


def _agent_chat(text: Text) -> tuple[str, dict[str, object], str]:
    """A call whose model asked for tools, which travels as a list."""
    name, attributes, longest = _chat(text)
    tools = tuple(text.random.sample(list(TOOLS), 2))
    attributes |= {"kansoku.tool.names": tools, "anthropic.message.stop_reason": "tool_use"}
    return name, attributes, longest


def _tool(text: Text) -> tuple[str, dict[str, object], str]:
    rng = text.random
    tool = rng.choice(list(TOOLS))
    attributes: dict[str, object] = {
        "gen_ai.operation.name": "execute_tool",
        "gen_ai.tool.name": tool,
        "kansoku.feature": rng.choice(list(FEATURES)),
        "user.id": f"u_{rng.randrange(100_000):026d}",
        "gen_ai.tool.call.arguments": json.dumps({"order": rng.randrange(10**7), "note": text.cut(60)}),
    }
    return f"execute_tool {tool}", attributes, "gen_ai.tool.call.result"


def _plain(text: Text) -> tuple[str, dict[str, object], str]:
    rng = text.random
    attributes: dict[str, object] = {
        "http.request.method": "POST",
        "http.route": "/answer/{id}",
        "http.response.status_code": 200,
        "url.path": f"/answer/{rng.randrange(99_999)}",
        "user_agent.original": f"Mozilla/5.0 {text.cut(30)}",
        "client.address": f"10.{rng.randrange(256)}.{rng.randrange(256)}.{rng.randrange(256)}",
    }
    return "POST /answer", attributes, "question"


_Kind = Callable[[Text], tuple[str, dict[str, object], str]]
_KINDS: Final[tuple[_Kind, ...]] = (_chat, _agent_chat, _tool, _plain)
"""Name, attributes, and the attribute that takes what text there is room for."""


def _put(attributes: RepeatedCompositeFieldContainer[KeyValue], values: Mapping[str, object]) -> None:
    attributes.extend(KeyValue(key=key, value=_value(value)) for key, value in values.items())


def _value(value: object) -> AnyValue:
    match value:
        case bool():
            return AnyValue(bool_value=value)
        case int():
            return AnyValue(int_value=value)
        case float():
            return AnyValue(double_value=value)
        case tuple():
            texts = cast("tuple[str, ...]", value)
            return AnyValue(array_value=ArrayValue(values=[AnyValue(string_value=text) for text in texts]))
        case _:
            return AnyValue(string_value=str(value))
