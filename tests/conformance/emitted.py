"""What other emitters exported of calls against a fake of the API, and how it is put into a database.

`emitted.json` holds it by emitter, each with the package and version that was run: spans or log
records, attributes as texts as the store has them, contents of messages left out. The fake answered
each call with the usage of `USAGE`; `fail` is a model that it does not know (404).
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from kansoku.query.emitted import Raw

if TYPE_CHECKING:
    from collections.abc import Iterable

    from kansoku.store.engine import Engine

CAPTURED = cast("dict[str, dict[str, Any]]", json.loads(Path(__file__).with_suffix(".json").read_text()))
USAGE = {
    "input_tokens": 100,
    "cache_read_tokens": 20,
    "cache_write_tokens": 30,
    "cache_write_1h_tokens": 10,
    "output_tokens": 42,
}
TIME = 1_795_000_000_123_456_789


def captured(name: str) -> list[Raw]:
    """What that emitter exported, a second apart, each span in a trace of its own."""
    told = CAPTURED[name]
    trace = f"{list(CAPTURED).index(name):016x}"
    signal = "span" if "spans" in told else "log"
    return [
        Raw(
            signal=signal,
            time=TIME + number * 10**9,
            scope=each["scope"],
            name=each.get("name", ""),
            trace_id=f"{trace}{number:016x}",
            span_id=f"{number:016x}",
            duration_ns=1_500_000_000,
            status=each.get("status", "Unset"),
            thrown=each.get("thrown", ""),
            own=each["attributes"],
        )
        for number, each in enumerate(told.get("spans") or told["logs"], start=1)
    ]


def hold(engine: Engine, raws: Iterable[Raw]) -> None:
    """Stores them as raw rows."""
    for signal, table in (("span", "otel_traces"), ("log", "otel_logs")):
        lines = "\n".join(json.dumps(_row(raw)) for raw in raws if raw.signal == signal)
        if lines:
            engine.run(f"INSERT INTO {table} FORMAT JSONEachRow {lines}")


def _row(raw: Raw) -> dict[str, object]:
    common: dict[str, object] = {
        "Timestamp": f"{raw.time // 10**9}.{raw.time % 10**9:09d}",
        "TraceId": raw.trace_id,
        "SpanId": raw.span_id,
        "ScopeName": raw.scope,
        "ResourceAttributes": dict(raw.resource),
    }
    if raw.signal == "log":
        return {**common, "LogAttributes": dict(raw.own)}
    return {
        **common,
        "ParentSpanId": raw.parent_span_id,
        "SpanName": raw.name,
        "Duration": raw.duration_ns,
        "StatusCode": raw.status,
        "SpanAttributes": dict(raw.own),
        "Events.Timestamp": [common["Timestamp"]] if raw.thrown else [],
        "Events.Name": ["exception"] if raw.thrown else [],
        "Events.Attributes": [{"exception.type": raw.thrown}] if raw.thrown else [],
    }
