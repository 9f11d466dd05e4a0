"""Lists are read in two steps; what is deleted or moves between them ends no list early."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, cast

import pytest

from kansoku.query import logs, paging, sessions, traces
from kansoku.query.logs import LogSearch
from kansoku.query.scope import Scope
from kansoku.query.sessions import SessionSearch
from kansoku.query.traces import TraceSearch
from kansoku.store.asking import rows_of
from kansoku.store.port import DEFAULT_LIMITS
from tests.conformance.conftest import emptied

if TYPE_CHECKING:
    from collections.abc import Mapping

    from kansoku.query.statement import Cells, Statement
    from kansoku.store.engine import Engine

BEGIN = 1_790_000_000
SCOPE = Scope(BEGIN, BEGIN + 60)
ROWS, LIMIT = 12, 3
DELETED = ((), (1, 4, 5, 9), (9, 10, 11), (3, 4, 5, 6, 7, 8), tuple(range(12)))
"""Numbers of rows that are gone when the second step reads: of no page, one or two, whole pages."""

Page = Callable[[int | None], "tuple[Statement, Callable[[Sequence[Cells]], int | None]]"]


def of_sessions(before: int | None) -> tuple[Statement, Callable[[Sequence[Cells]], int | None]]:
    asked = SessionSearch(SCOPE, before_ns=before, limit=LIMIT)
    return sessions.newest(asked), lambda found: sessions.next_page(asked, found)


def of_traces(before: int | None) -> tuple[Statement, Callable[[Sequence[Cells]], int | None]]:
    asked = TraceSearch(SCOPE, before_ns=before, limit=LIMIT)
    return traces.newest(asked)[0], lambda found: traces.next_page(asked, found)


def of_logs(before: int | None) -> tuple[Statement, Callable[[Sequence[Cells]], int | None]]:
    asked = LogSearch(BEGIN, BEGIN + 60, before_ns=before, limit=LIMIT)
    return logs.statement(asked), lambda found: logs.next_page(asked, found)


@pytest.fixture(scope="module")
def stored(engine: Engine) -> Engine:
    emptied(engine)
    engine.create_tables()
    times = [f"fromUnixTimestamp64Nano({(BEGIN + 1 + n) * 10**9}, 'UTC')" for n in range(ROWS)]
    calls = ", ".join(f"({at}, 's{n:02}', 's{n:02}')" for n, at in enumerate(times))
    engine.run(f"INSERT INTO calls (time, session_id, trace_id) VALUES {calls}")
    lines = ", ".join(f"({at}, 's{n:02}')" for n, at in enumerate(times))
    engine.run(f"INSERT INTO otel_logs (Timestamp, Body) VALUES {lines}")
    return engine


@pytest.mark.parametrize(
    ("page", "column"),
    [
        (of_sessions, ("calls", "session_id", 0)),
        (of_traces, ("calls", "trace_id", 0)),
        (of_logs, ("otel_logs", "Body", 8)),
    ],
)
@pytest.mark.parametrize("gone", DELETED)
def test_a_page_that_lost_rows_while_it_was_read_is_not_the_last(
    stored: Engine, page: Page, column: tuple[str, str, int], gone: tuple[int, ...]
) -> None:
    table, name, at = column
    names = ", ".join(f"'s{n:02}'" for n in (*gone, 99))
    rest = f"(SELECT * FROM {table} WHERE {name} NOT IN ({names}))"
    seen: list[str] = []
    before: int | None = None
    for _ in range(ROWS):
        statement, after = page(before)
        found = rows(stored, meanwhile(statement.text, table, rest), statement.parameters)
        seen += [str(cells[at]) for cells in paging.rows_of(found)]
        before = after(found)
        if before is None:
            break
    assert seen == [f"s{n:02}" for n in reversed(range(ROWS)) if n not in gone]


def test_a_session_that_goes_on_while_a_page_is_read_is_not_the_end_of_the_list(stored: Engine) -> None:
    before = (BEGIN + 1 + 9) * 10**9
    asked = SessionSearch(SCOPE, before_ns=before, limit=LIMIT)
    statement = sessions.newest(asked)
    later = f"fromUnixTimestamp64Nano({(BEGIN + 50) * 10**9}, 'UTC')"
    moved = f"(SELECT * REPLACE (if(session_id = 's07', {later}, time) AS time) FROM calls)"
    found = rows(stored, meanwhile(statement.text, "calls", moved), statement.parameters)
    assert [cells[0] for cells in found] == ["s08", "s06"]
    assert sessions.next_page(asked, found) == (BEGIN + 1 + 6) * 10**9


@pytest.mark.parametrize(("limit", "enough"), [(1, (True, True, True)), (2, (False, True, True))])
def test_the_newest_calls_are_looked_at_and_more_of_them_only_if_they_are_of_too_few_traces(
    stored: Engine, limit: int, enough: tuple[bool, ...]
) -> None:
    """Calls of one trace among the others: 40 by the end, so that two traces are not among the newest six."""
    at = f"fromUnixTimestamp64Nano({(BEGIN + 30) * 10**9} + number, 'UTC')"
    many = f"SELECT * REPLACE ({at} AS time, 'many' AS trace_id) FROM calls ARRAY JOIN range(40) AS number"
    told = f"FROM (SELECT * FROM calls UNION ALL {many} WHERE session_id = 's00') AS calls"
    looks = traces.newest(TraceSearch(SCOPE, limit=limit))
    found = [rows(stored, one.text.replace("FROM calls", told), one.parameters) for one in looks]
    assert tuple(bool(paging.rows_of(each)) for each in found) == enough
    assert all(cells[0][0] == "many" for cells, ok in zip(found, enough, strict=True) if ok)
    assert all(len(each) == 1 for each, ok in zip(found, enough, strict=True) if not ok)


@pytest.mark.parametrize(("one_id", "pages"), [("s05", [1, 1, 1, 1, 1, 1]), ("nobody", [1, 1, 1, 0, 0, 0])])
def test_an_id_is_looked_for_by_the_indexes_first_and_elsewhere_only_if_they_find_none(
    stored: Engine, one_id: str, pages: list[int]
) -> None:
    looks = traces.newest(TraceSearch(SCOPE, one_id=one_id, limit=LIMIT))
    found = [rows(stored, look.text, look.parameters) for look in looks]
    assert [len(each) for each in found] == pages
    assert {str(cells[0]) for each in found for cells in each} == {one_id if one_id == "s05" else ""}
    assert ["request_id" in look.text for look in looks] == [False] * 3 + [True] * 3


@pytest.mark.parametrize("page", [of_sessions, of_traces, of_logs])
def test_a_list_of_nothing_has_no_row(stored: Engine, page: Page) -> None:
    statement, after = page(BEGIN * 10**9)
    found = rows(stored, statement.text, statement.parameters)
    assert (found, after(found)) == ([], None)


def meanwhile(text: str, table: str, left: str) -> str:
    """The statement, whose second step reads what is left of the table."""
    second_step = f"AS row FROM {table} WHERE"
    assert text.count(second_step) == 1
    return text.replace(second_step, f"AS row FROM {left} AS {table} WHERE")


def rows(engine: Engine, text: str, bound: Mapping[str, object]) -> list[tuple[object, ...]]:
    return rows_of(engine.ask(text, cast("Mapping[str, str]", bound), DEFAULT_LIMITS), DEFAULT_LIMITS).rows
