"""From failing calls of an application, through a real server and its alerts, to a signed webhook."""

from __future__ import annotations

import hmac
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any

import anthropic
import pytest

import kansoku
from kansoku_demo.answers import Failure
from kansoku_demo.messages_server import MessagesServer
from tests.alarms import Listener
from tests.integration.sdk import ASK, client_of, close_clients
from tests.servers import running

_TOLD_S = 90.0
_KEY = "a-key-that-signs"
_CONFIG = """
[notify]
url = "https://kansoku.example"
language = "ja"
group_wait = "0s"

[[channels]]
name = "hook"
kind = "webhook"
url_env = "HOOK_URL"
key_env = "HOOK_KEY"
groups = ["availability"]
severities = ["page"]
allow_private = true
"""


@pytest.fixture
def hook(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Listener]:
    listener = Listener()
    (tmp_path / "kansoku.toml").write_text(_CONFIG)
    monkeypatch.setenv("KANSOKU_CONFIG", str(tmp_path / "kansoku.toml"))
    monkeypatch.setenv("HOOK_URL", f"{listener.url}/secret-path")
    monkeypatch.setenv("HOOK_KEY", _KEY)
    yield listener
    listener.close()


def test_an_outage_reaches_the_webhook_by_itself(tmp_path: Path, hook: Listener) -> None:
    with running(tmp_path / "data") as server, MessagesServer(run_id="outage") as api:
        kansoku.init(service="shop", endpoint=server.url)
        try:
            api.script(*([Failure.overloaded()] * 12))
            client = client_of(api, max_retries=0)
            for _ in range(12):
                with pytest.raises(anthropic.APIStatusError), kansoku.task("answer", feature="search"):
                    client.messages.create(**ASK)
            kansoku.flush()
            received = hook.arrived.get(timeout=_TOLD_S)
            sent = server.get_until("api/honesty", lambda told: told["notices_waiting"] == 0)
        finally:
            kansoku.shutdown()
            close_clients()
        assert server.stop() == 0
    assert sent["notices_lost"] == 0
    signed = f"{received.headers['Kansoku-Timestamp']}.".encode() + received.body
    digest = hmac.new(_KEY.encode(), signed, sha256).hexdigest()
    assert received.headers["Kansoku-Signature"] == f"sha256={digest}"
    body: Any = received.json()
    (alert,) = body["alerts"]
    assert (body["status"], alert["labels"]["alertname"]) == ("firing", "ApiOutage")
    assert (
        alert["annotations"]["summary"]
        == "[緊急] 呼び出しの大半が失敗 (ApiOutage): サービス shop — 100%(2分で 50% 以上)"
    )
    assert "機能 search 100%" in alert["annotations"]["description"]
    kept = b"".join(path.read_bytes() for path in (tmp_path / "data").glob("notify.sqlite3*"))
    assert b"ApiOutage" in kept
    assert b"secret-path" not in kept
    assert "secret-path" not in "\n".join(server.said)


_REFUSED = """
[notify]
group_wait = "0s"

[[channels]]
name = "gone"
kind = "webhook"
url_env = "GONE_URL"
severities = ["info"]
allow_private = true

[[channels]]
name = "hook"
kind = "webhook"
url_env = "HOOK_URL"
severities = ["page"]
allow_private = true
"""


def test_a_channel_that_refuses_is_told_to_the_others(
    tmp_path: Path, hook: Listener, monkeypatch: pytest.MonkeyPatch
) -> None:
    gone = Listener(answers=[(404, {}, b"no such hook")])
    (tmp_path / "kansoku.toml").write_text(_REFUSED)
    monkeypatch.setenv("GONE_URL", f"{gone.url}/secret-path")
    with running(tmp_path / "data") as server:
        told: Any = hook.arrived.get(timeout=_TOLD_S).json()
        assert server.stop() == 0
    gone.close()
    refused: list[Any] = [one.json() for one in gone.received]
    assert [one["alerts"][0]["labels"]["alertname"] for one in refused] == ["Watchdog"]
    assert [one["labels"]["alertname"] for one in told["alerts"]] == ["NoticesLost"]
