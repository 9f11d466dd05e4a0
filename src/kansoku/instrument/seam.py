"""The one seam: `request` of the SDK's two base clients, which every way of calling Claude goes through.

Facts about `anthropic` this rests on (1.0 to 2.13, checked): `SyncAPIClient.request` and
`AsyncAPIClient.request` run once per call, around the SDK's own retry loop; `options.url` is the
logical path on every platform client; a stream comes back as a `Stream` whose `_iterator` gives the
raw events. `anatomy` tells whether the installed version still has all of it.
"""

import functools
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from kansoku.catalog.fields import CHAT
from kansoku.catalog.instruments import INSTRUMENTED
from kansoku.instrument import anatomy, attempts, streams
from kansoku.instrument.attempts import observed
from kansoku.instrument.batch_results import follow_results, tell_all
from kansoku.instrument.by_identity import ByIdentity
from kansoku.instrument.others import in_place
from kansoku.instrument.session import Session, Ways, active
from kansoku.instrument.stream_helpers import made, made_within, managers
from kansoku.record.batch import Batch
from kansoku.record.body import Body
from kansoku.record.facts import Call, Foreign, Place
from kansoku.record.maker import maker
from kansoku.record.observer import UNSEEN, Began, CallObserver
from kansoku.record.operation import OTHER, batch_of, operation_of, route_of
from kansoku.record.reading import plain, text
from kansoku.record.tool_results import last_content

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from kansoku.emit.native import Lent, NativeSpan, NativeSpans

_PROVIDERS = (("Bedrock", "aws.bedrock"), ("Vertex", "gcp.vertex_ai"), ("Foundry", "azure.foundry"))
"""Provider by a part of the SDK's class name. Every other client's is Anthropic, who also runs its platform
on AWS (`AnthropicAWS`) and on Google Cloud (`AnthropicGoogleCloud`), as the SDK itself says."""


class _Options(Protocol):
    """The part of the SDK's request options that is read."""

    method: str
    url: str
    json_data: object


@dataclass(frozen=True, slots=True)
class SeamState:
    """Whether calls are seen: the SDK's version, whether its seam is taken hold of, and what it lacks.

    `problems` are sentences; each says what is gone and what that costs. Empty where all is well.
    """

    sdk_version: str
    attached: bool
    problems: tuple[str, ...]

    @property
    def is_whole(self) -> bool:
        """Whether every call is recorded with all that can be known of it."""
        return self.attached and not self.problems


_unwrap: list["Callable[[], None]"] = []


def attach() -> None:
    """Wraps the seam, once. Clients made before and after are observed alike.

    So are classes of clients that another instrumentor has wrapped before.

    Raises:
        ImportError: If the `anthropic` package is not installed.
        AttributeError: If this version of it has no such seam.
    """
    from anthropic._base_client import AsyncAPIClient, BaseClient, SyncAPIClient

    for base, around in ((SyncAPIClient, _sync_request), (AsyncAPIClient, _async_request)):
        _wrap(base, "request", around)
        for each in anatomy.bypassing(base, "request"):
            _wrap(each, "request", around)
    with suppress(AttributeError):  # without it only the causes of unanswered attempts are unknown
        _wrap(BaseClient, "_calculate_retry_timeout", attempts.told_of_retries)
    with suppress(AttributeError):  # without it attempts are unknown
        _wrap(BaseClient, "_build_request", attempts.marked)
    with suppress(ImportError):  # without it only another instrumentor's span of the helper is not named
        for manager in managers():
            _wrap(manager, "__init__", made)


def detach() -> None:
    """Puts the SDK's own functions back, except where another library has wrapped ours meanwhile.

    Clients make their own spans again.
    """
    while _unwrap:
        _unwrap.pop()()
    for client, tracer in _silenced.take_all():
        client._lazy_tracer = tracer


def seam_state() -> SeamState:
    """Whether calls are seen at this moment, and what the installed SDK lacks. Never raises."""
    found = tuple(anatomy.problems())
    return SeamState(anatomy.sdk_version(), _is_attached(), found)


def watch_state(session: Session) -> None:
    """Has the metric say whether the seam is whole, now and each time that metrics are read. Never raises."""

    def tell() -> None:
        if active() is session:  # else it is not to be whole
            session.cells.put(INSTRUMENTED, float(_is_whole()))

    session.pipeline.before_reading(tell)
    with session.guard.kept("attach"):
        tell()


def _is_whole() -> bool:
    """As the state says, without the SDK's version, which is read from a file."""
    return _is_attached() and not any(True for _ in anatomy.problems())


def _is_attached() -> bool:
    """Whether both clients go through the seam, and none of their subclasses past it."""
    try:
        from anthropic._base_client import AsyncAPIClient, SyncAPIClient
    except ImportError:
        return False
    return all(
        anatomy.is_ours(getattr(each, "request", None)) and not anatomy.bypassing(each, "request")
        for each in (SyncAPIClient, AsyncAPIClient)
    )


def _wrap(owner: Any, name: str, around: "Callable[[Any], Any]") -> None:
    """Replaces a method of the class by the function around it, unless that is there already."""
    original = getattr(owner, name)
    if anatomy.is_ours(original):
        return
    ours = functools.wraps(original)(around(original))
    setattr(ours, anatomy.OURS, True)
    setattr(owner, name, ours)

    def put_back() -> None:
        if getattr(owner, name) is ours:
            setattr(owner, name, original)

    _unwrap.append(put_back)


def _sync_request(original: "Callable[..., Any]") -> "Callable[..., Any]":
    """`request` of a sync client, observed."""

    def request(client: Any, cast_to: Any, options: Any, *args: Any, **kwargs: Any) -> Any:
        session = active()
        observer = None if session is None else _begin(session, client, options, kwargs)
        if session is None or observer is None:
            return original(client, cast_to, options, *args, **kwargs)
        before = observed.get()
        observed.set(observer)
        try:
            result = original(client, cast_to, options, *args, **kwargs)
        except BaseException as error:
            _failed(session, observer, error)
            raise
        finally:
            observed.set(before)
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
        before = observed.get()
        observed.set(observer)  # no token: a coroutine may be closed in another context than it ran in
        try:
            result = await original(client, cast_to, options, *args, **kwargs)
        except BaseException as error:
            _failed(session, observer, error)
            raise
        finally:
            observed.set(before)
        _returned(session, observer, result)
        return result

    return request


def _begin(session: Session, client: Any, options: _Options, kwargs: dict[str, Any]) -> CallObserver | None:
    """The observer of a call that begins, or None where there can be none. Never raises."""
    try:
        _settle_spans(session, client)
        try:
            attempts.hook(client)
        except Exception:  # a call without its attempts is better than none
            session.guard.count("attempts")
        body = plain(options.json_data)
        model = text(body, "model")
        if model and model not in session.models:
            _first_seen(session, model)
        place, around = session.here()
        operation = operation_of(options.method, options.url)
        began = _began(
            place=place,
            operation=operation,
            provider=_provider_of(client.__class__),
            request_model=model,
            stream=bool(kwargs.get("stream")),
            around=around,
            unix_ns=session.source.unix_ns(),
            clock_s=session.source.clock(),
            route=_route(options) if operation == OTHER else "",
            batch_id=batch_of(options.url) if operation == OTHER else "",
            duplicates=_double(session, model, place) if operation == CHAT else None,
            results=last_content(body),
        )
        if session.started is not None:
            session.started(began)
        words = session.content.begin(body) if session.content is not None and operation == CHAT else None
        return CallObserver(
            began,
            session.source.clock,
            *(session.ways or _ways(session)),
            words=words,
            keeps_streams=operation == CHAT and bool(getattr(client, "_middleware", None)),
        )
    except Exception:
        session.guard.count("begin")
        return None


def _ways(session: Session) -> Ways:
    """What is done with each call of the session, made once."""
    session.ways = functools.partial(_ended, session), functools.partial(_read, session)
    return session.ways


_began = maker(Began)


def _double(session: Session, model: str, place: Place) -> Foreign | None:
    """Another instrumentor's span of the call: around it, or around the helper that sends it."""
    if session.foreign is None:
        return None
    outside = made_within.get()
    if outside is None and not place.parent_span_id:
        return None
    return session.foreign.around(model, outside)


def _route(options: _Options) -> str:
    """Method and path without ids, as the SDK writes it where it does."""
    told: object = getattr(options, "span_route", None)
    return route_of(options.method, options.url, told if isinstance(told, str) else None)


_silenced: ByIdentity[Any] = ByIdentity()
"""The tracer of each client whose own spans were kept from being made."""


def _settle_spans(session: Session, client: Any) -> None:
    """Sees to it that a call has one span: ours, or the SDK's own (it makes them since 1.14)."""
    tracer = getattr(client, "_lazy_tracer", None)
    if session.natives is not None:
        _lend_spans(session, client)
    elif tracer is not None:
        _silenced.put(client, tracer)
        client._lazy_tracer = None


def _lend_spans(session: Session, client: Any) -> None:
    """Has the SDK's own spans of this client stay open until they are redacted and our attributes on them."""
    from kansoku.emit.native import NativeTracer

    silenced = _silenced.pop(client)
    if silenced is not None:
        client._lazy_tracer = silenced
    tracer = getattr(client, "_tracer", None)
    natives = session.natives
    if natives is None or tracer is None:
        return
    if not isinstance(tracer, NativeTracer):
        client._lazy_tracer = NativeTracer(tracer, _lent(session, natives))
    elif tracer.lent.clean is not natives.clean:  # another session's
        tracer.lent = _lent(session, natives)


def _lent(session: Session, natives: "NativeSpans") -> "Lent":
    """The SDK's spans for this session, whose worker does what takes time as long as it is in force."""
    from kansoku.emit.native import Lent

    def later(run: "Callable[[], None]") -> None:
        if active() is session:
            session.pipeline.put_turn(run)
        else:
            run()

    return Lent(functools.partial(_native_span, session), natives.clean, later)


def _native_span(session: Session, span: "NativeSpan") -> bool:
    """Takes the span as that of the call that is under way, if it is the call's first."""
    observer = observed.get()
    if observer is None or observer.owner is not None or session.natives is None:
        return False
    observer.owner = span
    observer.place = span.place
    session.natives.add(span)
    return True


def _first_seen(session: Session, model: str) -> None:
    """Makes a model's metrics at 0 before its first call ends."""
    if len(session.models) < _MODELS_KEPT:
        session.models.add(model)
        session.pipeline.expect(model)
        if session.foreign is not None:
            session.foreign.say(in_place())


_MODELS_KEPT = 200


def _provider_of(client: type) -> str:
    """The provider of a class of clients."""
    try:
        return _provider(client)
    except TypeError:  # a class whose own class gives it no hash
        return _provider.__wrapped__(client)


@functools.lru_cache(maxsize=64)
def _provider(client: type) -> str:
    """Which cloud clients of that class talk to, in the words of the GenAI conventions."""
    told = getattr(client, "_gen_ai_provider_name", None)
    if isinstance(told, str) and told != "anthropic":
        return told
    names = [each.__name__ for each in client.__mro__ if each.__module__.startswith("anthropic.")]
    return next(
        (provider for part, provider in _PROVIDERS if any(part in name for name in names)), "anthropic"
    )


def _ended(session: Session, observer: CallObserver) -> None:
    """Queues the call to be read. Runs wherever the call ended, so it must not raise."""
    try:
        if observer.is_followed and not session.open.closed(observer):
            return
        words, content = observer.words, session.content
        if words is None or content is None:
            session.pipeline.put(observer)
            return
        content.hold(words, observer.response)
        if not session.pipeline.put(
            functools.partial(content.read, words, observer, functools.partial(observer.said, words))
        ):
            content.release(words)
    except Exception:  # as `kept` does, whose context costs more than the rest of this
        session.guard.count("end")


def _read(session: Session, observer: CallObserver) -> Call:
    """The call as a fact; its answer is remembered for what is to come. Runs on the worker."""
    if observer.began.batch_id and isinstance(observer.response, Body):
        tell_all(session, _batch(session, observer), observer.response)
    call = observer.read(session.prices)
    session.recent.remember(call.response_id, call.place, call.around)
    for run in session.tools.follow(observer, call, session.source.span_id):
        session.pipeline.put(lambda run=run: run)
    return call


def _failed(session: Session, observer: CallObserver, error: BaseException) -> None:
    """The call raised; its answer may have come whole before, and is billed then."""
    with session.guard.kept("end"):
        answer, observer.answer = observer.answer, None
        is_asked = answer is not None and observer.began.operation == CHAT
        observer.end("raised", response=attempts.whole_body(answer) if is_asked else None, error=error)


def _returned(session: Session, observer: CallObserver, result: Any) -> None:
    """The call returned: with a stream, which goes on, or with an answer, which ends it."""
    observer.answer = None
    try:
        if not streams.follow(result, observer, session.guard, session.open.opened):
            if observer.began.batch_id:
                follow_results(session, result, _batch(session, observer))
            elif observer.began.route:
                session.batches.remember(result)  # here, as its results may be read at once
            observer.end("returned", response=result)
    except Exception:
        session.guard.count("end")
        with suppress(Exception):  # what could not be followed is still a call
            observer.end("returned", response=UNSEEN)


def _batch(session: Session, observer: CallObserver) -> Batch:
    """The batch whose results were asked for; its end is known where it was retrieved, as the SDK does."""
    began = observer.began
    ended = session.batches.ended(began.batch_id) or began.unix_ns
    return Batch(began.batch_id, began.provider, ended, began.around)
