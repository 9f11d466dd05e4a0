"""The eight panel groups of the dashboard: what each panel asks, and what it is called.

A panel names measures and how to split them; a reader turns it into one query and one picture.
"""

from dataclasses import dataclass

from kansoku.catalog.fields import CALLS, FEEDBACK, TOOL_CALLS, Relation
from kansoku.catalog.indicators import SPENT, indicator
from kansoku.catalog.measures import (
    Condition,
    Count,
    Is,
    Mean,
    Measure,
    OneOf,
    Present,
    Quantile,
    Ratio,
    Share,
    Sum,
    Unit,
)
from kansoku.catalog.outcomes import ANSWERED, ENDED, FAILED, IS_BILLED, IS_CHAT, RATED, SERVABLE
from kansoku.catalog.text import Text


@dataclass(frozen=True, slots=True)
class Line:
    """One measure with its name, drawn as a line or shown as a column."""

    id: str
    title: Text
    measure: Measure
    unit: Unit | None = None


@dataclass(frozen=True, slots=True)
class TimeSeries:
    """Lines over time: one per `lines`, or, with `by`, one per value of that field (the `top` largest)."""

    id: str
    title: Text
    help: Text
    unit: Unit
    lines: tuple[Line, ...]
    by: str | None = None
    top: int = 6


@dataclass(frozen=True, slots=True)
class Bars:
    """One measure by the values of a field, largest first; `share` tells each bar's part of the total."""

    id: str
    title: Text
    help: Text
    unit: Unit
    measure: Measure
    by: str
    top: int = 10
    share: bool = True


@dataclass(frozen=True, slots=True)
class Breakdown:
    """A table with a row per value of a field and a column per line, ordered by the first line."""

    id: str
    title: Text
    help: Text
    by: str
    by_title: Text
    lines: tuple[Line, ...]
    top: int = 10


@dataclass(frozen=True, slots=True)
class Column:
    """A field shown as it is."""

    field: str
    title: Text
    unit: Unit | None = None


@dataclass(frozen=True, slots=True)
class Recent:
    """The newest rows that hold, as they are."""

    id: str
    title: Text
    help: Text
    relation: Relation
    where: Condition
    columns: tuple[Column, ...]
    limit: int = 10


@dataclass(frozen=True, slots=True)
class Stat:
    """One number."""

    id: str
    title: Text
    help: Text
    unit: Unit
    measure: Measure


Panel = TimeSeries | Bars | Breakdown | Recent | Stat


@dataclass(frozen=True, slots=True)
class PanelGroup:
    """Panels that answer one question together."""

    id: str
    title: Text
    panels: tuple[Panel, ...]


def _line(name: str, short: str | None = None) -> Line:
    """An indicator as a line, under its own title, or a short one that both languages write alike."""
    known = indicator(name)
    return Line(name, known.title if short is None else Text(short, short), known.measure, known.unit)


def _tokens(name: str, title: Text, field: str) -> Line:
    """The total of one kind of tokens."""
    return Line(name, title, Sum(CALLS, (field,), IS_BILLED))


_MODEL = "response_model"
_MODEL_TITLE = Text("Model", "モデル")
_CALLS = Line("calls", Text("Calls", "呼び出し"), Count(CALLS, IS_CHAT), "calls")
_COST_LINE = Line("cost", Text("Cost", "コスト"), SPENT, "usd")
_TOKENS = Sum(CALLS, ("output_tokens", "input_tokens", "cache_read_tokens", "cache_write_tokens"), IS_BILLED)
_TOOL_CALLS = Count(TOOL_CALLS)

GROUPS: tuple[PanelGroup, ...] = (
    PanelGroup(
        "api_health",
        Text("API health", "API の状態"),
        (
            TimeSeries(
                "calls_by_outcome",
                Text("Calls by outcome", "結果別の呼び出し数"),
                Text(
                    "Calls begun in each interval, by how they ended.",
                    "各区間に始まった呼び出しを、結果別に表示します。",
                ),
                "calls",
                (_CALLS,),
                by="outcome",
            ),
            TimeSeries(
                "error_rate",
                Text("Error rate", "エラー率"),
                indicator("error_rate").why,
                "ratio",
                (_line("error_rate"),),
            ),
            Stat(
                "success_rate",
                Text("Success rate", "成功率"),
                Text(
                    "Of the calls that ran to their end, the share that succeeded.",
                    "終了した呼び出しのうち、成功した割合。",
                ),
                "ratio",
                Ratio(CALLS, ENDED, Is("outcome", "ok")),
            ),
            Stat(
                "attempts_per_call",
                Text("Attempts per call", "呼び出しあたり試行回数"),
                Text(
                    "Mean HTTP attempts of a call; more than 1 means retries.",
                    "1 呼び出しあたりの平均 HTTP 試行回数。1 を超えると再試行があります。",
                ),
                "count",
                Mean(CALLS, ("attempts",), IS_CHAT),
            ),
            Stat(
                "attempt_error_rate",
                Text("Failed attempts", "失敗した試行"),
                Text(
                    "Of the HTTP attempts of calls that ended, the share without a good answer. "
                    "The SDK's retries hide most of them from the application.",
                    "終了した呼び出しの HTTP 試行のうち、失敗した割合。多くは SDK の再試行で隠れます。",
                ),
                "ratio",
                Share(CALLS, ("failed_attempts",), ("attempts",), SERVABLE),
            ),
        ),
    ),
    PanelGroup(
        "latency",
        Text("Latency", "レイテンシ"),
        (
            TimeSeries(
                "latency_quantiles",
                Text("Latency P50 / P95 / P99", "レイテンシ P50 / P95 / P99"),
                Text(
                    "Time that answered calls took, retries included.",
                    "応答した呼び出しの所要時間(再試行を含む)。",
                ),
                "s",
                (_line("latency_p50"), _line("latency_p95"), _line("latency_p99")),
            ),
            TimeSeries(
                "ttft",
                Text("Time to first chunk P95", "最初の出力まで P95"),
                indicator("ttft_p95").why,
                "s",
                (_line("ttft_p95"),),
            ),
            Breakdown(
                "latency_by_model",
                Text("Latency by model", "モデル別レイテンシ"),
                Text("Answered calls, by the model that answered.", "応答したモデル別の所要時間。"),
                _MODEL,
                _MODEL_TITLE,
                (
                    Line("answered", Text("Answers", "応答"), Count(CALLS, ANSWERED), "calls"),
                    _line("latency_p50", "P50"),
                    _line("latency_p95", "P95"),
                    _line("ttft_p95", "TTFT P95"),
                ),
            ),
        ),
    ),
    PanelGroup(
        "cost",
        Text("Cost", "コスト"),
        (
            TimeSeries(
                "cost_over_time",
                Text("Cost over time", "コストの推移"),
                Text(
                    "Dollars spent in each interval. Calls without a known price are left out and counted.",
                    "各区間のコスト(米ドル)。価格が不明な呼び出しは除外し、件数を別に表示します。",
                ),
                "usd",
                (_COST_LINE,),
                by=_MODEL,
            ),
            Bars(
                "cost_by_model",
                Text("Cost by model", "モデル別コスト"),
                Text("Dollars by the model that answered.", "応答したモデル別のコスト。"),
                "usd",
                SPENT,
                _MODEL,
            ),
            Bars(
                "cost_by_feature",
                Text("Cost by feature", "機能別コスト"),
                Text("Dollars by the feature that the call served.", "呼び出し元の機能別のコスト。"),
                "usd",
                SPENT,
                "feature",
            ),
            Stat(
                "unpriced_calls",
                Text("Calls without a price", "価格不明の呼び出し"),
                Text(
                    "Their model is in no price table; they cost something, but it is not known what.",
                    "価格表にないモデルの呼び出し。費用は発生しますが、金額は不明です。",
                ),
                "calls",
                Count(CALLS, Present("unpriced_reason")),
            ),
        ),
    ),
    PanelGroup(
        "tokens",
        Text("Tokens", "トークン"),
        (
            TimeSeries(
                "tokens_by_type",
                Text("Tokens by type", "種類別トークン"),
                Text(
                    "Prompt tokens are either uncached, read from the cache or written to it.",
                    "入力トークンは、非キャッシュ・キャッシュ読み出し・キャッシュ書き込みのいずれかです。",
                ),
                "tokens",
                (
                    _tokens("input", Text("Input, uncached", "入力(非キャッシュ)"), "input_tokens"),
                    _tokens("output", Text("Output", "出力"), "output_tokens"),
                    _tokens("cache_read", Text("Cache read", "キャッシュ読み出し"), "cache_read_tokens"),
                    _tokens(
                        "cache_write",
                        Text("Cache write", "キャッシュ書き込み"),
                        "cache_write_tokens",
                    ),
                ),
            ),
            TimeSeries(
                "cache_hit_rate",
                Text("Cache hit rate", "キャッシュヒット率"),
                indicator("cache_hit_rate").why,
                "ratio",
                (_line("cache_hit_rate"),),
            ),
        ),
    ),
    PanelGroup(
        "users",
        Text("Top users", "上位ユーザー"),
        (
            Bars(
                "cost_by_user",
                Text("Cost by user, top 10", "ユーザー別コスト 上位 10"),
                Text("Dollars by the application's user.", "アプリケーションのユーザー別コスト。"),
                "usd",
                SPENT,
                "user_id",
            ),
            Breakdown(
                "users",
                Text("Top 10 by calls", "呼び出し数 上位 10"),
                Text(
                    "What each user called, used and cost.",
                    "ユーザーごとの呼び出し数・トークン・コスト。",
                ),
                "user_id",
                Text("User", "ユーザー"),
                (
                    _CALLS,
                    Line("tokens", Text("Tokens", "トークン"), _TOKENS, "tokens"),
                    _COST_LINE,
                ),
            ),
        ),
    ),
    PanelGroup(
        "errors",
        Text("Errors", "エラー"),
        (
            TimeSeries(
                "errors_by_type",
                Text("Errors by type", "種類別エラー"),
                Text(
                    "Failed calls in each interval, after the SDK's own retries.",
                    "各区間に失敗した呼び出し(SDK の再試行後)。",
                ),
                "calls",
                (Line("errors", Text("Errors", "エラー"), Count(CALLS, FAILED), "calls"),),
                by="error_type",
            ),
            Bars(
                "top_errors",
                Text("Top error types", "多いエラー"),
                Text("Failed calls by the API's error type.", "API のエラー種別ごとの失敗数。"),
                "calls",
                Count(CALLS, FAILED),
                "error_type",
            ),
            Recent(
                "recent_errors",
                Text("Latest errors", "最新のエラー"),
                Text(
                    "The newest failed calls, their text redacted.",
                    "最近失敗した呼び出し(文面は秘匿化済み)。",
                ),
                CALLS,
                FAILED,
                (
                    Column("time", Text("Time", "時刻")),
                    Column("feature", Text("Feature", "機能")),
                    Column("request_model", _MODEL_TITLE),
                    Column("error_type", Text("Type", "種類")),
                    Column("http_status", Text("HTTP", "HTTP")),
                    Column("error_message", Text("Message", "メッセージ")),
                    Column("request_id", Text("Request id", "リクエスト ID")),
                ),
            ),
        ),
    ),
    PanelGroup(
        "tools",
        Text("Tools", "ツール"),
        (
            TimeSeries(
                "tool_calls",
                Text("Tool runs by tool", "ツール別の実行数"),
                Text("Tools run by the application in each interval.", "各区間に実行されたツール。"),
                "count",
                (Line("tool_calls", Text("Runs", "実行"), _TOOL_CALLS, "count"),),
                by="tool",
            ),
            Breakdown(
                "tools",
                Text("By tool", "ツール別"),
                Text("Runs, failures and durations.", "実行数・失敗率・所要時間。"),
                "tool",
                Text("Tool", "ツール"),
                (
                    Line("runs", Text("Runs", "実行"), _TOOL_CALLS, "count"),
                    Line(
                        "error_rate",
                        Text("Error rate", "エラー率"),
                        Ratio(TOOL_CALLS, OneOf("outcome", ("ok", "error")), FAILED),
                        "ratio",
                    ),
                    Line("p95", Text("P95", "P95"), Quantile(TOOL_CALLS, "duration_s", 0.95), "s"),
                ),
            ),
        ),
    ),
    PanelGroup(
        "satisfaction",
        Text("Satisfaction and quality", "満足度と品質"),
        (
            TimeSeries(
                "satisfaction",
                Text("User satisfaction", "ユーザー満足度"),
                indicator("user_satisfaction").why,
                "ratio",
                (_line("user_satisfaction"),),
            ),
            TimeSeries(
                "quality",
                Text("Task completion and hallucination", "タスク完了率とハルシネーション率"),
                Text(
                    "Shares of ended tasks and of judged answers.",
                    "終了したタスクと、評価された回答に占める割合。",
                ),
                "ratio",
                (_line("task_completion_rate"), _line("hallucination_rate")),
            ),
            Stat(
                "ratings",
                Text("Ratings", "評価数"),
                Text("Thumbs up and down that users gave.", "ユーザーが付けた高評価・低評価の合計。"),
                "count",
                Count(FEEDBACK, RATED),
            ),
            Recent(
                "comments",
                Text("Latest comments", "最新のコメント"),
                Text("What users wrote, redacted.", "ユーザーのコメント(秘匿化済み)。"),
                FEEDBACK,
                Present("comment"),
                (
                    Column("time", Text("Time", "時刻")),
                    Column("feature", Text("Feature", "機能")),
                    Column("label", Text("Rating", "評価")),
                    Column("comment", Text("Comment", "コメント")),
                ),
            ),
        ),
    ),
)


def group(name: str) -> PanelGroup | None:
    """The panel group of that id, or None."""
    return next((known for known in GROUPS if known.id == name), None)
