"""What an OTLP request must be to be taken: bytes and headers in, storable protobuf or a refusal out.

Does no I/O. The bytes that leave are one whole `Export…ServiceRequest` that the protobuf library
could read; an empty one leaves as no bytes at all.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from google.protobuf.message import DecodeError

from kansoku.errors import Malformed, TooLarge, Unsupported
from kansoku.receive.glance import check_weight, is_suspect
from kansoku.receive.items import Caps, Sifted, sifted, told
from kansoku.receive.otlp_json import Read, from_json
from kansoku.receive.salvage import salvaged
from kansoku.store.loading.requests import REQUESTS

if TYPE_CHECKING:
    from kansoku.store.segments import Signal

MAX_BYTES = 32 << 20
"""Largest request body, as sent and as inflated, unless told otherwise."""

PROTOBUF = "application/x-protobuf"
JSON = "application/json"


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
    read = from_json(signal, body, caps) if media == JSON else _from_protobuf(signal, body)
    check_weight(read.request, len(body), caps)
    sifting = sifted(read.request, now_ns, caps)._replace(where=read.where)
    sifting.faults.update(read.faults)
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


def _from_protobuf(signal: Signal, body: bytes) -> Read:
    """The request without what cannot be read."""
    try:
        return Read(REQUESTS[signal].FromString(body), Counter(), "")
    except DecodeError as error:
        name = REQUESTS[signal].DESCRIPTOR.name
        try:
            kept, faults, where = salvaged(signal, body)
            return Read(REQUESTS[signal].FromString(kept), faults, where)
        except (Malformed, DecodeError) as why:
            raise Malformed(f"the body is not a protobuf {name}: {why}") from error
