"""How one attempt to send ended, told without secrets."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal
from urllib.parse import urlsplit

MASK = "***"
_LEAST_PART = 8


@dataclass(frozen=True, slots=True)
class Outcome:
    """How it ended.

    Attributes:
        kind: `sent`; `later`, if another try may succeed; `refused`, if none will.
        said: What the other side answered or what went wrong, in one line and masked.
        status: The status of an answer over HTTP or SMTP.
        retry_after_s: For how many seconds the other side wants to hear nothing.
    """

    kind: Literal["sent", "later", "refused"]
    said: str
    status: int | None = None
    retry_after_s: float | None = None


def masked(text: str, secrets: Iterable[str]) -> str:
    """The text without the secrets, or any longer part of one that is a web address."""
    for part in sorted({part for secret in secrets for part in _parts(secret)}, key=len, reverse=True):
        text = text.replace(part, MASK)
    return text


def _parts(secret: str) -> Iterable[str]:
    """The secret, and of a web address the path, the query and each longer piece of them."""
    yield secret
    try:
        parts = urlsplit(secret)
    except ValueError:
        return
    if parts.scheme and parts.netloc:
        pieces = [parts.path, parts.query, parts.username or "", parts.password or "", parts.fragment]
        pieces += [piece for whole in (parts.path, parts.query) for piece in _split(whole)]
        yield from (piece for piece in pieces if len(piece) >= _LEAST_PART)


def _split(text: str) -> list[str]:
    for mark in "?&=;":
        text = text.replace(mark, "/")
    return text.split("/")
