"""What telemetry needs from outside: the endpoint, a port for Prometheus, the clock, the file of settings."""

import os
import socket
import time
import urllib.error
import urllib.request
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from pathlib import Path
from urllib.parse import urlsplit

from kansoku.catalog.settings import (
    CONFIG_FILE,
    CONFIG_VARIABLE,
    HOST,
    KANSOKU_ENDPOINT,
    OTLP_HEADERS,
    SDK_DISABLED,
    URL,
)
from kansoku.catalog.text import Text
from kansoku.doctor.finding import Finding, same
from kansoku.emit.doubts import heard
from kansoku.emit.environment import is_disabled, told
from kansoku.emit.otlp import Destination
from kansoku.errors import SettingError
from kansoku.redact.configured import configured
from kansoku.settings import settings

TIMEOUT_S = 3.0
CLOCK_OFF_S = 5.0
"""Seconds that the clock may differ from the endpoint's; its Date header has whole seconds."""

_ENDPOINT = Text("endpoint", "送信先")
_CLOCK = Text("clock", "時計")
_ENVIRONMENT = Text("environment", "環境変数")


@dataclass(frozen=True, slots=True)
class Answer:
    """What an endpoint answered: its HTTP status (0: nothing), why not, and how far its clock is ahead."""

    status: int = 0
    why: str = ""
    ahead_s: float | None = None


def disabled() -> Finding:
    """Whether OpenTelemetry, and Kansoku with it, is switched off."""
    off = is_disabled()
    return Finding(
        "disabled",
        same(SDK_DISABLED),
        "bad" if off else "good",
        Text("true: nothing is recorded", "true: 何も記録されません") if off else Text("not set", "未設定"),
        Text(f"unset {SDK_DISABLED}", f"{SDK_DISABLED} を外してください") if off else None,
    )


def endpoint_and_clock(endpoint: str) -> list[Finding]:
    """The endpoint, by an empty OTLP request that stores nothing, and the clock by its answer."""
    destination = Destination(endpoint or told(KANSOKU_ENDPOINT))
    with heard() as doubts:
        try:
            destination.check()
        except SettingError as error:
            return [_wrong("endpoint", _ENDPOINT, str(error))]
    doubted = [_wrong("environment", _ENVIRONMENT, doubt) for doubt in sorted(doubts)]
    return [*doubted, *_reached(destination)]


def _wrong(finding: str, title: Text, said: str) -> Finding:
    """What is wrong with a setting, by the message that names it first."""
    name, _, wrong = said.partition(": ")
    return Finding(finding, title, "bad", same(wrong if finding == "endpoint" else said), _set(name))


def _reached(destination: Destination) -> list[Finding]:
    """What an endpoint that can be sent to says."""
    if "otlp" not in destination.exporters_of("TRACES"):
        seen = Text(
            "OTEL_TRACES_EXPORTER asks for none over OTLP", "OTEL_TRACES_EXPORTER により OTLP 送信なし"
        )
        return [Finding("endpoint", _ENDPOINT, "neutral", seen)]
    if destination.protocol_of("TRACES") == "grpc":
        return [_grpc(destination)]
    url = destination.url_of("TRACES")
    answer = _asked(url, {} if destination.is_told else _environments_headers())
    return [judged_endpoint(url, answer), judged_clock(answer)]


def _set(name: str) -> Text:
    """The remedy for a setting, by its name as an argument or a variable."""
    where = f"init(endpoint=…), --endpoint or {KANSOKU_ENDPOINT}" if name == "endpoint" else name
    return Text(f"correct it where it is set: {where}", f"設定箇所を直してください: {where}")


def _environments_headers() -> dict[str, str]:
    """The headers that exporters send to the environment's endpoint."""
    from opentelemetry.util.re import parse_env_headers

    return dict(parse_env_headers(told(OTLP_HEADERS), liberal=True))


def _asked(url: str, headers: dict[str, str]) -> Answer:
    """What the endpoint says to a request without a span."""
    content = {"content-type": "application/x-protobuf", **headers}
    request = urllib.request.Request(url, data=b"", headers=content, method="POST")  # noqa: S310  checked
    try:
        with urllib.request.urlopen(request, timeout=TIMEOUT_S) as answer:  # noqa: S310
            return Answer(answer.status, "", _ahead(answer.headers.get("date")))
    except urllib.error.HTTPError as error:
        with error:
            return Answer(error.code, error.reason, _ahead(error.headers.get("date")))
    except (OSError, ValueError) as error:
        return Answer(0, str(getattr(error, "reason", error)))


def _ahead(date: str | None) -> float | None:
    """By how many seconds the answer's clock is ahead of this one."""
    try:
        return None if date is None else parsedate_to_datetime(date).timestamp() - time.time()
    except ValueError:
        return None


def judged_endpoint(url: str, answer: Answer) -> Finding:
    """The endpoint by its answer."""
    match answer.status:
        case 0:
            seen = Text(f"{url} does not answer: {answer.why}", f"{url} は応答しません: {answer.why}")
            remedy = Text(
                f"start one with `kansoku up`, or tell another by init(endpoint=…) or {KANSOKU_ENDPOINT}",
                f"`kansoku up` で起動するか、init(endpoint=…) または {KANSOKU_ENDPOINT} で指定してください",
            )
        case status if 200 <= status < 300:  # noqa: PLR2004
            return Finding(
                "endpoint", _ENDPOINT, "good", Text(f"{url} takes OTLP", f"{url} は OTLP を受け付けます")
            )
        case 401 | 403:
            seen = Text(
                f"{url} wants a key (HTTP {answer.status})", f"{url} は認証が必要です (HTTP {answer.status})"
            )
            remedy = Text(
                f"give it by init(headers=…) or {OTLP_HEADERS}",
                f"init(headers=…) または {OTLP_HEADERS} で渡してください",
            )
        case _:
            seen = Text(
                f"{url} refuses OTLP (HTTP {answer.status})",
                f"{url} は OTLP を拒否しました (HTTP {answer.status})",
            )
            remedy = Text(
                f"see that it is an OTLP/HTTP endpoint, as {URL} is",
                f"{URL} のような OTLP/HTTP の送信先か確認してください",
            )
    return Finding("endpoint", _ENDPOINT, "bad", seen, remedy)


def judged_clock(answer: Answer) -> Finding:
    """This machine's clock beside the endpoint's."""
    if answer.ahead_s is None:
        return Finding("clock", _CLOCK, "neutral", Text("nobody to compare it with", "比較相手なし"))
    off = abs(answer.ahead_s)
    return Finding(
        "clock",
        _CLOCK,
        "good" if off <= CLOCK_OFF_S else "bad",
        Text(f"{off:.0f} s from the endpoint's", f"送信先との差 {off:.0f} 秒"),
        None
        if off <= CLOCK_OFF_S
        else Text(
            "synchronise the clocks (NTP): calls are stored at the time this machine tells",
            "時計を同期してください (NTP)。呼び出しはこのマシンの時刻で保存されます",
        ),
    )


def _grpc(destination: Destination) -> Finding:
    """An OTLP/gRPC endpoint: whether somebody listens."""
    name = destination.url_of("TRACES")
    parts = urlsplit(name if "://" in name else f"http://{name}")
    try:
        with socket.create_connection((parts.hostname or HOST, parts.port or 4317), TIMEOUT_S):
            return Finding(
                "endpoint", _ENDPOINT, "good", Text(f"{name} listens (gRPC)", f"{name} は待ち受け中 (gRPC)")
            )
    except OSError as error:
        return judged_endpoint(name, Answer(0, str(error)))


def prometheus(port: int | None) -> Finding:
    """Whether the port for scrapes can be had."""
    title = Text("Prometheus port", "Prometheus ポート")
    if port is None:
        return Finding(
            "prometheus",
            title,
            "neutral",
            Text("none given (--prometheus-port)", "指定なし（--prometheus-port）"),
        )
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except (OSError, OverflowError) as error:
            return Finding(
                "prometheus",
                title,
                "bad",
                Text(f"{port} cannot be had: {error}", f"{port} は使えません: {error}"),
                Text(
                    "end what holds it (perhaps the application itself, which is well), or give another",
                    "使用中のプロセス（アプリ自身なら正常）を止めるか、別の番号を指定してください",
                ),
            )
    return Finding("prometheus", title, "good", Text(f"{port} is free", f"{port} は空いています"))


def config() -> Finding:
    """The file of settings, if there is one."""
    path = Path(os.environ.get(CONFIG_VARIABLE) or CONFIG_FILE)
    title = same(CONFIG_FILE)
    if not os.environ.get(CONFIG_VARIABLE) and not path.is_file():
        return Finding("config", title, "neutral", Text("none; defaults hold", "なし（既定値）"))
    try:
        configured(settings(os.environ).redaction)
    except SettingError as error:
        return Finding(
            "config", title, "bad", same(str(error)), Text("mend that line", "その行を直してください")
        )
    return Finding("config", title, "good", same(str(path)))
