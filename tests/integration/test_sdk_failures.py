"""Calls that fail, and Kansoku failing: who is blamed for what, and that the application never notices."""

import asyncio
import gc
import logging
import weakref
from collections.abc import Callable, Iterator
from typing import Any, NoReturn

import anthropic
import httpx2
import pytest

import kansoku
import kansoku.testing
from kansoku.emit import pipeline
from kansoku.emit.cleaning import Cleaner
from kansoku.emit.measurements import Measurements
from kansoku.emit.pipeline import Pipeline
from kansoku.instrument import attempts, seam, streams
from kansoku.instrument.session import Session
from kansoku.price.book import PriceBook
from kansoku.record.facts import Evaluation, Feedback
from kansoku.record.observer import CallObserver
from kansoku.testing import Captured
from kansoku_demo.answers import Failure, HangUp, Pause, Raw, Reply, ToolUse
from kansoku_demo.messages_server import MessagesServer
from tests.integration.sdk import ASK, MODEL, async_client_of, client_of, close_clients, only_call


@pytest.fixture(scope="module")
def api() -> Iterator[MessagesServer]:
    with MessagesServer(run_id="f") as server:
        yield server
        close_clients()


@pytest.fixture
def captured() -> Iterator[Captured]:
    with kansoku.testing.capture() as captured:
        yield captured


def test_retries_are_one_call_of_several_attempts(api: MessagesServer, captured: Captured) -> None:
    api.script(Failure.overloaded(), Failure.rate_limited(), Reply())
    message = client_of(api).messages.create(**ASK)
    call = only_call(captured)
    assert (call.outcome, call.http_status, call.attempts) == ("ok", 200, 3)
    assert call.response_id == message.id
    assert call.request_id.endswith(message.id[-8:])
    assert (captured.spans[0].attributes or {})["http.request.resend_count"] == 2


def test_nothing_holds_an_exception_once_the_application_is_done_with_it(
    api: MessagesServer, captured: Captured
) -> None:
    api.script(Failure.overloaded())
    client = client_of(api, max_retries=0)
    gc.disable()
    try:
        with pytest.raises(anthropic.APIStatusError) as raised:
            client.messages.create(**ASK)
        held = weakref.ref(raised.value)
        del raised
        assert held() is None  # it holds its frames, and so all that the application works with
    finally:
        gc.enable()
    call = only_call(captured)
    assert (call.outcome, call.error_type, call.attempts) == ("error", "overloaded_error", 1)
    assert call.request_id


def test_a_call_is_recorded_whose_exception_cannot_be_looked_at(captured: Captured) -> None:
    class AnthropicError(Exception):
        def __str__(self) -> str:
            raise LookupError

    def answer(_: httpx2.Request) -> NoReturn:
        raise AnthropicError

    http = httpx2.Client(transport=httpx2.MockTransport(answer))
    with http, pytest.raises(anthropic.APIConnectionError) as raised:
        anthropic.Anthropic(api_key="local", http_client=http, max_retries=0).messages.create(**ASK)
    assert isinstance(raised.value.__cause__, AnthropicError)
    assert [each.outcome for each in captured.calls] == ["error"]


def test_an_async_call_counts_its_attempts_too(api: MessagesServer, captured: Captured) -> None:
    async def main() -> None:
        async with async_client_of(api) as client:
            await client.messages.create(**ASK)

    api.script(Failure.server_error(), Reply())
    asyncio.run(main())
    assert only_call(captured).attempts == 2


def test_a_retried_stream_is_one_call(api: MessagesServer, captured: Captured) -> None:
    api.script(Failure.overloaded(), Reply())
    with client_of(api).messages.stream(**ASK) as stream:
        stream.until_done()
    call = only_call(captured)
    assert (call.outcome, call.attempts) == ("ok", 2)


@pytest.mark.parametrize(
    ("answers", "error_type", "status", "attempts"),
    [
        ([Failure.invalid_request()], "invalid_request_error", 400, 1),
        ([Failure(status=401, type="authentication_error", message="no")], "authentication_error", 401, 1),
        ([Failure(status=413, type="request_too_large", message="no")], "request_too_large", 413, 1),
        ([Failure.server_error()] * 3, "api_error", 500, 3),
        ([Failure.overloaded()] * 3, "overloaded_error", 529, 3),
        ([Failure.rate_limited()] * 3, "rate_limit_error", 429, 3),
        ([Raw(body=b"<html>", status=403, content_type="text/html")], "permission_error", 403, 1),
        ([Raw(body=b"", status=418, content_type="text/html")], "http_418", 418, 1),
    ],
)
@pytest.mark.parametrize("stream", [False, True])
def test_a_failed_call_names_the_apis_error(  # noqa: PLR0917
    api: MessagesServer,
    captured: Captured,
    answers: list[Any],
    error_type: str,
    status: int,
    attempts: int,
    stream: bool,
) -> None:
    api.script(*answers)
    with pytest.raises(anthropic.APIStatusError):
        client_of(api).messages.create(**ASK, stream=stream)
    call = only_call(captured)
    assert (call.outcome, call.error_type) == ("error", error_type)
    assert (call.http_status, call.attempts, call.stream) == (status, attempts, stream)
    assert call.request_id
    assert call.error_message
    assert (call.usage.input_tokens, call.cost.usd, call.cost.unpriced_reason) == (None, None, "")
    assert captured.metric("claude_api_errors", MODEL, error_type) == 1
    assert captured.metric("claude_api_calls", MODEL, "error") == 1
    assert captured.metrics["claude_api_latency_seconds"][(MODEL,)] == 0
    assert captured.logs[0]["level"] == "ERROR"
    assert not captured.spans[0].status.is_ok


def test_a_lost_connection_is_an_error_without_a_status(api: MessagesServer, captured: Captured) -> None:
    api.script(Failure.overloaded(), HangUp())
    with pytest.raises(anthropic.APIConnectionError):
        client_of(api, max_retries=1).messages.create(**ASK)
    call = only_call(captured)
    assert (call.outcome, call.error_type, call.http_status) == ("error", "connection_error", None)
    assert (call.attempts, call.request_id) == (2, "")


def test_a_time_out_is_an_error_of_its_own(api: MessagesServer, captured: Captured) -> None:
    pause = Pause()
    api.script(Reply(pause=pause))
    with pytest.raises(anthropic.APITimeoutError):
        client_of(api, max_retries=0, timeout=0.05).messages.create(**ASK)
    pause.release()
    call = only_call(captured)
    assert (call.outcome, call.error_type) == ("error", "client_timeout")


def test_cancelling_a_call_is_the_applications_doing(api: MessagesServer, captured: Captured) -> None:
    pause = Pause()
    api.script(Reply(pause=pause))

    async def main() -> None:
        async with async_client_of(api) as client:
            call = asyncio.create_task(client.messages.create(**ASK))
            await asyncio.to_thread(pause.wait_until_reached)
            call.cancel()
            with pytest.raises(asyncio.CancelledError):
                await call

    asyncio.run(main())
    pause.release()
    call = only_call(captured)
    assert (call.outcome, call.error_type) == ("cancelled", "CancelledError")
    assert captured.metric("claude_api_calls", MODEL, "cancelled") == 1
    assert captured.metrics["claude_api_errors"] == {}
    assert captured.logs[0]["level"] == "INFO"


def test_an_exception_of_the_applications_own_does_not_blame_the_api(
    api: MessagesServer, captured: Captured
) -> None:
    def refuse(_: httpx2.Request) -> NoReturn:
        raise LookupError("not on a Sunday")

    with (
        httpx2.Client(event_hooks={"request": [refuse], "response": []}) as http,
        pytest.raises(anthropic.APIConnectionError),
    ):
        client_of(api, http_client=http, max_retries=0).messages.create(**ASK)
    call = only_call(captured)
    assert (call.outcome, call.error_type) == ("cancelled", "LookupError")


def test_hooks_of_the_application_stay(api: MessagesServer, captured: Captured) -> None:
    seen: list[str] = []

    def sent(request: httpx2.Request) -> None:
        seen.append(request.method)

    def answered(response: httpx2.Response) -> None:
        seen.append(str(response.status_code))

    hooks: dict[str, list[Callable[..., Any]]] = {"request": [sent], "response": [answered]}
    with httpx2.Client(event_hooks=hooks) as http:
        client = client_of(api, http_client=http)
        client.messages.create(**ASK)
        client.with_options(timeout=9).messages.create(**ASK)
    assert seen == ["POST", "200", "POST", "200"]
    assert [call.attempts for call in captured.calls] == [1, 1]


# --- Kansoku itself is broken ------------------------------------------------------------------


class BrokenError(Exception):
    """Planted into a part of Kansoku."""


def broken(*_: object, **__: object) -> NoReturn:
    raise BrokenError


BREAKS: list[tuple[object, str, str]] = [
    (Session, "here", "begin"),
    (attempts, "hook", "attempts"),
    (seam, "operation_of", "begin"),
    (streams, "follow", "end"),
    (CallObserver, "end", "end"),
    (CallObserver, "read", "worker"),
    (Pipeline, "put", "end"),
    (Cleaner, "clean", "worker"),
    (Measurements, "fact", "worker"),
    (pipeline, "telemetry_of", "worker"),
]


@pytest.mark.parametrize(("owner", "name", "where"), BREAKS)
def test_a_broken_part_is_counted_and_logged_once_and_the_call_succeeds(  # noqa: PLR0917
    api: MessagesServer,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    owner: object,
    name: str,
    where: str,
) -> None:
    with kansoku.testing.capture() as captured:
        monkeypatch.setattr(owner, name, broken)
        client = client_of(api)
        for _ in range(3):
            assert client.messages.create(**ASK).content[0].type == "text"
        assert captured.metric("kansoku_internal_errors", where) == 3
        monkeypatch.undo()
    warnings = [each.getMessage() for each in caplog.records if each.levelno == logging.WARNING]
    assert [each.partition("\n")[0] for each in warnings if each.startswith("Kansoku failed")] == [
        f"Kansoku failed at {where}; the application is not affected"
    ]


STREAM_BREAKS: list[tuple[object, str]] = [
    (CallObserver, "item"),
    (CallObserver, "first_chunk"),
    (CallObserver, "end"),
    (Pipeline, "put"),
    (streams, "type_of"),
    (streams, "_follow_events"),
]


@pytest.mark.parametrize(("owner", "name"), STREAM_BREAKS)
@pytest.mark.parametrize("leave_early", [False, True])
def test_a_broken_part_does_not_disturb_a_stream(
    api: MessagesServer, monkeypatch: pytest.MonkeyPatch, owner: object, name: str, leave_early: bool
) -> None:
    with kansoku.testing.capture() as captured:
        monkeypatch.setattr(owner, name, broken)
        with client_of(api).messages.stream(**ASK) as stream:
            if leave_early:
                next(stream)
            else:
                assert stream.get_final_message().usage.output_tokens == 7
        monkeypatch.undo()
        assert sum(captured.metrics["kansoku_internal_errors"].values()) >= (not leave_early)


@pytest.mark.parametrize(("owner", "name"), [(Session, "place"), (Pipeline, "put")])
def test_a_broken_part_does_not_disturb_tasks_tools_and_judgements(
    monkeypatch: pytest.MonkeyPatch, owner: object, name: str
) -> None:
    @kansoku.tool
    def double(number: int) -> int:
        return 2 * number

    with kansoku.testing.capture() as captured:
        monkeypatch.setattr(owner, name, broken)
        with kansoku.task("work"):
            assert double(21) == 42
        kansoku.feedback("up")
        kansoku.evaluation("hallucination", label="grounded")
        monkeypatch.undo()
        counts = captured.metrics["kansoku_internal_errors"]
        assert {where for (where,), count in counts.items() if count} == {
            "task",
            "tool",
            "feedback",
            "evaluation",
        }


def test_a_failing_price_table_costs_the_price_and_not_the_call(api: MessagesServer) -> None:
    with kansoku.testing.capture() as captured:
        captured.session.prices = PriceBook(broken)
        client_of(api).messages.create(**ASK)
        (call,) = captured.calls
        assert (call.outcome, call.usage.output_tokens, call.cost.usd) == ("ok", 7, None)
        assert call.cost.unpriced_reason == "price table failed"


def test_a_full_queue_drops_and_counts_and_never_blocks(
    api: MessagesServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pipeline, "WORK_EVERY_S", 3_600.0)
    monkeypatch.setattr(pipeline, "QUEUE_LIMIT", 5)
    with kansoku.testing.capture() as captured:
        client = client_of(api)
        for _ in range(8):
            client.messages.create(**ASK)
        assert len(captured.calls) == 5
        assert captured.metric("kansoku_dropped", "facts", "queue full") == 3


def test_misuse_of_judgements_is_logged_and_counted(caplog: pytest.LogCaptureFixture) -> None:
    nothing: Any = "sideways"
    with kansoku.testing.capture() as captured:
        kansoku.feedback()
        kansoku.feedback(nothing)
        kansoku.evaluation("hallucination")
        assert captured.facts == []
        assert captured.metrics["kansoku_internal_errors"] == {("feedback",): 2, ("evaluation",): 1}
    assert "a rating ('up' or 'down') or a score" in caplog.text


def test_a_score_that_is_none_costs_the_score_alone() -> None:
    nothing: Any = "high"
    with kansoku.testing.capture() as captured:
        kansoku.feedback("up", score=nothing)
        kansoku.evaluation("hallucination", label="grounded", score=10**400)
        up, grounded = captured.facts
        assert isinstance(up, Feedback)
        assert isinstance(grounded, Evaluation)
        assert (up.label, up.score, grounded.label, grounded.score) == ("up", None, "grounded", None)
        assert captured.metrics["kansoku_internal_errors"] == {("score",): 2}


def test_a_tool_asked_for_twice_is_named_once(api: MessagesServer, captured: Captured) -> None:
    api.script(Reply(blocks=(ToolUse("look", {}), ToolUse("find", {}), ToolUse("look", {}))))
    client_of(api).messages.create(**ASK)
    assert only_call(captured).tool_names == ("look", "find")
