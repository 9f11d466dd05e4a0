"""A server that reads its settings again: by a signal, and by the command."""

from __future__ import annotations

import signal
from typing import TYPE_CHECKING
from urllib.request import urlopen

from kansoku.cli.app import run
from tests.servers import running

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

TARGET = '[[slos]]\nname = "availability"\ntarget = {}\n'


def test_a_running_server_takes_up_its_changed_settings(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "kansoku.toml"
    file.write_text(TARGET.format(0.9))
    monkeypatch.setenv("KANSOKU_CONFIG", str(file))
    with running(tmp_path / "data") as server:

        def target() -> float:
            return next(
                one["target"] for one in server.get("api/slos")["slos"] if one["name"] == "availability"
            )

        def metric() -> str:
            with urlopen(f"{server.url}/metrics") as answer:
                text: str = answer.read().decode()
            lines = text.splitlines()
            return next(line for line in lines if line.startswith("kansoku_config_last_reload_successful"))

        assert target() == 0.9
        file.write_text(TARGET.format(0.8))
        run(["status", "--url", server.url, "--lang", "en"])
        assert "on the disk is not what the server counts by" in capsys.readouterr().out
        assert "kansoku reload" in server.get("api/honesty")["settings"][0]["en"]
        server.process.send_signal(signal.SIGHUP)
        server.get_until("api/slos", lambda told: any(one["target"] == 0.8 for one in told["slos"]))
        assert metric().endswith(" 1.0")
        assert server.get("api/status")["settings"] == []

        file.write_text(TARGET.format(1))
        assert run(["reload", "--url", server.url]) == 1
        told = capsys.readouterr()
        assert "kansoku.toml, line 3: slos.target 1 leaves no error budget" in told.err
        assert "all stays as it was" in told.err
        assert target() == 0.8
        assert metric().endswith(" 0.0")
        assert "leaves no error budget" in server.get("api/honesty")["settings_error"]
        assert "leaves no error budget" in server.get("api/alerts")["settings_error"]

        file.write_text(TARGET.format(0.7))
        assert run(["reload", "--url", server.url, "--lang", "ja"]) == 0
        assert "有効になりました" in capsys.readouterr().out
        assert target() == 0.7
        assert server.stop() == 0
