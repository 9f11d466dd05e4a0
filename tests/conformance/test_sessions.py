"""The list of sessions in a real engine: page by page as the calls have it, in little memory."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, cast

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kansoku.query import sessions
from kansoku.query.scope import Scope
from kansoku.query.sessions import By, SessionRow, SessionSearch
from kansoku.store.asking import rows_of
from kansoku.store.port import QueryLimits
from tests.conformance.conftest import emptied

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from kansoku.store.engine import Engine

BEGIN = 1_790_000_000
LITTLE = QueryLimits(seconds=30.0, rows=10_000, memory_bytes=48 << 20)
Call = tuple[int, str, str, str]
"""Nanoseconds from the begin, session, user, feature."""


@pytest.fixture(scope="module")
def empty(engine: Engine) -> Engine:
    emptied(engine)
    engine.create_tables()
    return engine


def store(engine: Engine, calls: Sequence[Call]) -> None:
    engine.run("TRUNCATE TABLE calls")
    told = ", ".join(
        f"(fromUnixTimestamp64Nano({BEGIN * 10**9 + at}, 'UTC'), '{session}', '{user}', '{feature}', 't{n}')"
        for n, (at, session, user, feature) in enumerate(calls)
    )
    if told:
        engine.run(f"INSERT INTO calls (time, session_id, user_id, feature, trace_id) VALUES {told}")


def page(engine: Engine, asked: SessionSearch, limits: QueryLimits = LITTLE) -> list[SessionRow]:
    return [sessions.session(cells) for cells in page_rows(engine, asked, limits)]


def page_rows(engine: Engine, asked: SessionSearch, limits: QueryLimits = LITTLE) -> list[tuple[object, ...]]:
    statement = sessions.newest(asked)
    return rows(engine, statement.text, statement.parameters, limits)


def rows(
    engine: Engine, text: str, bound: Mapping[str, object], limits: QueryLimits
) -> list[tuple[object, ...]]:
    return rows_of(engine.ask(text, cast("Mapping[str, str]", bound), limits), limits).rows


def meant(calls: Sequence[Call], by: By, feature: str) -> dict[str, tuple[int, int, int]]:
    """Each session's first and last call, and how many."""
    found: dict[str, list[int]] = {}
    for at, session, user, of in calls:
        own = session if by == "session" else user
        if own and (not feature or of == feature):
            found.setdefault(own, []).append(BEGIN * 10**9 + at)
    return {own: (min(times), max(times), len(times)) for own, times in found.items()}


@settings(max_examples=15, deadline=None, suppress_health_check=(HealthCheck.too_slow,))
@given(
    seed=st.integers(0, 2**32),
    size=st.tuples(st.integers(0, 60), st.integers(1, 5)),
    by=st.sampled_from(["session", "user"]),
    feature=st.sampled_from(["", "chat"]),
)
def test_pages_have_every_session_once_whole_and_the_newest_first(
    empty: Engine, seed: int, size: tuple[int, int], by: By, feature: str
) -> None:
    n, limit = size
    draw = random.Random(seed)
    calls = [
        (
            draw.randrange(40) * 10**9 + draw.choice([0, 1]),  # many of one nanosecond
            draw.choice(["", *(f"s{one}" for one in range(9))]),
            draw.choice(["", "ann", "bob", "cy"]),
            draw.choice(["chat", "search"]),
        )
        for _ in range(n)
    ]
    store(empty, calls)
    scope = Scope(BEGIN, BEGIN + 60, (("feature", feature),) if feature else ())
    seen: list[SessionRow] = []
    before = None
    for _ in range(n + 1):
        found = page_rows(empty, SessionSearch(scope, by, before_ns=before, limit=limit))
        seen += map(sessions.session, found)
        before = sessions.next_page(SessionSearch(scope, by, limit=limit), found)
        if before is None:
            break
    told = [(one.id, (one.sums.first_ns, one.sums.last_ns, one.sums.calls)) for one in seen]
    assert len(told) == len(dict(told))
    assert dict(told) == meant(calls, by, feature)
    assert [last for _, (_, last, _) in told] == sorted((last for _, (_, last, _) in told), reverse=True)


def test_the_newest_of_half_a_million_sessions_take_little_memory(empty: Engine) -> None:
    empty.run("TRUNCATE TABLE calls")
    empty.run(
        "INSERT INTO calls (time, session_id, user_id, trace_id)"
        f" SELECT fromUnixTimestamp64Nano({BEGIN * 10**9} + number * 1000000, 'UTC'),"
        " concat('session-', toString(number % 500000)), concat('u', toString(number % 7)),"
        " toString(number) FROM numbers(600000)"
    )
    asked = SessionSearch(Scope(BEGIN, BEGIN + 900), limit=100)
    first = page(empty, asked)
    assert [one.id for one in first] == [f"session-{99_999 - at}" for at in range(100)]
    assert all(one.sums.calls == 2 and one.traces == 2 for one in first)
    next_one = page(empty, SessionSearch(asked.scope, before_ns=first[-1].sums.last_ns, limit=100))
    assert [one.id for one in next_one] == [f"session-{99_899 - at}" for at in range(100)]
