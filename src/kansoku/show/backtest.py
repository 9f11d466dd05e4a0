"""The route that runs alerts over the past: when each would have fired, and what it would have missed."""

import asyncio
import json
import math
import time
import tomllib
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from threading import Event
from typing import Annotated, Any, Literal, cast

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from starlette.responses import StreamingResponse

from kansoku.catalog.alerts import Alert, Severity
from kansoku.catalog.settings import ALERTS_TABLE, BUDGET_TABLE, SLOS_TABLE
from kansoku.catalog.slos import Slo
from kansoku.catalog.windows import window_seconds
from kansoku.errors import DefinitionError, SettingError, StoreError
from kansoku.judge.alert_figure import alert_figure
from kansoku.judge.backtest import Backtest, Firing, Testing, backtest, missed, spending
from kansoku.judge.chart import Chart, Drawing
from kansoku.query import backtest_sql
from kansoku.query.alert_oracle import Judged
from kansoku.query.backtest_sql import STEP_S
from kansoku.query.past import Past
from kansoku.query.statement import Cells
from kansoku.settings import Settings
from kansoku.settings.defined import defined
from kansoku.settings.document import Document
from kansoku.show.origin import same_origin
from kansoku.show.refusals import RequestRefused
from kansoku.show.slos import Promises
from kansoku.store.port import QueryLimits, Store

_BODY_BYTES = 1 << 20
LONGEST_S = 120.0
"""A run that is looked at by an address may take so many seconds, its questions to the store included."""

_TRIED = 4
"""One that is asked for with a body may take so many times as long: it may be of every alert."""

_ASK_S = 60.0
_MOST_WAITING = 4
_MOST_LOOKED_AT = 5
_CHECKED = 512
_LOOKED_S = 0.5
_ALIVE_S = 5.0
_MOST_FIRINGS = 1_000


class BacktestAsked(BaseModel):
    """The body: alerts by name (none is all), over which window, and definitions in place of the server's.

    `toml` is the text of a file of settings; of it `[[alerts]]`, `[[slos]]` and `[budget]` are read. With
    `charts` each alert has its figure over time. With `progress` the answer comes as lines of JSON: `told`
    says how far it is, the last line has `answer` or `error`.
    """

    model_config = ConfigDict(extra="forbid", strict=True)
    names: list[str] = Field(default_factory=list, max_length=500)
    window: str = "7d"
    toml: str | None = Field(default=None, max_length=_BODY_BYTES)
    charts: bool = False
    progress: bool = False


class LineShape(BaseModel):
    """The figure of one value that the alert is split by: of each stretch the most alarming one."""

    labels: dict[str, str]
    values: list[float | None]


class ChartShape(BaseModel):
    """An alert's figure over time: `values[i]` is of the `step_s` seconds from `from + i * step_s` on.

    It is in the alert's `unit`; where `relative`, as multiples of the bound that it is held to, as
    alternatives have different ones. `bound` and `sign` say when it alarms; null where no fixed bound does.
    Lines of values that the test held of come first; `left_out` says how many are not there.
    """

    begin: int = Field(serialization_alias="from")
    step_s: int
    relative: bool
    bound: float | None
    sign: Literal[">", ">=", "<", "<="] | None
    lines: list[LineShape]
    left_out: int


class FiringShape(BaseModel):
    """A stretch in which an alert would have fired; `resolved_at` is null where it still does."""

    labels: dict[str, str]
    active_since: float
    fired_at: float
    resolved_at: float | None
    value: float | None


class StretchShape(BaseModel):
    """A stretch in which the budget went at a burn rate that alerts, and none of the alerts fired."""

    begin: float = Field(serialization_alias="from")
    end: float | None = Field(serialization_alias="to")
    bad: float | None


class BacktestShape(BaseModel):
    """An alert over the past; `no_data` says how often of its evaluations it lacked a figure."""

    name: str
    severity: Severity
    unit: str
    slo: str | None
    firings: list[FiringShape]
    truncated: bool
    no_data: int
    evaluations: int
    for_s: int
    chart: ChartShape | None = None


class MissedShape(BaseModel):
    """Of an objective, the stretches of fast spending that none of its alerts here told of."""

    slo: str
    alerts: list[str]
    missed: list[StretchShape]


class BacktestsShape(BaseModel):
    """Alerts over the past, judged every `step_s` seconds."""

    begin: float = Field(serialization_alias="from")
    end: float = Field(serialization_alias="to")
    step_s: int
    alerts: list[BacktestShape]
    objectives: list[MissedShape]


def backtest_routes(store: Store, promises: Promises, clock: Callable[[], float]) -> APIRouter:
    """The route `/api/alerts/backtest`: GET of alerts that the server has, POST of any.

    Args:
        store: What is asked.
        promises: The alerts and objectives where the request brings none.
        clock: Gives the present in unix seconds.
    """
    routes = APIRouter()
    looks, tries = _Turns(), _Turns()

    @routes.get("/api/alerts/backtest")
    async def look(
        request: Request,
        name: Annotated[list[str], Query(max_length=_MOST_LOOKED_AT)],
        window: str = "7d",
    ) -> BacktestsShape:
        """Alerts of the server over the past, with their figures: a page that anyone may link to."""
        if request.headers.get("sec-fetch-site") == "cross-site":
            raise RequestRefused("another site's page cannot ask for this", status=403)
        asked = BacktestAsked(names=name, window=window, charts=True)
        run = _Run(store, promises, asked, clock(), LONGEST_S)
        async with looks.mine(), _watched(request, run):
            return await run.done()

    @routes.post("/api/alerts/backtest", openapi_extra=_body(), response_model=BacktestsShape)
    async def try_out(request: Request) -> BacktestsShape | StreamingResponse:
        same_origin(request)
        asked = await _asked(request)
        known = promises if asked.toml is None else _defined(asked.toml)
        run = _Run(store, known, asked, clock(), _TRIED * LONGEST_S)
        if asked.progress:
            return StreamingResponse(_lines(run, tries), media_type="application/x-ndjson")
        async with tries.mine(), _watched(request, run):
            return await run.done()

    return routes


class _Turns:
    """Lets one run after the other, as each reads much, and few wait."""

    def __init__(self) -> None:
        self._turn = asyncio.Lock()
        self._waiting = 0

    @asynccontextmanager
    async def mine(self) -> AsyncGenerator[None]:
        """Waits for its turn.

        Raises:
            RequestRefused: If too many wait already.
        """
        if self._waiting > _MOST_WAITING:
            raise RequestRefused("others are run over the past now; ask again in a minute", status=503)
        self._waiting += 1
        try:
            async with self._turn:
                yield
        finally:
            self._waiting -= 1


class _Run:
    """One run over the past, which ends when it takes too long or nobody waits for it any more."""

    def __init__(
        self, store: Store, known: Promises, asked: BacktestAsked, now: float, longest_s: float
    ) -> None:
        self._store, self._known = store, replace(known)
        self._charts = asked.charts
        self._alerts, self._end = _named(asked.names, known), int(now)
        self._begin = self._end - _seconds(asked.window)
        self._longest_s, self._until = longest_s, math.inf
        self.told: Callable[[str], None] = lambda _: None
        self.stopped = Event()

    async def done(self) -> BacktestsShape:
        """The answer.

        Raises:
            RequestRefused: If it cannot be run, or takes too long.
        """
        self._until = time.monotonic() + self._longest_s
        alerts, known = self._alerts, self._known
        guards = [slo for slo in known.slos if any(alert.slo == slo.name for alert in alerts)]
        spent = [one for slo in guards if (one := spending(slo)) is not None]
        try:
            past = await self._past([*alerts, *spent])
            found, charts = await asyncio.to_thread(self._judged, past, [*alerts, *spent])
        finally:
            self.stopped.set()
        return BacktestsShape(
            begin=self._begin,
            end=self._end,
            step_s=STEP_S,
            alerts=[_shape(one, chart) for one, chart in zip(found[: len(alerts)], charts, strict=False)],
            objectives=_missed(guards, found, len(alerts)),
        )

    async def _past(self, alerts: Sequence[Alert]) -> Past:
        """All that the alerts test in that time."""
        try:
            asks = backtest_sql.asks(alerts, self._begin, self._end)
        except DefinitionError as error:
            raise RequestRefused(f"names: {error}", field="names") from None
        answers: list[tuple[backtest_sql.AskPast, Sequence[Cells]]] = []
        for number, ask in enumerate(asks, start=1):
            self._check()
            statement = ask.statement
            left = QueryLimits(seconds=min(_ASK_S, max(1.0, self._until - time.monotonic())), ad_hoc=True)
            rows = await self._store.query(statement.text, statement.parameters, limits=left)
            if rows.truncated:
                raise RequestRefused("names: the alert is split by too many values; ask a shorter window")
            answers.append((ask, rows.rows))
            self.told(f"{number} / {len(asks)} questions asked")
        return await asyncio.to_thread(Past, answers)

    def _judged(self, past: Past, alerts: Sequence[Alert]) -> tuple[list[Backtest], list[Chart | None]]:
        found: list[Backtest] = []
        charts: list[Chart | None] = []
        for number, alert in enumerate(alerts, start=1):
            drawing: list[Drawing] = []
            found.append(backtest(alert, self._seen(past, drawing), self._begin, self._end))
            charts.append(drawing[0].chart() if self._charts else None)
            self.told(f"{number} / {len(alerts)} alerts judged ({alert.name})")
        return found, charts

    def _seen(self, past: Past, drawing: list[Drawing]) -> Testing:
        """What the tests give, drawn by the way, until it has to end."""

        def testing(alert: Alert, moments: range) -> Iterator[Mapping[str, Judged]]:
            drawn = Drawing(alert, moments)
            drawing.append(drawn)
            for at, told in enumerate(past.over(alert, moments)):
                if at % _CHECKED == 0:
                    self._check()
                if self._charts:
                    drawn.add(at, told)
                yield told

        return testing

    def _check(self) -> None:
        if self.stopped.is_set():
            raise RequestRefused("nobody waits for it any more", status=499)
        if time.monotonic() > self._until:
            raise RequestRefused(
                f"it took over {self._longest_s:.0f} s; ask fewer alerts, or a shorter window", status=504
            )


@asynccontextmanager
async def _watched(request: Request, run: _Run) -> AsyncGenerator[None]:
    """Ends the run when the request is given up."""

    async def watch() -> None:
        while not await request.is_disconnected():
            await asyncio.sleep(_LOOKED_S)
        run.stopped.set()

    watching = asyncio.ensure_future(watch())
    try:
        yield
    finally:
        run.stopped.set()
        watching.cancel()


async def _lines(run: _Run, turns: _Turns) -> AsyncIterator[bytes]:
    """One JSON object a line, the last with the answer. A reader that hangs up ends the run."""
    words: asyncio.Queue[str] = asyncio.Queue()
    loop = asyncio.get_running_loop()

    def told(word: str) -> None:
        loop.call_soon_threadsafe(words.put_nowait, word)

    async def answered() -> BacktestsShape:
        async with turns.mine():
            return await run.done()

    run.told = told
    running = asyncio.ensure_future(answered())
    running.add_done_callback(lambda _: words.put_nowait(""))
    try:
        while not running.done() or not words.empty():
            word = ""
            with suppress(TimeoutError):
                async with asyncio.timeout(_ALIVE_S):
                    word = await words.get()
            yield _line({"told": word})
        yield _line({"answer": (await running).model_dump(mode="json", by_alias=True)})
    except (RequestRefused, StoreError) as error:
        yield _line({"error": {"message": str(error)}})
    finally:
        run.stopped.set()
        running.cancel()


def _line(value: Mapping[str, object]) -> bytes:
    return json.dumps(value, ensure_ascii=False).encode() + b"\n"


def _missed(guards: Sequence[Slo], found: Sequence[Backtest], alerts: int) -> list[MissedShape]:
    told, spent = found[:alerts], {one.alert.name: one for one in found[alerts:]}
    shapes: list[MissedShape] = []
    for slo in guards:
        mine = [one for one in told if one.alert.slo == slo.name]
        over = spent.get(f"spending {slo.name}")
        stretches = () if over is None else missed(over, mine)
        shapes.append(
            MissedShape(
                slo=slo.name,
                alerts=[one.alert.name for one in mine],
                missed=[
                    StretchShape(begin=one.fired_at, end=one.resolved_at, bad=one.value) for one in stretches
                ],
            )
        )
    return shapes


def _defined(text: str) -> Promises:
    """What the text of a file of settings defines; whom alerts are told is no matter here.

    Raises:
        RequestRefused: If it cannot be used.
    """
    try:
        found = tomllib.loads(text)
        tables = {name: found[name] for name in (SLOS_TABLE, ALERTS_TABLE, BUDGET_TABLE) if name in found}
        for one in cast("Sequence[object]", tables.get(ALERTS_TABLE, [])):
            if isinstance(one, dict):
                cast("dict[str, object]", one).pop("channel", None)
        told = defined(Settings(document=Document(text, "toml"), tables=tables))
    except (tomllib.TOMLDecodeError, RecursionError, TypeError) as error:
        raise RequestRefused(f"toml: {error}", field="toml") from None
    except SettingError as error:
        raise RequestRefused(str(error), field="toml") from None
    return Promises(told.slos, told.budget, told.alerts)


def _named(names: Sequence[str], known: Promises) -> list[Alert]:
    every = {alert.name: alert for alert in known.alerts}
    for name in names:
        if name not in every:
            raise RequestRefused(f"names: {name!r} is no alert; use one of {', '.join(every)}", field="names")
    return [every[name] for name in dict.fromkeys(names)] if names else list(every.values())


def _seconds(window: str) -> int:
    try:
        return window_seconds(window)
    except SettingError as error:
        raise RequestRefused(str(error), field="window") from None


def _shape(found: Backtest, chart: Chart | None) -> BacktestShape:
    alert = found.alert
    return BacktestShape(
        name=alert.name,
        severity=alert.severity,
        unit=alert_figure(alert.test).unit,
        slo=alert.slo,
        firings=list(map(_firing, found.firings[-_MOST_FIRINGS:])),
        truncated=len(found.firings) > _MOST_FIRINGS,
        no_data=found.no_data,
        evaluations=found.evaluations,
        for_s=alert.for_s,
        chart=None if chart is None else _drawn(chart),
    )


def _drawn(chart: Chart) -> ChartShape:
    return ChartShape(
        begin=chart.begin,
        step_s=chart.step_s,
        relative=chart.relative,
        bound=chart.bound,
        sign=chart.sign,
        lines=[LineShape(labels=dict(one.labels), values=list(one.values)) for one in chart.lines],
        left_out=chart.left_out,
    )


def _firing(one: Firing) -> FiringShape:
    return FiringShape(
        labels=dict(one.labels),
        active_since=one.active_since,
        fired_at=one.fired_at,
        resolved_at=one.resolved_at,
        value=one.value,
    )


async def _asked(request: Request) -> BacktestAsked:
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > _BODY_BYTES:
            raise RequestRefused(f"body: it is over {_BODY_BYTES} bytes", status=413, field="body")
    try:
        return BacktestAsked.model_validate_json(bytes(body) or b"{}")
    except ValidationError as error:
        first = error.errors()[0]
        field = ".".join(map(str, first["loc"])) or "body"
        raise RequestRefused(f"{field}: {first['msg']}", field=field) from None


def _body() -> dict[str, Any]:
    content = {"application/json": {"schema": BacktestAsked.model_json_schema()}}
    return {"requestBody": {"required": True, "content": content}}
