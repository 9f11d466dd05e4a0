from __future__ import annotations

from kansoku_demo import wire
from kansoku_demo.answers import (
    Event,
    Failure,
    RateLimits,
    Reply,
    Text,
    Thinking,
    ToolUse,
    Usage,
    WebSearch,
)

FULL = Usage(
    input_tokens=9,
    output_tokens=40,
    cache_read_tokens=2_000,
    cache_write_5m_tokens=30,
    cache_write_1h_tokens=50,
    thinking_tokens=12,
    web_search_requests=1,
    service_tier="priority",
    inference_geo="us",
    speed="fast",
)


def test_a_stream_has_the_events_of_the_api_in_the_order_of_the_api() -> None:
    events = wire.events(Reply(blocks=(Thinking("hm"), Text("abc")), deltas=1))
    assert [event.name for event in events] == [
        "message_start",
        "content_block_start",
        "ping",
        "content_block_delta",
        "content_block_delta",
        "content_block_stop",
        "content_block_start",
        "content_block_delta",
        "content_block_stop",
        "message_delta",
        "message_stop",
    ]


def test_the_body_splits_cache_writes_by_lifetime_and_sums_them() -> None:
    usage = wire.body(Reply(usage=FULL), model="m", message_id="msg_1")["usage"]
    assert usage == {
        "input_tokens": 9,
        "cache_creation_input_tokens": 80,
        "cache_read_input_tokens": 2_000,
        "cache_creation": {"ephemeral_5m_input_tokens": 30, "ephemeral_1h_input_tokens": 50},
        "output_tokens": 40,
        "output_tokens_details": {"thinking_tokens": 12},
        "server_tool_use": {"web_search_requests": 1, "web_fetch_requests": 0},
        "service_tier": "priority",
        "inference_geo": "us",
        "speed": "fast",
    }


def test_the_last_usage_of_a_stream_is_cumulative_and_lacks_what_only_the_start_says() -> None:
    *_, message_delta, _stop = wire.events(Reply(usage=FULL))
    assert message_delta.data["usage"] == {
        "input_tokens": 9,
        "cache_creation_input_tokens": 80,
        "cache_read_input_tokens": 2_000,
        "output_tokens": 40,
        "output_tokens_details": {"thinking_tokens": 12},
        "server_tool_use": {"web_search_requests": 1, "web_fetch_requests": 0},
    }


def test_a_stream_starts_with_one_output_token_and_no_search() -> None:
    start = wire.events(Reply(usage=FULL))[0].data["message"]
    assert isinstance(start, dict)
    usage = start["usage"]
    assert isinstance(usage, dict)
    assert usage["output_tokens"] == 1
    assert "server_tool_use" not in usage
    assert usage["speed"] == "fast"


def test_a_start_usage_of_its_own_is_sent_as_given() -> None:
    reply = Reply(usage=FULL, start_usage=Usage(input_tokens=2_751, output_tokens=69))
    start = wire.events(reply)[0].data["message"]
    assert isinstance(start, dict)
    usage = start["usage"]
    assert isinstance(usage, dict)
    assert (usage["input_tokens"], usage["output_tokens"]) == (2_751, 69)


def test_a_tool_use_implies_its_stop_reason_and_a_given_one_wins() -> None:
    blocks = (Text("let me look"), ToolUse("lookup", {}))
    assert wire.stop_reason(Reply(blocks=blocks)) == "tool_use"
    assert wire.stop_reason(Reply(blocks=blocks, stop_reason="pause_turn")) == "pause_turn"
    assert wire.stop_reason(Reply()) == "end_turn"


def test_the_deltas_of_a_tool_input_join_to_its_json() -> None:
    events = wire.events(Reply(blocks=(ToolUse("t", {"id": 7, "名": "水"}),), deltas=4))
    deltas = [event.data["delta"] for event in events if event.name == "content_block_delta"]
    parts = [delta["partial_json"] for delta in deltas if isinstance(delta, dict)]
    assert "".join(str(part) for part in parts) == '{"id":7,"名":"水"}'
    assert parts[0] == ""


def test_a_web_search_is_two_blocks_tied_by_one_id() -> None:
    content = wire.body(Reply(blocks=(WebSearch("q"),)), model="m", message_id="msg_1")["content"]
    assert isinstance(content, list)
    use, result = content
    assert isinstance(use, dict)
    assert isinstance(result, dict)
    assert (use["type"], result["type"]) == ("server_tool_use", "web_search_tool_result")
    assert use["id"] == result["tool_use_id"]


def test_an_event_is_encoded_as_name_and_data_lines() -> None:
    assert wire.encode(Event("ping", {"type": "ping"})) == (b'event: ping\ndata: {"type":"ping"}\n\n')


def test_rate_limit_headers_hold_figures_and_a_reset_time() -> None:
    limits = RateLimits(requests_limit=50, requests_remaining=3, reset_s=30)
    headers = wire.rate_limit_headers(limits, 1_700_000_000.0)
    assert headers["anthropic-ratelimit-requests-limit"] == "50"
    assert headers["anthropic-ratelimit-requests-remaining"] == "3"
    assert headers["anthropic-ratelimit-requests-reset"] == "2023-11-14T22:13:50Z"
    assert headers["anthropic-ratelimit-tokens-limit"] == "2400000"


def test_retry_headers_are_sent_only_when_given() -> None:
    assert wire.retry_headers(Failure.invalid_request()) == {}
    failure = Failure(
        status=429, type="x", message="", retry_after_s=2, retry_after_ms=1.5, should_retry=False
    )
    assert wire.retry_headers(failure) == {
        "retry-after": "2",
        "retry-after-ms": "1.5",
        "x-should-retry": "false",
    }
