"""What the calendar month costs, by the end of it too, as the objectives and the cost panels show it."""

import asyncio
from collections.abc import Sequence

from kansoku.catalog.slos import PACE_S, CostBudget
from kansoku.judge.budget import MonthCost, month_of
from kansoku.query.rolled import Held
from kansoku.query.scope import Scope
from kansoku.query.slo_sql import DAY_S, FIRST, spent
from kansoku.query.statement import Cells, Statement, number, whole
from kansoku.show.shapes import CostShape
from kansoku.store.port import Store


async def month_cost(store: Store, budget: CostBudget | None, now: float, held: Held) -> MonthCost:
    """The month that `now` (unix seconds) lies in.

    Raises:
        StoreError: If the store could not answer.
    """
    end = int(now) + 1
    month, lately = Scope(month_of(now)[0], end), Scope(end - PACE_S, end)
    statements = (spent(month, held), spent(lately, held), FIRST)
    (so_far,), (recent,), (first,) = await asyncio.gather(*(_rows(store, one) for one in statements))
    # At least a day: a minute of spending says nothing about a month.
    known_s = min(max(now - whole(first[0]), DAY_S), PACE_S) if whole(first[0]) else 0.0
    return MonthCost(budget, now, number(so_far[0]), number(recent[0]) or 0.0, known_s)


def month_shape(found: MonthCost) -> CostShape:
    """The month in the shape of the API."""
    begins, ends = month_of(found.now)
    return CostShape(
        budget_usd=found.budget and found.budget.usd,
        spent_usd=found.spent,
        left_usd=found.left,
        forecast_usd=found.forecast,
        lasts_s=found.lasts_s,
        state=found.state,
        month_begins=begins,
        month_ends=ends,
    )


async def _rows(store: Store, statement: Statement) -> Sequence[Cells]:
    return (await store.query(statement.text, statement.parameters)).rows
