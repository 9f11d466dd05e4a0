"""Watching the bytes of a response: their end, their close, and, for raw readers, the bytes themselves."""

from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass
from typing import Any

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
        reader: Gives the generator that reads events, if one does. While it runs, a close comes from
            within it and it will tell the end better itself. Weak, so that a dropped stream is freed.
        body: Collects the bytes where no events are read.
    """

    observer: CallObserver
    guard: Guard
    reader: Callable[[], Any] | None = None
    body: Body | None = None

    def chunk(self, chunk: bytes) -> None:
        """Bytes went by."""
        try:
            if self.body is not None and self.body.add(chunk) and self.observer.first_chunk_s is None:
                self.observer.first_chunk()
        except Exception:
            self.guard.count("stream")

    def read(self) -> None:
        """All bytes were read. Where events are read, the last of them may still be on its way."""
        self._end("read")

    def failed(self, error: BaseException) -> None:
        """Reading raised."""
        self._end("raised", error)

    def closed(self) -> None:
        """The response was closed, or dropped unread."""
        self._end("closed")

    def _end(self, how: Ending, error: BaseException | None = None) -> None:
        """Tells the observer of the end, unless the reader of events will."""
        with self.guard.kept("stream"):
            if not self._is_reading():
                self.observer.end(how, response=self.body, error=error)

    def _is_reading(self) -> bool:
        """Whether the reader of events is running at this moment."""
        reader = self.reader() if self.reader is not None else None
        return bool(getattr(reader, "gi_running", False) or getattr(reader, "ag_running", False))


def watch(response: httpx2.Response, observer: CallObserver, guard: Guard) -> Watch:
    """Watches the response's byte stream from here on."""
    watching = Watch(observer, guard)
    inner: Any = response.stream
    response.stream = (
        AsyncBytes(inner, watching) if isinstance(inner, httpx2.AsyncByteStream) else Bytes(inner, watching)
    )
    return watching


class _Watched:
    """What the sync and the async byte stream share: their end when nobody closes them."""

    def __init__(self, inner: Any, watching: Watch) -> None:
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

    async def __aiter__(self) -> AsyncIterator[bytes]:
        try:
            async for chunk in self._inner:
                self._watching.chunk(chunk)
                yield chunk
        except Exception as error:
            self._watching.failed(error)
            raise
        self._watching.read()

    async def aclose(self) -> None:
        """Closes the stream."""
        self._watching.closed()
        await self._inner.aclose()
