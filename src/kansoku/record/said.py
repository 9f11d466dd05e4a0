"""What was said in a call: references to it as it passes, and its messages in the conventions' form.

On the calling thread `Words` keeps references; `Said` and what is made of it are the worker's.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from sys import getsizeof
from typing import Any, Protocol, cast

from kansoku.record.body import Body
from kansoku.record.parts import Clean, Part, bare, cleaned, listed, parts_in
from kansoku.record.pieces import FIELDS, TEXTS, Run, blocks_of, plain_run, start_of
from kansoku.record.reading import NOTHING, Json, plain, text
from kansoku.record.size import size_of

ASSISTANT = "assistant"
_ASKED = ("system", "messages", "tools", "cache_control")
MOST = 8 << 20
"""Bytes kept of one streamed answer: several times the longest answer that there is."""

_STEP = 256
"""Pieces of text after which they are put together, and counted; what else comes in pieces is at each."""


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
        claim: Takes room for so many bytes of these words while a stream goes on, or lets go of them.
        runs: Of a streamed answer, what came. Texts alone: to hold the events would cost ten times the
            memory, and the thread more time, as their memory is not used again at once.
        is_broken: Whether an event came that nobody foresaw.
        is_cut: Whether more came than is kept.
        held: Bytes that these words are counted as while they wait.
        lost: Why they are not kept after all.
    """

    asked: Json
    sent: Sent | None = None
    claim: "Callable[[Words, int], object] | None" = None
    runs: list[Run] = field(default_factory=list[Run])
    is_broken: bool = False
    is_cut: bool = False
    held: int = 0
    lost: str = ""
    _kind: str = ""
    _index: int = 0
    _name: str = ""
    _run: list[object] = field(default_factory=list[object])
    _joined: int = 0
    _until: int = 1
    _came: int = 0

    def block(self, event: object) -> None:
        """A block of a streamed answer begins. Never raises."""
        try:
            self._begin(0, "")
            if not self.lost and not self.is_cut:
                run = start_of(event)
                self.runs.append(run)
                self._count(size_of(run[2]))
        except Exception:
            self.is_broken = True

    def delta(self, event: Any) -> None:  # noqa: ANN401  of any version of the SDK
        """A content delta came. Never raises."""
        try:
            delta = event.delta
            if delta.type != self._kind or event.index != self._index:
                self._begin(event.index, delta.type)
            if self._name:
                run = self._run
                run.append(getattr(delta, self._name))
                if len(run) >= self._until:
                    self._join()
        except Exception:
            self.is_broken = True

    def _begin(self, index: int, kind: str) -> None:
        """Begins another run."""
        self._join()
        name = "" if self.lost or self.is_cut else FIELDS.get(kind, "")
        self._index, self._kind, self._name = index, kind, name
        self._run, self._joined, self._until = [], 0, _STEP if name in TEXTS else 1
        if name:
            self.runs.append((index, name, self._run))

    def _join(self) -> None:
        """Puts the newest pieces together, which takes a tenth of the memory, and counts them."""
        run = self._run
        newest = run[self._joined :]
        if not newest:
            return
        try:
            text = "".join(cast("list[str]", newest))
        except TypeError:  # citations, and what is no text, stay as they came
            size = size_of(newest)
        else:
            size = getsizeof(text)
            run[self._joined :] = [text]
        self._until += len(run) - self._joined
        self._joined = len(run)
        self._count(size)

    def _count(self, size: int) -> None:
        """Counts what came, and takes room for it."""
        self._bound(size)
        if self.claim is not None:
            self.claim(self, size)

    def _bound(self, size: int) -> None:
        """Counts what came, and ends where it is too much."""
        self._came += size
        if self._came > MOST:
            self.is_cut, self._name = True, ""

    def read(self, event: Json) -> None:
        """An event that was read from bytes, which have their room."""
        run = None if self.is_cut else plain_run(event)
        if run is not None:
            self.runs.append(run)
            self._bound(size_of(run[2]))

    def ended(self) -> int:
        """Bytes that are not counted yet, of a call that is over."""
        self._join()
        if self.sent is None:
            return size_of(self.asked)
        content = self.sent.content
        if content.startswith(b"{"):  # it says all; the application's own objects need not wait with it
            self.asked = NOTHING
        return len(content)

    def lose(self, why: str) -> None:
        """Lets go of them, and of what is still to come."""
        self.asked, self.sent, self.runs, self._run, self._name, self.lost = NOTHING, None, [], [], "", why

    def said(self, answer: Sequence[object], *, is_partial: bool) -> "Said":
        """With the answer, as one that was not streamed has it."""
        return Said(self._asked(), blocks_of(self.runs) or answer, is_partial or self.is_cut)

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
    """Bytes of an answer that did not come in pieces, about."""
    return len(answer.content) if isinstance(answer, Body) else size_of(plain(answer).get("content"))


def instructions_of(said: Said, clean: Clean) -> Iterator[Part]:
    """The system prompt, a part for each of its blocks, made as it is asked for."""
    return parts_in(said.asked.get("system"), clean)


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
        **listed("parts", fields.get("content"), clean),
    }


def answer_of(said: Said, clean: Clean) -> list[Part]:
    """The answer as one message, marked where it broke off; none where nothing came."""
    if not said.answer:
        return []
    made: Part = {"role": ASSISTANT, **listed("parts", said.answer, clean)}
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
        made["parameters"] = clean.tree(bare(fields["input_schema"], clean))
    return made
