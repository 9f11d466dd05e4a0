"""The store as people ask it: each question is told of before it is asked."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from kansoku.server.seen import Seen
from kansoku.store.port import DEFAULT_LIMITS, QueryLimits, Rows

if TYPE_CHECKING:
    from collections.abc import Mapping

    from kansoku.store.port import Parameter

FEW = QueryLimits(rows=1)
ANSWER = Rows((), [])


def test_each_question_is_told_of_before_it_is_asked_as_it_was() -> None:
    steps: list[object] = []

    class Asked:
        async def query(
            self,
            statement: str,
            parameters: Mapping[str, Parameter] | None = None,
            *,
            limits: QueryLimits = DEFAULT_LIMITS,
        ) -> Rows:
            steps.append((statement, parameters, limits))
            return ANSWER

    seen = Seen(Asked(), lambda: steps.append("told"))
    assert asyncio.run(seen.query("SELECT {n}", {"n": 7}, limits=FEW)) is ANSWER
    assert steps == ["told", ("SELECT {n}", {"n": 7}, FEW)]
