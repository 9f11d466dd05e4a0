"""A canary: made-up secrets of several kinds, sent through every pillar; none may come out."""

from collections.abc import Iterable
from contextlib import suppress

from kansoku.catalog.content import HOLDS_SAID
from kansoku.catalog.text import Text
from kansoku.doctor.finding import Finding
from kansoku.emit.exception_chain import seen
from kansoku.emit.json_lines import Entry, LineWriter
from kansoku.errors import SettingError
from kansoku.instrument.rehearsal import KEY, PERSON, converse
from kansoku.instrument.tasks import task
from kansoku.instrument.tools import tool_run
from kansoku.redact.configured import configured
from kansoku.redact.redactor import Redactor
from kansoku.settings import settings
from kansoku.testing import capture

CANARIES = {
    "EMAIL": PERSON,
    "CREDIT_CARD": "4111 1111 1111 1111",
    "PHONE": "090-1234-5678",
    "SECRET": KEY,
}
"""What is planted, by entity. Nobody's: a test card, a documentation address, an invented key."""

HELD = "kansoku canary sent"
"""What stands in front of it and is no secret: where it is missing, nothing was there to be masked."""

_SAID = f"{HELD}: " + " / ".join(
    f"電話 {value}" if entity == "PHONE" else value for entity, value in CANARIES.items()
)
_WAYS = {
    "spans": Text("spans", "スパン"),
    "metrics": Text("metric labels", "メトリクスのラベル"),
    "logs": Text("log lines", "ログ行"),
    "exceptions": Text("exceptions", "例外"),
    "inputs": Text("tool inputs", "ツール入力"),
    "messages": Text("messages on spans", "スパンのメッセージ"),
}


def canary() -> list[Finding]:
    """A finding for each way out, under the redaction that `kansoku.toml` describes. Never raises."""
    try:
        redactor, wanted = _redaction()
        return [judged(way, text, wanted) for way, text in _sent(redactor).items()]
    except Exception as error:
        name = type(error).__name__
        return [
            Finding(
                "redaction_canary",
                Text("redaction canary", "マスキングのカナリア"),
                "bad",
                Text(f"it cannot be sent: {name}", f"送れません: {name}"),
                Text("report it", "報告してください"),
            )
        ]


def _redaction() -> tuple[Redactor, tuple[str, ...]]:
    """The redactor in use, and the entities that it is to find; the default one where the file is wrong."""
    try:
        told = settings().redaction
        redactor = configured(told)
    except SettingError:
        return Redactor(), tuple(CANARIES)
    named = None if told is None else told.entities
    return redactor, tuple(entity for entity in CANARIES if named is None or entity in named)


def _sent(redactor: Redactor) -> dict[str, str]:
    """What came out, by the way that it took."""
    given = {"tool_input": {"contact": _SAID, "notes": [_SAID]}}
    with capture(service="kansoku-doctor", redactor=redactor) as captured:
        with suppress(ValueError), task(_SAID, attributes=given), tool_run(_SAID):
            raise ValueError(_SAID)
        spans = "\n".join(span.to_json() for span in captured.spans)
        metrics = str(captured.metrics)
        lines = str(captured.logs)
    writer = LineWriter(redactor)
    logged = Entry(0.0, "INFO", "kansoku-doctor", _SAID)
    failed = Entry(0.0, "ERROR", "kansoku-doctor", "failed", exception=seen(_failure()))
    called = Entry(0.0, "INFO", "kansoku-doctor", "called", fields={"tool_input": {"contact": _SAID}})
    return {
        "spans": spans,
        "metrics": metrics,
        "logs": lines + writer.line(logged),
        "exceptions": writer.line(failed),
        "inputs": writer.line(called),
        "messages": _conversation(redactor),
    }


def _conversation(redactor: Redactor) -> str:
    """What came out where content is kept; nothing, unless each place where something is said was kept."""
    with capture(service="kansoku-doctor", redactor=redactor, content=True) as captured:
        converse(_SAID)
        attributes = [dict(span.attributes or {}) for span in captured.spans]
        elsewhere = f"{captured.logs} {captured.metrics}"
    kept = [str(each.get(name, "")) for each in attributes for name in HOLDS_SAID]
    return "\n".join((*kept, elsewhere)) if all(HELD in each for each in kept) else ""


def _failure() -> BaseException:
    """An exception with a chain, each of which says it."""
    outer = ValueError(_SAID)
    outer.__cause__ = KeyError(_SAID)
    return outer


def judged(way: str, text: str, wanted: Iterable[str]) -> Finding:
    """Whether any of the wanted kinds came out that way; a kind that nobody wants masked may."""
    title = Text(f"redaction of {_WAYS[way].en}", f"マスキング: {_WAYS[way].ja}")
    kinds = tuple(wanted)
    out = [entity for entity in kinds if CANARIES[entity] in text]
    if out:
        return Finding(
            f"redaction_{way}",
            title,
            "bad",
            Text(f"came out as planted: {', '.join(out)}", f"そのまま漏れました: {', '.join(out)}"),
            Text(
                "stop using this set-up and report it; telemetry may hold personal data",
                "この構成の利用を止めて報告してください。テレメトリに個人情報が含まれる恐れがあります",
            ),
        )
    if HELD not in text:
        missing = Text("what was planted was not recorded at all", "仕込んだ文字列が記録されていません")
        return Finding(f"redaction_{way}", title, "bad", missing, Text("report it", "報告してください"))
    off = [entity for entity in CANARIES if entity not in kinds]
    beside = f" (switched off in kansoku.toml: {', '.join(off)})" if off else ""
    besides = f"（kansoku.toml で無効: {', '.join(off)}）" if off else ""
    return Finding(
        f"redaction_{way}",
        title,
        "good" if kinds else "neutral",
        Text(
            f"planted and masked: {', '.join(kinds) or 'none'}{beside}",
            f"仕込んでマスクを確認: {', '.join(kinds) or 'なし'}{besides}",
        ),
    )
