"""Answers of the JSON API about traces, sessions and the log: one ticket of a support bot, and its like."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

from kansoku.catalog.prices import UNKNOWN_MODEL
from tests.e2e.canned import ERRORS, FEATURES, MODELS, NOW

Json = dict[str, Any]

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
SPAN = "00f067aa0ba902b5"
"""The call that answers the ticket, and said something."""
SESSION = "ticket-20418"
USER = "u-4133"
UNPRICED_AT = 5
"""Which call of the list has no price."""
BEGIN_NS = (NOW - 94) * 10**9
_RESOURCE = {"service.name": "support-bot", "service.version": "2.4.0", "telemetry.sdk.language": "python"}


def _time_ns(seconds_ago: float) -> str:
    return str(int((NOW - seconds_ago) * 1_000) * 10**6)


def traces() -> Json:
    """`GET /api/traces`."""
    return {"from": NOW - 3_600, "to": NOW, "traces": [_row(at) for at in range(18)], "before": None}


def _row(at: int) -> Json:
    """The newest call of the ticket's trace, and then others, every fourth of which failed."""
    failed = ERRORS[at // 4 % len(ERRORS)] if at % 4 == 2 else None
    model, feature = MODELS[at * at % 3], FEATURES[at * 3 % len(FEATURES)]
    duration_s = STEPS[8].length_ms / 1_000 if at == 0 else 0.7 + 1.37 * (at * 7 % 5)
    return {
        "trace_id": TRACE if at == 0 else f"{at * 0x9E3779B97F4A7C15F39CC0605CEDC834 % 2**128:032x}",
        "time_ns": _time_ns(94 + 41 * at),
        "service": "support-bot",
        "feature": "chat" if at == 0 else feature,
        "operation": "chat",
        "model": failed[1] if failed else MODELS[0] if at == 0 else model,
        "outcome": "error" if failed else "cancelled" if at == 9 else "ok",
        "error_type": failed[2] if failed else "",
        "error_message": str(failed[4]) if failed else "",
        "user_id": USER if at == 0 else f"u-{4_096 + 37 * (at * 5 % 7)}",
        "session_id": SESSION,
        "duration_s": duration_s,
        "ttft_s": None if failed else round(duration_s * 0.23, 3),
        "cost_usd": None if failed or at == UNPRICED_AT else 0.0021 * (1 + at * 11 % 13),
        "input_tokens": None if failed else 1_800 + 613 * (at * 5 % 9),
        "output_tokens": None if failed else 140 + 71 * (at * 3 % 8),
        "attempts": 3 if failed else 1,
        "unpriced_reason": UNKNOWN_MODEL if at == UNPRICED_AT else "",
    }


@dataclass(frozen=True)
class Step:
    """A span of the ticket's trace: its name, parent, beginning and length in milliseconds."""

    name: str
    parent: int
    start_ms: int
    length_ms: int
    cost_usd: float | None = None
    tokens: tuple[int, int] = (0, 0)
    attempts: int = 1
    failed: bool = False
    attributes: Json = field(default_factory=dict[str, Any])


_ORDER = '{"order":"A-20418"}'
_FOUND = '{"status":"in transit","carrier":"Yamato","expected":"2026-11-24"}'
_ASKED = (
    "Where is my order A-20418? 明日までに届きますか。\nPlease answer to <EMAIL>.",
    "The order is with the carrier; I look up when it arrives and whether a refund is due.",
    "Your order A-20418 is expected tomorrow, the 24th. 明日中にお届けの予定です。",
)


def _messages(*, answered: bool) -> Json:
    """What the model was told and said before the tool ran, or after it."""
    tool = {"type": "tool_call", "id": "toolu_1", "name": "lookup_order", "arguments": json.loads(_ORDER)}
    thought = {
        "role": "assistant",
        "parts": [{"type": "reasoning", "content": _ASKED[1]}, tool],
    }
    found = {"type": "tool_call_response", "id": "toolu_1", "response": _FOUND}
    asked = {"role": "user", "parts": [{"type": "text", "content": _ASKED[0]}]}
    kept = {
        "type": "text",
        "content": "You are the support bot of a shop. Answer in the customer's language.",
    }
    said = {"role": "assistant", "parts": [{"type": "text", "content": _ASKED[2]}]}
    return {
        "gen_ai.system_instructions": json.dumps(
            [kept | {"cache_control": {"type": "ephemeral", "ttl": "1h"}}]
        ),
        "gen_ai.input.messages": json.dumps(
            [asked, thought, {"role": "tool", "parts": [found]}] if answered else [asked]
        ),
        "gen_ai.output.messages": json.dumps([said] if answered else [thought]),
        "gen_ai.tool.definitions": json.dumps([{"type": "function", "name": "lookup_order"}]),
    }


_CHAT = f"chat {MODELS[0]}"
STEPS = (
    Step("POST /tickets", -1, 0, 6_480),
    Step("answer_ticket", 0, 12, 6_455, attributes={"kansoku.task.name": "answer_ticket"}),
    Step("search_docs", 1, 20, 340),
    Step("GET docs-index", 2, 31, 310),
    Step(_CHAT, 1, 371, 2_210, 0.0093, (4_120, 212), attributes=_messages(answered=False)),
    Step("execute_tool lookup_order", 1, 2_596, 184),
    Step("SELECT orders", 5, 2_611, 152),
    Step(_CHAT, 1, 2_795, 1_930, None, (0, 0), attempts=3, failed=True),
    Step(_CHAT, 1, 4_740, 1_640, 0.0071, (4_390, 164), attributes=_messages(answered=True)),
    Step("feedback", 1, 6_402, 41),
)


def _id(at: int) -> str:
    return f"{int(SPAN, 16) - 8 + at:016x}"


def shape() -> Json:
    """`GET /api/traces/{id}/shape`."""
    words = [*dict.fromkeys(step.name for step in STEPS), "support-bot"]
    return {
        "trace_id": TRACE,
        "begin_ns": str(BEGIN_NS),
        "ids": [_id(at) for at in range(len(STEPS))],
        "parents": [step.parent for step in STEPS],
        "starts_us": [step.start_ms * 1_000 for step in STEPS],
        "durations_us": [step.length_ms * 1_000 for step in STEPS],
        "names": [words.index(step.name) for step in STEPS],
        "services": [words.index("support-bot")] * len(STEPS),
        "failed": [step.failed for step in STEPS],
        "words": words,
        "calls": [_call(at, step) for at, step in enumerate(STEPS) if step.name == _CHAT],
        "truncated": False,
    }


def _call(at: int, step: Step) -> Json:
    return {
        "span_id": _id(at),
        "cost_usd": step.cost_usd,
        "input_tokens": None if step.failed else step.tokens[0],
        "output_tokens": None if step.failed else step.tokens[1],
        "ttft_s": None if step.failed else 0.48,
        "attempts": step.attempts,
        "outcome": "error" if step.failed else "ok",
        "error_type": "overloaded_error" if step.failed else "",
        "unpriced_reason": "",
    }


def span(name: str) -> Json:
    """`GET /api/traces/{id}/spans/{span}`."""
    step = STEPS[int(name, 16) - int(SPAN, 16) + 8]
    told: Json = {} if step.name != _CHAT else _told(step)
    return {
        "kind": "Client" if step.name == _CHAT else "Internal",
        "scope": "kansoku",
        "status": "Error" if step.failed else "Unset",
        "status_message": "Overloaded" if step.failed else "",
        "attributes": told | step.attributes,
        "resource": _RESOURCE,
        "events": [],
    }


def _told(step: Step) -> Json:
    """What a call's span says besides messages."""
    return {
        "gen_ai.operation.name": "chat",
        "gen_ai.provider.name": "anthropic",
        "gen_ai.request.model": MODELS[0],
        "gen_ai.usage.input_tokens": str(step.tokens[0]),
        "gen_ai.usage.output_tokens": str(step.tokens[1]),
        "kansoku.attempts": str(step.attempts),
        "kansoku.feature": "chat",
        "session.id": SESSION,
        "user.id": USER,
    } | ({"error.type": "overloaded_error"} if step.failed else {"kansoku.cost.usd": str(step.cost_usd)})


def _sums(last_s: float, calls: int, errors: int) -> Json:
    return {
        "first_ns": _time_ns(last_s + 190 * calls),
        "last_ns": _time_ns(last_s),
        "calls": calls,
        "errors": errors,
        "cost_usd": 0.0064 * calls,
        "unpriced": 0,
        "input_tokens": 3_912 * calls,
        "output_tokens": 187 * calls,
    }


def sessions(by: str) -> Json:
    """`GET /api/sessions`."""
    rows = [_session(at, by) for at in range(14)]
    return {"from": NOW - 3_600, "to": NOW, "sessions": rows, "before": None}


def _session(at: int, by: str) -> Json:
    ticket, user = f"ticket-{20_418 - 7 * at}", USER if at == 0 else f"u-{4_096 + 37 * (at * 5 % 11)}"
    calls = 3 + at * 5 % 8
    return {
        "id": user if by == "user" else ticket,
        "other": ticket if by == "user" else user,
        "others": 1 if at % 6 else 2,
        "traces": 1 + calls // 3,
        "sums": _sums(94 + 173 * at, calls, 1 if at % 4 == 0 else 0),
    }


def session(by: str) -> Json:
    """`GET /api/session`."""
    told = _session(0, by)
    found = [
        {
            "trace_id": TRACE,
            "feature": FEATURES[at % 2],
            "model": MODELS[at % 2],
            "error_type": "overloaded_error" if at == 2 else "",
            "sums": _sums(94 + 260 * (2 - at), 1, int(at == 2)),
        }
        for at in range(3)
    ]
    return {"from": NOW - 3_600, "to": NOW, "session": told, "traces": found, "truncated": False}


_LINES = (
    ("INFO", "api_call_success", {"duration_ms": 1_640, "input_tokens": 4_390, "output_tokens": 164}),
    ("ERROR", "api_call_error", {"error_type": "overloaded_error", "attempts": 3}),
    ("INFO", "", "order A-20418 looked up for <EMAIL>"),
    ("INFO", "api_call_success", {"duration_ms": 2_210, "input_tokens": 4_120, "output_tokens": 212}),
    ("WARN", "", "docs-index answered in 310 ms, over its 250 ms"),
    ("INFO", "", "ticket ticket-20418 accepted"),
)


def logs() -> Json:
    """`GET /api/logs`."""
    return {
        "from": NOW - 3_600,
        "to": NOW,
        "records": [_record(at) for at in range(24)],
        "before": None,
    }


def _record(at: int) -> Json:
    severity, event, said = _LINES[at % len(_LINES)]
    line = (
        {"event": event, "model": MODELS[at // len(_LINES) % 3], **said} if isinstance(said, dict) else said
    )
    return {
        "id": f"{at:016x}",
        "time_ns": _time_ns(87.4 + 3.1 * at),
        "service": "support-bot",
        "severity": severity,
        "severity_number": {"INFO": 9, "WARN": 13, "ERROR": 17}[severity],
        "trace_id": TRACE,
        "span_id": _id(8),
        "event": event,
        "body": line if isinstance(line, str) else json.dumps(line),
        "attributes": {"kansoku.feature": FEATURES[at % 2]},
        "resource": _RESOURCE,
    }


def facets() -> Json:
    """`GET /api/logs/facets`."""

    def facet(of: str, name: str, **values: int) -> Json:
        return {
            "of": of,
            "name": name,
            "values": [{"value": value, "records": n} for value, n in values.items()],
        }

    return {
        "records": 24,
        "sampled": False,
        "facets": [
            facet("severity", "", info=16, warn=4, error=4),
            facet("service", "", **{"support-bot": 24}),
            facet("event", "", api_call_success=8, api_call_error=4),
            facet("attribute", "kansoku.feature", chat=12, summarize=12),
        ],
    }


def told(path: str, query: dict[str, list[str]]) -> Json | None:
    """The answer at a path below `/api/`; None where this module has none."""
    by = query.get("by", ["session"])[0]
    match path.split("/"):
        case ["traces", _, "spans", name]:
            return span(name)
        case ["traces", _, "shape"]:
            return shape()
        case _:
            lists = {
                "traces": traces,
                "sessions": lambda: sessions(by),
                "session": lambda: session(by),
                "logs": logs,
                "logs/facets": facets,
            }
            return lists[path]() if path in lists else None
