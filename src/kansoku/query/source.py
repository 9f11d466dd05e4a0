"""Where a question's rows come from: the narrow table alone, or rollups and what they do not cover.

Of the table, a measure is an aggregate over its rows. Of rollups it is put together from parts: the
table's rows of the uncovered time give theirs in the same statement.
"""

# Only names and literals of the catalog are written into the text; what users give is bound.

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from kansoku.catalog.fields import Relation
from kansoku.catalog.measures import Measure, Quantile
from kansoku.catalog.rollups import SKETCH_ERROR, Place, Rollup
from kansoku.query import sql
from kansoku.query.rolled import NOTHING, Held, Piece, definition, pieces
from kansoku.query.scope import Scope, moment
from kansoku.query.statement import Parameter

STEP = "intDiv(toUnixTimestamp({time}), {{step:UInt32}}) * {{step:UInt32}}"
"""Where a row's step begins. Counted from 1970, so that the server's time zone has no say."""

_AT, _WHO, _PLACE, _AHEAD = "row_at", "row_who", "row_place", "row_ahead"
"""Of rows that are put together, the step, the value, the place, and whether some stand behind.

No column and no alias has these names.
"""


_FRONTED = (
    f"greatest(place, {Place.FRONT:d})",
    f"toUInt8(place IN ({Place.FRONT:d}, {Place.MOST_BEHIND:d}))",
)
_UNFRONTED = f"toUInt8({Place.FRONT:d})", "toUInt8(0)"
"""Where a row stands and whether others stand behind, as expressions over it."""


@dataclass(frozen=True, slots=True)
class Source:
    """The rows of a question and how its cells are read of them.

    Attributes:
        rows: What stands behind FROM, the WHERE included.
        columns: The measures: value and n of each, called v0, n0, v1, n1 and so on.
        values: The same without the ns, for those who need none: it is less to analyse.
        at: Where a row's step begins, if the question has steps.
        who: The value that a row is split by, if it is.
        bound: What is bound to the text.
        error: Of a value that is not exact, how far it may lie off, as a share of it; else None.
    """

    rows: str
    columns: str
    values: str
    at: str
    who: str
    bound: dict[str, Parameter]
    error: float | None = None
    is_table: bool = False
    """Whether no rollup suits, and every row is the table's."""
    place: str = ""
    """Where a row stands, if it was asked for the front alone: what no row stands behind is in front too."""
    ahead: str = ""
    """Whether it stands where others stand behind; 1 for the row that tells the largest of them too."""


def source(
    scope: Scope,
    measures: Iterable[Measure],
    *,
    by: str | None = None,
    step_s: int | None = None,
    held: Held = NOTHING,
    front: bool = False,
    among: Sequence[str] | None = None,
) -> Source:
    """The rows over which the measures, all of one table, are read.

    Args:
        scope: The time, and what is filtered by.
        measures: What is asked.
        by: The field that the rows are split by.
        step_s: The seconds of a step, where there are steps.
        held: What the rollups hold.
        front: Whether what stands behind is wanted by its sums and its largest alone.
        among: The values of `by` that are wanted; None is all.

    Raises:
        DefinitionError: If the relation lacks a field that is named, or cannot be so read.
    """
    asked = tuple(measures)
    relation = asked[0].relation
    where, bound = sql.scoped(scope, relation)
    stepped: dict[str, Parameter] = {} if step_s is None else {"step": step_s}
    who = "" if by is None else sql.group_key(relation, by)
    found = pieces(scope, asked, () if by is None else (by,), step_s, held)
    if found[0].rollup is None:
        told = [sql.measure(one) for one in asked]
        rows = f"{relation.table} WHERE {where}"
        return Source(
            rows,
            _named(told),
            _values(told),
            STEP.format(time="time"),
            who,
            bound | stepped,
            is_table=True,
        )
    keys = [f"{STEP} AS {_AT}"] if stepped else []
    keys += [f"{who} AS {_WHO}"] if who else []
    keys += [f"{{place}} AS {_PLACE}", f"{{ahead}} AS {_AHEAD}"] if front else []
    chosen: dict[str, Parameter] = {} if among is None else {"among": [*among]}
    told = [f"{by} IN {{among:Array(String)}}"] if chosen else []
    made = _merged(asked, keys, found, scope, told)
    return replace(made, bound=made.bound | dict(scope.filters) | stepped | chosen)


def _merged(
    asked: Sequence[Measure], keys: Sequence[str], found: Sequence[Piece], scope: Scope, tests: Sequence[str]
) -> Source:
    """The measures, put together from the parts that each piece gives of the rows that pass the tests."""
    divided = [sql.divided(one) for one in asked]
    parts = tuple(dict.fromkeys(part for one in divided for part in one.parts))
    texts: list[str] = []
    bound: dict[str, Parameter] = {}
    for place, piece in enumerate(found):
        where, times = within(piece, place)
        where = " AND ".join((where, *_places(piece, keys), *tests, *sql.filtered(scope, asked[0].relation)))
        texts.append(_piece(asked[0].relation, piece, keys, parts, where))
        bound |= times
    exact = not any(isinstance(one, Quantile) for one in asked)
    return Source(
        rows=f"({' UNION ALL '.join(texts)})",
        columns=_named([one.merged() for one in divided]),
        values=_values([one.merged() for one in divided]),
        at=_AT,
        who=_WHO,
        place=_PLACE,
        ahead=_AHEAD,
        bound=bound,
        error=None if exact else SKETCH_ERROR,
    )


def _places(piece: Piece, keys: Sequence[str]) -> list[str]:
    """Where the piece's rows stand: of some rollups, some rows tell of others."""
    if piece.rollup is None or not piece.rollup.front:
        return []
    if any(key.endswith(f" AS {_PLACE}") for key in keys):
        return [f"place < {Place.BEHIND:d}"]
    return [f"place NOT IN ({Place.SUMS_BEHIND:d}, {Place.MOST_BEHIND:d})"]


def _piece(
    relation: Relation, piece: Piece, keys: Sequence[str], parts: Sequence[sql.Part], where: str
) -> str:
    """The parts by step and value; of a rollup, which gives several rows for each, as they lie."""
    if piece.rollup is not None:
        place, ahead = _FRONTED if piece.rollup.front else _UNFRONTED
        told = [key.format(time="begin", place=place, ahead=ahead) for key in keys]
        columns = ", ".join((*told, *(part.column for part in parts)))
        return f"SELECT {columns} FROM {piece.rollup.name} WHERE {where}"
    place, ahead = _UNFRONTED
    told = [key.format(time="time", place=place, ahead=ahead) for key in keys]
    columns = ", ".join((*told, *(f"{part.base} AS {part.column}" for part in parts)))
    grouped = f" GROUP BY {', '.join(key.rpartition(' AS ')[2] for key in keys)}" if keys else ""
    return f"SELECT {columns} FROM {relation.table} WHERE {where}{grouped}"


def _named(pairs: Sequence[sql.Expression]) -> str:
    return ", ".join(f"{pair.value} AS v{at}, {pair.n} AS n{at}" for at, pair in enumerate(pairs))


def _values(pairs: Sequence[sql.Expression]) -> str:
    return ", ".join(f"{pair.value} AS v{at}" for at, pair in enumerate(pairs))


def within(piece: Piece, place: int) -> tuple[str, dict[str, Parameter]]:
    """The rows of the piece's ranges, and what is bound to it; `place` tells pieces apart."""
    name, kind = ("time", "DateTime64(9, 'UTC')") if piece.rollup is None else ("begin", "DateTime('UTC')")
    tests: list[str] = []
    bound: dict[str, Parameter] = {}
    for at, (begin, end) in enumerate(piece.ranges):
        one, other = f"from{place}_{at}", f"to{place}_{at}"
        tests.append(f"{name} >= {{{one}:{kind}}} AND {name} < {{{other}:{kind}}}")
        bound |= {one: moment(begin), other: moment(end)}
    where = f"({' OR '.join(f'({test})' for test in tests)})"
    return (where if piece.rollup is None else f"{where} AND {_current(piece.rollup, place)}"), bound


def _current(rollup: Rollup, place: int) -> str:
    """The rows of the newest making of each period: older ones lie there until they are cleared away."""
    return (
        "(period, version) IN (SELECT begin, max(version) FROM rollup_periods"
        f" WHERE rollup = {sql.literal(rollup.name)} AND definition = {sql.literal(definition(rollup))}"
        f" AND begin > {{from{place}_0:DateTime('UTC')}} - {rollup.period_s} GROUP BY begin)"
    )
