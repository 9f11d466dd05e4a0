"""The events of objectives as SQL: over each window that a budget needs, and day by day."""

# Only names and literals of the catalog are written into the text; what users give is bound.

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from kansoku.catalog.indicators import SPENT
from kansoku.catalog.measures import Count, Measure
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

    @property
    def statement(self) -> Statement:
        """What is asked."""
        return self.survey.statement

    def read(self, rows: Sequence[Cells]) -> dict[str, Events]:
        """The events by the objective's name, from the rows that the statement gave."""
        found = {name: reading.n for name, reading in self.survey.readings(rows).items()}
        names = dict.fromkeys(name.rpartition(" ")[0] for name in found)
        return {name: (found[f"{name} eligible"], found[f"{name} bad"]) for name in names}


def events(wanted: Iterable[tuple[Slo, int]], now: float, held: Held = NOTHING) -> tuple[AskEvents, ...]:
    """The statements for objectives over windows of so many seconds up to `now`, unix seconds.

    Raises:
        DefinitionError: If an objective names a field that its relation lacks.
    """
    windows: dict[int, dict[str, Measure]] = {}
    for slo, window_s in wanted:
        eligible, bad = _counts(slo)
        windows.setdefault(window_s, {}).update({f"{slo.name} eligible": eligible, f"{slo.name} bad": bad})
    return tuple(
        AskEvents(window_s, survey)
        for window_s, measures in windows.items()
        for survey in surveys(measures, Scope.until(now, window_s), held)
    )


def by_day(slo: Slo, grid: Grid, held: Held = NOTHING) -> Statement:
    """The objective's events in each step of the grid that has any; `read_days` reads its rows.

    Raises:
        DefinitionError: As `events` says.
    """
    told = source(grid.whole, _counts(slo), step_s=grid.step_s, held=held)
    text = f"SELECT {told.at} AS at, {told.columns} FROM {told.rows} GROUP BY at ORDER BY at"
    return Statement(text, told.bound)


def read_days(rows: Iterable[Cells]) -> Mapping[int, Events]:
    """The events by the step's first second."""
    return {whole(at): (whole(eligible), whole(bad)) for at, _, eligible, _, bad in rows}


def spent(scope: Scope, held: Held = NOTHING) -> Statement:
    """What was spent: one row, USD and the calls with a price."""
    told = source(scope, (SPENT,), held=held)
    return Statement(f"SELECT {told.columns} FROM {told.rows}", told.bound)


def _counts(slo: Slo) -> tuple[Count, Count]:
    return Count(slo.relation, slo.eligible), Count(slo.relation, slo.bad)
