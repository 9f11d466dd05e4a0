"""Which headers of an answer are read, and how."""

from __future__ import annotations

import httpx2

from kansoku.record.headers import at_hand
from kansoku.record.limits import headroom_of, retry_after_of


def test_headers_that_are_read_are_found_in_any_case_and_others_are_not_kept() -> None:
    told = {
        "Request-Id": "req_1",
        "Retry-After-MS": "1500",
        "Anthropic-RateLimit-Input-Tokens-Limit": "200",
        "anthropic-ratelimit-input-tokens-remaining": "50",
        "Set-Cookie": "session=1",
        "Content-Type": "application/json",
    }
    found = at_hand(httpx2.Headers(told))
    assert found is not None
    assert (found.get("request-id"), found.get("set-cookie"), found.get("content-type")) == (
        "req_1",
        None,
        None,
    )
    assert retry_after_of(found) == 1.5
    assert [(each.name, each.remaining, each.limit) for each in headroom_of(found)] == [
        ("input-tokens", 50, 200)
    ]


def test_headers_of_another_library_are_left_as_they_are() -> None:
    plain = {"request-id": "req_1"}
    assert at_hand(plain) is plain
    assert at_hand(None) is None
