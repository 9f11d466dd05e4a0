"""The observer of one call, without any SDK: begin, items, end."""

import gc
import zlib
from itertools import count
from typing import Any

import pytest

from kansoku.price.book import PriceBook
from kansoku.record.body import MAX_BYTES, Body
from kansoku.record.facts import NOWHERE, Call, Place
from kansoku.record.observer import Began, CallObserver, Ending
from kansoku.record.operation import operation_of

START: dict[str, Any] = {
    "type": "message_start",
    "message": {
        "id": "msg_1",
        "model": "claude-sonnet-5-5",
        "usage": {"input_tokens": 5, "output_tokens": 1, "inference_geo": "us"},
    },
}
TOOL: dict[str, Any] = {"type": "content_block_start", "content_block": {"type": "tool_use", "name": "look"}}
DELTA: dict[str, Any] = {
    "type": "message_delta",
    "delta": {"stop_reason": "end_turn"},
    "usage": {"output_tokens": 9},
}
STOP: dict[str, Any] = {"type": "message_stop"}
SSE = b"event: x\ndata: %s\n\n"


def observer(ended: list[CallObserver] | None = None) -> CallObserver:
    ticks = count(100)
    began = Began(
        place=Place(1, 2),
        operation="chat",
        provider="anthropic",
        request_model="claude-sonnet-5-5",
        stream=True,
        around=NOWHERE,
        unix_ns=1_795_000_000 * 10**9,
        clock_s=99.0,
    )
    return CallObserver(began, lambda: float(next(ticks)), ([] if ended is None else ended).append)


def read(events: list[dict[str, Any]], how: Ending = "read") -> Call:
    seen = observer()
    for event in events:
        seen.item(event)
    seen.end(how)
    return seen.read(PriceBook())


def test_it_is_what_waits_in_a_queue_and_keeps_few_objects_there() -> None:
    seen = CallObserver(observer().began, lambda: 9.0, lambda _: None, lambda each: each.read(PriceBook()))
    seen.end("returned", response={"id": "msg_7"})
    assert seen().response_id == "msg_7"
    assert [each for each in gc.get_referents(seen) if isinstance(each, list)] == [seen.marks]


def test_one_that_nobody_reads_says_so() -> None:
    with pytest.raises(NotImplementedError):
        observer()()


def test_it_ends_once_whatever_comes_after() -> None:
    ended: list[CallObserver] = []
    seen = observer(ended)
    seen.end("closed")
    seen.end("raised", error=ValueError())
    seen.end("read")
    assert ended == [seen]
    assert (seen.ending, seen.end_s, seen.raised) == ("closed", 100.0, None)


def test_a_whole_stream() -> None:
    call = read([START, TOOL, TOOL, DELTA, STOP])
    assert (call.outcome, call.response_id, call.stop_reason) == ("ok", "msg_1", "end_turn")
    assert (call.usage.input_tokens, call.usage.output_tokens) == (5, 9)
    assert (call.inference_geo, call.tool_names, call.duration_s) == ("us", ("look",), 1.0)
    assert call.cost.usd == pytest.approx((5 * 2 + 9 * 10) * 1.1 / 1e6)


def test_what_an_earlier_delta_told_is_kept() -> None:
    later = {"type": "message_delta", "delta": {"stop_reason": None}, "usage": {"output_tokens": 12}}
    call = read([START, DELTA, later, STOP])
    assert (call.stop_reason, call.usage.output_tokens) == ("end_turn", 12)


def test_a_repeated_start_is_not_added() -> None:
    assert read([START, START, DELTA, STOP]).usage.input_tokens == 5


@pytest.mark.parametrize(
    ("how", "outcome", "error_type"),
    [("read", "error", "truncated_stream"), ("closed", "aborted", "")],
)
def test_an_incomplete_stream(how: Ending, outcome: str, error_type: str) -> None:
    call = read([START, TOOL], how)
    assert (call.outcome, call.error_type) == (outcome, error_type)
    assert (call.usage.input_tokens, call.usage.output_tokens) == (5, None)


def test_a_stream_closed_after_its_last_event_is_complete() -> None:
    assert read([START, DELTA, STOP], "closed").outcome == "ok"


def test_an_answer_of_an_earlier_attempt_is_past() -> None:
    seen = observer()
    seen.attempted()
    seen.answered(529, {"request-id": "req_1"})
    seen.attempted()
    seen.end("raised", error=ConnectionError())
    call = seen.read(PriceBook())
    assert (call.attempts, call.http_status, call.request_id) == (2, None, "")


def test_a_raw_stream_is_read_from_its_bytes() -> None:
    import json

    body = Body("text/event-stream; charset=utf-8")
    for event in (START, {"type": "content_block_delta"}, DELTA, STOP):
        assert body.add(SSE % json.dumps(event).encode()) is (event["type"] == "content_block_delta")
    seen = observer()
    seen.end("read", response=body)
    call = seen.read(PriceBook())
    assert (call.outcome, call.usage.output_tokens, call.response_id) == ("ok", 9, "msg_1")


@pytest.mark.parametrize("body", [Body("text/event-stream", encoding="br"), Body("text/event-stream")])
def test_a_raw_stream_that_cannot_be_understood_is_not_blamed_on_the_api(body: Body) -> None:
    if body.is_readable:
        body.add(b"x" * MAX_BYTES)
        body.add(b"x")
        assert body.overflowed
    assert len(body.content) == 0
    seen = observer()
    seen.end("read", response=body)
    call = seen.read(PriceBook())
    assert (call.outcome, call.usage.output_tokens, call.cost.usd) == ("ok", None, None)


@pytest.mark.parametrize(
    "content", [b"no gzip", zlib.compress(b"x" * (MAX_BYTES + 1))], ids=["broken", "too large unfolded"]
)
def test_compressed_bytes_that_cannot_be_unfolded_give_no_figures(content: bytes) -> None:
    body = Body("application/json", encoding="gzip")
    body.add(content)
    assert body.message() == {}
    assert body.decoded() == b""


@pytest.mark.parametrize(
    ("method", "path", "operation"),
    [
        ("post", "/v1/messages", "chat"),
        ("POST", "/v1/messages?beta=true", "chat"),
        ("post", "v1/messages", "chat"),
        ("post", "/v1/messages/", "chat"),
        ("post", "https://api.local/v1/messages?beta=true", "chat"),
        ("post", "https://api.local/v1/messages/count_tokens", "count_tokens"),
        ("post", "/v1/messages/count_tokens", "count_tokens"),
        ("get", "/v1/messages", "other"),
        ("post", "/v1/messages/batches", "other"),
        ("get", "/v1/models", "other"),
    ],
)
def test_the_operation_of_a_path(method: str, path: str, operation: str) -> None:
    assert operation_of(method, path) == operation
