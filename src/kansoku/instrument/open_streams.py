"""The streams that the application is reading, so that none is forgotten where the recording ends."""

import weakref
from typing import TYPE_CHECKING

from kansoku.catalog.instruments import ACTIVE_STREAMS
from kansoku.emit import forks
from kansoku.record.observer import CallObserver

if TYPE_CHECKING:
    from kansoku.emit.cells import Cells
    from kansoku.instrument.byte_streams import Watch


class OpenStreams:
    """Streams of events or of raw bytes, from when they were answered until they end, in order.

    A session that takes the place of another takes its open streams over.
    """

    def __init__(self) -> None:
        self._cells: Cells | None = None
        self._events: dict[int, Watch] = {}
        self._bytes: dict[int, Watch] = {}
        ref = weakref.WeakMethod(self._forked)
        forks.in_child(lambda: (again := ref()) and again())

    def opened(self, watching: "Watch") -> None:
        """A stream is open from now on."""
        observer = watching.observer
        observer.is_followed = True
        self._of(observer)[id(observer)] = watching  # it holds the observer, so that no other has the same id
        self._count()

    def closed(self, observer: CallObserver) -> bool:
        """A stream ended; False where that was told before, or the stream is another process's."""
        if self._of(observer).pop(id(observer), None) is None:
            return False
        self._count()
        return True

    def leave(self) -> None:
        """Ends every one: nobody will record how it goes on."""
        for watching in [*list(self._events.values()), *list(self._bytes.values())]:
            watching.left()

    def move(self, cells: "Cells") -> None:
        """They belong to another session from now on, whose cells show how many there are."""
        self._cells = cells
        self._count()

    def _of(self, observer: CallObserver) -> "dict[int, Watch]":
        """Those of its kind."""
        return self._events if observer.began.stream else self._bytes

    def _count(self) -> None:
        """Shows how many are open. A value that a thread in between has made old is put right by the next."""
        if self._cells is not None:
            self._cells.put(ACTIVE_STREAMS, float(len(self._events)))

    def _forked(self) -> None:
        """In a forked child: they are the parent's, which tells of them."""
        self._events.clear()
        self._bytes.clear()
