"""What the rows of a relation are called, in both languages."""

from collections.abc import Mapping
from dataclasses import dataclass

from kansoku.catalog.fields import CALLS, EVALUATIONS, FEEDBACK, TASKS, TOOL_CALLS


@dataclass(frozen=True, slots=True)
class Noun:
    """One row in English, several of them, and either in Japanese."""

    one: str
    many: str
    ja: str


_NOUNS: Mapping[str, Noun] = {
    CALLS.kind: Noun("call", "calls", "呼び出し"),
    TOOL_CALLS.kind: Noun("tool run", "tool runs", "ツール実行"),
    TASKS.kind: Noun("task", "tasks", "タスク"),
    FEEDBACK.kind: Noun("rating", "ratings", "評価"),
    EVALUATIONS.kind: Noun("judged answer", "judged answers", "判定済みの応答"),
}
_ROWS = Noun("row", "rows", "行")


def noun(kind: str) -> Noun:
    """What a row of the relation of that kind is called."""
    return _NOUNS.get(kind, _ROWS)
