"""An answer in the Messages API's wire format: the JSON body, the SSE events, the headers. Pure."""

from __future__ import annotations

import datetime as dt
import json
from typing import TYPE_CHECKING, assert_never

from kansoku_demo.answers import (
    Block,
    Event,
    Failure,
    Json,
    JsonObject,
    RateLimits,
    Reply,
    StopReason,
    Text,
    Thinking,
    ToolUse,
    Usage,
    WebSearch,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

COUNT_TOKENS_PATH = "/v1/messages/count_tokens"


def dump(value: Json) -> bytes:
    """Compact UTF-8 JSON."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


def encode(event: Event) -> bytes:
    """One server-sent event as bytes."""
    return b"event: %s\ndata: %s\n\n" % (event.name.encode(), dump(event.data))


def body(reply: Reply, *, model: str, message_id: str) -> JsonObject:
    """The JSON body of a message."""
    content: list[Json] = [*_content(reply, message_id)]
    return {
        **_envelope(reply, model=model, message_id=message_id),
        "content": content,
        "stop_reason": stop_reason(reply),
        "stop_sequence": reply.stop_sequence,
        **_stop_details(reply),
        "usage": _usage(reply.usage),
    }


def token_count(reply: Reply) -> JsonObject:
    """The JSON body of `count_tokens`."""
    return {"input_tokens": reply.usage.prompt_tokens}


def error_body(error_type: str, message: str, request_id: str) -> JsonObject:
    """The JSON body of an error, which is also the data of an `error` event."""
    return {
        "type": "error",
        "error": {"type": error_type, "message": message},
        "request_id": request_id,
    }


def events(
    reply: Reply, *, model: str = "claude-sonnet-5-5", message_id: str = "msg_01scripted"
) -> tuple[Event, ...]:
    """The complete event sequence of a message, in the order the API sends it."""
    return (
        _message_start(reply, model=model, message_id=message_id),
        *_blocks_events(reply, message_id),
        _message_delta(reply),
        Event("message_stop", {"type": "message_stop"}),
    )


def stop_reason(reply: Reply) -> StopReason:
    """The stop reason given, or the one the blocks imply."""
    if reply.stop_reason is not None:
        return reply.stop_reason
    if any(isinstance(block, ToolUse) for block in reply.blocks):
        return "tool_use"
    return "end_turn"


def rate_limit_headers(limits: RateLimits, now_unix_s: float) -> dict[str, str]:
    """The `anthropic-ratelimit-*` headers, resets as RFC 3339 times."""
    reset = dt.datetime.fromtimestamp(now_unix_s + limits.reset_s, dt.UTC)
    figures = {
        "requests": (limits.requests_limit, limits.requests_remaining),
        "input-tokens": (limits.input_tokens_limit, limits.input_tokens_remaining),
        "output-tokens": (limits.output_tokens_limit, limits.output_tokens_remaining),
        "tokens": (
            limits.input_tokens_limit + limits.output_tokens_limit,
            limits.input_tokens_remaining + limits.output_tokens_remaining,
        ),
    }
    headers: dict[str, str] = {}
    for name, (limit, remaining) in figures.items():
        prefix = f"anthropic-ratelimit-{name}"
        headers[f"{prefix}-limit"] = str(limit)
        headers[f"{prefix}-remaining"] = str(remaining)
        headers[f"{prefix}-reset"] = reset.strftime("%Y-%m-%dT%H:%M:%SZ")
    return headers


def retry_headers(failure: Failure) -> dict[str, str]:
    """`retry-after`, `retry-after-ms` and `x-should-retry`, each only when given."""
    headers: dict[str, str] = {}
    if failure.retry_after_s is not None:
        headers["retry-after"] = f"{failure.retry_after_s:g}"
    if failure.retry_after_ms is not None:
        headers["retry-after-ms"] = f"{failure.retry_after_ms:g}"
    if failure.should_retry is not None:
        headers["x-should-retry"] = "true" if failure.should_retry else "false"
    return headers


def _envelope(reply: Reply, *, model: str, message_id: str) -> JsonObject:
    return {
        "id": reply.message_id or message_id,
        "type": "message",
        "role": "assistant",
        "model": reply.model or model,
    }


def _stop_details(reply: Reply) -> JsonObject:
    if stop_reason(reply) != "refusal":
        return {"stop_details": None}
    return {
        "stop_details": {
            "type": "refusal",
            "category": reply.refusal_category,
            "explanation": reply.refusal_explanation,
        }
    }


def _usage(usage: Usage) -> JsonObject:
    wire: JsonObject = {
        "input_tokens": usage.input_tokens,
        "cache_creation_input_tokens": usage.cache_write_5m_tokens + usage.cache_write_1h_tokens,
        "cache_read_input_tokens": usage.cache_read_tokens,
        "cache_creation": {
            "ephemeral_5m_input_tokens": usage.cache_write_5m_tokens,
            "ephemeral_1h_input_tokens": usage.cache_write_1h_tokens,
        },
        "output_tokens": usage.output_tokens,
        **_extra_usage(usage),
    }
    for name, value in (
        ("service_tier", usage.service_tier),
        ("inference_geo", usage.inference_geo),
        ("speed", usage.speed),
    ):
        if value is not None:
            wire[name] = value
    return wire


def _delta_usage(usage: Usage) -> JsonObject:
    # As in the API: the 5m/1h split, the tier, the geo and the speed are in message_start only.
    return {
        "input_tokens": usage.input_tokens,
        "cache_creation_input_tokens": usage.cache_write_5m_tokens + usage.cache_write_1h_tokens,
        "cache_read_input_tokens": usage.cache_read_tokens,
        "output_tokens": usage.output_tokens,
        **_extra_usage(usage),
    }


def _extra_usage(usage: Usage) -> JsonObject:
    extra: JsonObject = {}
    if usage.thinking_tokens:
        extra["output_tokens_details"] = {"thinking_tokens": usage.thinking_tokens}
    if usage.web_search_requests:
        extra["server_tool_use"] = {
            "web_search_requests": usage.web_search_requests,
            "web_fetch_requests": 0,
        }
    return extra


def _start_usage(reply: Reply) -> JsonObject:
    if reply.start_usage is not None:
        return _usage(reply.start_usage)
    # Searches and thinking lie ahead when the message starts.
    start = {**_usage(reply.usage), "output_tokens": 1}
    return {k: v for k, v in start.items() if k not in {"server_tool_use", "output_tokens_details"}}


def _message_start(reply: Reply, *, model: str, message_id: str) -> Event:
    message: JsonObject = {
        **_envelope(reply, model=model, message_id=message_id),
        "content": [],
        "stop_reason": None,
        "stop_sequence": None,
        "stop_details": None,
        "usage": _start_usage(reply),
    }
    return Event("message_start", {"type": "message_start", "message": message})


def _message_delta(reply: Reply) -> Event:
    delta: JsonObject = {
        "stop_reason": stop_reason(reply),
        "stop_sequence": reply.stop_sequence,
        **_stop_details(reply),
    }
    return Event(
        "message_delta",
        {"type": "message_delta", "delta": delta, "usage": _delta_usage(reply.usage)},
    )


def _blocks_events(reply: Reply, message_id: str) -> Iterator[Event]:
    for index, block in enumerate(_content(reply, message_id)):
        start, deltas = _streamed(block, reply.deltas)
        yield _indexed("content_block_start", index, "content_block", start)
        if index == 0:
            yield Event("ping", {"type": "ping"})
        for delta in deltas:
            yield _indexed("content_block_delta", index, "delta", delta)
        yield Event("content_block_stop", {"type": "content_block_stop", "index": index})


def _indexed(name: str, index: int, key: str, value: JsonObject) -> Event:
    return Event(name, {"type": name, "index": index, key: value})


def _content(reply: Reply, message_id: str) -> list[JsonObject]:
    return [
        wire
        for number, block in enumerate(reply.blocks)
        for wire in _block(block, f"{message_id.removeprefix('msg_')}{number:02d}")
    ]


def _block(block: Block, own_id: str) -> list[JsonObject]:
    match block:
        case Text(text):
            return [{"type": "text", "text": text}]
        case Thinking(thinking, signature):
            return [{"type": "thinking", "thinking": thinking, "signature": signature}]
        case ToolUse(name, tool_input, tool_id):
            tool_id = tool_id or f"toolu_{own_id}"
            return [{"type": "tool_use", "id": tool_id, "name": name, "input": tool_input}]
        case WebSearch():
            return _web_search(block, f"srvtoolu_{own_id}")
        case _:
            assert_never(block)


def _web_search(search: WebSearch, tool_id: str) -> list[JsonObject]:
    results: list[Json] = [
        {
            "type": "web_search_result",
            "title": title,
            "url": f"https://example.com/{number}",
            "encrypted_content": "ZGVtbw==",
            "page_age": None,
        }
        for number, title in enumerate(search.titles)
    ]
    use: JsonObject = {
        "type": "server_tool_use",
        "id": tool_id,
        "name": "web_search",
        "input": {"query": search.query},
    }
    return [
        use,
        {"type": "web_search_tool_result", "tool_use_id": tool_id, "content": results},
    ]


def _streamed(block: JsonObject, deltas: int) -> tuple[JsonObject, list[JsonObject]]:
    """The block as it starts, and the deltas that fill it."""
    match block:
        case {"type": "text", "text": str(text)}:
            parts: list[JsonObject] = [{"type": "text_delta", "text": part} for part in _parts(text, deltas)]
            return {**block, "text": ""}, parts
        case {"type": "thinking", "thinking": str(thinking), "signature": str(signature)}:
            parts = [{"type": "thinking_delta", "thinking": part} for part in _parts(thinking, deltas)]
            parts.append({"type": "signature_delta", "signature": signature})
            return {**block, "thinking": "", "signature": ""}, parts
        case {"type": "tool_use" | "server_tool_use", "input": tool_input}:
            text = dump(tool_input).decode()
            # The API sends an empty first part, which the SDK has to bear.
            parts = [
                {"type": "input_json_delta", "partial_json": part} for part in ("", *_parts(text, deltas))
            ]
            return {**block, "input": {}}, parts
        case _:
            return block, []


def _parts(text: str, count: int) -> list[str]:
    size = max(1, -(-len(text) // max(1, count)))
    return [text[start : start + size] for start in range(0, len(text), size)]
