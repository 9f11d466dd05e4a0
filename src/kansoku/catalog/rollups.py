"""The rollups: rows of a narrow table, summed over stretches of time and combinations of a few fields.

A rollup is here because it answered the panels' own questions faster than the table it is made from, at ten
and at fifty million calls; docs/adr/0017 has the figures, and those of rollups that are not here.
Which question a rollup answers follows from its fields and from what it keeps, never from a panel's name.
"""

from dataclasses import dataclass, field
from enum import IntEnum

from kansoku.catalog.prices import RATE_KEY

SKETCH_ERROR = 0.01
"""How far a quantile from a rollup may lie off, as a share of the value, on either side."""

HOUR_S = 3_600
HALF_DAY_S = 43_200
DAY_S = 86_400
FINE_S = 300

EXACT_S = 7_200
"""Questions over no more than so many seconds are answered from the narrow table itself."""


_FRONT_USERS = 1_024
"""Who is among the ten of a month is among so many in each of its hours, but for nights and pauses."""


class Place(IntEnum):
    """Where a row of a rollup with a front stands; the order is that of the rows on the disk.

    `WHOLE` is where nothing of the row's grain stands behind, and `FRONT` where something does.
    """

    WHOLE = 0
    FRONT = 1
    SUMS_BEHIND = 2
    MOST_BEHIND = 3
    BEHIND = 4


@dataclass(frozen=True, slots=True)
class Rollup:
    """What of a narrow table's rows is kept together: counts and sums of what the catalog measures of it.

    Attributes:
        name: The table that it lies in.
        table: The narrow table that it is made from.
        grain_s: Rows that began within the same so many seconds, of UTC, are kept as one.
        by: The fields whose values stay apart: it can be split and filtered by these alone. Without any,
            what is kept is of all rows, and of each grain one row.
        sketches: Whether it keeps sketches for quantiles too.
        period_s: It is made anew for whole stretches of so many seconds; a multiple of the grain.
        days: For how many days it is kept; None is for ever.
        narrow: Whether it keeps only what panels split by its fields: of users there are many.
        cache: Whether it keeps what the prompt cache's dollars are reckoned of, and no measure.
        front: Of so many values, the largest of each measure in each grain, the rows stand in front, and what
            is left is told by its sums and by its largest; 0 where all rows are alike.
    """

    name: str
    table: str
    grain_s: int
    by: tuple[str, ...]
    sketches: bool = False
    period_s: int = HOUR_S
    days: int | None = None
    narrow: bool = False
    # Left out of the text that tells definitions apart, so that rollups from before it need not be made anew.
    cache: bool = field(default=False, repr=False)
    front: int = field(default=0, repr=False)


def _both(name: str, table: str, by: tuple[str, ...], *, sketches: bool = False) -> tuple[Rollup, ...]:
    """By the hour, and for the last days in the steps that charts of six hours and of a day have.

    Sketches by the half day too, the step of a chart of thirty days: they cost more to put together.
    """
    halves = (Rollup(f"rollup_{name}_12h", table, HALF_DAY_S, by, sketches, period_s=HALF_DAY_S),)
    return (
        *(halves if sketches else ()),
        Rollup(f"rollup_{name}_1h", table, HOUR_S, by, sketches),
        Rollup(f"rollup_{name}_5m", table, FINE_S, by, sketches, period_s=900, days=3),
    )


def _users(unit: str, grain_s: int, days: int | None = None) -> Rollup:
    """By days, by fours of them, which have not many more users than each day has, and by hours.

    The hours are those of thirty days, as no window begins or ends with a day of UTC.
    """
    name = f"rollup_calls_user_{unit}"
    return Rollup(
        name, "calls", grain_s, ("user_id",), period_s=grain_s, days=days, narrow=True, front=_FRONT_USERS
    )


_MODEL = ("response_model", "request_model")
_PLACE = ("service", "environment", "release")

_BY_FEATURE = _both("calls_feature", "calls", ("feature",), sketches=True)
BY_FEATURE = next(one for one in _BY_FEATURE if one.grain_s == HOUR_S)

_ROLLUPS: tuple[tuple[Rollup, ...], ...] = (
    _both("calls_all", "calls", (), sketches=True),
    _BY_FEATURE,
    _both("calls_model", "calls", _MODEL, sketches=True),
    _both("calls_release", "calls", _PLACE, sketches=True),
    _both("calls_outcome", "calls", ("feature", "outcome", "error_type")),
    _both("calls_model_outcome", "calls", (*_MODEL, "outcome", "error_type")),
    _both("calls_release_outcome", "calls", (*_PLACE, "outcome", "error_type")),
    _both("calls_feature_model", "calls", ("feature", *_MODEL), sketches=True),
    _both("calls_release_model", "calls", (*_PLACE, *_MODEL), sketches=True),
    (Rollup("rollup_calls_place_1h", "calls", HOUR_S, (*_PLACE, "feature")),),
    _both("tools", "tool_calls", ("tool",), sketches=True),
    _both("tools_feature", "tool_calls", ("feature", "tool"), sketches=True),
    _both("tools_release", "tool_calls", (*_PLACE, "tool"), sketches=True),
    _both("outcomes_label", "outcomes", ("label",)),
    (Rollup("rollup_outcomes_1h", "outcomes", HOUR_S, ("feature", "label")),),
    _both("outcomes_release", "outcomes", (*_PLACE, "label")),
    (Rollup("rollup_calls_cache_1d", "calls", DAY_S, (*RATE_KEY, "feature"), period_s=DAY_S, cache=True),),
    (_users("4d", 4 * DAY_S), _users("1d", DAY_S), _users("1h", HOUR_S, days=31)),
)

ROLLUPS: tuple[Rollup, ...] = tuple(
    sorted((one for some in _ROLLUPS for one in some), key=lambda one: -one.grain_s)
)
"""Coarse ones first, and of equal ones those with fewer rows: a question takes the first that suits."""
