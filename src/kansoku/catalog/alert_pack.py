"""The alerts that Kansoku ships: the four of the original requirement under their names, corrected, and more.

Why the requirement's own texts never fire, or fire wrongly, is in docs/alerts.md. Bounds are in the unit of
the measure: shares, seconds, USD, tokens.
"""

from kansoku.catalog.alerts import (
    WEEK_S,
    Alert,
    Always,
    Compare,
    Every,
    Lost,
    Reported,
    Sign,
    Signal,
    Some,
    Test,
    Unusual,
)
from kansoku.catalog.fields import CALLS, EVALUATIONS, FEEDBACK, TOOL_CALLS
from kansoku.catalog.indicators import INPUT_FIELDS, SPENT, bound, indicator
from kansoku.catalog.instruments import DROPPED, INSTRUMENTED, INTERNAL_ERRORS
from kansoku.catalog.measures import (
    AtMost,
    Both,
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
)
from kansoku.catalog.outcomes import (
    ANSWERED,
    ENDED,
    FAILED,
    IS_ANSWER,
    IS_BILLED,
    IS_CHAT,
    IS_HALLUCINATED,
    JUDGED,
    RATED,
    SUCCEEDED,
)
from kansoku.catalog.prices import UNKNOWN_TOKENS, UNPRICED_REASONS
from kansoku.catalog.slos import SLOS, CostBudget, Slo, absence_alert, burn_alerts, cost_alerts
from kansoku.catalog.text import Text

MINUTE, HOUR, DAY = 60, 3_600, 86_400

LEAST_CALLS = 20
"""Fewer calls than this in the window say nothing about a share or a P95."""

LEAST_PROMPT_TOKENS = 100_000
"""Fewer prompt tokens than this say nothing about the cache."""

LEAST_RATED = 30
"""Fewer ratings or judged answers than this say nothing about all users."""

LEAST_DOWN, LEAST_MADE_UP = 10, 5
"""Fewer bad ones come by chance, by the binomial distribution.

Of 30 ratings with one in ten bad as ever, 7 are bad on one day in 40, and 10 on one in 2,000. Of 30 judged
answers with one in fifty made up, 2 are on one day in 8, and 5 on one in 3,000.
"""


LEAST_FAILURES = 5
"""Fewer of a few come by chance: where one in a hundred fails as ever, 5 of 25 do once in 200,000 hours."""

LEAST_SLOW = 5
"""Fewer slow ones come by chance: where one in fifty is slow as ever, 5 of 20 are in one hour of 25,000."""

LEAST_TOOL_FAILURES = 5
"""Fewer come by chance: where one run in fifty fails as ever, three of twenty did once in a made-up month."""


LEAST_DROPPED = 100
"""Records dropped in an hour: fewer are a passing burst."""

LEAST_INTERNAL_ERRORS = 5
"""Faults of Kansoku's own in an hour: a fault that comes with calls comes again."""


def _test(measure: Measure, window_s: int, sign: Sign, than: float) -> Compare:
    return Compare(Signal(measure, window_s), sign, than)


def _of(name: str, window_s: int, sign: Sign, than: float) -> Compare:
    """The indicator of that name, compared."""
    return _test(indicator(name).measure, window_s, sign, than)


def _enough(measure: Measure, window_s: int, least: float) -> Test:
    return _test(measure, window_s, ">=", least)


_SLOW = Not(AtMost("duration_s", bound("latency_p95")))
_CALLS = Count(CALLS, ENDED)
_FAILURES = Count(CALLS, Both((ENDED, FAILED)))
_TOOL_ENDED = OneOf("outcome", ("ok", "error"))
_PROMPT_TOKENS = Sum(CALLS, INPUT_FIELDS, IS_BILLED)
_STARTED = Count(CALLS, IS_CHAT)
_WITHOUT_RATE = OneOf("unpriced_reason", tuple(one for one in UNPRICED_REASONS if one != UNKNOWN_TOKENS))
"""Of a stream that its reader left the tokens are not known: no price in a table mends that."""

FOUR: tuple[Alert, ...] = (
    Alert(
        "HighErrorRate",
        Text("Many calls fail", "エラー率の上昇"),
        Text(
            "More than 5 % of the calls that ended failed, by service.",
            "サービス別に、終了した呼び出しの 5 % を超えて失敗しています。",
        ),
        Text(
            "See the top error types. overloaded_error and api_error: the provider's status page. "
            "rate_limit_error: limits and retries. authentication_error: the key.",
            "上位のエラー種別を確認してください。overloaded_error・api_error は提供元の稼働状況、"
            "rate_limit_error は上限と再試行、authentication_error は API キーを確認します。",
        ),
        Every(
            (
                _of("error_rate", 5 * MINUTE, ">", bound("error_rate")),
                _enough(_CALLS, 5 * MINUTE, LEAST_CALLS),
            )
        ),
        for_s=5 * MINUTE,
        severity="page",
        group="availability",
        by="service",
    ),
    Alert(
        "HighLatency",
        Text("Answers are slow", "レイテンシの上昇"),
        Text(
            "More than one answer in twenty takes longer than 10 seconds, by model.",
            "モデル別に、20 件に 1 件の応答が 10 秒を超えています。",
        ),
        Text(
            "See that model's output tokens and time to first chunk: longer answers, a slow API, or retries.",
            "該当モデルの出力トークン数と最初の出力までの時間を確認し、長い応答・API の遅延・再試行を"
            "切り分けてください。",
        ),
        Every(
            (
                _of("latency_p95", 5 * MINUTE, ">", bound("latency_p95")),
                _enough(Count(CALLS, ANSWERED), 5 * MINUTE, LEAST_CALLS),
            )
        ),
        for_s=10 * MINUTE,
        severity="ticket",
        group="latency",
        by="response_model",
    ),
    Alert(
        "CostAnomaly",
        Text("Spending over the hard limit", "コストの上限超過"),
        Text("The last hour cost more than $100.", "直近 1 時間のコストが 100 ドルを超えました。"),
        Text(
            "See which model, feature and user spent most in the hour. Stop the loop or batch behind it.",
            "直近 1 時間で最も消費したモデル・機能・ユーザーを確認し、原因のループやバッチを止めてください。",
        ),
        _test(SPENT, HOUR, ">", 100.0),
        for_s=5 * MINUTE,
        severity="page",
        group="cost",
    ),
    Alert(
        "CacheMissRateHigh",
        Text("The prompt cache is hardly hit", "キャッシュヒット率の低下"),
        Text(
            "Less than 30 % of the prompt tokens were read from the cache.",
            "入力トークンのうちキャッシュから読み出された割合が 30 % 未満です。",
        ),
        Text(
            "See what changed in the first part of the prompt (a date, an id, the tools' order), and the "
            "time between calls against the cache's lifetime.",
            "プロンプト先頭部の変更(日付・ID・ツールの順序)と、呼び出し間隔がキャッシュの有効期間を"
            "超えていないかを確認してください。",
        ),
        Every(
            (
                Some(
                    (
                        _of("cache_hit_rate", 10 * MINUTE, "<", 0.30),
                        # Calls that lie further apart miss for ever; ten minutes without any tell nothing.
                        # Asked of the half hour before, too, or one burst would hold by itself for so long.
                        Every(
                            (
                                _of("cache_hit_rate", 30 * MINUTE, "<", 0.30),
                                _test(Count(CALLS, ANSWERED), 10 * MINUTE, "<=", 0),
                                Compare(
                                    Signal(_PROMPT_TOKENS, 30 * MINUTE, ago_s=30 * MINUTE),
                                    ">=",
                                    LEAST_PROMPT_TOKENS,
                                ),
                            )
                        ),
                    )
                ),
                _enough(_PROMPT_TOKENS, 30 * MINUTE, LEAST_PROMPT_TOKENS),
            )
        ),
        for_s=30 * MINUTE,
        severity="ticket",
        group="cost",
    ),
)

MORE: tuple[Alert, ...] = (
    Alert(
        "ApiOutage",
        Text("Most calls fail", "呼び出しの大半が失敗"),
        Text(
            "At least half of a service's calls of the last two minutes failed, ten or more.",
            "サービスの直近 2 分の呼び出しの半数以上(10 件以上)が失敗しました。",
        ),
        Text(
            "Look at the error type and at the provider's status page; switch to a fallback.",
            "エラー種別と提供元の稼働状況を確認し、代替手段に切り替えてください。",
        ),
        Every((_of("error_rate", 2 * MINUTE, ">=", 0.5), _enough(_FAILURES, 2 * MINUTE, 10))),
        for_s=0,
        severity="page",
        group="availability",
        by="service",
        keep_firing_for_s=2 * MINUTE,
    ),
    Alert(
        "AllCallsFailing",
        Text("No call succeeds", "すべての呼び出しが失敗"),
        Text(
            "In half an hour at least three calls of a service failed and none succeeded: few, and broken.",
            "30 分間にサービスの呼び出しが 3 件以上失敗し、成功がありません(少件数でも停止しています)。",
        ),
        Text(
            "Look at the error messages of these calls.",
            "該当する呼び出しのエラーメッセージを確認してください。",
        ),
        Every(
            (
                _enough(_FAILURES, 30 * MINUTE, 3),
                _test(Count(CALLS, Both((ENDED, SUCCEEDED))), 30 * MINUTE, "<=", 0),
            )
        ),
        for_s=5 * MINUTE,
        severity="page",
        group="availability",
        by="service",
    ),
    Alert(
        "LowTrafficErrors",
        Text("Calls of a quiet service fail", "呼び出しの少ないサービスでの失敗"),
        Text(
            "Of a service's few calls in the last hour more than 20 % failed, and at least 5.",
            "呼び出しの少ないサービスで、直近 1 時間に 20 % を超え、5 件以上が失敗しています。",
        ),
        Text(
            "See the error messages of these calls: beside a large service they show in no total.",
            "該当する呼び出しのエラーメッセージを確認してください。大きなサービスの合計では見えません。",
        ),
        Every(
            (
                _of("error_rate", HOUR, ">", 0.20),
                _enough(_CALLS, HOUR, LEAST_CALLS),
                _enough(_FAILURES, HOUR, LEAST_FAILURES),
                # What HighErrorRate sees for sure is left to it: this one would go on for an hour.
                _test(_CALLS, 5 * MINUTE, "<", 2 * LEAST_CALLS),
            )
        ),
        for_s=5 * MINUTE,
        severity="ticket",
        group="availability",
        by="service",
    ),
    Alert(
        "LowTrafficLatency",
        Text("Answers of a rarely used model are slow", "呼び出しの少ないモデルの遅延"),
        Text(
            "Of a model's few answers in the last hour more than one in five took longer than 10 seconds, "
            "and at least 5.",
            "呼び出しの少ないモデルで、直近 1 時間の応答の 5 件に 1 件を超え、5 件以上が 10 秒を超えました。",
        ),
        Text(
            "See that model's slowest calls: long answers, thinking, retries, or a slow API.",
            "該当モデルの遅い呼び出しを確認し、長い応答・思考・再試行・API の遅延を切り分けてください。",
        ),
        Every(
            (
                _test(Ratio(CALLS, ANSWERED, _SLOW), HOUR, ">", 0.20),
                _enough(Count(CALLS, ANSWERED), HOUR, LEAST_CALLS),
                _enough(Count(CALLS, Both((ANSWERED, _SLOW))), HOUR, LEAST_SLOW),
                # As of errors: what HighLatency sees for sure is left to it.
                _test(Count(CALLS, ANSWERED), 5 * MINUTE, "<", 2 * LEAST_CALLS),
            )
        ),
        for_s=5 * MINUTE,
        severity="ticket",
        group="latency",
        by="response_model",
    ),
    Alert(
        "TelemetryLost",
        Text("A service has gone silent", "サービスからの送信が途絶"),
        Text(
            "A service that reported has told nothing for five minutes, unlike about this time a day or a "
            "week ago: it is down, or cannot send.",
            "これまで送信していたサービスから 5 分間何も届いていません。前日・前週の同じ頃にはない途絶で、"
            "停止または送信不能です。",
        ),
        Text(
            "See whether the service runs, and its log for export errors.",
            "サービスの稼働と、ログの送信エラーを確認してください。",
        ),
        Lost(after_s=5 * MINUTE, known_s=DAY, usual_ago_s=(DAY, WEEK_S)),
        for_s=0,
        severity="page",
        group="telemetry",
        by="service",
    ),
    Alert(
        "NotInstrumented",
        Text("Calls are not recorded, or in part", "呼び出しが記録されていないか、一部のみです"),
        Text(
            "In a process of the service a part of the SDK that calls are seen by is not in its place: calls "
            "are missing from the numbers, or without their tokens, and other alerts may see nothing.",
            "サービスのプロセスで、呼び出しを捉える SDK の一部に計装が入っていません。呼び出しやトークンが"
            "数字から欠け、他のアラートが気づかない可能性があります。",
        ),
        Text(
            "Run kansoku doctor where the service runs: it names the part. A new version of the SDK, or "
            "another library that replaced it, are the usual causes.",
            "サービスの環境で kansoku doctor を実行すると該当箇所が分かります。SDK の更新や、他のライブラリに"
            "よる置き換えが主な原因です。",
        ),
        Reported(INSTRUMENTED, 5 * MINUTE, "<", 1),
        for_s=5 * MINUTE,
        severity="page",
        group="telemetry",
        by="service",
    ),
    Alert(
        "TelemetryDropped",
        Text("A service drops what it records", "サービスが記録を破棄しています"),
        Text(
            "A service dropped 100 or more records in the last hour: they are missing from every number.",
            "直近 1 時間に 100 件以上の記録が破棄され、すべての数字から欠けています。",
        ),
        Text(
            "See the reason under “What the numbers leave out” on the page: the network or the server, a "
            "burst, or a label with too many values.",
            "画面の「数字に含まれないもの」で理由(ネットワークやサーバー、一時的な集中、値の多すぎるラベル)を"
            "確認してください。",
        ),
        Reported(DROPPED, HOUR, ">=", LEAST_DROPPED),
        for_s=5 * MINUTE,
        severity="ticket",
        group="telemetry",
        by="service",
    ),
    Alert(
        "InternalErrors",
        Text("Kansoku fails in a service", "サービス内で Kansoku にエラー"),
        Text(
            "Kansoku itself failed 5 times or more in the last hour; the application was spared, and some "
            "facts of its calls may be missing.",
            "直近 1 時間に Kansoku 自身のエラーが 5 回以上起きました。アプリケーションに影響はありませんが、"
            "呼び出しの情報の一部が欠けている可能性があります。",
        ),
        Text(
            "See the service's log: each kind is logged once, with where it happened. Please report it.",
            "サービスのログに種類ごとに 1 回、発生箇所が記録されています。不具合としてご報告ください。",
        ),
        Reported(INTERNAL_ERRORS, HOUR, ">=", LEAST_INTERNAL_ERRORS),
        for_s=5 * MINUTE,
        severity="ticket",
        group="telemetry",
        by="service",
    ),
    Alert(
        "NoTraffic",
        Text("No calls where there should be some", "あるはずの呼び出しがない"),
        Text(
            "No call in half an hour, though there were 20 or more at this time a week ago, and also a day "
            "or two weeks ago.",
            "30 分間呼び出しがありません。1 週間前と、1 日前または 2 週間前の同じ時間帯には "
            "20 件以上ありました。",
        ),
        Text(
            "See whether users reach the feature: its callers, a flag, a deployment.",
            "呼び出し元・機能フラグ・デプロイを確認し、利用者が機能に到達できるかを見てください。",
        ),
        Every(
            (
                _test(_STARTED, 30 * MINUTE, "<=", 0),
                Compare(Signal(_STARTED, 30 * MINUTE, ago_s=WEEK_S), ">=", LEAST_CALLS),
                Some(  # a Monday comes after a Sunday without calls
                    (
                        Compare(Signal(_STARTED, 30 * MINUTE, ago_s=DAY), ">=", LEAST_CALLS),
                        Compare(Signal(_STARTED, 30 * MINUTE, ago_s=2 * WEEK_S), ">=", LEAST_CALLS),
                    )
                ),
            )
        ),
        for_s=5 * MINUTE,
        severity="ticket",
        group="telemetry",
    ),
    Alert(
        "SlowFirstChunk",
        Text("Streams begin slowly", "最初の出力の遅延"),
        Text(
            "More than one stream in twenty waits longer than 2.5 seconds for its first content, by model.",
            "モデル別に、20 件に 1 件のストリームで最初の内容まで 2.5 秒を超えています。",
        ),
        Text(
            "See prompt size, cache hits, thinking and retries of that model.",
            "該当モデルの入力サイズ・キャッシュ・思考・再試行を確認してください。",
        ),
        Every(
            (
                _of("ttft_p95", 5 * MINUTE, ">", bound("ttft_p95")),
                _enough(Count(CALLS, Both((ANSWERED, Present("ttft_s")))), 5 * MINUTE, LEAST_CALLS),
            )
        ),
        for_s=10 * MINUTE,
        severity="ticket",
        group="latency",
        by="response_model",
    ),
    Alert(
        "HighRefusalRate",
        Text("The model refuses often", "拒否の増加"),
        Text("More than 5 % of the answers were refusals.", "応答の 5 % を超えて拒否されています。"),
        Text(
            "See which feature and prompt the refusals share.",
            "拒否に共通する機能とプロンプトを確認してください。",
        ),
        Every(
            (
                _test(Ratio(CALLS, ANSWERED, Is("stop_reason", "refusal")), 30 * MINUTE, ">", 0.05),
                _enough(Count(CALLS, ANSWERED), 30 * MINUTE, LEAST_CALLS),
            )
        ),
        for_s=10 * MINUTE,
        severity="ticket",
        group="quality",
    ),
    Alert(
        "HighTruncationRate",
        Text("Many answers are cut off", "応答の打ち切り増加"),
        Text(
            "More than 10 % of the answers ended at their limit of tokens or of the context window.",
            "応答の 10 % を超えて、トークン上限またはコンテキスト上限で打ち切られています。",
        ),
        Text(
            "Raise max_tokens for the feature, or ask for shorter answers.",
            "該当機能の max_tokens を引き上げるか、短い応答を求めてください。",
        ),
        Every(
            (
                _test(
                    Ratio(
                        CALLS,
                        ANSWERED,
                        OneOf("stop_reason", ("max_tokens", "model_context_window_exceeded")),
                    ),
                    30 * MINUTE,
                    ">",
                    0.10,
                ),
                _enough(Count(CALLS, ANSWERED), 30 * MINUTE, LEAST_CALLS),
            )
        ),
        for_s=10 * MINUTE,
        severity="ticket",
        group="quality",
    ),
    Alert(
        "RetryStorm",
        Text("Calls are retried again and again", "再試行の多発"),
        Text(
            "More than 30 % of a service's HTTP attempts failed, and calls are tried again: users wait, even "
            "if calls succeed at last.",
            "サービスの HTTP 試行の 30 % を超えて失敗し、再試行が続いています。最終的に成功しても"
            "待ち時間が延びています。",
        ),
        Text(
            "529: the provider is overloaded; back off, spread the load, fall back. 429: your own limit.",
            "529 は提供元の過負荷です。間隔を空けて負荷を分散し、代替手段を使ってください。"
            "429 は自分の上限です。",
        ),
        Every(
            (
                _test(Share(CALLS, ("failed_attempts",), ("attempts",), IS_CHAT), 10 * MINUTE, ">", 0.30),
                # Calls that are refused for good fail as often, and are not tried again: no storm of retries.
                _test(Mean(CALLS, ("attempts",), IS_CHAT), 10 * MINUTE, ">", 1.1),
                _enough(Sum(CALLS, ("attempts",), IS_CHAT), 10 * MINUTE, LEAST_CALLS),
            )
        ),
        for_s=5 * MINUTE,
        severity="ticket",
        group="availability",
        by="service",
    ),
    Alert(
        "RateLimitNear",
        Text("A rate limit is nearly used up", "レート制限の残りがわずか"),
        Text(
            "After half of a model's answers less than a tenth of a rate limit was left.",
            "モデル別に、応答の半数以上でレート制限の残りが 1 割を下回っています。",
        ),
        Text(
            "Spread the load, ask for a higher limit, or move batch work to the Batches API.",
            "負荷を分散するか、上限の引き上げを申請するか、バッチ処理を Batches API に移してください。",
        ),
        Every(
            (
                _test(Quantile(CALLS, "rate_limit_remaining_ratio", 0.5, IS_CHAT), 10 * MINUTE, "<", 0.10),
                _enough(
                    Count(CALLS, Both((IS_CHAT, Present("rate_limit_remaining_ratio")))),
                    10 * MINUTE,
                    LEAST_CALLS,
                ),
            )
        ),
        for_s=5 * MINUTE,
        severity="ticket",
        group="availability",
        by="response_model",
    ),
    Alert(
        "HighToolErrorRate",
        Text("A tool fails often", "ツールのエラー増加"),
        Text(
            "More than 10 % of the runs of a tool failed, and at least 5, by tool.",
            "ツール別に、実行の 10 % を超え、5 回以上失敗しています。",
        ),
        Text(
            "See the tool's errors in the traces of its last failures.",
            "直近の失敗のトレースでツールのエラーを確認してください。",
        ),
        Every(
            (
                _test(Ratio(TOOL_CALLS, _TOOL_ENDED, FAILED), 15 * MINUTE, ">", 0.10),
                _enough(Count(TOOL_CALLS, _TOOL_ENDED), 15 * MINUTE, LEAST_CALLS),
                _enough(Count(TOOL_CALLS, Both((_TOOL_ENDED, FAILED))), 15 * MINUTE, LEAST_TOOL_FAILURES),
            )
        ),
        for_s=5 * MINUTE,
        severity="ticket",
        group="tools",
        by="tool",
    ),
    Alert(
        "UnpricedCalls",
        Text("Calls without a price", "価格不明の呼び出し"),
        Text(
            "More than 5 % of the answers have no known price, besides those whose tokens are not known: the "
            "cost shown is too low.",
            "トークン数が不明なものを除いても、応答の 5 % を超えて価格が不明で、表示コストは"
            "実際より低くなっています。",
        ),
        Text(
            "Set the model's price in kansoku.toml, then run kansoku reprice.",
            "kansoku.toml にモデルの価格を書き、kansoku reprice を実行してください。",
        ),
        Every(
            (
                _test(Ratio(CALLS, IS_ANSWER, _WITHOUT_RATE), HOUR, ">", 0.05),
                _enough(Count(CALLS, IS_ANSWER), HOUR, LEAST_CALLS),
            )
        ),
        for_s=15 * MINUTE,
        severity="ticket",
        group="cost",
    ),
    Alert(
        "LowSatisfaction",
        Text("Users are dissatisfied", "満足度の低下"),
        Text(
            "Less than 80 % of at least 30 ratings of the last day are a thumb up; at least 10 are down.",
            "直近 24 時間の評価(30 件以上、低評価 10 件以上)のうち、高評価が 80 % を下回りました。",
        ),
        Text(
            "Read the comments of the low ratings, and compare the releases.",
            "低評価のコメントを読み、リリースごとに比べてください。",
        ),
        Every(
            (
                _of("user_satisfaction", DAY, "<", bound("user_satisfaction")),
                _enough(Count(FEEDBACK, RATED), DAY, LEAST_RATED),
                _enough(Count(FEEDBACK, Is("label", "down")), DAY, LEAST_DOWN),
            )
        ),
        for_s=15 * MINUTE,
        severity="ticket",
        group="quality",
    ),
    Alert(
        "HighHallucinationRate",
        Text("Answers are made up", "ハルシネーションの増加"),
        Text(
            "More than 5 % of at least 30 judged answers of the last day were made up, and at least 5.",
            "直近 24 時間に評価された回答(30 件以上)のうち、5 % 超かつ 5 件以上が事実に基づいていません。",
        ),
        Text(
            "Read the judged answers; see whether retrieval or the prompt changed.",
            "該当する回答を読み、検索やプロンプトの変更を確認してください。",
        ),
        Every(
            (
                _of("hallucination_rate", DAY, ">", 0.05),
                _enough(Count(EVALUATIONS, JUDGED), DAY, LEAST_RATED),
                _enough(Count(EVALUATIONS, Both((JUDGED, IS_HALLUCINATED))), DAY, LEAST_MADE_UP),
            )
        ),
        for_s=15 * MINUTE,
        severity="ticket",
        group="quality",
    ),
    Alert(
        "StreamsAbandoned",
        Text("Users leave streams early", "ストリームの中断増加"),
        Text(
            "More than 30 % of the calls were left before their end.",
            "呼び出しの 30 % を超えて、完了前に中断されています。",
        ),
        Text(
            "See time to first chunk and length of the answers: readers leave what is slow or long.",
            "最初の出力までの時間と応答の長さを確認してください。遅い、または長い応答は中断されやすくなります。",
        ),
        Every(
            (
                _test(Ratio(CALLS, IS_CHAT, Is("outcome", "aborted")), 30 * MINUTE, ">", 0.30),
                _enough(_STARTED, 30 * MINUTE, LEAST_CALLS),
            )
        ),
        for_s=10 * MINUTE,
        severity="info",
        group="quality",
    ),
    Alert(
        "CostUnusual",
        Text("Spending unusual for this hour", "この時間帯としては異常なコスト"),
        Text(
            "The last two hours cost over 2.5 times what these hours of the week did in the weeks before.",
            "直近 2 時間のコストが、過去数週間の同じ曜日・時間帯の 2.5 倍を超えています。",
        ),
        Text(
            "See which model, feature and user grew against last week.",
            "先週と比べて増えたモデル・機能・ユーザーを確認してください。",
        ),
        # Of hours that differ by 30 % as ever, two together are 2.5 times the median of four such once in
        # years, and three times as much is seen. One hour alone cannot tell the two apart.
        Unusual(Signal(SPENT, 2 * HOUR), weeks=4, weeks_known=3, deviations=6.0, floor=10.0, share=1.5),
        for_s=15 * MINUTE,
        severity="ticket",
        group="cost",
    ),
    Alert(
        "Watchdog",
        Text("Alerts are evaluated", "アラートは評価されています"),
        Text(
            "Fires all the time. When it stops, alerts are no longer evaluated or no longer sent.",
            "常に発火します。止まったときは、アラートの評価または送信が止まっています。",
        ),
        Text(
            "Send it to a service that calls when it hears nothing.",
            "無通知を検知して知らせるサービスに送ってください。",
        ),
        Always(),
        for_s=0,
        severity="info",
        group="watchdog",
    ),
)

ALERTS: tuple[Alert, ...] = (*FOUR, *MORE)

EVALUATION_FAILING = Alert(
    "EvaluationFailing",
    Text("Alerts cannot be evaluated", "アラートを評価できません"),
    Text(
        "For five minutes the store has not answered what at least one alert asks: it stays as it was.",
        "5 分間、少なくとも 1 つのアラートの問い合わせにストアが応答せず、状態が更新されていません。",
    ),
    Text(
        "See which and why with kansoku alerts, and the server's log; then the store's disk and load.",
        "kansoku alerts で対象と理由を、サーバーのログとストアのディスク・負荷を確認してください。",
    ),
    Always(),
    for_s=5 * MINUTE,
    severity="page",
    group="watchdog",
)

STORE_BEHIND_S = 120
"""Data that has waited for so long to be stored is late: alerts and the page look at less than there is."""

STORE_BEHIND = Alert(
    "StoreBehind",
    Text("What arrives is stored late", "受信データの保存が遅れています"),
    Text(
        "For more than two minutes data has waited to be stored; alerts and the page do not see it yet.",
        "受信したデータが 2 分以上保存待ちで、アラートと画面にまだ反映されていません。",
    ),
    Text(
        "See the server's log, the machine's load and disk, and how much arrives: kansoku store stats.",
        "サーバーのログ、マシンの負荷とディスク、受信量を確認してください(kansoku store stats)。",
    ),
    Always(),
    for_s=2 * MINUTE,
    severity="page",
    group="watchdog",
)

SETTINGS_REFUSED = Alert(
    "SettingsRefused",
    Text("Changed settings are not in force", "変更した設定が有効になっていません"),
    Text(
        "The file of settings could not be used when it was read again: what counts is older than the file.",
        "設定ファイルを再読み込みできませんでした。有効な設定はファイルより古いままです。",
    ),
    Text(
        "See why with kansoku reload or above the alerts on the page, mend the file and reload it, before "
        "the next start: a server does not start with it.",
        "kansoku reload か画面のアラート一覧で理由を確認し、ファイルを直して再読み込みしてください。"
        "このままではサーバーは次回起動できません。",
    ),
    Always(),
    for_s=0,
    severity="ticket",
    group="watchdog",
)

SET_ASIDE = Alert(
    "DataSetAside",
    Text("What arrived could not be stored", "受信データを保存できませんでした"),
    Text(
        "The store refused data that was acknowledged: it lies beside the store, and is missing "
        "from every number.",
        "受信済みのデータをストアが受け付けませんでした。データは別に保管されていますが、すべての数字から欠けています。",
    ),
    Text(
        "See since when and why on the page under “What the numbers leave out”, mend that, and store it by "
        "kansoku store retry.",
        "画面の「数字に含まれないもの」で時期と理由を確認し、原因を直してから kansoku store retry で"
        "保存し直してください。",
    ),
    Always(),
    for_s=0,
    severity="ticket",
    group="watchdog",
)

NODE_MISSED = Alert(
    "NodeMissed",
    Text("A node of Kansoku fell silent", "Kansoku のノードが応答していません"),
    Text(
        "It told nothing for three minutes and did not end by itself: what it had acknowledged and not yet "
        "stored waits on its disk, and is missing from every number until it runs again.",
        "3 分以上応答がなく、正常終了もしていません。受信済みで未保存のデータはそのノードのディスクに残り、"
        "再び起動するまですべての数字から欠けています。",
    ),
    Text(
        "Start it again with the same data folder. If its disk is lost, silence this: it ends by itself a "
        "day after the node was last heard of.",
        "同じデータフォルダーで再起動してください。ディスクが失われた場合はサイレンスにしてください"
        "(最後の応答から 1 日で自動的に解消します)。",
    ),
    Always(),
    for_s=0,
    severity="ticket",
    group="watchdog",
)

NOTICES_LOST_S = HOUR

NOTICES_LOST = Alert(
    "NoticesLost",
    Text("News of alarms did not arrive", "アラームの通知が届きませんでした"),
    Text(
        "In the last hour a channel refused news of alarms, or was not reached for a day: nobody was told "
        "there.",
        "直近 1 時間に、通知先に拒否されたか 1 日届かなかったアラームの通知があります。"
        "そこには伝わっていません。",
    ),
    Text(
        "See the channel and its answer in the server's log, then kansoku notify test CHANNEL.",
        "サーバーのログで通知先とその応答を確認し、kansoku notify test で試してください。",
    ),
    Always(),
    for_s=0,
    severity="page",
    group="watchdog",
)

OWN = (EVALUATION_FAILING, STORE_BEHIND, SET_ASIDE, SETTINGS_REFUSED, NODE_MISSED, NOTICES_LOST)
"""Of the server itself, which knows when they hold: `alerts` leaves them out, as no row tells them."""


def alerts(slos: tuple[Slo, ...] = SLOS, cost: CostBudget | None = None) -> tuple[Alert, ...]:
    """Every alert that is shipped, those that guard the objectives and the month's budget last."""
    return (
        *ALERTS,
        *(one for slo in slos for one in burn_alerts(slo)),
        *map(absence_alert, slos),
        *(() if cost is None else cost_alerts(cost)),
    )
