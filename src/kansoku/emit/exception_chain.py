"""An exception with its whole chain, read when it was logged; its stacks are written out later."""

import traceback
from dataclasses import dataclass, field
from types import TracebackType
from typing import Literal

from kansoku.emit.snapshot import UNREADABLE, Json, text_of

MAX_LINKS = 16
"""Exceptions of one chain, members of groups included."""

MAX_FRAMES = 50
"""Innermost frames of each stack."""

Link = Literal["cause", "context"]


@dataclass(slots=True)
class Seen:
    """One exception as it was; `stack` is safe to keep, since a later `raise` only puts frames before it."""

    type: str
    message: str
    notes: list[str]
    stack: TracebackType | None
    link: Link | None = None
    linked: "Seen | None" = None
    members: list["Seen"] = field(default_factory=list["Seen"])

    @property
    def length(self) -> int:
        """Characters of all its texts, those of its chain included."""
        more = [*self.members, self.linked] if self.linked else self.members
        return len(self.message) + sum(map(len, self.notes)) + sum(each.length for each in more)


def seen(error: BaseException) -> Seen:
    """The exception, its causes, contexts and members, each at most once. Never raises."""
    try:
        return _seen(error, set())
    except Exception:  # an exception of the application's may be made to raise anywhere
        return Seen(_name(type(error)), UNREADABLE, [], None)


def _seen(error: BaseException, known: set[int]) -> Seen:
    """The same, without those known already."""
    known.add(id(error))
    notes: object = getattr(error, "__notes__", ())
    told = [text_of(each) for each in notes[:MAX_LINKS]] if isinstance(notes, list) else []  # pyright: ignore[reportUnknownArgumentType, reportUnknownVariableType]
    one = Seen(_name(type(error)), text_of(error), told, error.__traceback__)
    one.link, other = _next(error)
    if other is not None and _fits(other, known):
        one.linked = _seen(other, known)
    if isinstance(error, BaseExceptionGroup):
        members: tuple[BaseException, ...] = error.exceptions  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]
        one.members = [_seen(each, known) for each in members if _fits(each, known)]
    return one


def _fits(error: BaseException, known: set[int]) -> bool:
    """Whether it is new and there is room."""
    return id(error) not in known and len(known) < MAX_LINKS


def _next(error: BaseException) -> tuple[Link | None, BaseException | None]:
    """What the exception came from, as a traceback would show it."""
    if error.__cause__ is not None:
        return "cause", error.__cause__
    if error.__context__ is not None and not error.__suppress_context__:
        return "context", error.__context__
    return None, None


def _name(kind: type) -> str:
    """The type with its module, but for those built in."""
    own = type.__dict__["__qualname__"].__get__(kind)
    module = text_of(kind.__dict__.get("__module__", "builtins"))
    return own if module == "builtins" else f"{module}.{own}"


def written(one: Seen) -> dict[str, Json]:
    """The chain as JSON values, its stacks as text. May read source files."""
    parts: dict[str, Json] = {"type": one.type, "message": one.message}
    if one.notes:
        parts["notes"] = list(one.notes)
    if one.stack is not None:
        parts["stack"] = "".join(traceback.format_tb(one.stack, -MAX_FRAMES))
    if one.link and one.linked:
        parts[one.link] = written(one.linked)
    if one.members:
        parts["members"] = [written(each) for each in one.members]
    return parts
