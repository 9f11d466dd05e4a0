"""OTLP's JSON form made into its protobuf form; what cannot be read is left out at the level of its fault.

It is protobuf's JSON mapping, but trace and span ids are hex. Taken beyond the letter of OTLP: numbers of 64
bits as numbers, enums by name, ids of either case, fields under their protobuf names.
"""

from __future__ import annotations

import json
from collections import Counter
from typing import TYPE_CHECKING, NamedTuple, cast

from google.protobuf.json_format import ParseDict
from google.protobuf.message_factory import GetMessageClass

from kansoku.errors import Malformed
from kansoku.receive.glance import check_holders
from kansoku.receive.items import MOST_TRIED, Fault
from kansoku.receive.json_shape import WRONG, Misplaced, place, shaped
from kansoku.store.loading.requests import REQUESTS
from kansoku.store.segments import Signal

if TYPE_CHECKING:
    from google.protobuf.descriptor import Descriptor, FieldDescriptor
    from google.protobuf.message import Message

    from kansoku.receive.items import Caps

_LISTS = {
    Signal.TRACES: ("resource_spans", "scope_spans", "spans"),
    Signal.LOGS: ("resource_logs", "scope_logs", "log_records"),
    Signal.METRICS: ("resource_metrics", "scope_metrics", "metrics"),
}
"""What holds groups, scopes and items."""
_ITEMS = 2
"""Which of these lists holds items, or metrics with items in them."""

_POINTS = ("dataPoints", "data_points")
_POINT_LEVELS = 95  # of the 100 that protobuf's reader goes down, without those above a data point


class Read(NamedTuple):
    """A request without what could not be read: how many items that is, and the way to the first of it."""

    request: Message
    faults: Counter[Fault]
    where: str


def from_json(signal: Signal, body: bytes, caps: Caps) -> Read:
    """What can be read of a body.

    Raises:
        Malformed: If it is no request of that signal.
        TooLarge: If it divides its items among too many groups, scopes and metrics.
    """
    name = REQUESTS[signal].DESCRIPTOR.name
    try:
        tree: object = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise Malformed(f"the body is not a JSON {name}: {error}") from error
    if not isinstance(tree, dict):
        raise Malformed(f"the body is not a JSON {name}: it is not a JSON object")
    request = cast("dict[str, object]", tree)
    read = _Sieve(signal, caps).read(request) or _Sieve(signal, caps, tries=True).read(request)
    if read is None:
        raise Malformed(f"the body is not a JSON {name}: what is left of it cannot be read")
    return read


class _Sieve:
    """Goes down the three levels of a request and keeps what is sound; counts the items that are not.

    Without `tries` it sees that objects and lists are where they must be, else also that each part reads.
    """

    def __init__(self, signal: Signal, caps: Caps, *, tries: bool = False) -> None:
        self._request = REQUESTS[signal]
        self._has_metrics = signal is Signal.METRICS
        self._caps = caps
        self._holders = 0
        self._tries = tries
        self._lists: list[FieldDescriptor] = []
        self._levels = [cast("Descriptor", self._request.DESCRIPTOR)]
        for name in _LISTS[signal]:
            held = self._levels[-1].fields_by_name[name]
            self._lists.append(held)
            self._levels.append(cast("Descriptor", held.message_type))
        self._tried = 0
        self.lost = 0
        self.where = ""

    def read(self, tree: dict[str, object]) -> Read | None:
        """What is left of a request; None if that cannot be read, so that each part must be tried.

        Raises:
            Malformed: If the request is at fault outside its groups.
            TooLarge: If it divides its items among too many groups, scopes and metrics.
        """
        kept = self.level(tree, 0, "")
        if kept is None:
            raise Malformed(f"the body is not a JSON {self._request.DESCRIPTOR.name}: {self.where} is wrong")
        try:
            request = self.message(kept, 0)
        except WRONG:
            return None
        return Read(request, Counter({Fault.UNREADABLE: self.lost}), self.where)

    def level(self, node: object, depth: int, where: str) -> dict[str, object] | None:
        """What is left of a request, group, scope or item; None if what it has itself cannot be read."""
        try:
            own, listed = self._divided(node, depth)
            kept = shaped(own, self._levels[depth])
            if self._tries:
                self._trying(depth == len(self._lists))
                self._try(kept, depth)
        except WRONG as error:
            kept = self._metric(node) if self._has_metrics and depth == len(self._lists) else None
            self.lost += 0 if kept is not None else self._count(node, depth)
            at = error.where if isinstance(error, Misplaced) else ""
            self.where = self.where or (where + at).removeprefix(".")
            return kept
        if depth < len(self._lists):
            name = self._lists[depth].json_name
            if depth < _ITEMS or self._has_metrics:
                self._holders += len(listed)
                check_holders(self._holders, self._caps)
            each = (self.level(one, depth + 1, f"{where}.{name}[{i}]") for i, one in enumerate(listed))
            kept[name] = [one for one in each if one is not None]
        return kept

    def message(self, kept: dict[str, object], depth: int) -> Message:
        """A request that has this at that depth, and nothing else."""
        for held in reversed(self._lists[:depth]):
            kept = {held.json_name: [kept]}
        return ParseDict(kept, self._request())

    def _divided(self, node: object, depth: int) -> tuple[object, list[object]]:
        """What an object has itself, and the list of the next level in it."""
        if depth == len(self._lists) or not isinstance(node, dict):
            return node, []
        members = dict(cast("dict[str, object]", node))
        held = self._lists[depth]
        lists = [members.pop(name, None) for name in dict.fromkeys((held.json_name, held.name))]
        told = [one for one in lists if one is not None]
        if len(told) > 1 or not all(isinstance(one, list) for one in told):
            error = Misplaced("one list")
            error.within(f".{held.json_name}")
            raise error
        return members, cast("list[object]", told[0]) if told else []

    def _metric(self, node: object) -> dict[str, object] | None:
        """A metric without the points that cannot be read; None if what is around them cannot be."""
        if not isinstance(node, dict):
            return None
        metric = dict(cast("dict[str, object]", node))
        lost = 0
        for held in self._levels[-1].oneofs_by_name["data"].fields:
            for name in dict.fromkeys((held.json_name, held.name)):
                kind = metric.get(name)
                if not isinstance(kind, dict):
                    continue
                members = cast("dict[str, object]", kind)
                listed = next((one for one in _POINTS if isinstance(members.get(one), list)), "")
                points = _listed(members, (listed,))
                self._trying(len(points))
                kinds = cast("Descriptor", held.message_type).fields_by_name
                of = cast("Descriptor", kinds["data_points"].message_type)
                sound = [one for one in points if _reads(one, of)]
                lost += len(points) - len(sound)
                metric[name] = {**members, **({listed: sound} if listed else {})}
        if not self._is_sound(metric):
            return None
        self.lost += lost
        return shaped(metric, self._levels[-1])

    def _is_sound(self, metric: dict[str, object]) -> bool:
        try:
            self.message(shaped(metric, self._levels[-1]), len(self._lists))
        except WRONG:
            return False
        return True

    def _trying(self, items: int) -> None:
        """Counts items that are about to be read each by itself, which takes long.

        Raises:
            Malformed: If they are too many.
        """
        self._tried += items
        if self._tried > MOST_TRIED:
            raise Malformed(
                f"the body cannot be read at once, and has over {MOST_TRIED} items to look for the fault in:"
                " send smaller batches"
            )

    def _try(self, kept: dict[str, object], depth: int) -> None:
        """Reads what is left of one part."""
        try:
            self.message(kept, depth)
        except WRONG as error:
            at = Misplaced(str(error))
            if not self.where:
                at.within(place(kept, self._levels[depth]))
            raise at from error

    def _count(self, node: object, depth: int) -> int:
        """How many items are lost with this; what has none, or cannot be counted, is one."""
        if depth == len(self._lists):
            return _points(node)
        held = self._lists[depth]
        inner = _listed(node, (held.json_name, held.name))
        return sum(self._count(one, depth + 1) for one in inner) or 1


def _reads(point: object, of: Descriptor) -> bool:
    """Whether a data point can be read as deep in a request as it lies."""
    try:
        ParseDict(shaped(point, of), GetMessageClass(of)(), max_recursion_depth=_POINT_LEVELS)
    except WRONG:
        return False
    return True


def _points(item: object) -> int:
    """A metric is as many items as it has data points, anything else is one."""
    kinds = cast("dict[str, object]", item).values() if isinstance(item, dict) else ()
    return sum(len(_listed(kind, _POINTS)) for kind in kinds) or 1


def _listed(node: object, names: tuple[str, ...]) -> list[object]:
    """What is in the lists under these names."""
    if not isinstance(node, dict):
        return []
    lists = (cast("dict[str, object]", node).get(name) for name in dict.fromkeys(names))
    return [one for each in lists if isinstance(each, list) for one in cast("list[object]", each)]
