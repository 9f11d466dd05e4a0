"""The live tail of the log over a store that gives what a test says, each look when a test says."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from datetime import datetime
from typing import TYPE_CHECKING, Any

import pytest

from kansoku.errors import StoreUnavailable
from kansoku.query.logs import LogSearch
from kansoku.show.refusals import RequestRefused
from kansoku.show.tail import AT_ONCE, LISTENERS_AT_MOST, READ_AT_MOST, SEARCHES_AT_MOST, Tails
from kansoku.store.port import DEFAULT_LIMITS, QueryLimits, Rows

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Coroutine, Mapping

    from kansoku.store.port import Parameter

NOW = 1_790_000_000
SEARCH = LogSearch(NOW - 900, NOW)


def row(number: int, body: str = "line", age_s: int = 50) -> tuple[object, ...]:
    time = str((NOW - age_s) * 10**9 + number)
    return (f"id{number}", time, "shop", "INFO", 9, "", "", "", f"{body} {number}", {}, {}, None)


def second(one: tuple[object, ...]) -> int:
    return int(str(one[1])) // 10**9


def unix(text: str) -> int:
    return int(datetime.fromisoformat(f"{text}+00:00").timestamp())


class Script:
    """A store that gives the given rows, and a pause that ends when the test lets it."""

    def __init__(self) -> None:
        self.rows: list[tuple[object, ...]] = []
        self.fault: Exception | None = None
        self.looks = 0
        self.pages = 0
        self.faulty_page = 0
        self._go = asyncio.Semaphore(0)
        self._looked = asyncio.Semaphore(0)

    async def query(
        self,
        statement: str,
        parameters: Mapping[str, Parameter] | None = None,
        *,
        limits: QueryLimits = DEFAULT_LIMITS,
    ) -> Rows:
        assert "otel_logs" in statement
        assert limits.seconds <= DEFAULT_LIMITS.seconds
        given = parameters or {}
        begin, end = (unix(str(given[name])) for name in ("from", "to"))
        found = [one for one in self.rows if begin <= second(one) < end]
        if "GROUP BY second" in statement:
            self.looks += 1
            if self.fault is not None:
                raise self.fault
            return Rows((), list(Counter(map(second, found)).items()))
        self.pages += 1
        if self.pages == self.faulty_page:
            raise StoreUnavailable("it restarts")
        older = [one for one in found if int(str(one[1])) < int(str(given.get("ns", 2**63)))]
        newest = sorted(older, key=lambda one: int(str(one[1])), reverse=True)
        return Rows((), newest[: int(str(given["limit"]))])

    async def pause(self) -> None:
        self._looked.release()
        await self._go.acquire()

    async def looked(self) -> None:
        """Waits until one look is over."""
        await self._looked.acquire()

    async def look(self) -> None:
        """Lets one more look happen."""
        self._go.release()
        await self.looked()


async def told(events: AsyncGenerator[bytes]) -> tuple[str, Any]:
    """The next event that is no comment."""
    async for event in events:
        if not event.startswith(b":"):
            name, _, data = event.decode().strip().partition("\ndata: ")
            return name.removeprefix("event: "), json.loads(data)
    raise AssertionError("the tail ended")


def bodies(event: tuple[str, Any]) -> list[str]:
    return [one["body"] for one in event[1]["records"]]


def tailing(script: Script) -> Tails:
    return Tails(script, lambda: NOW, script.pause)


def run(coroutine: Coroutine[Any, Any, None]) -> None:
    async def bounded() -> None:
        async with asyncio.timeout(60):
            await coroutine

    asyncio.run(bounded())


def test_a_record_is_told_once_in_order_and_late_ones_too() -> None:
    async def steps() -> None:
        script = Script()
        script.rows = [row(1), row(5)]
        events = tailing(script).listen(SEARCH)
        assert bodies(await told(events)) == ["line 1", "line 5"]
        script.rows = [row(1), row(3, "late"), row(5), row(6)]
        await script.looked()
        await script.look()
        await script.look()
        script.rows += [row(7)]
        await script.look()
        assert bodies(await told(events)) == ["late 3", "line 6"]
        assert bodies(await told(events)) == ["line 7"]
        await events.aclose()

    run(steps())


def test_who_asks_the_same_shares_one_look_and_is_first_told_the_newest() -> None:
    async def steps() -> None:
        script = Script()
        script.rows = [row(1)]
        tails = tailing(script)
        first, second = tails.listen(SEARCH), tails.listen(LogSearch(NOW - 60, NOW, before_ns=7))
        assert bodies(await told(first)) == ["line 1"]
        assert bodies(await told(second)) == ["line 1"]
        await script.looked()
        script.rows += [row(2)]
        await script.look()
        assert bodies(await told(first)) == bodies(await told(second)) == ["line 2"]
        assert script.looks == 2
        await first.aclose()
        assert tails.listeners == 1
        await second.aclose()
        assert tails.listeners == 0

    run(steps())


def test_all_that_came_since_the_look_before_is_told_up_to_a_limit() -> None:
    async def steps() -> None:
        script = Script()
        script.rows = [row(0)]
        events = tailing(script).listen(SEARCH)
        await told(events)
        await script.looked()
        script.rows = [row(number) for number in range(AT_ONCE)]
        await script.look()
        batch = await told(events)
        assert bodies(batch) == [f"line {number}" for number in range(1, AT_ONCE)]
        assert batch[1]["gap"] is False
        script.rows += [row(number, age_s=49) for number in range(AT_ONCE, 2 * AT_ONCE + 1)]
        await script.look()
        batch = await told(events)
        assert bodies(batch) == [f"line {number}" for number in range(AT_ONCE + 1, 2 * AT_ONCE + 1)]
        assert batch[1]["gap"] is True
        await script.look()
        batch = await told(events)
        assert (bodies(batch), batch[1]["gap"]) == ([f"line {AT_ONCE}"], False)  # the look after goes on
        await script.look()
        script.rows += [row(90_000, "one more", age_s=48)]
        await script.look()
        assert bodies(await told(events)) == ["one more 90000"]
        await events.aclose()

    run(steps())


def test_known_lines_of_busy_seconds_take_no_place_from_new_ones() -> None:
    async def steps() -> None:
        script = Script()
        events = tailing(script).listen(SEARCH)
        waiting = asyncio.ensure_future(told(events))
        await script.looked()
        for number in range(7):  # each look finds those that other hosts wrote in the same seconds
            script.rows += [row(number * 10_000 + each, age_s=40 + each % 4) for each in range(1_000)]
            await script.look()
            batch = await (told(events) if number else waiting)
            assert (len(bodies(batch)), batch[1]["gap"]) == (1_000, False)
        await events.aclose()

    run(steps())


def test_what_is_read_at_once_is_bounded_and_said() -> None:
    async def steps() -> None:
        script = Script()
        script.rows = [row(number) for number in range(3 * READ_AT_MOST)]
        events = tailing(script).listen(SEARCH)
        assert len(bodies(await told(events))) == SEARCH.limit
        await script.looked()
        script.rows = [row(9, "new"), *script.rows, row(10, "newer", age_s=48)]
        script.pages = 0
        await script.look()
        batch = await told(events)
        assert bodies(batch)[-1] == "newer 10"
        assert batch[1]["gap"] is True
        assert script.pages <= READ_AT_MOST // 1_000 + 1
        await events.aclose()

    run(steps())


def test_one_late_line_is_found_behind_thousands_of_newer_ones() -> None:
    async def steps() -> None:
        script = Script()
        script.rows = [row(number, age_s=10) for number in range(4_000)]
        events = tailing(script).listen(SEARCH)
        assert len(bodies(await told(events))) == SEARCH.limit
        await script.looked()
        script.rows += [row(9_001, "late", age_s=59), row(9_002, "too late", age_s=61)]
        script.rows += [row(9_003, "new", age_s=5)]
        before = script.pages
        await script.look()
        assert bodies(await told(events)) == ["late 9001", "new 9003"]
        assert script.pages == before + 2  # and nothing but their seconds is read
        await script.look()
        assert script.pages == before + 2
        await events.aclose()

    run(steps())


def test_a_look_that_fails_half_way_loses_nothing() -> None:
    async def steps() -> None:
        script = Script()
        events = tailing(script).listen(SEARCH)
        waiting = asyncio.ensure_future(told(events))
        await script.looked()
        script.rows = [row(number) for number in range(1_500)]
        script.faulty_page = script.pages + 2
        await script.look()
        assert (await waiting)[0] == "trouble"
        await script.look()
        batch = await told(events)
        assert (len(bodies(batch)), batch[1]["gap"]) == (1_500, False)
        await events.aclose()

    run(steps())


def test_a_quarter_of_an_hour_without_a_look_is_a_gap_and_less_is_not() -> None:
    async def steps() -> None:
        script, now = Script(), [NOW]
        events = Tails(script, lambda: now[0], script.pause).listen(SEARCH)
        waiting = asyncio.ensure_future(told(events))
        await script.looked()
        script.rows = [row(1)]
        now[0] += 600
        await script.look()
        batch = await waiting
        assert (bodies(batch), batch[1]["gap"]) == (["line 1"], False)
        now[0] += 1_000
        await script.look()
        assert await told(events) == ("records", {"records": [], "gap": True})
        await events.aclose()

    run(steps())


def test_a_listener_that_reads_too_slowly_is_told_of_its_gap() -> None:
    async def steps() -> None:
        script = Script()
        events = tailing(script).listen(SEARCH)
        await anext(events)
        await script.looked()
        for number in range(40):
            script.rows += [row(number)]
            await script.look()
        batches = [await told(events) for _ in range(2)]
        assert [batch["gap"] for _, batch in batches] == [False, True]
        await events.aclose()

    run(steps())


def test_what_waits_for_a_listener_is_bounded_by_its_size() -> None:
    async def steps() -> None:
        script = Script()
        events = tailing(script).listen(SEARCH)
        await anext(events)
        await script.looked()
        for number in range(6):
            script.rows += [row(number, "x" * (3 << 20))]
            await script.look()
        found = [await told(events) for _ in range(2)]
        assert [len(bodies(batch)) for batch in found] == [1, 0]
        assert found[1][1]["gap"] is True
        assert [len(bodies(await told(events))) for _ in range(2)] == [1, 1]
        script.rows += [row(9)]
        await script.look()
        assert bodies(await told(events)) == ["line 9"]
        await events.aclose()

    run(steps())


def test_a_store_that_fails_is_said_once_and_what_came_meanwhile_is_told() -> None:
    async def steps() -> None:
        script = Script()
        script.fault = StoreUnavailable("it restarts")
        events = tailing(script).listen(SEARCH)
        assert await told(events) == ("trouble", {"message": "it restarts"})
        await script.looked()
        await script.look()
        script.fault, script.rows = None, [row(1)]
        await script.look()
        name, batch = await told(events)
        assert (name, batch["gap"], batch["records"][0]["body"]) == ("records", False, "line 1")
        await events.aclose()

    run(steps())


def test_the_server_ends_every_listening_and_takes_no_more() -> None:
    async def steps() -> None:
        script = Script()
        tails = tailing(script)
        events = tails.listen(SEARCH)
        await anext(events)
        tails.end()
        assert [event async for event in events] == []
        assert tails.listeners == 0
        with pytest.raises(RequestRefused) as refused:
            tails.check(SEARCH)
        assert refused.value.status == 503

    run(steps())


def test_what_is_listened_to_has_a_bound() -> None:
    async def steps() -> None:
        script = Script()
        tails = tailing(script)
        searches = [LogSearch(0, 0, (str(number),)) for number in range(SEARCHES_AT_MOST)]
        open_ones = [tails.listen(one) for one in searches]
        for events in open_ones:
            await anext(events)
        tails.check(searches[0])
        with pytest.raises(RequestRefused, match="different searches"):
            tails.check(SEARCH)
        more = [tails.listen(searches[0]) for _ in range(LISTENERS_AT_MOST - len(open_ones))]
        for events in more:
            await anext(events)
        with pytest.raises(RequestRefused, match="listen to the log already"):
            tails.check(searches[0])
        for events in (*open_ones, *more):
            await events.aclose()

    run(steps())
