"""How the doctor judges what it saw: each line, good and bad, in both languages."""

import json
import socket
import threading
from pathlib import Path

import pytest

from kansoku.catalog.text import LANGUAGES
from kansoku.doctor import surroundings
from kansoku.doctor.command import as_json, as_lines, is_well
from kansoku.doctor.finding import Finding, State, same
from kansoku.doctor.reach import (
    Answer,
    config,
    disabled,
    endpoint_and_clock,
    judged_clock,
    judged_endpoint,
    prometheus,
)
from kansoku.doctor.self_test import Recorded, judged
from tests.integration.receiver import receiving

URL = "http://127.0.0.1:4318/v1/traces"
WHOLE = Recorded(2, 2, 1, 1, 1, "user <EMAIL>")


def states(findings: list[Finding]) -> dict[str, State]:
    return {finding.name: finding.state for finding in findings}


def test_what_the_self_test_must_leave() -> None:
    assert set(states(judged(WHOLE)).values()) == {"good"}


@pytest.mark.parametrize(
    ("found", "bad"),
    [
        (Recorded(4, 2, 1, 1, 1, "<EMAIL>"), "traces"),
        (Recorded(0, 2, 1, 1, 1, "<EMAIL>"), "traces"),
        (Recorded(2, 1, 1, 1, 1, "<EMAIL>"), "logs"),
        (Recorded(2, 2, 2, 1, 1, "<EMAIL>"), "metrics"),
        (Recorded(2, 2, 1, 0, 1, "<EMAIL>"), "metrics"),
        (Recorded(2, 2, 1, 1, 0, "<EMAIL>"), "metrics"),
        (Recorded(2, 2, 1, 1, 1, "<EMAIL> kansoku.canary@example.com"), "redaction"),
        (Recorded(2, 2, 1, 1, 1, "<EMAIL> sk-ant-api03-kansokucanary0123456789"), "redaction"),
        (Recorded(2, 2, 1, 1, 1, ""), "redaction"),
    ],
)
def test_what_a_self_test_may_not_leave(found: Recorded, bad: str) -> None:
    findings = judged(found)
    assert [name for name, state in states(findings).items() if state == "bad"] == [bad]
    assert all(finding.remedy is not None for finding in findings if finding.state == "bad")


@pytest.mark.parametrize(
    ("version", "state"),
    [("2.12.0", "good"), ("2.99.1", "good"), ("2.3.0", "neutral"), ("1.0.0", "neutral"), ("0.51.0", "bad"),
     ("3.0.0", "bad"), ("3.0.0rc1", "bad")],
)  # fmt: skip
def test_the_range_of_the_sdk(version: str, state: State) -> None:
    found = surroundings.judged_sdk(version)
    assert (found.state, version in found.seen.en) == (state, True)
    assert (found.remedy is None) == (state != "bad")


@pytest.mark.parametrize(
    ("status", "state", "tells"),
    [
        (200, "good", "takes OTLP"),
        (0, "bad", "does not answer"),
        (401, "bad", "key"),
        (404, "bad", "404"),
        (500, "bad", "500"),
    ],
)
def test_an_endpoint_by_its_answer(status: int, state: State, tells: str) -> None:
    found = judged_endpoint(URL, Answer(status, "refused"))
    assert (found.state, tells in found.seen.en) == (state, True)


@pytest.mark.parametrize(
    ("ahead", "state"), [(0.4, "good"), (-4.9, "good"), (6, "bad"), (-90, "bad"), (None, "neutral")]
)
def test_the_clock_beside_the_endpoints(ahead: float | None, state: State) -> None:
    assert judged_clock(Answer(200, "", ahead)).state == state


def test_secrets_of_an_endpoint_are_not_told() -> None:
    for status in (0, 200, 401, 404):
        found = judged_endpoint("https://user:s3cr3t@kansoku.local/?key=s3cr3t", Answer(status, "refused"))
        assert "https://kansoku.local/ " in found.seen.en
        assert "s3cr3t" not in f"{found.seen} {found.remedy}"


def test_an_endpoint_that_is_no_url_and_one_nobody_listens_at(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("KANSOKU_ENDPOINT", raising=False)
    (found,) = endpoint_and_clock("localhost")
    assert (found.state, "'localhost' is no URL" in found.seen.en) == ("bad", True)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))  # bound and not listening: refused at once
        silent, clock = endpoint_and_clock(f"http://127.0.0.1:{probe.getsockname()[1]}")
    assert (silent.state, clock.state) == ("bad", "neutral")
    assert silent.remedy is not None
    assert "kansoku up" in silent.remedy.en
    assert "Connection refused" in silent.seen.en
    monkeypatch.setenv("OTEL_TRACES_EXPORTER", "none")
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:9")
    assert "127.0.0.1:9/v1/metrics" in endpoint_and_clock("")[0].seen.en
    monkeypatch.setenv("OTEL_METRICS_EXPORTER", "console")
    monkeypatch.setenv("OTEL_LOGS_EXPORTER", "none")
    assert states(endpoint_and_clock("")) == {"endpoint": "neutral"}


def test_what_the_environment_cannot_mean_is_found_by_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_PROTOCOL", "http/json")
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_TIMEOUT", "10s")
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE", "wild")
    monkeypatch.setenv("OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT", "many")
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:9")
    *doubted, silent, _ = endpoint_and_clock("")
    names = (
        "OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE",
        "OTEL_EXPORTER_OTLP_PROTOCOL",
        "OTEL_EXPORTER_OTLP_TIMEOUT",
        "OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT",
    )
    for found, name in zip(doubted, names, strict=True):
        assert (found.name, found.state) == ("environment", "bad")
        assert found.remedy is not None
        assert name in found.seen.as_dict()["en"]
        assert name in found.remedy.as_dict()["ja"]
    assert "127.0.0.1:9" in silent.seen.as_dict()["en"]


def test_a_key_that_is_wrong_or_missing_is_said_and_one_of_the_environment_is_sent(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with receiving() as receiver:
        receiver.key = "Bearer right"
        for key, state in (("", "bad"), ("authorization=Bearer%20wrong", "bad"),
                           ("authorization=Bearer%20right", "good")):  # fmt: skip
            monkeypatch.setenv("OTEL_EXPORTER_OTLP_HEADERS", key)
            assert endpoint_and_clock(receiver.url)[0].state == state
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "http://another.local")
        refused = endpoint_and_clock(receiver.url)[0]
    assert (refused.state, "401" in refused.seen.en) == ("bad", True), "a key of another endpoint is not sent"


@pytest.mark.parametrize(
    ("url", "answer", "tells"),
    [
        (URL, Answer(0, "self-signed certificate", is_untrusted=True), "OTEL_EXPORTER_OTLP_CERTIFICATE"),
        ("http://kansoku:4317/v1/traces", Answer(0, "reset"), "4318"),
        ("http://kansoku:9/v1/traces", Answer(0, "no HTTP", is_other=True), "gRPC"),
        (URL, Answer(0, "refused"), "kansoku up"),
    ],
)
def test_the_remedy_says_what_is_wrong_with_an_endpoint(url: str, answer: Answer, tells: str) -> None:
    found = judged_endpoint(url, answer)
    assert found.remedy is not None
    assert tells in found.remedy.en
    assert tells in found.remedy.ja


def test_a_server_that_speaks_something_else_is_told_without_its_bytes() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:

        def answer() -> None:
            taken, _ = server.accept()
            with taken:
                taken.recv(4096)
                taken.sendall(b"\x00\x00\x18\x04\x00 settings of HTTP/2\r\n")

        answering = threading.Thread(target=answer)
        answering.start()
        found = endpoint_and_clock(f"http://127.0.0.1:{server.getsockname()[1]}")[0]
        answering.join()
    assert found.remedy is not None
    assert ("HTTP/1.1" in found.seen.en, "gRPC" in found.remedy.en) == (True, True)


def test_a_grpc_endpoint_is_only_connected_to(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("KANSOKU_ENDPOINT", raising=False)
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc")
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", f"127.0.0.1:{port}")
        assert states(endpoint_and_clock("")) == {"endpoint": "good"}
    assert states(endpoint_and_clock("")) == {"endpoint": "bad"}


def test_a_port_for_scrapes_that_is_free_taken_or_not_given() -> None:
    with socket.create_server(("127.0.0.1", 0)) as holder:
        port = holder.getsockname()[1]
        assert prometheus(port).state == "bad"
    assert prometheus(port).state == "good"
    assert prometheus(None).state == "neutral"
    assert prometheus(99_999).state == "bad"


def test_the_file_of_settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("KANSOKU_CONFIG", raising=False)
    monkeypatch.chdir(tmp_path)
    assert config().state == "neutral"
    (tmp_path / "kansoku.toml").write_text('[[prices]]\nmodel = "m"\ninput = 1\noutput = 2\n')
    assert config().state == "good"
    (tmp_path / "kansoku.toml").write_text("[prices\n")
    found = config()
    assert (found.state, "line 1" in found.seen.en) == ("bad", True)


def test_a_file_of_settings_that_init_would_refuse(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("KANSOKU_CONFIG", raising=False)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "kansoku.toml").write_text('[[prices]]\nmodel = "m"\ninptu = 1\n')
    found = config()
    assert (found.state, "line 3: prices.inptu" in found.seen.en) == ("bad", True)
    monkeypatch.setenv("KANSOKU_CONFIG", str(tmp_path / "absent.toml"))
    assert config().state == "bad"


def test_a_switch_that_is_off_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    assert disabled().state == "good"
    monkeypatch.setenv("OTEL_SDK_DISABLED", "true")
    assert disabled().state == "bad"


def test_another_instrumentor_is_named_and_its_switch(monkeypatch: pytest.MonkeyPatch) -> None:
    assert surroundings.instrumentors().state == "good"
    monkeypatch.setattr(surroundings, "OTHERS", {"pytest": ("Pytest", "not.loaded")})
    installed = surroundings.instrumentors()
    assert (installed.state, "Pytest" in installed.seen.en) == ("neutral", True)
    monkeypatch.setattr(surroundings, "OTHERS", {"pytest": ("Pytest", "pytest")})
    active = surroundings.instrumentors()
    assert (active.state, "Pytest (active)" in active.seen.en) == ("bad", True)
    assert active.remedy is not None
    assert "OTEL_PYTHON_DISABLED_INSTRUMENTATIONS" in active.remedy.en


def test_a_seam_that_is_gone_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    from anthropic._base_client import BaseClient, SyncAPIClient

    original = SyncAPIClient.request
    assert surroundings.seam().state == "good"
    assert SyncAPIClient.request is original, "looking changes nothing"
    monkeypatch.delattr(BaseClient, "_calculate_retry_timeout")
    found = surroundings.seam()
    assert (found.state, "_calculate_retry_timeout" in found.seen.en) == ("bad", True)
    assert SyncAPIClient.request is original


def test_lines_and_json_hold_every_finding_in_both_languages() -> None:
    findings = [
        *judged(Recorded(0, 2, 1, 1, 1, "<EMAIL>")),
        Finding("n", same("N"), "neutral", same("nothing")),
    ]
    for language in LANGUAGES:
        lines = as_lines(findings, language).splitlines()
        for finding in findings:
            mark = {"good": "✓", "bad": "✗", "neutral": "–"}[finding.state]
            title, seen = (each.as_dict()[language] for each in (finding.title, finding.seen))
            assert f"{mark} {title}: {seen}" in lines
        assert any(line.startswith("    → ") for line in lines)
    told = json.loads(as_json(findings))
    assert told["well"] is is_well(findings) is False
    assert [each["name"] for each in told["findings"]] == [finding.name for finding in findings]
    assert told["findings"][0]["remedy"].keys() == {"en", "ja"}
    assert is_well(judged(WHOLE))
