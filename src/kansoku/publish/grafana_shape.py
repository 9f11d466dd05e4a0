"""What the panels of every data source share: units, how values are drawn, and their places on the grid."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from grafana_foundation_sdk.cog import variants
from grafana_foundation_sdk.models import bargauge, common, dashboard, stat, table, timeseries

from kansoku.catalog.measures import Unit

Kind = Literal["prometheus", "clickhouse", "loki"]

_PLUGINS: Mapping[Kind, str] = {
    "prometheus": "prometheus",
    "clickhouse": "grafana-clickhouse-datasource",
    "loki": "loki",
}

_UNITS: Mapping[Unit, str] = {
    "ratio": "percentunit",
    "s": "s",
    "usd": "currencyUSD",
    "tokens": "short",
    "calls": "short",
    "count": "short",
    "score": "none",
}

_WIDTH = 24
"""Columns of Grafana's grid."""

_LAST = ["lastNotNull"]

Targets = Sequence[variants.Dataquery]


@dataclass(frozen=True, slots=True)
class Head:
    """What every panel has: its words, and whom it asks."""

    title: str
    help: str
    kind: Kind
    targets: Targets


@dataclass(frozen=True, slots=True)
class Sized:
    """A panel with its width and height in cells of the grid."""

    panel: dashboard.Panel
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class Shown:
    """A column of a table: the name that it comes by, the one that is shown, and its unit."""

    name: str
    title: str
    unit: Unit | None = None


def source(kind: Kind) -> common.DataSourceRef:
    """The data source that the dashboard's variable of that name tells."""
    return common.DataSourceRef(type_val=_PLUGINS[kind], uid=f"${{{kind}}}")


def source_variable(kind: Kind, title: str) -> dashboard.VariableModel:
    """The variable that tells it."""
    return dashboard.VariableModel(
        dashboard.VariableType.DATASOURCE, name=kind, label=title, query=_PLUGINS[kind]
    )


def lines(head: Head, unit: Unit, *, adds_up: bool) -> Sized:
    """Values over time: bars upon one another where they add up to a whole, else lines."""
    drawn = common.GraphFieldConfig(
        draw_style=common.GraphDrawStyle.BARS if adds_up else common.GraphDrawStyle.LINE,
        fill_opacity=60 if adds_up else 0,
        stacking=common.StackingConfig(mode=common.StackingMode.NORMAL if adds_up else None),
        show_points=common.VisibilityMode.AUTO,
    )
    options = timeseries.Options(
        legend=common.VizLegendOptions(
            display_mode=common.LegendDisplayMode.LIST,
            placement=common.LegendPlacement.BOTTOM,
            show_legend=True,
            calcs=[],
        ),
        tooltip=common.VizTooltipOptions(mode=common.TooltipDisplayMode.MULTI),
    )
    least = 0 if unit == "ratio" else None
    values = dashboard.FieldConfig(unit=_UNITS[unit], min_val=least, custom=drawn)
    panel = _panel("timeseries", head, options, values)
    # As many steps as the page draws, each of at least four scrapes of 30 seconds.
    panel.max_data_points, panel.interval = 120, "2m"
    return Sized(panel, 12, 8)


def bars(head: Head, unit: Unit, *, values: bool = False) -> Sized:
    """Named values, the largest first; with `values` they are the rows of a table."""
    options = bargauge.Options(
        display_mode=common.BarGaugeDisplayMode.BASIC,
        orientation=common.VizOrientation.HORIZONTAL,
        reduce_options=common.ReduceDataOptions(values=values, calcs=_LAST, fields=""),
    )
    return Sized(_panel("bargauge", head, options, dashboard.FieldConfig(unit=_UNITS[unit])), 12, 8)


def number(head: Head, unit: Unit, *, red_from: float | None = None) -> Sized:
    """One number; red from a bound on, if it has one."""
    mode = common.BigValueColorMode.NONE if red_from is None else common.BigValueColorMode.VALUE
    options = stat.Options(
        graph_mode=common.BigValueGraphMode.NONE,
        color_mode=mode,
        reduce_options=common.ReduceDataOptions(values=False, calcs=_LAST, fields=""),
    )
    values = dashboard.FieldConfig(unit=_UNITS[unit])
    if red_from is not None:
        steps = [dashboard.Threshold(color="text"), dashboard.Threshold(value=red_from, color="red")]
        values.thresholds = dashboard.ThresholdsConfig(mode=dashboard.ThresholdsMode.ABSOLUTE, steps=steps)
    return Sized(_panel("stat", head, options, values), 6, 4)


def rows(head: Head, columns: Sequence[Shown], *, width: int = 12, sort: str | None = None) -> Sized:
    """A table of these columns; `sort` is the title of the one that comes largest first."""
    order = [] if sort is None else [common.TableSortByFieldState(display_name=sort, desc=True)]
    panel = _panel("table", head, table.Options(sort_by=order), dashboard.FieldConfig())
    panel.field_config = dashboard.FieldConfigSource(
        defaults=dashboard.FieldConfig(custom=common.TableFieldOptions()),
        overrides=[_override(column) for column in columns],
    )
    return Sized(panel, width, 8)


def merged(panel: dashboard.Panel, unseen: Iterable[str]) -> None:
    """Puts the answers of several queries into one table, without these columns."""
    panel.transformations = [
        dashboard.DataTransformerConfig(id_val="merge", options={}),
        dashboard.DataTransformerConfig(
            id_val="organize", options={"excludeByName": dict.fromkeys(unseen, True)}
        ),
    ]


def arranged(
    groups: Iterable[tuple[str, Sequence[Sized]]],
) -> list[dashboard.Panel | dashboard.RowPanel]:
    """The panels under the titles of their groups, from left to right, with ids from 1 on."""
    placed: list[dashboard.Panel | dashboard.RowPanel] = []
    y = 0
    for title, panels in groups:
        row = dashboard.RowPanel(title=title, grid_pos=_place(0, y, _WIDTH, 1), id_val=len(placed) + 1)
        row.panels = []
        placed.append(row)
        x, y, tallest = 0, y + 1, 0
        for one in panels:
            if x + one.width > _WIDTH:
                x, y, tallest = 0, y + tallest, 0
            one.panel.id_val = len(placed) + 1
            one.panel.grid_pos = _place(x, y, one.width, one.height)
            placed.append(one.panel)
            x, tallest = x + one.width, max(tallest, one.height)
        y += tallest
    return placed


def _place(x: int, y: int, width: int, height: int) -> dashboard.GridPos:
    return dashboard.GridPos(h=height, w=width, x=x, y=y)


def _panel(kind: str, head: Head, options: object, values: dashboard.FieldConfig) -> dashboard.Panel:
    return dashboard.Panel(
        type_val=kind,
        title=head.title,
        description=head.help,
        datasource=source(head.kind),
        targets=list(head.targets),
        options=options,
        field_config=dashboard.FieldConfigSource(defaults=values, overrides=[]),
    )


def _override(column: Shown) -> dashboard.DashboardFieldConfigSourceOverrides:
    properties = [dashboard.DynamicConfigValue(id_val="displayName", value=column.title)]
    if column.unit is not None:
        properties.append(dashboard.DynamicConfigValue(id_val="unit", value=_UNITS[column.unit]))
    return dashboard.DashboardFieldConfigSourceOverrides(
        matcher=dashboard.MatcherConfig(id_val="byName", options=column.name), properties=properties
    )
