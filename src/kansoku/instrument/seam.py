"""The one seam: `request` of the SDK's two base clients, which every way of calling Claude goes through.

Facts about `anthropic` this rests on (2.12, checked): `SyncAPIClient.request` and
`AsyncAPIClient.request` run once per call, around the SDK's own retry loop; `options.url` is the
logical path on every platform client; a stream comes back as a `Stream` whose `_iterator` gives the
raw events. HTTP attempts are seen by event hooks of the `httpx2` client.
"""

import functools
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any, Protocol, cast
from weakref import WeakSet

from kansoku.catalog.instruments import ACTIVE_STREAMS
from kansoku.instrument import streams
from kansoku.instrument.session import Session, active, surroundings
from kansoku.record.facts import Call
from kansoku.record.observer import Began, CallObserver
from kansoku.record.operation import operation_of
from kansoku.record.reading import plain, text

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

_PROVIDERS = (
    ("Bedrock", "aws.bedrock"),
    ("AWS", "aws.bedrock"),
    ("Vertex", "gcp.vertex_ai"),
    ("GoogleCloud", "gcp.vertex_ai"),
    ("Foundry", "azure.foundry"),
)
"""Provider by a part of the client's class name; every other client is Anthropic's own."""

_observer: ContextVar[CallObserver | None] = ContextVar("kansoku_observer", default=None)


class _Options(Protocol):
    """The part of the SDK's request options that is read."""

    method: str
    url: str
    json_data: object


class _HttpResponse(Protocol):
    """The part of an HTTP response that is read."""

    status_code: int
    headers: Any


_unwrap: list["Callable[[], None]"] = []
_hooked: WeakSet[Any] = WeakSet()


def attach() -> None:
    """Wraps the seam, once. Clients made before and after are observed alike.

    Raises:
        ImportError: If the `anthropic` package is not installed.
        AttributeError: If this version of it has no such seam.
    """
    from anthropic._base_client import AsyncAPIClient, SyncAPIClient

    if not _unwrap:
        _wrap(SyncAPIClient, _sync_request)
        _wrap(AsyncAPIClient, _async_request)


def detach() -> None:
    """Puts the SDK's own functions back."""
    while _unwrap:
        _unwrap.pop()()


def _wrap(owner: Any, around: "Callable[[Any], Any]") -> None:
    """Replaces `request` of the class by the function around it."""
    original = owner.request
    owner.request = functools.wraps(original)(around(original))
    _unwrap.append(lambda: setattr(owner, "request", original))


def _sync_request(original: "Callable[..., Any]") -> "Callable[..., Any]":
    """`request` of a sync client, observed."""

    def request(client: Any, cast_to: Any, options: Any, *args: Any, **kwargs: Any) -> Any:
        session = active()
        observer = None if session is None else _begin(session, client, options, kwargs)
        if session is None or observer is None:
            return original(client, cast_to, options, *args, **kwargs)
        before = _observer.get()
        _observer.set(observer)
        try:
            result = original(client, cast_to, options, *args, **kwargs)
        except BaseException as error:
            _failed(session, observer, error)
            raise
        finally:
            _observer.set(before)
        _returned(session, observer, result)
        return result

    return request


def _async_request(original: "Callable[..., Awaitable[Any]]") -> "Callable[..., Awaitable[Any]]":
    """`request` of an async client, observed."""

    async def request(client: Any, cast_to: Any, options: Any, *args: Any, **kwargs: Any) -> Any:
        session = active()
        observer = None if session is None else _begin(session, client, options, kwargs)
        if session is None or observer is None:
            return await original(client, cast_to, options, *args, **kwargs)
        before = _observer.get()
        _observer.set(observer)  # no token: a coroutine may be closed in another context than it ran in
        try:
            result = await original(client, cast_to, options, *args, **kwargs)
        except BaseException as error:
            _failed(session, observer, error)
            raise
        finally:
            _observer.set(before)
        _returned(session, observer, result)
        return result

    return request


def _begin(session: Session, client: Any, options: _Options, kwargs: dict[str, Any]) -> CallObserver | None:
    """The observer of a call that begins, or None where there can be none. Never raises."""
    try:
        _own_the_span(client)
        _hook(client)
        body = plain(options.json_data)
        model = text(body, "model")
        if model and model not in session.models:
            _first_seen(session, model)
        return _told(
            session,
            CallObserver(
                Began(
                    place=session.place(),
                    operation=operation_of(options.method, options.url),
                    provider=_provider(client),
                    request_model=model,
                    stream=bool(kwargs.get("stream")),
                    around=surroundings(),
                    unix_ns=session.source.unix_ns(),
                    clock_s=session.source.clock(),
                ),
                session.source.clock,
                functools.partial(_ended, session),
            ),
        )
    except Exception:
        session.guard.count("begin")
        return None


def _told(session: Session, observer: CallObserver) -> CallObserver:
    """The observer, once those who ask for it know that its call begins."""
    if session.started is not None:
        session.started(observer.began)
    return observer


def _own_the_span(client: Any) -> None:
    """Keeps the SDK's own span for this client from doubling ours (it exists since 1.14)."""
    if getattr(client, "_lazy_tracer", None) is not None:
        client._lazy_tracer = None


def _first_seen(session: Session, model: str) -> None:
    """Makes a model's metrics at 0 before its first call ends."""
    if len(session.models) < _MODELS_KEPT:
        session.models.add(model)
        session.pipeline.expect(model)


_MODELS_KEPT = 200


def _provider(client: Any) -> str:
    """Which cloud the client talks to, in the words of the GenAI conventions."""
    told = getattr(client, "_gen_ai_provider_name", None)
    name = type(client).__name__
    by_class = next((provider for part, provider in _PROVIDERS if part in name), "anthropic")
    return told if isinstance(told, str) and told != "anthropic" else by_class


def _ended(session: Session, observer: CallObserver) -> None:
    """Queues the call to be read. Runs wherever the call ended, so it must not raise."""
    with session.guard.kept("end"):
        if observer.is_followed:
            session.cells.add(ACTIVE_STREAMS, -1)
        session.pipeline.put(functools.partial(_read, session, observer))


def _read(session: Session, observer: CallObserver) -> Call:
    """The call as a fact; its answer is remembered for judgements to come. Runs on the worker."""
    call = observer.read(session.prices)
    session.recent.remember(call.response_id, call.place, call.around)
    return call


def _failed(session: Session, observer: CallObserver, error: BaseException) -> None:
    """The call raised."""
    with session.guard.kept("end"):
        observer.end("raised", error=error)


def _returned(session: Session, observer: CallObserver, result: Any) -> None:
    """The call returned: with a stream, which goes on, or with an answer, which ends it."""
    with session.guard.kept("end"):
        if not streams.follow(result, observer, session.guard):
            observer.end("returned", response=result)
        elif observer.began.stream and observer.ending is None:
            observer.is_followed = True
            session.cells.add(ACTIVE_STREAMS, 1)


def _hook(client: Any) -> None:
    """Has the client's HTTP client tell of every attempt, once per HTTP client."""
    http = client._client
    if http in _hooked:
        return
    _hooked.add(http)
    is_async = hasattr(http, "aclose")
    hooks = http.event_hooks
    hooks["request"] = [*hooks.get("request", ()), _async_attempt if is_async else _attempt]
    hooks["response"] = [*hooks.get("response", ()), _async_answer if is_async else _answer]
    http.event_hooks = hooks


def _attempt(_request: object) -> None:
    """An HTTP request goes out."""
    observer = _observer.get()
    if observer is not None:
        observer.attempted()


def _answer(response: _HttpResponse) -> None:
    """An HTTP response came."""
    observer = _observer.get()
    if observer is not None:
        observer.answered(response.status_code, cast("str", response.headers.get("request-id", "")))


async def _async_attempt(request: object) -> None:
    """An HTTP request goes out, from an async client."""
    _attempt(request)


async def _async_answer(response: _HttpResponse) -> None:
    """An HTTP response came, to an async client."""
    _answer(response)
