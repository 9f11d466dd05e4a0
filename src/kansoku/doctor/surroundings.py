"""What the application runs on and beside: Python, the SDKs, the seam, other instrumentors, the providers."""

import platform
import sys
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec

from kansoku.catalog.instruments import INSTRUMENTED
from kansoku.catalog.settings import SDK_BELOW, SDK_DISABLED, SDK_FROM, SDK_TESTED_FROM
from kansoku.catalog.text import Text
from kansoku.doctor.finding import Finding, same
from kansoku.emit.environment import is_disabled
from kansoku.emit.registered import logger_provider, meter_provider, tracer_provider
from kansoku.instrument.others import OTHERS
from kansoku.instrument.seam import attach, detach, seam_state
from kansoku.instrument.session import active

_PYTHON = (3, 11)
"""Instrumentors of the SDK by distribution: their name, and the module that is loaded where it is active."""


def python() -> Finding:
    """The interpreter."""
    good = sys.version_info[:2] >= _PYTHON
    return Finding(
        "python",
        same("Python"),
        "good" if good else "bad",
        same(platform.python_version()),
        None if good else Text("use Python 3.11 or newer", "Python 3.11 以上を使ってください"),
    )


def opentelemetry() -> Finding:
    """OpenTelemetry's SDK."""
    return Finding("opentelemetry", same("OpenTelemetry SDK"), "good", same(version("opentelemetry-sdk")))


def sdk() -> Finding:
    """The `anthropic` package and the range that is supported."""
    title = same("anthropic SDK")
    try:
        found = version("anthropic")
    except PackageNotFoundError:
        return Finding(
            "sdk",
            title,
            "bad",
            Text("not installed", "未インストール"),
            Text("pip install anthropic, in this environment", "この環境で pip install anthropic"),
        )
    if not has_sdk():
        seen = Text(f"{found}, but it cannot be found to import", f"{found}（インポートできません）")
        again = "pip install --force-reinstall anthropic"
        return Finding(
            "sdk", title, "bad", seen, Text(f"{again}, in this environment", f"この環境で {again}")
        )
    return judged_sdk(found)


def has_sdk() -> bool:
    """Whether the package is there. Without it nothing can be tried, and nothing else is to blame."""
    try:
        return find_spec("anthropic") is not None
    except (ImportError, ValueError):
        return False


def judged_sdk(found: str) -> Finding:
    """A version against the range."""
    numbers = tuple(int(part) for part in found.split(".")[:2] if part.isdigit())
    wanted = f">={SDK_FROM[0]},<{SDK_BELOW[0]}"
    if not SDK_FROM <= numbers < SDK_BELOW:
        return Finding(
            "sdk",
            same("anthropic SDK"),
            "bad",
            Text(f"{found}, outside {wanted}", f"{found}（対応範囲 {wanted} 外）"),
            Text(
                f'pip install "anthropic{wanted}", or a newer kansoku',
                f'pip install "anthropic{wanted}" または kansoku を更新',
            ),
        )
    tested = numbers >= SDK_TESTED_FROM
    beside = "" if tested else f", older than the {'.'.join(map(str, SDK_TESTED_FROM))} that tests start at"
    besides = "" if tested else f"（テスト対象の {'.'.join(map(str, SDK_TESTED_FROM))} より古い）"
    return Finding(
        "sdk",
        same("anthropic SDK"),
        "good" if tested else "neutral",
        Text(f"{found}{beside}", f"{found}{besides}"),
    )


def seam() -> Finding:
    """Whether the SDK can be taken hold of, and is whole. Attaches for the look where nothing is in force."""
    title = Text("instrumentation", "計装")
    try:
        attach()
        state = seam_state()
    except (ImportError, AttributeError) as error:
        seen = str(error)
        return Finding("seam", title, "bad", same(seen), _UPGRADE)
    finally:
        if active() is None:
            detach()
    if state.attached and not state.problems:
        return Finding("seam", title, "good", Text("attached and whole", "接続済み・欠けなし"))
    told = "; ".join(state.problems) or "not attached"
    return Finding("seam", title, "bad", same(told), _UPGRADE)


_UPGRADE = Text(
    "upgrade kansoku, or go back to an anthropic version that it supports",
    "kansoku を更新するか、対応する anthropic のバージョンに戻してください",
)


def _unseen(installed: list[str]) -> Text:
    """What even a Kansoku server cannot tell to be one call."""
    if "opentelemetry-instrumentation-anthropic" not in installed:
        return same("")
    return Text(
        "; a Kansoku server counts them once, but not OpenLLMetry's beta.messages.stream, which has no id",
        "。Kansoku サーバーは 1 回と数えますが、ID のない OpenLLMetry の beta.messages.stream は別です",
    )


def instrumentors() -> Finding:
    """Others that would record the same calls."""
    title = Text("other instrumentors", "他の計装")
    installed = [name for name in OTHERS if _is_installed(name)]
    active_ones = [name for name in installed if OTHERS[name][1] in sys.modules]
    if not installed:
        return Finding("instrumentors", title, "good", Text("none", "なし"))
    names = ", ".join(OTHERS[name][0] + (" (active)" if name in active_ones else "") for name in installed)
    return Finding(
        "instrumentors",
        title,
        "bad" if active_ones else "neutral",
        Text(
            f"{names}: spans and costs double where both record{_unseen(installed).en}",
            f"{names}: 両方が記録するとスパンと費用が二重になります{_unseen(installed).ja}",
        ),
        Text(
            "leave its set-up out for anthropic, pip uninstall it, or with opentelemetry-instrument set "
            "OTEL_PYTHON_DISABLED_INSTRUMENTATIONS=anthropic",
            "anthropic 向けの設定を外すか、アンインストールするか、opentelemetry-instrument では "
            "OTEL_PYTHON_DISABLED_INSTRUMENTATIONS=anthropic を設定してください",
        ),
    )


def _is_installed(name: str) -> bool:
    """Whether the distribution is."""
    try:
        version(name)
    except PackageNotFoundError:
        return False
    return True


def native_spans() -> Finding:
    """The SDK's own spans."""
    try:
        has = find_spec("anthropic._tracing") is not None
    except ModuleNotFoundError:
        has = False
    return Finding(
        "native_spans",
        Text("the SDK's own spans", "SDK 自身のスパン"),
        "good" if has else "neutral",
        Text("kept off while Kansoku records", "Kansoku の記録中は出しません")
        if has
        else Text("this version makes none", "このバージョンにはありません"),
    )


def providers(*, is_imported: bool = False) -> Finding:
    """The OpenTelemetry providers that are registered in this process."""
    kinds = (
        ("TracerProvider", tracer_provider()),
        ("MeterProvider", meter_provider()),
        ("LoggerProvider", logger_provider()),
    )
    found = [name for name, provider in kinds if provider is not None]
    title = Text("providers", "プロバイダー")
    if not found:
        return Finding(
            "providers",
            title,
            "neutral",
            Text("none registered", "登録なし")
            if is_imported
            else Text(
                "none registered here (--app NAME imports the application first)",
                "登録なし（--app 名前 でアプリを先に読み込みます）",
            ),
        )
    return Finding("providers", title, "good", same(", ".join(found)))


def recording(*, is_imported: bool = False) -> Finding:
    """Whether the application that was imported has called `init`."""
    title = Text("kansoku.init", "kansoku.init")
    session = active()
    if session is not None:
        whole = session.cells.value(INSTRUMENTED) == 1
        seen = Text("recording", "記録中") if whole else Text("recording, not whole", "記録中（一部欠け）")
        return Finding("recording", title, "good" if whole else "bad", seen, None if whole else _UPGRADE)
    if is_disabled():
        off = Text(f"switched off by {SDK_DISABLED}", f"{SDK_DISABLED} により無効")
        return Finding("recording", title, "neutral", off)
    if is_imported:
        return Finding("recording", title, "neutral", *_NOT_CALLED)
    return Finding(
        "recording",
        title,
        "neutral",
        Text(
            "not called in this process (--app NAME imports the application first)",
            "このプロセスでは未実行（--app 名前 でアプリを先に読み込みます）",
        ),
    )


_NOT_CALLED = (
    Text("the application did not call it while it was imported", "アプリの読み込み中には呼ばれませんでした"),
    Text(
        "without it no call is recorded: call kansoku.init(service=…) at the top of that module. A call in "
        "main() or at the server's start is not seen from here; it will do if it comes before the first call",
        "これがないと何も記録されません。モジュールの先頭で kansoku.init(service=…) を呼んでください。"
        "main() やサーバー起動時の呼び出しはここからは見えませんが、最初の呼び出しより前なら問題ありません",
    ),
)
