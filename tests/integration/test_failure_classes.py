"""The sixteen classes of failure seen in other instrumentors of this SDK, each with its wrong figure.

The wrong figures in the docstrings were measured on anthropic 2.12 or are told in those projects' issues.
"""

import asyncio
import functools
import gc
import inspect
import json
import logging
import subprocess
import sys
import tracemalloc
from collections.abc import Callable, Iterator

import anthropic
import pytest
from anthropic._base_client import SyncAPIClient
from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.sampling import ALWAYS_OFF

import kansoku
import kansoku.testing
from kansoku.emit.pipeline import Pipeline
from kansoku.instrument import seam, streams
from kansoku.instrument.session import Recent
from kansoku.testing import Captured
from kansoku_demo import wire
from kansoku_demo.answers import (
    ErrorEvent,
    Event,
    Events,
    Failure,
    HangUp,
    JsonObject,
    Pause,
    Raw,
    Reply,
    Text,
    Thinking,
    Truncated,
    Usage,
)
from kansoku_demo.messages_server import MessagesServer
from tests.integration.sdk import ASK, MODEL, Sdk, async_client_of, client_of, close_clients, only_call


@pytest.fixture(scope="module")
def api() -> Iterator[MessagesServer]:
    with MessagesServer(run_id="k") as server:
        yield server
        close_clients()


@pytest.fixture
def captured() -> Iterator[Captured]:
    with kansoku.testing.capture() as captured:
        yield captured


def read(client: Sdk) -> None:
    for _ in client.messages.create(**ASK, stream=True):
        pass


def deltas(*usages: JsonObject, starts: int = 1) -> Events:
    """A stream that starts so many times and has one `message_delta` for each usage."""
    start, *middle, _, stop = wire.events(
        Reply(
            usage=Usage(input_tokens=2_751, output_tokens=8),
            start_usage=Usage(input_tokens=2_751, output_tokens=8),
        )
    )
    told = [
        Event(
            "message_delta", {"type": "message_delta", "delta": {"stop_reason": "end_turn"}, "usage": usage}
        )
        for usage in usages
    ]
    return Events(events=(*[start] * starts, *middle, *told, stop))


def test_class_01_double_telemetry(api: MessagesServer, captured: Captured) -> None:
    """Two usage records, 2.2 times the cost (dd-trace-js#8938), where a framework traces too."""
    tracer = TracerProvider().get_tracer("opentelemetry.instrumentation.anthropic")
    around = {"gen_ai.operation.name": "chat", "gen_ai.request.model": MODEL}
    with tracer.start_as_current_span("chat", attributes=around):
        client_of(api).messages.create(**ASK)
    call = only_call(captured)
    assert captured.metric("claude_tokens", MODEL, "output") == 7
    assert captured.metric("claude_cost_usd", MODEL) == call.cost.usd
    assert call.duplicates_scope == "opentelemetry.instrumentation.anthropic"


def test_class_02_streaming_totals(api: MessagesServer, captured: Captured) -> None:
    """Output 8 where 7 is right (OpenLLMetry adds the start's); input 2,751 where 320,032 is billed."""
    api.script(deltas({"output_tokens": 3}, {"output_tokens": 7, "input_tokens": 320_032}, starts=2))
    read(client_of(api))
    usage = only_call(captured).usage
    assert (usage.input_tokens, usage.output_tokens) == (320_032, 7)


def test_class_02_streaming_stale_split_of_cache_writes(api: MessagesServer, captured: Captured) -> None:
    """Cache writes of 3,068 where 3,337 are billed: the split of the start is not brought up to date."""
    api.script(
        Reply(
            usage=Usage(cache_write_5m_tokens=3_068, cache_write_1h_tokens=269),
            start_usage=Usage(cache_write_5m_tokens=2_799, cache_write_1h_tokens=269),
        )
    )
    read(client_of(api))
    usage = only_call(captured).usage
    assert (usage.cache_write_tokens, usage.cache_write_5m_tokens) == (3_337, 3_068)


def test_class_03_tokens_billed_outside_the_top_level(api: MessagesServer, captured: Captured) -> None:
    """$0.065 of $0.176 missing (63 %) where the advisor's tokens, on another model, are left out."""
    advisor: JsonObject = {
        "type": "advisor_message",
        "model": "claude-opus-5-5",
        "input_tokens": 2_728,
        "output_tokens": 3_880,
    }
    compaction: JsonObject = {"type": "compaction", "input_tokens": 60_385, "output_tokens": 522}
    api.script(deltas({"output_tokens": 9, "input_tokens": 5, "iterations": [compaction, advisor]}))
    with client_of(api).beta.messages.stream(**ASK) as stream:
        stream.until_done()
    own = 5 * 2 + 9 * 10 + 60_385 * 2 + 522 * 10
    other = 2_728 * 4 + 3_880 * 20
    assert only_call(captured).cost.usd == pytest.approx((own + other) / 1e6)


@pytest.mark.parametrize("way", ["break", "drop", "with"])
def test_class_04_streams_that_end_early(api: MessagesServer, captured: Captured, way: str) -> None:
    """Output 1 (the start's placeholder: OTel, OpenInference), or no record at all (OpenLLMetry)."""
    pause = Pause(after=4)
    api.script(Reply(usage=Usage(input_tokens=31, output_tokens=40), pause=pause))
    stream = client_of(api).messages.create(**ASK, stream=True)
    if way == "with":
        with stream:
            pass
    else:
        next(stream)
        if way == "break":
            stream.close()
    del stream
    gc.collect()
    pause.release()
    call = only_call(captured)
    assert (call.outcome, call.usage.output_tokens) == ("aborted", None)
    assert call.usage.input_tokens == (None if way == "with" else 31)


def test_class_05_cache_tokens(api: MessagesServer, captured: Captured) -> None:
    """Input of 4,060 (cached ones added twice: langfuse#12306) or 10 (dropped: litellm#26919), not 2,035."""
    used = Usage(input_tokens=10, cache_read_tokens=2_000, cache_write_5m_tokens=25, output_tokens=3)
    api.script(Reply(usage=used))
    client_of(api).messages.create(**ASK)
    call = only_call(captured)
    assert (captured.spans[0].attributes or {})["gen_ai.usage.input_tokens"] == 2_035
    assert captured.metric("claude_tokens", MODEL, "input") == 10
    assert captured.metric("claude_tokens", MODEL, "cache_read") == 2_000
    assert captured.metric("claude_tokens", MODEL, "cache_creation") == 25
    assert call.cost.usd == pytest.approx((10 * 2 + 2_000 * 0.1 + 25 * 2.5 + 3 * 10) / 1e6)


def test_class_06_an_sdk_that_changed(api: MessagesServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """Import fails (Logfire 4.41 on 2.x), or nothing is recorded and nobody says so (openinference#3597)."""
    monkeypatch.setattr(streams, "_follow_events", broken)
    with kansoku.testing.capture() as captured:
        assert seam.seam_state().is_whole
        assert captured.metric("kansoku_instrumented") == 1
        with client_of(api).messages.stream(**ASK) as stream:
            assert stream.get_final_message().usage.output_tokens == 7
        assert [call.outcome for call in captured.calls] == ["ok"]
        assert captured.metric("kansoku_internal_errors", "end") == 1
    assert seam.seam_state().attached is False


def test_class_06_an_sdk_without_the_seam(monkeypatch: pytest.MonkeyPatch) -> None:
    """The application does not start (garak#2099); here it does, and the metric says 0."""
    monkeypatch.delattr(SyncAPIClient, "request")
    kansoku.init("app", endpoint="http://127.0.0.1:9")
    try:
        state = seam.seam_state()
        assert state.attached is False
        assert "SyncAPIClient.request is gone: no call is recorded" in state.problems
    finally:
        kansoku.shutdown(0.1)


@pytest.fixture
def came_first(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """An instrumentor of the two clients' classes that was set up before, and what it saw."""
    seen: list[str] = []
    sync: Sdk = anthropic.Anthropic.request
    plain: Sdk = anthropic.AsyncAnthropic.request

    @functools.wraps(sync)
    def request(*args: Sdk, **kwargs: Sdk) -> Sdk:
        seen.append("sync")
        return sync(*args, **kwargs)

    @functools.wraps(plain)
    async def request_async(*args: Sdk, **kwargs: Sdk) -> Sdk:
        seen.append("async")
        return await plain(*args, **kwargs)

    monkeypatch.setattr(anthropic.Anthropic, "request", request)
    monkeypatch.setattr(anthropic.AsyncAnthropic, "request", request_async)
    return seen


def test_class_06_an_instrumentor_that_came_first(api: MessagesServer, came_first: list[str]) -> None:
    """Nothing is recorded: it keeps hold of the SDK's method, and calls that (Logfire 5.4 does)."""
    assert not seam.seam_state().attached
    with kansoku.testing.capture() as captured:
        assert captured.metric("kansoku_instrumented") == 1
        client_of(api).messages.create(**ASK)
        read(client_of(api))
        asyncio.run(one_async(api))
        assert [call.outcome for call in captured.calls] == ["ok"] * 3
        assert came_first == ["sync", "sync", "async"]
    client_of(api).messages.create(**ASK)
    assert came_first == ["sync", "sync", "async", "sync"], "it is left as it was"
    assert len(captured.calls) == 3


async def one_async(api: MessagesServer) -> None:
    async with async_client_of(api) as client:
        await client.messages.create(**ASK)


def test_class_06_one_that_comes_between_is_told(api: MessagesServer, captured: Captured) -> None:
    """A class that goes past the seam: the state says that not every call is recorded."""
    original = inspect.unwrap(SyncAPIClient.request)

    class Past(anthropic.Anthropic):
        request = functools.partialmethod(original)  # pyright: ignore[reportAssignmentType, reportIncompatibleMethodOverride]

    assert seam.seam_state().attached is False
    seam.attach()
    assert seam.seam_state().attached
    with Past(base_url=api.base_url, api_key="local") as client:
        client.messages.create(**ASK)
    assert only_call(captured).outcome == "ok"


def test_class_06_a_client_of_the_applications_own(api: MessagesServer, captured: Captured) -> None:
    """A subclass whose method calls the SDK's as `super` is recorded once, not at each of the two."""

    class Counting(anthropic.Anthropic):
        asked = 0

        def request(self, *args: Sdk, **kwargs: Sdk) -> Sdk:
            Counting.asked += 1
            above: Sdk = super()
            return above.request(*args, **kwargs)

    seam.attach()
    assert seam.seam_state().attached
    with Counting(base_url=api.base_url, api_key="local") as client:
        client.messages.create(**ASK)
    assert (Counting.asked, only_call(captured).outcome) == (1, "ok")


def broken(*_: object) -> None:
    raise AttributeError("_iterator")


def test_class_07_the_users_types(api: MessagesServer, captured: Captured) -> None:
    """`next(stream)` fails: a generator or a proxy comes back instead of a `Stream` (openinference#2467)."""
    client = client_of(api)
    stream = client.messages.create(**ASK, stream=True)
    assert type(stream) is anthropic.Stream
    assert first_of(stream).type == "message_start"
    assert stream.response.status_code == 200
    stream.close()
    assert type(client.messages.create(**ASK)) is anthropic.types.Message
    assert len(captured.calls) == 2


def first_of(stream: Sdk) -> Sdk:
    return next(stream)


SURFACES: list[Callable[[Sdk], object]] = [
    lambda client: client.beta.messages.stream(**ASK).__enter__().until_done(),
    lambda client: client.messages.with_raw_response.create(**ASK),
    lambda client: client.messages.parse(**ASK),
    lambda client: client.post("/v1/messages", body=dict(ASK), cast_to=anthropic.types.Message),
    lambda client: client.with_options(timeout=9).messages.create(**ASK),
]


@pytest.mark.parametrize("surface", SURFACES)
def test_class_08_coverage(api: MessagesServer, captured: Captured, surface: Callable[[Sdk], object]) -> None:
    """0 records: the beta helper (openllmetry#4388), `parse`, raw responses, a low-level post."""
    surface(client_of(api))
    call = only_call(captured)
    assert (call.outcome, call.usage.output_tokens) == ("ok", 7)


def test_class_09_contexts_stay_whole(
    api: MessagesServer, captured: Captured, caplog: pytest.LogCaptureFixture
) -> None:
    """`Failed to detach context` where a stream is read and closed in two tasks (openlit#1369)."""

    async def main() -> None:
        async with async_client_of(api) as client:
            stream = await client.messages.create(**ASK, stream=True)
            await asyncio.create_task(anext_of(stream))
            await asyncio.create_task(stream.close())
            assert trace.get_current_span() is trace.INVALID_SPAN

    asyncio.run(main())
    assert only_call(captured).outcome == "aborted"
    assert "detach" not in caplog.text


async def anext_of(stream: Sdk) -> None:
    await anext(stream)


def test_class_10_failures_inside_a_stream(api: MessagesServer, captured: Captured) -> None:
    """0 errors: an error event after HTTP 200 and a stream cut short are told as successes."""
    client = client_of(api)
    api.script(Reply(ending=ErrorEvent(type="overloaded_error", after=4)), Reply(ending=Truncated(after=5)))
    with pytest.raises(anthropic.APIStatusError):
        read(client)
    read(client)
    assert [(call.outcome, call.error_type) for call in captured.calls] == [
        ("error", "overloaded_error"),
        ("error", "truncated_stream"),
    ]
    assert captured.metric("claude_api_errors", MODEL, "overloaded_error") == 1
    assert captured.metric("claude_api_errors", MODEL, "truncated_stream") == 1


def test_class_11_retries(api: MessagesServer, captured: Captured) -> None:
    """1 call, 0 errors, a slow answer: no peer tells of 2 failed attempts of 3 nor of the time waited."""
    api.script(Failure.overloaded(), HangUp(), Reply())
    client_of(api).messages.create(**ASK)
    call = only_call(captured)
    assert (call.outcome, call.attempts, call.failed_attempts) == ("ok", 3, 2)
    assert call.attempt_statuses == ("529", "connection_error", "200")
    assert call.retry_wait_s is not None
    assert 0.3 < call.retry_wait_s < call.duration_s
    good = captured.metric("claude_api_attempts", MODEL, "200")
    assert good / sum(captured.metrics["claude_api_attempts"].values()) == pytest.approx(1 / 3)
    assert captured.metric("claude_api_calls", MODEL, "ok") == 1


def test_class_12_who_is_to_blame(api: MessagesServer, captured: Captured) -> None:
    """2 API errors where there are 0: the application cancelled one call and raised in another (OTel)."""
    with pytest.raises(LookupError), client_of(api).messages.stream(**ASK):
        raise LookupError

    async def main() -> None:
        async with async_client_of(api) as client:
            call = asyncio.create_task(client.messages.create(**ASK))
            await asyncio.to_thread(pause.wait_until_reached)
            call.cancel()
            with pytest.raises(asyncio.CancelledError):
                await call

    pause = Pause()
    api.script(Reply(pause=pause))
    asyncio.run(main())
    pause.release()
    assert sorted(call.outcome for call in captured.calls) == ["aborted", "cancelled"]
    assert captured.metrics["claude_api_errors"] == {}


def test_class_13_the_first_chunk(api: MessagesServer, captured: Captured) -> None:
    """The time of `message_start`, before the model has written anything (OTel), or none on helpers."""
    pause = Pause(after=2)  # message_start and a block's start have come; no content yet
    api.script(Reply(blocks=(Thinking("first"), Text("then")), pause=pause))
    with client_of(api).messages.stream(**ASK) as stream:
        next(iter(stream))
        at = captured.session.source.clock()
        pause.release()
        stream.until_done()
    call = only_call(captured)
    began = captured.session.source.clock() - at
    assert call.ttft_s is not None
    assert call.duration_s - call.ttft_s < began, "the first chunk came after the pause"


def test_class_14_batches(api: MessagesServer, captured: Captured) -> None:
    """$0 (no peer reads results), full price, or twice on a second download (litellm#32307)."""
    message = dict(wire.body(Reply(usage=Usage(input_tokens=1_000)), model=MODEL, message_id="msg_1"))
    line = json.dumps({"custom_id": "a", "result": {"type": "succeeded", "message": message}}).encode()
    told = {
        "id": "b",
        "type": "message_batch",
        "processing_status": "ended",
        "ended_at": "2026-11-18T11:06:40Z",
        "results_url": f"{api.base_url}/v1/messages/batches/b/results",
    }
    for _ in range(2):
        api.script(Raw(body=json.dumps(told).encode()), Raw(body=line, content_type="application/x-jsonl"))
        assert len(list(client_of(api).messages.batches.results("b"))) == 1
    (result,) = [call for call in captured.calls if call.operation == "batch_result"]
    assert result.cost.usd == pytest.approx((1_000 * 2 + 7 * 10) / 1e6 / 2)
    assert captured.metric("claude_cost_usd", MODEL) == result.cost.usd
    assert captured.metric("claude_batch_results", MODEL, "ok") == 1


def test_class_15_nothing_reaches_the_user(
    api: MessagesServer, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """The telemetry's own exception comes out of `messages.create`; prompts go out though content is off."""
    caplog.set_level(logging.INFO, logger="kansoku.calls")
    secret = "the order of Taro Yamada"
    ask = {**ASK, "messages": [{"role": "user", "content": secret}]}
    with kansoku.testing.capture() as captured:
        client_of(api).messages.create(**ask)
        assert secret not in str(captured.logs) + str([each.attributes for each in captured.spans])
        assert secret not in caplog.text
        monkeypatch.setattr(Pipeline, "put", broken)
        assert client_of(api).messages.create(**ask).usage.output_tokens == 7
        monkeypatch.undo()


def test_class_15_the_hot_path_is_bounded() -> None:
    """25 µs an event, or memory that grows with each call: what a call leaves behind is bounded."""
    with MessagesServer(keep_requests=False) as api, kansoku.testing.capture() as captured:
        client = client_of(api)
        for _ in range(50):
            client.messages.create(**ASK)
        captured.session.recent = Recent(limit=1)
        tracemalloc.start()
        try:
            before = measured(captured)
            for _ in range(200):
                client.messages.create(**ASK)
            grown = measured(captured) - before
        finally:
            tracemalloc.stop()
    assert grown < 200 * 2_000, f"{grown / 200:.0f} bytes a call stay"


def measured(captured: Captured) -> int:
    """Bytes in use, once all that waited was read; what only a test keeps is dropped first."""
    assert captured.session.pipeline.flush(10)
    for kept in (captured.seen, captured.kept.kept_spans, captured.kept.kept_logs):
        kept.clear()
    gc.collect()
    return tracemalloc.get_traced_memory()[0]


def test_class_16_a_sampler_biases_no_metric(api: MessagesServer, captured: Captured) -> None:
    """0 calls and $0: metrics made from spans count what the sampler let through."""
    tracer = TracerProvider(sampler=ALWAYS_OFF).get_tracer("app")
    client = client_of(api)
    for _ in range(10):
        with tracer.start_as_current_span("request"):
            client.messages.create(**ASK)
    assert captured.metric("claude_api_calls", MODEL, "ok") == 10
    assert captured.metric("claude_tokens", MODEL, "output") == 70


def test_each_class_has_a_test() -> None:
    """The sixteen of the issue, none left out."""
    classes = {name[11:13] for name in globals() if name.startswith("test_class_")}
    assert classes == {f"{number:02}" for number in range(1, 17)}


def test_kansoku_is_light_to_import() -> None:
    """An instrumentor that loads its server or the price table at import slows every start."""
    code = "import sys, kansoku; print('opentelemetry.sdk' in sys.modules, 'genai_prices' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False", "False"]
