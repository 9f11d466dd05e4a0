"""Every way out of an application, over real sockets and files: nothing planted comes out by any."""

import logging
import sys
import warnings
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import anthropic
import pytest
from opentelemetry import _logs as logs_api
from opentelemetry import metrics as metrics_api
from opentelemetry import trace as trace_api
from opentelemetry.exporter.otlp.proto.http._log_exporter import OTLPLogExporter
from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk._logs import LoggerProvider
from opentelemetry.sdk._logs.export import SimpleLogRecordProcessor
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import PeriodicExportingMetricReader
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor

import kansoku
import kansoku.testing
from kansoku.catalog.content import INPUT_MESSAGES, VARIABLE
from kansoku.instrument.assembly import Spans
from kansoku.record.observer import CallObserver
from kansoku.redact.redactor import FAILED, Redactor
from kansoku_demo.answers import Failure, Reply, ToolUse
from kansoku_demo.messages_server import MessagesServer
from tests.integration.otel import no_providers
from tests.integration.planted import EMAIL, FIELDS, MARKS, PASSWORD, SAID, Output, agent, leaks, page
from tests.integration.receiver import Receiver, receiving
from tests.integration.sdk import ASK, Sdk, client_of, close_clients
from tests.integration.test_metrics_workers import free_port

log = logging.getLogger("shop")
SIGNALS = ("traces", "logs", "metrics")


@pytest.fixture
def api() -> Iterator[MessagesServer]:
    with MessagesServer(run_id="w") as server:
        yield server
        close_clients()


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with no_providers(), receiving() as receiver:
        yield receiver
        kansoku.shutdown(1)


@pytest.fixture(autouse=True)
def content_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is said in calls is kept too."""
    monkeypatch.setenv(VARIABLE, "true")


def use(api: MessagesServer) -> None:
    """Says all that is planted, in every place where an application can say something."""
    with (
        suppress(RuntimeError),
        kansoku.task(f"answer {EMAIL}", feature=SAID, user_id=EMAIL, session_id=SAID, release=SAID) as task,
    ):
        task.set(attributes={"contact": SAID, "password": PASSWORD, "order": dict(FIELDS)})
        task.fail(SAID)
        answer = ask(api, client_of(api, max_retries=0))
        with suppress(ValueError), kansoku.tool_run(f"look up {EMAIL}"):
            int(SAID)
        kansoku.feedback(score=1, comment=SAID, call=answer)
        kansoku.evaluation(f"kind to {EMAIL}", label=EMAIL, explanation=SAID)
        raise RuntimeError(SAID)
    say()


def ask(api: MessagesServer, client: Sdk) -> object:
    """A call that is answered and one that is refused; gives the answer."""
    told: dict[str, Any] = {**ASK, "messages": [{"role": "user", "content": SAID}]}
    api.script(Reply(blocks=(ToolUse(f"tool_{EMAIL}", {"contact": SAID}),), model=EMAIL))
    api.script(Failure(status=400, type=f"error_{EMAIL}", message=SAID))
    answer = client.messages.create(**told)
    with pytest.raises(anthropic.BadRequestError, match="paid"):
        client.messages.create(**{**told, "model": SAID})
    return answer


def say() -> None:
    """Logs all that is planted, in every place of a log entry."""
    log.warning("paid: %s", SAID, extra=dict(FIELDS))
    log.getChild(EMAIL).error(SAID)
    log.info({"event": SAID, **FIELDS})
    warnings.warn(f"no {SAID}", stacklevel=1)
    try:
        failed()
    except ExceptionGroup:
        log.exception("failed for %s", EMAIL, stack_info=True)


def failed() -> None:
    """Raises a chain of exceptions, each of which says it."""
    try:
        int(SAID)
    except ValueError as inner:
        inner.add_note(SAID)
        raise ExceptionGroup(SAID, [KeyError(SAID)]) from inner


def sent(receiver: Receiver, output: Output) -> None:
    """What came over OTLP."""
    for signal in SIGNALS:
        for body in receiver.of(signal):
            output.add(signal, body)


@pytest.mark.filterwarnings("always:no ")
def test_kansokus_own_way_over_otlp_a_scrape_a_datadog_agent_and_log_lines(
    api: MessagesServer, receiver: Receiver, tmp_path: Path
) -> None:
    output, port, file = Output(), free_port(), tmp_path / "log"
    with agent() as datadog, file.open("w", encoding="utf-8") as stream:
        setup = kansoku.configure_logging("DEBUG", stream, service=f"shop of {EMAIL}", environment=SAID)
        kansoku.init(
            f"shop of {EMAIL}",
            environment=f"test {EMAIL}",
            release=SAID,
            attributes={"owner": SAID, "db.password": PASSWORD},
            endpoint=receiver.url,
            prometheus_port=port,
            dogstatsd=datadog.address,
            log_starts=True,
        )
        use(api)
        assert kansoku.flush(20)
        assert setup.flush()
        setup.undo()
        output.add("scrape", page(port))
        kansoku.shutdown()
        output.add("datadog", datadog.received())
    sent(receiver, output)
    output.add("lines", file.read_text())
    output.check()
    for way in ("traces", "logs", "lines"):
        assert [mark for mark in MARKS if mark not in output.ways[way]] == [], way
    assert "trace_id=" in output.ways["scrape"], "no exemplar was there to be looked at"
    assert {way for way, text in output.ways.items() if INPUT_MESSAGES in text} == {"traces"}
    for said in (
        "paid: <EMAIL>",
        "api_call_start",
        "ExceptionGroup",
        "test_ways_out.py",
        '"notes"',
        "warning",
    ):
        assert said in output.ways["lines"], said


@pytest.mark.filterwarnings("ignore:no ")
def test_the_console_way_of_log_lines(api: MessagesServer, receiver: Receiver, tmp_path: Path) -> None:
    output, file = Output(), tmp_path / "log"
    with file.open("w", encoding="utf-8") as stream:
        setup = kansoku.configure_logging("DEBUG", stream, console=True)
        kansoku.init("shop", endpoint=receiver.url)
        use(api)
        assert kansoku.flush(20)
        setup.undo()
    output.add("lines", file.read_text())
    output.check(*MARKS)


@pytest.mark.filterwarnings("ignore:no ")
def test_standard_output_where_the_environment_asks_for_the_console(
    api: MessagesServer,
    receiver: Receiver,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    for signal in SIGNALS:
        monkeypatch.setenv(f"OTEL_{signal.upper()}_EXPORTER", "console")
    kansoku.init("shop", environment=SAID, endpoint=receiver.url)
    use(api)
    assert kansoku.flush(20)
    kansoku.shutdown()
    output = Output()
    output.add("stdout", capfd.readouterr().out)
    output.check(*MARKS)


@pytest.mark.filterwarnings("ignore:no ")
@pytest.mark.parametrize("spans", ["kansoku", "native"])
def test_the_applications_own_providers(
    api: MessagesServer, receiver: Receiver, monkeypatch: pytest.MonkeyPatch, spans: Spans
) -> None:
    monkeypatch.setenv("ANTHROPIC_OPEN_TELEMETRY_TRACES_CONTENT_MODE", "content")
    tracers, loggers = TracerProvider(), LoggerProvider()
    tracers.add_span_processor(SimpleSpanProcessor(OTLPSpanExporter(f"{receiver.url}/v1/traces")))
    loggers.add_log_record_processor(SimpleLogRecordProcessor(OTLPLogExporter(f"{receiver.url}/v1/logs")))
    reader = PeriodicExportingMetricReader(OTLPMetricExporter(f"{receiver.url}/v1/metrics"))
    meters = MeterProvider([reader])
    trace_api.set_tracer_provider(tracers)
    logs_api.set_logger_provider(loggers)
    metrics_api.set_meter_provider(meters)
    kansoku.init("shop", spans=spans)
    use(api)
    assert kansoku.flush(20)
    kansoku.shutdown()
    for provider in (tracers, loggers, meters):
        provider.shutdown()
    output = Output()
    sent(receiver, output)
    output.check()
    assert {way for way, text in output.ways.items() if INPUT_MESSAGES in text} == {"traces"}
    if spans == "native" and hasattr(client_of(api), "_tracer"):
        names = [span.name for span in receiver.spans()]
        assert "anthropic.messages.create" in names
        assert "paid with <CREDIT_CARD>" in output.ways["traces"], "the SDK wrote no content"


@pytest.mark.filterwarnings("ignore:no ")
def test_what_tests_of_an_application_capture(api: MessagesServer) -> None:
    with kansoku.testing.capture(service=f"shop of {EMAIL}", content=True) as captured:
        use(api)
    output = Output()
    output.add("facts", repr(captured.facts))
    output.add("spans", "".join(span.to_json() for span in captured.spans))
    output.add("logs", repr(captured.logs))
    output.add("metrics", repr(captured.metrics))
    output.check()


def broken(text: str) -> list[tuple[int, int, str]]:
    """A recognizer that fails, and says why."""
    if text:
        raise RuntimeError(f"cannot look at {text}")
    return []


@pytest.mark.filterwarnings("ignore:no ")
def test_what_cannot_be_redacted_is_masked_counted_and_told_nowhere(
    api: MessagesServer, receiver: Receiver, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    output, port, file = Output(), free_port(), tmp_path / "log"
    with agent() as datadog, file.open("w", encoding="utf-8") as stream:
        plain = logging.StreamHandler(sys.stderr)
        logging.getLogger("kansoku").addHandler(plain)
        setup = kansoku.configure_logging("DEBUG", stream)
        kansoku.init(
            f"shop of {EMAIL}",
            environment=SAID,
            redactor=Redactor(recognizers=[broken]),
            endpoint=receiver.url,
            prometheus_port=port,
            dogstatsd=datadog.address,
            log_starts=True,
        )
        use(api)
        assert kansoku.flush(20)
        assert setup.flush()
        setup.undo()
        output.add("scrape", page(port))
        kansoku.shutdown()
        logging.getLogger("kansoku").removeHandler(plain)
        output.add("datadog", datadog.received())
    sent(receiver, output)
    output.add("lines", file.read_text())
    output.check(FAILED)
    for text in (*output.ways.values(), capfd.readouterr().err):
        assert "cannot look at" not in text
        assert leaks(text) == []
    counted = [line for line in output.ways["scrape"].splitlines() if 'where="redaction"' in line]
    assert float(counted[0].rpartition(" ")[2]) > 10


def test_a_fault_of_kansokus_own_says_nothing_that_the_application_said(
    api: MessagesServer, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fails(*_: object, **_named: object) -> None:
        raise RuntimeError(SAID)

    with kansoku.testing.capture() as captured:
        monkeypatch.setattr(CallObserver, "end", fails)
        client_of(api).messages.create(**ASK)
        assert captured.metrics["kansoku_internal_errors"] != {}
        monkeypatch.undo()
    told = [record.getMessage() for record in caplog.records if record.name == "kansoku"]
    assert any("RuntimeError: <EMAIL> paid with <CREDIT_CARD>" in each for each in told), told
    assert all(record.exc_info is None for record in caplog.records if record.name == "kansoku")
    assert leaks("".join(told)) == []
