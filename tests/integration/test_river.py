"""From real calls of the real SDK, over sockets, to the answer whether it works."""

import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import anthropic
import pytest

import kansoku
from kansoku_demo.answers import ErrorEvent, Failure, Reply, ToolUse, Usage
from kansoku_demo.messages_server import MessagesServer
from tests.servers import RunningServer, running
from tests.servers import kansoku as command

ASK: dict[str, Any] = {
    "model": "claude-sonnet-5-5",
    "max_tokens": 64,
    "messages": [{"role": "user", "content": "Where is my order?"}],
}
USAGE = Usage(input_tokens=100, cache_read_tokens=300, cache_write_1h_tokens=100, output_tokens=50)


@pytest.fixture
def api() -> Iterator[MessagesServer]:
    with MessagesServer(run_id="river") as server:
        yield server


@pytest.fixture
def app(server: RunningServer) -> Iterator[RunningServer]:
    kansoku.init(service="support-bot", environment="test", release="1.2.3", endpoint=server.url)
    yield server
    kansoku.shutdown()


@kansoku.tool
def lookup_order(number: str) -> str:
    if number != "42":
        raise LookupError(number)
    return "on its way"


def use(api: MessagesServer) -> None:
    """Ten ended calls, two of them failed, one for an unknown model, with all that goes with them."""
    with anthropic.Anthropic(base_url=api.base_url, api_key="local", max_retries=1) as client:
        use_client(api, client)
    kansoku.flush()


def use_client(api: MessagesServer, client: anthropic.Anthropic) -> None:
    """The calls themselves."""
    with kansoku.task("answer_ticket", user_id="u-17", session_id="s-9"):
        api.script(*([Reply(usage=USAGE)] * 6))
        answers: list[Any] = [client.messages.create(**ASK) for _ in range(6)]
        answer = answers[-1]
        api.script(Reply(usage=USAGE, blocks=(ToolUse("lookup_order", {"number": "42"}),)))
        with client.messages.stream(**ASK) as stream:
            stream.get_final_message()
        assert lookup_order("42") == "on its way"
        kansoku.feedback("up", comment="write to hanako@example.co.jp", call=answer)
        kansoku.evaluation("hallucination", label="grounded", call=answer)
    with pytest.raises(LookupError), kansoku.task("answer_ticket", user_id="u-18"):
        lookup_order("43")
    api.script(Failure.overloaded(), Failure.overloaded())
    with pytest.raises(anthropic.APIStatusError):
        client.messages.create(**ASK)
    api.script(Reply(usage=USAGE, ending=ErrorEvent(type="api_error", after=3)))
    cut: Any = client.messages.create(**ASK, stream=True)
    with pytest.raises(anthropic.APIStatusError):
        list(cut)
    api.script(Reply(usage=USAGE, model="claude-of-tomorrow"))
    tomorrow: dict[str, Any] = {**ASK, "model": "claude-of-tomorrow"}
    client.messages.create(**tomorrow)


def test_every_indicator_says_what_happened(app: RunningServer, api: MessagesServer) -> None:
    use(api)
    stored = app.query_until("SELECT count() FROM calls", lambda rows: rows == [[10]])
    assert stored == [[10]]
    app.query_until("SELECT count() FROM outcomes", lambda rows: rows == [[4]])

    status = app.get("api/status?window=15m")
    found = {each["name"]: (each["value"], each["n"]) for each in status["indicators"]}

    assert found["availability"] == (0.8, 10)
    assert found["error_rate"] == (pytest.approx(0.2), 10)
    assert found["task_completion_rate"] == (0.5, 2)
    assert found["hallucination_rate"] == (0.0, 1)
    assert found["user_satisfaction"] == (1.0, 1)
    assert found["cache_hit_rate"][0] == pytest.approx(0.6, abs=0.01)
    assert found["tokens_per_request"] == (550.0, 8)
    assert found["cost_per_request_usd"][1] == 7
    assert found["cost_per_request_usd"][0] == pytest.approx(found["cost_daily_total_usd"][0] / 7)
    assert found["ttft_p95"][1] == 1
    assert 0 < found["latency_p50"][0] <= found["latency_p95"][0] <= found["latency_p99"][0]
    assert status["demo"] is False


def test_what_is_stored_is_what_was_called(app: RunningServer, api: MessagesServer) -> None:
    use(api)
    app.query_until("SELECT count() FROM calls", lambda rows: rows == [[10]])
    rows = app.query(
        "SELECT outcome, error_type, http_status, attempts, stream, request_model, unpriced_reason "
        "FROM calls ORDER BY time"
    )
    ok = ["ok", "", 200, 1, False, "claude-sonnet-5-5", ""]
    assert rows == [
        *([ok] * 6),
        ["ok", "", 200, 1, True, "claude-sonnet-5-5", ""],
        ["error", "overloaded_error", 529, 2, False, "claude-sonnet-5-5", ""],
        ["error", "api_error", 200, 1, True, "claude-sonnet-5-5", "tokens unknown"],
        ["ok", "", 200, 1, False, "claude-of-tomorrow", "unknown model"],
    ]
    tokens = app.query(
        "SELECT DISTINCT input_tokens, cache_read_tokens, cache_write_tokens, cache_write_1h_tokens, "
        "output_tokens, service, environment, release, feature, user_id, session_id "
        "FROM calls WHERE outcome = 'ok' AND task != ''"
    )
    people = ["support-bot", "test", "1.2.3", "answer_ticket", "u-17", "s-9"]
    assert tokens == [[100, 300, 100, 100, 50, *people]]
    tools = app.query_until(
        "SELECT tool, outcome, error_type FROM tool_calls ORDER BY time", lambda rows: len(rows) == 2
    )
    assert tools == [
        ["lookup_order", "ok", ""],
        ["lookup_order", "error", "LookupError"],
    ]
    feedback = app.query_until(
        "SELECT comment, feature FROM outcomes WHERE kind = 'feedback'", lambda rows: len(rows) > 0
    )
    assert feedback == [["write to <EMAIL>", "answer_ticket"]]


def test_metrics_and_logs_arrive_too(app: RunningServer, api: MessagesServer) -> None:
    use(api)
    counted = app.query_until(
        "SELECT toFloat64(sum(v)) FROM (SELECT argMax(Value, TimeUnix) v FROM otel_metrics_sum "
        "WHERE MetricName = 'claude_api_calls' GROUP BY Attributes)",
        lambda rows: rows == [[10.0]],
    )
    assert counted == [[10.0]]
    histograms = app.query_until(
        "SELECT DISTINCT MetricName FROM otel_metrics_histogram ORDER BY 1", lambda rows: len(rows) > 0
    )
    assert ["claude_api_latency_seconds"] in histograms
    assert ["gen_ai.client.operation.duration"] in histograms
    events = app.query_until(
        "SELECT EventName, count() FROM otel_logs GROUP BY 1 ORDER BY 1",
        lambda rows: ["api_call_success", 8] in rows,
    )
    assert ["api_call_error", 2] in events
    assert ["api_call_success", 8] in events
    aside = app.get("api/honesty")
    assert (aside["segments_set_aside"], aside["rejected_requests"]) == (0, 0)


def test_a_restart_keeps_everything(tmp_path: Path, api: MessagesServer) -> None:
    with running(tmp_path / "data") as first:
        kansoku.init(service="support-bot", endpoint=first.url)
        use(api)
        kansoku.shutdown()
        assert first.stop() == 0
        assert first.said[-1] == "Stopped; everything acknowledged is on disk."
    with running(tmp_path / "data") as second:
        rows = second.query_until("SELECT count(), uniq(span_id) FROM calls", lambda rows: rows[0][0] == 10)
        assert rows == [[10, 10]]


def test_the_command_line_answers_by_sentence_and_exit_status(
    app: RunningServer, api: MessagesServer
) -> None:
    empty = subprocess.run(command("status", "--url", app.url), capture_output=True, text=True, check=False)
    assert empty.returncode == 3
    assert empty.stdout.startswith("NO DATA")

    use(api)
    app.query_until("SELECT count() FROM calls", lambda rows: rows == [[10]])
    asked = subprocess.run(
        command("query", "--url", app.url, "--format", "json", "SELECT count() AS n FROM calls"),
        capture_output=True,
        text=True,
        check=True,
    )
    assert '"n": 10' in asked.stdout
    status = subprocess.run(command("status", "--url", app.url), capture_output=True, text=True, check=False)
    assert status.returncode == 0, status.stdout  # ten calls are too few to call it degraded
    assert status.stdout.startswith("WORKING: 80.0 % of 10 calls succeeded")


def test_a_server_killed_while_it_starts_leaves_the_data_folder_free(tmp_path: Path) -> None:
    """The store process of a server that is gone must not keep the database from the next."""
    data = tmp_path / "data"
    starting = subprocess.Popen(
        command("up", "--port", "0", "--grpc-port", "0", "--data-dir", str(data)), stdout=subprocess.DEVNULL
    )
    lock = data / "store" / "kansoku.lock"
    deadline = time.monotonic() + 30
    while not lock.exists() and time.monotonic() < deadline:
        time.sleep(0.01)  # between two looks: the store process has just begun to open the database
    starting.kill()
    starting.wait()
    with running(data) as next_one:
        assert next_one.query("SELECT count() FROM calls") == [[0]]


def test_a_taken_port_says_which_and_how_to_change_it(server: RunningServer, tmp_path: Path) -> None:
    port = server.url.rpartition(":")[2]
    second = subprocess.run(
        command("up", "--port", port, "--grpc-port", "0", "--data-dir", str(tmp_path / "other")),
        capture_output=True,
        text=True,
        check=False,
    )
    assert second.returncode == 1
    assert f"port {port} on 127.0.0.1 is taken" in second.stderr
    assert "--port" in second.stderr


def test_an_address_that_others_reach_needs_a_word(tmp_path: Path) -> None:
    refused = subprocess.run(
        command("up", "--host", "0.0.0.0", "--port", "0", "--data-dir", str(tmp_path)),
        capture_output=True,
        text=True,
        check=False,
    )
    assert refused.returncode == 1
    assert "--no-auth" in refused.stderr


def test_a_data_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder")
    refused = subprocess.run(
        command("up", "--port", "0", "--grpc-port", "0", "--data-dir", str(tmp_path / "file" / "data")),
        capture_output=True,
        text=True,
        check=False,
    )
    assert refused.returncode == 1
    assert "--data-dir" in refused.stderr


def test_the_demo_gives_every_indicator_data_within_a_minute(tmp_path: Path) -> None:
    with running(tmp_path / "data", "--demo") as server:
        server.query_until(
            "SELECT uniq(kind), countIf(kind = 'evaluation') FROM outcomes",
            lambda rows: rows[0][0] == 3 and rows[0][1] > 0,
        )
        server.query_until("SELECT count() FROM tool_calls", lambda rows: rows[0][0] > 0)
        status = server.get("api/status?window=15m")
        assert status["demo"] is True
        assert [each["name"] for each in status["indicators"] if each["value"] is None] == []
        assert any("demo" in line for line in server.said)
        assert server.stop() == 0
