"""What was said in a call: references to it as it passes, and its messages in the conventions' form.

On the calling thread `Words` keeps references; `Said` and what is made of it are the worker's.
"""

import json
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Protocol, cast

from kansoku.record.body import Body
from kansoku.record.parts import Clean, Part, bare, cleaned, parts_of
from kansoku.record.pieces import FIELDS, MOST, Run, blocks_of, plain_run, start_of
from kansoku.record.reading import Json, count, part, plain, text

ASSISTANT = "assistant"
_ASKED = ("system", "messages", "tools", "cache_control")
_USUAL = 16_384
"""Bytes of a request that was not sent."""

_TOKEN_BYTES = 8
"""What a token of an answer takes at most, about."""

_PIECE_BYTES = 100
"""What a piece takes in memory, about: a few letters of text."""


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
        runs: Of a streamed answer, what came. Texts alone: to hold the events would cost ten times the
            memory, and the thread more time, as their memory is not used again at once.
        is_broken: Whether an event came that nobody foresaw.
        held: Bytes that these words are counted as while they wait.
        lost: Why they are not kept after all.
    """

    asked: Json
    sent: Sent | None = None
    runs: list[Run] = field(default_factory=list[Run])
    is_broken: bool = False
    held: int = 0
    lost: str = ""
    _kind: str = ""
    _index: int = 0
    _name: str = ""
    _run: list[object] = field(default_factory=list[object])

    def block(self, event: object) -> None:
        """A block of a streamed answer begins."""
        self.runs.append(start_of(event))
        self._kind = ""

    def delta(self, event: Any) -> None:  # noqa: ANN401  of any version of the SDK
        """A content delta came. Never raises."""
        try:
            delta = event.delta
            if delta.type != self._kind or event.index != self._index:
                self._begin(event.index, delta.type)
            if self._name and len(self._run) < MOST:
                self._run.append(getattr(delta, self._name))
        except Exception:
            self.is_broken = True

    def _begin(self, index: int, kind: str) -> None:
        """Begins another run."""
        self._index, self._kind, self._name, self._run = index, kind, FIELDS.get(kind, ""), []
        if self._name:
            self.runs.append((index, self._name, self._run))

    def read(self, event: Json) -> None:
        """An event that was read from bytes."""
        run = plain_run(event)
        if run is not None:
            self.runs.append(run)

    def size(self) -> int:
        """Bytes that they take, about."""
        asked = len(self.sent.content) if self.sent is not None else _USUAL if self.asked else 0
        return asked + sum(len(pieces) for _, _, pieces in self.runs) * _PIECE_BYTES

    def lose(self, why: str) -> None:
        """Lets go of them."""
        self.asked, self.sent, self.runs, self.lost = {}, None, [], why

    def said(self, answer: Sequence[object], *, is_partial: bool) -> "Said":
        """With the answer, as one that was not streamed has it."""
        is_cut = any(len(pieces) >= MOST for _, _, pieces in self.runs)
        return Said(self._asked(), blocks_of(self.runs) or answer, is_partial or is_cut)

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
