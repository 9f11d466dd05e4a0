"""The API's routes to what there is to choose from: values to filter by, and releases to look at."""

from collections.abc import Callable
from typing import Any

from fastapi import APIRouter

from kansoku.show import questions, shapes
from kansoku.show.view import Viewed
from kansoku.store.holdings import Holdings
from kansoku.store.port import Store


def add_choices(routes: APIRouter, store: Store, holdings: Holdings, clock: Callable[[], float]) -> None:
    """Adds `/api/values` and `/api/markers`."""
    refusals: dict[int | str, dict[str, Any]] = {400: {"model": shapes.Refusal}}

    @routes.get("/api/values", responses=refusals)
    async def values(viewed: Viewed) -> shapes.FilterValues:
        rollups = await holdings.at(clock())
        return shapes.FilterValues(values=await questions.values(store, viewed.scope(clock()).end, rollups))

    @routes.get("/api/markers", responses=refusals)
    async def markers(viewed: Viewed) -> shapes.Markers:
        scope = viewed.scope(clock())
        found = await questions.markers(store, scope, await holdings.at(clock()))
        told = [shapes.Marker(service=one.service, release=one.release, time=one.time) for one in found]
        return shapes.Markers(begin=scope.begin, end=scope.end, markers=told)
