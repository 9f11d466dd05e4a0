"""What is said in calls, where it is to be kept: references on the calling thread, the rest on the worker.

It fails open for the application's call and closed for the content: a fault here costs the content alone.
"""

import functools
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from kansoku.catalog.losses import Reason
from kansoku.emit.content import ContentWriter, Told, lost
from kansoku.emit.pipeline import CONTENT
from kansoku.record.reading import Json
from kansoku.record.said import Said, Words, asked_of, size_of_answer

if TYPE_CHECKING:
    from kansoku.emit.cells import Cells
    from kansoku.emit.guard import Guard
    from kansoku.emit.room import Room
    from kansoku.record.facts import Call

FAILED: Final = "failed"
"""Why content is lost that could not be written."""


@dataclass(frozen=True, slots=True)
class ContentCapture:
    """Keeps what is said until it is written.

    Attributes:
        writer: Redacts it and makes it attributes.
        room: What may wait at a time; shared with the pipeline.
        cells: Where losses are counted.
        guard: Where faults are.
    """

    writer: ContentWriter
    room: "Room"
    cells: "Cells"
    guard: "Guard"

    def begin(self, body: Json) -> Words | None:
        """What a call asks, as references. Never raises."""
        try:
            return Words(asked_of(body), claim=self._claim)
        except Exception:
            self.guard.count(CONTENT)
            return None

    def hold(self, words: Words, answer: object) -> None:
        """Takes room for what of a call that ended has none yet; without it, lets go of its words.

        Never raises.
        """
        try:
            if words.lost:
                return
            if words.is_broken:
                self._lose(words, FAILED)
            else:
                size = words.ended() + size_of_answer(answer)
                self._claim(words, 0 if words.lost else size)
        except Exception:  # a body that was streamed is not there any more, for example
            self.guard.count(CONTENT)
            self._lose(words, FAILED)

    def _claim(self, words: Words, size: int) -> None:
        """Takes more room for the words; without it, lets go of them."""
        if self.room.take(size):
            words.held += size
        elif not words.lost:
            self._lose(words, "queue full")

    def _lose(self, words: Words, why: Reason) -> None:
        """Lets go of what was said, and counts that."""
        words.lose(why)
        self.release(words)
        self.cells.lose(1, CONTENT, why)

    def release(self, words: Words) -> None:
        """Gives back the room of words that need none any more."""
        held, words.held = words.held, 0
        self.room.give(held)

    def read(self, words: Words, call: Callable[[], "Call"], said: Callable[["Call"], Said]) -> Told:
        """A call with what was said in it. Runs on the worker.

        Raises:
            Exception: What reading the call raises; the words are let go of then.
        """
        try:
            made = call()
        except BaseException:
            self.release(words)
            raise
        return self.told(made, words, functools.partial(said, made))

    def told(self, call: "Call", words: Words, said: Callable[[], Said]) -> Told:
        """The call with what was said in it. Runs on the worker. Never raises."""
        try:
            return Told(call, lost(words.lost) if words.lost else self.writer.content(said()))
        except Exception:
            self.guard.count(CONTENT)
            self.cells.lose(1, CONTENT, FAILED)
            return Told(call, lost(FAILED))
        finally:
            self.release(words)
