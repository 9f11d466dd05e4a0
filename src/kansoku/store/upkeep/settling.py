"""Settling: what is newly stored gets its price, and a call that two emitters told of counts once.

A pass looks at the calls that were stored since a moment, and at all calls that began within a minute
of them. Of one call told of several times, one row stays in `calls`; the others go to
`duplicate_calls`, each with why and of which. Told of by two emitters are calls
- with the same id of the message, or of the request, by different emitters;
- one of which is the other's parent in the trace, by another emitter, if one of the two knows no id;
- that Kansoku's own call names as the span of another instrumentor around it.
What is so of one call and a second, and of the second and a third, is so of the first and the third.
The emitter that stands further up in `catalog.emitters` stays; in the trace the inner one stays. Rows of
one emitter are different calls (a retry has ids of its own), unless they are one span told twice: an
exporter that got no answer sends again, and whoever reads a batch's results again tells them again.

Each statement leads to the same rows when it is run again, so a pass that a crash cut short is made
good by another over the same time. Rows go to `duplicate_calls` before they leave `calls`.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Final, cast

from kansoku.catalog.emitters import EMITTERS, KANSOKU
from kansoku.catalog.fields import BATCH_RESULT, CALLS
from kansoku.catalog.prices import NOT_YET_PRICED
from kansoku.query.sql import literal
from kansoku.store.schema.duplicates import DUPLICATES
from kansoku.store.schema.relations import STORED_AT
from kansoku.store.upkeep.pricing import KEY, Arithmetic, key_of, price_of, second_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from kansoku.price.book import PriceBook
    from kansoku.store.database import Database

_CALLS: Final = CALLS.table
_MINUTE_S = 60
_MOST_MINUTES = 240
"""So many minutes are looked at by one statement."""
_MOST_ENDS = 1000
"""So many calls are named in one statement."""

_IDENTITY = ("time", "trace_id", "span_id", "emitter", "request_id", "response_id")
_TOLD = (*_IDENTITY, "parent_span_id", "duplicates_span_id", "outcome", STORED_AT)
_AGAIN: Final = "told again"
_CHAIN: Final = "chain"


@dataclass(frozen=True, slots=True)
class _Stretch:
    """A time, in unix seconds; `end` is not included. Of one with gaps, only its `minutes`."""

    begin: int
    end: int
    minutes: tuple[int, ...] = ()

    @property
    def where(self) -> str:
        begin, end = (f"toDateTime64({each}, 9, 'UTC')" for each in (self.begin, self.end))
        whole = f"time >= {begin} AND time < {end}"
        if not self.minutes:
            return whole
        told = ", ".join(map(str, self.minutes))
        return f"{whole} AND toUnixTimestamp(toStartOfMinute(time)) IN ({told})"


class Settling:
    """Makes passes over one database, one at a time, from whichever thread.

    Args:
        database: Where the calls are.
        book: Gives the price book; asked when there is something to price.
        changing: Told of a time, in unix seconds, before calls of it are changed or taken out.
    """

    def __init__(
        self, database: Database, book: Callable[[], PriceBook], changing: Callable[[int, int], None]
    ) -> None:
        self._database = database
        self._book = book
        self._changing = changing
        self._turn = threading.Lock()

    def settle(self, since: int) -> None:
        """A pass over the calls stored from that unix second on, and over those that began with them.

        Raises:
            StoreError: If a statement fails; another pass over the same time makes it good.
        """
        with self._turn:
            for stretch in self._stretches(since):
                self._settle(stretch, since)
            self._settle_batches(since)

    def _stretches(self, since: int) -> list[_Stretch]:
        """The minutes of the new calls, with one before and one after, as few stretches."""
        rows = self._database.rows(
            f"SELECT DISTINCT toUnixTimestamp(toStartOfMinute(time)) AS m FROM {_CALLS}"  # noqa: S608
            f" WHERE {_stored(since)} ORDER BY m"
        )
        return gathered(merged([int(cast("int", minute)) for (minute,) in rows]))

    def _settle(self, stretch: _Stretch, since: int) -> None:
        others, again = self._count(stretch, since)
        if not others and not again:
            return
        self._changing(stretch.begin, stretch.end)
        self._take_out_repeated(f"{stretch.where} AND {_HAS_ID}", _IDENTITY)
        if others:
            self._database.run(_keep_aside(stretch))
            self._database.run(_leave(stretch))
            self._join_chains(stretch)
            self._price(stretch)

    def _join_chains(self, stretch: _Stretch) -> None:
        """Leaves one of calls that are one call by others between them, which were taken out."""
        if not self._database.rows(f"SELECT 1 FROM {_taken_out(stretch)} LIMIT 1"):  # noqa: S608
            return
        if not self._database.rows(
            _links(stretch, "1", "GROUP BY node HAVING uniqExact(of_emitter) > 1 LIMIT 1")
        ):
            return
        links = self._database.rows(
            _links(stretch, "toString(node), toString(of_node)", "GROUP BY node, of_node")
        )
        groups = joined(cast("list[tuple[str, str]]", links))
        ends = [node for group in groups for node in group]
        ends_of: dict[str, _End] = {}
        for at in range(0, len(ends), _MOST_ENDS):
            for row in self._database.rows(_told_of(stretch, ends[at : at + _MOST_ENDS])):
                ends_of[str(row[0])] = _End(*map(str, row[1:]))
        lost = [pair for group in groups for pair in _less(ends_of, group)]
        for at in range(0, len(lost), _MOST_ENDS):
            self._database.run(_keep_chained(stretch, lost[at : at + _MOST_ENDS]))
        if lost:
            self._database.run(_leave(stretch))

    def _count(self, stretch: _Stretch, since: int) -> tuple[int, int]:
        """Calls of that time that others than Kansoku told of, and spans told twice.

        Kansoku's calls have their price, and are one row each unless an exporter sent them again.
        """
        new = f"SELECT span_id FROM {_CALLS} WHERE {_stored(since)} AND span_id != ''"  # noqa: S608
        ((others, found, spans),) = self._database.rows(
            f"SELECT countIf(emitter != {literal(KANSOKU)}), countIf(span_id IN ({new})),"  # noqa: S608
            f" uniqExactIf((trace_id, span_id), span_id IN ({new})) FROM {_CALLS} WHERE {stretch.where}"
        )
        return int(cast("int", others)), int(cast("int", found)) - int(cast("int", spans))

    def _settle_batches(self, since: int) -> None:
        """Results of batches read again: the same batch and `custom_id`, at whatever time."""
        batches = (
            f"SELECT DISTINCT batch_id FROM {_CALLS} WHERE {_stored(since)}"  # noqa: S608
            f" AND operation = {literal(BATCH_RESULT)} AND batch_id != ''"
        )
        if self._database.rows(f"{batches} LIMIT 1"):
            same = ("emitter", "batch_id", "custom_id")
            self._take_out_repeated(f"batch_id != '' AND batch_id IN ({batches})", same)

    def _take_out_repeated(self, where: str, same: Sequence[str]) -> None:
        """Keeps the first stored of the rows that are the same in these columns."""
        columns = ", ".join(same)
        twice = f"SELECT {columns} FROM {_CALLS} WHERE {where} GROUP BY {columns} HAVING count() > 1"  # noqa: S608
        if not self._database.rows(f"{twice} LIMIT 1"):
            return
        first = _first(where, columns)
        rest = f"{where} AND ({columns}) IN ({twice}) AND (_block_number, _block_offset) NOT IN ({first})"
        known = f"SELECT {_key((*_IDENTITY, STORED_AT))} FROM {DUPLICATES.name} WHERE why = {literal(_AGAIN)}"  # noqa: S608
        self._database.run(
            f"INSERT INTO {DUPLICATES.name} ({', '.join(_COLUMNS)})\n"
            f"SELECT {', '.join(_TOLD)}, {literal(_AGAIN)}, emitter, span_id, now('UTC') FROM {_CALLS}"
            f" WHERE {rest} AND {_key((*_IDENTITY, STORED_AT))} NOT IN ({known})"
        )
        self._database.run(f"DELETE FROM {_CALLS} WHERE {rest} {_BY_PATCH}")  # noqa: S608

    def _price(self, stretch: _Stretch) -> None:
        """Prices what waits for it, by the day on which it was called."""
        where = f"{stretch.where} AND unpriced_reason = {literal(NOT_YET_PRICED)}"
        names = ", ".join(KEY)
        rows = self._database.rows(
            f"SELECT {names}, toString(toDate(time)) AS day FROM {_CALLS} WHERE {where} GROUP BY {names}, day"  # noqa: S608
        )
        days: dict[str, list[tuple[object, ...]]] = {}
        for row in rows:
            days.setdefault(str(row[len(KEY)]), []).append(row)
        for told, of_day in days.items():
            day, book = date.fromisoformat(told), self._book()
            known = Arithmetic([price_of(book, key_of(row), day) for row in of_day])
            on_day = _Stretch(second_of(day), second_of(day) + 86_400).where
            self._database.run(
                f"UPDATE {_CALLS} SET {known.changes()} WHERE {where} AND {on_day} AND {known.within()}"  # noqa: S608
            )


@dataclass(frozen=True, slots=True)
class _End:
    """A call that counts, at the end of a chain."""

    emitter: str
    span_id: str
    request_id: str
    response_id: str

    def repeats(self, best: _End) -> bool:
        """Whether the two may be one call: ids that differ are two calls, and so are one emitter's rows."""
        ids = ((self.request_id, best.request_id), (self.response_id, best.response_id))
        return self.emitter != best.emitter and not any(a and b and a != b for a, b in ids)


def joined(links: Iterable[tuple[str, str]]) -> list[frozenset[str]]:
    """Of rows linked to the one that they repeat, the ends that are one call by others between them."""
    above: dict[str, str] = {}

    def top(node: str) -> str:
        while (next_up := above.setdefault(node, node)) != node:
            above[node] = above[next_up]
            node = above[node]
        return node

    repeated: set[str] = set()
    for node, of_node in links:
        repeated.add(node)
        above[top(node)] = top(of_node)
    groups: dict[str, set[str]] = {}
    for node in above.keys() - repeated:
        groups.setdefault(top(node), set()).add(node)
    return [frozenset(group) for group in groups.values() if len(group) > 1]


def _less(ends: Mapping[str, _End], group: frozenset[str]) -> list[tuple[str, _End]]:
    """The ends of a group that repeat the best one, with that; `ends` has the best first."""
    found = [(node, end) for node, end in ends.items() if node in group]
    return [(node, found[0][1]) for node, end in found if end.repeats(found[0][1])]


def merged(minutes: Iterable[int]) -> list[_Stretch]:
    """Stretches of all these minutes, in order, with a minute before and after; none is too long."""
    stretches: list[_Stretch] = []
    for minute in minutes:
        begin, end = minute - _MINUTE_S, minute + 2 * _MINUTE_S
        last = stretches[-1] if stretches else None
        if last and begin <= last.end and end - last.begin <= _MOST_MINUTES * _MINUTE_S:
            stretches[-1] = _Stretch(last.begin, end)
        else:
            stretches.append(_Stretch(begin, end))
    return stretches


def gathered(stretches: Iterable[_Stretch]) -> list[_Stretch]:
    """Short stretches put together, with gaps: calls of a month must not cost a statement for each minute."""
    groups: list[list[_Stretch]] = []
    room = 0
    for each in stretches:
        minutes = (each.end - each.begin) // _MINUTE_S
        if minutes > room:
            groups.append([])
            room = _MOST_MINUTES
        groups[-1].append(each)
        room -= minutes
    return [_together(group) for group in groups]


def _together(stretches: Sequence[_Stretch]) -> _Stretch:
    if len(stretches) == 1:
        return stretches[0]
    minutes = [each for one in stretches for each in range(one.begin, one.end, _MINUTE_S)]
    return _Stretch(stretches[0].begin, stretches[-1].end, tuple(dict.fromkeys(minutes)))


def _stored(since: int) -> str:
    return f"{STORED_AT} >= toDateTime({since}, 'UTC')"


_HAS_ID = "(trace_id != '' OR request_id != '' OR response_id != '')"
_COLUMNS = (*_TOLD, "why", "of_emitter", "of_span_id", "found_at")
_BY_PATCH = "SETTINGS lightweight_delete_mode = 'lightweight_update'"
_NAMES = ", ".join(literal(each.name) for each in EMITTERS)
_RANK = f"transform(emitter, [{_NAMES}], range(toUInt64({len(EMITTERS)})), toUInt64({len(EMITTERS)}))"
"""Where the emitter stands; those that the catalog does not know stand last, by name."""


_NODE = f"cityHash64({', '.join(_IDENTITY)})"
"""A row's number, for links between rows."""


def _key(columns: Sequence[str]) -> str:
    return f"({', '.join(columns)})"


def _first(where: str, columns: str) -> str:
    """The places of the first stored of each."""
    place = "(_block_number, _block_offset)"
    order = f"({STORED_AT}, time, _block_number, _block_offset)"
    return f"SELECT argMin({place}, {order}) FROM {_CALLS} WHERE {where} GROUP BY {columns}"  # noqa: S608


def _taken_out(stretch: _Stretch) -> str:
    return f"{DUPLICATES.name} WHERE {stretch.where} AND why != {literal(_AGAIN)}"


def _candidates(stretch: _Stretch) -> str:
    """The calls of a time, those that were taken out before included."""
    columns = f"{', '.join(_TOLD)}, {_NODE} AS node"
    calls = f"SELECT {columns}, 0 AS gone FROM {_CALLS} WHERE {stretch.where}"  # noqa: S608
    return f"{calls} UNION ALL SELECT {columns}, 1 AS gone FROM {_taken_out(stretch)}"  # noqa: S608


def _links(stretch: _Stretch, columns: str, rest: str) -> str:
    """A question to the rows that repeat another: what they are, why, and of which."""
    parts = (*(_same_id(name) for name in ("response_id", "request_id")), _ABOVE, _BELOW, _NAMED)
    links = "\n UNION ALL ".join(parts)
    return f"WITH told AS ({_candidates(stretch)})\nSELECT {columns} FROM (\n{links}\n) {rest}"


def _keep_aside(stretch: _Stretch) -> str:
    """Each row to take out once, with why and of which."""
    known = f"SELECT {_key(_IDENTITY)} FROM {_taken_out(stretch)}"  # noqa: S608
    duplicates = _links(
        stretch,
        f"{', '.join(_TOLD)}, why, of_emitter, of_span_id, now('UTC')",
        f"WHERE gone = 0 AND {_key(_IDENTITY)} NOT IN ({known})"
        f" ORDER BY time, why LIMIT 1 BY {', '.join(_IDENTITY)}",
    )
    return f"INSERT INTO {DUPLICATES.name} ({', '.join(_COLUMNS)})\n{duplicates}"


def _told_of(stretch: _Stretch, nodes: Sequence[str]) -> str:
    """The calls among these that count, the best first."""
    return (
        f"SELECT toString({_NODE}) AS node, emitter, span_id, request_id, response_id FROM {_CALLS}"  # noqa: S608
        f" WHERE {stretch.where} AND {_NODE} IN ({', '.join(nodes)})"
        f" ORDER BY {_NO_ID.format('')} AND NOT ({_NAMES_ONE.format('')}), {_RANK}, emitter, time, span_id"
    )


def _keep_chained(stretch: _Stretch, lost: Sequence[tuple[str, _End]]) -> str:
    nodes = ", ".join(f"toUInt64({node})" for node, _ in lost)
    emitters, spans = (
        f"transform({_NODE}, [{nodes}], [{', '.join(map(literal, told))}], '')"
        for told in zip(*((end.emitter, end.span_id) for _, end in lost), strict=True)
    )
    return (
        f"INSERT INTO {DUPLICATES.name} ({', '.join(_COLUMNS)})\n"
        f"SELECT {', '.join(_TOLD)}, {literal(_CHAIN)}, {emitters}, {spans}, now('UTC') FROM {_CALLS}"
        f" WHERE {stretch.where} AND {_NODE} IN ({nodes})"
    )


def _same_id(name: str) -> str:
    """Rows of an emitter that stands below another that told the same id."""
    best = (
        f"SELECT {name} AS id, argMin((emitter, span_id, node), ({_RANK}, emitter, time, span_id)) AS kept"  # noqa: S608
        f" FROM told WHERE {name} != '' GROUP BY id HAVING uniqExact(emitter) > 1"
    )
    return (
        f"SELECT {', '.join(_TOLD)}, gone, node, {literal(name)} AS why,"  # noqa: S608
        f" kept.1 AS of_emitter, kept.2 AS of_span_id, kept.3 AS of_node"
        f" FROM told INNER JOIN ({best}) AS best ON told.{name} = best.id"
        f" WHERE emitter != kept.1"
    )


_NO_ID = "({0}response_id = '' AND {0}request_id = '')"
_NAMES_ONE = f"({{0}}emitter = {literal(KANSOKU)} AND {{0}}duplicates_span_id != '')"
"""Such a call is not taken out for one around it or in it: it and the one that it names could both go."""


def _of_pair(lost: str, kept: str, on: str, where: str, why: str) -> str:
    columns = ", ".join(f"{lost}.{each} AS {each}" for each in (*_TOLD, "gone", "node"))
    return (
        f"SELECT {columns}, {literal(why)} AS why,"  # noqa: S608
        f" {kept}.emitter AS of_emitter, {kept}.span_id AS of_span_id, {kept}.node AS of_node"
        f" FROM told AS outer INNER JOIN told AS inner ON inner.trace_id = outer.trace_id AND {on}"
        f" WHERE outer.trace_id != '' AND outer.span_id != '' AND outer.emitter != inner.emitter AND {where}"
    )


def _of(test: str, call: str) -> str:
    return test.format(f"{call}.")


_CHILD = "inner.parent_span_id = outer.span_id"
_ALIKE = "inner.outcome = outer.outcome"
_ABOVE = _of_pair(
    "outer",
    "inner",
    _CHILD,
    f"if({_of(_NO_ID, 'outer')}, NOT {_of(_NAMES_ONE, 'outer')},"
    f" {_of(_NO_ID, 'inner')} AND {_of(_NAMES_ONE, 'inner')} AND {_ALIKE})",
    "place",
)
_BELOW = _of_pair(
    "inner",
    "outer",
    _CHILD,
    f"if({_of(_NO_ID, 'outer')}, {_of(_NAMES_ONE, 'outer')},"
    f" {_of(_NO_ID, 'inner')} AND NOT {_of(_NAMES_ONE, 'inner')} AND {_ALIKE})",
    "place",
)
_NAMED = _of_pair(
    "outer",
    "inner",
    "inner.duplicates_span_id = outer.span_id",
    f"inner.emitter = {literal(KANSOKU)}",
    "named",
)


def _leave(stretch: _Stretch) -> str:
    """Takes out of `calls` what is in `duplicate_calls`."""
    known = f"SELECT {_key(_IDENTITY)} FROM {_taken_out(stretch)}"  # noqa: S608
    return f"DELETE FROM {_CALLS} WHERE {stretch.where} AND {_key(_IDENTITY)} IN ({known}) {_BY_PATCH}"  # noqa: S608
