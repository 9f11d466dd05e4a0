"""What the API asks the store: the status, a group of panels, the features there are."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from kansoku.catalog.honesty import DAY_S, LATE_S
from kansoku.catalog.indicators import INDICATORS
from kansoku.catalog.measures import Measure, Quantile, Reading
from kansoku.catalog.panels import Bars, Panel, PanelGroup
from kansoku.catalog.rollups import BY_FEATURE
from kansoku.catalog.windows import step_seconds
from kansoku.errors import QueryRefused
from kansoku.judge.verdict import BESIDES, BY_SERVICE, MOST_FREQUENT_ERROR, Evidence, Verdict, verdict
from kansoku.query import choices, releases, rolled
from kansoku.query.answer import Answer, Ranking, Table, nothing, relations_of
from kansoku.query.own_counters import OwnCounters, told
from kansoku.query.own_counters import own_counters as counters_over
from kansoku.query.panel_sql import plan
from kansoku.query.rankings import Rankings, rankings, shared, together
from kansoku.query.rolled import NOTHING, Held, Withdrawn
from kansoku.query.scope import Grid, Scope, moment
from kansoku.query.statement import Statement, number, whole
from kansoku.query.survey import Survey, surveys
from kansoku.store.port import Store
from kansoku.store.schema.duplicates import DUPLICATES_BY_PAIR
from kansoku.store.upkeep.retention import LATE_ROWS

_FEATURES_S = 7 * 86_400
"""Features of the last week stay in the list, so that one that fell silent can still be chosen."""

_FEATURES = (
    "SELECT DISTINCT toString(feature) AS who FROM calls "
    "WHERE time >= {from:DateTime64(9, 'UTC')} AND time < {to:DateTime64(9, 'UTC')} "
    "AND feature != '' ORDER BY who LIMIT 200"
)
_FEATURES_ROLLED = (
    f"SELECT DISTINCT who FROM (SELECT toString(feature) AS who FROM {BY_FEATURE.name} "  # noqa: S608
    "WHERE begin >= {from:DateTime('UTC')} AND begin < {to:DateTime('UTC')} "
    "UNION ALL SELECT DISTINCT toString(feature) AS who FROM calls "
    "WHERE time >= {rolled:DateTime64(9, 'UTC')} AND time < {to:DateTime64(9, 'UTC')}) "
    "WHERE who != '' ORDER BY who LIMIT 200"
)
"""A choice to filter by: what was removed from the calls may stay in it for a moment."""
_STORED = Statement("SELECT count(), countIf(unpriced_reason != '') FROM calls", {})
_STORED_LATELY = (
    "SELECT count(), countIf(toUnixTimestamp(stored_at) - toUnixTimestamp(time) - ifNull(duration_s, 0) "
    "> {late:UInt32}) FROM calls WHERE stored_at >= {day:DateTime('UTC')}"
)


@dataclass(frozen=True, slots=True)
class Answered:
    """An answer, and how far its quantiles may lie off, as a share of them; None where it is exact.

    `unfit` names a filter that can say nothing of the rows: the answer is then about none.
    """

    answer: Answer
    error: float | None = None
    unfit: str | None = None


@dataclass(frozen=True, slots=True)
class StoredCalls:
    """All calls in the store, those without a known price, those stored in a day, and those of them late."""

    all: int
    unpriced: int
    of_the_day: int
    late_of_the_day: int


@dataclass(frozen=True, slots=True)
class Judged:
    """A verdict, and how far the readings that are not exact may lie off, as a share of each, by name."""

    verdict: Verdict
    errors: Mapping[str, float]


async def judged(store: Store, scope: Scope, rollups: Held = NOTHING, *, chosen: bool = False) -> Judged:
    """The verdict over the scope; indicators with a window of their own keep it, up to its end.

    `chosen` says that the scope is a time that was chosen, and need not end now.

    Raises:
        StoreError: If the store could not answer.
    """
    own: dict[Scope, dict[str, Measure]] = {scope: dict(BESIDES)}
    readings: dict[str, Reading] = {}
    for known in INDICATORS:
        if scope.unfit(known.measure.relation) is not None:
            readings[known.name] = Reading(None, 0)
            continue
        begin = scope.begin if known.window_s is None else scope.end - known.window_s
        at = Scope(begin, scope.end, scope.filters)
        own.setdefault(at, {})[known.name] = known.measure
    asked = [survey for at, measures in own.items() for survey in surveys(measures, at, rollups)]
    grid = Grid(scope, scope.end - scope.begin)
    most, services, found = await asyncio.gather(
        answered(store, MOST_FREQUENT_ERROR, grid, rollups),
        answered(store, BY_SERVICE, grid, rollups),
        asyncio.gather(*(_read(store, survey) for survey in asked)),
    )
    for some in found:
        readings |= some
    errors = {name: one.error for one in asked if one.error is not None for name in one.names}
    quantiles = {one.name for one in INDICATORS if isinstance(one.measure, Quantile)}
    return Judged(
        verdict(_evidence(scope, readings, (most.answer, services.answer), chosen=chosen)),
        {name: error for name, error in errors.items() if name in quantiles},
    )


async def earlier(store: Store, scope: Scope, rollups: Held = NOTHING) -> Mapping[str, float | None]:
    """What each indicator was over the time before the scope's, by name.

    One with a window of its own is told over the window before its own, which it shares no call with.

    Raises:
        StoreError: If the store could not answer.
    """
    asked: dict[Scope, dict[str, Measure]] = {}
    for known in INDICATORS:
        if scope.unfit(known.measure.relation) is None:
            begin = scope.begin if known.window_s is None else scope.end - known.window_s
            at = Scope(begin, scope.end, scope.filters).before(1)
            asked.setdefault(at, {})[known.name] = known.measure
    wanted = [survey for at, measures in asked.items() for survey in surveys(measures, at, rollups)]
    found = await asyncio.gather(*(_read(store, survey) for survey in wanted))
    return {name: one.value for some in found for name, one in some.items()}


async def panels(
    store: Store, group: PanelGroup, scope: Scope, rollups: Held = NOTHING
) -> tuple[Grid, list[Answered]]:
    """The answers of the group's panels, in their order, and the steps of its time series.

    Raises:
        StoreError: If the store could not answer.
    """
    grid = Grid(scope, step_seconds(scope.end - scope.begin))
    some = together(group.panels)
    told = await asyncio.gather(*(_answered(store, one, grid, rollups) for one in some))
    answers = {
        panel.id: answer
        for panels, given in zip(some, told, strict=True)
        for panel, answer in zip(panels, given, strict=True)
    }
    return grid, [answers[panel.id] for panel in group.panels]


async def _answered(store: Store, panels: Sequence[Panel], grid: Grid, rollups: Held) -> list[Answered]:
    """The answers of one panel, or of rankings that are read in one pass."""
    ranked = [panel for panel in panels if isinstance(panel, Bars)]
    fit = all(grid.scope.unfit(panel.measure.relation) is None for panel in ranked)
    if not ranked or not shared(ranked) or not fit:
        return [await answered(store, panel, grid, rollups) for panel in panels]
    asked = rankings(ranked, grid.scope, rollups)
    if asked.front is not None:
        left = asked.narrowed(await _rows(store, asked.front))
        if not isinstance(left, Rankings):
            return [Answered(answer) for answer in left]
        asked = left
    return [Answered(answer) for answer in asked.answers(await _rows(store, asked.statement))]


async def answered(store: Store, panel: Panel, grid: Grid, rollups: Held = NOTHING) -> Answered:
    """The panel's answer.

    Raises:
        StoreError: If the store could not answer.
    """
    unfit = next(filter(None, map(grid.scope.unfit, relations_of(panel))), None)
    if unfit is not None:
        return Answered(nothing(panel, grid), unfit=unfit)
    planned = plan(panel, grid, rollups)
    found = [await _rows(store, statement) for statement in planned.statements]
    return Answered(planned.answer(found), planned.error)


async def features(store: Store, end: int, rollups: Held = NOTHING) -> list[str]:
    """The features that called in the week before `end` (unix seconds), by name.

    Raises:
        StoreError: If the store could not answer.
    """
    begin = end - _FEATURES_S
    held = rollups.ranges.get(BY_FEATURE.name, ())
    rolled = held[-1][1] if held else begin
    bound = {"from": moment(begin), "rolled": moment(min(max(begin, rolled), end)), "to": moment(end)}
    asked = Statement(_FEATURES_ROLLED if held else _FEATURES, bound)
    return [str(cells[0]) for cells in await _rows(store, asked)]


async def values(store: Store, end: int, rollups: Held = NOTHING) -> dict[str, list[str]]:
    """What there is to filter by among the calls of the week before `end` (unix seconds), by filter.

    Raises:
        StoreError: If the store could not answer.
    """
    asked = choices.values(end - _FEATURES_S, end, rollups)
    found = await asyncio.gather(*(_rows(store, statement) for statement in asked.values()))
    return {name: choices.values_told(rows) for name, rows in zip(asked, found, strict=True)}


async def markers(store: Store, scope: Scope, rollups: Held = NOTHING) -> list[releases.Marker]:
    """The releases that began within the scope's time, whatever its filters.

    Raises:
        StoreError: If the store could not answer.
    """
    asked = releases.candidates(scope.begin, scope.end, rollups)
    if asked is None:
        return releases.markers_told(await _rows(store, releases.markers(scope.begin, scope.end)))
    found = releases.candidates_told(await _rows(store, asked))
    if not found:
        return []
    began = await _rows(store, releases.beginnings(found, scope.begin, scope.end))
    return releases.began(found, began, scope.begin)


async def stored_calls(store: Store, now: int) -> StoredCalls:
    """How many calls there are; the day is the one up to `now` (unix seconds).

    Raises:
        StoreError: If the store could not answer.
    """
    lately = Statement(_STORED_LATELY, {"day": moment(now - DAY_S), "late": LATE_S})
    (every,), (day,) = await asyncio.gather(_rows(store, _STORED), _rows(store, lately))
    return StoredCalls(*map(whole, (*every, *day)))


async def own_counters(store: Store, begin: int, end: int) -> OwnCounters:
    """What applications told over a time (unix seconds) of what they dropped and masked.

    Raises:
        StoreError: If the store could not answer.
    """
    return told(await _rows(store, counters_over(begin, end)))


async def duplicates(store: Store) -> dict[str, int]:
    """Calls that two emitters told of, or one twice: by the pair, the one that does not count first.

    Raises:
        StoreError: If the store could not answer.
    """
    rows = await _rows(store, Statement(DUPLICATES_BY_PAIR, {}))
    return {str(pair): whole(calls) for pair, calls in rows}


async def late_rows(store: Store) -> int:
    """Rows that came when their day was kept no more, and were dropped.

    Raises:
        StoreError: If the store could not answer.
    """
    ((rows,),) = await _rows(store, Statement(LATE_ROWS, {}))
    return whole(rows)


async def withdrawals(store: Store, now: int) -> Withdrawn:
    """The hours that late calls came into and that are not summed anew yet (unix seconds).

    Raises:
        StoreError: If the store could not answer.
    """
    try:
        rows = await _rows(store, rolled.withdrawals())
    except QueryRefused:  # it has no rollups
        rows = []
    return rolled.withdrawn(rows, now)


async def _read(store: Store, survey: Survey) -> Mapping[str, Reading]:
    return survey.readings(await _rows(store, survey.statement))


async def _rows(store: Store, statement: Statement) -> list[tuple[object, ...]]:
    return (await store.query(statement.text, statement.parameters)).rows


def _evidence(
    scope: Scope, readings: Mapping[str, Reading], told: tuple[Answer, Answer], *, chosen: bool
) -> Evidence:
    most, services = told
    first = most.bars[0].label if isinstance(most, Ranking) and most.bars else None
    return Evidence(
        window_s=scope.end - scope.begin,
        readings=readings,
        besides=readings,
        most_frequent_error=first or None,
        of=tuple(value for _, value in scope.filters),
        chosen=chosen,
        services=_error_rates(services),
    )


def _error_rates(found: Answer) -> Mapping[str, Reading]:
    """The error rate of each service."""
    rows = found.rows if isinstance(found, Table) else ()
    counts = {str(who or ""): (number(failed) or 0.0, whole(ended)) for who, failed, ended in rows}
    return {who: Reading(failed / ended, ended) for who, (failed, ended) in counts.items() if ended}
