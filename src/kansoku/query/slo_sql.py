"""The events of objectives as SQL: over each window that a budget needs, and day by day."""

# Only names and literals of the catalog are written into the text; what users give is bound.

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from kansoku.catalog.indicators import SPENT
from kansoku.catalog.measures import Measure
from kansoku.catalog.slos import Slo
from kansoku.query.rolled import NOTHING, Held
from kansoku.query.scope import Grid, Scope
from kansoku.query.source import source
from kansoku.query.statement import Cells, Statement, whole
from kansoku.query.survey import Survey, surveys

Events = tuple[int, int]
"""How many rows count, and how many of them are bad."""

DAY_S = 86_400

FIRST = Statement("SELECT toUnixTimestamp(min(time)) FROM calls", {})
"""When the first call that is kept began, in unix seconds; 0 where there is none."""


@dataclass(frozen=True, slots=True)
class AskEvents:
    """A statement that gives the events of objectives on one table over the last `window_s` seconds."""

    window_s: int
    survey: Survey
    slos: tuple[Slo, ...]

    @property
    def statement(self) -> Statement:
        """What is asked."""
        return self.survey.statement

    def read(self, rows: Sequence[Cells]) -> dict[str, Events]:
        """The events by the objective's name, from the rows that the statement gave."""
        found = {name: reading.n for name, reading in self.survey.readings(rows).items()}
        return {
            slo.name: told(slo, found[f"{slo.name} eligible"], found[f"{slo.name} told"]) for slo in self.slos
        }


def events(wanted: Iterable[tuple[Slo, int]], now: float, held: Held = NOTHING) -> tuple[AskEvents, ...]:
    """The statements for objectives over windows of so many seconds up to `now`, unix seconds.

    Raises:
        DefinitionError: If an objective names a field that its relation lacks.
    """
    windows: dict[tuple[int, str], dict[Slo, None]] = {}
    for slo, window_s in wanted:
        windows.setdefault((window_s, slo.relation.table), {})[slo] = None
    return tuple(
        AskEvents(window_s, survey, tuple(slos))
        for (window_s, _), slos in windows.items()
        for survey in surveys(_named(slos), Scope.until(now, window_s), held)
    )


def by_day(slo: Slo, grid: Grid, held: Held = NOTHING) -> Statement:
    """The objective's events in each step of the grid that has any; `read_days` reads its rows.

    Raises:
        DefinitionError: As `events` says.
    """
    found = source(grid.whole, slo.counts, step_s=grid.step_s, held=held)
    text = f"SELECT {found.at} AS at, {found.columns} FROM {found.rows} GROUP BY at ORDER BY at"
    return Statement(text, found.bound)


def read_days(slo: Slo, rows: Iterable[Cells]) -> Mapping[int, Events]:
    """The objective's events by the step's first second."""
    return {whole(at): told(slo, whole(eligible), whole(other)) for at, _, eligible, _, other in rows}


def tally(slo: Slo, now: float, held: Held) -> Statement:
    """The events of the objective's window; `read_tally` reads its row."""
    found = source(Scope.until(now, slo.looks_back(now)), slo.counts, held=held)
    return Statement(f"SELECT {found.columns} FROM {found.rows}", found.bound)


def read_tally(slo: Slo, rows: Sequence[Cells]) -> Events:
    """The objective's events."""
    ((_, eligible, _, other),) = rows
    return told(slo, whole(eligible), whole(other))


def spent(scope: Scope, held: Held = NOTHING) -> Statement:
    """What was spent: one row, USD and the calls with a price."""
    found = source(scope, (SPENT,), held=held)
    return Statement(f"SELECT {found.columns} FROM {found.rows}", found.bound)


def told(slo: Slo, eligible: int, other: int) -> Events:
    """The objective's events, by what its `counts` gave."""
    return eligible, other if slo.counts_bad else eligible - other


def _named(slos: Iterable[Slo]) -> dict[str, Measure]:
    named: dict[str, Measure] = {}
    for slo in slos:
        named[f"{slo.name} eligible"], named[f"{slo.name} told"] = slo.counts
    return named
