"""The JSON that the API answers with; the page's own types follow these."""

from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, Field

from kansoku.catalog.measures import Unit
from kansoku.judge.budget import BudgetState
from kansoku.judge.standing import IndicatorState
from kansoku.judge.verdict import State

Words = dict[Literal["en", "ja"], str]
PanelKind = Literal["timeseries", "bars", "table", "stat", "heatmap", "month"]
Cell = str | int | float | bool | None
ColumnUnit = Unit | Literal["time"]
"""A column of unit `time` holds unix seconds, for the reader's own time zone."""


class PanelTitle(BaseModel):
    """What a panel is called, before its data is there; `reckoned` ones have an address of their own."""

    id: str
    title: Words
    help: Words
    kind: PanelKind
    unit: Unit
    reckoned: bool = False


class GroupTitle(BaseModel):
    """A group of panels that answer one question together."""

    id: str
    title: Words
    panels: list[PanelTitle]


class IndicatorTitle(BaseModel):
    """What an indicator is called, why it matters, and the side of its bound it should keep to."""

    name: str
    title: Words
    why: Words
    unit: Unit
    keep: Literal["above", "below"] | None


class FilterTitle(BaseModel):
    """What a filter is called, and what is looked at without it."""

    name: str
    title: Words
    every: Words


class FilterValues(BaseModel):
    """What there is to filter by among the calls of the last week: values by filter, those of most calls."""

    values: dict[str, list[str]]


class Marker(BaseModel):
    """A release's first call, in unix seconds."""

    service: str
    release: str
    time: float


class Markers(BaseModel):
    """Releases that began within the time that is looked at, the oldest first."""

    begin: int = Field(serialization_alias="from")
    end: int = Field(serialization_alias="to")
    markers: list[Marker]


class Catalog(BaseModel):
    """Everything that has a title."""

    languages: list[str]
    demo: bool
    keyed: bool
    windows: list[str]
    filters: list[FilterTitle]
    groups: list[GroupTitle]
    indicators: list[IndicatorTitle]


class IndicatorNow(BaseModel):
    """An indicator's reading; `value` is null for no data, `objective` where there is no bound."""

    name: str
    value: float | None
    unit: Unit
    n: int
    window_s: int
    objective: float | None
    keep: Literal["above", "below"] | None
    state: IndicatorState
    approximate: float | None = None
    before: float | None = None


class Status(BaseModel):
    """Is it working? `headline` is `sentence` with the state's word in front.

    `firing` names the alarms that fire now and are told, whatever is looked at. `settings` says what of the
    file of settings does not count, and what to do.
    """

    state: State
    headline: Words
    sentence: Words
    reasons: list[Words]
    window: str
    feature: str | None
    begin: int = Field(serialization_alias="from")
    end: int = Field(serialization_alias="to")
    demo: bool
    features: list[str]
    firing: list[Words]
    settings: list[Words] = Field(default_factory=list["Words"])
    indicators: list[IndicatorNow]


class Series(BaseModel):
    """One line; null where there is no data. `before` is the same line over the time before, if asked for.

    `place` is where its value stands among those that Kansoku has a word for, such as outcomes: by it a line
    looks alike in every chart. Null for any other line.
    """

    label: Words
    values: list[float | None]
    place: int | None = None
    before: list[float | None] | None = None


class Measured(BaseModel):
    """What is measured: `approximate` is how far its quantiles may lie off, as a share; null if exact.

    `unfit` names a filter that can say nothing of the panel's rows, which is then empty. `note` says what the
    numbers leave out.
    """

    approximate: float | None = None
    unfit: str | None = None
    note: Words | None = None


class TimeSeriesPanel(Measured):
    """Lines over the same times, in unix seconds; `from` and `to` where the panel has a time of its own."""

    id: str
    kind: Literal["timeseries"] = "timeseries"
    unit: Unit
    times: list[int]
    series: list[Series]
    begin: int | None = Field(default=None, serialization_alias="from")
    end: int | None = Field(default=None, serialization_alias="to")
    draw: Literal["line", "columns"] = "line"


class HeatmapPanel(Measured):
    """Rows by step and place: `counts` has one list for each place, from below the first edge on."""

    id: str
    kind: Literal["heatmap"] = "heatmap"
    unit: Unit
    times: list[int]
    edges: list[float]
    counts: list[list[int]]


class BarRow(BaseModel):
    """One bar; an empty label is unknown, `share` is null where parts do not add up."""

    label: str
    value: float | None
    share: float | None
    n: int
    before: float | None = None


class BarsPanel(Measured):
    """Bars, largest first; `filter` is what chooses the rows of one of them."""

    id: str
    kind: Literal["bars"] = "bars"
    unit: Unit
    filter: str | None = None
    rows: list[BarRow]


class ColumnTitle(BaseModel):
    """A column of a table; `filter` is what chooses the rows with one of its values.

    `words` says how people read cells that hold a word of Kansoku's, such as how a call ended.
    """

    id: str
    title: Words
    unit: ColumnUnit | None
    filter: str | None = None
    words: dict[str, Words] | None = None


class TablePanel(Measured):
    """Rows of cells in the columns' order."""

    id: str
    kind: Literal["table"] = "table"
    columns: list[ColumnTitle]
    rows: list[list[Cell]]


class StatPanel(Measured):
    """One number; a share has the interval that it lies in with 95 % confidence (Wilson's)."""

    id: str
    kind: Literal["stat"] = "stat"
    unit: Unit
    value: float | None
    n: int
    before: float | None = None
    low: float | None = None
    high: float | None = None


class CostShape(BaseModel):
    """The calendar month (UTC) against what it may cost; USD.

    Without a budget `budget_usd` and `left_usd` are null, and the state says only whether there is a cost.
    """

    budget_usd: float | None
    spent_usd: float | None
    left_usd: float | None
    forecast_usd: float | None
    lasts_s: float | None
    state: BudgetState
    month_begins: int
    month_ends: int


class MonthPanel(Measured):
    """The calendar month (UTC): what it cost, will have cost and may cost."""

    id: str
    kind: Literal["month"] = "month"
    cost: CostShape


PanelNow = TimeSeriesPanel | BarsPanel | TablePanel | StatPanel | HeatmapPanel | MonthPanel


class PanelGroupNow(BaseModel):
    """The panels of a group with their data."""

    group: str
    begin: int = Field(serialization_alias="from")
    end: int = Field(serialization_alias="to")
    step_s: int
    panels: list[PanelNow]


class QueryColumn(BaseModel):
    """A column of an answer; `type` is ClickHouse's name for it."""

    name: str
    type: str


class QueryAnswer(BaseModel):
    """The rows of a statement; `truncated` when there were more than are given."""

    columns: list[QueryColumn]
    rows: list[list[object]]
    truncated: bool


class ShortfallNow(BaseModel):
    """One kind of thing that the numbers leave out, or hold otherwise than it happened.

    `count` is null where nobody told, `share` is one of calls, and `parts` are the count by why or where.
    `since` is when the oldest of what waits began to wait (unix seconds), null where nothing waits.
    """

    id: str
    title: Words
    counted: Words
    means: Words
    remedy: Words
    harms: bool
    count: int | None
    share: float | None
    parts: dict[str, int]
    since: float | None = None


class Honesty(BaseModel):
    """What a number on the page does not tell: what is unpriced, twice, waiting, set aside or refused.

    `duplicates` are calls told of twice, which count once: by who told of the row that does not count, and
    of the one that does. `notices_waiting` are alarms' news that could not be sent yet, `notices_lost` those
    of the last eight days that never will be. `settings_error` says why the file of settings could not be
    used when it was read again, so that the server goes on by what it had, and `settings` what of the file
    does not count, with the remedy. `processes` told in the last 24
    hours what they dropped.
    """

    calls: int
    unpriced: int
    duplicates: dict[str, int] = Field(default_factory=dict[str, int])
    spool_bytes: int
    segments_waiting: int
    segments_set_aside: int
    rejected_requests: int
    rejected_items: int
    refusals: dict[str, int]
    faults: dict[str, int]
    late_rows: int = 0
    set_aside_since: float | None = None
    set_aside_reason: str = ""
    store_restarts: int = 0
    notices_waiting: int = 0
    notices_lost: int = 0
    settings_error: str = ""
    settings: list[Words] = Field(default_factory=list["Words"])
    processes: int = 0
    shortfalls: list[ShortfallNow] = Field(default_factory=list["ShortfallNow"])


Nanoseconds = Annotated[str, BeforeValidator(str)]
"""Since 1970, as text: a number of JavaScript holds no more than 53 bits."""


class LogRecord(BaseModel):
    """One log record; records that are alike in everything share an `id`."""

    id: str
    time_ns: Nanoseconds
    service: str
    severity: str
    severity_number: int
    trace_id: str
    span_id: str
    event: str
    body: str
    attributes: dict[str, str]
    resource: dict[str, str]


class LogPage(BaseModel):
    """Records, newest first; `before` asks for the next page, null if this is the last."""

    begin: int = Field(serialization_alias="from")
    end: int = Field(serialization_alias="to")
    records: list[LogRecord]
    before: str | None


class TraceRow(BaseModel):
    """A trace by its newest call that was asked for; tokens in are cached ones included."""

    trace_id: str
    time_ns: Nanoseconds
    service: str
    feature: str
    operation: str
    model: str
    outcome: str
    error_type: str
    error_message: str
    user_id: str
    session_id: str
    duration_s: float | None
    ttft_s: float | None
    cost_usd: float | None
    input_tokens: float | None
    output_tokens: float | None
    attempts: float | None
    unpriced_reason: str


class TracePage(BaseModel):
    """Traces, newest first; `before` asks for the next page, null if this is the last."""

    begin: int = Field(serialization_alias="from")
    end: int = Field(serialization_alias="to")
    traces: list[TraceRow]
    before: str | None


class SpanNow(BaseModel):
    """One span of a trace."""

    start_ns: Nanoseconds
    duration_ns: int
    span_id: str
    parent_span_id: str
    name: str
    kind: str
    service: str
    status: str
    status_message: str
    attributes: dict[str, str]
    resource: dict[str, str]


class TraceNow(BaseModel):
    """A trace's spans, earliest first; `truncated` when it has more than are given."""

    trace_id: str
    spans: list[SpanNow]
    truncated: bool


class RepricedModel(BaseModel):
    """Calls of a model and their price in USD; those without a price count as nothing."""

    model: str
    calls: int
    usd_before: float
    usd_after: float


class RepriceAnswer(BaseModel):
    """What pricing again did, or would do.

    `kept_iterations` are calls left alone because tokens of their iterations are not stored, and
    `kept_unknown` those that keep a price that no table knows any more.
    """

    calls: int
    changed: int
    models: list[RepricedModel]
    unpriced: dict[str, int]
    kept_iterations: int
    kept_unknown: int


class Problem(BaseModel):
    """What was wrong with a request, and in which field of it, where one is to blame."""

    message: str
    field: str | None = None


class Refusal(BaseModel):
    """The body of every answer that is not 2xx."""

    error: Problem
