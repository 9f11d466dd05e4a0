"""Titles and answers in the JSON shapes."""

from collections.abc import Iterable
from typing import assert_never

from kansoku.catalog.filters import FILTERS, filter_of
from kansoku.catalog.indicators import INDICATORS, objective
from kansoku.catalog.measures import Ratio, Reading
from kansoku.catalog.outcomes import TITLES
from kansoku.catalog.panels import (
    GROUPS,
    Bars,
    Breakdown,
    CacheFigure,
    CacheTable,
    Column,
    Heatmap,
    Month,
    Panel,
    PanelGroup,
    Recent,
    Reckoned,
    Stat,
    TimeSeries,
)
from kansoku.catalog.text import LANGUAGES, Text
from kansoku.catalog.windows import WINDOWS, step_seconds
from kansoku.judge.interval import interval
from kansoku.judge.standing import Standing
from kansoku.query.answer import Answer, Curves, Heat, Ranking, Table
from kansoku.show import shapes
from kansoku.show.questions import Answered
from kansoku.store.upkeep.reprice import Repriced


def catalog(*, demo: bool, keyed: bool) -> shapes.Catalog:
    """Everything that has a title, and what kind of server this is."""
    return shapes.Catalog(
        languages=list(LANGUAGES),
        demo=demo,
        keyed=keyed,
        windows=list(WINDOWS),
        filters=[
            shapes.FilterTitle(name=one.name, title=words(one.title), every=words(one.every))
            for one in FILTERS
        ],
        groups=[_group(group) for group in GROUPS],
        indicators=[
            shapes.IndicatorTitle(
                name=known.name,
                title=words(known.title),
                why=words(known.why),
                unit=known.unit,
                keep=bound.keep if (bound := objective(known.name)) else None,
            )
            for known in INDICATORS
        ],
    )


def indicator_now(
    found: Standing, window_s: int, error: float | None, before: float | None = None
) -> shapes.IndicatorNow:
    """An indicator's reading, over `window_s` seconds unless it has a window of its own.

    `error` tells how far it may lie off, as a share of it; None where it is exact. `before` is what it was
    over the time before.
    """
    held_to = found.objective
    return shapes.IndicatorNow(
        name=found.indicator.name,
        value=found.reading.value,
        unit=found.indicator.unit,
        n=found.reading.n,
        window_s=found.indicator.window_s or window_s,
        objective=held_to.bound if held_to else None,
        keep=held_to.keep if held_to else None,
        state=found.state,
        approximate=error,
        before=before,
    )


def panel_now(panel: Panel, answered: Answered) -> shapes.PanelNow:
    """The panel with its answer, and with how far it may lie off.

    Raises:
        TypeError: If the answer is of another kind of panel.
    """
    now = _panel_now(panel, answered.answer)
    now.approximate = answered.error
    now.unfit = answered.unfit
    return now


def compare(panels: Iterable[shapes.PanelNow], before: Iterable[shapes.PanelNow]) -> None:
    """Writes beside the panels' numbers what the same ones were over the time before, as far as it says."""
    for now, earlier in zip(panels, before, strict=True):
        _compare(now, earlier)


def _compare(now: shapes.PanelNow, before: shapes.PanelNow) -> None:
    match now, before:
        case shapes.TimeSeriesPanel(begin=None), shapes.TimeSeriesPanel():
            earlier = {_key(one.label): one.values for one in before.series}
            for series in now.series:
                found = earlier.get(_key(series.label))
                series.before = found if found and len(found) == len(series.values) else None
        case shapes.BarsPanel(), shapes.BarsPanel():
            values = {row.label: row.value for row in before.rows}
            for row in now.rows:
                row.before = values.get(row.label)
        case shapes.StatPanel(), shapes.StatPanel():
            now.before = before.value
        case _:
            pass


def _key(label: shapes.Words) -> str:
    return label["en"]


def _panel_now(panel: Panel, answer: Answer) -> shapes.PanelNow:
    """The panel with its answer.

    Raises:
        TypeError: If the answer is of another kind of panel.
    """
    match panel, answer:
        case TimeSeries(), Curves(times, curves):
            series = [
                shapes.Series(
                    label=words(one.label), values=list(one.values), place=_place(panel.by, one.label)
                )
                for one in curves
            ]
            shown = shapes.TimeSeriesPanel(id=panel.id, unit=panel.unit, times=list(times), series=series)
            return _own_time(shown, panel)
        case Bars(), Ranking(bars):
            rows = [shapes.BarRow(label=bar.label, value=bar.value, share=bar.share, n=bar.n) for bar in bars]
            return shapes.BarsPanel(id=panel.id, unit=panel.unit, filter=_filter(panel.by), rows=rows)
        case ((Breakdown() | Recent()), Table(rows)):
            return shapes.TablePanel(
                id=panel.id, columns=columns(panel), rows=[list(cells) for cells in rows]
            )
        case Stat(), Reading(value, n):
            low, high = interval(value, n) if isinstance(panel.measure, Ratio) else (None, None)
            return shapes.StatPanel(id=panel.id, unit=panel.unit, value=value, n=n, low=low, high=high)
        case Heatmap(), Heat(times, counts):
            return shapes.HeatmapPanel(
                id=panel.id,
                unit=panel.unit,
                times=list(times),
                edges=list(panel.edges),
                counts=[list(place) for place in counts],
            )
        case _:
            raise TypeError(f"panel {panel.id} cannot show a {type(answer).__name__}")


def _place(field: str | None, label: Text) -> int | None:
    """Where the value stands among those of the field that have a title; None if it has none."""
    named = list(TITLES.get(field or "", {}).values())
    return named.index(label) if label in named else None


def _own_time(shown: shapes.TimeSeriesPanel, panel: TimeSeries) -> shapes.TimeSeriesPanel:
    """With the panel's own time, where it has one: days are columns."""
    if panel.window_s is not None and shown.times:
        step_s = panel.step_s or step_seconds(panel.window_s)
        shown.begin, shown.end = shown.times[0], shown.times[-1] + step_s
        shown.draw = "columns" if panel.step_s else "line"
    return shown


def _filter(field: str) -> str | None:
    known = filter_of(field)
    return known.name if known else None


def columns(panel: Breakdown | Recent) -> list[shapes.ColumnTitle]:
    """The columns of a panel that is a table."""
    match panel:
        case Breakdown():
            first = shapes.ColumnTitle(
                id=panel.by, title=words(panel.by_title), unit=None, filter=_filter(panel.by)
            )
            lines = (
                shapes.ColumnTitle(id=line.id, title=words(line.title), unit=line.unit)
                for line in panel.lines
            )
            return [first, *lines]
        case Recent():
            return [
                shapes.ColumnTitle(
                    id=column.field,
                    title=words(column.title),
                    unit="time" if column.field == "time" else column.unit,
                    words=_titles(column.field),
                )
                for column in panel.columns
            ]
        case _:
            assert_never(panel)


def _titles(field: str) -> dict[str, shapes.Words] | None:
    """How the field's words are read; None for one that holds what applications send."""
    known = TITLES.get(field)
    return None if known is None else {word: words(title) for word, title in known.items()}


def plain_columns(columns: Iterable[Column]) -> list[shapes.ColumnTitle]:
    """Columns with the filters that their fields have."""
    return [
        shapes.ColumnTitle(id=one.field, title=words(one.title), unit=one.unit, filter=_filter(one.field))
        for one in columns
    ]


def words(text: Text) -> shapes.Words:
    """The text in the shape of the API."""
    return {"en": text.en, "ja": text.ja}


def _group(group: PanelGroup) -> shapes.GroupTitle:
    panels = [*map(_panel, group.panels), *map(_reckoned, group.reckoned)]
    return shapes.GroupTitle(id=group.id, title=words(group.title), panels=panels)


def _panel(panel: Panel) -> shapes.PanelTitle:
    match panel:
        case TimeSeries(unit=unit):
            return _title(panel, "timeseries", unit)
        case Bars(unit=unit):
            return _title(panel, "bars", unit)
        case Breakdown() | Recent():
            return _title(panel, "table", "count")
        case Stat(unit=unit):
            return _title(panel, "stat", unit)
        case Heatmap(unit=unit):
            return _title(panel, "heatmap", unit)
        case _:
            assert_never(panel)


def _reckoned(panel: Reckoned) -> shapes.PanelTitle:
    match panel:
        case CacheFigure():
            return _title(panel, "stat", "usd")
        case CacheTable():
            return _title(panel, "table", "usd")
        case Month():
            return _title(panel, "month", "usd")
        case _:
            assert_never(panel)


def _title(panel: Panel | Reckoned, kind: shapes.PanelKind, unit: shapes.Unit) -> shapes.PanelTitle:
    return shapes.PanelTitle(
        id=panel.id,
        title=words(panel.title),
        help=words(panel.help),
        kind=kind,
        unit=unit,
        reckoned=isinstance(panel, Reckoned),
    )


def repriced(done: Repriced) -> shapes.RepriceAnswer:
    """What pricing again did."""
    return shapes.RepriceAnswer(
        calls=done.calls,
        changed=done.changed,
        models=[
            shapes.RepricedModel(
                model=one.model, calls=one.calls, usd_before=one.usd_before, usd_after=one.usd_after
            )
            for one in done.models
        ],
        unpriced=dict(done.unpriced),
        kept_iterations=done.kept_iterations,
        kept_unknown=done.kept_unknown,
    )
