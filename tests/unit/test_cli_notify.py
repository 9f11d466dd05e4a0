"""`kansoku notify`: the channels of a file, and a test message on a real socket."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from kansoku.cli.app import run
from tests.alarms import Listener

CHANNELS = """
[[channels]]
name = "chat"
kind = "slack"
url_env = "CHAT"
allow_private = true

[[channels]]
name = "pager"
kind = "pagerduty"
key_env = "PAGER"
endpoint = "{url}/v2/enqueue"
allow_private = true
groups = ["availability"]
alerts = ["Watchdog"]
language = "ja"

[[channels]]
name = "strict"
kind = "webhook"
url_env = "CHAT"

[[channels]]
name = "unset"
kind = "teams"
url_env = "NOWHERE"
"""


@pytest.fixture
def listener(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Listener]:
    found = Listener()
    path = tmp_path / "kansoku.toml"
    path.write_text(CHANNELS.format(url=found.url))
    monkeypatch.setenv("KANSOKU_CONFIG", str(path))
    monkeypatch.setenv("CHAT", f"{found.url}/services/secretpath")
    monkeypatch.setenv("PAGER", "0123456789abcdef")
    monkeypatch.setenv("LANG", "C")
    monkeypatch.delenv("LC_ALL", raising=False)
    monkeypatch.delenv("LC_MESSAGES", raising=False)
    monkeypatch.delenv("NOWHERE", raising=False)
    yield found
    found.close()


def test_a_test_message_is_labelled_and_its_answer_told(
    listener: Listener, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["notify", "test", "chat"]) == 0
    assert capsys.readouterr().out == "chat: sent. HTTP 200 ok\n"
    assert "[TEST: INFO] Test message from Kansoku" in listener.received[0].body.decode()
    assert run(["notify", "test", "chat", "--language", "ja"]) == 0
    assert capsys.readouterr().out == "chat: 送信しました。HTTP 200 ok\n"
    assert "[テスト: 情報] Kansoku のテスト通知" in listener.received[1].body.decode()


def test_an_incident_of_a_test_is_ended_at_once(
    listener: Listener, capsys: pytest.CaptureFixture[str]
) -> None:
    listener.answers[:] = [(202, {}, b"taken")]
    assert run(["notify", "test", "pager"]) == 0
    assert capsys.readouterr().out == "pager: sent. HTTP 202 taken\n" * 2
    began, ended = (one.json() for one in listener.received)
    assert (began["event_action"], ended["event_action"]) == ("trigger", "resolve")
    assert began["dedup_key"] == ended["dedup_key"]
    assert "テスト" in listener.received[0].body.decode()


def test_a_refusal_is_told_without_secrets(listener: Listener, capsys: pytest.CaptureFixture[str]) -> None:
    listener.answers[:] = [(404, {}, b"no_service at /services/secretpath")]
    assert run(["notify", "test", "chat"]) == 1
    assert capsys.readouterr().err == (
        "chat: refused, and a real message would be given up. HTTP 404 no_service at ***\n"
    )
    listener.answers[:] = [(503, {}, b"")]
    assert run(["notify", "test", "chat"]) == 1
    assert "would be tried again. HTTP 503" in capsys.readouterr().err


@pytest.mark.usefixtures("listener")
def test_what_cannot_be_sent_says_why(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["notify", "test", "strict"]) == 1
    assert "the address must begin with https://; allow_private = true" in capsys.readouterr().err
    assert run(["notify", "test", "unset"]) == 1
    assert "line 26: url_env names NOWHERE, which is not set; set it" in capsys.readouterr().err
    assert run(["notify", "test", "other"]) == 1
    assert capsys.readouterr().err == ("there is no channel other; there are: chat, pager, strict, unset\n")
    assert run(["notify", "test", "chat", "--language", "fr"]) == 64


@pytest.mark.usefixtures("listener")
def test_channels_are_listed_with_what_they_get(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["notify", "list"]) == 1
    told = capsys.readouterr().out
    assert "secretpath" not in told
    assert "0123456789abcdef" not in told
    rows = [" ".join(line.split()) for line in told.splitlines()]
    assert rows[0] == "CHANNEL KIND LANGUAGE GETS SECRETS"
    assert rows[1] == "chat slack en page, ticket there ($CHAT)"
    assert rows[2] == "pager pagerduty ja Watchdog, availability/* there ($PAGER)"
    assert rows[4].startswith("unset teams en page, ticket ")
    assert "url_env names NOWHERE, which is not set" in rows[4]


def test_names_of_no_alert_are_told_and_an_alerts_own_channel_counts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "kansoku.toml"
    monkeypatch.setenv("KANSOKU_CONFIG", str(path))
    monkeypatch.setenv("CHAT", "https://hooks.example/x")
    channel = '[[channels]]\nname = "chat"\nkind = "slack"\nurl_env = "CHAT"\n'
    path.write_text(channel + 'alerts = ["HighErrorRates"]\ngroups = ["cost"]\n')
    assert run(["notify", "list", "--language", "en"]) == 1
    assert capsys.readouterr().err == "chat: alerts names HighErrorRates, which is none\n"
    path.write_text(channel + '[[alerts]]\nname = "StreamsAbandoned"\nchannel = "chat"\n')
    assert run(["notify", "list", "--language", "en"]) == 0
    assert " StreamsAbandoned, page, ticket " in " ".join(capsys.readouterr().out.split())


def test_without_channels_it_says_how_to_add_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("KANSOKU_CONFIG", raising=False)
    assert run(["notify", "list", "--language", "en"]) == 0
    assert "add [[channels]] to kansoku.toml" in capsys.readouterr().out
    (tmp_path / "kansoku.toml").write_text('[[channels]]\nname = "x"\nkind = "slack"\nurl = "https://s"\n')
    assert run(["notify", "list"]) == 1
    assert "line 4: channels.url must not stand in this file" in capsys.readouterr().err
