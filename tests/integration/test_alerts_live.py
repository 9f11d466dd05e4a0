"""The whole way of an alert: an application's calls, Prometheus, Alertmanager, a message to a webhook."""

import json
import queue
import re
import shutil
import subprocess
import threading
from collections.abc import Generator, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import anthropic
import pytest

import kansoku
from kansoku.catalog.alert_pack import FOUR, alerts
from kansoku.catalog.alerts import Alert, Compare, Every
from kansoku.publish import grafana
from kansoku.publish.alertmanager import CONFIG, files
from kansoku.publish.prometheus import rules
from kansoku_demo.answers import Answer, Failure, Received
from kansoku_demo.messages_server import MessagesServer, hello
from tests.conformance.history import free_port, running, until_ready
from tests.integration.sdk import ASK, client_of, close_clients
from tests.integration.test_metrics_prometheus import page

BINARIES = ("prometheus", "prometheus-alertmanager")
MISSING = [name for name in BINARIES if shutil.which(name) is None]
if MISSING:
    pytest.skip(f"not installed: {', '.join(MISSING)}", allow_module_level=True)

FASTER = 100
"""So much shorter are the alert's windows here: five minutes are three seconds, of three scrapes."""
_TOLD_S = 30.0

Told = dict[str, Any]


class Application:
    """Calls an API without a break, which answers or fails as it is told."""

    def __init__(self, api: MessagesServer) -> None:
        self._client = client_of(api, max_retries=0)
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._call)
        self._thread.start()

    def _call(self) -> None:
        while not self._ended.wait(0.05):  # twenty calls a second: the alert wants twenty in three
            with suppress(anthropic.APIStatusError):
                self._client.messages.create(**ASK)

    def end(self) -> None:
        self._ended.set()
        self._thread.join()


class Api:
    """A Messages API that is overloaded or not."""

    def __init__(self) -> None:
        self.overloaded = False

    def answer(self, received: Received) -> Answer:
        return Failure.overloaded() if self.overloaded else hello(received)


@contextmanager
def webhook() -> Generator[tuple[str, queue.Queue[Told]]]:
    """An address, and what Alertmanager tells it."""
    told: queue.Queue[Told] = queue.Queue()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            told.put(json.loads(self.rfile.read(int(self.headers["content-length"]))))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *args: object) -> None:  # pyright: ignore[reportIncompatibleMethodOverride]
            del args

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/", told
    server.shutdown()
    thread.join()
    server.server_close()


def faster(alert: Alert) -> Alert:
    """The alert with its times divided, its bounds as they are."""

    def shortened(test: Compare) -> Compare:
        return replace(test, signal=replace(test.signal, window_s=test.signal.window_s // FASTER))

    assert isinstance(alert.test, Every)
    tests = tuple(shortened(one) for one in alert.test.tests if isinstance(one, Compare))
    assert len(tests) == len(alert.test.tests)
    return replace(alert, test=Every(tests), for_s=alert.for_s // FASTER)


@contextmanager
def alertmanager(folder: Path, url: str) -> Generator[str]:
    """The address of an Alertmanager with the published configuration, faster, whose pages go to the URL."""
    for name, text in files(alerts(), "en").items():
        (folder / name).write_text(text, encoding="utf-8")
    config = (folder / CONFIG).read_text(encoding="utf-8")
    place = "  - name: kansoku-page\n"
    assert place in config
    config = config.replace(place, f"{place}    webhook_configs: [{{url: '{url}', send_resolved: true}}]\n")
    config = re.sub(r"(group_wait|group_interval): \w+", r"\1: 1s", config)
    (folder / CONFIG).write_text(config, encoding="utf-8")
    address = f"127.0.0.1:{free_port()}"
    command = ["prometheus-alertmanager", f"--config.file={CONFIG}", "--storage.path=alerts",
               f"--web.listen-address={address}", "--cluster.listen-address="]  # fmt: skip
    with (folder / "alertmanager.log").open("w") as said:
        process = subprocess.Popen(command, cwd=folder, stdout=said, stderr=said)
    try:
        until_ready(f"http://{address}/-/ready", process)
        yield address
    finally:
        process.terminate()
        process.wait(20)


@contextmanager
def prometheus(folder: Path, scraped: int, told: str) -> Generator[str]:
    """A Prometheus with the published rule, faster, that scrapes the port and tells the Alertmanager."""
    (four,) = (alert for alert in FOUR if alert.name == "HighErrorRate")
    text = re.sub(r"interval: \w+", "interval: 1s", rules([faster(four)]))
    (folder / "kansoku.rules.yaml").write_text(text, encoding="utf-8")
    config = {
        "global": {"scrape_interval": "1s", "evaluation_interval": "1s"},
        "rule_files": ["kansoku.rules.yaml"],
        "alerting": {"alertmanagers": [{"static_configs": [{"targets": [told]}]}]},
        "scrape_configs": [{"job_name": "shop", "static_configs": [{"targets": [f"127.0.0.1:{scraped}"]}]}],
    }
    (folder / "prometheus.yml").write_text(json.dumps(config), encoding="utf-8")
    with running(folder, ("--rules.alert.resend-delay=1s",)) as address:
        yield address


@pytest.fixture
def api() -> Api:
    return Api()


@pytest.fixture
def scraped(api: Api) -> Iterator[int]:
    """The scrape port of an application that calls the API."""
    port = free_port()
    with MessagesServer(api.answer, run_id="live") as messages:
        kansoku.init("shop", endpoint="http://127.0.0.1:9", prometheus_port=port)
        application = Application(messages)
        yield port
        application.end()
        kansoku.shutdown(0.1)
        close_clients()


def test_an_overloaded_api_is_told_and_so_is_its_end(api: Api, scraped: int, tmp_path: Path) -> None:
    with (
        webhook() as (url, told),
        alertmanager(tmp_path, url) as alerted,
        prometheus(tmp_path, scraped, alerted),
    ):
        api.overloaded = True
        firing = told.get(timeout=_TOLD_S)
        api.overloaded = False
        ended = told.get(timeout=_TOLD_S)
        while ended["status"] != "resolved":
            ended = told.get(timeout=_TOLD_S)
    assert firing["status"] == "firing"
    assert firing["receiver"] == "kansoku-page"
    (alert,) = firing["alerts"]
    assert alert["labels"] == {
        "alertname": "HighErrorRate",
        "group": "availability",
        "job": "shop",
        "severity": "page",
    }
    (known,) = (one for one in FOUR if one.name == "HighErrorRate")
    assert alert["annotations"]["summary_ja"] == f"{known.title.ja}: shop"
    assert re.fullmatch(r"[0-9.]+%", alert["annotations"]["value"])
    (alert,) = ended["alerts"]
    assert alert["annotations"]["action"] == known.todo.en


def test_each_name_that_is_published_is_one_that_a_scrape_shows(scraped: int) -> None:
    shown = set(re.findall(r"^# TYPE (\S+)", page(scraped, "text/plain"), re.MULTILINE))
    asked = rules(alerts()) + "".join(grafana.files(["en"]).values())
    used = {
        re.sub(r"_(bucket|count|sum)$", "", name)
        for name in re.findall(r"\b((?:claude|kansoku)_\w+)[{\[]", asked)
    }
    assert len(used) > 10
    assert used <= shown
