"""What is remembered of long windows: counts and sums over stretches that are over and no longer change.

A window of three days moves by seconds from one evaluation to the next, and nearly all of it stays as it was.
So what a quarter of an hour gave is remembered, as long as nothing is known to have changed in it:
- a row that was stored a moment ago may still be priced, or be found to be a duplicate, and more may come
  with it: where rows were stored in the last ten minutes, nothing is remembered, and what was is forgotten;
- who corrects or removes older rows marks the time first, as for the rollups, and the mark stays a minute;
- whoever has not looked for so long that a mark may have come and gone has forgotten everything.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from kansoku.query.statement import Cells, Statement, whole

GRAIN_S = 900
"""Stretches begin at multiples of so many seconds since 1970."""

SETTLED_S = 600
"""Rows that were stored longer ago are settled; an INSERT may take so long until its rows are seen."""

LOOK_S = 45
"""After so long without a look everything is forgotten: marks are there for 60 seconds."""

_MOST_CELLS = 200_000
"""A statement with more groups and stretches is not remembered."""

Stretches = Mapping[int, Sequence[Cells]]
"""Rows of a statement by the second that their stretch begins at."""


@dataclass(frozen=True, slots=True)
class Key:
    """Names a statement, whichever stretches it is asked for."""

    table: str
    columns: str


def look(tables: Iterable[str]) -> Statement:
    """What tells where rows were stored lately or are being corrected, for `Memory.heed`."""
    stored = (
        f"SELECT '{table}' AS name, toInt64(intDiv(toUnixTimestamp(time), {GRAIN_S}) * {GRAIN_S}) AS begin,"
        f" begin + {GRAIN_S} AS end FROM {table} WHERE stored_at >= now('UTC') - {SETTLED_S} GROUP BY begin"
        for table in tables
    )
    marked = (
        "SELECT '' AS name, toInt64(toUnixTimestamp(begin)) AS begin, toInt64(toUnixTimestamp(end)) AS end"
        " FROM rollup_touched"
    )
    return Statement(" UNION ALL ".join(f"({one})" for one in (*stored, marked)), {})


class Memory:
    """Of each statement what it gave over stretches that are over."""

    def __init__(self) -> None:
        self._known: dict[Key, dict[int, Sequence[Cells]]] = {}
        self._stored: dict[str, set[int]] = {}
        self._marked: list[tuple[int, int]] = []
        self._looked: float | None = None

    def forget(self) -> None:
        """Forgets everything, and remembers nothing before the next look."""
        self._known.clear()
        self._looked = None

    def heed(self, rows: Iterable[Cells], now: float) -> None:
        """Forgets what may have changed, by the rows that `look` gave at `now`, the clock's unix seconds."""
        if self._looked is None or not 0 <= now - self._looked <= LOOK_S:
            self._known.clear()
        self._looked, self._stored, self._marked = now, {}, []
        for name, begin, end in rows:
            if name:
                self._stored.setdefault(str(name), set()).add(whole(begin))
            else:
                self._marked.append((whole(begin), whole(end)))
        for key, known in self._known.items():
            for begin in [one for one in known if not self.is_settled(key.table, one)]:
                del known[begin]

    def is_settled(self, table: str, begin: int) -> bool:
        """Whether the rows of the stretch are not about to change, as far as the last look tells."""
        end = begin + GRAIN_S
        return (
            self._looked is not None
            and end <= self._looked - SETTLED_S
            and begin not in self._stored.get(table, ())
            and not any(one < end and begin < other for one, other in self._marked)
        )

    def known(self, key: Key) -> Stretches:
        """What is remembered of the statement."""
        return self._known.get(key, {})

    def keep(self, key: Key, found: Stretches, wanted: Iterable[int]) -> None:
        """Remembers what was found, and nothing besides of stretches that are no longer wanted."""
        known = {**self._known.get(key, {}), **found}
        kept = {
            begin: known[begin] for begin in wanted if begin in known and self.is_settled(key.table, begin)
        }
        if sum(map(len, kept.values())) > _MOST_CELLS:
            kept = {}
        self._known[key] = kept
