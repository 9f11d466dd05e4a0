"""What there is to filter by, and since when releases run."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

from kansoku.catalog.filters import FILTERS
from kansoku.query.scope import moment
from kansoku.query.statement import Cells, Statement, number

VALUES_AT_MOST = 100
"""So many values of a filter are told, those of most calls first."""

MARKERS_AT_MOST = 50
_KNOWN_S = 7 * 86_400
"""A release is new if it was not seen in the week before."""


@dataclass(frozen=True, slots=True)
class Marker:
    """A release of a service, and when its first call began, in unix seconds."""

    service: str
    release: str
    time: float


def values(begin: int, end: int) -> Statement:
    """The values of every filter among the calls that began in [`begin`, `end`), in one pass."""
    counted = ", ".join(
        f"topK({VALUES_AT_MOST})(toString({one.fields[0]})) AS values_{one.name}" for one in FILTERS
    )
    text = (
        f"SELECT {counted} FROM calls "
        "WHERE time >= {from:DateTime64(9, 'UTC')} AND time < {to:DateTime64(9, 'UTC')}"
    )
    return Statement(text, {"from": moment(begin), "to": moment(end)})


def values_told(cells: Cells) -> dict[str, list[str]]:
    """The values by filter, in order; what is unknown is none."""
    told = zip(FILTERS, cast("Sequence[Sequence[str]]", cells), strict=True)
    return {one.name: sorted(value for value in found if value) for one, found in told}


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
