"""How a call failed, read from the exception that ended it.

Exceptions are told apart by the names of their classes, so that every version of the SDK and of its
HTTP library is understood without importing either. The mid-stream error of the API is an exception
with HTTP status 200: its `type` decides, never its class or status.
"""

import re
from dataclasses import dataclass

from kansoku.catalog.error_types import (
    BROKEN_FRAMES,
    INVALID_RESPONSE,
    WITHOUT_ANSWER,
    of_exception,
    of_status,
)
from kansoku.catalog.outcomes import Outcome
from kansoku.record.reading import Json, count, part, plain, text

_API_ERROR = "AnthropicError"
_HTTP_ERROR = "HTTPError"
_STREAM_ERROR = "StreamError"

_CONNECTION_ERROR = "APIConnectionError"
_UNANSWERED = {**WITHOUT_ANSWER, **BROKEN_FRAMES}
_OTHERS = frozenset({_API_ERROR, _HTTP_ERROR, _STREAM_ERROR, *_UNANSWERED})
"""Classes of errors that are not the application's own: the SDK's and those of the libraries it reads by."""

_OF_OLD_SDK = re.compile(
    r"Bad response code, expected 200: \{'status_code': 400, (?:.*?':exception-type': '(?P<kind>\w+)')?"
)
"""What older releases of the SDK (1.0 is one) raise, as a bare `ValueError`, at an exception of Bedrock's."""

_FIRST_OF_ERRORS = 400


@dataclass(frozen=True, slots=True)
class Failure:
    """How a call ended when it did not end well."""

    outcome: Outcome
    error_type: str = ""
    http_status: int | None = None
    message: str = ""


def failure_of(error: BaseException, *, is_answered: bool = False) -> Failure:
    """What the exception says of the call.

    Cancellation, interrupts and exceptions that neither the SDK nor its HTTP library raised are the
    application's own: the outcome is `cancelled`, and the API is not blamed. Where the answer was there
    already, whole, the API did its part: the outcome is `ok`, and the error type tells what the
    application made of it (an answer that does not fit its schema, for example).
    """
    ancestry = _ancestry(error)
    if is_answered and isinstance(error, Exception) and _OTHERS.isdisjoint(ancestry):
        return Failure("ok", ancestry[0])
    old = _OF_OLD_SDK.match(str(error)) if type(error) is ValueError else None
    if old is not None:
        return Failure("error", of_exception(old["kind"] or "") or INVALID_RESPONSE, message=str(error))
    if not isinstance(error, Exception) or _OTHERS.isdisjoint(ancestry):
        return Failure("cancelled", ancestry[0])
    cause = _ancestry(error.__cause__) if _CONNECTION_ERROR in ancestry and error.__cause__ else None
    if cause is not None and _OTHERS.isdisjoint(cause) and "OSError" not in cause:
        return Failure("cancelled", cause[0])  # the SDK wraps what hooks of the application raise
    status = getattr(error, "status_code", None)
    status = status if isinstance(status, int) else None
    return Failure("error", _error_type(error, ancestry, status), status, str(error))


def failure_of_hook(error: BaseException, *, is_answered: bool = False) -> Failure:
    """What an exception says that an event hook of the application raised: nothing of the API.

    The SDK wraps it as if the connection had failed, or timed out; its cause is what the hook raised.
    """
    cause = error.__cause__ if _CONNECTION_ERROR in _ancestry(error) else None
    raised = cause or error
    return Failure(
        "ok" if is_answered and isinstance(error, Exception) else "cancelled", type(raised).__name__
    )


@dataclass(frozen=True, slots=True)
class Raised:
    """All that is asked of the exception that ended a call.

    It is read at once, as an exception holds the frames it passed, and those what the application works with.

    Attributes:
        failure: How the call failed.
        if_answered: How it ended where its answer had come before, whole.
        attempts: Requests, as the SDK counted them; None where it did not.
        request_id: As the SDK keeps it on the exception, or the empty string.
    """

    failure: Failure
    if_answered: Failure
    attempts: int | None
    request_id: str


def raised_of(error: BaseException, *, is_in_hooks: bool, is_seen: bool, is_answered: bool) -> Raised:
    """What the exception says of the call it ended.

    Args:
        error: The exception.
        is_in_hooks: Whether an event hook of the application raised it.
        is_seen: Whether the requests were seen, so that the SDK's count is not asked for: that takes a while.
        is_answered: Whether a whole answer may have come before.
    """
    read = failure_of_hook if is_in_hooks else failure_of
    failure = read(error)
    retries = None if is_seen else retry_count(error)
    request_id: object = getattr(error, "request_id", None)
    return Raised(
        failure,
        read(error, is_answered=True) if is_answered else failure,
        None if retries is None else retries + 1,
        request_id if isinstance(request_id, str) else "",
    )


def _ancestry(error: BaseException) -> list[str]:
    """Names of the exception's class and of all above it, the nearest first."""
    return [each.__name__ for each in type(error).__mro__]


def told_failure(event: Json) -> Failure:
    """What an `error` event in the middle of a stream says, where the SDK did not raise it (raw readers)."""
    error = part(event, "error")
    kind = of_exception(text(error, "type")) or INVALID_RESPONSE
    return Failure("error", kind, message=text(error, "message"))


def _error_type(error: Exception, ancestry: list[str], status: int | None) -> str:
    """The API's own word where it gave one, then the class's, then the status's."""
    told = getattr(error, "type", None) or text(part(plain(getattr(error, "body", None)), "error"), "type")
    if isinstance(told, str) and told:
        return of_exception(told)
    for name in ancestry:
        if name in _UNANSWERED:  # the first match along the exception's ancestry counts
            return _UNANSWERED[name]
    if status is not None:
        return of_status(status) if status >= _FIRST_OF_ERRORS else INVALID_RESPONSE
    return ancestry[0]


def retry_count(error: BaseException) -> int | None:
    """Retries that the SDK made before it raised, from the header it counts them in."""
    headers = getattr(getattr(error, "request", None), "headers", None)
    value = headers.get("x-stainless-retry-count") if headers is not None else None
    return count({"n": int(value)}, "n") if isinstance(value, str) and value.isdigit() else None
