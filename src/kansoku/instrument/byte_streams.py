"""Watching the bytes of a response: their end, their close, and, for raw readers, the bytes themselves."""

from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Any
from weakref import ref

import httpx2

from kansoku.emit.guard import Guard
from kansoku.record.body import Body
from kansoku.record.observer import CallObserver, Ending


@dataclass(slots=True)
class Watch:
    """Ends a call when its bytes end.

    Attributes:
        observer: The call's.
        guard: Keeps faults of ours from whoever reads the bytes.
        reader: Gives what reads events, if anything does. While it runs, it will tell the end better
            itself. Weak, so that a dropped stream is freed.
        client: Gives the SDK's client, whose close ends its streams. Weak too.
        body: Collects the bytes where no events are read.
        is_closing: Whether the response was closed while the reader ran: by itself, as it ended, or by
            another thread or task. Only in the second case are its bytes asked for again, and fail.
    """

    observer: CallObserver
    guard: Guard
    reader: Callable[[], Any] | None = None
    client: Callable[[], Any] | None = None
    body: Body | None = None
    is_closing: bool = False

    def chunk(self, chunk: bytes) -> None:
        """Bytes went by."""
        try:
            if self.body is not None and self.body.add(chunk) and self.observer.first_chunk_s is None:
                self.observer.first_chunk()
        except Exception:
            self.guard.count("stream")

    def read(self) -> None:
        """All bytes were read. Where events are read, the last of them may still be on its way."""
        if self.is_closing:
            self.left()
        else:
            self._end("read")

    def failed(self, error: BaseException) -> None:
        """Reading raised: because of the API or the network, or as the application closed what was read."""
        if self.is_closing or self._is_client_closed():
            self.left()
        else:
            self._end("raised", error)

    def closed(self) -> None:
        """The response was closed, or dropped unread."""
        self.is_closing = True
        self._end("closed")

    def left(self) -> None:
        """Tells the observer that the stream was closed while it was read, or is not followed to its end."""
        with self.guard.kept("stream"):
            self.observer.end("closed", response=self.body)

    def _is_client_closed(self) -> bool:
        """Whether the application closed the whole client."""
        client = self.client() if self.client is not None else None
        try:
            return client is not None and client.is_closed() is True
        except Exception:
            return False

    def _end(self, how: Ending, error: BaseException | None = None) -> None:
        """Tells the observer of the end, unless the reader of events will."""
        with self.guard.kept("stream"):
            if not self._is_reading():
                self.observer.end(how, response=self.body, error=error)

    def _is_reading(self) -> bool:
        """Whether the reader of events is running at this moment."""
        reader = self.reader() if self.reader is not None else None
        return bool(getattr(reader, "gi_running", False) or getattr(reader, "is_running", False))


class Keeping:
    """Keeps the bytes of a response that a middleware reads, and ends no call."""

    def __init__(self, body: Body) -> None:
        self.body = body

    def chunk(self, chunk: bytes) -> None:
        """Bytes went by."""
        with suppress(Exception):
            self.body.add(chunk)

    def read(self) -> None:
        """All bytes were read."""

    def failed(self, error: BaseException) -> None:
        """Reading raised."""

    def closed(self) -> None:
        """The response was closed."""


def keep(response: Any) -> Body:
    """Keeps the response's bytes in the body as they are read."""
    headers, inner = response.headers, response.stream
    body = Body(headers.get("content-type", ""), encoding=headers.get("content-encoding", ""))
    kind = AsyncBytes if isinstance(inner, httpx2.AsyncByteStream) else Bytes
    response.stream = kind(inner, Keeping(body))
    return body


def watch(response: httpx2.Response, client: object, observer: CallObserver, guard: Guard) -> Watch:
    """Watches the response's byte stream from here on; `client` is the SDK's, or None."""
    watching = Watch(observer, guard, client=None if client is None else ref(client))
    inner: Any = response.stream
    response.stream = (
        AsyncBytes(inner, watching) if isinstance(inner, httpx2.AsyncByteStream) else Bytes(inner, watching)
    )
    return watching


class _Watched:
    """What the sync and the async byte stream share: their end when nobody closes them."""

    def __init__(self, inner: Any, watching: Watch | Keeping) -> None:
        self._inner = inner
        self._watching = watching
        # The SDK asks for it at every event; found here, it costs no `__getattr__` that fails.
        self.stream_observer: Any = getattr(inner, "stream_observer", None)

    def __del__(self) -> None:
        self._watching.closed()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)


class Bytes(_Watched, httpx2.SyncByteStream):
    """A sync byte stream, watched."""

    def __iter__(self) -> Iterator[bytes]:
        try:
            if self._watching.body is None:
                yield from self._inner
            else:
                for chunk in self._inner:
                    self._watching.chunk(chunk)
                    yield chunk
        except Exception as error:
            self._watching.failed(error)
            raise
        self._watching.read()

    def close(self) -> None:
        """Closes the stream."""
        self._watching.closed()
        self._inner.close()


class AsyncBytes(_Watched, httpx2.AsyncByteStream):
    """An async byte stream, watched."""

    def __aiter__(self) -> AsyncIterator[bytes]:
        return _AsyncChunks(self._inner.__aiter__(), self._watching)

    async def aclose(self) -> None:
        """Closes the stream."""
        self._watching.closed()
        await self._inner.aclose()


class _AsyncChunks(AsyncGenerator[bytes, None]):
    """The chunks of an async byte stream, each seen on its way.

    It is no generator of Python's own: a loop that ends closes every one of those by itself, all at once,
    and one more between those of the SDK would be found running. It has the methods of one, so that the
    HTTP library closes the stream's own through it.
    """

    def __init__(self, inner: Any, watching: Watch | Keeping) -> None:
        self._inner = inner
        self._watching = watching

    async def __anext__(self) -> bytes:
        try:
            chunk: bytes = await self._inner.__anext__()
        except StopAsyncIteration:
            self._watching.read()
            raise
        except Exception as error:
            self._watching.failed(error)
            raise
        self._watching.chunk(chunk)
        return chunk

    async def asend(self, _: None, /) -> bytes:
        """The next chunk."""
        return await self.__anext__()

    async def athrow(self, *error: Any) -> bytes:
        """Raises within the stream's own generator."""
        return await self._inner.athrow(*error)

    async def aclose(self) -> None:
        """Closes the stream's own generator, if it is one."""
        close = getattr(self._inner, "aclose", None)
        if close is not None:
            await close()
