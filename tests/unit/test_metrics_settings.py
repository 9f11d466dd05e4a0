"""What metrics are told by arguments and variables, and what they say to what they cannot use."""

import logging
import socket
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

import kansoku
from kansoku.catalog.instruments import COST
from kansoku.emit.cells import Cells, Number
from kansoku.emit.dogstatsd import Address
from kansoku.emit.shared_cells import SharedCells
from kansoku.errors import SettingError
from kansoku.instrument.metering import dogstatsd_address, max_series_of, temporality_of
from kansoku.instrument.session import active
from tests.integration.test_metrics_workers import free_port

TEMPORALITY = "OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE"


@pytest.fixture(autouse=True)
def unset(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (
        TEMPORALITY,
        "KANSOKU_MAX_SERIES",
        "DD_DOGSTATSD_URL",
        "DD_AGENT_HOST",
        "DD_DOGSTATSD_PORT",
    ):
        monkeypatch.delenv(name, raising=False)


@pytest.mark.parametrize(
    ("given", "variable", "found"),
    [
        (None, "", "cumulative"),
        (None, "Delta", "delta"),
        (None, "lowmemory", "delta"),
        ("cumulative", "delta", "cumulative"),
        ("delta", "", "delta"),
    ],
)
def test_temporality_is_the_argument_then_the_variable(
    monkeypatch: pytest.MonkeyPatch, given: str | None, variable: str, found: str
) -> None:
    monkeypatch.setenv(TEMPORALITY, variable)
    assert temporality_of(given) == found


def test_a_variable_of_another_program_that_is_wrong_is_logged_and_stops_nothing(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv(TEMPORALITY, "sometimes")
    with caplog.at_level(logging.WARNING, "kansoku"):
        assert temporality_of(None) == "cumulative"
    assert f"{TEMPORALITY}: 'sometimes' is unknown" in caplog.text


def test_max_series_is_the_argument_then_the_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    assert max_series_of(None) is None
    monkeypatch.setenv("KANSOKU_MAX_SERIES", "50")
    assert (max_series_of(None), max_series_of(7)) == (50, 7)


@pytest.mark.parametrize("told", ["0", "-1", "many", "1.5", " "])
def test_a_number_of_series_that_is_none_is_refused(monkeypatch: pytest.MonkeyPatch, told: str) -> None:
    monkeypatch.setenv("KANSOKU_MAX_SERIES", told)
    with pytest.raises(SettingError, match=r"max_series: .* is no number of series above 0"):
        max_series_of(None)


@pytest.mark.parametrize(
    ("variables", "found"),
    [
        ({}, Address("127.0.0.1", 8125)),
        ({"DD_AGENT_HOST": "agent"}, Address("agent", 8125)),
        ({"DD_AGENT_HOST": "agent", "DD_DOGSTATSD_PORT": "8126"}, Address("agent", 8126)),
        ({"DD_DOGSTATSD_URL": "unix:///d.sock", "DD_AGENT_HOST": "agent"}, Address(path="/d.sock")),
        ({"DD_DOGSTATSD_URL": "udp://other:9000"}, Address("other", 9000)),
    ],
)
def test_true_takes_the_agents_address_from_datadogs_variables(
    monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], found: Address
) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert dogstatsd_address(True) == found
    assert dogstatsd_address(None) is None
    assert dogstatsd_address(False) is None


@pytest.mark.parametrize("port", ["http", "-1", "70000"])
def test_a_variable_that_makes_no_address_is_refused_with_one_that_would_do(
    monkeypatch: pytest.MonkeyPatch, port: str
) -> None:
    monkeypatch.setenv("DD_DOGSTATSD_PORT", port)
    with pytest.raises(SettingError, match=r"dogstatsd: .*give one like 127\.0\.0\.1:8125"):
        dogstatsd_address(True)


@pytest.mark.parametrize(
    ("begin", "sentence"),
    [
        (lambda: kansoku.init("s", temporality="weekly"), "temporality: 'weekly' is none of cumulative"),
        (lambda: kansoku.init("s", max_series=0), "max_series: '0' is no number"),
        (lambda: kansoku.init("s", dogstatsd="tcp://a:1"), "dogstatsd: 'tcp://a:1'"),
        (lambda: kansoku.init("s", dogstatsd="tcp://user:word@a:1"), "dogstatsd: 'tcp://a:1'"),
    ],
)
def test_a_wrong_argument_leaves_the_session_in_force_as_it_is(
    begin: Callable[[], None], sentence: str
) -> None:
    kansoku.init("before", endpoint="http://127.0.0.1:9")
    before = active()
    try:
        with pytest.raises(SettingError, match=sentence):
            begin()
        assert active() is before
        assert before is not None
    finally:
        kansoku.shutdown(0.1)


def test_the_agent_named_by_the_variables_is_sent_the_packets(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as agent:
        agent.bind(("127.0.0.1", 0))
        agent.settimeout(30)
        monkeypatch.setenv("DD_AGENT_HOST", "127.0.0.1")
        monkeypatch.setenv("DD_DOGSTATSD_PORT", str(agent.getsockname()[1]))
        kansoku.init(
            "shop",
            environment="prod",
            release="2",
            endpoint="http://127.0.0.1:9",
            dogstatsd=True,
            max_series=9,
        )
        try:
            kansoku.feedback("up", call="msg_1")
            assert agent.recv(65_535) == b"claude.feedback:1|c|#rating:up,service:shop,env:prod,version:2"
            session = active()
            assert session is not None
            assert session.cells.max_series == 9
        finally:
            kansoku.shutdown(0.1)


def test_a_worker_whose_siblings_kept_it_waiting_at_its_start_still_shows_everyones_numbers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def busy(path: Path) -> AbstractContextManager[None]:
        raise TimeoutError(f"{path} is locked by another process")

    with monkeypatch.context() as meanwhile:
        meanwhile.setattr("kansoku.emit.shared_cells.alone", busy)
        kansoku.init(
            "shop", endpoint="http://127.0.0.1:9", prometheus_port=free_port(), metrics_dir=str(tmp_path)
        )
    try:
        session = active()
        assert session is not None
        assert session.shared is not None
        sibling = Cells([COST])
        sibling.add(COST, 3, "m")
        SharedCells(session.shared.folder, sibling).publish()
        assert session.shared.state()[COST][("m",)] == Number(3)
    finally:
        kansoku.shutdown(0.1)
