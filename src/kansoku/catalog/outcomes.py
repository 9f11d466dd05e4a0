"""The words for how things ended, and the conditions that rest on them."""

from collections.abc import Mapping
from typing import Final, Literal

from kansoku.catalog.fields import AGENT_USAGE, BATCH_RESULT, CHAT
from kansoku.catalog.measures import AtLeast, Both, Either, Is, Not, OneOf, Present
from kansoku.catalog.text import Text

Outcome = Literal["ok", "error", "cancelled", "aborted"]
TaskOutcome = Literal["completed", "failed", "cancelled"]
Rating = Literal["up", "down"]

STOP_REASONS = (
    "end_turn",
    "max_tokens",
    "stop_sequence",
    "tool_use",
    "pause_turn",
    "refusal",
    "model_context_window_exceeded",
)
"""Why a model stops (Anthropic's Messages API). Others may come; these are known before their first."""

HALLUCINATION = "hallucination"
HALLUCINATED = "hallucinated"
GROUNDED = "grounded"

_CANCELLED = Text("cancelled", "キャンセル")
TITLES: Final[Mapping[str, Mapping[str, Text]]] = {
    "outcome": {
        "ok": Text("ok", "成功"),
        "error": Text("error", "エラー"),
        "cancelled": _CANCELLED,
        "aborted": Text("aborted", "途中終了"),
    },
    "label": {
        "completed": Text("completed", "完了"),
        "failed": Text("failed", "失敗"),
        "cancelled": _CANCELLED,
        "up": Text("up", "高評価"),
        "down": Text("down", "低評価"),
        HALLUCINATED: Text(HALLUCINATED, "ハルシネーション"),
        GROUNDED: Text(GROUNDED, "根拠あり"),
    },
}
"""How people read these words, by their field. In English they stand as they are sent and stored."""

SCORE_IS_GOOD_FROM = 0.5
"""A score from here up counts as a thumb up, or as hallucinated, where no label was given."""

CALLER_FAULTS = ("invalid_request_error", "request_too_large", "not_found_error")
"""Error types for requests that no healthy API would have answered (Anthropic's API error types)."""

IS_CHAT = Is("operation", CHAT)
IS_ANSWER = OneOf("operation", (CHAT, BATCH_RESULT))
"""What the model answered, at once or in a batch. Both cost; only a chat has a time and an availability."""

IS_BILLED = OneOf("operation", (CHAT, BATCH_RESULT, AGENT_USAGE))
"""All that has tokens and a price: answers, and what an agent's totals hold beyond its answers."""

SUCCEEDED = Is("outcome", "ok")
FAILED = Is("outcome", "error")
ENDED = Both((IS_CHAT, OneOf("outcome", ("ok", "error"))))
"""Chat calls that ran to their end: a call that the application stopped says nothing about the API."""

SERVABLE = Both((ENDED, Not(Both((FAILED, OneOf("error_type", CALLER_FAULTS))))))
ANSWERED = Both((IS_CHAT, SUCCEEDED))
COUNTED = Both((IS_ANSWER, Present("output_tokens")))
JUDGED = Both((Is("name", HALLUCINATION), Either((Present("label"), Present("score")))))
IS_HALLUCINATED = Either(
    (
        Is("label", HALLUCINATED),
        Both((Not(Present("label")), AtLeast("score", SCORE_IS_GOOD_FROM))),
    )
)
RATED = OneOf("label", ("up", "down"))
