"""From a call of a model that no table knows to its cost: an override, `kansoku reprice`, the status."""

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

import kansoku
from kansoku.errors import SettingError
from kansoku.instrument.session import active
from kansoku_demo.answers import Reply, Usage
from kansoku_demo.messages_server import MessagesServer
from tests.integration.sdk import ASK, client_of, close_clients
from tests.servers import kansoku as command
from tests.servers import running

USAGE = Usage(input_tokens=1_000_000, output_tokens=500_000)
PRICE = '[[prices]]\nmodel = "claude-of-tomorrow"\ninput = 2.0\noutput = 10.0\n'


@pytest.fixture
def api() -> Iterator[MessagesServer]:
    with MessagesServer(run_id="reprice") as server:
        yield server
    close_clients()


def test_a_call_of_an_unknown_model_gets_its_cost_once_the_user_gives_a_price(
    api: MessagesServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = tmp_path / "kansoku.toml"
    config.write_text("")
    monkeypatch.setenv("KANSOKU_CONFIG", str(config))
    with running(tmp_path / "data") as server:
        kansoku.init(service="support-bot", endpoint=server.url)
        api.script(Reply(usage=USAGE, model="claude-of-tomorrow"))
        client_of(api).messages.create(**{**ASK, "model": "claude-of-tomorrow"})
        kansoku.shutdown()
        server.query_until("SELECT count() FROM calls", lambda rows: rows[0][0] == 1)
        assert server.query("SELECT cost_usd, unpriced_reason FROM calls") == [[None, "unknown model"]]

        config.write_text(PRICE)
        words = command("reprice", "--since", "2026-11-01", "--url", server.url)
        planned = subprocess.run(
            [*words, "--dry-run"], capture_output=True, text=True, check=True, timeout=60
        )
        assert "1 calls priced again; 1 would change." in planned.stdout
        assert server.query("SELECT cost_usd FROM calls") == [[None]]
        nobody = [*words, "--model", "claude-of-nobody"]
        nothing = subprocess.run(nobody, capture_output=True, text=True, check=True, timeout=60)
        assert "0 calls priced again; 0 changed." in nothing.stdout
        assert server.query("SELECT cost_usd FROM calls") == [[None]]
        done = subprocess.run(words, capture_output=True, text=True, check=True, timeout=60)
        assert "1 calls priced again; 1 changed." in done.stdout
        assert done.stdout.splitlines()[-1].split() == ["claude-of-tomorrow", "1", "0.000000", "7.000000"]

        stored = server.query("SELECT cost_usd, price_source, unpriced_reason FROM calls")
        assert stored == [[7.0, "kansoku.toml", ""]]
        named = {one["name"]: one for one in server.get("api/status?window=1h")["indicators"]}
        assert 7.0 in [one["value"] for name, one in named.items() if "cost" in name]
        assert server.get("api/honesty")["unpriced"] == 0

        config.write_text("[[prices]]\nmodel = 1\nmultiplier = 1.0\n")
        refused = subprocess.run(words, capture_output=True, text=True, check=False, timeout=60)
        assert refused.returncode == 1
        assert "line 2: prices.model 1 names none" in refused.stderr


def test_init_refuses_a_bad_file_and_keeps_the_session_before_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = tmp_path / "kansoku.toml"
    config.write_text("[[prices]]\nmodel = 1\nmultiplier = 1.0\n")
    monkeypatch.setitem(os.environ, "KANSOKU_CONFIG", str(config))
    with pytest.raises(SettingError, match=r"kansoku.toml, line 2: prices.model"):
        kansoku.init(service="support-bot")
    assert active() is None
