"""Tasks, tools and judgements around real calls: who is under whom, and for whom."""

import asyncio
import gc
import json
import logging
import subprocess
import sys
import textwrap
from collections.abc import AsyncGenerator, Generator, Iterator

import anthropic
import pytest
from anthropic._base_client import SyncAPIClient
from opentelemetry import trace
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.util.instrumentation import InstrumentationScope

import kansoku
import kansoku.testing
from kansoku.emit.log_line import record_of
from kansoku.instrument.session import scope
from kansoku.record.facts import Evaluation, Feedback, TaskRun, ToolRun
from kansoku.testing import Captured
from kansoku_demo.messages_server import MessagesServer
from tests.integration.sdk import ASK, MODEL, Sdk, async_client_of, client_of, close_clients


@pytest.fixture(scope="module")
def api() -> Iterator[MessagesServer]:
    with MessagesServer(run_id="c") as server:
        yield server
        close_clients()


@pytest.fixture
def captured() -> Iterator[Captured]:
    with kansoku.testing.capture() as captured:
        yield captured


def tasks_of(captured: Captured) -> list[TaskRun]:
    return [fact for fact in captured.facts if isinstance(fact, TaskRun)]


def test_a_call_lies_under_its_task_and_knows_its_people(api: MessagesServer, captured: Captured) -> None:
    with kansoku.task("answer", user_id="u-17", session_id="s-9", feature="support", release="1.2"):
        client_of(api).messages.create(**ASK)
    (call,) = captured.calls
    (task,) = tasks_of(captured)
    assert call.place.parent_span_id == task.place.span_id
    assert call.place.trace_id == task.place.trace_id
    around = call.around
    assert (around.task, around.feature, around.release) == ("answer", "support", "1.2")
    assert (around.user_id, around.session_id) == ("u-17", "s-9")
    assert (task.label, task.name, task.place.parent_span_id) == ("completed", "answer", 0)
    spans = {span.name: span for span in captured.spans}
    parent = spans[f"chat {MODEL}"].parent
    own = spans["task answer"].context
    assert parent is not None
    assert own is not None
    assert parent.span_id == own.span_id
    assert (spans[f"chat {MODEL}"].attributes or {})["user.id"] == "u-17"
    assert captured.metric("claude_tasks", "answer", "completed") == 1
    assert captured.metrics["claude_tasks"][("answer", "failed")] == 0


def test_a_task_whose_name_is_no_text_keeps_its_calls(api: MessagesServer, captured: Captured) -> None:
    name: Sdk = 7
    with kansoku.task(name):
        client_of(api).messages.create(**ASK)
    (call,) = captured.calls
    assert (call.around.task, call.around.feature) == ("7", "7")
    assert captured.metric("claude_tasks", "7", "completed") == 1


def test_setting_what_cannot_be_set_raises_nothing(captured: Captured) -> None:
    wrong: Sdk = 5
    with kansoku.task("t") as task:
        task.set(attributes=wrong)
        task.score(0.5)
        words: Sdk = "high"
        task.score(words)  # no number: the one before stands
    assert captured.metric("claude_tasks", "t", "completed") == 1
    assert captured.metric("kansoku_internal_errors", "task") == 2
    assert tasks_of(captured)[0].score == 0.5


def test_nested_tasks_inherit_people_and_nest(api: MessagesServer, captured: Captured) -> None:
    with kansoku.task("outer", user_id="u-1", feature="support"):
        with kansoku.task("inner", session_id="s-2"):
            client_of(api).messages.create(**ASK)
        client_of(api).messages.create(**ASK)
    inside, after = captured.calls
    inner, outer = tasks_of(captured)
    assert inside.place.parent_span_id == inner.place.span_id
    assert inner.place.parent_span_id == outer.place.span_id
    assert after.place.parent_span_id == outer.place.span_id
    assert (inside.around.user_id, inside.around.session_id) == ("u-1", "s-2")
    assert (inside.around.feature, inside.around.task) == ("support", "inner")
    assert after.around.session_id == ""


def test_a_call_lies_under_the_current_span(api: MessagesServer, captured: Captured) -> None:
    tracer = TracerProvider().get_tracer("app")
    with tracer.start_as_current_span("request") as span:
        client_of(api).messages.create(**ASK)
        with kansoku.task("answer"):
            client_of(api).messages.create(**ASK)
            with tracer.start_as_current_span("deeper") as deeper:
                client_of(api).messages.create(**ASK)
    outside, inside, below = captured.calls
    (task,) = tasks_of(captured)
    around = span.get_span_context()
    assert outside.place.parent_span_id == around.span_id
    assert task.place.parent_span_id == around.span_id
    assert inside.place.parent_span_id == task.place.span_id
    assert below.place.parent_span_id == deeper.get_span_context().span_id
    assert {call.place.trace_id for call in captured.calls} == {around.trace_id}
    assert below.around.task == "answer"


def test_what_happens_to_a_task(captured: Captured) -> None:
    with pytest.raises(ZeroDivisionError), kansoku.task("raises"):
        _ = 1 / 0
    with kansoku.task("fails") as task:
        task.fail("no stock")
        task.score(0.25)
    with pytest.raises(KeyboardInterrupt), kansoku.task("interrupted"):
        raise KeyboardInterrupt
    raised, failed, interrupted = tasks_of(captured)
    assert (raised.label, raised.comment) == ("failed", "ZeroDivisionError")
    assert (failed.label, failed.comment, failed.score) == ("failed", "no stock", 0.25)
    assert interrupted.label == "cancelled"
    assert captured.metric("claude_tasks", "raises", "failed") == 1
    assert [span.status.is_ok for span in captured.spans[:2]] == [False, False]
    assert captured.spans[2].status.is_unset


def test_a_task_decorates_every_kind_of_function(captured: Captured) -> None:
    @kansoku.task("sync")
    def plain(a: int, *, b: int) -> int:
        """What it does."""
        return a + b

    @kansoku.task("async")
    async def coroutine() -> str:
        await asyncio.sleep(0)
        return "done"

    @kansoku.task("failing")
    def failing() -> None:
        raise LookupError

    assert plain(1, b=2) == 3
    assert plain(3, b=4) == 7
    assert (plain.__name__, plain.__doc__) == ("plain", "What it does.")
    assert asyncio.run(coroutine()) == "done"
    with pytest.raises(LookupError):
        failing()
    assert [(run.name, run.label) for run in tasks_of(captured)] == [
        ("sync", "completed"),
        ("sync", "completed"),
        ("async", "completed"),
        ("failing", "failed"),
    ]
    assert len({run.place.span_id for run in tasks_of(captured)}) == 4


def test_a_generator_is_one_task_and_its_reader_is_not_in_it(api: MessagesServer, captured: Captured) -> None:
    @kansoku.task("generate")
    def generate() -> Generator[int, str, str]:
        client_of(api).messages.create(**ASK)
        got = yield 1
        try:
            yield 2
        except LookupError:
            client_of(api).messages.create(**ASK)
        return got

    def reader() -> Generator[int, str, None]:
        result = yield from running
        assert result == "sent"

    running = generate()
    reading = reader()
    assert next(reading) == 1
    client_of(api).messages.create(**ASK)
    assert reading.send("sent") == 2
    with pytest.raises(StopIteration):
        reading.throw(LookupError())
    assert scope() is None
    assert [call.around.task for call in captured.calls] == ["generate", "", "generate"]
    (run,) = tasks_of(captured)
    assert run.label == "completed"


def test_an_async_generator_is_one_task_and_its_reader_is_not_in_it(
    api: MessagesServer, captured: Captured
) -> None:
    @kansoku.task("generate")
    async def generate() -> AsyncGenerator[int, str]:
        async with async_client_of(api) as client:
            await client.messages.create(**ASK)
            assert (yield 1) == "sent"
            await client.messages.create(**ASK)
            yield 2

    async def main() -> None:
        running = generate()
        assert await anext(running) == 1
        async with async_client_of(api) as client:
            await client.messages.create(**ASK)
        assert await running.asend("sent") == 2
        assert await anext(running, None) is None
        assert scope() is None

    asyncio.run(main())
    assert [call.around.task for call in captured.calls] == ["generate", "", "generate"]
    assert [run.label for run in tasks_of(captured)] == ["completed"]


def test_interleaved_generators_leave_no_task_behind(captured: Captured) -> None:
    @kansoku.task("one")
    def one() -> Generator[int]:
        yield 1
        yield 2

    first, second = one(), one()
    assert [next(first), next(second), next(first)] == [1, 1, 2]
    assert list(first) == []
    assert list(second) == [2]
    assert scope() is None
    assert len(tasks_of(captured)) == 2


def test_generators_closed_early_are_cancelled_and_cleaned_up(captured: Captured) -> None:
    cleaned: list[str] = []

    @kansoku.task("left")
    def left() -> Generator[int]:
        try:
            yield 1
        finally:
            cleaned.append("sync")

    @kansoku.task("left")
    async def async_left() -> AsyncGenerator[int]:
        try:
            yield 1
        finally:
            cleaned.append("async")

    async def main() -> None:
        running = async_left()
        await anext(running)
        await running.aclose()

    next(left())
    gc.collect()
    asyncio.run(main())
    assert cleaned == ["sync", "async"]
    assert [run.label for run in tasks_of(captured)] == ["cancelled", "cancelled"]
    assert scope() is None


def test_a_generator_closed_in_another_context_raises_nothing(
    captured: Captured, caplog: pytest.LogCaptureFixture
) -> None:
    @kansoku.task("moved")
    async def moved() -> AsyncGenerator[int]:
        yield 1
        yield 2

    async def main() -> None:
        running = moved()
        await asyncio.create_task(anext_of(running))
        await asyncio.create_task(running.aclose())

    async def anext_of(running: AsyncGenerator[int]) -> None:
        await anext(running)

    asyncio.run(main())
    assert [run.label for run in tasks_of(captured)] == ["cancelled"]
    assert not [each for each in caplog.records if each.levelno >= logging.WARNING]


def test_concurrent_tasks_stay_apart(api: MessagesServer, captured: Captured) -> None:
    async def one(user: str) -> None:
        async with kansoku.task("answer", user_id=user), async_client_of(api) as client:
            await client.messages.create(**ASK)

    async def main() -> None:
        await asyncio.gather(*(one(f"u-{n}") for n in range(10)))

    asyncio.run(main())
    runs = {run.place.span_id: run for run in tasks_of(captured)}
    assert sorted(call.around.user_id for call in captured.calls) == sorted(f"u-{n}" for n in range(10))
    for call in captured.calls:
        assert runs[call.place.parent_span_id].around.user_id == call.around.user_id


def test_a_tool_is_timed_and_its_error_named(captured: Captured) -> None:
    @kansoku.tool
    def lookup(order: str) -> str:
        return order.upper()

    @kansoku.tool("refund")
    async def give_back() -> None:
        await asyncio.sleep(0)
        raise LookupError

    @kansoku.tool("wait")
    async def wait() -> None:
        await asyncio.get_running_loop().create_future()

    async def main() -> None:
        with pytest.raises(LookupError):
            await give_back()
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(wait(), 0.01)

    with kansoku.task("answer", user_id="u-1"):
        assert lookup("a") == "A"
        asyncio.run(main())
    runs = [fact for fact in captured.facts if isinstance(fact, ToolRun)]
    assert [(run.tool, run.outcome, run.error_type) for run in runs] == [
        ("lookup", "ok", ""),
        ("refund", "error", "LookupError"),
        ("wait", "cancelled", "CancelledError"),
    ]
    (task,) = tasks_of(captured)
    assert all(run.place.parent_span_id == task.place.span_id for run in runs)
    assert all(run.around.user_id == "u-1" for run in runs)
    assert captured.metric("claude_tool_calls", "lookup", "ok") == 1
    assert captured.metrics["claude_tool_calls"][("lookup", "error")] == 0
    assert captured.metric("claude_tool_calls", "refund", "error") == 1
    assert captured.spans[0].name == "execute_tool lookup"
    assert lookup.__name__ == "lookup"


def test_a_call_inside_a_tool_lies_under_it(api: MessagesServer, captured: Captured) -> None:
    @kansoku.tool
    def ask() -> None:
        client_of(api).messages.create(**ASK)

    ask()
    run = next(fact for fact in captured.facts if isinstance(fact, ToolRun))
    assert captured.calls[0].place.parent_span_id == run.place.span_id


def test_judgements_of_an_answer_find_its_call(api: MessagesServer, captured: Captured) -> None:
    with kansoku.task("answer", user_id="u-1", feature="support") as task:
        answer = client_of(api).messages.create(**ASK)
    kansoku.feedback("up", comment="thanks", call=answer)
    kansoku.feedback(score=0.2, call=task)
    kansoku.evaluation("hallucination", label="grounded", score=7.0, explanation="cited", call=answer)
    (call,) = captured.calls
    up, down = (fact for fact in captured.facts if isinstance(fact, Feedback))
    (judged,) = (fact for fact in captured.facts if isinstance(fact, Evaluation))
    assert (up.label, up.score, up.comment, up.response_id) == ("up", None, "thanks", answer.id)
    assert (up.place, up.around.user_id) == (call.place, "u-1")
    assert (down.label, down.score, down.around.feature) == ("down", 0.2, "support")
    assert down.place == task.place
    assert (judged.label, judged.score, judged.comment) == ("grounded", 1.0, "cited")
    assert judged.place == call.place
    assert captured.metric("claude_feedback", "up") == 1
    assert captured.metric("claude_feedback", "down") == 1
    assert captured.metric("claude_feedback_score") == 1
    assert captured.metric("claude_evaluations", "hallucination", "grounded") == 1
    assert [line["event"] for line in captured.logs][-3:] == [
        "kansoku.feedback",
        "kansoku.feedback",
        "gen_ai.evaluation.result",
    ]
    kept = captured.kept.kept_logs[-1]
    record = record_of(kept.fact, kept.line, Resource({}), InstrumentationScope("t")).log_record
    assert record.event_name == "gen_ai.evaluation.result"
    assert (record.attributes or {})["gen_ai.evaluation.score.label"] == "grounded"


def test_everything_is_a_no_op_before_and_after(api: MessagesServer) -> None:
    @kansoku.tool
    def double(number: int) -> int:
        return 2 * number

    with kansoku.task("answer") as task:
        task.fail("no")
        assert double(2) == 4
    kansoku.feedback("up")
    kansoku.evaluation("hallucination", label="grounded")
    assert kansoku.flush(0.01) is True
    assert kansoku.shutdown() is True
    assert task.place is None
    client_of(api).messages.create(**ASK)


def test_the_log_line_is_one_json_object_with_the_ids_of_its_span(
    api: MessagesServer, captured: Captured, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, logger="kansoku.calls")
    with kansoku.task("answer", feature="support"):
        client_of(api).messages.create(**ASK)
    line = captured.logs[0]
    (span, _) = captured.spans
    assert span.context is not None
    assert line["event"] == "api_call_success"
    assert line["trace_id"] == format(span.context.trace_id, "032x")
    assert (line["service"], line["feature"], line["request_model"]) == ("test", "support", MODEL)
    assert (line["input_tokens"], line["output_tokens"], line["stop_reason"]) == (12, 7, "end_turn")
    assert line["request_id"]
    assert json.loads(caplog.records[0].getMessage()) == line
    assert "\n" not in caplog.records[0].getMessage()


NATIVE = """
    import json
    from opentelemetry import trace
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import SimpleSpanProcessor
    from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

    exporter = InMemorySpanExporter()
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    trace.set_tracer_provider(provider)

    import asyncio, sys, anthropic
    import kansoku.testing
    ask = dict(model="claude-sonnet-5-5", max_tokens=9, messages=[{"role": "user", "content": "x"}])
    before = anthropic.Anthropic(base_url=sys.argv[1], api_key="local")
    if "native" in sys.argv:
        before.messages.create(**ask)
    native = len(exporter.get_finished_spans())
    exporter.clear()

    async def asynchronously():
        async with anthropic.AsyncAnthropic(base_url=sys.argv[1], api_key="local") as client:
            await client.messages.create(**ask)
            async with client.messages.stream(**ask) as stream:
                await stream.get_final_message()

    with kansoku.testing.capture() as captured:
        with trace.get_tracer("app").start_as_current_span("request"):
            before.messages.create(**ask)
            anthropic.Anthropic(base_url=sys.argv[1], api_key="local").messages.create(**ask)
            before.with_options(timeout=5).messages.create(**ask)
            with before.messages.stream(**ask) as stream:
                stream.get_final_message()
            before.beta.messages.create(**ask)
            asyncio.run(asynchronously())
        print(json.dumps({
            "native": native,
            "others": [span.name for span in exporter.get_finished_spans()],
            "ours": len(captured.spans),
            "calls": len(captured.calls),
            "attempts": [call.attempts for call in captured.calls],
            "traces": len({call.place.trace_id for call in captured.calls}),
        }))
"""


@pytest.mark.skipif(
    not hasattr(SyncAPIClient, "_tracer"),
    reason=f"anthropic {anthropic.__version__} makes no spans of its own (it does since 1.14)",
)
def test_the_sdks_own_spans_do_not_double_ours(api: MessagesServer) -> None:
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", textwrap.dedent(NATIVE), api.base_url, "native"],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    told = json.loads(done.stdout)
    assert told["native"] == 1, "this version of the SDK has no spans of its own to keep from doubling"
    assert told["others"] == ["request"]
    assert (told["ours"], told["calls"], told["traces"]) == (7, 7, 1)
    assert told["attempts"] == [1] * 7
    assert "detach" not in done.stderr


def test_no_context_is_left_attached(
    api: MessagesServer, captured: Captured, caplog: pytest.LogCaptureFixture
) -> None:
    async def read() -> None:
        async with async_client_of(api) as client:
            stream = await client.messages.create(**ASK, stream=True)
            await asyncio.create_task(anext_of(stream))
            await asyncio.create_task(stream.close())

    async def anext_of(stream: Sdk) -> None:
        await anext(stream)

    asyncio.run(read())
    assert trace.get_current_span() is trace.INVALID_SPAN
    assert captured.calls[0].outcome == "aborted"
    assert "detach" not in caplog.text
