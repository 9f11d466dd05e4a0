"""A call through the real SDK, and what is recorded of it: a span, a log line, metrics, and no secret."""

import json
from dataclasses import dataclass

from kansoku.catalog.instruments import API_CALLS, API_ERRORS, API_LATENCY
from kansoku.catalog.text import Text
from kansoku.doctor.finding import Finding
from kansoku.instrument.rehearsal import MODEL, PERSON, PLANTED, rehearse
from kansoku.instrument.tasks import task
from kansoku.testing import Captured, capture

_BROKEN = Text(
    "the seam or the pipeline is broken; the first warning of the logger `kansoku` says where",
    "継ぎ目またはパイプラインの不具合です。ロガー `kansoku` の最初の警告を確認してください",
)


@dataclass(frozen=True, slots=True)
class Recorded:
    """What two calls, one answered and one refused, left behind."""

    spans: int
    lines: int
    answered: float
    refused: float
    timed: float
    text: str


def self_test() -> list[Finding]:
    """A finding for each pillar, and one for redaction. Never raises."""
    try:
        with capture(service="kansoku-doctor") as captured:
            with task("kansoku_doctor", user_id=PERSON):
                rehearse()
            return judged(_recorded(captured))
    except Exception as error:
        name = type(error).__name__
        seen = Text(f"it cannot be made: {name}", f"実行できません: {name}")
        return [Finding("self_test", _CALL, "bad", seen, _BROKEN)]


_MASK = "<EMAIL>"
_CALL = Text("self-test call", "自己診断の呼び出し")


def _recorded(captured: Captured) -> Recorded:
    """Counts, and everything as one text to search."""
    calls = {call.call_id for call in captured.calls}
    spans = [
        span for span in captured.spans if span.context and format(span.context.span_id, "016x") in calls
    ]
    lines = [line for line in captured.logs if line["span_id"] in calls]
    everything = [
        json.dumps(captured.logs, ensure_ascii=False),
        *(span.to_json() for span in captured.spans),
        str(captured.metrics),
    ]
    return Recorded(
        len(spans),
        len(lines),
        captured.metric(API_CALLS.name, MODEL, "ok"),
        captured.metric(API_ERRORS.name, MODEL, "invalid_request_error"),
        captured.metric(API_LATENCY.name, MODEL),
        "\n".join(everything),
    )


def judged(found: Recorded) -> list[Finding]:
    """One span and one log line for each of the two calls, exact metrics, and nothing planted."""
    counted = (found.answered, found.refused, found.timed) == (1, 1, 1)
    return [
        _pillar("traces", Text("self-test: traces", "自己診断: トレース"), found.spans),
        _pillar("logs", Text("self-test: logs", "自己診断: ログ"), found.lines),
        Finding(
            "metrics",
            Text("self-test: metrics", "自己診断: メトリクス"),
            "good" if counted else "bad",
            Text(
                f"answered {found.answered:g}, refused {found.refused:g}, timed {found.timed:g}; wanted: 1",
                f"成功 {found.answered:g}、拒否 {found.refused:g}、計時 {found.timed:g}（各 1 が正）",
            ),
            None if counted else _BROKEN,
        ),
        _redaction(found.text),
    ]


def _pillar(name: str, title: Text, count: int) -> Finding:
    """Two calls make two."""
    wanted = 2
    return Finding(
        name,
        title,
        "good" if count == wanted else "bad",
        Text(f"{count} for {wanted} calls", f"{wanted} 回の呼び出しに {count} 件"),
        None if count == wanted else _BROKEN,
    )


def _redaction(text: str) -> Finding:
    """Nothing planted came out, and its mark did: what was never recorded was not masked either."""
    title = Text("self-test: redaction", "自己診断: マスキング")
    if any(each in text for each in PLANTED):
        return Finding(
            "redaction",
            title,
            "bad",
            Text("a planted e-mail address or key came out", "仕込んだメールアドレスまたはキーが漏れました"),
            Text(
                "stop using this set-up and report it; telemetry may hold personal data",
                "この構成の利用を止めて報告してください。テレメトリに個人情報が含まれる恐れがあります",
            ),
        )
    if _MASK not in text:
        seen = Text("what was planted was not recorded at all", "仕込んだ文字列が記録されていません")
        return Finding("redaction", title, "bad", seen, _BROKEN)
    return Finding(
        "redaction",
        title,
        "good",
        Text("no planted e-mail address or key came out", "仕込んだメールアドレスやキーは漏れていません"),
    )
