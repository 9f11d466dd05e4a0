"""A trace is read from the hours of its spans alone, and is whole all the same."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import pytest

from kansoku.query import trace_shape, traces
from kansoku.query.sql import literal
from kansoku.query.trace_hours import HOURS, OF_CALLS, OF_SPANS
from kansoku.store.schema.migrations import FillTraceHours
from kansoku.store.schema.newest import bring_up, statements
from kansoku.store.schema.trace_hours import TRACE_HOURS_ROWS
from tests.conformance.conftest import emptied

if TYPE_CHECKING:
    from kansoku.query.statement import Statement
    from kansoku.store.engine import Engine

MOMENTS: Final = {
    "within": ("2026-11-29 10:00:00", "2026-11-29 10:59:59.999999999"),
    "borders": ("2026-11-29 09:59:59.999999999", "2026-11-29 11:00:00"),
    "days": ("2026-10-31 23:59:59", "2026-11-02 00:00:00", "2026-12-01 00:00:01"),
    "epoch": ("1970-01-01 00:00:00", "1970-01-01 00:59:59"),
    "far": ("2026-11-29 10:30:00", "2105-12-31 23:59:59"),
}


@pytest.fixture(scope="module")
def filled(engine: Engine) -> Engine:
    """A store with the traces, each span in an INSERT of its own, and one span of no trace."""
    bring_up(emptied(engine))
    for name, times in MOMENTS.items():
        for time in times:
            stored(engine, time, name)
    stored(engine, "2026-11-29 10:15:00", "")
    return engine


def stored(engine: Engine, time: str, trace_id: str) -> None:
    engine.run(
        "INSERT INTO otel_traces (Timestamp, TraceId, SpanId, SpanAttributes) VALUES"
        f" ('{time}', '{trace_id}', '{time}', {{'gen_ai.operation.name': 'chat'}})"
    )


def asked(engine: Engine, statement: Statement, bound: str | None = None) -> list[tuple[object, ...]]:
    """Its rows, with what is bound written into it, or of another text with the same bound."""
    text = statement.text if bound is None else bound
    for name, value in statement.parameters.items():
        kind = "UInt32" if isinstance(value, int) else "String"
        text = text.replace(
            f"{{{name}:{kind}}}", str(value) if isinstance(value, int) else literal(str(value))
        )
    return engine.rows(text)


def unbounded(statement: Statement) -> str:
    """The same question to all that is stored."""
    for bounded, alone in (
        (HOURS, ""),
        (OF_SPANS, "TraceId = {trace:String}"),
        (OF_CALLS, "trace_id = {trace:String}"),
    ):
        text = statement.text.replace(bounded, alone)
        statement = type(statement)(text, statement.parameters)
    assert "hours" not in statement.text
    return statement.text


@pytest.mark.parametrize("name", [*MOMENTS, "unknown"])
@pytest.mark.parametrize("ask", [trace_shape.skeleton, trace_shape.calls, traces.spans])
def test_a_trace_is_whole_wherever_its_spans_lie(filled: Engine, name: str, ask: type) -> None:
    statement: Statement = ask(name)
    found = asked(filled, statement)
    assert sorted(found, key=str) == sorted(asked(filled, statement, unbounded(statement)), key=str)
    assert len(found) == len(MOMENTS.get(name, ()))


def test_one_span_is_found_in_its_trace(filled: Engine) -> None:
    for time in MOMENTS["days"]:
        assert len(asked(filled, trace_shape.one_span("days", time))) == 1
    assert asked(filled, trace_shape.one_span("within", MOMENTS["days"][0])) == []


def test_two_traces_of_one_number_are_told_apart(engine: Engine, filled: Engine) -> None:
    ((one, other),) = engine.rows(
        "SELECT min(toString(number)), max(toString(number)) FROM numbers(400000)"
        " GROUP BY toUInt32(cityHash64(toString(number))) HAVING count() = 2 LIMIT 1"
    )
    stored(engine, "2026-11-01 00:00:00", str(one))
    stored(engine, "2026-11-29 00:00:00", str(other))
    for trace, day in ((one, "2026-11-01"), (other, "2026-11-29")):
        ((span, *_),) = asked(filled, trace_shape.skeleton(str(trace)))
        assert span == f"{day} 00:00:00"


def test_a_call_that_a_log_record_tells_of_hours_after_its_span_began_is_there(filled: Engine) -> None:
    filled.run(
        "INSERT INTO calls (time, trace_id, span_id) VALUES"
        " ('2026-11-30 10:30:00', 'within', 'told'), ('2026-11-28 10:30:00', 'within', 'another time')"
    )
    told = {row[0] for row in asked(filled, trace_shape.calls("within"))}
    assert told == {*MOMENTS["within"], "told"}
    filled.run("DELETE FROM calls WHERE span_id IN ('told', 'another time')")


def test_spans_from_before_are_noted_whenever_a_crash_falls_and_what_comes_meanwhile_too(
    engine: Engine,
) -> None:
    bring_up(emptied(engine))
    engine.run(f"DROP VIEW {TRACE_HOURS_ROWS.name} SYNC")
    for name, times in MOMENTS.items():
        for time in times:
            stored(engine, time, name)
    cut_short = statements(FillTraceHours(), engine)
    engine.run(next(cut_short))
    step = statements(FillTraceHours(), engine)
    engine.run(next(step))
    engine.run(next(step))
    # Of the day that has just been noted: the view alone can tell of it.
    stored(engine, "1970-01-01 10:20:00", "meanwhile")
    for statement in step:
        engine.run(statement)
    for name, times in {**MOMENTS, "meanwhile": ("",)}.items():
        assert len(asked(engine, trace_shape.skeleton(name))) == len(times)
