"""What to look at first where an objective's error budget is spent, by what its events are."""

from collections.abc import Mapping

from kansoku.catalog.fields import CALLS, EVALUATIONS, FEEDBACK, TASKS, TOOL_CALLS, Relation
from kansoku.catalog.measures import Condition, fields_of
from kansoku.catalog.text import Text

_OF_RELATIONS: Mapping[str, Text] = {
    TASKS.kind: Text(
        "See which task and feature fail, and since when; the traces of the last failed tasks show the "
        "calls and tools that failed in them.",
        "失敗しているタスク・機能と始まった時刻を確認し、直近に失敗したタスクのトレースで呼び出しと"
        "ツールの失敗を見てください。",
    ),
    EVALUATIONS.kind: Text(
        "Read the answers that failed their judgement, and see whether retrieval, the prompt or the model "
        "changed.",
        "判定で不合格となった回答を読み、検索・プロンプト・モデルの変更を確認してください。",
    ),
    FEEDBACK.kind: Text(
        "Read the comments of the low ratings, and compare models, features and releases.",
        "低評価のコメントを読み、モデル・機能・リリースごとに比べてください。",
    ),
    TOOL_CALLS.kind: Text(
        "See which tool the bad runs share, and its errors in the traces of the last ones.",
        "悪い実行に共通するツールと、直近のトレースにあるエラーを確認してください。",
    ),
}

_TTFT = Text(
    "See which model or feature begins late, and since when: prompt size, cache hits, thinking, retries.",
    "遅いモデル・機能と始まった時刻を確認し、入力サイズ・キャッシュ・思考・再試行を切り分けてください。",
)
_LATENCY = Text(
    "See which model or feature is slow, and since when: longer answers, a slow API, or retries.",
    "遅いモデル・機能と始まった時刻を確認し、長い応答・API の遅延・再試行を切り分けてください。",
)
_COST = Text(
    "See which model, feature or user the dear calls share, and since when: longer prompts or answers, a "
    "cache that is no longer hit, a dearer model.",
    "高コストの呼び出しに共通するモデル・機能・ユーザーと始まった時刻を確認し、入力や応答の長さ・"
    "キャッシュ・モデルの変更を切り分けてください。",
)
_AVAILABILITY = Text(
    "See which model, feature or error type the failed calls share, and since when.",
    "失敗した呼び出しに共通するモデル・機能・エラー種別と、始まった時刻を確認してください。",
)
_ANY = Text(
    "See which model or feature the bad events share, and since when.",
    "悪いイベントに共通するモデル・機能と、始まった時刻を確認してください。",
)

_OF_CALLS: Mapping[str, Text] = {
    "ttft_s": _TTFT,
    "duration_s": _LATENCY,
    "cost_usd": _COST,
    "input_tokens": _COST,
    "output_tokens": _COST,
    "outcome": _AVAILABILITY,
    "error_type": _AVAILABILITY,
    "http_status": _AVAILABILITY,
}
"""By the field that tells good calls from bad ones; the first that is asked of counts."""


def action(relation: Relation, good: Condition) -> Text:
    """What to look at first where rows of the relation are not good."""
    if relation.kind != CALLS.kind:
        return _OF_RELATIONS.get(relation.kind, _ANY)
    asked = set(fields_of(good))
    return next((text for field, text in _OF_CALLS.items() if field in asked), _ANY)
