"""Frames of AWS event streams, as Bedrock sends them, their checksums right."""

import base64
import binascii
import json
import struct


def string_header(name: str, value: str) -> bytes:
    """A header of a frame: type 7 is a string."""
    return struct.pack(
        f">B{len(name)}sBH{len(value)}s", len(name), name.encode(), 7, len(value), value.encode()
    )


def frame(headers: bytes, payload: bytes) -> bytes:
    """One frame."""
    prelude = struct.pack(">II", len(headers) + len(payload) + 16, len(headers))
    message = prelude + struct.pack(">I", binascii.crc32(prelude)) + headers + payload
    return message + struct.pack(">I", binascii.crc32(message))


def told(payload: bytes, **names: str) -> bytes:
    """One frame whose headers are strings; an underscore stands for a hyphen."""
    headers = {":" + name.replace("_", "-"): value for name, value in names.items()}
    return frame(b"".join(string_header(*each) for each in headers.items()), payload)


def chunk(event: bytes) -> bytes:
    """A frame of one event of the Messages API."""
    payload = json.dumps({"bytes": base64.b64encode(event).decode(), "p": "abcdef"}).encode()
    return told(payload, event_type="chunk", content_type="application/json", message_type="event")


def exception(kind: str, message: str) -> bytes:
    """A frame of an exception."""
    payload = json.dumps({"message": message}).encode()
    return told(payload, exception_type=kind, content_type="application/json", message_type="exception")
