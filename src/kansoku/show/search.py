"""The API's routes to traces: a list of those that were searched for, and one trace's spans."""

from collections.abc import Callable
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query
from pydantic import Field

from kansoku.query import paging, traces
from kansoku.query.statement import Statement
from kansoku.show import shapes
from kansoku.show.paged import paged
from kansoku.show.traces import TRACE_ID, no_span
from kansoku.show.view import View
from kansoku.store.port import QueryLimits, Store

SEARCH_LIMITS = QueryLimits(seconds=5.0, rows=traces.SPANS_AT_MOST + 1, memory_bytes=512 << 20)
"""What a search may cost."""

_VALUE = 400
_LAST_NS = 2**63 - 1


class TracesAsked(View):
    """Which traces: those with a call in the view that has these values; `id` is any id of it, whole."""

    before: int | None = Field(default=None, ge=0, le=_LAST_NS)
    limit: int = Field(default=100, ge=1, le=1_000)
    outcome: str = Field(default="", max_length=_VALUE)
    error_type: str = Field(default="", max_length=_VALUE)
    session: str = Field(default="", max_length=_VALUE)
    tool: str = Field(default="", max_length=_VALUE)
    one_id: str = Field(default="", max_length=_VALUE, alias="id")
    q: str = Field(default="", max_length=_VALUE)
    slower_than_s: float = Field(default=0.0, ge=0.0, allow_inf_nan=False)

    def search(self, now: float) -> traces.TraceSearch:
        """The search.

        Raises:
            RequestRefused: If the time cannot be looked at.
        """
        return traces.TraceSearch(
            self.scope(now),
            outcome=self.outcome,
            error_type=self.error_type,
            session=self.session,
            tool=self.tool,
            one_id=self.one_id.strip(),
            text=self.q.strip(),
            slower_than_s=self.slower_than_s,
            before_ns=self.before,
            limit=self.limit,
        )


def add_search(routes: APIRouter, store: Store, clock: Callable[[], float]) -> None:
    """Adds the routes of `/api/traces`."""
    refusals: dict[int | str, dict[str, Any]] = {400: {"model": shapes.Refusal}}

    async def found(statement: Statement) -> list[tuple[object, ...]]:
        return (await store.query(statement.text, statement.parameters, limits=SEARCH_LIMITS)).rows

    @routes.get("/api/traces", responses=refusals)
    async def newest(asked: Annotated[TracesAsked, Query()]) -> shapes.TracePage:
        search = asked.search(clock())
        rows = await paged(found, *traces.newest(search))
        seen = [traces.trace(cells) for cells in paging.rows_of(rows)]
        return shapes.TracePage(
            begin=search.scope.begin,
            end=search.scope.end,
            traces=[shapes.TraceRow.model_validate(one, from_attributes=True) for one in seen],
            before=_told(traces.next_page(search, rows)),
        )

    @routes.get("/api/traces/{trace_id}", responses={**refusals, 404: {"model": shapes.Refusal}})
    async def trace(trace_id: Annotated[str, Path(pattern=TRACE_ID)]) -> shapes.TraceNow:
        rows = await found(traces.spans(trace_id))
        if not rows:
            raise no_span(trace_id)
        spans = [traces.span(cells) for cells in rows[: traces.SPANS_AT_MOST]]
        return shapes.TraceNow(
            trace_id=trace_id,
            spans=[shapes.SpanNow.model_validate(one, from_attributes=True) for one in spans],
            truncated=len(rows) > traces.SPANS_AT_MOST,
        )


def _told(cursor: int | None) -> str | None:
    return None if cursor is None else str(cursor)
