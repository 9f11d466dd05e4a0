"""The eight panel groups of the dashboard: what each panel asks, and what it is called.

A panel names measures and how to split them; a reader turns it into one query and one picture.
"""

from dataclasses import dataclass
from typing import Literal

from kansoku.catalog.fields import CALLS, FEEDBACK, TOOL_CALLS, Relation
from kansoku.catalog.indicators import SPENT, indicator
from kansoku.catalog.measures import (
    AtLeast,
    Both,
    Condition,
    Count,
    Is,
    Mean,
    Measure,
    Not,
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
    """Lines over time: one per `lines`, or, with `by`, one per value of that field (the `top` largest).

    `window_s`, where given, is the panel's own time up to the end of what is looked at, in steps of `step_s`.
    """

    id: str
    title: Text
    help: Text
    unit: Unit
    lines: tuple[Line, ...]
    by: str | None = None
    top: int = 6
    window_s: int | None = None
    step_s: int | None = None


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


@dataclass(frozen=True, slots=True)
class Heatmap:
    """How many rows that hold have the field between which two `edges`, over time; above and below too."""

    id: str
    title: Text
    help: Text
    unit: Unit
    relation: Relation
    field: str
    where: Condition
    edges: tuple[float, ...]

    @property
    def counts(self) -> tuple[Count, ...]:
        """What is counted in each place, from below the first edge to above the last."""
        known = Present(self.field)
        tests: list[tuple[Condition, ...]] = [(self.where, known) for _ in (None, *self.edges)]
        for place, edge in enumerate(self.edges):
            tests[place] += (Not(AtLeast(self.field, edge)),)
            tests[place + 1] += (AtLeast(self.field, edge),)
        return tuple(Count(self.relation, Both(held)) for held in tests)


Panel = TimeSeries | Bars | Breakdown | Recent | Stat | Heatmap


@dataclass(frozen=True, slots=True)
class CacheFigure:
    """What the prompt cache saved, or lost, in USD (`query.cache_dollars`)."""

    id: str
    title: Text
    help: Text
    figure: Literal["saved", "lost"]


@dataclass(frozen=True, slots=True)
class CacheTable:
    """The same by model and feature: a row for each, those with the most at stake first."""

    id: str
    title: Text
    help: Text
    columns: tuple[Column, ...]
    top: int = 10


@dataclass(frozen=True, slots=True)
class Month:
    """What the calendar month (UTC) costs, will have cost, and may cost."""

    id: str
    title: Text
    help: Text


Reckoned = CacheFigure | CacheTable | Month
"""A panel that needs more than rows: the price book, or a budget."""


@dataclass(frozen=True, slots=True)
class PanelGroup:
    """Panels that answer one question together; those that are reckoned come last."""

    id: str
    title: Text
    panels: tuple[Panel, ...]
    reckoned: tuple[Reckoned, ...] = ()


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

_ERRORS = Count(CALLS, FAILED)
_DAY_S = 86_400


def _stat(name: str, help_: Text | None = None) -> Stat:
    """An indicator as one number."""
    known = indicator(name)
    return Stat(f"{name}_now", known.title, known.why if help_ is None else help_, known.unit, known.measure)


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
                "calls",
                Text("Calls", "呼び出し数"),
                Text("Calls that began in this time.", "この期間に始まった呼び出しの数。"),
                "calls",
                Count(CALLS, IS_CHAT),
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
            TimeSeries(
                "calls_of_the_day",
                Text("Calls, last 24 h", "直近 24 時間の呼び出し"),
                Text(
                    "Calls by how they ended over the last 24 hours, whatever time is looked at.",
                    "選択した期間にかかわらず、直近 24 時間の呼び出しを結果別に表示します。",
                ),
                "calls",
                (_CALLS,),
                by="outcome",
                window_s=_DAY_S,
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
            Heatmap(
                "latency_heatmap",
                Text("Latency, how it spreads", "レイテンシの分布"),
                Text(
                    "Answered calls in each interval by its time: the stronger the colour, the more.",
                    "応答した呼び出しを所要時間別に表示します。濃いほど多いことを示します。",
                ),
                "s",
                CALLS,
                "duration_s",
                ANSWERED,
                (0.25, 0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0),
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
            TimeSeries(
                "cost_by_day",
                Text("Cost by day", "日別コスト"),
                Text(
                    "Dollars by day (UTC) over the last 30 days, today's so far included.",
                    "直近 30 日の日別(UTC)コスト。今日はここまでの分です。",
                ),
                "usd",
                (_COST_LINE,),
                window_s=30 * _DAY_S,
                step_s=_DAY_S,
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
                "cost",
                Text("Cost", "コスト"),
                Text(
                    "Dollars spent in this time by the calls with a known price.",
                    "この期間に、価格が分かる呼び出しにかかった費用。",
                ),
                "usd",
                SPENT,
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
        (
            Month(
                "month",
                Text("This month", "今月"),
                Text(
                    "Of the calendar month (UTC) and all calls, whatever is looked at: what it cost so far, "
                    "and what it will have cost if spending goes on as in the last week, beside the budget "
                    "of kansoku.toml.",
                    "選択した条件にかかわらず、今月(UTC)の全呼び出しの費用と、直近 1 週間のペースが"
                    "続いた場合の月末予測です。予算は kansoku.toml の [budget] です。",
                ),
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
            Stat(
                "tokens",
                Text("Tokens", "トークン"),
                Text("Tokens of all kinds.", "全種類のトークンの合計。"),
                "tokens",
                _TOKENS,
            ),
            _stat("cache_hit_rate"),
            TimeSeries(
                "cache_hit_rate",
                Text("Cache hit rate", "キャッシュヒット率"),
                indicator("cache_hit_rate").why,
                "ratio",
                (_line("cache_hit_rate"),),
            ),
        ),
        (
            CacheFigure(
                "cache_saved",
                Text("Saved by the cache", "キャッシュによる節約"),
                Text(
                    "What tokens read from the cache would have cost more as uncached input, by the price "
                    "book. What was paid for writing them is not taken off.",
                    "キャッシュから読んだトークンを通常の入力として払った場合との差額"
                    "(価格表による)。書き込みの割増は差し引いていません。",
                ),
                "saved",
            ),
            CacheFigure(
                "cache_lost",
                Text("Lost on the cache", "キャッシュの損失"),
                Text(
                    "What was paid extra to write tokens that nobody can have read in this time: of a model "
                    "and feature that read fewer tokens than they wrote, the share in between. An estimate.",
                    "この期間に読まれなかった書き込みの割増額。モデルと機能ごとに、書き込みより"
                    "読み出しが少ない分を損失とみなした推定値です。",
                ),
                "lost",
            ),
            CacheTable(
                "cache_dollars",
                Text("Cache in dollars, by model and feature", "キャッシュの収支(モデル・機能別)"),
                Text(
                    "Saved by reads, paid extra for writes, what of it is lost, and what is left over. Where "
                    "that is below zero, the cache costs more than it saves.",
                    "読み出しによる節約、書き込みの割増、うち損失、差引。差引がマイナスなら、"
                    "キャッシュはかえって高くついています。",
                ),
                (
                    Column(_MODEL, _MODEL_TITLE),
                    Column("feature", Text("Feature", "機能")),
                    Column("saved", Text("Saved", "節約"), "usd"),
                    Column("paid", Text("Paid for writes", "書き込み割増"), "usd"),
                    Column("lost", Text("Of it lost", "うち損失"), "usd"),
                    Column("net", Text("Net", "差引"), "usd"),
                ),
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
            Bars(
                "calls_by_user",
                Text("Calls by user, top 10", "ユーザー別呼び出し数 上位 10"),
                Text("Calls by the application's user.", "アプリケーションのユーザー別の呼び出し数。"),
                "calls",
                Count(CALLS, IS_CHAT),
                "user_id",
            ),
            Bars(
                "tokens_by_user",
                Text("Tokens by user, top 10", "ユーザー別トークン 上位 10"),
                Text(
                    "Tokens of all kinds by the application's user.",
                    "アプリケーションのユーザー別の全トークン数。",
                ),
                "tokens",
                _TOKENS,
                "user_id",
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
                _ERRORS,
                "error_type",
            ),
            Bars(
                "errors_by_feature",
                Text("Errors by feature", "機能別エラー"),
                Text("Failed calls by the feature that they served.", "呼び出し元の機能別の失敗数。"),
                "calls",
                _ERRORS,
                "feature",
            ),
            Bars(
                "errors_by_model",
                Text("Errors by model", "モデル別エラー"),
                Text("Failed calls by the model that was asked.", "要求したモデル別の失敗数。"),
                "calls",
                _ERRORS,
                "request_model",
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
                    Column("trace_id", Text("Trace", "トレース")),
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
            TimeSeries(
                "ratings_over_time",
                Text("Ratings over time", "評価の推移"),
                Text("Thumbs up and down in each interval.", "各区間の高評価と低評価。"),
                "count",
                (Line("ratings", Text("Ratings", "評価"), Count(FEEDBACK, RATED), "count"),),
                by="label",
            ),
            _stat("user_satisfaction"),
            Stat(
                "feedback_score",
                Text("Score", "スコア"),
                Text(
                    "Mean of the scores that users gave, 0 to 1.",
                    "ユーザーが付けたスコア(0〜1)の平均。",
                ),
                "score",
                Mean(FEEDBACK, ("score",)),
            ),
            _stat("task_completion_rate"),
            _stat("hallucination_rate"),
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
                    Column("trace_id", Text("Trace", "トレース")),
                ),
            ),
        ),
    ),
)


def group(name: str) -> PanelGroup | None:
    """The panel group of that id, or None."""
    return next((known for known in GROUPS if known.id == name), None)
