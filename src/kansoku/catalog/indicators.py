"""The thirteen service level indicators (SLIs), each defined once, and the bounds they are held to."""

from dataclasses import dataclass
from typing import Literal

from kansoku.catalog.fields import CALLS, EVALUATIONS, FEEDBACK, TASKS
from kansoku.catalog.measures import Is, Mean, Measure, OneOf, Quantile, Ratio, Share, Sum, Unit
from kansoku.catalog.outcomes import (
    ANSWERED,
    COUNTED,
    ENDED,
    FAILED,
    IS_ANSWER,
    IS_BILLED,
    IS_HALLUCINATED,
    JUDGED,
    RATED,
    SERVABLE,
    SUCCEEDED,
)
from kansoku.catalog.text import Text
from kansoku.errors import DefinitionError

DAY_S = 86_400

INPUT_FIELDS = ("input_tokens", "cache_read_tokens", "cache_write_tokens")
"""Together the whole prompt: Anthropic counts the three apart."""


@dataclass(frozen=True, slots=True)
class Indicator:
    """One number that says how well the AI feature works.

    `window_s`, where given, is the indicator's own window in seconds, whatever window is asked for.
    """

    name: str
    title: Text
    why: Text
    unit: Unit
    measure: Measure
    window_s: int | None = None


@dataclass(frozen=True, slots=True)
class Objective:
    """A bound on an indicator.

    Fewer than `at_least` rows are too few to call it broken.
    """

    indicator: str
    keep: Literal["above", "below"]
    bound: float
    at_least: int

    def holds(self, value: float) -> bool:
        """Whether the value is on the right side of the bound, the bound included."""
        match self.keep:
            case "above":
                return value >= self.bound
            case "below":
                return value <= self.bound


def _latency(name: str, q: float, en: str, ja: str) -> Indicator:
    """The q-quantile of the time that answered calls took, retries and back-off included."""
    return Indicator(
        name,
        Text(f"Latency P{q * 100:.0f}", f"レイテンシ P{q * 100:.0f}"),
        Text(en, ja),
        "s",
        Quantile(CALLS, "duration_s", q, ANSWERED),
    )


SPENT = Sum(CALLS, ("cost_usd",))
"""What calls cost in USD; those without a known price are left out, and counted elsewhere."""

INDICATORS: tuple[Indicator, ...] = (
    Indicator(
        "availability",
        Text("Availability", "可用性"),
        Text(
            "Of the calls that a healthy API would answer, the share that was answered. "
            "Requests that were wrong in themselves are left out.",
            "正しいリクエストのうち、応答が得られた割合。リクエスト自体の誤りは除きます。",
        ),
        "ratio",
        Ratio(CALLS, SERVABLE, SUCCEEDED),
    ),
    Indicator(
        "error_rate",
        Text("Error rate", "エラー率"),
        Text(
            "Of the calls that ran to their end, the share that failed, for any reason.",
            "終了した呼び出しのうち、理由を問わず失敗した割合。",
        ),
        "ratio",
        Ratio(CALLS, ENDED, FAILED),
    ),
    _latency(
        "latency_p50",
        0.50,
        "Half of the answers took less.",
        "応答の半数はこれより速く完了しました。",
    ),
    _latency(
        "latency_p95",
        0.95,
        "One answer in twenty took longer.",
        "20 件に 1 件はこれより長くかかりました。",
    ),
    _latency(
        "latency_p99",
        0.99,
        "One answer in a hundred took longer.",
        "100 件に 1 件はこれより長くかかりました。",
    ),
    Indicator(
        "ttft_p95",
        Text("Time to first chunk P95", "最初の出力まで P95"),
        Text(
            "How long a stream's reader waits for the first content, thinking included.",
            "ストリームで最初の内容(思考を含む)が届くまでの時間。",
        ),
        "s",
        Quantile(CALLS, "ttft_s", 0.95, ANSWERED),
    ),
    Indicator(
        "task_completion_rate",
        Text("Task completion", "タスク完了率"),
        Text(
            "Of the tasks that the application ended, the share that did what it was for.",
            "終了したタスクのうち、目的を果たした割合。",
        ),
        "ratio",
        Ratio(TASKS, OneOf("label", ("completed", "failed")), Is("label", "completed")),
    ),
    Indicator(
        "hallucination_rate",
        Text("Hallucination rate", "ハルシネーション率"),
        Text(
            "Of the answers that were judged, the share found to be made up.",
            "評価された回答のうち、事実に基づかないと判定された割合。",
        ),
        "ratio",
        Ratio(EVALUATIONS, JUDGED, IS_HALLUCINATED),
    ),
    Indicator(
        "user_satisfaction",
        Text("User satisfaction", "ユーザー満足度"),
        Text("Of the ratings given, the share that is a thumb up.", "評価のうち、高評価の割合。"),
        "ratio",
        Ratio(FEEDBACK, RATED, Is("label", "up")),
    ),
    Indicator(
        "cost_per_request_usd",
        Text("Cost per request", "リクエスト単価"),
        Text(
            "Mean price of the calls that could be priced.",
            "価格を計算できた呼び出しの平均コスト。",
        ),
        "usd",
        Mean(CALLS, ("cost_usd",), IS_ANSWER),
    ),
    Indicator(
        "cost_daily_total_usd",
        Text("Cost, last 24 h", "直近 24 時間のコスト"),
        Text(
            "What the last 24 hours cost, whatever window is looked at.",
            "表示期間にかかわらず、直近 24 時間の合計コスト。",
        ),
        "usd",
        SPENT,
        window_s=DAY_S,
    ),
    Indicator(
        "tokens_per_request",
        Text("Tokens per request", "リクエストあたりトークン"),
        Text(
            "Mean tokens of a call: prompt, cached or not, and output.",
            "1 呼び出しあたりの平均トークン数(入力・キャッシュ・出力の合計)。",
        ),
        "tokens",
        Mean(CALLS, ("output_tokens", *INPUT_FIELDS), COUNTED),
    ),
    Indicator(
        "cache_hit_rate",
        Text("Cache hit rate", "キャッシュヒット率"),
        Text(
            "Of all prompt tokens, the share read from the cache.",
            "入力トークンのうち、キャッシュから読み出された割合。",
        ),
        "ratio",
        Share(CALLS, ("cache_read_tokens",), INPUT_FIELDS, IS_BILLED),
    ),
)

OBJECTIVES: tuple[Objective, ...] = (
    Objective("availability", "above", 0.995, at_least=10),
    Objective("error_rate", "below", 0.05, at_least=10),
    Objective("latency_p95", "below", 10.0, at_least=20),
    Objective("ttft_p95", "below", 2.5, at_least=20),
    Objective("task_completion_rate", "above", 0.95, at_least=20),
    Objective("hallucination_rate", "below", 0.02, at_least=30),
    Objective("user_satisfaction", "above", 0.80, at_least=30),
)

DOWN_FROM_ERROR_RATE = 0.5
"""From this error rate on the feature counts as down rather than degraded."""

DOWN_AT_LEAST = 3
"""Fewer ended calls than this are too few to say that it is down."""

BREACH_AT_LEAST_BAD = 3
"""Fewer bad rows than this do not break an objective on a ratio: one failure at night is no outage."""


def indicator(name: str) -> Indicator:
    """The indicator of that name.

    Raises:
        DefinitionError: If there is none; the message lists those there are.
    """
    for known in INDICATORS:
        if known.name == name:
            return known
    names = ", ".join(known.name for known in INDICATORS)
    raise DefinitionError(f"there is no indicator {name!r}; the indicators are: {names}")


def bound(name: str) -> float:
    """The bound that the indicator of that name is held to, in its unit.

    Raises:
        DefinitionError: If it is held to none.
    """
    held = objective(name)
    if held is None:
        raise DefinitionError(f"the indicator {name!r} is held to no bound")
    return held.bound


def objective(name: str) -> Objective | None:
    """The objective on the indicator of that name, or None where it is held to no bound."""
    return next((known for known in OBJECTIVES if known.indicator == name), None)
