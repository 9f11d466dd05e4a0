"""`kansoku store init` and `kansoku up --store`: a server over ClickHouse, as an operator starts it."""

from __future__ import annotations

import os
import subprocess
import urllib.request
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from kansoku.catalog.settings import STORE_PASSWORD_VARIABLE, STORE_VARIABLE
from tests.conformance.stores import RunningFront, running_front
from tests.conformance.test_store_segments import span
from tests.servers import kansoku, running

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

CALL = {"gen_ai.operation.name": "chat", "gen_ai.provider.name": "anthropic"}


@pytest.fixture(scope="module")
def front(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningFront]:
    with running_front(tmp_path_factory.mktemp("front")) as started:
        yield started


def test_what_is_sent_to_a_node_is_asked_of_clickhouse(
    front: RunningFront, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = f"clickhouse://kansoku@127.0.0.1:{front.port}/by_command"
    monkeypatch.setenv(STORE_PASSWORD_VARIABLE, "pass/word")
    made = subprocess.run(
        kansoku("store", "init", "--cluster", "prod", "--store", store),
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    assert f"The schema at {store}?cluster=prod is of version" in made.stdout
    monkeypatch.setenv(STORE_VARIABLE, f"{store}?cluster=prod")
    with running(tmp_path / "data") as server:
        request = urllib.request.Request(
            f"{server.url}/v1/traces",
            data=span("by a node", CALL).SerializeToString(),
            headers={"content-type": "application/x-protobuf"},
        )
        with urllib.request.urlopen(request, timeout=30) as answer:
            assert answer.status == 200
        asked = "SELECT count() FROM calls"
        assert server.query_until(asked, lambda rows: rows == [[1]]) == [[1]]
        assert server.get("healthz") == {"status": "ok"}
        assert server.stop() == 0
    assert f"  store                    {store}?cluster=prod" in server.said
    assert not any("pass/word" in line for line in server.said)
    assert not (tmp_path / "data" / "store" / "data").exists()  # the embedded database was not opened


def test_a_dry_run_prints_the_schema_and_asks_nobody() -> None:
    words = kansoku(
        "store", "init", "--dry-run", "--cluster", "c1", "--store", "clickhouse://u:s3cr3t@nowhere/db"
    )
    told = subprocess.run(words, capture_output=True, text=True, check=True, timeout=60).stdout
    assert told.startswith("CREATE DATABASE IF NOT EXISTS `db` ON CLUSTER 'c1';\n")
    assert "CREATE TABLE IF NOT EXISTS calls_local ON CLUSTER 'c1'" in told
    assert "s3cr3t" not in told


@pytest.mark.parametrize(
    ("words", "environment", "code", "why"),
    [
        (
            ("store", "init", "--store", "http://x"),
            {},
            1,
            "--store: the address does not begin with clickhouse",
        ),
        (
            ("store", "init", "--store", "clickhouse://127.0.0.1:1/db"),
            {},
            4,
            "does not answer: Connection refused\n",
        ),
        (("up", "--store", "clickhouse://u:s3cr3t@x:y/db"), {}, 1, "--store: the address is no address"),
        (("up", "--demo"), {STORE_VARIABLE: "clickhouse://x/db"}, 1, "leave --store out"),
    ],
)
def test_what_cannot_be_used_is_told(
    words: tuple[str, ...], environment: dict[str, str], code: int, why: str
) -> None:
    done = subprocess.run(
        kansoku(*words),
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
        env={**os.environ, **environment},
    )
    assert done.returncode == code
    assert why in done.stderr
    assert "s3cr3t" not in done.stderr + done.stdout


def test_a_refused_password_ends_the_start(
    front: RunningFront, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    address = replace(front.address(cluster=True), password="")
    monkeypatch.setenv(STORE_VARIABLE, address.shown)
    done = subprocess.run(
        kansoku("up", "--port", "0", "--grpc-port", "0", "--data-dir", str(tmp_path)),
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
        env={**os.environ, STORE_PASSWORD_VARIABLE: "s3cr3t"},
    )
    assert done.returncode == 1
    assert "refuses the user or the password" in done.stderr
    assert "s3cr3t" not in done.stderr
