"""What recording rules keep: the events of each objective, burn rates, budgets, indicators, weeks before.

Of a share the two counts are kept that it is made of, so that a budget is one of events.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from kansoku.catalog.alerts import Alert, Unusual
from kansoku.catalog.indicators import Indicator
from kansoku.catalog.measures import Count, Measure, Not, Ratio
from kansoku.catalog.slos import Slo
from kansoku.errors import DefinitionError
from kansoku.query import promql
from kansoku.query.alert_oracle import unusual
from kansoku.query.promql import Given, Window

BAD, ELIGIBLE = "kansoku:slo_bad:increase", "kansoku:slo_eligible:increase"
BAD_RATIO = "kansoku:slo_bad:ratio"
BURN_RATE = "kansoku:slo_burn_rate:ratio"
BUDGET_LEFT = "kansoku:slo_budget_left:ratio"
INDICATOR = "kansoku:indicator:over"
WEEKS = "kansoku:weeks_before:increase"
"""Names of what is recorded; the window's length stands behind them."""

SERVICE = "service"
"""The label of all that is about one service alone."""

INDICATOR_S = 300
"""The window of an indicator that has none of its own."""


@dataclass(frozen=True, slots=True)
class Recording:
    """A series that a rule keeps."""

    name: str
    labels: Mapping[str, str]
    text: str


@dataclass(frozen=True, slots=True)
class About:
    """Whom rules are about: matchers of what is counted, and labels of what comes of it."""

    only: tuple[str, ...]
    labels: Mapping[str, str]

    @classmethod
    def service(cls, name: str | None) -> "About":
        """One service, or all of them together."""
        return cls(promql.of_service(name), {} if name is None else {SERVICE: name})

    def selector(self, name: str, window_s: int, slo: Slo) -> str:
        """The recorded series of the objective."""
        return _selector(f"{name}{promql.span(window_s)}", {SERVICE: "", "slo": slo.name, **self.labels})


def is_told(slo: Slo) -> bool:
    """Whether the metrics can tell the objective."""
    return _is_told(Count(slo.relation, slo.bad)) and _is_told(Count(slo.relation, slo.eligible))


def of_burns(slo: Slo, about: About) -> Iterator[Recording]:
    """Counts, shares and burn rates over the windows that the objective's alerts look at."""
    for window_s in _windows(slo):
        yield from _counts(slo, window_s, about)
        share = about.selector(BAD_RATIO, window_s, slo)
        yield _recording(BURN_RATE, window_s, slo, about, f"{share} / {slo.budget:.10g}")


def of_budget(slo: Slo, about: About) -> Iterator[Recording]:
    """Counts and share over the objective's own window, and what is left of its budget: below 0, none.

    Of a calendar period there is nothing: no range of PromQL begins with one.
    """
    if slo.calendar is not None:
        return
    if slo.window_s not in _windows(slo):
        yield from _counts(slo, slo.window_s, about)
    share = about.selector(BAD_RATIO, slo.window_s, slo)
    yield _recording(BUDGET_LEFT, slo.window_s, slo, about, f"1 - {share} / {slo.budget:.10g}")


def of_indicators(indicators: Iterable[Indicator], about: About) -> Iterator[Recording]:
    """The indicators that the metrics can tell, each over its window."""
    for one in indicators:
        if _is_told(one.measure):
            window_s = one.window_s or INDICATOR_S
            text = promql.measure(one.measure, Window(window_s, only=about.only))
            labels = {"indicator": one.name, **about.labels}
            yield Recording(f"{INDICATOR}{promql.span(window_s)}", labels, text)


def given(slo: Slo, about: About) -> Given:
    """What the objective's alerts may build on: its counts and shares over their windows.

    Never those of another objective, though it counts the same events: its series have another label.
    """
    series: dict[tuple[Measure, int], str] = {}
    for window_s in _windows(slo):
        for name, measure in _measures(slo).items():
            series[measure, window_s] = about.selector(name, window_s, slo)
    return Given(about.only, series)


def of_weeks(alert: Alert, about: About) -> Iterator[Recording]:
    """What the alert compares with: its signal in each of the weeks before."""
    for asked in _compared(alert):
        for week, text in enumerate(promql.weeks_before(asked, alert.by, about.only), start=1):
            labels = {"alert": alert.name, "week": str(week), **about.labels}
            yield Recording(f"{WEEKS}{promql.span(asked.signal.window_s)}", labels, text)


def weeks(alert: Alert, about: About) -> dict[Unusual, str]:
    """The series of `of_weeks`, by what compares with them."""
    known = {SERVICE: "", "alert": alert.name, **about.labels}
    return {
        asked: _selector(f"{WEEKS}{promql.span(asked.signal.window_s)}", known) for asked in _compared(alert)
    }


def _compared(alert: Alert) -> tuple[Unusual, ...]:
    """Its comparison with weeks before. Of several that it has, none is recorded: they would look alike."""
    found = unusual(alert.test)
    return found if len(found) == 1 else ()


def _selector(name: str, labels: Mapping[str, str]) -> str:
    text = ",".join(f"{label}={promql.quoted(value)}" for label, value in sorted(labels.items()))
    return f"{name}{{{text}}}"


def _measures(slo: Slo) -> dict[str, Measure]:
    return {
        BAD: Count(slo.relation, slo.bad),
        ELIGIBLE: Count(slo.relation, slo.eligible),
        BAD_RATIO: Ratio(slo.relation, slo.eligible, Not(slo.good)),
    }


def _counts(slo: Slo, window_s: int, about: About) -> Iterator[Recording]:
    """The two counts, and the share that they make."""
    for name in (BAD, ELIGIBLE):
        text = promql.measure(_measures(slo)[name], Window(window_s, only=about.only))
        yield _recording(name, window_s, slo, about, text)
    bad, eligible = (about.selector(name, window_s, slo) for name in (BAD, ELIGIBLE))
    yield _recording(BAD_RATIO, window_s, slo, about, f"{bad} / {eligible}")


def _recording(name: str, window_s: int, slo: Slo, about: About, text: str) -> Recording:
    return Recording(f"{name}{promql.span(window_s)}", {"slo": slo.name, **about.labels}, text)


def _windows(slo: Slo) -> tuple[int, ...]:
    """The windows of its burn rates, the shortest first."""
    return tuple(sorted({each for burn in slo.burns for each in (burn.long_s, burn.short_s)}))


def _is_told(measure: Measure) -> bool:
    try:
        promql.measure(measure, Window(INDICATOR_S))
    except DefinitionError:
        return False
    return True
