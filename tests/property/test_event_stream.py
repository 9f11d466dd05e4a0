"""AWS event streams: any cut gives the same events, and no bytes are taken for what they are not."""

import json
import struct
import zlib
from typing import Any

import botocore.eventstream  # pyright: ignore[reportMissingTypeStubs]
from hypothesis import given
from hypothesis import strategies as st

from kansoku.record.event_stream import MAX_FRAME, EventStream
from tests.aws_frames import chunk, exception, frame, string_header, told

TEXTS = st.text(st.characters(codec="utf-8"), max_size=30)
EVENTS = st.fixed_dictionaries(
    {
        "type": st.sampled_from(["message_start", "content_block_delta", "message_stop"]),
        "words": TEXTS,
    }
)
STREAMS = st.lists(EVENTS, min_size=1, max_size=6)
CUTS = st.lists(st.integers(min_value=1, max_value=200), min_size=1, max_size=60)
OTHER_HEADERS = st.lists(
    st.sampled_from(
        [
            (b"\x01t\x00", "true"),
            (b"\x01f\x01", "false"),
            (b"\x01b\x02\x05", "byte"),
            (b"\x01s\x03\x00\x05", "short"),
            (b"\x01i\x04\x00\x00\x00\x05", "integer"),
            (b"\x01l\x05" + bytes(8), "long"),
            (b"\x01y\x06\x00\x03abc", "bytes"),
            (b"\x01d\x08" + bytes(8), "time"),
            (b"\x01u\x09" + bytes(16), "uuid"),
        ]
    ),
    unique_by=lambda each: each[1],
)


def encoded(events: list[dict[str, Any]]) -> bytes:
    return b"".join(chunk(json.dumps(each).encode()) for each in events)


def read(stream: EventStream, pieces: list[bytes]) -> list[Any]:
    found: list[Any] = []
    for piece in pieces:
        stream.add(piece)
        found += stream.events()
    return found


def cut(whole: bytes, lengths: list[int]) -> list[bytes]:
    """The bytes in pieces of these lengths, over and over."""
    pieces, at, turn = list[bytes](), 0, 0
    while at < len(whole):
        pieces.append(whole[at : at + lengths[turn % len(lengths)]])
        at, turn = at + len(pieces[-1]), turn + 1
    return pieces


@given(STREAMS, CUTS)
def test_any_cut_gives_the_same_events(events: list[dict[str, Any]], lengths: list[int]) -> None:
    stream = EventStream()
    assert read(stream, cut(encoded(events), lengths)) == events
    assert not stream.is_broken


@given(STREAMS, st.data())
def test_a_stream_that_breaks_off_gives_what_came_whole(
    events: list[dict[str, Any]], data: st.DataObject
) -> None:
    whole = encoded(events)
    length = data.draw(st.integers(0, len(whole) - 1))
    stream = EventStream()
    found = read(stream, [whole[:length]])
    assert found == events[: len(found)]
    assert len(found) < len(events)
    assert not stream.is_broken


@given(STREAMS, st.data())
def test_a_bit_that_changed_is_never_read_over(events: list[dict[str, Any]], data: st.DataObject) -> None:
    whole = bytearray(encoded(events))
    at = data.draw(st.integers(0, len(whole) - 1))
    whole[at] ^= 1 << data.draw(st.integers(0, 7))
    stream = EventStream()
    found = read(stream, [bytes(whole)])
    assert stream.is_broken
    assert found == events[: len(found)]
    assert len(found) < len(events)
    assert read(stream, [encoded(events)]) == []


@given(st.lists(st.binary(max_size=80), max_size=8))
def test_no_bytes_raise(pieces: list[bytes]) -> None:
    read(EventStream(), pieces)
    for piece in pieces:
        read(EventStream(), [frame(piece, b"{}"), told(piece, message_type="event"), frame(b"", piece)])


@given(st.integers(0, 2**32 - 1), st.integers(0, 2**32 - 1))
def test_lengths_that_cannot_be_are_broken_before_anything_is_waited_for(length: int, headers: int) -> None:
    prelude = struct.pack(">II", length, headers)
    stream = EventStream()
    assert read(stream, [prelude + struct.pack(">I", zlib.crc32(prelude))]) == []
    assert stream.is_broken is not (headers + 16 <= length <= MAX_FRAME)


@given(OTHER_HEADERS, TEXTS)
def test_headers_of_every_type_are_passed_over_as_botocore_does(
    others: list[tuple[bytes, str]], words: str
) -> None:
    names = string_header(":message-type", "event") + string_header(":event-type", "chunk")
    payload = json.dumps({"bytes": ""}).encode()
    written = frame(b"".join(each for each, _ in others) + names, payload) + exception("e", words)
    reference: Any = botocore.eventstream.EventStreamBuffer()
    reference.add_data(written)
    theirs = [each.to_response_dict() for each in reference]
    stream = EventStream()
    ours = read(stream, [written])
    assert [each["status_code"] for each in theirs] == [200, 400]
    assert ours == [{}, {"type": "error", "error": {"type": "e", "message": words}}]
    assert not stream.is_broken
