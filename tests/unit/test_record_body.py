"""What the bytes of an answer tell, and how a call is judged by them."""

from __future__ import annotations

import json
import sys
import zlib
from collections.abc import Callable

import pytest

from kansoku.catalog.prices import UNKNOWN_TOKENS
from kansoku.price.book import PriceBook
from kansoku.record.body import MAX_BYTES, Body
from kansoku.record.facts import Call
from kansoku.record.observer import Ending
from tests.unit.test_record_observer import DELTA, START, observer

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

ERROR = {"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}}


def sse(*events: object) -> bytes:
    return b"".join(b"data: %s\n\n" % json.dumps(each).encode() for each in events)


def call_of(response: object, ending: Ending = "returned") -> Call:
    seen = observer()
    seen.end(ending, response=response)
    return seen.read(PriceBook())


@pytest.mark.parametrize(("encoding", "pack"), [("zstd", zstd.compress), ("deflate", zlib.compress)])
def test_an_error_in_a_compressed_stream_is_told(encoding: str, pack: Callable[[bytes], bytes]) -> None:
    body = Body("text/event-stream", encoding=encoding)
    body.add(pack(sse(START, ERROR)))
    call = call_of(body, "read")
    assert (call.outcome, call.error_type, call.usage.input_tokens) == ("error", "overloaded_error", 5)


def test_a_stream_that_a_hook_had_read_is_judged_by_its_events() -> None:
    told = call_of(Body.whole("text/event-stream", sse(START, ERROR)))
    cut = call_of(Body.whole("text/event-stream", sse(START, DELTA)))
    assert (told.outcome, told.error_type) == ("error", "overloaded_error")
    assert (cut.outcome, cut.error_type) == ("error", "truncated_stream")


def test_bytes_that_are_there_are_not_copied_and_too_many_are_not_kept() -> None:
    content = b"{}"
    assert Body.whole("application/json", content).content is content
    large = Body.whole("application/json", bytes(MAX_BYTES + 1))
    assert (large.content, large.is_readable) == (b"", False)


def test_the_bytes_of_a_file_are_not_kept() -> None:
    body = Body("application/pdf")
    body.add(b"%PDF")
    assert body.content == b""


def test_zstd_that_unfolds_to_too_much_or_is_broken_tells_nothing() -> None:
    for content in (zstd.compress(bytes(MAX_BYTES + 1)), b"no zstd"):
        body = Body("application/json", encoding="zstd")
        body.add(content)
        assert body.message() == {}
        assert body.decoded() == b""


@pytest.mark.parametrize(
    "answer",
    [
        *(None, "<html>", [1], {}),
        *(Body.whole("application/json", content) for content in (b"null", b"[1]", b"{}", b"<html>")),
    ],
)
def test_an_answer_that_is_no_message_is_an_invalid_response_without_a_cost(answer: object) -> None:
    call = call_of(answer)
    assert (call.outcome, call.error_type) == ("error", "invalid_response")
    assert (call.cost.usd, call.cost.unpriced_reason) == (None, "")


@pytest.mark.parametrize("answer", [ERROR, Body.whole("application/json", json.dumps(ERROR).encode())])
def test_an_error_that_came_with_status_200_is_told_as_one(answer: object) -> None:
    call = call_of(answer)
    assert (call.outcome, call.error_type, call.cost.unpriced_reason) == ("error", "overloaded_error", "")


@pytest.mark.parametrize("answer", [object(), Body("application/json", encoding="br")])
def test_an_answer_that_cannot_be_read_is_no_error_and_its_price_is_unknown(answer: object) -> None:
    call = call_of(answer)
    assert (call.outcome, call.cost.usd, call.cost.unpriced_reason) == ("ok", None, UNKNOWN_TOKENS)


@pytest.mark.parametrize("kind", ["application/json", "text/event-stream"])
def test_an_answer_that_unfolds_to_too_much_is_no_error_either(kind: str) -> None:
    body = Body(kind, encoding="deflate")
    body.add(zlib.compress(bytes(MAX_BYTES + 1)))
    call = call_of(body, "read")
    assert (call.outcome, call.cost.usd, call.cost.unpriced_reason) == ("ok", None, UNKNOWN_TOKENS)


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [
        (Body.whole("application/json", b'{"id": "msg_1"}'), "ok"),
        (Body.whole("application/json", b"{}"), "cancelled"),
        (Body.whole("text/event-stream", b'data: {"id": "msg_1"}\n\n'), "cancelled"),
        (None, "cancelled"),
    ],
)
def test_an_exception_after_a_whole_message_leaves_the_call_well(answer: object, outcome: str) -> None:
    seen = observer()
    seen.end("raised", response=answer, error=ValueError("does not fit"))
    call = seen.read(PriceBook())
    assert (call.outcome, call.error_type) == (outcome, "ValueError")
