"""The route that runs alerts over the past: when each would have fired, and what it would have missed."""

import asyncio
import tomllib
from collections.abc import Callable, Sequence
from typing import Any, cast

from fastapi import APIRouter, Request
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from kansoku.catalog.alerts import Alert, Severity
from kansoku.catalog.settings import ALERTS_TABLE, BUDGET_TABLE, SLOS_TABLE
from kansoku.catalog.slos import Slo
from kansoku.catalog.windows import window_seconds
from kansoku.errors import DefinitionError, SettingError
from kansoku.judge.alert_figure import alert_figure
from kansoku.judge.backtest import Backtest, Firing, backtest, missed, spending
from kansoku.query import backtest_sql
from kansoku.query.backtest_sql import STEP_S, Past
from kansoku.settings import Settings
from kansoku.settings.defined import defined
from kansoku.settings.document import Document
from kansoku.show.origin import same_origin
from kansoku.show.refusals import RequestRefused
from kansoku.show.slos import Promises
from kansoku.store.port import QueryLimits, Rows, Store

_BODY_BYTES = 1 << 20
_LIMITS = QueryLimits(seconds=60.0, ad_hoc=True)
_MOST_FIRINGS = 1_000


class BacktestAsked(BaseModel):
    """The body: alerts by name (none is all), over which window, and definitions in place of the server's.

    `toml` is the text of a file of settings; of it `[[alerts]]`, `[[slos]]` and `[budget]` are read.
    """

    model_config = ConfigDict(extra="forbid", strict=True)
    names: list[str] = Field(default_factory=list, max_length=500)
    window: str = "7d"
    toml: str | None = Field(default=None, max_length=_BODY_BYTES)


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
    """The route `/api/alerts/backtest`.

    Args:
        store: What is asked.
        promises: The alerts and objectives where the request brings none.
        clock: Gives the present in unix seconds.
    """
    routes = APIRouter()
    turn = asyncio.Lock()

    @routes.post("/api/alerts/backtest", openapi_extra=_body())
    async def run(request: Request) -> BacktestsShape:
        same_origin(request)
        asked = await _asked(request)
        known = promises if asked.toml is None else _defined(asked.toml)
        alerts, end = _named(asked.names, known), int(clock())
        begin = end - _seconds(asked.window)
        guards = [slo for slo in known.slos if any(alert.slo == slo.name for alert in alerts)]
        spent = [one for slo in guards if (one := spending(slo)) is not None]
        async with turn:  # each reads much: one after the other
            past = await _past(store, [*alerts, *spent], begin, end)
            found = await asyncio.to_thread(
                lambda: [backtest(one, past.tested, begin, end) for one in (*alerts, *spent)]
            )
        return BacktestsShape(
            begin=begin,
            end=end,
            step_s=STEP_S,
            alerts=[_shape(one) for one in found[: len(alerts)]],
            objectives=_missed(guards, found, len(alerts)),
        )

    return routes


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


async def _past(store: Store, alerts: Sequence[Alert], begin: int, end: int) -> Past:
    """All that the alerts test in that time.

    Raises:
        RequestRefused: If one cannot be asked of the store.
    """
    try:
        asks = backtest_sql.asks(alerts, begin, end)
    except DefinitionError as error:
        raise RequestRefused(f"names: {error}", field="names") from None
    answers: list[tuple[backtest_sql.AskPast, Rows]] = []
    for ask in asks:
        statement = ask.statement
        answers.append((ask, await store.query(statement.text, statement.parameters, limits=_LIMITS)))
    return await asyncio.to_thread(lambda: Past((ask, rows.rows) for ask, rows in answers))


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


def _shape(found: Backtest) -> BacktestShape:
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
