"""The scrape page before a real Prometheus: every name is there, and exemplars lead to the call's trace."""

import json
import shutil
import socket
import subprocess
import threading
import time
import urllib.parse
import urllib.request
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any, get_args
from wsgiref.simple_server import WSGIRequestHandler, make_server

import pytest
import uvicorn
from prometheus_client.openmetrics.parser import (
    text_string_to_metric_families,  # pyright: ignore[reportUnknownVariableType]  half typed
)
from starlette.applications import Starlette
from starlette.routing import Mount

import kansoku
from kansoku.catalog.instruments import API_LATENCY, TTFT
from kansoku.catalog.losses import LOSSES, Place
from kansoku_demo.answers import Failure
from kansoku_demo.messages_server import MessagesServer
from tests.integration.sdk import ASK, client_of, close_clients
from tests.integration.test_metrics_workers import free_port

NAMES = {
    "claude_api_calls_total",
    "claude_api_errors_total",
    "claude_api_latency_seconds_bucket",
    "claude_active_streams",
    "claude_cost_usd_total",
    "claude_tokens_total",
    "claude_ttft_seconds_bucket",
    "claude_feedback_total",
    "claude_feedback_score_bucket",
}
_SETTLED_S = 60.0


@pytest.fixture
def port() -> Iterator[int]:
    """The scrape port of an application that made a stream and a failed call."""
    port = free_port()
    with MessagesServer(run_id="p") as api:
        kansoku.init("scraped", endpoint="http://127.0.0.1:9", prometheus_port=port)
        client = client_of(api, max_retries=0)
        with client.messages.create(**ASK, stream=True) as stream:
            for _ in stream:
                pass
        api.script(Failure.invalid_request("no"))
        with pytest.raises(Exception, match="no"):
            client.messages.create(**ASK)
        yield port
        kansoku.shutdown(0.1)
        close_clients()


def page(port: int, accept: str) -> str:
    request = urllib.request.Request(f"http://127.0.0.1:{port}/metrics", headers={"accept": accept})
    with urllib.request.urlopen(request, timeout=10) as answer:
        return answer.read().decode()


def test_openmetrics_has_the_latest_call_of_counters_and_buckets(port: int) -> None:
    text = page(port, "application/openmetrics-text; version=1.0.0")
    assert text.endswith("# EOF\n")
    samples = [
        (each.name, each.labels, each.exemplar)
        for family in text_string_to_metric_families(text)
        for each in family.samples
        if each.exemplar is not None
    ]
    for instrument in (API_LATENCY, TTFT):
        bounds = (*instrument.buckets, float("inf"))
        for name, labels, exemplar in samples:
            if name == f"{instrument.name}_bucket":
                assert float(labels["le"]) == next(le for le in bounds if exemplar.value <= le)
    found = {name: exemplar for name, _, exemplar in samples}
    assert set(found) == {
        "claude_api_latency_seconds_bucket",
        "claude_ttft_seconds_bucket",
        "claude_api_errors_total",
        "claude_cost_usd_total",
    }
    for exemplar in found.values():
        assert {name: len(value) for name, value in exemplar.labels.items()} == {
            "trace_id": 32,
            "span_id": 16,
        }
    assert found["claude_cost_usd_total"].labels == found["claude_ttft_seconds_bucket"].labels
    assert found["claude_api_errors_total"].labels != found["claude_cost_usd_total"].labels
    assert "trace_id" not in page(port, "text/plain")


@contextmanager
def mounted_wsgi() -> Generator[str]:
    """A WSGI application with the page mounted; gives the page's address."""
    metrics = kansoku.metrics_wsgi()

    def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        if environ["PATH_INFO"] == "/metrics":
            return metrics(environ, start_response)
        start_response("404 Not Found", [])
        return []

    with make_server("127.0.0.1", 0, application, handler_class=QuietHandler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/metrics"
        server.shutdown()
        thread.join()


class QuietHandler(WSGIRequestHandler):
    """Says nothing of its requests."""

    def log_message(self, *args: object) -> None:  # pyright: ignore[reportIncompatibleMethodOverride]
        del args


@contextmanager
def mounted_asgi() -> Generator[str]:
    """A Starlette application with the page mounted; gives the page's address."""
    application = Starlette(routes=[Mount("/metrics", kansoku.metrics_asgi())])
    server = uvicorn.Server(uvicorn.Config(application, log_level="warning", lifespan="off"))
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        thread = threading.Thread(target=server.run, args=([listening],))
        thread.start()
        yield f"http://127.0.0.1:{listening.getsockname()[1]}/metrics/"
        server.should_exit = True
        thread.join()


@pytest.mark.parametrize("mounted", [mounted_wsgi, mounted_asgi])
def test_a_mounted_page_gives_openmetrics_with_exemplars_to_whoever_asks_for_it(
    port: int, mounted: Callable[[], AbstractContextManager[str]]
) -> None:
    with mounted() as url:
        told = {
            accept: fetched(url, accept) for accept in ("application/openmetrics-text; version=1.0.0", "*/*")
        }
    (kind, text), (plain_kind, plain) = told.values()
    assert kind.startswith("application/openmetrics-text")
    assert plain_kind.startswith("text/plain")
    assert text.endswith("# EOF\n")
    of_port = page(port, "application/openmetrics-text; version=1.0.0")
    assert exemplars(text) == exemplars(of_port)
    assert len(exemplars(text)) == 4
    assert "trace_id" not in plain
    assert 'claude_api_calls_total{model="claude-sonnet-5-5",status="ok"} 1.0' in plain


def exemplars(text: str) -> dict[str, str]:
    """The trace of each sample that has one."""
    return {
        each.name: each.exemplar.labels["trace_id"]
        for family in text_string_to_metric_families(text)
        for each in family.samples
        if each.exemplar is not None
    }


def fetched(url: str, accept: str) -> tuple[str, str]:
    """The type and text of a page."""
    with urllib.request.urlopen(
        urllib.request.Request(url, headers={"accept": accept}), timeout=30
    ) as answer:
        return answer.headers["content-type"], answer.read().decode()


@pytest.mark.skipif(shutil.which("promtool") is None, reason="Debian's prometheus is not installed")
def test_half_a_character_in_a_name_breaks_neither_the_page_nor_what_comes_after(port: int) -> None:
    with kansoku.task("half \ud800"):
        pass
    with kansoku.task("whole"):
        pass
    seen = page(port, "text/plain")
    assert 'claude_tasks_total{outcome="completed",task="half ?"} 1.0' in seen
    assert 'claude_tasks_total{outcome="completed",task="whole"} 1.0' in seen


def test_losses_and_faults_begin_at_zero_so_that_a_first_burst_is_growth(port: int) -> None:
    told = page(port, "text/plain").splitlines()
    assert 'kansoku_dropped_total{pillar="facts",reason="queue full"} 0.0' in told
    for pillar, reason in LOSSES:
        assert sum(f'{{pillar="{pillar}",reason="{reason}"}}' in line for line in told) == 1
    for place in get_args(Place):
        assert f'kansoku_internal_errors_total{{where="{place}"}} 0.0' in told


def test_promtool_finds_nothing_to_mend(port: int) -> None:
    checked = subprocess.run(
        ["promtool", "check", "metrics"],
        input=page(port, "text/plain"),
        capture_output=True,
        text=True,
        check=False,
    )
    assert (checked.returncode, checked.stderr) == (0, "")


@pytest.mark.skipif(shutil.which("prometheus") is None, reason="Debian's prometheus is not installed")
def test_prometheus_stores_every_name_and_the_trace_of_the_call(port: int, tmp_path: Path) -> None:
    config = {
        "scrape_configs": [
            {
                "job_name": "app",
                "scrape_interval": "1s",
                "static_configs": [{"targets": [f"127.0.0.1:{port}"]}],
            }
        ]
    }
    (tmp_path / "prometheus.yml").write_text(json.dumps(config))
    listens = f"127.0.0.1:{free_port()}"
    with (tmp_path / "log").open("w") as said:
        process = subprocess.Popen(
            [
                "prometheus",
                f"--config.file={tmp_path / 'prometheus.yml'}",
                f"--storage.tsdb.path={tmp_path / 'data'}",
                f"--web.listen-address={listens}",
                "--enable-feature=exemplar-storage",
            ],
            stdout=said,
            stderr=said,
        )
    try:
        text = page(port, "application/openmetrics-text")
        (trace,) = {
            each.exemplar.labels["trace_id"]
            for family in text_string_to_metric_families(text)
            for each in family.samples
            if each.exemplar is not None and each.name == "claude_ttft_seconds_bucket"
        }
        assert trace in traces_until_there(listens, "claude_ttft_seconds_bucket")
        assert set(get(listens, "label/__name__/values", {})) >= NAMES
    finally:
        process.terminate()
        process.wait(20)


def traces_until_there(listens: str, name: str) -> set[str]:
    """The trace ids of the exemplars that Prometheus has of a metric, as soon as there are some."""
    deadline = time.monotonic() + _SETTLED_S
    asked = {"query": name, "start": str(time.time() - 600), "end": str(time.time() + 600)}
    while time.monotonic() < deadline:
        try:
            series: Any = get(listens, "query_exemplars", asked)
        except OSError:
            series = []
        found: set[str] = {str(each["labels"]["trace_id"]) for one in series for each in one["exemplars"]}
        if found:
            return found
        time.sleep(0.1)  # between two looks; what is waited for is the exemplar
    return set()


def get(listens: str, path: str, asked: dict[str, str]) -> Any:  # noqa: ANN401  JSON
    url = f"http://{listens}/api/v1/{path}?{urllib.parse.urlencode(asked)}"
    with urllib.request.urlopen(url, timeout=10) as answer:
        return json.load(answer)["data"]
