"""The catalog's panels as panels of Grafana over Kansoku's tables in ClickHouse.

The statements are those of Kansoku's own page, with the plugin's macros in place of what is bound to them.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import assert_never

from grafana_foundation_sdk.cog import variants

from kansoku.catalog.measures import Unit
from kansoku.catalog.panels import Bars, Breakdown, Heatmap, Panel, Recent, Stat, TimeSeries
from kansoku.catalog.text import Language, Text
from kansoku.publish.grafana_shape import Head, Shown, Sized, bars, lines, number, rows, source
from kansoku.query import panel_sql
from kansoku.query.answer import adds_up
from kansoku.query.scope import Grid, Scope
from kansoku.query.statement import Statement

_MACROS = {"from": "$__fromTime", "to": "$__toTime", "step": "$__interval_s"}

_BOUND = re.compile(r"\{(\w+):[^{}]*\}")

_TABLE, _OVER_TIME = ("table", 1), ("timeseries", 0)
"""What the plugin's answers are, by the two names that it has for each."""


@dataclass(frozen=True, slots=True)
class Query(variants.Dataquery):
    """A statement for the plugin `grafana-clickhouse-datasource`, version 4."""

    text: str
    shape: tuple[str, int] = _TABLE

    def to_json(self) -> dict[str, object]:
        """As the dashboard has it."""
        kind, number_of_kind = self.shape
        return {
            "datasource": source("clickhouse"),
            "editorType": "sql",
            "queryType": kind,
            "format": number_of_kind,
            "rawSql": self.text,
            "refId": "A",
        }


def panel(asked: Panel, language: Language) -> Sized:
    """The panel.

    Raises:
        DefinitionError: If the panel names a field that its relation lacks.
    """
    text = _written(panel_sql.plan(asked, Grid(Scope(0, 1), 1)).statements[0])
    match asked:
        case TimeSeries():
            return _over_time(asked, text, language)
        case Bars():
            shown = f"SELECT {_named('who', asked.title, language)}, v0 AS value FROM ({text})"
            return bars(_head(asked, language, Query(shown)), asked.unit, values=True)
        case Breakdown():
            return _breakdown(asked, text, language)
        case Stat():
            return number(_head(asked, language, Query(f"SELECT v0 AS value FROM ({text})")), asked.unit)
        case Recent():
            return _recent(asked, text, language)
        case Heatmap():
            return _spread(asked, text, language)
        case _:
            assert_never(asked)


def _over_time(asked: TimeSeries, text: str, language: Language) -> Sized:
    at = "fromUnixTimestamp(toInt64(at)) AS time"
    if asked.by is None:
        values = ", ".join(f"v{n} AS {_quoted(line.title, language)}" for n, line in enumerate(asked.lines))
    else:
        values = "if(place = 0, '…', who) AS series, v0 AS value"
    shown = f"SELECT {at}, {values} FROM ({text}) ORDER BY time"
    added = all(adds_up(line.measure) for line in asked.lines)
    return lines(_head(asked, language, Query(shown, _OVER_TIME)), asked.unit, adds_up=added)


def _breakdown(asked: Breakdown, text: str, language: Language) -> Sized:
    values = [_named(f"v{at}", line.title, language) for at, line in enumerate(asked.lines)]
    shown = f"SELECT {', '.join([_named('who', asked.by_title, language), *values])} FROM ({text})"
    columns = [_shown(asked.by_title, None, language)]
    columns += [_shown(line.title, line.unit, language) for line in asked.lines]
    return rows(_head(asked, language, Query(shown)), columns, sort=columns[1].title)


def _spread(asked: Heatmap, text: str, language: Language) -> Sized:
    """A line for each place between two edges, named by the lower one."""
    edges = ", ".join(map(repr, (0.0, *asked.edges)))
    named = f"concat('≥ ', toString([{edges}][place + 1])) AS series, n0 AS value"
    shown = f"SELECT fromUnixTimestamp(toInt64(at)) AS time, {named} FROM ({text}) ORDER BY time"
    return lines(_head(asked, language, Query(shown, _OVER_TIME)), "count", adds_up=True)


def _recent(asked: Recent, text: str, language: Language) -> Sized:
    fields = [
        _named(
            f"c{at}" if column.field != "time" else f"fromUnixTimestamp64Nano(c{at})", column.title, language
        )
        for at, column in enumerate(asked.columns)
    ]
    columns = [_shown(column.title, column.unit, language) for column in asked.columns]
    head = _head(asked, language, Query(f"SELECT {', '.join(fields)} FROM ({text})"))
    return rows(head, columns, width=24)


def _written(statement: Statement) -> str:
    """The statement with a macro or the value itself where one is bound."""

    def told(found: re.Match[str]) -> str:
        name = found[1]
        return _MACROS.get(name) or str(int(str(statement.parameters[name])))

    return _BOUND.sub(told, statement.text)


def _shown(title: Text, unit: Unit | None, language: Language) -> Shown:
    return Shown(_text(title, language), _text(title, language), unit)


def _named(value: str, title: Text, language: Language) -> str:
    return f"{value} AS {_quoted(title, language)}"


def _quoted(title: Text, language: Language) -> str:
    """The title as a name in SQL."""
    return '"' + _text(title, language).replace("\\", "\\\\").replace('"', '\\"') + '"'


def _head(asked: Panel, language: Language, query: Query) -> Head:
    queries: Sequence[Query] = [query]
    return Head(_text(asked.title, language), _text(asked.help, language), "clickhouse", queries)


def _text(text: Text, language: Language) -> str:
    return text.as_dict()[language]
