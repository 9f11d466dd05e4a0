"""The JSON API's routes: each reads its parameters, asks, and gives the answer its shape."""

import asyncio
from collections.abc import Mapping
from typing import Any, Final

from fastapi import APIRouter

from kansoku.catalog.panels import GROUPS, PanelGroup, group
from kansoku.catalog.windows import step_seconds
from kansoku.query.rolled import Held
from kansoku.query.scope import Scope
from kansoku.show import pictures, questions, shapes
from kansoku.show.alerts import firing
from kansoku.show.backend import Backend
from kansoku.show.choices import add_choices
from kansoku.show.health import add_health
from kansoku.show.honesty import add_honesty
from kansoku.show.logs import add_logs
from kansoku.show.reckoned import Moment, Money, reckoned
from kansoku.show.refusals import RequestRefused
from kansoku.show.reload import settings_behind
from kansoku.show.reprice import add_repricing
from kansoku.show.search import add_search
from kansoku.show.sessions import add_sessions
from kansoku.show.statement import add_query
from kansoku.show.tail import Tails
from kansoku.show.traces import add_traces
from kansoku.show.view import View, Viewed
from kansoku.store.holdings import Holdings
from kansoku.store.port import Store

_REFUSALS: Final[dict[int | str, dict[str, Any]]] = {400: {"model": shapes.Refusal}}


def api_routes(backend: Backend) -> APIRouter:
    """The routes under `/api`, and `/healthz`; those of alerts and objectives are apart."""
    routes = APIRouter()
    store, clock = backend.store, backend.clock
    holdings = Holdings(store)
    _add_catalog(routes, demo=backend.demo, keyed=backend.keyed)
    _add_status(routes, backend, holdings)
    _add_panels(routes, backend, holdings)
    add_query(routes, store)
    add_choices(routes, store, holdings, clock)
    add_logs(routes, store, clock, backend.tails or Tails(store, clock))
    add_search(routes, store, clock)
    add_sessions(routes, store, clock)
    add_traces(routes, store)
    if backend.repricing is not None:
        add_repricing(routes, backend.repricing, clock)
    add_honesty(routes, store, backend.honesty, clock, backend.behind)
    add_health(routes, store, backend.ready)
    return routes


def _add_catalog(routes: APIRouter, *, demo: bool, keyed: bool) -> None:
    @routes.get("/api/catalog")
    async def catalog() -> shapes.Catalog:
        return pictures.catalog(demo=demo, keyed=keyed)


def _add_status(routes: APIRouter, backend: Backend, holdings: Holdings) -> None:
    store, clock = backend.store, backend.clock

    @routes.get("/api/status", responses=_REFUSALS)
    async def status(viewed: Viewed) -> shapes.Status:
        scope = viewed.scope(clock())
        rollups = await holdings.at(clock())
        judged, features, before = await asyncio.gather(
            questions.judged(store, scope, rollups, chosen=viewed.is_chosen),
            questions.features(store, scope.end, rollups),
            _before(store, viewed, scope, rollups),
        )
        shown = _status(judged, viewed, scope, features, before, demo=backend.demo)
        alarms = () if backend.watching is None else firing(backend.watching.now())
        shown.firing = [pictures.words(one) for one in alarms]
        shown.settings = await settings_behind(backend.behind)
        return shown


def _add_panels(routes: APIRouter, backend: Backend, holdings: Holdings) -> None:
    store, clock = backend.store, backend.clock
    money = Money(backend.book, backend.promises and backend.promises.cost)

    @routes.get("/api/panels/{group}", responses={**_REFUSALS, 404: {"model": shapes.Refusal}})
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

    # Apart: they take longer, and the others need not wait for them.
    @routes.get("/api/panels/{group}/reckoned", responses={**_REFUSALS, 404: {"model": shapes.Refusal}})
    async def reckoned_panels(group: str, viewed: Viewed) -> shapes.PanelGroupNow:
        known, scope = _group(group), viewed.scope(clock())
        rollups = await holdings.at(clock())
        step_s = step_seconds(scope.end - scope.begin)
        before = scope.before(step_s) if viewed.compare else None
        told = await reckoned(store, known, Moment(scope, before, clock(), rollups), money)
        return shapes.PanelGroupNow(group=group, begin=scope.begin, end=scope.end, step_s=step_s, panels=told)


async def _before(store: Store, viewed: View, scope: Scope, rollups: Held) -> Mapping[str, float | None]:
    """What each indicator was over the time before, by name, if that is asked for."""
    if not viewed.compare:
        return {}
    return await questions.earlier(store, scope, rollups)


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
