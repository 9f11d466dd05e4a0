"""The public API as an application types it; pyright reads this file, nothing runs it."""

import sys
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from typing import assert_type

import anthropic

import kansoku
import kansoku.testing
from kansoku.record.facts import Call
from kansoku.redact.redactor import Redactor

kansoku.init("support-bot")
kansoku.init(
    service="support-bot",
    environment="production",
    release="1.4.2",
    endpoint="http://127.0.0.1:4318",
    headers={"authorization": "…"},
    prometheus_port=9464,
    prometheus_host="0.0.0.0",
    attributes={"team": "search", "canary": True, "shard": 3, "share": 0.5},
)
kansoku.init()  # pyright: ignore[reportCallIssue]
kansoku.init("a", prometheus_port="9464")  # pyright: ignore[reportArgumentType]

logs = kansoku.configure_logging()
kansoku.configure_logging(
    "DEBUG",
    sys.stdout,
    levels={"httpx2": "WARNING", "sql": 10},
    loggers=("gunicorn.error",),
    force=False,
    redactor=Redactor(),
    console=True,
    service="support-bot",
    environment="production",
    structlog=False,
    warnings=False,
    uncaught=True,
)
kansoku.configure_logging(level=None)  # pyright: ignore[reportArgumentType]
kansoku.configure_logging("INFO", sys.stdout, {})  # pyright: ignore[reportCallIssue]
kansoku.configure_logging(stream="app.log")  # pyright: ignore[reportArgumentType]
assert_type(logs.dropped, Mapping[str, int])
assert_type(logs.flush(timeout=1), bool)
assert_type(logs.undo(), None)

with kansoku.task("answer", user_id="u-17", session_id="s-9", feature="support", release="1") as task:
    assert_type(task, kansoku.Task)
    assert_type(task.fail("reason"), None)
    task.score(0.5)
assert_type(task.id, str)
assert_type(task.set(user_id="u-1", attributes={"plan": 1}), None)
assert_type(kansoku.current_task(), kansoku.Task | None)
kansoku.init("a", user_id_key=b"0123456789abcdef", propagate=("session_id",), pseudonymise_sessions=True)
kansoku.init("a", user_id_key=16)  # pyright: ignore[reportArgumentType]
kansoku.task(1)  # pyright: ignore[reportArgumentType]


async def asynchronously() -> None:
    async with kansoku.task("answer", attributes={"any": object()}) as inner:
        assert_type(inner, kansoku.Task)
        assert_type(await wait(1.0), str)
        assert_type(await asynchronous("a"), int)


@kansoku.task("count")
def count_words(text: str, *, least: int = 1) -> int:
    return len(text.split()) + least


@kansoku.task("wait")
async def wait(seconds: float) -> str:
    return str(seconds)


@kansoku.task("walk")
def walk(upto: int) -> Iterator[int]:
    yield from range(upto)


@kansoku.task("stroll")
async def stroll(upto: int) -> AsyncIterator[int]:
    for number in range(upto):
        yield number


assert_type(count_words("a b", least=2), int)
assert_type(walk(3), Iterator[int])
assert_type(stroll(3), AsyncIterator[int])
count_words(5)  # pyright: ignore[reportArgumentType]


@kansoku.tool
def bare(order: str) -> dict[str, int]:
    return {order: 1}


@kansoku.tool("named")
def named(order: str) -> int:
    return len(order)


@kansoku.tool()
async def asynchronous(order: str) -> int:
    return len(order)


assert_type(bare("a"), dict[str, int])
assert_type(named("a"), int)
bare(1)  # pyright: ignore[reportArgumentType]
later: Callable[[str], int] = named
assert_type(kansoku.carry(named)("a"), int)
kansoku.carry(named)(1)  # pyright: ignore[reportArgumentType]
with kansoku.tool_run("search") as search:
    assert_type(search.fail("empty"), None)


def judge(answer: anthropic.types.Message) -> None:
    kansoku.feedback("up")
    kansoku.feedback("down", score=0.2, comment="wrong", call=answer)
    kansoku.feedback(score=1, call=task)
    kansoku.feedback("sideways")  # pyright: ignore[reportArgumentType]
    kansoku.evaluation("hallucination", label="grounded", score=0.1, explanation="cited", call=answer)
    kansoku.evaluation("hallucination", "grounded")  # pyright: ignore[reportCallIssue]


assert_type(kansoku.flush(), bool)
assert_type(kansoku.flush(timeout=5), bool)
assert_type(kansoku.shutdown(), bool)

with kansoku.testing.capture(service="t") as captured:
    assert_type(captured.calls, list[Call])
    assert_type(captured.metric("claude_api_calls", "m", "ok"), float)
