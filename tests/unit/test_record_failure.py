"""Whose fault an exception is, by the names of its classes."""

import asyncio
import json

import anthropic
import httpx2
import pytest
from botocore.eventstream import ChecksumMismatch  # pyright: ignore[reportMissingTypeStubs]

from kansoku.record.failure import Failure, failure_of, retry_count, told_failure

REQUEST = httpx2.Request("POST", "https://api.local/v1/messages", headers={"x-stainless-retry-count": "2"})

OLD = "Bad response code, expected 200: {'status_code': 400, %s, 'body': b'{}'}"


def status(code: int, error_type: str | None = None) -> anthropic.APIStatusError:
    body = {"type": "error", "error": {"type": error_type, "message": "m"}} if error_type else None
    return anthropic.APIStatusError("said", response=httpx2.Response(code, request=REQUEST), body=body)


def wrapped(cause: Exception) -> anthropic.APIConnectionError:
    error = anthropic.APIConnectionError(request=REQUEST)
    error.__cause__ = cause
    return error


@pytest.mark.parametrize(
    ("error", "outcome", "error_type", "code"),
    [
        (status(529, "overloaded_error"), "error", "overloaded_error", 529),
        (status(200, "overloaded_error"), "error", "overloaded_error", 200),
        (status(500, "brand_new_error"), "error", "brand_new_error", 500),
        (status(529), "error", "overloaded_error", 529),
        (status(418), "error", "http_418", 418),
        (status(200, "throttlingException"), "error", "rate_limit_error", 200),
        (status(200), "error", "invalid_response", 200),
        (
            ValueError(OLD % "'headers': {':exception-type': 'throttlingException'}"),
            "error",
            "rate_limit_error",
            None,
        ),
        (ValueError(OLD % "'headers': {':error-code': 'x'}"), "error", "invalid_response", None),
        (ChecksumMismatch(1, 2), "error", "invalid_response", None),
        (anthropic.APITimeoutError(request=REQUEST), "error", "client_timeout", None),
        (anthropic.APIConnectionError(request=REQUEST), "error", "connection_error", None),
        (wrapped(httpx2.ConnectError("no")), "error", "connection_error", None),
        (wrapped(ConnectionResetError()), "error", "connection_error", None),
        (wrapped(LookupError()), "cancelled", "LookupError", None),
        (httpx2.ReadTimeout("slow"), "error", "client_timeout", None),
        (httpx2.RemoteProtocolError("cut"), "error", "truncated_stream", None),
        (httpx2.ReadError("cut"), "error", "connection_error", None),
        (json.JSONDecodeError("bad", "{", 0), "error", "invalid_response", None),
        (anthropic.AnthropicError("odd"), "error", "AnthropicError", None),
        (ValueError("mine"), "cancelled", "ValueError", None),
        (asyncio.CancelledError(), "cancelled", "CancelledError", None),
        (KeyboardInterrupt(), "cancelled", "KeyboardInterrupt", None),
        (GeneratorExit(), "cancelled", "GeneratorExit", None),
    ],
)
def test_who_is_blamed(error: BaseException, outcome: str, error_type: str, code: int | None) -> None:
    found = failure_of(error)
    assert (found.outcome, found.error_type, found.http_status) == (outcome, error_type, code)


def test_the_applications_own_words_are_not_taken() -> None:
    assert failure_of(ValueError("a secret of the application")).message == ""
    assert failure_of(status(400, "invalid_request_error")).message == "said"


def test_an_error_event_is_read_where_nobody_raised_it() -> None:
    event = {"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}}
    assert told_failure(event) == Failure("error", "overloaded_error", None, "Overloaded")
    assert told_failure({"type": "error"}).error_type == "invalid_response"


def test_retries_are_read_from_the_request() -> None:
    assert retry_count(anthropic.APIConnectionError(request=REQUEST)) == 2
    assert retry_count(ValueError()) is None


def test_what_the_application_makes_of_a_whole_answer_is_no_failure_of_the_call() -> None:
    assert failure_of(LookupError(), is_answered=True) == Failure("ok", "LookupError")
    assert failure_of(LookupError()) == Failure("cancelled", "LookupError")
    assert failure_of(asyncio.CancelledError(), is_answered=True).outcome == "cancelled"
    assert failure_of(status(529), is_answered=True).outcome == "error"
