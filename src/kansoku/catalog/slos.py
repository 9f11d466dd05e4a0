"""Service level objectives (SLOs): the share of good events promised over a month, and its burn rates.

The pairs of windows are those of the Google SRE workbook (chapter 5, "Alerting on SLOs"), as Sloth 0.16 has
them too. A budget is kept in events: bad ones over all of the month, never a mean of ratios.
"""

from dataclasses import dataclass

from kansoku.catalog.alerts import WEEK_S, Alert, Compare, Every, Severity, Signal, Some, Test
from kansoku.catalog.fields import CALLS, EVALUATIONS, FEEDBACK, TASKS, Relation
from kansoku.catalog.indicators import DAY_S, SPENT, bound
from kansoku.catalog.measures import AtMost, Both, Condition, Count, Is, Not, OneOf, Present, Ratio
from kansoku.catalog.outcomes import (
    ANSWERED,
    IS_HALLUCINATED,
    JUDGED,
    RATED,
    SERVABLE,
    SUCCEEDED,
)
from kansoku.catalog.periods import Calendar
from kansoku.catalog.slo_actions import action
from kansoku.catalog.spans import span
from kansoku.catalog.text import Text

MONTH_S = 30 * 86_400

USUAL_EVENTS = 20
"""So many events on the same day a week ago make it strange that today has none."""

LEAST_BAD = 3
"""Fewer bad events than this in the long window never alert: one failure at night is no outage."""


@dataclass(frozen=True, slots=True)
class Burn:
    """A pair of windows, in seconds, and the burn rate that both must pass.

    A burn rate of 1 uses up the budget exactly at the end of the objective's window.
    """

    factor: float
    long_s: int
    short_s: int
    severity: Severity


BURNS: tuple[Burn, ...] = (
    Burn(14.4, 3_600, 300, "page"),
    Burn(6.0, 21_600, 1_800, "page"),
    Burn(3.0, 86_400, 7_200, "ticket"),
    Burn(1.0, 259_200, 21_600, "ticket"),
)


def burns_over(window_s: int, burns: tuple[Burn, ...] = BURNS) -> tuple[Burn, ...]:
    """Burn rates of a month for an objective over `window_s` seconds: the same shares of its budget.

    A burn rate is the share of the budget that the long window may use, times window over long window. Pairs
    whose long window is no shorter than the objective's own are left out.
    """
    scale = window_s / MONTH_S
    return tuple(
        Burn(round(burn.factor * scale, 6), burn.long_s, burn.short_s, burn.severity)
        for burn in burns
        if burn.long_s < window_s
    )


@dataclass(frozen=True, slots=True)
class Slo:
    """Of the eligible rows of a month, the share that must be good.

    Attributes:
        name: Its name, as in `kansoku.toml`.
        title: What is promised.
        why: What it is about, in a sentence.
        relation: The rows.
        eligible: Which rows count.
        good: Which of them are good.
        target: The share that must be good, between 0 and 1.
        window_s: Seconds over which it is promised.
        at_least: Fewer eligible rows than this in a burn's long window are too few to alert.
        burns: The burn rates that alert, of those that its target lets be reached.
        calendar: The calendar periods that the budget is of, each anew; None where the last `window_s`
            seconds count at any moment. `window_s` is then about how long a period is.
    """

    name: str
    title: Text
    why: Text
    relation: Relation
    eligible: Condition
    good: Condition
    target: float
    window_s: int = MONTH_S
    at_least: int = 0
    burns: tuple[Burn, ...] = BURNS
    calendar: Calendar | None = None

    def looks_back(self, now: float) -> int:
        """Over how many seconds up to that moment (unix) the budget is, its own second included."""
        return self.window_s if self.calendar is None else int(now) + 1 - self.calendar.period(now)[0]

    @property
    def bad(self) -> Condition:
        """The rows that use up the budget."""
        return Both((self.eligible, Not(self.good)))

    @property
    def counts_bad(self) -> bool:
        """Whether the second of `counts` is the bad rows, rather than the good ones."""
        return isinstance(self.good, Not)

    @property
    def counts(self) -> tuple[Count, Count]:
        """The rows that count, and of these the good ones, or the bad ones: whichever is the plainer to say.

        It is what indicators count too, so that rollups answer it.
        """
        other = self.good.condition if isinstance(self.good, Not) else self.good
        return Count(self.relation, self.eligible), Count(self.relation, Both((self.eligible, other)))

    @property
    def budget(self) -> float:
        """The share of rows that may be bad."""
        return 1 - self.target

    def reachable(self, burn: Burn) -> bool:
        """Whether that burn rate can be passed at all: a bad share above 1 does not exist."""
        return burn.factor * self.budget < 1


PACE_S = 7 * DAY_S
"""A month is forecast by the last week, as far as there was one: it has every day once."""


@dataclass(frozen=True, slots=True)
class CostBudget:
    """What a calendar month (UTC) may cost, in USD.

    An hour that spends `hour_share` of it alerts, and a day that spends `day_share`.
    """

    usd: float
    hour_share: float = 0.02
    day_share: float = 0.10


_TICKETS = tuple(burn for burn in BURNS if burn.severity == "ticket")

SLOS: tuple[Slo, ...] = (
    Slo(
        "availability",
        Text("Calls are answered", "呼び出しが応答される"),
        Text(
            "Of the calls that a healthy API would answer, the share that was answered.",
            "正しいリクエストのうち、応答が得られた割合。",
        ),
        CALLS,
        SERVABLE,
        SUCCEEDED,
        bound("availability"),
    ),
    Slo(
        "latency",
        Text("Answers within 10 seconds", "10 秒以内の応答"),
        Text(
            "Of the answered calls, the share that took at most 10 seconds.",
            "応答が得られた呼び出しのうち、10 秒以内だった割合。",
        ),
        CALLS,
        ANSWERED,
        AtMost("duration_s", bound("latency_p95")),
        0.95,
        burns=(Burn(6.0, 21_600, 1_800, "page"), *_TICKETS),
    ),
    Slo(
        "ttft",
        Text("First chunk within 2.5 seconds", "最初の出力まで 2.5 秒以内"),
        Text(
            "Of the answered streams, the share whose first content came within 2.5 seconds.",
            "応答が得られたストリームのうち、最初の内容が 2.5 秒以内に届いた割合。",
        ),
        CALLS,
        Both((ANSWERED, Present("ttft_s"))),
        AtMost("ttft_s", bound("ttft_p95")),
        0.95,
        burns=_TICKETS,
    ),
    Slo(
        "task_completion",
        Text("Tasks are completed", "タスクの完了"),
        Text(
            "Of the tasks that the application ended, the share that did what it was for.",
            "終了したタスクのうち、目的を果たした割合。",
        ),
        TASKS,
        OneOf("label", ("completed", "failed")),
        Is("label", "completed"),
        bound("task_completion_rate"),
        at_least=20,
        burns=_TICKETS,
    ),
    Slo(
        "hallucination_free",
        Text("Answers are not made up", "ハルシネーションのない回答"),
        Text(
            "Of the answers that were judged, the share that was not found to be made up.",
            "評価された回答のうち、事実に基づくと判定された割合。",
        ),
        EVALUATIONS,
        JUDGED,
        Not(IS_HALLUCINATED),
        1 - bound("hallucination_rate"),
        at_least=30,
        burns=_TICKETS,
    ),
    Slo(
        "satisfaction",
        Text("Users are satisfied", "ユーザーの満足"),
        Text("Of the ratings given, the share that is a thumb up.", "評価のうち、高評価の割合。"),
        FEEDBACK,
        RATED,
        Is("label", "up"),
        bound("user_satisfaction"),
        at_least=30,
        burns=(Burn(2.0, 604_800, 86_400, "ticket"),),
    ),
)


def burn_alerts(slo: Slo) -> tuple[Alert, ...]:
    """The alerts that guard the objective: one for each severity that it has burn rates of."""
    found: list[Alert] = []
    severities: tuple[Severity, ...] = ("page", "ticket")
    for severity in severities:
        burns = [burn for burn in slo.burns if burn.severity == severity and slo.reachable(burn)]
        if burns:
            found.append(_alert(slo, severity, burns))
    return tuple(found)


def absence_alert(slo: Slo) -> Alert:
    """The alert that nothing is left to judge the objective by: an SLO without events looks well."""
    events = Count(slo.relation, slo.eligible)
    usual = max(USUAL_EVENTS, slo.at_least)
    return Alert(
        f"SloAbsent{_camel(slo.name)}",
        Text(
            f"“{slo.title.en}”: nothing to judge it by",
            f"「{slo.title.ja}」を判定するデータがありません",
        ),
        Text(
            f"No event in 24 hours, though the same day a week ago had {usual} or more.",
            f"1 週間前の同じ日には {usual} 件以上あったイベントが、24 時間ありません。",
        ),
        Text(
            "See whether it is still told: calls, their ratings, judgements and tasks each have a sender.",
            "呼び出し・評価・判定・タスクの送信元が動いているかを確認してください。",
        ),
        Every(
            (
                Compare(Signal(events, DAY_S), "<=", 0),
                Compare(Signal(events, DAY_S, ago_s=WEEK_S), ">=", usual),
            )
        ),
        for_s=15 * 60,
        severity="ticket",
        group="slo",
        slo=slo.name,
    )


def cost_alerts(budget: CostBudget) -> tuple[Alert, ...]:
    """The alerts that guard a month's budget: an hour, or a day, spends a large share of it."""
    return (
        _spends(budget.usd * budget.hour_share, 3_600, "CostBudgetHour", Text("hour", "1 時間"), "page"),
        _spends(budget.usd * budget.day_share, DAY_S, "CostBudgetDay", Text("day", "1 日"), "ticket"),
    )


def _spends(usd: float, window_s: int, name: str, over: Text, severity: Severity) -> Alert:
    return Alert(
        name,
        Text(f"One {over.en} spends much of the month's budget", f"{over.ja}で月次予算の多くを消費"),
        Text(
            f"The last {over.en} cost more than ${usd:,.2f} of the month's budget.",
            f"直近 {over.ja}のコストが、月次予算のうち {usd:,.2f} ドルを超えました。",
        ),
        Text(
            "See which model, feature and user spent most; kansoku slo list says what is left.",
            "最も消費したモデル・機能・ユーザーと、kansoku slo list で月の残額を確認してください。",
        ),
        Compare(Signal(SPENT, window_s), ">", usd),
        for_s=5 * 60,
        severity=severity,
        group="cost",
    )


def _alert(slo: Slo, severity: Severity, burns: list[Burn]) -> Alert:
    """The objective's alert of that severity: any of the burn rates is passed in both its windows."""
    fast = severity == "page"
    tests = tuple(_burns(slo, burn) for burn in burns)
    return Alert(
        f"SloBurn{_camel(slo.name)}{'Fast' if fast else 'Slow'}",
        Text(
            f"“{slo.title.en}”: error budget burns {'fast' if fast else 'steadily'}",
            f"「{slo.title.ja}」のエラーバジェットが{'急速に' if fast else '継続的に'}消費されています",
        ),
        _spent(slo, burns),
        action(slo.relation, slo.good),
        tests[0] if len(tests) == 1 else Some(tests),
        for_s=0,
        severity=severity,
        group="slo",
        slo=slo.name,
    )


def _spent(slo: Slo, burns: list[Burn]) -> Text:
    """How fast the budget is spent where one of the burn rates is passed, and the indicator."""
    target = f"{slo.target * 100:.10g} %"
    paces = [_pace(burn) for burn in burns]
    en, ja = ", or ".join(one.en for one in paces), "、または".join(one.ja for one in paces)
    return Text(
        f"The error budget (target {target}) is being spent {en}. Indicator: {slo.why.en}",
        f"エラーバジェット(目標 {target})が、{ja}の速さで消費されています。指標: {slo.why.ja}",
    )


def _pace(burn: Burn) -> Text:
    long, short, factor = span(burn.long_s), span(burn.short_s), f"{burn.factor:g}"
    faster = "faster than allowed" if burn.factor == 1 else f"more than {factor} times as fast as allowed"
    return Text(
        f"{faster} over both {long.en} and {short.en}",
        f"{long.ja}と{short.ja}の両方で許容の {factor} 倍超",
    )


def _burns(slo: Slo, burn: Burn) -> Test:
    """The share of bad rows is above the factor times the budget in both windows, and they are enough."""
    bad = Ratio(slo.relation, slo.eligible, Not(slo.good))
    least: list[Test] = [
        Compare(Signal(Count(slo.relation, slo.bad), burn.long_s), ">=", LEAST_BAD),
    ]
    if slo.at_least:
        eligible = Count(slo.relation, slo.eligible)
        least.append(Compare(Signal(eligible, burn.long_s), ">=", slo.at_least))
    bound = float(f"{burn.factor * slo.budget:.10g}")  # 2 * (1 - 0.8) is below 0.4, which rules write
    return Every(
        (
            Compare(Signal(bad, burn.long_s), ">", bound),
            Compare(Signal(bad, burn.short_s), ">", bound),
            *least,
        )
    )


def _camel(name: str) -> str:
    return "".join(part.capitalize() for part in name.split("_"))
