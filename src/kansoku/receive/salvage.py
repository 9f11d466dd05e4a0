"""What can be read of a request that cannot be read as a whole.

One text that is not UTF-8 makes protobuf refuse the request it stands in. Where the frames around the items
are sound, each item is tried by itself, so that the others are not lost with it.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, NamedTuple, cast

from google.protobuf.message import DecodeError

from kansoku.errors import Malformed
from kansoku.receive.fields import Fields, Torn, field, way
from kansoku.receive.items import MOST_TRIED, Fault
from kansoku.store.loading.requests import REQUESTS
from kansoku.store.segments import Signal

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from google.protobuf.descriptor import Descriptor

    from kansoku.receive.fields import Field

_LISTS = (1, 2, 2)
"""The numbers of groups in a request, scopes in a group and items in a scope, for every signal."""
_ITEM = 2
_KINDS = frozenset({5, 7, 9, 10, 11})  # what a metric's points lie in
_POINT = 1


class Salvaged(NamedTuple):
    """A request without the items that cannot be read, how many those are, and the way to the first fault."""

    message: bytes
    faults: Counter[Fault]
    where: str


def salvaged(signal: Signal, body: bytes) -> Salvaged:
    """What can be read of a request.

    Raises:
        Malformed: If the frames around the items are broken, or they are too many to try each.
    """
    salvage = _Salvage(signal)
    kept = salvage.level(body, 0, "")
    return Salvaged(kept, Counter({Fault.UNREADABLE: salvage.lost}), salvage.where)


class _Salvage:
    """Goes down the three levels of a request, and into metrics, and counts items and those lost."""

    def __init__(self, signal: Signal) -> None:
        self._signal = signal
        self._fields = Fields()
        self._levels = [cast("Descriptor", REQUESTS[signal].DESCRIPTOR)]
        self._names: list[str] = []
        for number in _LISTS:
            self._names.append(self._levels[-1].fields_by_number[number].json_name)
            self._levels.append(_inner(self._levels[-1], number))
        self.items = 0
        self.lost = 0
        self.where = ""

    def level(self, body: bytes, depth: int, where: str) -> bytes:
        """What is left of a request, group or scope; nothing if what all its items share is unreadable."""
        items, lost = self.items, self.lost
        shared, kept, index = bytearray(), bytearray(), 0
        for one in self._divided(body, where):
            if one.number != _LISTS[depth] or one.value is None:
                shared += one.whole
                continue
            at = f"{where}.{self._names[depth]}[{index}]".removeprefix(".")
            index += 1
            if depth == _ITEM:
                kept += self._item(one.whole, one.value, at)
            elif inner := self.level(one.value, depth + 1, at):
                kept += field(_LISTS[depth], inner)
        if self._reads(bytes(shared), _LISTS[:depth]):
            return bytes(shared + kept)
        # What has no items is lost too, and the emitter is told.
        self.lost = lost
        self._lose(max(self.items - items, 1), where, bytes(shared), self._levels[depth])
        return b""

    def _divided(self, body: bytes, where: str) -> Iterator[Field]:
        try:
            yield from self._fields.of(body)
        except Torn as error:
            raise Torn(f"{error}, in {where}" if where else str(error)) from error

    def _item(self, whole: bytes, value: bytes, where: str) -> bytes:
        count = self._points(value) if self._signal is Signal.METRICS else 1
        self.items += count
        if self.items > MOST_TRIED:
            raise Malformed(f"the body cannot be read and has over {MOST_TRIED} items: send smaller batches")
        if self._reads(whole, _LISTS[:_ITEM]):
            return whole
        kept = self._metric(value, where) if self._signal is Signal.METRICS else None
        if kept is not None:
            return field(_LISTS[_ITEM], kept)
        self._lose(count, where, value, self._levels[-1])
        return b""

    def _metric(self, metric: bytes, where: str) -> bytes | None:
        """A metric without the points that cannot be read; None if what is around them cannot be."""
        shared, kept = bytearray(), bytearray()
        unreadable: list[tuple[str, bytes, Descriptor]] = []
        try:
            for one in self._fields.of(metric):
                if one.number in _KINDS and one.value is not None:
                    kept += self._kind(one.number, one.value, where, unreadable)
                else:
                    shared += one.whole
        except Torn:
            return None
        if not self._reads(bytes(shared + kept), _LISTS):
            return None
        for at, point, of in unreadable:
            self._lose(1, at, point, of)
        return bytes(shared + kept)

    def _kind(
        self, number: int, kind: bytes, where: str, unreadable: list[tuple[str, bytes, Descriptor]]
    ) -> bytes:
        """What points lie in, without those that cannot be read."""
        held = self._levels[-1].fields_by_number[number]
        of = _inner(_inner(self._levels[-1], number), _POINT)
        kept, index = bytearray(), 0
        for one in self._fields.of(kind):
            if one.number != _POINT or one.value is None:
                kept += one.whole
                continue
            if self._reads(one.whole, (*_LISTS, number)):
                kept += one.whole
            else:
                unreadable.append((f"{where}.{held.json_name}.dataPoints[{index}]", one.value, of))
            index += 1
        return field(number, bytes(kept))

    def _lose(self, count: int, where: str, unread: bytes, of: Descriptor) -> None:
        self.lost += count
        if not self.where:
            self.where = (where + way(unread, of)).removeprefix(".")

    def _reads(self, fields: bytes, within: Sequence[int]) -> bool:
        """Whether fields can be read where they stand: as deep in a request as they were."""
        for number in reversed(within):
            fields = field(number, fields)
        try:
            REQUESTS[self._signal].FromString(fields)
        except DecodeError:
            return False
        return True

    def _points(self, metric: bytes) -> int:
        """How many data points a metric has; at least one, as it is an item that is lost with it."""
        try:
            points = sum(
                inner.number == _POINT
                for outer in self._fields.of(metric)
                if outer.number in _KINDS and outer.value is not None
                for inner in self._fields.of(outer.value)
            )
        except Torn:
            return 1
        return points or 1


def _inner(of: Descriptor, number: int) -> Descriptor:
    return cast("Descriptor", of.fields_by_number[number].message_type)
