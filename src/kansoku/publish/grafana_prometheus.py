"""The catalog's panels as panels of Grafana over Prometheus, as far as the exported metrics can tell them."""

from collections.abc import Sequence
from dataclasses import replace
from string import ascii_uppercase
from typing import assert_never

from grafana_foundation_sdk.models import prometheus

from kansoku.catalog.measures import Measure
from kansoku.catalog.panels import Bars, Breakdown, Heatmap, Line, Panel, Recent, Stat, TimeSeries
from kansoku.catalog.text import Language, Text
from kansoku.errors import DefinitionError
from kansoku.publish.grafana_shape import Head, Shown, Sized, bars, lines, merged, number, rows, source
from kansoku.query import promql
from kansoku.query.answer import adds_up
from kansoku.query.promql import Window

SERVICE = "service"
"""The dashboard's variable that narrows every query to services."""

ONLY = (f'{promql.label("service")}=~"${SERVICE}"',)
_STEP = Window("$__interval", only=ONLY)
"""For counts over time: each step tells what happened in it, and together they are the whole."""
_AROUND = Window("$__rate_interval", only=ONLY)
"""For shares and quantiles over time."""
RANGE = Window("$__range", only=ONLY)
"""For one value of all the time that is looked at."""


def panel(asked: Panel, language: Language) -> Sized:
    """The panel.

    Raises:
        DefinitionError: If the metrics cannot tell it; the message says what they lack.
    """
    match asked:
        case TimeSeries(by=None):
            return _lines(asked, language)
        case TimeSeries(by=by):
            return _split(asked, str(by), language)
        case Bars():
            text = _top(asked.measure, asked.by, asked.top)
            head = _head(asked, language, [target(text, 0, _legend(asked.by), instant=True)])
            return bars(head, asked.unit)
        case Breakdown():
            return _breakdown(asked, language)
        case Stat():
            query = target(promql.measure(asked.measure, RANGE), 0, "", instant=True)
            return number(_head(asked, language, [query]), asked.unit)
        case Recent():
            raise DefinitionError("metrics have no single calls")
        case Heatmap():
            raise DefinitionError("the edges of the metrics' buckets are others")
        case _:
            assert_never(asked)


def unreadable(asked: Panel) -> str | None:
    """Why not all of the panel can be told by the metrics; None where it can."""
    try:
        panel(asked, "en")
    except DefinitionError as error:
        return str(error)
    if isinstance(asked, Breakdown):
        lacking = [reason for line in asked.lines if (reason := _lacks(line, asked.by)) is not None]
        return lacking[0] if lacking else None
    return None


def _lines(asked: TimeSeries, language: Language) -> Sized:
    added = all(adds_up(line.measure) for line in asked.lines)
    queries = [
        target(promql.measure(line.measure, _STEP if added else _AROUND), at, _text(line.title, language))
        for at, line in enumerate(asked.lines)
    ]
    return lines(_head(asked, language, queries), asked.unit, adds_up=added)


def _split(asked: TimeSeries, by: str, language: Language) -> Sized:
    """The values that are largest over all the time: chosen anew at each step, they would change about."""
    measure, label = asked.lines[0].measure, promql.label(by)
    added = adds_up(measure)
    text = promql.measure(measure, replace(_STEP if added else _AROUND, by=label))
    ranked = promql.measure(measure, replace(RANGE, by=label, at_end=True))
    query = target(f"({text})\nand on ({label})\ntopk({asked.top}, {ranked})", 0, _legend(by))
    return lines(_head(asked, language, [query]), asked.unit, adds_up=added)


def _breakdown(asked: Breakdown, language: Language) -> Sized:
    """A table: a query for each column, put together by the label."""
    label = promql.label(asked.by)
    told = [line for line in asked.lines if _lacks(line, asked.by) is None]
    if not told:
        raise DefinitionError(str(_lacks(asked.lines[0], asked.by)))
    first = _top(told[0].measure, asked.by, asked.top)
    others = (promql.measure(line.measure, replace(RANGE, by=label)) for line in told[1:])
    texts = [first, *(f"({other})\nand on ({label})\n{first}" for other in others)]
    queries = [target(text, at, "", instant=True, table=True) for at, text in enumerate(texts)]
    columns = [Shown(label, _text(asked.by_title, language))]
    for at, line in enumerate(told):
        name = "Value" if len(told) == 1 else f"Value #{ascii_uppercase[at]}"
        columns.append(Shown(name, _text(line.title, language), line.unit))
    made = rows(_head(asked, language, queries), columns, sort=columns[1].title)
    merged(made.panel, ["Time"])
    return made


def _lacks(line: Line, by: str) -> str | None:
    """Why the metrics cannot tell the column."""
    try:
        promql.measure(line.measure, replace(RANGE, by=promql.label(by)))
    except DefinitionError as error:
        return str(error)
    return None


def _top(measure: Measure, by: str, top: int) -> str:
    return f"topk({top}, {promql.measure(measure, replace(RANGE, by=promql.label(by)))})"


def target(
    text: str, at: int, legend: str, *, instant: bool = False, table: bool = False
) -> prometheus.Dataquery:
    """A query of a panel, the one in place `at`; `instant` asks for one value instead of many over time."""
    shape = prometheus.PromQueryFormat.TABLE if table else prometheus.PromQueryFormat.TIME_SERIES
    return prometheus.Dataquery(
        datasource=source("prometheus"),
        editor_mode=prometheus.QueryEditorMode.CODE,
        expr=text,
        format_val=shape,
        instant=instant,
        range_val=not instant,
        legend_format=legend,
        ref_id=ascii_uppercase[at],
    )


def _legend(by: str) -> str:
    return f"{{{{{promql.label(by)}}}}}"


def _head(
    asked: TimeSeries | Bars | Breakdown | Stat, language: Language, queries: Sequence[prometheus.Dataquery]
) -> Head:
    return Head(_text(asked.title, language), _text(asked.help, language), "prometheus", queries)


def _text(text: Text, language: Language) -> str:
    return text.as_dict()[language]
