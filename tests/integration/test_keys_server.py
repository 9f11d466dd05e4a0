"""A server with keys and TLS as people run it: an application sends to it, commands ask it."""

from __future__ import annotations

import signal
import time
import urllib.error
import urllib.request
from typing import TYPE_CHECKING, cast

import grpc
import pytest

from kansoku.cli.app import run
from kansoku.settings.keys import table_of
from tests.certificates import own_certificate
from tests.integration.scripts import python
from tests.integration.test_receive_servers import EXPORT, body
from tests.servers import running

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

SENDS, READS, OPERATES = (f"kansoku_key_{name}" for name in ("sends", "reads", "operates"))
TEAM = table_of("team", ["read", "operate"], OPERATES)
FILE = table_of("app", ["send"], SENDS) + table_of("viewer", ["read"], READS) + TEAM
ASK = """
import httpx2, kansoku
kansoku.init("shop")
MESSAGE = {"id": "msg_1", "type": "message", "role": "assistant", "model": "m", "content": [], "usage": {}}
http = httpx2.Client(transport=httpx2.MockTransport(lambda _: httpx2.Response(200, json=MESSAGE)))
anthropic.Anthropic(api_key="local", http_client=http).messages.create(**ASK)
assert kansoku.flush(20)
"""


def test_who_has_a_key_sends_reads_and_operates_over_tls_and_nobody_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    certificate, private = own_certificate(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    file = tmp_path / "keys.toml"
    file.write_text(FILE)
    words = ("--keys", str(file), "--certificate", str(certificate), "--private-key", str(private))
    with running(tmp_path / "data", *words) as server:
        assert server.url.startswith("https://")
        assert any("keys" in line and "KANSOKU_KEY" in line for line in server.said)

        def command(key: str, *words: str) -> int:
            monkeypatch.setenv("KANSOKU_KEY", key)
            return run([*words, "--url", server.url])

        shop = {"KANSOKU_ENDPOINT": server.url, "OTEL_EXPORTER_OTLP_CERTIFICATE": str(certificate)}
        python(ASK, KANSOKU_KEY=SENDS, **shop)

        assert command("", "query", "SELECT 1") == 4
        assert "wants a key; give yours in KANSOKU_KEY" in capsys.readouterr().err
        assert command(SENDS, "query", "SELECT 1") == 4
        assert "the key app may send, but not read" in capsys.readouterr().err
        assert command("a b", "query", "SELECT 1") == 1
        assert "KANSOKU_KEY: has a space" in capsys.readouterr().err
        asked = ("query", "SELECT service, count() FROM calls GROUP BY service")
        until(lambda: command(READS, *asked) == 0 and "shop" in capsys.readouterr().out)
        assert command(READS, "reload") == 4
        assert "the key viewer may read, but not operate" in capsys.readouterr().err
        assert over_grpc(server.said, certificate.read_bytes(), "") == grpc.StatusCode.UNAUTHENTICATED
        assert over_grpc(server.said, certificate.read_bytes(), SENDS) == grpc.StatusCode.OK
        assert status_of(f"{server.url}/healthz") == 200
        assert status_of(f"{server.url}/metrics") == 401

        file.write_text(TEAM)
        assert command(OPERATES, "reload") == 0
        assert over_grpc(server.said, certificate.read_bytes(), SENDS) == grpc.StatusCode.UNAUTHENTICATED
        file.write_text("")
        server.process.send_signal(signal.SIGHUP)
        assert command(OPERATES, "reload") == 1
        assert "has no keys" in capsys.readouterr().err
        assert command(OPERATES, "query", "SELECT 1") == 0
        assert server.stop() == 0


def until(holds: Callable[[], bool]) -> None:
    """Asks until it holds, for half a minute at most."""
    deadline = time.monotonic() + 30
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.1)  # between two looks; what is waited for is the condition


def over_grpc(said: list[str], authority: bytes, key: str) -> grpc.StatusCode:
    """How an export over gRPC and TLS ends."""
    where = next(line.split()[-1] for line in said if "OTLP/gRPC" in line)
    told = (("authorization", f"Bearer {key}"),) if key else ()
    with grpc.secure_channel(where, grpc.ssl_channel_credentials(authority)) as channel:
        export = channel.unary_unary(EXPORT)  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]
        try:
            return export.with_call(body(), metadata=told, timeout=20)[1].code()  # pyright: ignore[reportUnknownMemberType]
        except grpc.RpcError as error:
            return cast("grpc.Call", error).code()


def status_of(url: str) -> int:
    """The status of the answer to somebody without a key."""
    try:
        with urllib.request.urlopen(url, timeout=20) as answer:
            return answer.status
    except urllib.error.HTTPError as error:
        with error:
            return error.code


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--keys", "nowhere.toml"], "nowhere.toml: there is no such file"),
        (["--certificate", "own.pem"], "--private-key: is missing"),
        (["--private-key", "key.pem"], "--certificate: is missing"),
        (["--certificate", "key.pem", "--private-key", "key.pem"], "cannot be used"),
        (["--demo", "--certificate", "own.pem", "--private-key", "key.pem"], "leave --certificate out"),
    ],
)
def test_a_server_does_not_start_half_shut(
    tmp_path: Path,
    words: list[str],
    said: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    own_certificate(tmp_path)
    monkeypatch.chdir(tmp_path)
    assert run(["up", "--port", "0", "--grpc-port", "0", "--data-dir", "data", *words]) == 1
    assert said in capsys.readouterr().err
