"""The JSON of objectives and their error budgets. Times are unix seconds, shares lie between 0 and 1."""

from pydantic import BaseModel, Field

from kansoku.catalog.alerts import Severity
from kansoku.judge.budget import BudgetState
from kansoku.show.shapes import CostShape, Words


class BurnShape(BaseModel):
    """How fast the budget goes over a pair of windows; a rate is null where nothing happened.

    At a rate of 1 the budget is used up exactly at the end of the objective's window.
    """

    factor: float
    long_s: int
    short_s: int
    severity: Severity
    long_rate: float | None
    short_rate: float | None
    passed: bool


class SloShape(BaseModel):
    """An objective and what is left of its budget.

    `left` is a share of the budget, below 0 where it is overspent, null where nothing happened. `lasts_s` is
    how long it lasts at the present rate, null where that is beyond the window. `rate` is null
    where nothing is known. `over` says what the budget is of: so many days up to now, or a calendar period,
    which is from `from` to `to`; `window_s` is then about its length.
    """

    name: str
    title: Words
    why: Words
    target: float
    window_s: int
    over: Words
    begin: int | None = Field(default=None, serialization_alias="from")
    end: int | None = Field(default=None, serialization_alias="to")
    eligible: int
    bad: int
    allowed: float
    left: float | None
    rate: float | None
    lasts_s: float | None
    state: BudgetState
    burns: list[BurnShape]
    warnings: list[Words]


class SlosShape(BaseModel):
    """Every objective at a moment; `cost` is null where no budget is set."""

    at: int
    slos: list[SloShape]
    cost: CostShape | None


class DayShape(BaseModel):
    """A day that ended at `at`: its own events, and what was left of the budget then."""

    at: int
    eligible: int
    bad: int
    left: float | None


class SloHistoryShape(BaseModel):
    """What was left of the budget at the end of each day (UTC) of the window, today's so far included."""

    name: str
    days: list[DayShape]
