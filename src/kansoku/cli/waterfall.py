"""The order of a trace's spans: each below its parent, whatever the trace lacks or gets wrong."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

Lost = Literal["", "orphan", "cycle"]
"""Why a span that names a parent stands at the left: the parent is not kept, or is its own descendant."""


@dataclass(frozen=True, slots=True)
class Known:
    """What places a span: times in nanoseconds, the start since 1970."""

    start_ns: int
    duration_ns: int
    span_id: str
    parent_span_id: str


@dataclass(frozen=True, slots=True)
class Place:
    """Where a span stands: its index, and how many spans are around it."""

    index: int
    depth: int
    lost: Lost = ""


def places(spans: Sequence[Known]) -> list[Place]:
    """Every span once, each after its parent, siblings by their start."""
    order = sorted(range(len(spans)), key=lambda index: (spans[index].start_ns, index))
    below: dict[str, list[int]] = {}
    for index in order:
        below.setdefault(spans[index].parent_span_id, []).append(index)
    kept = {span.span_id: index for index, span in reversed(list(enumerate(spans))) if span.span_id}
    found: list[Place] = []
    for index in order:
        if spans[index].parent_span_id not in kept:
            lost: Lost = "orphan" if spans[index].parent_span_id else ""
            found += _tree(spans, below, Place(index, 0, lost))
    left = set(order) - {place.index for place in found}
    for index in order:
        if index in left:
            tree = list(_tree(spans, below, Place(_entry(spans, kept, index), 0, "cycle")))
            left -= {place.index for place in tree}
            found += tree
    return found


def _tree(spans: Sequence[Known], below: dict[str, list[int]], root: Place) -> Iterator[Place]:
    """The span and all below it. What was given is taken out of `below`, so that a cycle ends."""
    siblings = below[spans[root.index].parent_span_id]
    siblings.remove(root.index)
    waiting = [root]
    while waiting:
        place = waiting.pop()
        yield place
        name = spans[place.index].span_id
        children = below.pop(name, ()) if name else ()
        waiting += [Place(index, place.depth + 1) for index in reversed(children)]


def _entry(spans: Sequence[Known], kept: dict[str, int], index: int) -> int:
    """The span that began first of the cycle that the span hangs on."""
    walked: dict[int, int] = {}
    while index not in walked:
        walked[index] = len(walked)
        index = kept[spans[index].parent_span_id]
    cycle = [each for each, place in walked.items() if place >= walked[index]]
    return min(cycle, key=lambda each: (spans[each].start_ns, each))


def bar(start: float, end: float, columns: int) -> str:
    """A bar from `start` to `end`, shares of the whole line, in so many columns; never nothing."""
    first = min(int(start * columns), columns - 1)
    last = min(max(round(end * columns), first + 1), columns)
    thin = (end - start) * columns < 0.5  # noqa: PLR2004
    return " " * first + ("▏" if thin else "█" * (last - first)) + " " * (columns - last)
