"""Calls by the session or the user that they belong to, and the traces of one of them in order."""

# What users give is bound; nothing of it is written into the text.

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from kansoku.catalog.fields import CALLS
from kansoku.query import paging, sql
from kansoku.query.scope import Scope
from kansoku.query.statement import Cells, Parameter, Statement, number, whole

By = Literal["session", "user"]

_COLUMN: dict[By, str] = {"session": "session_id", "user": "user_id"}
_OTHER: dict[By, str] = {"session": "user_id", "user": "session_id"}
TRACES_AT_MOST = 500
_LAST_AT = 5
_BEFORE = "fromUnixTimestamp64Nano({before:Int64}, 'UTC')"

_SUMS = (
    *("toUnixTimestamp64Nano(min(time)) AS first", "toUnixTimestamp64Nano(max(time)) AS last"),
    *("count() AS calls", "countIf(outcome = 'error') AS errors", "sum(cost_usd) AS cost"),
    "countIf(unpriced_reason != '') AS unpriced",
    "sum(input_tokens + ifNull(cache_read_tokens, 0) + ifNull(cache_write_tokens, 0)) AS tokens_in",
    "sum(output_tokens) AS tokens_out",
)


@dataclass(frozen=True, slots=True)
class Sums:
    """What calls come to. Times in nanoseconds since 1970, cost in USD.

    The `unpriced` calls cost what nobody knows; others without a cost, such as failed ones, cost nothing.
    """

    first_ns: int
    last_ns: int
    calls: int
    errors: int
    cost_usd: float | None
    unpriced: int
    input_tokens: float | None
    output_tokens: float | None


@dataclass(frozen=True, slots=True)
class SessionSearch:
    """Sessions, or users, with calls in the scope: those of the newest call first.

    Attributes:
        scope: Time and filters, as of a panel.
        by: Whether calls are put together by their session or by their user.
        one_id: Only this one.
        before_ns: Only those whose newest call is older than this: where the page before ended.
        limit: How many; those of the very nanosecond of the last come along.
    """

    scope: Scope
    by: By = "session"
    one_id: str = ""
    before_ns: int | None = None
    limit: int = 100


@dataclass(frozen=True, slots=True)
class SessionRow:
    """A session or a user: `others` are its users, or the user's sessions, of which `other` is one."""

    id: str
    other: str
    others: int
    traces: int
    sums: Sums


@dataclass(frozen=True, slots=True)
class SessionTrace:
    """A trace by its calls in the session; `feature` and `model` are of its first call."""

    trace_id: str
    feature: str
    model: str
    error_type: str
    sums: Sums


def newest(asked: SessionSearch) -> Statement:
    """What gives the sessions; `session` reads its rows.

    Raises:
        DefinitionError: If the calls cannot be so filtered.
    """
    column, other = _COLUMN[asked.by], _OTHER[asked.by]
    where, bound = _scoped(asked)
    where += f" AND {column} != ''"
    older = ""
    if asked.before_ns is not None:
        older = " HAVING last < {before:Int64}"
        bound["before"] = asked.before_ns
    columns = (
        f"{column} AS id",
        f"anyLastIf({other}, {other} != '')",
        f"uniqIf({other}, {other} != '')",
        "uniqIf(trace_id, trace_id != '')",
        *_SUMS,
    )
    newest_first = f"GROUP BY id{older} ORDER BY last DESC LIMIT {{limit:UInt32}} WITH TIES"
    bound["limit"] = asked.limit
    if asked.one_id:
        wanted = ", ".join((*columns, paging.ALL_OF_IT))
        return Statement(f"SELECT {wanted} FROM calls WHERE {where} {newest_first}", bound)
    rows = _rows(asked, column, where)
    newest_of_each = f"SELECT time FROM {rows} ORDER BY time DESC LIMIT 1 BY {column} LIMIT {{limit:UInt32}}"
    first_step = f"WITH (SELECT (min(time), count() >= {{limit:UInt32}}) FROM ({newest_of_each})) AS page"
    where += f" AND {column} IN (SELECT {column} FROM {rows} AND time >= page.1)"
    those = f"FROM calls WHERE {where} {newest_first}"
    return Statement(f"{first_step} {paging.second_step(columns, those, 'page.2', 'page.1')}", bound)


def _rows(asked: SessionSearch, column: str, where: str) -> str:
    """The calls of those that can be on the page: their ids are found before anything is summed.

    Of all there are, sums would take too much memory. The table lies in the order of time, so it is read
    backwards and no further than needed.
    """
    rows = f"calls WHERE {where}"
    if asked.before_ns is None:
        return rows
    page_before = f"SELECT {column} FROM {rows} AND time >= {_BEFORE}"
    return f"{rows} AND time < {_BEFORE} AND {column} NOT IN ({page_before})"


def session(cells: Cells) -> SessionRow:
    """The session of a row that `newest` gave."""
    own, other, others, traces, *rest, _ = cells
    return SessionRow(str(own), str(other), whole(others), whole(traces), _sums(rest))


def traces(asked: SessionSearch) -> Statement:
    """What gives the traces of the one session or user, the earliest first, and one more than are shown.

    `trace` reads its rows.

    Raises:
        DefinitionError: If the calls cannot be so filtered.
    """
    where, bound = _scoped(asked)
    text = (
        "SELECT trace_id, toString(argMin(feature, time)),"
        " argMin(if(response_model != '', toString(response_model), toString(request_model)), time),"
        f" toString(anyLastIf(error_type, outcome = 'error')), {', '.join(_SUMS)} FROM calls"
        f" WHERE {where} AND {_COLUMN[asked.by]} != '' AND trace_id != ''"
        " GROUP BY trace_id ORDER BY first, trace_id LIMIT {limit:UInt32}"
    )
    return Statement(text, bound | {"limit": TRACES_AT_MOST + 1})


def trace(cells: Cells) -> SessionTrace:
    """The trace of a row that `traces` gave."""
    own, feature, model, error_type, *rest = cells
    return SessionTrace(str(own), str(feature), str(model), str(error_type), _sums(rest))


def next_page(asked: SessionSearch, found: Sequence[Cells]) -> int | None:
    """Where the next page begins, for `before_ns`, by the rows of this one; None if it was the last."""
    return paging.next_page(found, asked.limit, _LAST_AT)


def _scoped(asked: SessionSearch) -> tuple[str, dict[str, Parameter]]:
    where, given = sql.scoped(asked.scope, CALLS)
    bound: dict[str, Parameter] = dict(given)
    if asked.one_id:
        where += f" AND {_COLUMN[asked.by]} = {{one_id:String}}"
        bound["one_id"] = asked.one_id
    return where, bound


def _sums(cells: Sequence[object]) -> Sums:
    first, last, calls, errors, cost, unpriced, tokens_in, tokens_out = cells
    return Sums(
        *(whole(first), whole(last), whole(calls), whole(errors)),
        *(number(cost), whole(unpriced), number(tokens_in), number(tokens_out)),
    )
