"""What an OTLP request must be to be taken: bytes and headers in, storable protobuf or a refusal out.

Does no I/O. The bytes that leave are one whole `Export…ServiceRequest` that the protobuf library
could read; an empty one leaves as no bytes at all.
"""

from __future__ import annotations

import base64
import binascii
import json
import zlib
from typing import TYPE_CHECKING, cast

from google.protobuf.json_format import Parse, ParseError
from google.protobuf.message import DecodeError

from kansoku.errors import Malformed, TooLarge, Unsupported
from kansoku.store.requests import REQUESTS

if TYPE_CHECKING:
    from kansoku.store.segments import Signal

MAX_BYTES = 64 << 20
"""Largest request body, as sent and as inflated, unless told otherwise."""

PROTOBUF = "application/x-protobuf"
JSON = "application/json"

_HEX_IDS = frozenset({"traceId", "spanId", "parentSpanId", "trace_id", "span_id", "parent_span_id"})
_GZIP = 16 + zlib.MAX_WBITS
_MEMBERS = 64  # each costs a copy of what follows it; exporters write one
_ID_SIZES = frozenset({0, 16, 32})


def media_type(content_type: str | None) -> str:
    """`PROTOBUF` or `JSON`, of a Content-Type header.

    Raises:
        Unsupported: If it is another, or none.
    """
    bare = (content_type or "").partition(";")[0].strip().lower()
    if bare in {PROTOBUF, JSON}:
        return bare
    told = f"Content-Type {bare!r}" if bare else "no Content-Type"
    raise Unsupported(f"{told}: send {PROTOBUF} or {JSON}")


def check_size(size: int, max_bytes: int) -> None:
    """Refuses a body of that many bytes if it is over the cap.

    Raises:
        TooLarge: If it is.
    """
    if size > max_bytes:
        raise TooLarge(f"the body is over {max_bytes} bytes: export smaller batches")


def inflate(body: bytes, encoding: str | None, max_bytes: int) -> bytes:
    """The body without its Content-Encoding; at most `max_bytes` are ever inflated.

    Raises:
        Unsupported: If the encoding is neither gzip nor identity.
        TooLarge: If it inflates to more.
        Malformed: If it is not gzip, or torn.
    """
    match (encoding or "identity").strip().lower():
        case "identity" | "":
            return body
        case "gzip":
            return _gunzip(body, max_bytes)
        case other:
            raise Unsupported(f"Content-Encoding {other!r}: send gzip or identity")


def storable(signal: Signal, body: bytes, media: str) -> bytes:
    """The request as protobuf bytes, checked to be one.

    Raises:
        Malformed: If it is not what its signal promises.
    """
    return _from_json(signal, body) if media == JSON else checked(signal, body)


def checked(signal: Signal, body: bytes) -> bytes:
    """The same bytes, if they are an export request of that signal.

    Raises:
        Malformed: If they are not.
    """
    try:
        REQUESTS[signal].FromString(body)
    except DecodeError as error:
        name = REQUESTS[signal].DESCRIPTOR.name
        raise Malformed(f"the body is not a protobuf {name}: {error}") from error
    return body


def _gunzip(body: bytes, max_bytes: int) -> bytes:
    parts: list[bytes] = []
    room = max_bytes
    rest = body
    for _ in range(_MEMBERS):  # a gzip file may have several members
        inflater = zlib.decompressobj(_GZIP)
        try:
            # One byte past the cap tells "full" from "more to come".
            part = inflater.decompress(rest, room + 1)
        except zlib.error as error:
            raise Malformed(f"the body is not gzip: {error}") from error
        room -= len(part)
        if room < 0:
            raise TooLarge(f"the body inflates to over {max_bytes} bytes: export smaller batches")
        if not inflater.eof:
            raise Malformed("the gzip body ends too early")
        parts.append(part)
        rest = inflater.unused_data
        if not rest:
            return b"".join(parts)
    raise Malformed(f"the gzip body has over {_MEMBERS} members: compress it in one")


def _from_json(signal: Signal, body: bytes) -> bytes:
    request = REQUESTS[signal]
    try:
        tree = json.loads(body)
        if not isinstance(tree, dict):
            raise Malformed("the body is not a JSON object")
        text = json.dumps(_with_base64_ids(cast("dict[str, object]", tree)))
        return Parse(text, request(), ignore_unknown_fields=True).SerializeToString()
    except (ValueError, ParseError, RecursionError) as error:
        name = request.DESCRIPTOR.name
        raise Malformed(f"the body is not a JSON {name}: {error}") from error


def _with_base64_ids(node: object) -> object:
    """The tree with trace and span ids as JSON protobuf wants bytes; OTLP writes them in hex."""
    match node:
        case dict():
            members = cast("dict[str, object]", node)
            return {
                key: _base64(key, value)
                if key in _HEX_IDS and isinstance(value, str)
                else _with_base64_ids(value)
                for key, value in members.items()
            }
        case list():
            return [_with_base64_ids(item) for item in cast("list[object]", node)]
        case _:
            return node


def _base64(key: str, identity: str) -> str:
    if len(identity) not in _ID_SIZES:
        raise Malformed(f"{key} {identity[:40]!r} is not 32 (trace) or 16 (span) hex digits")
    try:
        # `bytes.fromhex` would pass over spaces.
        return base64.b64encode(binascii.unhexlify(identity)).decode("ascii")
    except ValueError as error:
        raise Malformed(f"{key} {identity!r} is not hex") from error
