"""Following a stream after the call returned: its events, its close, and its being dropped.

The application keeps the SDK's own object, its type unchanged. Two things of it are watched: the raw
events that pass through `_iterator`, and the close of the HTTP response's byte stream, which also
happens when nobody reads an event or the whole object is dropped.
"""

from collections.abc import AsyncIterator, Callable, Iterator
from functools import cache
from typing import TYPE_CHECKING, Any
from weakref import ref

from kansoku.emit.guard import Guard
from kansoku.instrument.attempts import observed
from kansoku.record.body import Body
from kansoku.record.events import CONTENT_DELTA, type_of
from kansoku.record.observer import CallObserver, Ending

if TYPE_CHECKING:
    from kansoku.instrument.byte_streams import Watch

Opened = Callable[["Watch"], None]
"""Told of each stream that is open."""


def follow(result: Any, observer: CallObserver, guard: Guard, opened: Opened) -> bool:
    """Follows the result if it is a stream or a response; False if it is an answer that is complete.

    Raises:
        Exception: Whatever a changed SDK makes of it; the caller guards.
    """
    streams, raw, http = _kinds()
    if isinstance(result, streams):
        _follow_events(result, observer, guard, opened)
        return True
    if isinstance(result, raw):
        _follow_body(result.http_response, getattr(result, "_client", None), observer, guard, opened)
        return True
    if isinstance(result, http):
        _follow_body(result, None, observer, guard, opened)
        return True
    return False


@cache
def _kinds() -> tuple[tuple[type, ...], type, type]:
    """The SDK's streams of events, its raw responses, and those of its HTTP library.

    Looked up once: an import costs each time.
    """
    from anthropic import AsyncStream, Stream
    from anthropic._response import BaseAPIResponse
    from httpx2 import Response

    return (Stream, AsyncStream), BaseAPIResponse, Response


def _follow_events(stream: Any, observer: CallObserver, guard: Guard, opened: Opened) -> None:
    """Sees every event that the application takes from a stream."""
    from kansoku.instrument.byte_streams import watch

    is_async = hasattr(stream.response.stream, "aclose")
    source: Any = stream._iterator
    if observer.keeps_streams:  # a middleware makes its further requests while the events are read
        source = (_AsyncWithin if is_async else _Within)(source, observer)
    events = (_AsyncEvents if is_async else _events)(source, observer, guard)
    stream._iterator = events
    watching = watch(stream.response, getattr(stream, "_client", None), observer, guard)
    watching.reader = ref(events)
    opened(watching)


def _follow_body(response: Any, client: Any, observer: CallObserver, guard: Guard, opened: Opened) -> None:
    """Takes the body of a raw response: there already, or copied as the application reads it."""
    from kansoku.instrument.byte_streams import watch

    content_type = response.headers.get("content-type", "")
    if response.is_closed:
        observer.end("returned", response=Body.whole(content_type, response.content))
    else:
        watching: Watch = watch(response, client, observer, guard)
        watching.body = Body(content_type, encoding=response.headers.get("content-encoding", ""))
        opened(watching)


def _events(events: Iterator[Any], observer: CallObserver, guard: Guard) -> Iterator[Any]:
    """The events, each seen on its way."""
    try:
        waiting, words = True, observer.words
        for event in events:
            try:
                if waiting or event.type != CONTENT_DELTA:
                    waiting = _see(event, observer, guard)
                elif words is not None:
                    words.delta(event)
            except Exception:  # an event without a type; asking for it with care costs at each delta
                waiting = _see(event, observer, guard)
            yield event
    except GeneratorExit:
        _end(observer, guard, "closed")
        raise
    except BaseException as error:
        _end(observer, guard, "raised", error)
        raise
    _end(observer, guard, "read")


class _AsyncEvents:
    """The events, each seen on its way.

    No generator: a loop that ends closes every one of those by itself, all at once, and one more around
    the SDK's would be found running.
    """

    __slots__ = ("__weakref__", "_events", "_guard", "_next", "_observer", "_waiting", "_words", "is_running")

    def __init__(self, events: AsyncIterator[Any], observer: CallObserver, guard: Guard) -> None:
        self._events = events
        self._next = events.__anext__
        self._observer = observer
        self._guard = guard
        self._words = observer.words
        self._waiting = True
        self.is_running = False

    def __aiter__(self) -> "_AsyncEvents":
        return self

    async def __anext__(self) -> Any:
        self.is_running = True
        try:
            event = await self._next()
        except StopAsyncIteration:
            _end(self._observer, self._guard, "read")
            raise
        except GeneratorExit:
            _end(self._observer, self._guard, "closed")
            raise
        except BaseException as error:
            _end(self._observer, self._guard, "raised", error)
            raise
        finally:
            self.is_running = False
        try:
            if self._waiting or event.type != CONTENT_DELTA:
                self._waiting = _see(event, self._observer, self._guard)
            elif self._words is not None:
                self._words.delta(event)
        except Exception:  # an event without a type; asking for it with care costs at each delta
            self._waiting = _see(event, self._observer, self._guard)
        return event

    async def aclose(self) -> None:
        """Closes the SDK's own generator: the application left the stream."""
        _end(self._observer, self._guard, "closed")
        close = getattr(self._events, "aclose", None)
        if close is not None:
            await close()


class _Within:
    """Events, each read with the call known as the one that is under way."""

    def __init__(self, events: Iterator[Any], observer: CallObserver) -> None:
        self._events = events
        self._observer = observer

    def __iter__(self) -> "_Within":
        return self

    def __next__(self) -> Any:
        before = observed.get()
        observed.set(self._observer)
        try:
            return next(self._events)
        finally:
            observed.set(before)


class _AsyncWithin:
    """The same of an async stream. No token: a coroutine may be closed in another context than it ran in."""

    def __init__(self, events: AsyncIterator[Any], observer: CallObserver) -> None:
        self._events = events
        self._observer = observer

    def __aiter__(self) -> "_AsyncWithin":
        return self

    async def __anext__(self) -> Any:
        before = observed.get()
        observed.set(self._observer)
        try:
            return await self._events.__anext__()
        finally:
            observed.set(before)

    async def aclose(self) -> None:
        """Closes the SDK's own generator."""
        close = getattr(self._events, "aclose", None)
        if close is not None:
            await close()


def _see(event: Any, observer: CallObserver, guard: Guard) -> bool:
    """Tells the observer of an event; True until the first content delta, after which deltas are not told."""
    try:
        if type_of(event) != CONTENT_DELTA:
            observer.item(event)
        else:
            observer.delta(event)
    except Exception:
        guard.count("stream")
    return observer.first_chunk_s is None


def _end(observer: CallObserver, guard: Guard, how: Ending, error: BaseException | None = None) -> None:
    """Tells the observer that the events ended."""
    with guard.kept("stream"):
        observer.end(how, error=error)
