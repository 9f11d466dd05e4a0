"""How one attempt to send ended, told without secrets."""

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal
from urllib.parse import quote, unquote, unquote_plus, urlsplit

MASK = "***"
_LEAST_PART, _LEAST_VALUE = 8, 4
"""Characters that a piece of an address's path, and a value of its query, has at least to be a secret."""


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
    """The text without the secrets, or any longer part of one that is a web address.

    Whoever is sent them may repeat them decoded, encoded for an address or for JSON, or in capitals.
    """
    parts = {written for secret in secrets for part in _parts(secret) for written in _spellings(part)}
    for part in sorted(parts, key=len, reverse=True):
        text = re.sub(re.escape(part), MASK, text, flags=re.IGNORECASE)
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
        pieces += re.split("[/?&=;]", parts.path) + re.split("[/?&=;]", parts.query)
        yield from (piece for piece in pieces if len(piece) >= _LEAST_PART)
        values = (member.partition("=")[2] for member in re.split("[&;]", parts.query))
        yield from (value for value in values if len(value) >= _LEAST_VALUE)


def _spellings(part: str) -> Iterable[str]:
    """The ways in which a part may be written by who was sent it."""
    for meant in {part, unquote(part), unquote_plus(part)}:
        as_json = json.dumps(meant, ensure_ascii=False)[1:-1]
        yield from (meant, quote(meant, safe=""), quote(meant), as_json, as_json.replace("/", "\\/"))
