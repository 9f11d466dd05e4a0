"""One span and one usage record for each call, whoever else instruments: the SDK, or another library."""

import asyncio
import json
from collections.abc import Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import pytest
from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanKind, use_span

import kansoku
import kansoku.testing
from kansoku.emit.cleaning import Cleaner
from kansoku.emit.native import Lent, NativeSpan, NativeTracer
from kansoku.errors import SettingError
from kansoku.instrument.others import in_place
from kansoku.instrument.session import active
from kansoku.record.facts import Call, Place
from kansoku.redact.redactor import Redactor
from kansoku.testing import Captured
from kansoku_demo.answers import Answer, Failure, Received, Reply, Usage
from kansoku_demo.messages_server import MessagesServer
from tests.integration.scripts import forked
from tests.integration.sdk import (
    ASK,
    MODEL,
    async_client_of,
    client_of,
    close_clients,
    needs_spans,
    only_call,
)

SCRIPT = Path(__file__).with_name("native_spans.py")
STRICTLY = """
import runpy, sys, warnings
warnings.simplefilter("error", RuntimeWarning)
runpy.run_path(sys.argv.pop(1), run_name="__main__")
"""


def plan(received: Received) -> Answer:
    if received.body.get("model") == "fail":
        return Failure.overloaded()
    return Reply(usage=Usage(input_tokens=10, output_tokens=5))


@pytest.fixture(scope="module")
def api() -> Iterator[MessagesServer]:
    with MessagesServer(plan, run_id="d") as server:
        yield server
        close_clients()


@pytest.fixture
def captured() -> Iterator[Captured]:
    with kansoku.testing.capture() as captured:
        yield captured


def seen(api: MessagesServer, *words: str) -> dict[str, Any]:
    """What the script in a process of its own saw."""
    done = forked(STRICTLY, str(SCRIPT), api.base_url, *words, cwd=Path.cwd(), timeout_s=60)
    assert done.returncode == 0, done.stderr
    assert "detach" not in done.stderr
    return json.loads(done.stdout)


@needs_spans
def test_the_sdks_spans_carry_what_kansoku_knows_where_they_are_wanted(api: MessagesServer) -> None:
    told = seen(api, "native")
    assert told["faults"] == []
    assert len(told["calls"]) == len(told["lines"]) == 9
    assert told["kansoku"] == [f"chat {MODEL}"], "the SDK makes no span for a low-level post"
    native = {span_id: (attributes, status) for _, span_id, status, attributes, _ in told["native"]}
    assert len(native) == 8
    for outcome, call_id, cost in told["calls"]:
        if call_id not in native:
            continue
        attributes, status = native[call_id]
        assert attributes["kansoku.outcome"] == outcome
        assert attributes.get("kansoku.cost.usd") == cost
        assert attributes["kansoku.feature"] == "support"
        assert attributes["kansoku.task.name"] == "answer"
        assert attributes["user.id"] == "<EMAIL>"
        assert attributes["kansoku.attempts"] == (2 if outcome == "error" else 1)
        assert (status == "ERROR") is (outcome == "error")
    assert {call_id for _, call_id, _ in told["calls"]} == set(told["lines"])
    assert set(native) < set(told["lines"])
    outcomes = sorted(outcome for outcome, *_ in told["calls"])
    assert outcomes == ["aborted", "error", *["ok"] * 7]
    assert told["ok"] == 6
    assert told["output"] == 30
    assert all(0 < duration < 5e9 for *_, duration in told["native"])


@needs_spans
def test_the_sdks_spans_are_not_made_where_kansokus_are_wanted(api: MessagesServer) -> None:
    told = seen(api, "kansoku")
    assert told["native"] == []
    assert len(told["kansoku"]) == len(told["calls"]) == len(told["lines"]) == 9
    assert (told["ok"], told["output"]) == (6, 30)
    assert told["after"] == 1, "a client makes its own spans again when Kansoku is gone"


@needs_spans
@pytest.mark.parametrize("owner", ["native", "kansoku"])
def test_a_sampler_that_drops_everything_changes_no_metric(api: MessagesServer, owner: str) -> None:
    told = seen(api, owner, "drop")
    assert told["native"] == []
    assert (told["ok"], told["output"], len(told["calls"]), len(told["lines"])) == (6, 30, 9, 9)


def call_at(place: Place) -> Call:
    return Call(
        place=place,
        started_unix_ns=1,
        duration_s=1.0,
        operation="chat",
        provider="anthropic",
        request_model="m",
        outcome="ok",
    )


def native() -> tuple[NativeSpan, Any]:
    real = TracerProvider().get_tracer("sdk").start_span("anthropic.messages.create")
    return NativeSpan(real, Cleaner(Redactor())), real


def test_a_native_span_ends_when_both_are_done_and_at_the_sdks_time() -> None:
    span, real = native()
    span.set_attribute("gen_ai.operation.name", "told")
    span.end(end_time=7)
    assert (span.is_recording(), real.is_recording()) == (False, True)
    span.enrich(call_at(span.place))
    assert (real.is_recording(), real.end_time) == (False, 7)
    assert real.attributes["kansoku.outcome"] == "ok"
    assert real.attributes["gen_ai.operation.name"] == "told"


def test_a_native_span_that_ends_last_ends_at_once() -> None:
    span, real = native()
    span.enrich(call_at(span.place))
    assert real.is_recording()
    span.end(end_time=9)
    span.end(end_time=11)
    assert real.end_time == 9


def test_a_native_span_whose_facts_are_lost_ends_all_the_same() -> None:
    span, real = native()
    span.end(end_time=5)
    del span
    assert real.end_time == 5


def test_a_span_that_no_call_takes_ends_with_the_sdk() -> None:
    provider, kept = TracerProvider(), InMemorySpanExporter()
    provider.add_span_processor(SimpleSpanProcessor(kept))
    tracer = NativeTracer(provider.get_tracer("sdk"), Lent(lambda _: False, Cleaner(Redactor())))
    tracer.start_span("x").end(3)
    with tracer.start_as_current_span("y") as span:
        assert trace.get_current_span() is span
    assert [each.name for each in kept.get_finished_spans()] == ["x", "y"]
    assert kept.get_finished_spans()[0].end_time == 3


def test_whose_the_spans_are_must_be_known() -> None:
    unknown: Any = "theirs"
    with pytest.raises(SettingError, match=r"^spans: "):
        kansoku.init("a", spans=unknown)


FOREIGN = {"gen_ai.operation.name": "chat", "gen_ai.system": "anthropic", "gen_ai.request.model": MODEL}
"""What OpenTelemetry's and OpenLLMetry's instrumentors put on the span that they wrap a call in."""

OPENINFERENCE = {"openinference.span.kind": "LLM", "llm.model_name": MODEL}


@pytest.mark.parametrize("attributes", [FOREIGN, OPENINFERENCE])
def test_another_instrumentors_span_of_the_same_call_is_named(
    api: MessagesServer,
    captured: Captured,
    caplog: pytest.LogCaptureFixture,
    attributes: dict[str, str],
) -> None:
    tracer = TracerProvider().get_tracer("opentelemetry.instrumentation.anthropic")
    client = client_of(api)
    ids: list[str] = []
    for _ in range(2):
        with tracer.start_as_current_span("chat", kind=SpanKind.CLIENT, attributes=attributes) as span:
            client.messages.create(**ASK)
            ids.append(format(span.get_span_context().span_id, "016x"))
    first, last = captured.calls
    assert [first.duplicates_span_id, last.duplicates_span_id] == ids
    assert first.duplicates_scope == "opentelemetry.instrumentation.anthropic"
    told = captured.spans[-1].attributes or {}
    assert told["kansoku.duplicates.span_id"] == last.duplicates_span_id
    assert captured.metric("claude_api_calls", MODEL, "ok") == 2
    assert captured.metric("claude_tokens", MODEL, "output") == 10
    warned = [each.getMessage() for each in caplog.records if "Two instrumentors" in each.getMessage()]
    assert len(warned) == 1
    assert "OTEL_PYTHON_DISABLED_INSTRUMENTATIONS" in warned[0]


def helped(api: MessagesServer, around: AbstractContextManager[object], surface: str) -> None:
    """Streams by the SDK's helper, of which only the making lies in the span."""
    messages = client_of(api).beta.messages if surface == "beta" else client_of(api).messages
    with around:
        manager = messages.stream(**ASK)
    with manager as stream:
        stream.until_done()


async def helped_async(api: MessagesServer, around: AbstractContextManager[object], surface: str) -> None:
    client = async_client_of(api)
    messages = client.beta.messages if surface == "beta" else client.messages
    with around:
        manager = messages.stream(**ASK)
    async with manager as stream:
        await stream.until_done()
    await client.close()


@pytest.mark.parametrize("surface", ["messages", "beta"])
@pytest.mark.parametrize("how", ["sync", "async"])
def test_another_instrumentors_span_that_a_stream_helper_was_made_in_is_named(
    api: MessagesServer, captured: Captured, surface: str, how: str
) -> None:
    tracer = TracerProvider().get_tracer("openinference.instrumentation.anthropic")
    span = tracer.start_span("messages.stream", attributes=OPENINFERENCE)
    around = use_span(span, end_on_exit=False)
    if how == "sync":
        helped(api, around, surface)
    else:
        asyncio.run(helped_async(api, around, surface))
    client_of(api).messages.create(**ASK)
    first, last = captured.calls
    assert first.duplicates_span_id == format(span.get_span_context().span_id, "016x")
    assert first.duplicates_scope == "openinference.instrumentation.anthropic"
    assert (first.outcome, first.usage.output_tokens) == ("ok", last.usage.output_tokens)
    assert last.duplicates is None, "the span is over, and was of the stream alone"


def test_a_helper_made_in_a_span_that_is_no_inference_names_nobody(
    api: MessagesServer, captured: Captured
) -> None:
    tracer = TracerProvider().get_tracer("framework")
    helped(api, tracer.start_as_current_span("route", attributes={"http.route": "/answer"}), "messages")
    assert only_call(captured).duplicates is None


OF_A_FUNCTION = """
def wrapper(wrapped, instance, args, kwargs):
    return wrapped(*args, **kwargs)
"""
OF_AN_OBJECT = """
class Wrapper:
    def __call__(self, wrapped, instance, args, kwargs):
        return wrapped(*args, **kwargs)
wrapper = Wrapper()
"""


class Replaced:
    """A method as `wrapt` replaces it: the wrapper and what is wrapped stand on it."""

    def __init__(self, wrapped: Any, wrapper: Any) -> None:  # noqa: ANN401  anything may be wrapped
        self.__wrapped__ = wrapped
        self._self_wrapper = wrapper

    def __get__(self, instance: Any, owner: type) -> Any:  # noqa: ANN401
        if instance is None:
            return self
        method = self.__wrapped__.__get__(instance, owner)

        def replaced(*args: Any, **kwargs: Any) -> Any:  # noqa: ANN401
            return self._self_wrapper(method, instance, args, kwargs)

        return replaced


@pytest.mark.parametrize("source", [OF_A_FUNCTION, OF_AN_OBJECT])
@pytest.mark.parametrize(
    ("module", "known"),
    [
        ("opentelemetry.instrumentation.anthropic", "opentelemetry.instrumentation.anthropic"),
        ("openinference.instrumentation.anthropic._wrappers", "openinference.instrumentation.anthropic"),
        ("shop.retries", ""),
    ],
)
def test_an_instrumentor_in_the_place_of_a_method_is_said_once_though_its_span_is_not_the_current_one(
    api: MessagesServer, monkeypatch: pytest.MonkeyPatch, source: str, module: str, known: str
) -> None:
    from anthropic.resources.messages import Messages

    made: dict[str, Any] = {"__name__": module}
    exec(source, made)  # its module is what counts
    monkeypatch.setattr(Messages, "create", Replaced(Messages.create, made["wrapper"]))
    assert in_place() == ({known} if known else set())
    said: list[str] = []
    with kansoku.testing.capture():
        session = active()
        assert session is not None
        monkeypatch.setattr(session.foreign, "say", said.extend)
        client_of(api).messages.create(**ASK)
        client_of(api).messages.create(**ASK)
    assert said == ([known] if known else [])


@pytest.mark.parametrize(
    "attributes",
    [
        {"gen_ai.operation.name": "invoke_agent", "gen_ai.request.model": MODEL},
        {"gen_ai.operation.name": "chat", "gen_ai.request.model": "another-model"},
        {"openinference.span.kind": "AGENT"},
        {"http.route": "/answer"},
    ],
)
def test_a_span_around_that_is_no_inference_of_the_call_is_its_parent_alone(
    api: MessagesServer, captured: Captured, attributes: dict[str, str]
) -> None:
    tracer = TracerProvider().get_tracer("framework")
    with tracer.start_as_current_span("around", attributes=attributes) as span:
        client_of(api).messages.create(**ASK)
    call = only_call(captured)
    assert call.duplicates is None
    assert call.place.parent_span_id == span.get_span_context().span_id
