"""Error budgets: how much of what an objective allows is used, how fast it goes, and how long it lasts.

A budget is kept in events, summed over all of its window. A mean of ratios would count a quiet night with
half of 144 calls failing for as much as a busy day: it calls 25 % what is 0.01 % of the calls.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from kansoku.catalog.periods import Calendar
from kansoku.catalog.slos import LEAST_BAD, Burn, CostBudget, Slo
from kansoku.catalog.spans import span
from kansoku.catalog.text import Text
from kansoku.judge import figures, phrases

BudgetState = Literal["ok", "burning", "exhausted", "low_traffic", "no_data"]
"""`burning`: a burn rate that alerts is passed, or a month's forecast is above what it may cost.

`low_traffic`: too few events, or too few bad ones, to say that the objective is missed.
"""

_DAY_S = 86_400
_MONTH = Calendar("month")
_EXACT = 9
"""Decimal places of an event: 1 - 0.995 is a little more than 0.005, and five of 1,000 are still all."""


@dataclass(frozen=True, slots=True)
class Tally:
    """Events of a stretch of time: those that count, and the bad ones of them."""

    eligible: int = 0
    bad: int = 0

    def __add__(self, other: "Tally") -> "Tally":
        return Tally(self.eligible + other.eligible, self.bad + other.bad)

    @property
    def share(self) -> float | None:
        """The share that is bad; None without events."""
        return self.bad / self.eligible if self.eligible else None

    def rate(self, slo: Slo) -> float | None:
        """The burn rate: 1 uses up the budget exactly by the end of the objective's window."""
        return None if self.share is None else self.share / slo.budget


@dataclass(frozen=True, slots=True)
class BurnNow:
    """How fast the budget goes over one pair of windows."""

    slo: Slo
    burn: Burn
    long: Tally
    short: Tally

    @property
    def passed(self) -> bool:
        """Whether it alerts: above the factor in both windows, on enough events."""
        bound = self.burn.factor * self.slo.budget
        shares = (self.long.share, self.short.share)
        return (
            all(share is not None and share > bound for share in shares)
            and self.long.bad >= LEAST_BAD
            and self.long.eligible >= self.slo.at_least
        )


@dataclass(frozen=True, slots=True)
class Budget:
    """The budget of an objective over its window, and its burn rates over their own.

    `at` is the moment, in unix seconds, that budgets of calendar periods are looked at.
    """

    slo: Slo
    tally: Tally
    burns: tuple[BurnNow, ...] = ()
    at: float = 0.0

    @property
    def period(self) -> tuple[int, int] | None:
        """The calendar period that it is of: its first second and that of the next; None where it rolls."""
        return None if self.slo.calendar is None else self.slo.calendar.period(self.at)

    @property
    def allowed(self) -> float:
        """The bad events that the window allows."""
        exact = self.slo.budget * self.tally.eligible
        return round(exact, _EXACT) or exact

    @property
    def left(self) -> float | None:
        """The share of the budget that is left, below 0 where it is overspent; None without events."""
        return 1 - self.tally.bad / self.allowed if self.allowed else None

    @property
    def state(self) -> BudgetState:
        """Where it stands."""
        if self.left is None:
            return "no_data"
        if self.tally.eligible < self.slo.at_least:
            return "low_traffic"
        if self.left <= 0:
            return "exhausted" if self.tally.bad >= LEAST_BAD else "low_traffic"
        return "burning" if any(one.passed for one in self.burns) else "ok"

    @property
    def rate(self) -> float | None:
        """The burn rate now: that over the shortest of the long windows; None without events in it."""
        return min(self.burns, key=lambda one: one.burn.long_s).long.rate(self.slo) if self.burns else None

    @property
    def lasts_s(self) -> float | None:
        """Seconds until it is used up if it burns on as now and none of what was used falls due.

        0 where it is used up; None where that lies beyond the objective's window, or nothing is known. The
        budget of a calendar period grows with its events, here by as many as so far.
        """
        left, rate = self.left, self.rate
        if left is not None and left <= 0:
            return 0.0
        if left is None or not rate:
            return None
        period = self.period
        if period is None:
            seconds = left * self.slo.window_s / rate
            return seconds if seconds <= self.slo.window_s else None
        if rate <= 1:
            return None
        seconds = left * (self.at - period[0]) / (rate - 1)
        return seconds if self.at + seconds < period[1] else None

    @property
    def warnings(self) -> tuple[Text, ...]:
        """What keeps the objective from being guarded as its target says, traffic included."""
        period = self.period
        early = period is not None and 2 * (self.at - period[0]) < self.slo.window_s
        few = 0 < self.allowed < LEAST_BAD and not early
        return (*warnings(self.slo), *((_few(self),) if few else ()))


def budget(slo: Slo, tallies: Mapping[int, Tally], now: float = 0.0) -> Budget:
    """The budget, from the events over the last so many seconds: `windows` says which are asked for.

    The moment (unix seconds) matters to budgets of calendar periods alone.
    """
    nothing = Tally()
    burns = (
        BurnNow(slo, burn, tallies.get(burn.long_s, nothing), tallies.get(burn.short_s, nothing))
        for burn in slo.burns
        if slo.reachable(burn)
    )
    return Budget(slo, tallies.get(slo.looks_back(now), nothing), tuple(burns), now)


def windows(slo: Slo, now: float = 0.0) -> tuple[int, ...]:
    """The windows, in seconds up to `now`, whose events a budget needs, the shortest first."""
    return tuple(
        sorted({slo.looks_back(now), *(s for burn in slo.burns for s in (burn.short_s, burn.long_s))})
    )


def warnings(slo: Slo) -> tuple[Text, ...]:
    """What of the objective can never alert, whatever its traffic."""
    dead = [burn for burn in slo.burns if not slo.reachable(burn)]
    told = [_unreachable(slo, burn) for burn in dead]
    if len(dead) == len(slo.burns):
        told.append(
            Text(
                f"{slo.name}: no burn rate can alert; nothing guards this objective",
                f"{slo.name}: 発火できるバーンレートがなく、この目標は監視されません",
            )
        )
    return tuple(told)


def _unreachable(slo: Slo, burn: Burn) -> Text:
    long, short = span(burn.long_s), span(burn.short_s)
    target, least = figures.bound(slo.target, "ratio"), figures.amount(1 - 1 / burn.factor, "ratio")
    return Text(
        f"{slo.name}: with a target of {target.en} the burn rate {burn.factor:g} over {long.en} and "
        f"{short.en} never alerts, for it would take more than 100 % bad events; "
        f"that needs a target above {least.en}",
        f"{slo.name}: 目標 {target.ja} では、{long.ja}と{short.ja}のバーンレート {burn.factor:g} は"
        f"不良率 100% でも超えず、発火しません。{least.ja}より高い目標が必要です",
    )


def _few(found: Budget) -> Text:
    slo, rows = found.slo, phrases.rows(found.slo.relation.kind, found.tally.eligible)
    over = phrases.over(slo)
    over = over if slo.calendar is None else Text(f"this {over.en}", f"この{over.ja}")
    allowed = figures.figure(found.allowed, "count")
    return Text(
        f"{slo.name}: {rows.en} in {over.en} allow {allowed} bad, fewer than the {LEAST_BAD} that it takes "
        "to alert; lower the target, or judge over a longer window",
        f"{slo.name}: {over.ja}の{rows.ja}で許される不良は {allowed} 件で、発火に必要な {LEAST_BAD} 件に"
        "足りません。目標を下げるか期間を長くしてください",
    )


@dataclass(frozen=True, slots=True)
class MonthCost:
    """What the calendar month (UTC) has cost so far, against what it may cost.

    Attributes:
        budget: What it may cost; None where nothing is said of that.
        now: The present, in unix seconds.
        spent: USD since the month began; None where no call has a price.
        recent: USD over the `recent_s` seconds before now, by which the rest of the month is forecast.
        recent_s: How long those are; 0 where nothing is known of them.
    """

    budget: CostBudget | None
    now: float
    spent: float | None
    recent: float = 0.0
    recent_s: float = 0.0

    @property
    def left(self) -> float | None:
        """USD left, below 0 where it is overspent; None without a budget."""
        return None if self.budget is None else self.budget.usd - (self.spent or 0.0)

    @property
    def forecast(self) -> float | None:
        """USD by the end of the month if spending goes on as of late; None where nothing was spent."""
        if self.spent is None:
            return None
        pace = self.recent / self.recent_s if self.recent_s else 0.0
        return self.spent + pace * (month_of(self.now)[1] - self.now)

    @property
    def lasts_s(self) -> float | None:
        """Seconds until it is used up at that pace: 0 where it is, None where it lasts to the month's end."""
        left = self.left
        if left is not None and left <= 0:
            return 0.0
        if left is None or not self.recent or not self.recent_s:
            return None
        seconds = left * self.recent_s / self.recent
        return seconds if self.now + seconds < month_of(self.now)[1] else None

    @property
    def state(self) -> BudgetState:
        """Where it stands."""
        forecast = self.forecast
        if forecast is None:
            return "no_data"
        if self.budget is None or self.left is None:
            return "ok"
        if self.left <= 0:
            return "exhausted"
        return "burning" if forecast > self.budget.usd else "ok"


def month_of(now: float) -> tuple[int, int]:
    """The calendar month (UTC) that the second lies in: its first second, and that of the next month."""
    return _MONTH.period(now)


def remainders(slo: Slo, days: Mapping[int, Tally], first: int, last: int) -> tuple[tuple[int, Budget], ...]:
    """The budget at the end of each day from the one that begins at `first` to that at `last`, unix seconds.

    Each is over the objective's whole window up to then, so `days` must reach back that much further.
    """
    span = -(-slo.window_s // _DAY_S)
    found: list[tuple[int, Budget]] = []
    for day in range(first, last + 1, _DAY_S):
        events = (days.get(day - back * _DAY_S, Tally()) for back in range(span))
        found.append((day + _DAY_S, Budget(slo, sum(events, Tally()))))
    return tuple(found)


def remainders_of_periods(
    slo: Slo, calendar: Calendar, steps: Mapping[int, Tally], now: float
) -> tuple[tuple[int, Tally, Budget], ...]:
    """Each day of the calendar period before and of the present one: its end, its events, the budget then.

    `steps` has the events by the first second of stretches that no day's end cuts in two.
    """
    present = calendar.period(now)[0]
    found: list[tuple[int, Tally, Budget]] = []
    for begin, end in (calendar.period(present - 1), (present, int(now) + 1)):
        left = Tally()
        for first, after in calendar.days(begin, end):
            mine = sum((one for at, one in steps.items() if first <= at < after), Tally())
            left += mine
            found.append((after, mine, Budget(slo, left, at=after - 1)))
    return tuple(found)
