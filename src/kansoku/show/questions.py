"""What the API asks the store: the status, a group of panels, the features there are."""

import asyncio
from collections.abc import Mapping

from kansoku.catalog.indicators import INDICATORS
from kansoku.catalog.measures import Measure, Reading
from kansoku.catalog.panels import Panel, PanelGroup
from kansoku.catalog.windows import step_seconds
from kansoku.judge.verdict import BESIDES, MOST_FREQUENT_ERROR, Evidence, Verdict, verdict
from kansoku.query.answer import Answer, Ranking
from kansoku.query.panel_sql import plan
from kansoku.query.scope import Grid, Scope, moment
from kansoku.query.statement import Statement, whole
from kansoku.query.survey import Survey, surveys
from kansoku.store.port import Store
from kansoku.store.retention import LATE_ROWS

_FEATURES_S = 7 * 86_400
"""Features of the last week stay in the list, so that one that fell silent can still be chosen."""

_FEATURES = (
    "SELECT DISTINCT toString(feature) AS who FROM calls "
    "WHERE time >= {from:DateTime64(9, 'UTC')} AND time < {to:DateTime64(9, 'UTC')} "
    "AND feature != '' ORDER BY who LIMIT 200"
)
_UNPRICED = "SELECT count(), countIf(unpriced_reason != '') FROM calls"


async def judged(store: Store, scope: Scope) -> Verdict:
    """The verdict over the scope; indicators with a window of their own keep it, up to its end.

    Raises:
        StoreError: If the store could not answer.
    """
    own: dict[Scope, dict[str, Measure]] = {scope: dict(BESIDES)}
    for known in INDICATORS:
        begin = scope.begin if known.window_s is None else scope.end - known.window_s
        at = Scope(begin, scope.end, scope.filters)
        own.setdefault(at, {})[known.name] = known.measure
    asked = [survey for at, measures in own.items() for survey in surveys(measures, at)]
    most, found = await asyncio.gather(
        answered(store, MOST_FREQUENT_ERROR, Grid(scope, scope.end - scope.begin)),
        asyncio.gather(*(_read(store, survey) for survey in asked)),
    )
    readings: dict[str, Reading] = {}
    for some in found:
        readings |= some
    return verdict(_evidence(scope, readings, most))


async def panels(store: Store, group: PanelGroup, scope: Scope) -> tuple[Grid, list[Answer]]:
    """The answers of the group's panels, in their order, and the steps of its time series.

    Raises:
        StoreError: If the store could not answer.
    """
    grid = Grid(scope, step_seconds(scope.end - scope.begin))
    answers = await asyncio.gather(*(answered(store, panel, grid) for panel in group.panels))
    return grid, answers


async def answered(store: Store, panel: Panel, grid: Grid) -> Answer:
    """The panel's answer.

    Raises:
        StoreError: If the store could not answer.
    """
    planned = plan(panel, grid)
    found = [await _rows(store, statement) for statement in planned.statements]
    return planned.answer(found)


async def features(store: Store, end: int) -> list[str]:
    """The features that called in the week before `end` (unix seconds), by name.

    Raises:
        StoreError: If the store could not answer.
    """
    bound = {"from": moment(end - _FEATURES_S), "to": moment(end)}
    return [str(cells[0]) for cells in await _rows(store, Statement(_FEATURES, bound))]


async def calls_and_unpriced(store: Store) -> tuple[int, int]:
    """All calls in the store, and those of them without a known price.

    Raises:
        StoreError: If the store could not answer.
    """
    calls, unpriced = (await _rows(store, Statement(_UNPRICED, {})))[0]
    return whole(calls), whole(unpriced)


async def late_rows(store: Store) -> int:
    """Rows that came when their day was kept no more, and were dropped.

    Raises:
        StoreError: If the store could not answer.
    """
    ((rows,),) = await _rows(store, Statement(LATE_ROWS, {}))
    return whole(rows)


async def _read(store: Store, survey: Survey) -> Mapping[str, Reading]:
    return survey.readings(await _rows(store, survey.statement))


async def _rows(store: Store, statement: Statement) -> list[tuple[object, ...]]:
    return (await store.query(statement.text, statement.parameters)).rows


def _evidence(scope: Scope, readings: Mapping[str, Reading], most: Answer) -> Evidence:
    first = most.bars[0].label if isinstance(most, Ranking) and most.bars else None
    return Evidence(
        window_s=scope.end - scope.begin,
        readings=readings,
        besides=readings,
        most_frequent_error=first or None,
        feature=dict(scope.filters).get("feature"),
    )
