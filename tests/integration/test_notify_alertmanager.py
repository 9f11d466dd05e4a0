"""Alarms forwarded to a real Alertmanager: they arrive, are sent again, and end with their annotations."""

from __future__ import annotations

import json
import shutil
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from kansoku.judge.notice import Cause
from kansoku.notify.delivery import Delivery
from kansoku.notify.outbox import FILE, Outbox
from kansoku.notify.queue import Queue
from tests.alarms import Listener, notice, settings, told
from tests.conformance.history import free_port, until_ready

PROGRAM = "prometheus-alertmanager"
if shutil.which(PROGRAM) is None:
    pytest.skip(f"not installed: {PROGRAM}", allow_module_level=True)

_TOLD_S = 30.0
_CONFIG = """
route: {{receiver: us, group_by: [alertname], group_wait: 1s, group_interval: 1s}}
receivers: [{{name: us, webhook_configs: [{{url: '{url}', send_resolved: true}}]}}]
"""


@pytest.fixture
def receiver() -> Iterator[Listener]:
    listener = Listener()
    yield listener
    listener.close()


@pytest.fixture
def alertmanager(tmp_path: Path, receiver: Listener) -> Iterator[str]:
    (tmp_path / "am.yml").write_text(_CONFIG.format(url=receiver.url))
    address = f"127.0.0.1:{free_port()}"
    command = [PROGRAM, "--config.file=am.yml", "--storage.path=alerts", "--cluster.listen-address="]
    with (tmp_path / "log").open("w") as said:
        process = subprocess.Popen(
            [*command, f"--web.listen-address={address}"], cwd=tmp_path, stdout=said, stderr=said
        )
    try:
        until_ready(f"http://{address}/-/ready", process)
        yield f"http://{address}"
    finally:
        process.terminate()
        process.wait(20)


def held(address: str) -> list[Any]:
    """The alerts that Alertmanager holds."""
    with urllib.request.urlopen(f"{address}/api/v2/alerts", timeout=10) as answer:
        return json.load(answer)


def ends(alert: dict[str, Any]) -> float:
    return datetime.fromisoformat(alert["endsAt"]).timestamp()


def test_an_alarm_arrives_is_sent_again_and_ends_with_its_annotations(
    tmp_path: Path, alertmanager: str, receiver: Listener
) -> None:
    found = settings(
        f'[notify]\nurl = "https://kansoku.example"\nrunbook = "https://wiki.example/"\n'
        f'[[channels]]\nname = "am"\nkind = "alertmanager"\nurl = "{alertmanager}"\n'
    )
    began = time.time()
    now = began
    queue = Queue(Outbox(tmp_path / FILE), found, Delivery(found, {}), clock=lambda: now)
    causes = (Cause("feature", "検索", 0.71),)
    mine = told(
        "HighLatency", labels={"response_model": "claude-x"}, fired_at=began, value=12.5, causes=causes
    )

    queue.told(notice(now, [mine]))
    queue.once("am")
    (alert,) = held(alertmanager)
    assert alert["labels"] == {
        "alertname": "HighLatency",
        "severity": "ticket",
        "group": "latency",
        "response_model": "claude-x",
    }
    assert alert["status"]["state"] in ("active", "unprocessed")
    assert abs(ends(alert) - (now + 240)) < 1
    message = receiver.arrived.get(timeout=_TOLD_S).json()
    assert message["status"] == "firing"

    now = began + 60
    queue.told(notice(now, [], [mine]))
    queue.once("am")
    (alert,) = held(alertmanager)
    assert abs(ends(alert) - (now + 240)) < 1

    now = time.time()
    ended = told(
        "HighLatency",
        "resolved",
        fired_at=began,
        labels={"response_model": "claude-x"},
        value=12.5,
        causes=causes,
        lasted_s=now - began,
    )
    queue.told(notice(now, [ended]))
    queue.once("am")
    message = receiver.arrived.get(timeout=_TOLD_S).json()
    assert message["status"] == "resolved"
    (over,) = message["alerts"]  # type: ignore[misc]
    annotations: dict[str, str] = over["annotations"]  # type: ignore[index]
    assert "RESOLVED" in annotations["summary"]
    assert "Mostly: feature 検索 71.0 %" in annotations["description"]
    assert annotations["runbook_url"] == "https://wiki.example/HighLatency"
    assert over["generatorURL"].startswith("https://kansoku.example/?from=")  # type: ignore[index]
    assert queue.numbers().sent == {"am": 3}
