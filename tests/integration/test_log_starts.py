"""A call that begins is logged, if that is asked for."""

import json
import logging
import threading

import anthropic
import httpx2
import pytest

import kansoku.testing
from kansoku.instrument.call_starts import starts_logged
from kansoku.record.facts import NOWHERE
from kansoku.record.observer import Began

ANSWER: dict[str, object] = {
    "id": "msg_1",
    "type": "message",
    "role": "assistant",
    "model": "claude-sonnet-5-5",
    "content": [],
    "stop_reason": "end_turn",
    "stop_sequence": None,
    "usage": {"input_tokens": 1, "output_tokens": 1},
}


@pytest.mark.parametrize("asked", [True, False])
def test_a_call_has_a_start_line_of_its_own_span_only_if_asked(
    asked: bool, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "kansoku.calls")
    transport = httpx2.MockTransport(lambda _: httpx2.Response(200, json=ANSWER))
    with (
        kansoku.testing.capture() as captured,
        httpx2.Client(transport=transport) as http,
        anthropic.Anthropic(api_key="k", http_client=http) as client,
    ):
        if asked:
            captured.session.started = starts_logged(captured.session)
        with kansoku.task("answer", user_id="a@b.com"):
            client.messages.create(
                model="claude-sonnet-5-5", max_tokens=9, messages=[{"role": "user", "content": "x"}]
            )
        (call,) = captured.calls
    said = [json.loads(each.getMessage()) for each in caplog.records if each.name == "kansoku.calls"]
    starts = [each for each in said if each["event"] == "api_call_start"]
    assert [each["event"] for each in said] == ["api_call_start"] * asked + ["api_call_success", "task"]
    for each in starts:
        assert each["span_id"] == format(call.place.span_id, "016x")
        assert each["user_id"] == "<EMAIL>"


def test_the_thread_that_calls_does_not_make_the_start_line() -> None:
    threads: list[str] = []
    logged = threading.Event()

    class Noting(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            threads.append(record.threadName or "")
            logged.set()

    noting, lines = Noting(), logging.getLogger("kansoku.calls")
    before = lines.level
    lines.addHandler(noting)
    lines.setLevel(logging.INFO)
    try:
        with kansoku.testing.capture() as captured:
            session = captured.session
            starts_logged(session)(
                Began(
                    session.place(),
                    "chat",
                    "anthropic",
                    "m",
                    stream=False,
                    around=NOWHERE,
                    unix_ns=1,
                    clock_s=0,
                )
            )
            assert logged.wait(10)
            assert captured.facts == []
    finally:
        lines.removeHandler(noting)
        lines.setLevel(before)
    assert threads == ["kansoku-worker"]
