"""Seeing the HTTP attempts of a call: event hooks of the HTTP client, and the SDK's choice of a back-off."""

import sys
import threading
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any, Protocol

from kansoku.catalog.fields import CHAT
from kansoku.emit import forks
from kansoku.record.body import MAX_BYTES, Body
from kansoku.record.headers import Headers
from kansoku.record.observer import CallObserver
from kansoku.record.said import Sent

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    Hooks = Mapping[str, Sequence[Callable[..., Any]]]

observed: ContextVar[CallObserver | None] = ContextVar("kansoku_observer", default=None)
"""The call that the code is in, while the SDK's `request` runs."""


_REDIRECTS = 300
_EVENTS = "text/event-stream"

_MARK = "kansoku"
"""The extension of an HTTP request by which it is known as a call's own."""


class _HttpRequest(Sent, Protocol):
    """The part of an HTTP request that is read."""

    extensions: dict[str, object]


class _HttpResponse(Protocol):
    """The part of an HTTP response that is read."""

    status_code: int
    is_closed: bool

    @property
    def request(self) -> _HttpRequest: ...

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
    if not (requests and responses):
        return False
    return id(requests[-1]) in _OURS and id(responses[-1]) in _OURS  # as `_is_ours`, of every call


def _is_ours(hook: object) -> bool:
    """Whether the hook is one of ours. By identity: what the application made of its own is its affair."""
    return id(hook) in _OURS


def _hooked(hooks: "Hooks", *, is_async: bool) -> "Hooks":
    """The application's hooks, and ours around them, by which it is known what theirs raise."""
    requests, responses = (
        [each for each in hooks.get(when, ()) if not _is_ours(each)] for when in ("request", "response")
    )
    entering, attempt, answer, entering_answer, leaving = _ASYNC if is_async else _SYNC
    around_responses = [entering_answer, *responses, leaving] if responses else []
    return {
        **hooks,
        "request": [*([entering, *requests] if requests else []), attempt],
        "response": [answer, *around_responses],
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


def marked(original: "Callable[..., _HttpRequest]") -> "Callable[..., _HttpRequest]":
    """The SDK's function that makes the HTTP request of an attempt, which is known by a mark from then on.

    Requests that the application's hooks make by the same HTTP client have none, and are no attempts.
    """

    def build(client: Any, *args: Any, **kwargs: Any) -> _HttpRequest:
        request = original(client, *args, **kwargs)
        if observed.get() is not None:
            try:  # noqa: SIM105  three calls more, of each call
                request.extensions[_MARK] = True
            except Exception:  # noqa: S110  then its attempt is not seen
                pass
        return request

    return build


def _of(request: _HttpRequest) -> CallObserver | None:
    """The call that is under way, if the request is its own."""
    observer = observed.get()
    return observer if observer is not None and _MARK in request.extensions else None


def _entering(request: _HttpRequest) -> None:
    """Hooks of the application are next, before the request goes out."""
    observer = _of(request)
    if observer is not None:
        observer.is_in_hooks = True


def _attempt(request: _HttpRequest) -> None:
    """An HTTP request goes out."""
    observer = _of(request)
    if observer is not None:
        if observer.answer is not None or observer.passing is not None:
            _pass_over(observer)
        observer.attempted()
        if observer.words is not None:
            observer.words.sent = request


def whole_body(response: Any) -> Body | None:
    """The body of a successful HTTP response that was read whole; None of any other. Never raises."""
    try:
        if not (response.is_success and response.is_closed) or len(response.content) > MAX_BYTES:
            return None
        return Body.whole(response.headers.get("content-type", ""), response.content)
    except Exception:  # closed before it was read
        return None


def _pass_over(observer: CallObserver) -> None:
    """Keeps an answer that the application will not get, though it is billed: a middleware asks again."""
    body = observer.passing or whole_body(observer.answer)
    if body is not None and observer.began.operation == CHAT:
        observer.passed_over += (body,)


def _answer(response: _HttpResponse) -> None:
    """An HTTP response came."""
    observer = _of(response.request)
    if observer is not None:
        observer.answered(response.status_code, response.headers)
        observer.passing = _kept(response) if observer.keeps_streams else None
        observer.answer = None if observer.passing is not None else response


def _kept(response: _HttpResponse) -> Body | None:
    """The body of a stream of events, which fills as that is read; None of anything else.

    A middleware may end it and ask again, and the SDK then tells the application of its tokens alone.
    """
    from kansoku.instrument.byte_streams import keep

    try:
        kind = str(response.headers.get("content-type") or "")
        if response.status_code >= _REDIRECTS or not kind.startswith(_EVENTS):
            return None
        return whole_body(response) if response.is_closed else keep(response)
    except Exception:  # then what it was billed is known as far as the SDK tells
        return None


def _entering_answer(response: _HttpResponse) -> None:
    """Hooks of the application are next, before the answer is read."""
    _entering(response.request)


def _leaving(response: _HttpResponse) -> None:
    """The application's hooks are over."""
    observer = _of(response.request)
    if observer is not None:
        observer.is_in_hooks = False


async def _async_entering(request: _HttpRequest) -> None:
    """Hooks of the application are next, of an async client."""
    _entering(request)


async def _async_attempt(request: _HttpRequest) -> None:
    """An HTTP request goes out, from an async client."""
    _attempt(request)


async def _async_answer(response: _HttpResponse) -> None:
    """An HTTP response came, to an async client."""
    _answer(response)


async def _async_entering_answer(response: _HttpResponse) -> None:
    """Hooks of the application are next, of an async client."""
    _entering(response.request)


async def _async_leaving(response: _HttpResponse) -> None:
    """The application's hooks are over, of an async client."""
    _leaving(response)


_SYNC = (_entering, _attempt, _answer, _entering_answer, _leaving)
_ASYNC = (_async_entering, _async_attempt, _async_answer, _async_entering_answer, _async_leaving)
_OURS = frozenset(map(id, (*_SYNC, *_ASYNC)))
