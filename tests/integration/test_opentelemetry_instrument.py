"""`opentelemetry-instrument python app.py`: an application without a line about Kansoku is recorded."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import kansoku
from kansoku.instrument.entry import KansokuInstrumentor
from kansoku.instrument.session import active
from kansoku_demo.messages_server import MessagesServer
from tests.integration.otel import no_providers
from tests.integration.receiver import Receiver, attributes_of, receiving
from tests.integration.scripts import ASKING, bin_of, run

MODEL = "claude-sonnet-5-5"


@pytest.fixture(scope="module")
def api() -> Iterator[MessagesServer]:
    with MessagesServer(run_id="x") as server:
        yield server


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as receiver:
        yield receiver


def instrumented(tmp_path: Path, script: str, api: MessagesServer, receiver: Receiver, **env: str) -> str:
    """Runs the script under auto-instrumentation; gives what it wrote to stderr."""
    app = tmp_path / "app.py"
    app.write_text(f"import sys\n{ASKING}\n{script}")
    done = run(
        bin_of("opentelemetry-instrument"),
        sys.executable,
        str(app),
        api.base_url,
        OTEL_EXPORTER_OTLP_ENDPOINT=receiver.url,
        OTEL_EXPORTER_OTLP_PROTOCOL="http/protobuf",
        **env,
    )
    return done.stderr


def test_an_untouched_application_is_recorded_once_through_the_providers_that_were_set_up(
    api: MessagesServer, receiver: Receiver, tmp_path: Path
) -> None:
    said = instrumented(tmp_path, "ask(sys.argv[1])", api, receiver, OTEL_SERVICE_NAME="shop")
    ((resource, span),) = receiver.spans_by()
    assert attributes_of(resource)["service.name"] == "shop"
    assert attributes_of(resource)["telemetry.auto.version"], (
        "the resource is that of the auto-instrumentation"
    )
    assert span.name == f"chat {MODEL}"
    assert attributes_of(span)["kansoku.outcome"] == "ok"
    assert [record.event_name for record in receiver.records()] == ["api_call_success"]
    assert receiver.totals("claude_api_calls")[(MODEL, "ok")] == 1
    assert "Traceback" not in said


def test_a_later_init_in_the_application_takes_over_and_nothing_doubles(
    api: MessagesServer, receiver: Receiver, tmp_path: Path
) -> None:
    with receiving() as own:
        script = f"""
ask(sys.argv[1])
import kansoku
kansoku.init("mine", endpoint={own.url!r})
ask(sys.argv[1])
"""
        instrumented(tmp_path, script, api, receiver, OTEL_SERVICE_NAME="shop")
        assert len(receiver.spans()) == 2
        assert len({span.span_id for span in receiver.spans()}) == 2
        ((resource, span),) = own.spans_by()
    assert attributes_of(resource)["service.name"] == "mine"
    assert span.span_id == receiver.spans()[1].span_id
    assert receiver.totals("claude_api_calls")[(MODEL, "ok")] == 2


def test_without_a_name_it_still_records_and_says_so(
    api: MessagesServer, receiver: Receiver, tmp_path: Path
) -> None:
    said = instrumented(tmp_path, "ask(sys.argv[1])", api, receiver)
    assert "OTEL_SERVICE_NAME" in said
    assert [span.name for span in receiver.spans()] == [f"chat {MODEL}"]


def test_it_can_be_switched_off_as_any_instrumentation(
    api: MessagesServer, receiver: Receiver, tmp_path: Path
) -> None:
    instrumented(
        tmp_path,
        "ask(sys.argv[1])",
        api,
        receiver,
        OTEL_SERVICE_NAME="shop",
        OTEL_PYTHON_DISABLED_INSTRUMENTATIONS="kansoku",
    )
    assert [attributes_of(span).get("kansoku.outcome") for span in receiver.spans()] in ([], [None])


def test_instrument_and_uninstrument_may_be_called_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    from anthropic._base_client import SyncAPIClient

    for signal in ("TRACES", "METRICS", "LOGS"):
        monkeypatch.setenv(f"OTEL_{signal}_EXPORTER", "none")
    monkeypatch.setenv("OTEL_SERVICE_NAME", "shop")
    original = SyncAPIClient.request
    instrumentor = KansokuInstrumentor()
    with no_providers():
        for _ in range(2):
            instrumentor.instrument()
            begun = active()
            instrumentor.instrument()
            assert active() is begun is not None
            assert SyncAPIClient.request is not original
            instrumentor.uninstrument()
            instrumentor.uninstrument()
            assert active() is None
            assert SyncAPIClient.request is original


def test_what_the_application_began_is_neither_replaced_nor_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    for signal in ("TRACES", "METRICS", "LOGS"):
        monkeypatch.setenv(f"OTEL_{signal}_EXPORTER", "none")
    instrumentor = KansokuInstrumentor()
    with no_providers():
        kansoku.init("mine")
        theirs = active()
        instrumentor.instrument()
        assert active() is theirs
        instrumentor.uninstrument()
        assert active() is theirs
        kansoku.shutdown()
        instrumentor.instrument()
        kansoku.init("mine")
        instrumentor.uninstrument()
        assert active() is not None
        kansoku.shutdown()
