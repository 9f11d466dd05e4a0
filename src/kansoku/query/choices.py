"""What there is to filter by."""

from collections.abc import Iterable, Mapping

from kansoku.catalog.fields import CALLS
from kansoku.catalog.filters import FILTERS
from kansoku.catalog.measures import Count
from kansoku.catalog.outcomes import IS_CHAT
from kansoku.query.rolled import NOTHING, Held
from kansoku.query.scope import Scope
from kansoku.query.source import source
from kansoku.query.statement import Cells, Statement

VALUES_AT_MOST = 100
"""So many values of a filter are told, those of most calls first."""

_CHATS = Count(CALLS, IS_CHAT)


def values(begin: int, end: int, held: Held = NOTHING) -> Mapping[str, Statement]:
    """What tells the values of each filter, by its name, among the calls that began in [`begin`, `end`).

    Of users those are told that stood in front at some time, where rollups tell who did.
    """
    return {one.name: _values(one.fields[0], Scope(begin, end), held) for one in FILTERS}


def values_told(rows: Iterable[Cells]) -> list[str]:
    """A filter's values, in order, by the rows that its statement gave."""
    return sorted(str(value) for value, _ in rows)


def _values(field: str, scope: Scope, held: Held) -> Statement:
    rows = source(scope, (_CHATS,), by=field, held=held, front=True)
    text = (
        f"SELECT {rows.who} AS who, {rows.values} FROM {rows.rows} GROUP BY who HAVING who != ''"
        " ORDER BY v0 DESC, who LIMIT {most:UInt32}"
    )
    return Statement(text, rows.bound | {"most": VALUES_AT_MOST})
