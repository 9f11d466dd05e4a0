"""What telemetry needs from outside: the endpoint, a port for Prometheus, the clock, the file of settings."""

import os
import socket
import time
from collections.abc import Callable
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from pathlib import Path
from urllib.parse import urlsplit

import requests

from kansoku.catalog.rights import KEY_VARIABLE
from kansoku.catalog.settings import (
    CONFIG_FILE,
    CONFIG_VARIABLE,
    GRPC_PORT,
    HOST,
    KANSOKU_ENDPOINT,
    OTLP_CERTIFICATE,
    OTLP_CLIENT_CERTIFICATE,
    OTLP_CLIENT_KEY,
    OTLP_HEADERS,
    PORT,
    SDK_DISABLED,
    URL,
)
from kansoku.catalog.text import Text
from kansoku.doctor.finding import Finding, same
from kansoku.emit.certificates import authority
from kansoku.emit.doubts import heard
from kansoku.emit.environment import SIGNALS, Signal, examine, is_disabled, shown, told
from kansoku.emit.otlp import Destination
from kansoku.emit.registered import logger_provider, meter_provider, tracer_provider
from kansoku.emit.scrape import ScrapePort
from kansoku.emit.set_aside import set_aside
from kansoku.errors import SettingError
from kansoku.instrument.metering import temporality_of
from kansoku.instrument.session import active
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
    """What an endpoint answered: its HTTP status (0: nothing), why not, and how far its clock is ahead.

    `is_untrusted` where its certificate was not taken, or it speaks no TLS; `is_other` where no HTTP.
    """

    status: int = 0
    why: str = ""
    ahead_s: float | None = None
    is_untrusted: bool = False
    is_other: bool = False


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
    """The endpoint, by an empty OTLP request that stores nothing, and the clock by its answer.

    The one given, else what an application that was imported told `init`, else the environment's.
    """
    destination = _destination(endpoint)
    with heard() as doubts:
        examine()
        temporality_of(None)
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
    by_itself: list[Signal] = [each for each in SIGNALS if destination.is_told or _PROVIDERS[each]() is None]
    signal: Signal | None = next(
        (each for each in by_itself if "otlp" in destination.exporters_of(each)), None
    )
    if signal is None:
        return [Finding("endpoint", _ENDPOINT, "neutral", _NOT_WANTED if by_itself else _BY_PROVIDERS)]
    url, protocol = destination.url_of(signal), destination.protocol_of(signal)
    if protocol == "grpc":
        return [_grpc(url)]
    with set_aside(protocol):
        answer = _asked(url, signal, destination.headers_of(signal))
    return [judged_endpoint(url, answer), judged_clock(answer)]
    return [judged_endpoint(url, answer), judged_clock(answer)]


def _destination(endpoint: str) -> Destination:
    """Where telemetry goes."""
    session = active()
    own = None if session is None else session.destination
    if own is not None and endpoint in {"", own.endpoint}:
        return own
    return Destination.told(endpoint)


_PROVIDERS: dict[Signal, Callable[[], object]] = {
    "TRACES": tracer_provider,
    "METRICS": meter_provider,
    "LOGS": logger_provider,
}
_NOT_WANTED = Text(
    "OTEL_TRACES_EXPORTER and its like ask for none over OTLP",
    "OTEL_TRACES_EXPORTER などにより OTLP 送信なし",
)
_BY_PROVIDERS = Text(
    "none told: everything goes through the application's own providers, and nowhere else "
    "(init(endpoint=…) sends it to Kansoku as well)",
    "指定なし。すべてアプリ自身のプロバイダー経由で送られます（init(endpoint=…) で Kansoku にも送れます）",
)


def _set(name: str) -> Text:
    """The remedy for a setting, by its name as an argument or a variable."""
    where = f"init(endpoint=…), --endpoint or {KANSOKU_ENDPOINT}" if name == "endpoint" else name
    return Text(f"correct it where it is set: {where}", f"設定箇所を直してください: {where}")


def _asked(url: str, signal: Signal, headers: dict[str, str]) -> Answer:
    """What the endpoint says to a request without anything in it, made as the exporter makes its own."""
    key, mine = (
        told(name.replace("_OTLP_", f"_OTLP_{signal}_")) or told(name)
        for name in (OTLP_CLIENT_KEY, OTLP_CLIENT_CERTIFICATE)
    )
    try:
        answer = requests.post(
            url,
            data=b"",
            headers={"content-type": "application/x-protobuf", **headers},
            timeout=TIMEOUT_S,
            verify=authority(signal) or True,
            cert=(mine, key) if mine and key else mine or None,
            allow_redirects=False,
        )
    except requests.exceptions.SSLError as error:
        return Answer(0, _why(error), is_untrusted=True)
    except requests.exceptions.ConnectionError as error:
        is_other = "BadStatusLine" in str(error)
        return Answer(0, "it does not speak HTTP/1.1" if is_other else _why(error), is_other=is_other)
    except requests.exceptions.Timeout:
        return Answer(0, f"nothing within {TIMEOUT_S:g} s")
    except (OSError, ValueError) as error:  # all of the library's own are the first
        return Answer(0, _why(error).replace(url, shown(url)))
    return Answer(answer.status_code, "", _ahead(answer.headers.get("date")))


def _why(error: BaseException) -> str:
    """What the system says at the bottom of what the HTTP library made of it."""
    found, cause = str(error), error.__context__
    while cause is not None:
        found, cause = getattr(cause, "strerror", None) or str(cause) or found, cause.__context__
    return found


def _ahead(date: str | None) -> float | None:
    """By how many seconds the answer's clock is ahead of this one."""
    try:
        return None if date is None else parsedate_to_datetime(date).timestamp() - time.time()
    except ValueError:
        return None


def judged_endpoint(url: str, answer: Answer) -> Finding:
    """The endpoint by its answer; the secrets that its URL may hold are not told."""
    url = shown(url)
    match answer.status:
        case 0:
            seen = Text(f"{url} does not answer: {answer.why}", f"{url} は応答しません: {answer.why}")
            remedy = _unanswered(url, answer)
        case status if 200 <= status < 300:  # noqa: PLR2004
            return Finding(
                "endpoint", _ENDPOINT, "good", Text(f"{url} takes OTLP", f"{url} は OTLP を受け付けます")
            )
        case 401 | 403:
            seen = Text(
                f"{url} wants a key (HTTP {answer.status})", f"{url} は認証が必要です (HTTP {answer.status})"
            )
            remedy = Text(
                f"give Kansoku's in {KEY_VARIABLE}, another by init(headers=…), which --app NAME looks at, "
                f"or by {OTLP_HEADERS}",
                f"Kansoku のキーは {KEY_VARIABLE}、それ以外は init(headers=…)（--app 名前 で確認）または "
                f"{OTLP_HEADERS} で渡してください",
            )
        case _:
            seen = Text(
                f"{url} refuses OTLP (HTTP {answer.status})",
                f"{url} は OTLP を拒否しました (HTTP {answer.status})",
            )
            remedy = Text(
                f"see that it is an OTLP/HTTP endpoint, as {URL} is; /v1/traces is added to it",
                f"{URL} のような OTLP/HTTP の送信先か確認してください（/v1/traces は自動で付きます）",
            )
    return Finding("endpoint", _ENDPOINT, "bad", seen, remedy)


def _unanswered(url: str, answer: Answer) -> Text:
    """The remedy where nothing answered."""
    if answer.is_untrusted:
        return Text(
            f"name the file of its authority in {OTLP_CERTIFICATE}; if it speaks no TLS, write http://",
            f"認証局のファイルを {OTLP_CERTIFICATE} で指定するか、TLS でなければ http:// にしてください",
        )
    if answer.is_other or urlsplit(url).port == GRPC_PORT:
        return Text(
            f"perhaps that is its port for gRPC ({GRPC_PORT} by default); over HTTP it is {PORT}: {URL}",
            f"gRPC のポート（既定 {GRPC_PORT}）かもしれません。OTLP/HTTP は {PORT} です: {URL}",
        )
    return Text(
        f"start one with `kansoku up`, or tell another by init(endpoint=…) or {KANSOKU_ENDPOINT}",
        f"`kansoku up` で起動するか、init(endpoint=…) または {KANSOKU_ENDPOINT} で指定してください",
    )


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


def _grpc(name: str) -> Finding:
    """An OTLP/gRPC endpoint: whether somebody listens."""
    parts, name = urlsplit(name if "://" in name else f"http://{name}"), shown(name)
    try:
        with socket.create_connection((parts.hostname or HOST, parts.port or GRPC_PORT), TIMEOUT_S):
            return Finding(
                "endpoint", _ENDPOINT, "good", Text(f"{name} listens (gRPC)", f"{name} は待ち受け中 (gRPC)")
            )
    except OSError as error:
        return judged_endpoint(name, Answer(0, str(error)))


def prometheus(port: int | None) -> Finding:
    """Whether the port for scrapes can be had, or is: the one given, else the application's own."""
    title = Text("Prometheus port", "Prometheus ポート")
    session = active()
    own = None if session is None else session.scrape_port
    if own is not None and (port is None or own.address.endswith(f":{port}")):
        return _served(title, own)
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


def _served(title: Text, own: ScrapePort) -> Finding:
    """The port that the application asked for, as it fares in this process."""
    where = own.address
    if own.is_refused:
        seen = Text(
            f"{where} is held by a program that is no worker of this service",
            f"{where} は別のプログラムが使用中です",
        )
        remedy = Text(
            "end what holds it, or give init another prometheus_port",
            "使用中のプロセスを止めるか、init に別の prometheus_port を渡してください",
        )
        return Finding("prometheus", title, "bad", seen, remedy)
    by = (
        Text("as imported here", "ここで読み込んだアプリ")
        if own.serves
        else Text("which runs", "実行中のアプリ")
    )
    seen = Text(f"the application serves {where}, {by.en}", f"{where} を提供中（{by.ja}）")
    return Finding("prometheus", title, "good", seen)


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
