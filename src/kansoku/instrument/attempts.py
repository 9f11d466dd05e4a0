"""Seeing the HTTP attempts of a call: event hooks of the HTTP client, and the SDK's choice of a back-off."""

import sys
import threading
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any, Protocol

from kansoku.emit import forks
from kansoku.record.headers import Headers
from kansoku.record.observer import CallObserver
from kansoku.record.said import Sent

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    Hooks = Mapping[str, Sequence[Callable[..., Any]]]

observed: ContextVar[CallObserver | None] = ContextVar("kansoku_observer", default=None)
"""The call that the code is in, while the SDK's `request` runs."""


class _HttpResponse(Protocol):
    """The part of an HTTP response that is read."""

    status_code: int

    @property
    def headers(self) -> Headers: ...


_hooking = threading.Lock()
forks.around(_hooking.acquire, _hooking.release)  # in a child that is born while it is held, it would stay so


def hook(client: Any) -> None:
    """Has the client's HTTP client tell of every attempt, also after the application gave it other hooks."""
    http = client._client
    hooks = http.event_hooks
    if _is_hooked(hooks):
        return
    with _hooking:  # threads may make a client's first calls at once; hooked twice, it would count twice
        hooks = http.event_hooks
        if not _is_hooked(hooks):
            http.event_hooks = _hooked(hooks, is_async=hasattr(http, "aclose"))


def _is_hooked(hooks: "Hooks") -> bool:
    """Whether ours are there, behind all of the application's."""
    requests, responses = hooks.get("request"), hooks.get("response")
    return bool(requests and responses and _is_ours(requests[-1]) and _is_ours(responses[-1]))


def _is_ours(hook: object) -> bool:
    """Whether the hook is one of ours. By identity: what the application made of its own is its affair."""
    return hook is _attempt or hook is _answer or hook is _async_attempt or hook is _async_answer


def _hooked(hooks: "Hooks", *, is_async: bool) -> "Hooks":
    """The application's hooks, and ours behind them."""
    theirs = {
        when: [each for each in hooks.get(when, ()) if not _is_ours(each)] for when in ("request", "response")
    }
    return {
        **hooks,
        "request": [*theirs["request"], _async_attempt if is_async else _attempt],
        "response": [*theirs["response"], _async_answer if is_async else _answer],
    }


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
