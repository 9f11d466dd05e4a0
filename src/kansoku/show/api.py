"""The JSON API's routes: each reads its parameters, asks, and gives the answer its shape."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from starlette.responses import JSONResponse

from kansoku.catalog.panels import GROUPS, PanelGroup, group
from kansoku.catalog.windows import DEFAULT_WINDOW, window_seconds
from kansoku.errors import QueryRefused, SettingError, StoreError
from kansoku.judge.verdict import Verdict
from kansoku.query.scope import FILTERS, Scope
from kansoku.show import pictures, questions, shapes
from kansoku.show.origin import same_origin
from kansoku.show.refusals import RequestRefused
from kansoku.store.port import QueryLimits, Store

QUERY_LIMITS = QueryLimits(seconds=10.0, rows=10_000, memory_bytes=1 << 30)
"""What a statement sent to `/api/query` may cost."""

_BODY_BYTES = 256 * 1024


@dataclass(frozen=True, slots=True)
class Intake:
    """What receiving has to confess: bytes and segments in the spool, and requests refused."""

    spool_bytes: int
    segments_waiting: int
    segments_set_aside: int
    rejected_requests: int


class View(BaseModel):
    """What a request looks at: a window, and the rows that have the given values."""

    model_config = ConfigDict(extra="forbid")
    window: str = DEFAULT_WINDOW
    feature: str = ""
    service: str = ""
    environment: str = ""
    release: str = ""

    def scope(self, now: float) -> Scope:
        """The rows that are looked at.

        Raises:
            RequestRefused: If the window is not one that is known.
        """
        given = ((name, str(getattr(self, name))) for name in FILTERS)
        try:
            seconds = window_seconds(self.window)
        except SettingError as error:
            raise RequestRefused(str(error), field="window") from None
        return Scope.until(now, seconds, tuple(pair for pair in given if pair[1]))


Viewed = Annotated[View, Query()]


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
) -> APIRouter:
    """The routes under `/api`, and `/healthz`.

    Args:
        store: What is asked.
        demo: Whether the data is the demo workload's.
        honesty: Gives what receiving has to confess.
        clock: Gives the present in unix seconds.
    """
    routes = APIRouter()
    refusals: dict[int | str, dict[str, Any]] = {400: {"model": shapes.Refusal}}

    @routes.get("/api/catalog")
    async def catalog() -> shapes.Catalog:
        return pictures.catalog(demo=demo)

    @routes.get("/api/status", responses=refusals)
    async def status(viewed: Viewed) -> shapes.Status:
        scope = viewed.scope(clock())
        judged = await questions.judged(store, scope)
        features = await questions.features(store, scope.end)
        return _status(judged, viewed, scope, features, demo=demo)

    @routes.get("/api/panels/{group}", responses={**refusals, 404: {"model": shapes.Refusal}})
    async def panels(group: str, viewed: Viewed) -> shapes.PanelGroupNow:
        known, scope = _group(group), viewed.scope(clock())
        grid, answers = await questions.panels(store, known, scope)
        return shapes.PanelGroupNow(
            group=group,
            begin=scope.begin,
            end=scope.end,
            step_s=grid.step_s,
            panels=list(map(pictures.panel_now, known.panels, answers)),
        )

    @routes.post("/api/query", responses=refusals, openapi_extra=_BODY)
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

    @routes.get("/api/honesty")
    async def honest() -> shapes.Honesty:
        calls, unpriced = await questions.calls_and_unpriced(store)
        intake = await honesty()
        return shapes.Honesty(
            calls=calls,
            unpriced=unpriced,
            spool_bytes=intake.spool_bytes,
            segments_waiting=intake.segments_waiting,
            segments_set_aside=intake.segments_set_aside,
            rejected_requests=intake.rejected_requests,
        )

    @routes.get("/healthz")
    async def healthy() -> JSONResponse:
        try:
            await store.query("SELECT 1")
        except StoreError as error:
            return JSONResponse({"status": "unavailable", "reason": str(error)}, status_code=503)
        return JSONResponse({"status": "ok"})

    return routes


def _status(judged: Verdict, viewed: View, scope: Scope, features: list[str], *, demo: bool) -> shapes.Status:
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
        indicators=[pictures.indicator_now(found, window_s) for found in judged.standings],
    )


def _group(name: str) -> PanelGroup:
    known = group(name)
    if known is None:
        names = ", ".join(each.id for each in GROUPS)
        raise RequestRefused(f"group: {name!r} is not known; use one of {names}", status=404, field="group")
    return known


async def _sql(request: Request) -> str:
    """The statement in the request's body, read no further than its cap."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > _BODY_BYTES:
            raise RequestRefused(f"sql: the body is over {_BODY_BYTES} bytes", status=413, field="sql")
    try:
        return Asked.model_validate_json(bytes(body)).sql
    except ValidationError as error:
        reason = error.errors()[0]["msg"]
        message = f'send {{"sql": "SELECT …"}} as application/json: {reason}'
        raise RequestRefused(message, field="sql") from None


_BODY = {
    "requestBody": {
        "required": True,
        "content": {"application/json": {"schema": Asked.model_json_schema()}},
    }
}
