"""The JSON API's routes: each reads its parameters, asks, and gives the answer its shape."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

from fastapi import APIRouter, Request
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from starlette.responses import JSONResponse

from kansoku.catalog.panels import GROUPS, PanelGroup, group
from kansoku.catalog.text import Text
from kansoku.errors import QueryRefused, ReceiveError, SettingError, StoreError
from kansoku.query.rolled import Held
from kansoku.query.scope import Scope
from kansoku.show import pictures, questions, shapes
from kansoku.show.choices import add_choices
from kansoku.show.honesty import Intake, add_honesty
from kansoku.show.logs import add_logs
from kansoku.show.origin import same_origin
from kansoku.show.refusals import RequestRefused
from kansoku.show.search import add_search
from kansoku.show.sessions import add_sessions
from kansoku.show.tail import Tails
from kansoku.show.traces import add_traces
from kansoku.show.view import LAST_SECOND, View, Viewed
from kansoku.store.holdings import Holdings
from kansoku.store.port import QueryLimits, Store
from kansoku.store.upkeep.reprice import Repriced, Wanted

QUERY_LIMITS = QueryLimits(seconds=10.0, rows=10_000, memory_bytes=512 << 20, ad_hoc=True)
"""What a statement sent to `/api/query` may cost."""

_BODY_BYTES = 256 * 1024
_ANY_SECONDS = 600
"""How far past the present calls are priced again when no end is given: clocks differ."""


class RepriceAsked(BaseModel):
    """The body of `/api/reprice`: unix seconds, and which of the calls from then."""

    model_config = ConfigDict(extra="forbid", strict=True)
    since: int = Field(ge=0, le=LAST_SECOND)
    until: int | None = Field(default=None, ge=0, le=LAST_SECOND)
    model: str = Field(default="", max_length=200)
    only_unpriced: bool = False
    dry_run: bool = False


Repricing = Callable[[Wanted], Awaitable[Repriced]]


class Asked(BaseModel):
    """The body of `/api/query`."""

    model_config = ConfigDict(extra="forbid", strict=True)
    sql: str = Field(min_length=1)


def api_routes(
    store: Store,
    *,
    demo: bool,
    honesty: Callable[[], Awaitable[Intake]],
    clock: Callable[[], float],
    ready: Callable[[], Awaitable[None]] | None = None,
    repricing: Repricing | None = None,
    firing: Callable[[], Sequence[Text]] = tuple,
    tails: Tails | None = None,
) -> APIRouter:
    """The routes under `/api`, and `/healthz`.

    Args:
        store: What is asked.
        demo: Whether the data is the demo workload's.
        honesty: Gives what receiving has to confess.
        clock: Gives the present in unix seconds.
        ready: Raises if nothing could be received now.
        repricing: Prices stored calls again, where the store can.
        firing: Names the alarms that fire now.
        tails: Who listens to the log, where somebody else ends it.
    """
    routes = APIRouter()
    holdings = Holdings(store)
    refusals: dict[int | str, dict[str, Any]] = {400: {"model": shapes.Refusal}}

    @routes.get("/api/catalog")
    async def catalog() -> shapes.Catalog:
        return pictures.catalog(demo=demo)

    @routes.get("/api/status", responses=refusals)
    async def status(viewed: Viewed) -> shapes.Status:
        scope = viewed.scope(clock())
        rollups = await holdings.at(clock())
        judged = await questions.judged(store, scope, rollups, chosen=viewed.is_chosen)
        features = await questions.features(store, scope.end, rollups)
        before = await _before(store, viewed, scope, rollups)
        shown = _status(judged, viewed, scope, features, before, demo=demo)
        shown.firing = [pictures.words(one) for one in firing()]
        return shown

    @routes.get("/api/panels/{group}", responses={**refusals, 404: {"model": shapes.Refusal}})
    async def panels(group: str, viewed: Viewed) -> shapes.PanelGroupNow:
        known, scope = _group(group), viewed.scope(clock())
        rollups = await holdings.at(clock())
        grid, answers = await questions.panels(store, known, scope, rollups)
        told = list(map(pictures.panel_now, known.panels, answers))
        if viewed.compare:
            _, earlier = await questions.panels(store, known, scope.before(grid.step_s), rollups)
            pictures.compare(told, map(pictures.panel_now, known.panels, earlier))
        return shapes.PanelGroupNow(
            group=group, begin=scope.begin, end=scope.end, step_s=grid.step_s, panels=told
        )

    @routes.post("/api/query", responses=refusals, openapi_extra=_body_of(Asked))
    async def query(request: Request) -> shapes.QueryAnswer:
        same_origin(request)
        try:
            found = await store.query(await _sql(request), limits=QUERY_LIMITS)
        except QueryRefused as error:
            raise RequestRefused(str(error), field="sql") from None
        return shapes.QueryAnswer(
            columns=[shapes.QueryColumn(name=one.name, type=one.type) for one in found.columns],
            rows=[list(cells) for cells in found.rows],
            truncated=found.truncated,
        )

    add_choices(routes, store, clock)
    add_honesty(routes, store, honesty, clock)
    add_logs(routes, store, clock, tails or Tails(store, clock))
    add_search(routes, store, clock)
    add_sessions(routes, store, clock)
    add_traces(routes, store)
    if repricing is not None:
        _add_repricing(routes, repricing, clock)

    _add_health(routes, store, ready)
    return routes


def _add_health(routes: APIRouter, store: Store, ready: Callable[[], Awaitable[None]] | None) -> None:
    """The route that says whether the server can receive and be asked."""

    @routes.get("/healthz")
    async def healthy() -> JSONResponse:
        try:
            await store.query("SELECT 1")
            if ready is not None:
                await ready()
        except (StoreError, ReceiveError) as error:
            return JSONResponse({"status": "unavailable", "reason": str(error)}, status_code=503)
        return JSONResponse({"status": "ok"})


def _add_repricing(routes: APIRouter, repricing: Repricing, clock: Callable[[], float]) -> None:
    """The route that prices stored calls again, one request after the other."""
    turn = asyncio.Lock()

    @routes.post(
        "/api/reprice", responses={400: {"model": shapes.Refusal}}, openapi_extra=_body_of(RepriceAsked)
    )
    async def reprice(request: Request) -> shapes.RepriceAnswer:
        same_origin(request)
        asked = await _reprice_asked(request)
        wanted = Wanted(
            since=asked.since,
            until=int(clock()) + _ANY_SECONDS if asked.until is None else asked.until,
            model=asked.model,
            only_unpriced=asked.only_unpriced,
            dry_run=asked.dry_run,
        )
        try:
            async with turn:
                return pictures.repriced(await repricing(wanted))
        except SettingError as error:
            raise RequestRefused(str(error)) from None


async def _before(store: Store, viewed: View, scope: Scope, rollups: Held) -> Mapping[str, float | None]:
    """What each indicator was over the time before, by name, if that is asked for."""
    if not viewed.compare:
        return {}
    found = await questions.judged(store, scope.before(1), rollups, chosen=True)
    return {one.indicator.name: one.reading.value for one in found.verdict.standings}


def _status(
    found: questions.Judged,
    viewed: View,
    scope: Scope,
    features: list[str],
    before: Mapping[str, float | None],
    *,
    demo: bool,
) -> shapes.Status:
    judged = found.verdict
    window_s = scope.end - scope.begin
    return shapes.Status(
        state=judged.state,
        headline=pictures.words(judged.headline),
        sentence=pictures.words(judged.sentence),
        reasons=[pictures.words(reason) for reason in judged.reasons],
        window=viewed.window,
        feature=viewed.feature or None,
        begin=scope.begin,
        end=scope.end,
        demo=demo,
        features=features,
        firing=[],
        indicators=[
            pictures.indicator_now(
                one, window_s, found.errors.get(one.indicator.name), before.get(one.indicator.name)
            )
            for one in judged.standings
        ],
    )


def _group(name: str) -> PanelGroup:
    known = group(name)
    if known is None:
        names = ", ".join(each.id for each in GROUPS)
        raise RequestRefused(f"group: {name!r} is not known; use one of {names}", status=404, field="group")
    return known


async def _body(request: Request, field: str) -> bytes:
    """The request's body, read no further than its cap."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > _BODY_BYTES:
            raise RequestRefused(f"{field}: the body is over {_BODY_BYTES} bytes", status=413, field=field)
    return bytes(body)


async def _reprice_asked(request: Request) -> RepriceAsked:
    """What is to be priced again."""
    body = await _body(request, "since")
    try:
        return RepriceAsked.model_validate_json(body)
    except ValidationError as error:
        first = error.errors()[0]
        field = str(first["loc"][0]) if first["loc"] else "since"
        raise RequestRefused(f"{field}: {first['msg']}; times are unix seconds", field=field) from None


async def _sql(request: Request) -> str:
    """The statement in the request's body."""
    body = await _body(request, "sql")
    try:
        return Asked.model_validate_json(body).sql
    except ValidationError as error:
        reason = error.errors()[0]["msg"]
        message = f'send {{"sql": "SELECT …"}} as application/json: {reason}'
        raise RequestRefused(message, field="sql") from None


def _body_of(asked: type[BaseModel]) -> dict[str, Any]:
    """What the schema says of a body that the route reads itself."""
    content = {"application/json": {"schema": asked.model_json_schema()}}
    return {"requestBody": {"required": True, "content": content}}
