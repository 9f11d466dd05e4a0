"""Where a task is carried: threads, asyncio, OpenTelemetry's context, and headers to other services."""

import asyncio
import gc
import json
import threading
import urllib.request
from collections.abc import Generator, Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from opentelemetry import baggage, context
from opentelemetry.baggage.propagation import W3CBaggagePropagator
from opentelemetry.propagate import get_global_textmap, inject

import kansoku
import kansoku.testing
from kansoku.errors import SettingError
from kansoku.instrument.session import Scope, scope, surroundings
from kansoku.record.facts import TaskRun, ToolRun
from kansoku.redact.pseudonym import Pseudonyms
from kansoku.testing import Captured
from kansoku_demo.messages_server import MessagesServer
from tests.integration.sdk import ASK

KEY = b"0123456789abcdef"


@pytest.fixture
def captured() -> Iterator[Captured]:
    with kansoku.testing.capture() as captured:
        yield captured


def tasks_of(captured: Captured) -> list[TaskRun]:
    assert captured.metrics["kansoku_internal_errors"] == {}
    return [fact for fact in captured.facts if isinstance(fact, TaskRun)]


def header_sent(api: MessagesServer) -> str | None:
    """The baggage header that a service gets from a request with everything that propagates."""
    headers = {"content-type": "application/json"}
    inject(headers)
    request = urllib.request.Request(f"{api.base_url}/v1/messages", json.dumps(ASK).encode(), headers)
    with urllib.request.urlopen(request, timeout=10) as answer:
        answer.read()
    return dict(api.requests[-1].headers).get("baggage")


def test_nothing_leaves_the_process_unless_asked(captured: Captured) -> None:
    assert "baggage" in get_global_textmap().fields
    with MessagesServer() as api, kansoku.task("answer", user_id="u-17", session_id="s-1"):
        assert header_sent(api) is None
        assert surroundings().user_id == "u-17"
    assert len(tasks_of(captured)) == 1


def test_what_was_asked_for_leaves_encoded_and_redacted() -> None:
    told = ("feature", "session_id")
    with MessagesServer() as api, kansoku.testing.capture(propagate=told):
        with kansoku.task("answer", feature="お問い合わせ, a=b", session_id="jo@example.com", user_id="u-17"):
            sent = header_sent(api) or ""
            with kansoku.task("inner", session_id="s-2"):
                assert "s-2" in (header_sent(api) or "")
            assert header_sent(api) == sent
        assert header_sent(api) is None
    assert "jo" not in sent
    assert "u-17" not in sent
    assert "kansoku.session_id=%3CEMAIL%3E" in sent
    assert "%E3%81%8A" in sent
    assert sent.count(",") == 1


def test_a_user_leaves_as_a_pseudonym_and_arrives_as_the_same(captured: Captured) -> None:
    del captured
    made = Pseudonyms(KEY).of("user_id", "jo@example.com")
    headers: dict[str, str] = {}
    with kansoku.testing.capture(user_id_key=KEY, propagate=("user_id",)) as sender:
        with kansoku.task("ask", user_id="jo@example.com"):
            inject(headers)
        assert tasks_of(sender)[0].around.user_id == made
        assert (sender.spans[0].attributes or {})["user.id"] == made
        assert "jo@" not in str(sender.logs)
    assert headers["baggage"] == f"kansoku.user_id={made}"
    with kansoku.testing.capture(user_id_key=KEY) as receiver:
        token = context.attach(W3CBaggagePropagator().extract(headers))
        with kansoku.task("answer"), kansoku.task("inner"):
            pass
        context.detach(token)
        assert [run.around.user_id for run in tasks_of(receiver)] == [made, made]


def test_what_is_received_gives_way_to_what_is_said_and_is_bounded(captured: Captured) -> None:
    carried = baggage.set_baggage("kansoku.feature", "far")
    carried = baggage.set_baggage("kansoku.session_id", "x" * 257, carried)
    carried = baggage.set_baggage("kansoku.release", "7", carried)
    token = context.attach(carried)
    with kansoku.task("answer", release="8"):
        pass
    context.detach(token)
    around = tasks_of(captured)[0].around
    assert (around.feature, around.session_id, around.release) == ("far", "", "8")


def test_a_wrong_name_to_propagate_is_refused() -> None:
    with pytest.raises(SettingError, match="'user' is none of"):
        kansoku.init("t", propagate=("user",))
    with pytest.raises(SettingError, match="pseudonymise_sessions"):
        kansoku.init("t", pseudonymise_sessions=True)


def test_the_key_comes_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KANSOKU_USER_ID_KEY", "short")
    with pytest.raises(SettingError, match="16") as refused:
        kansoku.init("t")
    assert "short" not in str(refused.value).replace("shorter", "")


def test_carry_takes_the_task_into_a_pool_and_a_bare_function_has_none(captured: Captured) -> None:
    def who() -> str:
        return surroundings().user_id

    @kansoku.tool
    def lookup(order: int) -> str:
        return f"{surroundings().user_id} {order}"

    with ThreadPoolExecutor(4) as pool:
        with kansoku.task("answer", user_id="u-1") as task:
            carried = kansoku.carry(lookup)
            assert pool.submit(who).result() == ""
            assert list(pool.map(carried, range(8))) == [f"u-1 {n}" for n in range(8)]
        assert pool.submit(who).result() == ""
    runs = [fact for fact in captured.facts if isinstance(fact, ToolRun)]
    assert {format(run.place.parent_span_id, "016x") for run in runs} == {task.id}
    with pytest.raises(TypeError, match="asyncio"):
        kansoku.carry(asyncio.sleep)


def test_asyncio_tasks_and_its_threads_carry_by_themselves(captured: Captured) -> None:
    async def who() -> str:
        await asyncio.sleep(0)
        return surroundings().user_id

    async def main() -> list[str]:
        async with kansoku.task("answer", user_id="u-1"):
            started = asyncio.create_task(who())
            here = await asyncio.to_thread(lambda: surroundings().user_id)
        return [await started, here, await who()]

    assert asyncio.run(main()) == ["u-1", "u-1", ""]
    assert len(tasks_of(captured)) == 1


def test_a_thread_with_only_opentelemetrys_context_is_in_the_task_until_it_ends(captured: Captured) -> None:
    seen: list[Scope | None] = []

    def run(carried: context.Context) -> None:
        context.attach(carried)
        seen.append(scope())

    with kansoku.task("answer", user_id="u-1") as task:
        carried = context.get_current()
        thread = threading.Thread(target=run, args=(carried,))
        thread.start()
        thread.join()
    thread = threading.Thread(target=run, args=(carried,))
    thread.start()
    thread.join()
    assert seen[0] is not None
    assert seen[0].task is task
    assert seen[1] is None
    assert len(tasks_of(captured)) == 1


def test_what_is_known_later_holds_from_then_on_in_every_context(captured: Captured) -> None:
    @kansoku.tool
    def identify() -> None:
        inner = kansoku.current_task()
        assert inner is not None
        inner.set(user_id="u-9", attributes={"plan": "pro"})
        assert surroundings().user_id == "u-9"

    assert kansoku.current_task() is None
    waiting = kansoku.task("answer", session_id="s-1")
    assert (waiting.id, waiting.trace_id) == ("", "")
    waiting.set(release="3")
    with waiting as task, kansoku.task("inner") as inner:
        assert kansoku.current_task() is inner
        identify()
        task.set(feature="late")
    outer = tasks_of(captured)[1]
    nested = tasks_of(captured)[0]
    assert (nested.around.user_id, nested.attributes) == ("u-9", (("plan", "pro"),))
    assert (outer.around.user_id, outer.around.feature, outer.around.release) == ("", "late", "3")
    assert task.trace_id == inner.trace_id == format(outer.place.trace_id, "032x")
    assert kansoku.current_task() is None


def test_setting_a_propagated_name_changes_the_baggage() -> None:
    with kansoku.testing.capture(propagate=("session_id",)), kansoku.task("answer") as task:
        assert baggage.get_baggage("kansoku.session_id") is None
        task.set(session_id="s-2")
        assert baggage.get_baggage("kansoku.session_id") == "s-2"
    assert baggage.get_all() == {}


def test_interleaved_generators_leave_no_baggage_behind(caplog: pytest.LogCaptureFixture) -> None:
    @kansoku.task("walk", session_id="s-1")
    def walk() -> Generator[object]:
        yield baggage.get_baggage("kansoku.session_id")
        yield baggage.get_baggage("kansoku.session_id")

    with kansoku.testing.capture(propagate=("session_id",)):
        first, second = walk(), walk()
        assert [next(first), next(second), next(first)] == ["s-1"] * 3
        assert baggage.get_all() == {}
        assert list(first) == []
        assert list(second) == ["s-1"]
        assert baggage.get_all() == {}
    assert caplog.records == []


def test_methods_of_every_kind_are_decorated(captured: Captured) -> None:
    class Desk:
        @kansoku.task("method")
        def method(self) -> str:
            return surroundings().task

        @classmethod
        @kansoku.task("class")
        def of_class(cls) -> str:
            return surroundings().task + cls.__name__

        @kansoku.task("outside")
        @staticmethod
        def of_none() -> str:
            return surroundings().task

    assert (Desk().method(), Desk.of_class(), Desk.of_none()) == ("method", "classDesk", "outside")
    assert len(tasks_of(captured)) == 3


def test_tools_that_are_generators_or_blocks_are_runs(captured: Captured) -> None:
    @kansoku.tool
    def pages() -> Iterator[str]:
        yield surroundings().task
        raise LookupError

    with kansoku.task("answer"):
        running = pages()
        assert next(running) == "answer"
        with pytest.raises(LookupError):
            next(running)
        with kansoku.tool_run("search") as run:
            run.fail("empty")
    runs = [fact for fact in captured.facts if isinstance(fact, ToolRun)]
    assert [(each.tool, each.outcome, each.error_type) for each in runs] == [
        ("pages", "error", "LookupError"),
        ("search", "error", "empty"),
    ]


def test_ten_thousand_tasks_leave_nothing_behind(captured: Captured) -> None:
    def some(count: int) -> None:
        for number in range(count):
            with kansoku.task("answer", user_id=f"u-{number}"), kansoku.tool_run("lookup"):
                pass

    def kept() -> int:
        captured.session.pipeline.flush(10)
        captured.seen.clear()
        captured.kept.kept_spans.clear()
        captured.kept.kept_logs.clear()
        gc.collect()
        return sum(isinstance(each, Scope | TaskRun | ToolRun | kansoku.Task) for each in gc.get_objects())

    some(10)
    before = kept()
    for _ in range(20):
        some(500)
        captured.session.pipeline.refresh()
    assert kept() == before
