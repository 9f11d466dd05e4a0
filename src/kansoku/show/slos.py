"""The routes of objectives: what is left of each error budget, how fast it goes, and how it went."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from fastapi import APIRouter

from kansoku.catalog.alerts import Alert
from kansoku.catalog.periods import Calendar
from kansoku.catalog.slos import CostBudget, Slo
from kansoku.judge import phrases
from kansoku.judge.budget import (
    Budget,
    BurnNow,
    Tally,
    budget,
    remainders,
    remainders_of_periods,
    windows,
)
from kansoku.query.rolled import Held
from kansoku.query.scope import Grid, Scope
from kansoku.query.slo_sql import DAY_S, by_day, events, read_days
from kansoku.query.statement import Cells, Statement
from kansoku.show.month import month_cost, month_shape
from kansoku.show.pictures import words
from kansoku.show.refusals import RequestRefused
from kansoku.show.shapes import CostShape
from kansoku.show.slo_shapes import BurnShape, DayShape, SloHistoryShape, SloShape, SlosShape
from kansoku.store.holdings import Holdings
from kansoku.store.port import Store

_HOUR_S = 3_600


@dataclass(slots=True)
class Promises:
    """What is held to: the objectives, what a month may cost, and the alerts; others may be taken up."""

    slos: tuple[Slo, ...]
    cost: CostBudget | None = None
    alerts: tuple[Alert, ...] = ()

    def take(self, other: "Promises") -> None:
        """Has what the other has from now on."""
        self.slos, self.cost, self.alerts = other.slos, other.cost, other.alerts


def slo_routes(store: Store, promises: Promises, clock: Callable[[], float]) -> APIRouter:
    """The routes under `/api/slos`.

    Args:
        store: What is asked.
        promises: What is held to.
        clock: Gives the present in unix seconds.
    """
    routes = APIRouter()
    holdings = Holdings(store)

    @routes.get("/api/slos")
    async def slos() -> SlosShape:
        now = clock()
        held = await holdings.at(now)
        found, cost = await asyncio.gather(
            budgets(store, promises.slos, now, held), _cost(store, promises.cost, now, held)
        )
        return SlosShape(at=int(now), slos=[_slo(one) for one in found], cost=cost)

    @routes.get("/api/slos/{name}")
    async def history(name: str) -> SloHistoryShape:
        slo = next((one for one in promises.slos if one.name == name), None)
        if slo is None:
            known = ", ".join(one.name for one in promises.slos)
            raise RequestRefused(
                f"name: there is no objective {name!r}; use one of {known}", status=404, field="name"
            )
        return SloHistoryShape(name=name, days=await _days(store, slo, clock(), holdings))

    return routes


async def budgets(store: Store, slos: Sequence[Slo], now: float, held: Held) -> list[Budget]:
    """The budget of each objective, in their order.

    Raises:
        StoreError: If the store could not answer.
    """
    asks = events([(slo, window_s) for slo in slos for window_s in windows(slo, now)], now, held)
    answers = await asyncio.gather(*(_rows(store, ask.statement) for ask in asks))
    tallies: dict[str, dict[int, Tally]] = {slo.name: {} for slo in slos}
    for ask, rows in zip(asks, answers, strict=True):
        for name, found in ask.read(rows).items():
            tallies[name][ask.window_s] = Tally(*found)
    return [budget(slo, tallies[slo.name], now) for slo in slos]


async def _cost(store: Store, asked: CostBudget | None, now: float, held: Held) -> CostShape | None:
    return None if asked is None else month_shape(await month_cost(store, asked, now, held))


async def _days(store: Store, slo: Slo, now: float, holdings: Holdings) -> list[DayShape]:
    if slo.calendar is not None:
        return await _days_of_periods(store, slo, slo.calendar, now, await holdings.at(now))
    today = int(now) // DAY_S * DAY_S
    span_s = -(-slo.window_s // DAY_S) * DAY_S
    first = today - span_s + DAY_S
    grid = Grid(Scope(first - span_s, today + DAY_S), DAY_S)
    rows = await _rows(store, by_day(slo, grid, await holdings.at(now)))
    days = {day: Tally(*found) for day, found in read_days(slo, rows).items()}
    nothing = Tally()
    return [
        DayShape(
            at=end,
            eligible=days.get(end - DAY_S, nothing).eligible,
            bad=days.get(end - DAY_S, nothing).bad,
            left=then.left,
        )
        for end, then in remainders(slo, days, first, today)
    ]


async def _days_of_periods(
    store: Store, slo: Slo, calendar: Calendar, now: float, held: Held
) -> list[DayShape]:
    """Days by the clock of the calendar's place, from the beginning of the period before."""
    begin = calendar.period(calendar.period(now)[0] - 1)[0]
    edges = {edge for day in calendar.days(begin, int(now) + 1) for edge in day}
    # Days begin at whole hours but in a few zones; these are read by the quarter of one.
    step_s = DAY_S if all(edge % DAY_S == 0 for edge in edges) else _HOUR_S
    step_s = step_s if all(edge % _HOUR_S == 0 for edge in edges) else _HOUR_S // 4
    rows = await _rows(store, by_day(slo, Grid(Scope(begin, int(now) + 1), step_s), held))
    steps = {at: Tally(*found) for at, found in read_days(slo, rows).items()}
    return [
        DayShape(at=end, eligible=mine.eligible, bad=mine.bad, left=then.left)
        for end, mine, then in remainders_of_periods(slo, calendar, steps, now)
    ]


async def _rows(store: Store, statement: Statement) -> Sequence[Cells]:
    return (await store.query(statement.text, statement.parameters)).rows


def _slo(found: Budget) -> SloShape:
    slo, period = found.slo, found.period
    return SloShape(
        name=slo.name,
        title=words(slo.title),
        why=words(slo.why),
        target=slo.target,
        window_s=slo.window_s,
        over=words(phrases.over(slo)),
        begin=period and period[0],
        end=period and period[1],
        eligible=found.tally.eligible,
        bad=found.tally.bad,
        allowed=found.allowed,
        left=found.left,
        rate=found.rate,
        lasts_s=found.lasts_s,
        state=found.state,
        burns=[_burn(one) for one in found.burns],
        warnings=[words(one) for one in found.warnings],
    )


def _burn(now: BurnNow) -> BurnShape:
    burn = now.burn
    return BurnShape(
        factor=burn.factor,
        long_s=burn.long_s,
        short_s=burn.short_s,
        severity=burn.severity,
        long_rate=now.long.rate(now.slo),
        short_rate=now.short.rate(now.slo),
        passed=now.passed,
    )
