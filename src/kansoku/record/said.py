"""What was said in a call: references to it as it passes, and its messages in the conventions' form.

On the calling thread `Words` keeps references; `Said` and what is made of it are the worker's.
"""

import json
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Protocol, cast

from kansoku.record.body import Body
from kansoku.record.parts import Clean, Part, bare, cleaned, parts_of
from kansoku.record.pieces import MOST, Piece, blocks_of, pieces_of
from kansoku.record.reading import Json, count, part, plain, text

ASSISTANT = "assistant"
_ASKED = ("system", "messages", "tools", "cache_control")
_USUAL = 16_384
"""Bytes of a request that was not sent."""

_TOKEN_BYTES = 8
"""What a token of an answer takes at most, about."""

AT_ONCE = 128
"""Events that are kept at most before they are folded."""

PIECE_BYTES = 160
"""What a piece takes in memory, its text included; measured, and about right for a few words."""


class Sent(Protocol):
    """The part of an HTTP request that is read."""

    @property
    def content(self) -> bytes:
        """Its body."""
        ...


@dataclass(slots=True)
class Words:
    """What one call says, as it passes; nothing is looked through.

    Attributes:
        asked: The request as the application made it: what is known of one that was never sent.
        sent: The HTTP request. Its body is what was truly asked: what the application changes in its
            lists meanwhile, and iterators that can be read only once, make no difference to it.
        take: Takes the events that are kept when they have become many, so that they are folded elsewhere.
        kept: Of a streamed answer, the events with its content that came lately.
        taken: How many came before those.
        pieces: What those before them carried; an event takes ten times the memory of its text.
        held: Bytes that these words are counted as while they wait.
        lost: Why they are not kept after all.
    """

    asked: Json
    sent: Sent | None = None
    take: Callable[["Words", list[object]], None] | None = None
    kept: list[object] = field(default_factory=list[object])
    taken: int = 0
    pieces: list[Piece] = field(default_factory=list[Piece])
    held: int = 0
    lost: str = ""

    def delta(self, event: object) -> None:
        """A content delta came."""
        self.kept.append(event)
        if len(self.kept) >= AT_ONCE:
            events = self.kept[:]
            self.kept.clear()
            self.taken += len(events)
            if self.take is not None and self.taken <= MOST:
                self.take(self, events)

    def fold(self, events: Iterable[object]) -> None:
        """Keeps what the events carry. Not on the calling thread."""
        self.pieces.extend(pieces_of(events))

    def size(self) -> int:
        """Bytes that they take, about, but for the events that were taken."""
        asked = len(self.sent.content) if self.sent is not None else _USUAL if self.asked else 0
        return asked + len(self.kept) * PIECE_BYTES

    def lose(self, why: str) -> None:
        """Lets go of them."""
        self.asked, self.sent, self.pieces, self.lost = {}, None, [], why
        self.kept.clear()

    def said(self, answer: Sequence[object], *, is_partial: bool) -> "Said":
        """With the answer, as one that was not streamed has it."""
        is_whole = self.taken <= MOST
        if is_whole:
            self.fold(self.kept)
        return Said(self._asked(), blocks_of(self.pieces) or answer, is_partial or not is_whole)

    def _asked(self) -> Json:
        """What was asked, as it was sent; or as it would have been, which a circle could not."""
        if self.sent is not None:
            with suppress(ValueError):  # encoded in some way of the future
                return asked_of(plain(json.loads(self.sent.content)))
        return plain(json.loads(json.dumps(self.asked, default=lambda each: dict(plain(each)))))


@dataclass(frozen=True, slots=True)
class Said:
    """A request's words and its answer's blocks, as they were: nothing is redacted yet.

    Attributes:
        asked: What the request says; empty for the result of a batch.
        answer: The blocks of the answer, as far as they came.
        is_partial: Whether the answer broke off.
    """

    asked: Json
    answer: Sequence[object]
    is_partial: bool = False


def asked_of(body: Json) -> Json:
    """What a request says. The list of messages is copied, as applications go on to add to theirs."""
    asked = {name: body[name] for name in _ASKED if name in body}
    messages = asked.get("messages")
    if isinstance(messages, list):
        asked["messages"] = [*cast("list[object]", messages)]
    return asked


def size_of_answer(answer: object) -> int:
    """Bytes of an answer that did not come in pieces, about, by what it says of itself."""
    if isinstance(answer, Body):
        return len(answer.content)
    return (count(part(plain(answer), "usage"), "output_tokens") or 0) * _TOKEN_BYTES


def instructions_of(said: Said, clean: Clean) -> list[Part]:
    """The system prompt, a part for each of its blocks."""
    return parts_of(said.asked.get("system"), clean)


def messages_of(said: Said) -> list[object]:
    """The request's messages as they are, the first one first."""
    return _listed(said.asked.get("messages"))


def tools_of(said: Said) -> list[object]:
    """The tools that the model was offered, as they are."""
    return _listed(said.asked.get("tools"))


def _listed(found: object) -> list[object]:
    return list(cast("Iterable[object]", found)) if isinstance(found, list | tuple) else []


def message_of(message: object, clean: Clean) -> Part:
    """A message of the request."""
    fields = plain(message)
    return {
        "role": clean.text(text(fields, "role") or "user"),
        "parts": parts_of(fields.get("content"), clean),
    }


def answer_of(said: Said, clean: Clean) -> list[Part]:
    """The answer as one message, marked where it broke off; none where nothing came."""
    if not said.answer:
        return []
    made: Part = {"role": ASSISTANT, "parts": parts_of(said.answer, clean)}
    return [{**made, "partial": True}] if said.is_partial else [made]


def tool_of(tool: object, clean: Clean) -> Part:
    """A tool's definition: a function of the application's, or one of the API's own by its type."""
    fields = plain(tool)
    kind = text(fields, "type")
    is_own = kind in {"", "custom"}
    rest = {name: each for name, each in fields.items() if name not in {"type", "name", "input_schema"}}
    made: Part = {
        "type": "function" if is_own else clean.text(kind),
        "name": clean.text(text(fields, "name")),
    }
    made = {**(cleaned(rest, clean) if rest else {}), **made}
    if "input_schema" in fields:
        made["parameters"] = clean.tree(bare(fields["input_schema"]))
    return made
