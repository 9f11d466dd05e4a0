"""What an OTLP request must be to be taken: bytes and headers in, storable protobuf or a refusal out.

Does no I/O. The bytes that leave are one whole `Export…ServiceRequest` that the protobuf library
could read; an empty one leaves as no bytes at all.
"""

from __future__ import annotations

import zlib
from collections import Counter
from typing import TYPE_CHECKING

from google.protobuf.message import DecodeError

from kansoku.errors import Malformed, TooLarge, Unsupported
from kansoku.receive.glance import check_weight, is_suspect
from kansoku.receive.items import Caps, Fault, Sifted, sifted, told
from kansoku.receive.otlp_json import from_json
from kansoku.receive.salvage import salvaged
from kansoku.store.requests import REQUESTS

if TYPE_CHECKING:
    from google.protobuf.message import Message

    from kansoku.store.segments import Signal

MAX_BYTES = 32 << 20
"""Largest request body, as sent and as inflated, unless told otherwise."""

PROTOBUF = "application/x-protobuf"
JSON = "application/json"

_GZIP = 16 + zlib.MAX_WBITS
_MEMBERS = 64  # each costs a copy of what follows it; exporters write one


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


def is_whole(signal: Signal, body: bytes, now_ns: int, caps: Caps) -> bool:
    """Whether a protobuf body may be stored as it is; if not, `sift` it.

    Raises:
        TooLarge: If it would become too many bytes of rows.
    """
    try:
        request = REQUESTS[signal].FromString(body)
    except DecodeError:
        return False
    check_weight(request, len(body), caps)
    return not is_suspect(request, len(body), now_ns, caps)


def sift(signal: Signal, body: bytes, media: str, now_ns: int, caps: Caps) -> Sifted:
    """What can be taken of a body, item by item.

    Raises:
        Malformed: If nothing can.
        TooLarge: If it would become too many bytes of rows.
    """
    request, faults = from_json(signal, body) if media == JSON else _from_protobuf(signal, body)
    check_weight(request, len(body), caps)
    sifting = sifted(request, now_ns, caps)
    sifting.faults.update(faults)
    if sifting.rejected and sifting.rejected == sifting.items:
        raise Malformed(told(signal, sifting, caps))
    return sifting


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


def _from_protobuf(signal: Signal, body: bytes) -> tuple[Message, Counter[Fault]]:
    """The request, and what was left out because it could not be read."""
    try:
        return REQUESTS[signal].FromString(body), Counter()
    except DecodeError as error:
        name = REQUESTS[signal].DESCRIPTOR.name
        try:
            kept, faults = salvaged(signal, body)
            return REQUESTS[signal].FromString(kept), faults
        except (Malformed, DecodeError) as why:
            raise Malformed(f"the body is not a protobuf {name}: {why}") from error
