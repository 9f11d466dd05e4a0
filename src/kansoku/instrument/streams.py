"""Following a stream after the call returned: its events, its close, and its being dropped.

The application keeps the SDK's own object, its type unchanged. Two things of it are watched: the raw
events that pass through `_iterator`, and the close of the HTTP response's byte stream, which also
happens when nobody reads an event or the whole object is dropped.
"""

from collections.abc import AsyncIterator, Iterator
from typing import TYPE_CHECKING, Any
from weakref import ref

from kansoku.record.body import Body
from kansoku.record.observer import CONTENT_DELTA, CallObserver, type_of

if TYPE_CHECKING:
    from kansoku.instrument.byte_streams import Watch


def follow(result: Any, observer: CallObserver) -> bool:
    """Follows the result if it is a stream; False if it is an answer that is complete.

    Raises:
        Exception: Whatever a changed SDK makes of it; the caller guards.
    """
    from anthropic import AsyncStream, Stream
    from anthropic._response import BaseAPIResponse

    if isinstance(result, Stream | AsyncStream):
        _follow_events(result, observer)
        return True
    if isinstance(result, BaseAPIResponse):
        _follow_body(result, observer)
        return True
    return False


def _follow_events(stream: Any, observer: CallObserver) -> None:
    """Sees every event that the application takes from a stream."""
    from kansoku.instrument.byte_streams import watch

    is_async = hasattr(stream.response.stream, "aclose")
    events = (_async_events if is_async else _events)(stream._iterator, observer)
    stream._iterator = events
    watching = watch(stream.response, observer)
    watching.reader = ref(events)


def _follow_body(raw: Any, observer: CallObserver) -> None:
    """Takes the body of a raw response: there already, or copied as the application reads it."""
    from kansoku.instrument.byte_streams import watch

    response = raw.http_response
    if response.is_closed:
        body = Body(response.headers.get("content-type", ""), bytearray(response.content))
        observer.end("returned", response=body)
    else:
        watching: Watch = watch(response, observer)
        watching.body = Body(response.headers.get("content-type", ""))


def _events(events: Iterator[Any], observer: CallObserver) -> Iterator[Any]:
    """The events, each seen on its way."""
    try:
        for event in events:
            _see(event, observer)
            yield event
    except GeneratorExit:
        observer.end("closed")
        raise
    except BaseException as error:
        observer.end("raised", error=error)
        raise
    observer.end("read")


async def _async_events(events: AsyncIterator[Any], observer: CallObserver) -> AsyncIterator[Any]:
    """The events, each seen on its way."""
    try:
        async for event in events:
            _see(event, observer)
            yield event
    except GeneratorExit:
        observer.end("closed")
        raise
    except BaseException as error:
        observer.end("raised", error=error)
        raise
    observer.end("read")


def _see(event: Any, observer: CallObserver) -> None:
    """Tells the observer of an event; deltas, which are many, only until the first."""
    if type_of(event) != CONTENT_DELTA:
        observer.item(event)
    elif observer.first_chunk_s is None:
        observer.first_chunk()
