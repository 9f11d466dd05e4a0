"""The routes of one trace: its picture, and one span in full when it is opened."""

import asyncio
from dataclasses import asdict
from typing import Annotated, Any

from fastapi import APIRouter, Path

from kansoku.query import trace_shape
from kansoku.query.statement import Statement
from kansoku.query.trace_shape import SPANS_AT_MOST
from kansoku.show import shapes, trace_shapes
from kansoku.show.refusals import RequestRefused
from kansoku.store.port import QueryLimits, Store

SHAPE_LIMITS = QueryLimits(seconds=5.0, rows=SPANS_AT_MOST + 1, memory_bytes=512 << 20)
"""What the picture of a trace may cost."""

TRACE_ID = "^[0-9a-f]{1,32}$"
_SPAN_ID = "^[0-9a-f]{1,16}$"


def add_traces(routes: APIRouter, store: Store) -> None:
    """Adds the routes under `/api/traces/{trace_id}`."""
    refusals: dict[int | str, dict[str, Any]] = {404: {"model": shapes.Refusal}}

    async def found(statement: Statement) -> list[tuple[object, ...]]:
        return (await store.query(statement.text, statement.parameters, limits=SHAPE_LIMITS)).rows

    @routes.get("/api/traces/{trace_id}/shape", responses=refusals)
    async def shape(trace_id: Annotated[str, Path(pattern=TRACE_ID)]) -> trace_shapes.Shape:
        rows, calls = await asyncio.gather(
            found(trace_shape.skeleton(trace_id)),
            found(trace_shape.calls(trace_id)),
        )
        if not rows:
            raise no_span(trace_id)
        told = trace_shape.shape(rows[:SPANS_AT_MOST])
        return trace_shapes.Shape.model_validate(
            {
                **asdict(told),
                "trace_id": trace_id,
                "calls": [asdict(trace_shape.call(cells)) for cells in calls],
                "truncated": len(rows) > SPANS_AT_MOST,
            }
        )

    @routes.get("/api/traces/{trace_id}/spans/{span_id}", responses=refusals)
    async def one_span(
        trace_id: Annotated[str, Path(pattern=TRACE_ID)], span_id: Annotated[str, Path(pattern=_SPAN_ID)]
    ) -> trace_shapes.Detail:
        rows = await found(trace_shape.one_span(trace_id, span_id))
        if not rows:
            raise RequestRefused(
                f"span_id: no span {span_id} of that trace is kept", status=404, field="span_id"
            )
        return trace_shapes.Detail.model_validate(asdict(trace_shape.detail(rows[0])))


def no_span(trace_id: str) -> RequestRefused:
    """Nothing is kept of the trace."""
    return RequestRefused(f"trace_id: no span of {trace_id} is kept", status=404, field="trace_id")
