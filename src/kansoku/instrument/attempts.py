"""Seeing the HTTP attempts of a call: event hooks of the HTTP client, and the SDK's choice of a back-off."""

import sys
import threading
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any, Protocol
from weakref import WeakSet

from kansoku.emit import forks
from kansoku.record.headers import Headers
from kansoku.record.observer import CallObserver
from kansoku.record.said import Sent

if TYPE_CHECKING:
    from collections.abc import Callable

observed: ContextVar[CallObserver | None] = ContextVar("kansoku_observer", default=None)
"""The call that the code is in, while the SDK's `request` runs."""


class _HttpResponse(Protocol):
    """The part of an HTTP response that is read."""

    status_code: int

    @property
    def headers(self) -> Headers: ...


_hooked: WeakSet[Any] = WeakSet()
_hooking = threading.Lock()
forks.around(_hooking.acquire, _hooking.release)  # in a child that is born while it is held, it would stay so


def hook(client: Any) -> None:
    """Has the client's HTTP client tell of every attempt, once per HTTP client."""
    http = client._client
    if http in _hooked:
        return
    with _hooking:  # threads may make a client's first calls at once; hooked twice, it would count twice
        if http not in _hooked:
            _hook(http)
            _hooked.add(http)


def _hook(http: Any) -> None:
    """Adds our event hooks behind the application's."""
    is_async = hasattr(http, "aclose")
    hooks = http.event_hooks
    hooks["request"] = [*hooks.get("request", ()), _async_attempt if is_async else _attempt]
    hooks["response"] = [*hooks.get("response", ()), _async_answer if is_async else _answer]
    http.event_hooks = hooks


def told_of_retries(original: "Callable[..., float]") -> "Callable[..., float]":
    """The SDK's function that chooses a back-off, observed: it runs where an attempt failed.

    That is the one place inside the retry loop that knows what an attempt without an answer raised.
    """

    def calculate(client: Any, *args: Any, **kwargs: Any) -> float:
        observer = observed.get()
        if observer is not None:
            observer.failed(sys.exception())
        return original(client, *args, **kwargs)

    return calculate


def _attempt(request: Sent) -> None:
    """An HTTP request goes out."""
    observer = observed.get()
    if observer is not None:
        observer.attempted()
        if observer.words is not None:
            observer.words.sent = request


def _answer(response: _HttpResponse) -> None:
    """An HTTP response came."""
    observer = observed.get()
    if observer is not None:
        observer.answered(response.status_code, response.headers)
        observer.answer = response


async def _async_attempt(request: Sent) -> None:
    """An HTTP request goes out, from an async client."""
    _attempt(request)


async def _async_answer(response: _HttpResponse) -> None:
    """An HTTP response came, to an async client."""
    _answer(response)
