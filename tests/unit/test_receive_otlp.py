"""What is taken as an OTLP request, and what is refused with which answer."""

from __future__ import annotations

import gzip
import json
import sys
import tracemalloc

import pytest
from google.protobuf.duration_pb2 import Duration
from google.rpc.error_details_pb2 import BadRequest, RetryInfo
from google.rpc.status_pb2 import Status
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

from kansoku.errors import (
    Malformed,
    Overloaded,
    ReceiveError,
    SpoolUnavailable,
    TooLarge,
    Unsupported,
)
from kansoku.receive import answers
from kansoku.receive.encodings import FIRST_BYTES
from kansoku.receive.encodings import inflate as inflate_taking
from kansoku.receive.items import Caps
from kansoku.receive.otlp import JSON, PROTOBUF, check_size, is_whole, media_type, sift
from kansoku.store.segments import Signal


def inflate(body: bytes, encoding: str | None, max_bytes: int) -> bytes:
    """With memory for all of it."""
    return inflate_taking(body, encoding, max_bytes, lambda _: None)


TRACE = "5b8efff798038103d269b633813fc60c"
SPAN = "eee19b7ec3c1b174"
NOW_NS = 1_795_000_000_000_000_000


def one_span() -> ExportTraceServiceRequest:
    request = ExportTraceServiceRequest()
    span = request.resource_spans.add().scope_spans.add().spans.add(name="answer")
    span.trace_id, span.span_id = bytes.fromhex(TRACE), bytes.fromhex(SPAN)
    return request


@pytest.mark.parametrize(
    ("header", "media"),
    [
        ("application/x-protobuf", PROTOBUF),
        ("Application/X-Protobuf", PROTOBUF),
        ("application/json; charset=utf-8", JSON),
    ],
)
def test_the_media_type_is_read_without_its_parameters(header: str, media: str) -> None:
    assert media_type(header) == media


@pytest.mark.parametrize("header", [None, "", "text/plain", "application/grpc"])
def test_another_media_type_is_refused_and_the_right_ones_are_named(header: str | None) -> None:
    with pytest.raises(Unsupported, match="application/x-protobuf or application/json"):
        media_type(header)


def storable(signal: Signal, body: bytes, media: str) -> bytes:
    """What is stored of a body of which nothing is rejected."""
    sifting = sift(signal, body, media, NOW_NS, Caps())
    assert not sifting.rejected
    return sifting.message


def test_protobuf_bytes_are_passed_on_untouched() -> None:
    body = one_span().SerializeToString() + b"\xfa\x3e\x03new"  # an unknown field of a later OTLP
    assert is_whole(Signal.TRACES, body, NOW_NS, Caps())


@pytest.mark.parametrize("body", [b"\xff", b"\x0a\x05abc", b"not protobuf at all"])
@pytest.mark.parametrize("signal", list(Signal))
def test_bytes_that_are_no_export_request_are_malformed(signal: Signal, body: bytes) -> None:
    assert not is_whole(signal, body, NOW_NS, Caps())
    with pytest.raises(Malformed, match="is not a protobuf Export"):
        storable(signal, body, PROTOBUF)


def test_text_that_is_not_utf8_is_malformed() -> None:
    body = one_span().SerializeToString().replace(b"answer", b"answ\xff\xfe")
    with pytest.raises(Malformed):
        storable(Signal.TRACES, body, PROTOBUF)


def test_json_becomes_the_same_protobuf_with_its_ids_read_as_hex() -> None:
    body = {
        "resourceSpans": [
            {"scopeSpans": [{"spans": [{"traceId": TRACE, "spanId": SPAN.upper(), "name": "answer"}]}]}
        ],
        "aFieldOfALaterOtlp": 1,
        "[a.name.in.brackets]": 1,
    }
    assert storable(Signal.TRACES, json.dumps(body).encode(), JSON) == one_span().SerializeToString()


def test_an_attribute_called_trace_id_stays_text_in_json() -> None:
    attribute = {"key": "traceId", "value": {"stringValue": "not hex"}}
    body = {"resourceLogs": [{"scopeLogs": [{"logRecords": [{"attributes": [attribute]}]}]}]}
    request = ExportLogsServiceRequest.FromString(storable(Signal.LOGS, json.dumps(body).encode(), JSON))
    stored = request.resource_logs[0].scope_logs[0].log_records[0].attributes[0]
    assert (stored.key, stored.value.string_value) == ("traceId", "not hex")


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (b"[]", "not a JSON object"),
        (b"{", "is not a JSON ExportTraceServiceRequest"),
        (b'{"resourceSpans": 3}', "is not a JSON ExportTraceServiceRequest"),
        (
            b'{"resourceSpans": [{"scopeSpans": [{"spans": [{"traceId": "xyz"}]}]}]}',
            "1 of 1 spans were rejected",
        ),
        (
            b'{"resourceSpans": [{"scopeSpans": [{"spans": [{"spanId": "zzzzzzzzzzzzzzzz"}]}]}]}',
            "a span_id that is not 8",
        ),
        (b'{"a":' * 100_000, "is not a JSON"),
        (b"\xff\xfe", "is not a JSON"),
    ],
)
def test_json_that_is_no_export_request_is_malformed(body: bytes, why: str) -> None:
    with pytest.raises(Malformed, match=why):
        storable(Signal.TRACES, body, JSON)


@pytest.mark.parametrize("encoding", [None, "", "identity"])
def test_an_unencoded_body_is_passed_on(encoding: str | None) -> None:
    assert inflate(b"body", encoding, 10) == b"body"


ENCODED = {"gzip": gzip.compress, "zstd": zstd.compress}


@pytest.mark.parametrize("encoding", ENCODED)
def test_a_body_is_inflated_also_when_it_has_several_frames(encoding: str) -> None:
    encode = ENCODED[encoding]
    assert inflate(encode(b"one ") + encode(b"") + encode(b"two"), f" {encoding.upper()} ", 7) == b"one two"


def test_another_encoding_is_refused() -> None:
    with pytest.raises(Unsupported, match="'br': send gzip, zstd or identity"):
        inflate(b"", "br", 10)


@pytest.mark.parametrize("encoding", ENCODED)
@pytest.mark.parametrize(("cut", "behind"), [(-5, b""), (None, b"rubbish"), (0, b"body")])
def test_a_torn_or_false_body_is_malformed(encoding: str, cut: int | None, behind: bytes) -> None:
    with pytest.raises(Malformed, match=encoding):
        inflate(ENCODED[encoding](b"body" * 99)[:cut] + behind, encoding, 1000)


@pytest.mark.parametrize("encoding", ENCODED)
def test_a_frame_less_is_not_the_other_encoding(encoding: str) -> None:
    with pytest.raises(Malformed, match="is not"):
        inflate(ENCODED[encoding](b"body"), next(other for other in ENCODED if other != encoding), 1000)


@pytest.mark.parametrize("encoding", ENCODED)
def test_what_inflates_to_just_the_cap_is_taken_and_one_byte_more_is_not(encoding: str) -> None:
    encode = ENCODED[encoding]
    assert inflate(encode(bytes(1000)), encoding, 1000) == bytes(1000)
    with pytest.raises(TooLarge, match="inflates to over 1000 bytes"):
        inflate(encode(bytes(1001)), encoding, 1000)


@pytest.mark.parametrize("encoding", ENCODED)
def test_a_bomb_is_refused_without_being_inflated(encoding: str) -> None:
    bomb = ENCODED[encoding](bytes(200 << 20), 1)
    tracemalloc.start()
    with pytest.raises(TooLarge):
        inflate(bomb, encoding, 1 << 20)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 8 << 20


def test_a_zstd_frame_may_not_ask_for_a_window_that_no_body_needs() -> None:
    options: dict[int, int] = {
        zstd.CompressionParameter.window_log: 27,
        zstd.CompressionParameter.content_size_flag: 0,
    }
    compressor = zstd.ZstdCompressor(options=options)
    wide = compressor.compress(b"body") + compressor.flush()
    assert inflate(wide, "zstd", 1 << 27) == b"body"
    with pytest.raises(Malformed, match="is not zstd"):
        inflate(wide, "zstd", 1 << 20)


@pytest.mark.parametrize("encoding", ENCODED)
def test_many_small_frames_may_not_pass_the_cap_together(encoding: str) -> None:
    with pytest.raises(TooLarge):
        inflate(ENCODED[encoding](bytes(400)) * 3, encoding, 1000)


@pytest.mark.parametrize("encoding", ENCODED)
@pytest.mark.parametrize("size", [0, 1, FIRST_BYTES, FIRST_BYTES + 1, 5 * FIRST_BYTES, 1_000_000])
def test_memory_is_asked_for_before_each_part_and_what_is_not_needed_given_back(
    encoding: str, size: int
) -> None:
    taken: list[int] = []
    body = ENCODED[encoding](bytes(size))
    assert len(inflate_taking(body, encoding, 1_000_000, taken.append)) == sum(taken) == size
    asked = [one for one in taken if one > 0]
    assert asked == [min(FIRST_BYTES * 4**n, 1_000_000 - sum(asked[:n])) for n in range(len(asked))]


@pytest.mark.parametrize("encoding", ENCODED)
def test_many_small_frames_ask_for_little(encoding: str) -> None:
    taken: list[int] = []
    inflate_taking(ENCODED[encoding](b"x") * 60, encoding, 1 << 30, taken.append)
    assert max(taken) == FIRST_BYTES


@pytest.mark.parametrize("encoding", ENCODED)
def test_where_there_is_no_memory_no_more_is_inflated(encoding: str) -> None:
    asked = 0

    def take(more: int) -> None:
        nonlocal asked
        asked += 1
        if more > FIRST_BYTES:
            raise Overloaded("full")

    with pytest.raises(Overloaded, match="full"):
        inflate_taking(ENCODED[encoding](bytes(10 << 20)), encoding, 1 << 30, take)
    assert asked == 3


def test_a_body_over_the_cap_is_too_large() -> None:
    check_size(10, 10)
    with pytest.raises(TooLarge, match="over 10 bytes"):
        check_size(11, 10)


BAD_BODY = BadRequest.FieldViolation(field="body", description="why")


@pytest.mark.parametrize(
    ("error", "code", "detail"),
    [
        (
            Malformed("why"),
            3,
            BadRequest(field_violations=[BadRequest.FieldViolation(field="body", description="why")]),
        ),
        (Unsupported("why"), 3, None),
        (TooLarge("why"), 8, None),
        (Overloaded("why"), 8, RetryInfo(retry_delay=Duration(seconds=2))),
        (SpoolUnavailable("why"), 14, RetryInfo(retry_delay=Duration(seconds=2))),
    ],
)
def test_a_refusal_is_a_google_status_that_says_what_is_bad_or_when_to_come_again(
    error: ReceiveError, code: int, detail: BadRequest | RetryInfo | None
) -> None:
    told = Status.FromString(answers.body(error, PROTOBUF))
    assert (told.code, told.message, len(told.details)) == (code, "why", detail is not None)
    if detail is not None:
        found = type(detail)()
        assert told.details[0].Unpack(found)
        assert found == detail


def test_a_long_reason_is_cut_so_that_it_fits_the_trailers_of_grpc() -> None:
    assert len(answers.body(Malformed("x" * 100_000), PROTOBUF)) < 3000


def test_a_refusal_is_json_for_whoever_sent_json() -> None:
    assert json.loads(answers.body(Unsupported("why"), JSON)) == {"code": 3, "message": "why"}
    assert json.loads(answers.body(Malformed("why"), JSON))["details"] == [
        {
            "@type": "type.googleapis.com/google.rpc.BadRequest",
            "fieldViolations": [{"field": "body", "description": "why"}],
        }
    ]
