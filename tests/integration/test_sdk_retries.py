"""Retries, which the SDK makes without a word: each attempt's end, the waits, the limits that are near."""

import asyncio
import logging
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import wraps

import anthropic
import httpx2
import pytest
from anthropic._base_client import SyncAPIClient

import kansoku.testing
from kansoku.catalog.measures import Share
from kansoku.catalog.panels import GROUPS, Stat
from kansoku.instrument import anatomy, attempts, seam
from kansoku.testing import Captured
from kansoku_demo.answers import Failure, HangUp, Pause, RateLimits, Reply
from kansoku_demo.messages_server import MessagesServer
from tests.integration.sdk import ASK, MODEL, async_client_of, client_of, close_clients, only_call


@pytest.fixture(scope="module")
def api() -> Iterator[MessagesServer]:
    with MessagesServer(run_id="r") as server:
        yield server
        close_clients()


@pytest.fixture
def captured() -> Iterator[Captured]:
    with kansoku.testing.capture() as captured:
        yield captured


def test_each_attempt_tells_its_status_and_the_wait_is_measured(
    api: MessagesServer, captured: Captured
) -> None:
    api.script(Failure.overloaded(), Failure.rate_limited(), Reply())
    client_of(api).messages.create(**ASK)
    call = only_call(captured)
    assert call.attempt_statuses == ("529", "429", "200")
    assert (call.attempts, call.failed_attempts) == (3, 2)
    assert call.retry_wait_s is not None
    assert 0 < call.retry_wait_s <= call.duration_s
    for status in ("529", "429", "200"):
        assert captured.metric("claude_api_attempts", MODEL, status) == 1
    assert captured.metric("claude_retry_wait_seconds", MODEL) == pytest.approx(call.retry_wait_s)
    attributes = captured.spans[0].attributes or {}
    assert attributes["kansoku.attempts.statuses"] == ("529", "429", "200")
    assert attributes["kansoku.attempts.failed"] == 2
    assert captured.logs[0]["attempt_statuses"] == ["529", "429", "200"]


def test_attempts_that_nobody_answered_tell_why(api: MessagesServer, captured: Captured) -> None:
    async def main() -> None:
        async with async_client_of(api) as client:
            await client.messages.create(**ASK)

    for run in (lambda: client_of(api).messages.create(**ASK), lambda: asyncio.run(main())):
        api.script(HangUp(), Failure.server_error(), Reply())
        run()
    for call in captured.calls:
        assert call.attempt_statuses == ("connection_error", "500", "200")
        assert (call.outcome, call.http_status) == ("ok", 200)
        assert call.retry_wait_s is not None
        assert call.retry_wait_s > 0.3, "the wait after an attempt that was not answered counts too"


def test_a_time_out_that_was_tried_again_is_told(api: MessagesServer, captured: Captured) -> None:
    pause = Pause()
    api.script(Reply(pause=pause), Reply())
    client_of(api, timeout=0.2).messages.create(**ASK)
    pause.release()
    assert only_call(captured).attempt_statuses == ("client_timeout", "200")


def test_a_failed_call_tells_every_attempt(api: MessagesServer, captured: Captured) -> None:
    api.script(Failure.overloaded(), HangUp())
    with pytest.raises(anthropic.APIConnectionError):
        client_of(api, max_retries=1).messages.create(**ASK)
    call = only_call(captured)
    assert call.attempt_statuses == ("529", "connection_error")
    assert (call.attempts, call.failed_attempts) == (2, 2)


def test_the_share_of_failed_attempts_can_be_asked_for() -> None:
    (stat,) = (
        panel
        for group in GROUPS
        for panel in group.panels
        if isinstance(panel, Stat) and panel.id == "attempt_error_rate"
    )
    assert isinstance(stat.measure, Share)
    assert (stat.measure.part, stat.measure.whole) == (("failed_attempts",), ("attempts",))


def test_the_headroom_of_the_last_answer_is_told(api: MessagesServer, captured: Captured) -> None:
    limits = RateLimits()
    near = replace(limits, requests_remaining=limits.requests_limit // 10)
    api.script(replace(Failure.overloaded(), rate_limits=limits), Reply(rate_limits=near))
    client_of(api).messages.create(**ASK)
    call = only_call(captured)
    assert call.rate_limit == "requests"
    assert call.rate_limit_remaining_ratio == pytest.approx(0.1)
    assert captured.metric("claude_rate_limit_remaining_ratio", MODEL, "requests") == pytest.approx(0.1)
    assert (captured.spans[0].attributes or {})["kansoku.rate_limit.name"] == "requests"


def test_a_refused_call_tells_when_to_try_again(api: MessagesServer, captured: Captured) -> None:
    api.script(replace(Failure.rate_limited(), retry_after_s=7.0, retry_after_ms=None))
    with pytest.raises(anthropic.RateLimitError):
        client_of(api, max_retries=0).messages.create(**ASK)
    assert only_call(captured).retry_after_s == 7.0


def test_the_seam_says_that_it_is_whole(captured: Captured) -> None:
    state = seam.seam_state()
    assert (state.sdk_version, state.attached, state.problems) == (anthropic.__version__, True, ())
    assert captured.metric("kansoku_instrumented") == 1


def test_the_seam_says_that_it_is_not_attached() -> None:
    assert seam.seam_state().attached is False


def test_a_part_that_is_gone_is_named_and_the_metric_says_so(
    api: MessagesServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    def lacking(owner: type, name: str) -> bool:
        return name != "_iterator" or not owner.__name__.startswith("Async")

    monkeypatch.setattr(anatomy, "_has", lacking)
    with kansoku.testing.capture() as captured:
        assert seam.seam_state().problems == (
            "AsyncStream._iterator is gone: streams are recorded without usage",
        )
        assert captured.metric("kansoku_instrumented") == 0
        client_of(api).messages.create(**ASK)
        assert len(captured.calls) == 1


def test_a_library_that_wraps_the_seam_afterwards_keeps_its_wrapper(
    api: MessagesServer,
) -> None:
    bare = SyncAPIClient.request
    seen: list[str] = []
    with kansoku.testing.capture() as captured:
        ours = SyncAPIClient.request

        @wraps(ours)
        def theirs(client: SyncAPIClient, *args: object, **kwargs: object) -> object:
            seen.append("theirs")
            return ours(client, *args, **kwargs)  # pyright: ignore[reportCallIssue, reportArgumentType, reportUnknownVariableType]

        SyncAPIClient.request = theirs  # pyright: ignore[reportAttributeAccessIssue]
        assert seam.seam_state().attached
    try:
        assert SyncAPIClient.request is theirs
        with kansoku.testing.capture() as again:
            client_of(api).messages.create(**ASK)
            assert len(again.calls) == 1
        assert seen == ["theirs"]
        assert captured.calls == []
    finally:
        SyncAPIClient.request = bare


def broken(_: object) -> None:
    raise AttributeError


def test_a_broken_look_at_attempts_costs_the_attempts_and_not_the_call(
    api: MessagesServer, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.CRITICAL, logger="kansoku")
    with kansoku.testing.capture() as captured:
        client = client_of(api)
        monkeypatch.setattr(attempts, "hook", broken)
        client.messages.create(**ASK)
        (call,) = captured.calls
        assert (call.outcome, call.attempts, call.usage.output_tokens) == ("ok", None, 7)
        assert captured.metric("kansoku_internal_errors", "attempts") == 1


class Raced:
    """A lock that another thread has, for all it does with it, before the first who asks for it."""

    def __init__(self, race: Callable[[], None]) -> None:
        self._race: Callable[[], None] | None = race
        self._lock = threading.Lock()

    def __enter__(self) -> None:
        race, self._race = self._race, None
        if race is not None:
            thread = threading.Thread(target=race)
            thread.start()
            thread.join()
        self._lock.acquire()

    def __exit__(self, *_: object) -> None:
        self._lock.release()


def test_a_client_first_used_by_two_threads_at_once_counts_each_attempt_once(
    api: MessagesServer, captured: Captured, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = client_of(api)
    monkeypatch.setattr(attempts, "_hooking", Raced(lambda: attempts.hook(client)))
    client.messages.create(**ASK)
    assert only_call(captured).attempts == 1


def test_hooks_that_the_application_sets_between_calls_hide_no_attempt(
    api: MessagesServer, captured: Captured
) -> None:
    http = httpx2.Client()
    client = client_of(api, http_client=http)
    seen: list[str] = []

    def sent(request: httpx2.Request) -> None:
        seen.append(request.method)

    def answered(response: httpx2.Response) -> None:
        seen.append(str(response.status_code))

    client.messages.create(**ASK)
    http.event_hooks = {"request": [sent], "response": []}
    client.messages.create(**ASK)
    http.event_hooks["response"].append(answered)
    client.messages.create(**ASK)
    assert [call.attempts for call in captured.calls] == [1, 1, 1]
    assert seen == ["POST", "POST", "200"]
