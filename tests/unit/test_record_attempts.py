"""The attempts of a call, read from its observer's marks, and the limits that its last answer told."""

import pytest

from kansoku.price.book import PriceBook
from kansoku.record.attempts import SENT, UNANSWERED, Mark, attempts_of, waited_s
from kansoku.record.facts import NOWHERE, Call, Place
from kansoku.record.limits import Headroom, headroom_of, retry_after_of
from kansoku.record.observer import Began, CallObserver

TOLD = {
    "anthropic-ratelimit-requests-limit": "50",
    "anthropic-ratelimit-requests-remaining": "49",
    "anthropic-ratelimit-tokens-limit": "1000",
    "anthropic-ratelimit-tokens-remaining": "100",
    "anthropic-ratelimit-input-tokens-limit": "0",
    "anthropic-ratelimit-input-tokens-remaining": "0",
    "anthropic-ratelimit-output-tokens-limit": "many",
    "anthropic-ratelimit-output-tokens-remaining": "-5",
}


class FakeConnectError(OSError):
    """Stands for what an HTTP library raises."""


FakeConnectError.__name__ = "APIConnectionError"


def test_each_attempt_has_its_status_and_the_waits_between_them_are_added() -> None:
    marks: list[Mark] = [
        (SENT, 1.0),
        (529, 1.5),
        ("529", 1.75),
        (SENT, 2.75),
        ("x", 3.0),
        (SENT, 5.0),
        (200, 6),
    ]
    attempts = attempts_of(marks)
    assert [each.status for each in attempts] == ["529", "x", "200"]
    assert [each.http_status for each in attempts] == [529, None, 200]
    assert waited_s(attempts) == pytest.approx(1.0 + 2.0)


def test_a_single_attempt_waited_for_nothing() -> None:
    assert waited_s(attempts_of([(SENT, 1.0), (200, 2.0)])) is None
    assert waited_s([]) is None


def test_an_attempt_without_an_end_adds_no_wait() -> None:
    attempts = attempts_of([(SENT, 1.0), (SENT, 3.0), (200, 4.0)])
    assert [each.status for each in attempts] == [UNANSWERED, "200"]
    assert waited_s(attempts) is None


def test_a_redirect_is_part_of_the_attempt_that_follows_it() -> None:
    attempts = attempts_of([(SENT, 1.0), (307, 1.1), (SENT, 1.2), (200, 2.0)])
    assert [(each.status, each.sent_s) for each in attempts] == [("200", 1.2)]


def test_an_answer_that_was_asked_for_by_nobody_is_left_alone() -> None:
    assert attempts_of([(200, 1.0)]) == []


def read(marks: list[Mark], error: BaseException | None = None) -> Call:
    began = Began(Place(1, 2), "chat", "anthropic", "m", stream=False, around=NOWHERE, unix_ns=0, clock_s=0.0)
    seen = CallObserver(began, lambda: 9.0, lambda _: None, marks=marks)
    seen.end("raised" if error else "returned", error=error, response={"id": "msg"})
    return seen.read(PriceBook())


def test_the_last_attempt_without_an_answer_ended_as_the_call_did() -> None:
    call = read([(SENT, 1.0), (529, 2.0), (SENT, 3.0)], FakeConnectError())
    assert call.attempt_statuses == call.retried_statuses == ("529", "connection_error")
    assert (call.attempts, call.failed_attempts, call.http_status) == (2, 2, None)
    cancelled = read([(SENT, 1.0)], KeyboardInterrupt())
    assert (cancelled.attempt_statuses, cancelled.failed_attempts) == (("cancelled",), None)


def test_of_an_answered_call_every_attempt_but_the_last_failed() -> None:
    call = read([(SENT, 1.0), (529, 2.0), (SENT, 3.0), (200, 4.0)])
    assert (call.attempts, call.failed_attempts, call.retried_statuses) == (2, 1, ("529", "200"))
    once = read([(SENT, 3.0), (200, 4.0)])
    assert (once.attempts, once.failed_attempts, once.retried_statuses) == (1, None, ())


def test_headroom_is_of_the_limits_that_were_told() -> None:
    found = headroom_of(TOLD)
    assert found == (Headroom("requests", 49, 50), Headroom("tokens", 100, 1000))
    assert [each.ratio for each in found] == [0.98, 0.1]
    assert headroom_of(None) == headroom_of({}) == ()
    assert Headroom("tokens", 7, 5).ratio == 1.0


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"retry-after": "3"}, 3.0),
        ({"retry-after": "0.5"}, 0.5),
        ({"retry-after-ms": "250", "retry-after": "1"}, 0.25),
        ({"retry-after": "Wed, 21 Oct 2026 07:28:00 GMT"}, None),
        ({"retry-after": "1.2.3"}, None),
        ({"retry-after": "٣"}, None),
        ({}, None),
        (None, None),
    ],
)
def test_when_the_answer_asked_to_try_again(headers: dict[str, str] | None, seconds: float | None) -> None:
    assert retry_after_of(headers) == seconds
