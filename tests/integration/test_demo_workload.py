"""The demo workload: the real SDK against the local API, recorded by the real `kansoku`."""

from __future__ import annotations

import asyncio
import collections
import http.server
import signal
import subprocess
import sys
import textwrap
import threading
from typing import TYPE_CHECKING, TypeVar

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import ResourceSpans, Span, Status

from kansoku.record.facts import Evaluation, Feedback, TaskRun, ToolRun
from kansoku.testing import capture
from kansoku_demo import toolbox
from kansoku_demo.answers import Answer, Received
from kansoku_demo.features import FEATURES, UNKNOWN_MODEL, FeatureName, known_answers
from kansoku_demo.messages_server import MessagesServer
from kansoku_demo.plan import SeededPlan
from kansoku_demo.workload import Workload

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kansoku.record.facts import Call
    from kansoku.testing import Captured

F = TypeVar("F", TaskRun, ToolRun, Feedback, Evaluation)

SPEED = 100.0
REQUESTS = 700
MONDAY_10_IN_TOKYO = 1_795_395_600.0
NOBODY = "http://127.0.0.1:9"
EXIT_S = 60


class Enough:
    """A plan that answers by another plan, and tells when `REQUESTS` have come."""

    def __init__(self) -> None:
        self.reached = threading.Event()
        self._plan = SeededPlan(
            7, known_answers(), clock=lambda: MONDAY_10_IN_TOKYO, quiet_until_s=2e9, speed=SPEED
        )

    def __call__(self, request: Received) -> Answer:
        if request.number >= REQUESTS:
            self.reached.set()
        return self._plan(request)


async def drive(workload: Workload, enough: Enough) -> None:
    running = asyncio.create_task(workload.run())
    await asyncio.to_thread(enough.reached.wait, EXIT_S)
    workload.stop()
    await running
    await workload.settle(grace_s=30.0)
    await workload.close()


@pytest.fixture(scope="module")
def captured() -> Iterator[Captured]:
    """What `kansoku` recorded of some hundred visits."""
    enough = Enough()
    with capture() as captured, MessagesServer(enough, keep_requests=False) as server:
        workload = Workload(
            server.base_url,
            seed=7,
            rate=20.0,
            clock=lambda: MONDAY_10_IN_TOKYO,
            pause_s=(0.01, 0.05),
        )
        asyncio.run(drive(workload, enough))
        yield captured


def of_kind(captured: Captured, kind: type[F]) -> list[F]:
    return [fact for fact in captured.facts if isinstance(fact, kind)]


def chats(captured: Captured) -> list[Call]:
    return [call for call in captured.calls if call.operation == "chat"]


def test_nearly_all_calls_succeed_after_their_retries(captured: Captured) -> None:
    calls = chats(captured)
    good = sum(call.outcome == "ok" for call in calls) / len(calls)
    assert len(calls) > 600
    assert 0.985 < good < 1.0
    assert any((call.attempts or 1) > 1 and call.outcome == "ok" for call in calls)


def test_every_feature_is_used_by_users_in_sessions_with_its_own_models(captured: Captured) -> None:
    calls = chats(captured)
    assert {call.around.feature for call in calls} == set(FEATURES)
    assert len({call.around.user_id for call in calls}) > 25
    assert len({call.around.session_id for call in calls}) > 300
    for call in calls:
        assert call.request_model in FEATURES[feature_name(call)].models


def test_streams_and_whole_answers_tools_searches_and_thinking_are_all_met(
    captured: Captured,
) -> None:
    calls = chats(captured)
    assert 0.3 < sum(call.stream for call in calls) / len(calls) < 0.8
    assert all(call.ttft_s is not None for call in calls if call.stream and call.outcome == "ok")
    assert sum(call.usage.web_search_requests or 0 for call in calls) > 10
    assert sum(call.usage.thinking_tokens or 0 for call in calls) > 100
    assert {call.speed for call in calls} >= {"standard", "fast"}
    assert {call.inference_geo for call in calls} >= {"global", "us"}
    assert any(call.operation == "count_tokens" for call in captured.calls)


def test_more_than_half_of_the_prompt_tokens_come_from_the_cache(captured: Captured) -> None:
    usages = [call.usage for call in chats(captured) if call.outcome == "ok"]
    read = sum(usage.cache_read_tokens or 0 for usage in usages)
    uncached = sum(usage.input_tokens or 0 for usage in usages)
    written = sum(usage.cache_write_tokens or 0 for usage in usages)
    assert 0.5 < read / (read + uncached + written) < 0.72
    assert written > 0


def test_calls_are_priced_but_for_the_model_nobody_knows(captured: Captured) -> None:
    good = [call for call in chats(captured) if call.outcome == "ok"]
    unpriced = {call.request_model for call in good if call.cost.usd is None}
    assert unpriced <= {UNKNOWN_MODEL}
    assert any(call.request_model == UNKNOWN_MODEL for call in good)


def test_an_order_that_is_lost_and_a_file_that_is_not_there_are_failures_of_tools() -> None:
    with capture() as captured:
        with pytest.raises(toolbox.ToolFault, match="no answer for A-1057"):
            asyncio.run(toolbox.lookup_order("A-1057"))
        with pytest.raises(toolbox.ToolFault, match="no such file"):
            toolbox.read_file("shop/module_11.py")
        runs = of_kind(captured, ToolRun)
    assert [(run.tool, run.outcome, run.error_type) for run in runs] == [
        ("lookup_order", "error", "ToolFault"),
        ("read_file", "error", "ToolFault"),
    ]


def test_tools_mostly_succeed_and_take_time(captured: Captured) -> None:
    runs = of_kind(captured, ToolRun)
    assert {run.tool for run in runs} >= {"lookup_order", "search_handbook", "open_ticket"}
    assert sum(run.outcome == "ok" for run in runs) / len(runs) > 0.85  # that none failed is rare, not wrong
    assert all(run.duration_s >= 0.02 for run in runs if run.tool == "lookup_order")


def test_tasks_feedback_and_evaluations_come_at_healthy_rates(captured: Captured) -> None:
    tasks = collections.Counter(run.label for run in of_kind(captured, TaskRun))
    thumbs = collections.Counter(given.label for given in of_kind(captured, Feedback))
    labels = collections.Counter(given.label for given in of_kind(captured, Evaluation))
    assert 0.94 < tasks["completed"] / tasks.total() < 1.0
    assert 0.78 < thumbs["up"] / thumbs.total() < 0.98
    assert labels.total() > 20
    assert labels["hallucinated"] / labels.total() < 0.06


def test_feedback_and_evaluations_name_the_answer_or_the_task_they_judge(
    captured: Captured,
) -> None:
    answers = {call.response_id for call in captured.calls}
    tasks = {run.place.span_id for run in of_kind(captured, TaskRun)}
    for judged in (*of_kind(captured, Feedback), *of_kind(captured, Evaluation)):
        assert judged.response_id in answers or judged.place.span_id in tasks


def test_nothing_personal_of_the_comments_is_left_after_redaction(captured: Captured) -> None:
    said = " ".join(given.comment for given in of_kind(captured, Feedback))
    assert said.strip()
    for secret in ("example.com", "example.jp", "555", "090-1234", "4111"):
        assert secret not in said


def feature_name(call: Call) -> FeatureName:
    return next(name for name in FEATURES if name == call.around.feature)


class Receiver(http.server.ThreadingHTTPServer):
    """Takes OTLP, and keeps the spans."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), ReceiverRequest)
        self.spans: list[ResourceSpans] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    def all_spans(self) -> list[Span]:
        scopes = [scope for resource in self.spans for scope in resource.scope_spans]
        return [span for scope in scopes for span in scope.spans]


class ReceiverRequest(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        data = self.rfile.read(int(self.headers["content-length"]))
        assert isinstance(self.server, Receiver)
        if self.path == "/v1/traces":
            sent = ExportTraceServiceRequest.FromString(data)
            self.server.spans.extend(sent.resource_spans)
        self.send_response(200)
        self.send_header("content-type", "application/x-protobuf")
        self.send_header("content-length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name of the base class
        """Say nothing."""


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver() as receiver:
        threading.Thread(target=receiver.serve_forever, daemon=True).start()
        yield receiver
        receiver.shutdown()


def demo_command(endpoint: str, *more: str) -> tuple[str, ...]:
    return (sys.executable, "-m", "kansoku_demo", "--endpoint", endpoint, *more)


def start_demo(endpoint: str, *more: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        demo_command(endpoint, *more),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def test_a_demo_without_a_receiver_tells_so_once_and_goes_on() -> None:
    with start_demo(NOBODY) as demo:
        until_at_work(demo)
        assert demo.stdout is not None
        told = demo.stdout.readline()
        assert "does not reach http://127.0.0.1:9" in told
        demo.terminate()
        rest, _ = demo.communicate(timeout=EXIT_S)
    lost, ended = rest.splitlines()[:2]
    assert "did not go in time and are lost" in lost
    assert ended.startswith("demo workload: ended after")
    assert demo.returncode == 0


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_the_demo_in_order_and_nothing_recorded_is_lost(
    number: signal.Signals, receiver: Receiver
) -> None:
    with start_demo(receiver.url) as demo:
        until_at_work(demo)
        demo.send_signal(number)
        rest, _ = demo.communicate(timeout=EXIT_S)
    assert demo.returncode == 0
    assert "demo workload: ended after" in rest
    assert "Traceback" not in rest
    spans = receiver.all_spans()
    assert {"task triage_ticket", "task translate_text"} <= {span.name for span in spans}
    # What the demo breaks off at its end is not told as a failure.
    assert all(span.status.code != Status.STATUS_CODE_ERROR for span in spans)
    resource = {each.key: each.value for each in receiver.spans[0].resource.attributes}
    assert resource["kansoku.demo"].bool_value is True
    assert resource["deployment.environment.name"].string_value == "demo"


def test_the_end_of_standard_input_ends_the_demo_if_asked_for(receiver: Receiver) -> None:
    with start_demo(receiver.url, "--stop-when-stdin-closes") as demo:
        until_at_work(demo)
        rest, _ = demo.communicate(timeout=EXIT_S)  # closes its standard input
    assert demo.returncode == 0
    assert "demo workload: ended after" in rest


@pytest.mark.skipif(sys.platform == "win32", reason="the parent's id does not change there")
def test_the_death_of_the_parent_ends_the_demo(receiver: Receiver) -> None:
    parent = textwrap.dedent(f"""
        import subprocess, sys
        command = {demo_command(receiver.url)!r}
        demo = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=sys.stderr, text=True)
        demo.stdout.readline()
        print("at work", flush=True)
        sys.stdin.read()
    """)
    with subprocess.Popen(
        (sys.executable, "-c", parent),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        assert process.stdout.readline() == "at work\n"
        process.kill()
        # The demo holds the other end of this pipe: its end of file is the demo's exit.
        assert "Traceback" not in process.stderr.read()


def until_at_work(demo: subprocess.Popen[str]) -> None:
    assert demo.stdout is not None
    assert demo.stdout.readline() == "demo workload: not real traffic\n"


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("--endpoint", "127.0.0.1:4318"), "endpoint: '127.0.0.1:4318'"),
        (("--rate", "0"), "rate: '0' is not a number above 0"),
        (("--rate", "fast"), "rate: 'fast' is not a number above 0"),
    ],
)
def test_a_wrong_setting_is_named(
    arguments: tuple[str, str], told: str, capfd: pytest.CaptureFixture[str]
) -> None:
    done = subprocess.run(demo_command(NOBODY, *arguments), check=False, timeout=EXIT_S)
    assert done.returncode == 2
    assert told in capfd.readouterr().err
