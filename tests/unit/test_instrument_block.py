"""Tasks and tools' runs that are entered again, at once or later, and functions that give coroutines."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Iterator

import anthropic
import pytest

import kansoku
import kansoku.testing
from kansoku.record.facts import TaskRun, ToolRun
from kansoku.testing import Captured


@pytest.fixture
def captured() -> Iterator[Captured]:
    with kansoku.testing.capture() as captured:
        yield captured


def tasks_of(captured: Captured) -> list[TaskRun]:
    assert captured.metrics["kansoku_internal_errors"] == {}
    return [fact for fact in captured.facts if isinstance(fact, TaskRun)]


def runs_of(captured: Captured) -> list[ToolRun]:
    assert captured.metrics["kansoku_internal_errors"] == {}
    return [fact for fact in captured.facts if isinstance(fact, ToolRun)]


def test_a_task_entered_inside_of_itself_is_left_as_often(captured: Captured) -> None:
    shared = kansoku.task("answer", user_id="alice")
    with shared as outer, shared as inner:
        assert (outer is shared, inner is shared) == (True, False)
        assert kansoku.current_task() is inner
    assert kansoku.current_task() is None
    with kansoku.task("next"):
        pass
    inside, around, following = tasks_of(captured)
    assert (inside.place.parent_span_id, inside.place.trace_id) == (
        around.place.span_id,
        around.place.trace_id,
    )
    assert [each.around.user_id for each in (inside, around, following)] == ["alice", "alice", ""]


def test_coroutines_that_share_a_task_are_tasks_of_their_own(captured: Captured) -> None:
    shared = kansoku.task("answer")

    async def one(reason: str, turn: asyncio.Event, following: asyncio.Event) -> None:
        async with shared as this:
            await turn.wait()
            assert kansoku.current_task() is this
            this.fail(reason)
        following.set()

    async def three() -> None:
        turns = [asyncio.Event() for _ in range(4)]

        async def begin() -> None:  # the last to run, when all are inside
            turns[0].set()

        asks = (("last", turns[2], turns[3]), ("first", turns[0], turns[1]), ("next", turns[1], turns[2]))
        await asyncio.gather(*(one(*each) for each in asks), begin())

    asyncio.run(three())
    found = tasks_of(captured)
    assert [each.comment for each in found] == ["first", "next", "last"]
    assert len({each.place.span_id for each in found}) == 3


def test_what_a_task_was_told_does_not_stay_for_its_next_use(captured: Captured) -> None:
    used = kansoku.task("answer", attributes={"kind": "a"})
    with used:
        used.fail("no")
        used.score(0.25)
        used.set(user_id="bob", attributes={"more": 1})
    with used:
        pass
    first, second = tasks_of(captured)
    assert (first.label, first.score, first.around.user_id) == ("failed", 0.25, "bob")
    assert dict(first.attributes) == {"kind": "a", "more": 1}
    assert (second.label, second.score, second.comment, second.around.user_id) == ("completed", None, "", "")
    assert dict(second.attributes) == {"kind": "a"}


def test_what_is_set_between_two_uses_holds_for_the_next(captured: Captured) -> None:
    used = kansoku.task("answer")
    with used:
        pass
    used.set(user_id="bob", attributes={"more": 1})
    with used:
        pass
    assert [each.around.user_id for each in tasks_of(captured)] == ["", "bob"]
    assert [dict(each.attributes) for each in tasks_of(captured)] == [{}, {"more": 1}]


def test_a_tools_run_used_again_begins_without_its_error(captured: Captured) -> None:
    run = kansoku.tool_run("search")
    with run:
        run.fail("timeout")
    with run, run as inner:
        inner.fail("quota")
    assert [(each.outcome, each.error_type) for each in runs_of(captured)] == [
        ("error", "timeout"),
        ("error", "quota"),
        ("ok", ""),
    ]


def test_a_function_that_gives_a_coroutine_ends_with_it(captured: Captured) -> None:
    class Agent:
        async def __call__(self) -> str:
            return await answer()

    async def answer() -> str:
        assert kansoku.current_task() is not None
        raise LookupError("gone")

    def plain() -> Coroutine[object, object, str]:
        return answer()

    async def both() -> None:
        for call in (kansoku.task("plain")(plain), kansoku.task("agent")(Agent())):
            started = call()
            assert kansoku.current_task() is None
            with pytest.raises(LookupError):
                await started

    asyncio.run(both())
    assert [(each.name, each.label, each.comment) for each in tasks_of(captured)] == [
        ("plain", "failed", "LookupError"),
        ("agent", "failed", "LookupError"),
    ]


def test_a_tool_of_the_sdks_own_decorator_stays_one(captured: Captured) -> None:
    @kansoku.tool
    @anthropic.beta_tool
    def weather(city: str) -> str:
        """The weather.

        Args:
            city: Where.
        """
        if not city:
            raise LookupError("nowhere")
        return f"fine in {city}"

    @kansoku.tool("told")
    @anthropic.beta_async_tool
    async def later(city: str) -> str:
        """The same, later."""
        return city

    assert weather.to_dict()["name"] == "weather"
    assert weather.call({"city": "Kyoto"}) == "fine in Kyoto"
    assert weather("Nara") == "fine in Nara"
    with pytest.raises(LookupError):
        weather.call({"city": ""})
    assert asyncio.run(later.call({"city": "Uji"})) == "Uji"
    assert [(each.tool, each.outcome) for each in runs_of(captured)] == [
        ("weather", "ok"),
        ("weather", "ok"),
        ("weather", "error"),
        ("told", "ok"),
    ]
