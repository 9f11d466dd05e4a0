"""Since when each release of a service runs."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from kansoku.catalog.fields import CALLS
from kansoku.catalog.rollups import HOUR_S
from kansoku.query.rolled import Held, Piece, pieces_of
from kansoku.query.scope import Scope, moment
from kansoku.query.source import within
from kansoku.query.statement import Cells, Statement, number, whole

MARKERS_AT_MOST = 50
_CANDIDATES_AT_MOST = 200
_KNOWN_S = 7 * 86_400
"""A release is new if it was not seen in the week before."""


@dataclass(frozen=True, slots=True)
class Marker:
    """A release of a service, and when its first call began, in unix seconds."""

    service: str
    release: str
    time: float


def markers(begin: int, end: int) -> Statement:
    """Releases whose first call began in [`begin`, `end`), of services that ran another one before."""
    text = (
        "SELECT service, release, toUnixTimestamp64Milli(first) AS seen FROM ("
        "SELECT toString(service) AS service, toString(release) AS release, min(time) AS first, "
        "min(first) OVER (PARTITION BY service) AS earliest FROM calls "
        "WHERE time >= {known:DateTime64(9, 'UTC')} AND time < {to:DateTime64(9, 'UTC')} AND release != '' "
        "GROUP BY service, release) "
        "WHERE first > earliest AND first >= {from:DateTime64(9, 'UTC')} "
        f"ORDER BY seen DESC LIMIT {MARKERS_AT_MOST}"
    )
    bound = {"known": moment(begin - _KNOWN_S), "from": moment(begin), "to": moment(end)}
    return Statement(text, bound)


def markers_told(rows: Sequence[Cells]) -> list[Marker]:
    """The markers, the oldest first."""
    told = (Marker(str(service), str(release), (number(at) or 0) / 1_000) for service, release, at in rows)
    return sorted(told, key=lambda one: one.time)


@dataclass(frozen=True, slots=True)
class Candidate:
    """A release that may have begun in a time that is looked at, and the hour of its first call.

    `is_first` says that its service has no earlier hour: which of those of that hour were there first, and so
    do not count as new, is seen in the calls alone.
    """

    service: str
    release: str
    hour: int
    is_first: bool


def candidates(begin: int, end: int, held: Held) -> Statement | None:
    """By the hours that rollups keep, which releases may have begun in the time; None if none suits.

    A release that is alone in its service's first hour is left out: it is the one that others follow.
    """
    found = pieces_of(Scope(begin - _KNOWN_S, end), CALLS.table, (), ("service", "release"), held)
    if found[0].rollup is None:
        return None
    told = [_first_hours(piece, place) for place, piece in enumerate(found)]
    hours = (
        "SELECT who, what, min(at) AS hour, min(hour) OVER (PARTITION BY who) AS earliest,"
        " count() OVER (PARTITION BY who, hour) AS beside"
        f" FROM ({' UNION ALL '.join(one.text for one in told)}) GROUP BY who, what"
    )
    text = (
        f"SELECT who, what, hour, hour = earliest FROM ({hours})"
        f" WHERE hour >= {{first:Int64}} AND (hour > earliest OR beside > 1)"
        f" ORDER BY hour DESC, who, what LIMIT {_CANDIDATES_AT_MOST}"
    )
    bound = {name: value for one in told for name, value in one.parameters.items()}
    return Statement(text, bound | {"first": begin // HOUR_S * HOUR_S})


def candidates_told(rows: Iterable[Cells]) -> list[Candidate]:
    """The candidates, by the rows that the statement gave."""
    return [Candidate(str(who), str(what), whole(hour), bool(is_first)) for who, what, hour, is_first in rows]


def beginnings(found: Sequence[Candidate], begin: int, end: int) -> Statement:
    """When each of the candidates, of which there is one, began: its hour alone is read.

    `begin` and `end` are those that they were asked for.
    """
    known = begin - _KNOWN_S
    hours = ((max(hour, known), min(hour + HOUR_S, end)) for hour in sorted({one.hour for one in found}))
    where, bound = within(Piece(None, tuple(hours)), 0)
    text = (
        "SELECT toString(service) AS who, toString(release) AS what, toUnixTimestamp64Nano(min(time))"
        f" FROM calls WHERE {where} AND has({{releases:Array(String)}}, toString(release)) GROUP BY who, what"
    )
    return Statement(text, bound | {"releases": sorted({one.release for one in found})})


def began(found: Iterable[Candidate], rows: Iterable[Cells], begin: int) -> list[Marker]:
    """The markers from `begin` on, the oldest first, by the rows that `beginnings` gave."""
    firsts = {(str(who), str(what)): whole(at) for who, what, at in rows}
    known = [(one, firsts[key]) for one in found if (key := (one.service, one.release)) in firsts]
    earliest: dict[str, int] = {}
    for one, at in known:
        if one.is_first:
            earliest[one.service] = min(at, earliest.get(one.service, at))
    told = [
        Marker(one.service, one.release, at // 10**6 / 1_000)
        for one, at in known
        if at >= begin * 10**9 and (not one.is_first or at > earliest[one.service])
    ]
    return sorted(told, key=lambda one: one.time)[-MARKERS_AT_MOST:]


def _first_hours(piece: Piece, place: int) -> Statement:
    """The hours of a piece in which each release has calls; of the calls themselves the first one."""
    where, bound = within(piece, place)
    names = "toString(service) AS who, toString(release) AS what"
    if piece.rollup is not None:
        text = f"SELECT {names}, toInt64(toUnixTimestamp(begin)) AS at FROM {piece.rollup.name}"
        return Statement(f"{text} WHERE {where} AND release != ''", bound)
    hour = f"intDiv(toInt64(toUnixTimestamp(min(time))), {HOUR_S}) * {HOUR_S}"
    text = f"SELECT {names}, {hour} AS at FROM {CALLS.table} WHERE {where} AND release != ''"
    return Statement(f"{text} GROUP BY who, what", bound)
