"""Answers of the JSON API as the page gets them: an hour of a support bot, the same at every run."""

from __future__ import annotations

import math
import random
from dataclasses import dataclass, field
from threading import Event
from typing import Any, Literal

from kansoku.catalog.filters import FILTERS as CATALOG
from kansoku.catalog.honesty import SHORTFALLS, Shortfall
from kansoku.catalog.outcomes import TITLES

Json = dict[str, Any]
State = Literal["working", "degraded", "down", "no_data"]

NOW = 1_795_426_920
MONTH_BEGINS, MONTH_ENDS = 1_793_491_200, 1_796_083_200
STEP_S = 30
HOUR_S = 3_600
WINDOWS = ["15m", "1h", "6h", "24h", "7d", "30d"]
FEATURES = ["chat", "summarize", "triage", "search_answers"]
MODELS = ["claude-sonnet-4-6", "claude-haiku-4-5", "claude-opus-4-6"]
OUTCOMES = TITLES["outcome"]


MARKERS = [{"service": "support-bot", "release": "2.4.0", "time": NOW - 1_500.5}]


def both(en: str, ja: str) -> Json:
    """One text in both languages."""
    return {"en": en, "ja": ja}


def words_of(field: str) -> Json | None:
    """How a column's words are read, as the API tells it."""
    known = TITLES.get(field)
    return None if known is None else {word: title.as_dict() for word, title in known.items()}


FILTERS = [(one.name, both(one.title.en, one.title.ja), both(one.every.en, one.every.ja)) for one in CATALOG]
VALUES = {
    "service": ["support-bot"],
    "environment": ["production"],
    "model": MODELS,
    "user": ["u-4096", "u-4133"],
}


@dataclass(frozen=True)
class Sli:
    """One indicator of the canned status."""

    name: str
    title: Json
    unit: str
    value: float | None
    n: int
    objective: float | None = None
    keep: str | None = None
    state: str = "none"
    window_s: int = HOUR_S


INDICATORS = (
    Sli("availability", both("Availability", "可用性"), "ratio", 0.99623, 12_480, 0.995, "above", "ok"),
    Sli("error_rate", both("Error rate", "エラー率"), "ratio", 0.00382, 12_480, 0.05, "below", "ok"),
    Sli("latency_p50", both("Latency P50", "レイテンシ P50"), "s", 0.842, 12_431),
    Sli("latency_p95", both("Latency P95", "レイテンシ P95"), "s", 3.118, 12_431, 10, "below", "ok"),
    Sli("latency_p99", both("Latency P99", "レイテンシ P99"), "s", 8.76, 12_431),
    Sli(
        "ttft_p95",
        both("Time to first chunk P95", "最初の出力まで P95"),
        "s",
        2.84,
        9_120,
        2.5,
        "below",
        "breach",
    ),
    Sli(
        "task_completion_rate",
        both("Task completion", "タスク完了率"),
        "ratio",
        0.9714,
        3_204,
        0.95,
        "above",
        "ok",
    ),
    Sli(
        "hallucination_rate",
        both("Hallucination rate", "ハルシネーション率"),
        "ratio",
        0.0417,
        24,
        0.02,
        "below",
        "low_sample",
    ),
    Sli(
        "user_satisfaction",
        both("User satisfaction", "ユーザー満足度"),
        "ratio",
        None,
        0,
        0.8,
        "above",
        "no_data",
    ),
    Sli("cost_per_request_usd", both("Cost per request", "リクエスト単価"), "usd", 0.004127, 12_431),
    Sli(
        "cost_daily_total_usd",
        both("Cost, last 24 h", "直近 24 時間のコスト"),
        "usd",
        1_184.2,
        287_204,
        window_s=86_400,
    ),
    Sli(
        "tokens_per_request",
        both("Tokens per request", "リクエストあたりトークン"),
        "tokens",
        2_914.3,
        12_431,
    ),
    Sli("cache_hit_rate", both("Cache hit rate", "キャッシュヒット率"), "ratio", 0.7342, 12_431),
)

WHY = both("What this number says, in one sentence.", "この数値の意味を一文で説明します。")

SENTENCES: dict[State, Json] = {
    "working": both(
        "99.6 % of 12,480 calls succeeded in the last hour; P95 3.1 s; $51.29 spent.",
        "直近 1 時間の 12,480 件の呼び出しのうち 99.6 % が成功。P95 は 3.1 秒、コストは $51.29。",
    ),
    "degraded": both(
        "99.6 % of 12,480 calls succeeded in the last hour, but the first chunk takes too long.",
        "直近 1 時間の 12,480 件の 99.6 % が成功しましたが、最初の出力までに時間がかかっています。",
    ),
    "down": both(
        "71 % of 842 calls failed in the last 15 minutes.",
        "直近 15 分の 842 件の呼び出しのうち 71 % が失敗しました。",
    ),
    "no_data": both("No calls were recorded in the last hour.", "直近 1 時間の呼び出しはありません。"),
}

REASONS: dict[State, list[Json]] = {
    "working": [
        both(
            "All 7 objectives with enough data are met.",
            "データが十分な 7 つの目標をすべて達成しています。",
        )
    ],
    "degraded": [
        both(
            "Time to first chunk P95 is 2.84 s; the objective is at most 2.5 s (9,120 streams).",
            "最初の出力まで P95 は 2.84 秒で、目標の 2.5 秒以下を満たしていません(9,120 件)。",
        ),
        both(
            "claude-opus-4-6 answers slowest: P95 9.4 s, against 2.1 s for the other models.",
            "claude-opus-4-6 が最も遅く、P95 は 9.4 秒です(他のモデルは 2.1 秒)。",
        ),
    ],
    "down": [
        both(
            "The error rate is 71 % (598 of 842); most errors are overloaded_error.",
            "エラー率は 71 %(842 件中 598 件)で、多くは overloaded_error です。",
        )
    ],
    "no_data": [],
}


@dataclass(frozen=True)
class Lines:
    """A panel of lines: each line's name and the level about which it moves."""

    id: str
    title: Json
    unit: str
    lines: tuple[tuple[str, str, float], ...]
    wobble: float = 0.25
    gap: bool = False
    kind: str = "timeseries"


@dataclass(frozen=True)
class Bars:
    """A panel of bars: their names and values."""

    id: str
    title: Json
    unit: str
    rows: tuple[tuple[str, float], ...]
    kind: str = "bars"


@dataclass(frozen=True)
class Grid:
    """A panel of rows and columns."""

    id: str
    title: Json
    columns: tuple[tuple[str, str, str, str | None], ...]
    rows: tuple[tuple[str | float | None, ...], ...]
    unit: str = "count"
    kind: str = "table"


@dataclass(frozen=True)
class Number:
    """A panel of one number."""

    id: str
    title: Json
    unit: str
    value: float | None
    n: int
    kind: str = "stat"


@dataclass(frozen=True)
class Spent:
    """The month's cost."""

    id: str
    title: Json
    cost: Json
    unit: str = "usd"
    kind: str = "month"


@dataclass(frozen=True)
class Cells:
    """A heatmap: calls by the place that they fall into, the same in each step."""

    id: str
    title: Json
    edges: tuple[float, ...]
    counts: tuple[int, ...]
    unit: str = "s"
    kind: str = "heatmap"


Canned = Lines | Bars | Grid | Number | Spent | Cells

MONTH = {
    "budget_usd": 2_000.0,
    "spent_usd": 1_372.4,
    "left_usd": 627.6,
    "forecast_usd": 2_112.9,
    "lasts_s": 777_600.0,
    "state": "burning",
    "month_begins": MONTH_BEGINS,
    "month_ends": MONTH_ENDS,
}

USERS = tuple((f"u-{4_096 + 37 * at}", 9.4 * 0.78**at) for at in range(10))
ERRORS = (
    ("chat", MODELS[0], "overloaded_error", 529, "Overloaded"),
    ("triage", MODELS[1], "rate_limit_error", 429, "This request would exceed your rate limit of …"),
    ("chat", MODELS[0], "client_timeout", None, "Request timed out after 30 s"),
    ("search_answers", MODELS[2], "api_error", 500, "Internal server error"),
    ("summarize", MODELS[1], "overloaded_error", 529, "Overloaded"),
    ("chat", MODELS[0], "invalid_request_error", 400, "messages.3: [EMAIL] is not a valid block"),
)
COMMENTS = (
    ("chat", "up", "Found my order at once, thank you!"),
    ("chat", "up", "とても分かりやすい回答でした"),
    ("triage", "down", "Wrong team again"),
)

GROUPS: tuple[tuple[str, Json, tuple[Canned, ...]], ...] = (
    (
        "api_health",
        both("API health", "API の状態"),
        (
            Lines(
                "calls_by_outcome",
                both("Calls by outcome", "結果別の呼び出し数"),
                "calls",
                tuple(
                    (name, OUTCOMES[name].ja, calls)
                    for name, calls in (("ok", 103), ("error", 2), ("cancelled", 1))
                ),
                gap=True,
            ),
            Lines(
                "error_rate",
                both("Error rate", "エラー率"),
                "ratio",
                (("Error rate", "エラー率", 0.0038),),
                0.7,
                gap=True,
            ),
            Number("success_rate", both("Success rate", "成功率"), "ratio", 0.99618, 12_480),
            Number(
                "attempts_per_call",
                both("Attempts per call", "呼び出しあたり試行回数"),
                "count",
                1.043,
                12_480,
            ),
        ),
    ),
    (
        "latency",
        both("Latency", "レイテンシ"),
        (
            Lines(
                "latency_quantiles",
                both("Latency P50 / P95 / P99", "レイテンシ P50 / P95 / P99"),
                "s",
                (
                    ("Latency P50", "レイテンシ P50", 0.84),
                    ("Latency P95", "レイテンシ P95", 3.1),
                    ("Latency P99", "レイテンシ P99", 8.7),
                ),
                gap=True,
            ),
            Lines(
                "ttft",
                both("Time to first chunk P95", "最初の出力まで P95"),
                "s",
                (("Time to first chunk P95", "最初の出力まで P95", 2.4),),
                0.18,
                gap=True,
            ),
            Cells(
                "latency_heatmap",
                both("Latency, how it spreads", "レイテンシの分布"),
                (0.5, 1.0, 2.0),
                (1_000, 2_000, 3_000, 4_000),
            ),
            Grid(
                "latency_by_model",
                both("Latency by model", "モデル別レイテンシ"),
                (
                    ("model", "Model", "モデル", None),
                    ("answered", "Answers", "応答", "calls"),
                    ("p50", "Latency P50", "レイテンシ P50", "s"),
                    ("p95", "Latency P95", "レイテンシ P95", "s"),
                ),
                (
                    (MODELS[0], 7_240, 0.91, 3.02),
                    (MODELS[1], 4_310, 0.38, 1.24),
                    (MODELS[2], 881, 3.4, 9.41),
                ),
            ),
        ),
    ),
    (
        "cost",
        both("Cost", "コスト"),
        (
            Lines(
                "cost_over_time",
                both("Cost over time", "コストの推移"),
                "usd",
                tuple((model, model, cost) for model, cost in zip(MODELS, (0.26, 0.05, 0.11), strict=True)),
            ),
            Bars(
                "cost_by_model",
                both("Cost by model", "モデル別コスト"),
                "usd",
                ((MODELS[0], 31.8), (MODELS[2], 13.43), (MODELS[1], 6.06)),
            ),
            Bars(
                "cost_by_feature",
                both("Cost by feature", "機能別コスト"),
                "usd",
                (("chat", 28.4), ("search_answers", 14.2), ("summarize", 8.65), ("triage", 0.0412)),
            ),
            Number(
                "unpriced_calls",
                both("Calls without a price", "価格不明の呼び出し"),
                "calls",
                3,
                12_480,
            ),
            Spent("month", both("This month", "今月"), MONTH),
        ),
    ),
    (
        "tokens",
        both("Tokens", "トークン"),
        (
            Lines(
                "tokens_by_type",
                both("Tokens by type", "種類別トークン"),
                "tokens",
                (
                    ("Input, uncached", "入力(非キャッシュ)", 61_000),
                    ("Output", "出力", 38_000),
                    ("Cache read", "キャッシュ読み出し", 186_000),
                    ("Cache write", "キャッシュ書き込み", 14_000),
                ),
            ),
            Lines(
                "cache_hit_rate",
                both("Cache hit rate", "キャッシュヒット率"),
                "ratio",
                (("Cache hit rate", "キャッシュヒット率", 0.73),),
                0.06,
            ),
        ),
    ),
    (
        "users",
        both("Top users", "上位ユーザー"),
        (
            Bars("cost_by_user", both("Cost by user, top 10", "ユーザー別コスト 上位 10"), "usd", USERS),
            Grid(
                "users",
                both("Top 10 by calls", "呼び出し数 上位 10"),
                (
                    ("user_id", "User", "ユーザー", None),
                    ("calls", "Calls", "呼び出し", "calls"),
                    ("tokens", "Tokens", "トークン", "tokens"),
                    ("cost", "Cost", "コスト", "usd"),
                ),
                tuple((name, round(cost * 61), cost * 612_000, cost) for name, cost in USERS),
            ),
        ),
    ),
    (
        "errors",
        both("Errors", "エラー"),
        (
            Lines(
                "errors_by_type",
                both("Errors by type", "種類別エラー"),
                "calls",
                (
                    ("overloaded_error", "overloaded_error", 1.2),
                    ("rate_limit_error", "rate_limit_error", 0.8),
                ),
                1.0,
            ),
            Bars(
                "top_errors",
                both("Top error types", "多いエラー"),
                "calls",
                (
                    ("overloaded_error", 21),
                    ("rate_limit_error", 14),
                    ("client_timeout", 8),
                    ("api_error", 4),
                    ("invalid_request_error", 1),
                ),
            ),
            Grid(
                "recent_errors",
                both("Latest errors", "最新のエラー"),
                (
                    ("time", "Time", "時刻", "time"),
                    ("feature", "Feature", "機能", None),
                    ("request_model", "Model", "モデル", None),
                    ("error_type", "Type", "種類", None),
                    ("http_status", "HTTP", "HTTP", None),
                    ("error_message", "Message", "メッセージ", None),
                ),
                tuple((NOW - 47 * at, *row) for at, row in enumerate(ERRORS, start=1)),
            ),
        ),
    ),
    (
        "tools",
        both("Tools", "ツール"),
        (
            Lines(
                "tool_calls",
                both("Tool runs by tool", "ツール別の実行数"),
                "count",
                (
                    ("lookup_order", "lookup_order", 31),
                    ("search_docs", "search_docs", 18),
                    ("refund", "refund", 3),
                ),
            ),
            Grid(
                "tools",
                both("By tool", "ツール別"),
                (
                    ("tool", "Tool", "ツール", None),
                    ("runs", "Runs", "実行", "count"),
                    ("error_rate", "Error rate", "エラー率", "ratio"),
                    ("p95", "P95", "P95", "s"),
                ),
                (
                    ("lookup_order", 3_720, 0.0051, 0.184),
                    ("search_docs", 2_164, 0.0, 0.612),
                    ("refund", 355, 0.0225, 1.93),
                ),
            ),
        ),
    ),
    (
        "satisfaction",
        both("Satisfaction and quality", "満足度と品質"),
        (
            Lines("satisfaction", both("User satisfaction", "ユーザー満足度"), "ratio", ()),
            Lines(
                "quality",
                both("Task completion and hallucination", "タスク完了率とハルシネーション率"),
                "ratio",
                (
                    ("Task completion", "タスク完了率", 0.97),
                    ("Hallucination rate", "ハルシネーション率", 0.04),
                ),
                0.02,
            ),
            Number("ratings", both("Ratings", "評価数"), "count", None, 0),
            Grid(
                "comments",
                both("Latest comments", "最新のコメント"),
                (
                    ("time", "Time", "時刻", "time"),
                    ("feature", "Feature", "機能", None),
                    ("label", "Rating", "評価", None),
                    ("comment", "Comment", "コメント", None),
                ),
                tuple((NOW - 211 * at, *row) for at, row in enumerate(COMMENTS, start=1)),
            ),
        ),
    ),
)


def catalog(*, demo: bool, keyed: bool = False) -> Json:
    """`GET /api/catalog`."""
    return {
        "languages": ["en", "ja"],
        "demo": demo,
        "keyed": keyed,
        "windows": WINDOWS,
        "filters": [{"name": name, "title": title, "every": every} for name, title, every in FILTERS],
        "groups": [
            {
                "id": group,
                "title": title,
                "panels": [
                    {
                        "id": panel.id,
                        "title": panel.title,
                        "help": WHY,
                        "kind": panel.kind,
                        "unit": panel.unit,
                        "reckoned": isinstance(panel, Spent),
                    }
                    for panel in panels
                ],
            }
            for group, title, panels in GROUPS
        ],
        "indicators": [
            {"name": sli.name, "title": sli.title, "why": WHY, "unit": sli.unit, "keep": sli.keep}
            for sli in INDICATORS
        ],
    }


def _indicator(sli: Sli, state: State) -> Json:
    empty = state == "no_data"
    return {
        "name": sli.name,
        "approximate": 0.01 if sli.name == "latency_p99" else None,
        "value": None if empty else sli.value,
        "unit": sli.unit,
        "n": 0 if empty else sli.n,
        "window_s": sli.window_s,
        "objective": sli.objective,
        "state": "no_data" if empty else sli.state,
    }


def _wave(level: float, wobble: float, seed: str) -> list[float]:
    """A line about a level, with a slow swell and a fast noise."""
    noise = random.Random(seed)
    phase = noise.random() * 6
    return [
        max(0.0, level * (1 + wobble * (0.6 * math.sin(phase + at / 17) + noise.uniform(-0.5, 0.5))))
        for at in range(HOUR_S // STEP_S)
    ]


def _lines(panel: Lines) -> Json:
    times = [NOW - HOUR_S + STEP_S * at for at in range(HOUR_S // STEP_S)]
    hole = range(38, 44) if panel.gap else range(0)
    return {
        "id": panel.id,
        "kind": "timeseries",
        "approximate": 0.01 if panel.id == "latency_quantiles" else None,
        "unit": panel.unit,
        "times": times,
        "series": [
            {
                "label": both(en, ja),
                "place": list(OUTCOMES).index(en) if en in OUTCOMES else None,
                "values": [
                    None if at in hole else (round(value) if panel.unit == "calls" else value)
                    for at, value in enumerate(_wave(level, panel.wobble, panel.id + en))
                ],
            }
            for en, ja, level in panel.lines
        ],
    }


def _shortfall(one: Shortfall, left_out: dict[str, int | None]) -> Json:
    """One kind of thing left out; what is not named is at nothing."""
    count = left_out.get(one.id, 0)
    return {
        "id": one.id,
        "title": both(one.title.en, one.title.ja),
        "counted": both(one.counted.en, one.counted.ja),
        "means": both(one.means.en, one.means.ja),
        "remedy": both(one.remedy.en, one.remedy.ja),
        "harms": one.harms,
        "count": count,
        "share": 0.0002 if count and one.of else None,
        "parts": {},
        "since": NOW - 150 if count and one.id == "summed_anew" else None,
    }


def _count(value: float, panel: Bars) -> int:
    """The calls behind a bar: the value itself, or about 61 calls for a dollar."""
    return round(value) if panel.unit == "calls" else max(1, round(value * 61))


def _panel(panel: Canned, *, empty: bool) -> Json:
    match panel:
        case Lines():
            answer = _lines(panel)
            return answer | {"series": []} if empty else answer
        case Bars():
            total = sum(value for _, value in panel.rows)
            rows = [
                {"label": label, "value": value, "share": value / total, "n": _count(value, panel)}
                for label, value in panel.rows
            ]
            return {"id": panel.id, "kind": "bars", "unit": panel.unit, "rows": [] if empty else rows}
        case Grid():
            columns = [
                {"id": name, "title": both(en, ja), "unit": unit, "words": words_of(name)}
                for name, en, ja, unit in panel.columns
            ]
            table = [list(row) for row in panel.rows]
            return {"id": panel.id, "kind": "table", "columns": columns, "rows": [] if empty else table}
        case Number():
            value, n = (None, 0) if empty else (panel.value, panel.n)
            return {"id": panel.id, "kind": "stat", "unit": panel.unit, "value": value, "n": n}
        case Cells():
            times = list(range(NOW - HOUR_S, NOW, STEP_S))
            counts = [[0 if empty else count + at for at in range(len(times))] for count in panel.counts]
            return {
                "id": panel.id,
                "kind": "heatmap",
                "unit": panel.unit,
                "times": times,
                "edges": panel.edges,
                "counts": counts,
            }
        case Spent():
            cost = panel.cost | ({"spent_usd": None, "forecast_usd": None} if empty else {})
            return {"id": panel.id, "kind": "month", "cost": cost}


@dataclass
class Answers:
    """What the canned API says; a test turns the state while the page is open."""

    state: State = "degraded"
    demo: bool = False
    calls: int = 287_204
    features: list[str] = field(default_factory=lambda: list(FEATURES))
    broken_group: str | None = None
    held: str | None = None
    let_go: Event = field(default_factory=Event)
    left_out: dict[str, int | None] = field(default_factory=lambda: {"unpriced": 3})
    firing: list[Json] = field(default_factory=list[Json])

    def status(self, window: str, feature: str | None) -> Json:
        """`GET /api/status`."""
        return {
            "state": self.state,
            "sentence": SENTENCES[self.state],
            "reasons": REASONS[self.state],
            "window": window,
            "feature": feature,
            "from": NOW - HOUR_S,
            "to": NOW,
            "demo": self.demo,
            "features": self.features,
            "firing": self.firing,
            "indicators": [_indicator(sli, self.state) for sli in INDICATORS],
        }

    def panels(self, group: str) -> Json | None:
        """`GET /api/panels/{group}`, and its `/reckoned`; None for a group that there is not."""
        group, _, apart = group.partition("/")
        known = next((panels for name, _, panels in GROUPS if name == group), None)
        if known is None:
            return None
        empty = self.state == "no_data"
        return {
            "group": group,
            "from": NOW - HOUR_S,
            "to": NOW,
            "step_s": STEP_S,
            "panels": [
                _panel(panel, empty=empty) for panel in known if isinstance(panel, Spent) == bool(apart)
            ],
        }

    def honesty(self) -> Json:
        """`GET /api/honesty`."""
        return {
            "calls": self.calls,
            "unpriced": min(3, self.calls),
            "duplicates": {},
            "spool_bytes": 0,
            "segments_waiting": 0,
            "segments_set_aside": 0,
            "rejected_requests": 0,
            "rejected_items": 0,
            "late_rows": 0,
            "set_aside_since": None,
            "set_aside_reason": "",
            "store_restarts": 0,
            "notices_waiting": 0,
            "notices_lost": 0,
            "settings": [],
            "processes": 1,
            "shortfalls": [_shortfall(one, self.left_out) for one in SHORTFALLS],
        }


def compared(told: Json) -> Json:
    """Panels or a status with what the same numbers were over the time before: a tenth less."""

    def less(value: float | None) -> float | None:
        return None if value is None else value * 0.9

    for one in (*told.get("panels", ()), *told.get("indicators", ())):
        for line in one.get("series", ()):
            line["before"] = [less(value) for value in line["values"]]
        for bar in one["rows"] if one.get("kind") == "bars" else ():
            bar["before"] = less(bar["value"])
        if "value" in one:
            one["before"] = less(one["value"])
    return told
