"""The headers of an HTTP answer that are read: the request's id, when to try again, and the rate limits.

Names: Anthropic's API documentation, and AWS's for the request's id on Bedrock.
"""

from collections.abc import Iterable
from typing import Protocol, cast

REQUEST_ID = "request-id"
AWS_REQUEST_ID = "x-amzn-requestid"
RETRY_AFTER = "retry-after"
RETRY_AFTER_MS = "retry-after-ms"
LIMITS = ("requests", "tokens", "input-tokens", "output-tokens")
LEFT_OF_LIMITS = tuple(
    (name, f"anthropic-ratelimit-{name}-remaining", f"anthropic-ratelimit-{name}-limit") for name in LIMITS
)
"""Each limit, the header of what is left of it, and that of the limit itself."""

_READ = {
    name.encode(): name
    for name in (
        REQUEST_ID,
        AWS_REQUEST_ID,
        RETRY_AFTER,
        RETRY_AFTER_MS,
        *(each for row in LEFT_OF_LIMITS for each in row[1:]),
    )
}


class Headers(Protocol):
    """The headers of an HTTP response."""

    def get(self, key: str, /) -> object:
        """The header's value, or None."""
        ...


def at_hand(headers: Headers | None) -> Headers | None:
    """The headers that are read, with quick look-ups; the HTTP library compares each header anew for each.

    An answer of the API has about thirty headers: only those that are read are decoded.
    """
    raw = cast("Iterable[tuple[bytes, bytes]] | None", getattr(headers, "raw", None))
    if raw is None:
        return headers
    return {_READ[lower]: value.decode("latin-1") for name, value in raw if (lower := name.lower()) in _READ}
