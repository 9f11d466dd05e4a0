"""What was said in a call as attributes of its span: redacted, JSON, and no larger than it may be.

Redaction comes first and cuts come after, so that no half of a secret is left. What is too much to be
redacted is masked. Only what may be kept is looked at: the newest messages first, until the room is used up.
"""

import json
from collections import OrderedDict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from hashlib import blake2b
from typing import cast

from kansoku.catalog import content as names
from kansoku.emit.protobuf import Value
from kansoku.record.facts import Call
from kansoku.record.parts import LEFT_OUT, Part, bare
from kansoku.record.reading import plain
from kansoku.record.said import Said, answer_of, instructions_of, message_of, messages_of, tool_of, tools_of
from kansoku.redact.operators import Block
from kansoku.redact.redactor import TOO_LONG, Redactor

_LONGEST = 400_000
"""Characters of one text that is redacted; a longer one is masked whole."""

_MOST = 2_000_000
"""Characters that are redacted of one call."""

_REMEMBERED = 4 << 20
"""Characters of redacted texts that are remembered: a conversation's history is sent again at each turn."""

_SHORT = 64
_LEAST = 64
_ENOUGH = 16
"""Bytes below which nothing more is put in."""

_PART_BYTES = 64
"""Of a list of parts no more are looked at than fit with so many bytes each."""

_LISTS = 4
"""So many full lists of parts are looked at in one call."""

_VALUES = 40_000
"""Values in nested ones that are looked at in one call."""

_VALUE = 32
"""Characters that a value in a nested one counts as, whatever its length: each is searched for itself."""


@dataclass(frozen=True, slots=True)
class Content:
    """Attributes of a span with what was said, redacted, and the bytes that they take."""

    attributes: Mapping[str, Value]
    size: int = 0


def lost(why: str) -> Content:
    """That nothing is kept, and why."""
    return Content({names.LOST: why})


@dataclass(frozen=True, slots=True)
class Told:
    """A call and what was said in it."""

    call: Call
    content: Content


class ContentWriter:
    """Writes what was said.

    Args:
        redactor: What every text goes through.
        max_bytes: Of each attribute, as UTF-8.
    """

    def __init__(self, redactor: Redactor, max_bytes: int = names.USUAL_BYTES) -> None:
        self._redactor = redactor
        self._max_bytes = max_bytes
        self._texts = _Texts(redactor)

    def content(self, said: Said) -> Content:
        """The attributes.

        Raises:
            Exception: What a request that nobody foresaw makes of it; the caller guards, and keeps nothing.
        """
        clean = _Cleaning(self._redactor, self._texts, self._max_bytes // _PART_BYTES)
        messages = messages_of(said)
        whole = plain(said.asked.get("cache_control"))

        def newest_first() -> Iterable[Part]:
            for number, message in enumerate(reversed(messages)):
                made = message_of(message, clean)
                yield (
                    {**made, "cache_control": clean.tree(bare(whole, clean))}
                    if whole and not number
                    else made
                )

        lists = {
            names.OUTPUT_MESSAGES: self._fitted(clean, answer_of(said, clean)),
            names.INPUT_MESSAGES: self._fitted(clean, newest_first(), len(messages), is_reversed=True),
            names.SYSTEM_INSTRUCTIONS: self._fitted(clean, instructions_of(said, clean)),
            names.TOOL_DEFINITIONS: self._fitted(clean, (tool_of(each, clean) for each in tools_of(said))),
        }
        attributes: dict[str, Value] = {name: one.text for name, one in lists.items() if one.text != "[]"}
        cut = tuple(name for name, one in lists.items() if one.is_cut)
        if cut:
            attributes[names.CUT] = cut
        earlier = lists[names.INPUT_MESSAGES].left_out
        if earlier:
            attributes[names.EARLIER_LEFT_OUT] = earlier
        return Content(attributes, sum(one.size for one in lists.values()))

    def _fitted(
        self, clean: "_Cleaning", members: Iterable[Part], count: int = 0, *, is_reversed: bool = False
    ) -> "_List":
        """As many members as there is room for, in JSON; the last one that is taken may be cut."""
        fitting = _List(self._max_bytes - 2)
        for member in members:
            if not fitting.take(member):
                break
        fitting.is_cut, clean.is_cut = fitting.is_cut or clean.is_cut, False
        if is_reversed:
            fitting.written.reverse()
        fitting.left_out = max(0, count - len(fitting.written))
        return fitting


@dataclass(slots=True)
class _List:
    """Members of a list in JSON, in so many bytes."""

    room: int
    written: list[str] = field(default_factory=list[str])
    size: int = 2
    is_cut: bool = False
    left_out: int = 0

    @property
    def text(self) -> str:
        """The list."""
        return f"[{','.join(self.written)}]"

    def take(self, member: Part) -> bool:
        """Takes a member, cut where it is too long; False where nothing more is taken."""
        if self.room < _ENOUGH:
            self.is_cut = True
            return False
        written = _json(member)
        size = _size(written)
        self.is_cut = _left_out(member) > 0
        if size > self.room:
            self.is_cut = True
            written = _shortened(member, self.room) or _with_fewer_parts(member, self.room)
            size = _size(written)
        if written:
            self.written.append(written)
            self.size += size + 1
            self.room -= size + 1
        return not self.is_cut


def _json(value: object) -> str:
    """The value as JSON, in as few bytes as it needs."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)


def _size(text: str) -> int:
    """Bytes of the text in UTF-8."""
    return len(text) if text.isascii() else len(text.encode("utf-8", "replace"))


def _shortened(member: Part, room: int) -> str:
    """The member with its longest texts cut until it fits; empty where that is not enough."""
    shortest = _json(_cut(member, _LEAST))
    if _size(shortest) > room:
        return ""
    longest = room
    while longest > _LEAST:
        written = _json(_cut(member, longest))
        if _size(written) <= room:
            return written
        longest //= 2
    return shortest


def _cut(value: object, longest: int) -> object:
    """The value with every text no longer than that, and what is missing said."""
    if isinstance(value, str):
        over = len(value) - longest
        return f"{value[:longest]}… <CUT {over} characters>" if over > 0 else value
    if isinstance(value, dict):
        return {name: _cut(each, longest) for name, each in cast("Part", value).items()}
    if isinstance(value, list):
        return [_cut(each, longest) for each in cast("list[object]", value)]
    return value


def _with_fewer_parts(member: Part, room: int) -> str:
    """The message with as many of its last parts as there is room for; empty where there is none for one."""
    parts = member.get("parts")
    kept: list[object] = list(cast("list[object]", parts)) if isinstance(parts, list) else []
    before = _left_out(member) + len(kept)
    while len(kept) > 1:
        kept = kept[len(kept) // 2 :]
        written = _shortened({**member, "parts": kept, LEFT_OUT: before - len(kept)}, room)
        if written:
            return written
    return ""


def _left_out(member: Part) -> int:
    """How many parts of a message are left out; other members may have a field of that name, too."""
    found = member.get(LEFT_OUT, 0) if "role" in member else 0
    return found if isinstance(found, int) else 0


class _Cleaning:
    """Redacts what one call says, up to so many characters; what comes after them is masked."""

    def __init__(self, redactor: Redactor, texts: "_Texts", most_parts: int) -> None:
        self._redactor = redactor
        self._texts = texts
        self._left = _MOST
        self._most_parts = most_parts
        self._parts_left = most_parts * _LISTS
        self.is_cut = False
        self.values = _VALUES

    def text(self, text: str) -> str:
        """One text."""
        return self._texts.redacted(text) if self._has(len(text)) else TOO_LONG

    def tree(self, value: object) -> object:
        """Every text in a nested value, by its key too."""
        return self._redactor.redact(value) if self._has(_length(value)) else TOO_LONG

    def block(self, media_type: str, data: str) -> str:
        """What stands for base64, whatever its length and whatever the redactor is set to."""
        return Block()("BASE64", f"data:{self.text(media_type)};base64,{data}")

    def newest(self, blocks: Sequence[object]) -> Sequence[object]:
        """As many of the last blocks as may be looked at; counts them."""
        count = min(len(blocks), self._most_parts, self._parts_left)
        self._parts_left -= count
        self.is_cut = self.is_cut or count < len(blocks)
        return blocks[len(blocks) - count :]

    def _has(self, length: int) -> bool:
        """Whether so much more may be looked at; counts it."""
        fits = length <= min(_LONGEST, self._left)
        self._left -= length if fits else 0
        return fits


def _length(value: object) -> int:
    """Characters in a nested value, as they are counted."""
    if isinstance(value, str):
        return _VALUE + len(value)
    if isinstance(value, dict):
        return _VALUE + sum(len(name) + _length(each) for name, each in cast("Part", value).items())
    if isinstance(value, list):
        return _VALUE + sum(map(_length, cast("Sequence[object]", value)))
    return _VALUE


class _Texts:
    """Redacted texts by the digest of what they were, so that none is kept that was not redacted."""

    def __init__(self, redactor: Redactor) -> None:
        self._redactor = redactor
        self._short = lru_cache(maxsize=2048)(redactor.text)
        self._known: OrderedDict[bytes, str] = OrderedDict()
        self._kept = 0

    def redacted(self, text: str) -> str:
        """The text, redacted now or before."""
        if len(text) <= _SHORT:
            return self._short(text)
        key = blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).digest()
        found = self._known.get(key)
        if found is None:
            found = self._redactor.text(text)
            self._keep(key, found)
        else:
            self._known.move_to_end(key)
        return found

    def _keep(self, key: bytes, text: str) -> None:
        """Remembers it, and forgets what was not asked for the longest."""
        self._known[key] = text
        self._kept += len(text)
        while self._kept > _REMEMBERED:
            _, old = self._known.popitem(last=False)
            self._kept -= len(old)
