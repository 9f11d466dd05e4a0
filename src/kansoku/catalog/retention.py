"""How long what is stored is kept, by kind, unless the user says otherwise.

Thirteen months of calls let a month be compared with the same one of last year.
"""

from dataclasses import dataclass
from typing import Final

from kansoku.catalog.text import Text

TABLE: Final = "retention"
"""The table in `kansoku.toml`."""

FOREVER: Final = "forever"
LONGEST_DAYS: Final = 36_500


@dataclass(frozen=True, slots=True)
class Retention:
    """One kind of what is kept.

    Attributes:
        name: Its key in `kansoku.toml` and in commands.
        days: How long; None is for ever.
        tables: The tables it is about; a name that ends in `*` is a beginning.
        title: What it is.
    """

    name: str
    days: int | None
    tables: tuple[str, ...]
    title: Text


CONTENT: Final = "content"
RETENTIONS: Final = (
    Retention(
        "calls",
        400,
        ("calls", "duplicate_calls", "rollup_*"),
        Text("calls: model, tokens, cost, times, outcome", "呼び出し(モデル、トークン、費用、時間、結果)"),
    ),
    Retention("tool_calls", 400, ("tool_calls",), Text("tool runs", "ツール実行")),
    Retention(
        "outcomes", 400, ("outcomes",), Text("tasks, feedback, evaluations", "タスク、フィードバック、評価")
    ),
    Retention("traces", 30, ("otel_traces", "trace_hours"), Text("spans as they came", "受信したスパン")),
    Retention("logs", 30, ("otel_logs",), Text("log records as they came", "受信したログ")),
    Retention("metrics", 30, ("otel_metrics_*",), Text("metrics as they came", "受信したメトリクス")),
    Retention(
        CONTENT,
        None,
        (),
        Text(
            "prompts, answers and whatever else is in spans and logs that no column holds",
            "プロンプトと回答など、列にならないスパンとログの内容",
        ),
    ),
)
NAMES: Final = tuple(one.name for one in RETENTIONS)

Days = dict[str, int | None]
"""Days by name; None is for ever."""


def kind_of(table: str) -> str:
    """The name of what a table is kept as.

    Raises:
        ValueError: If it is none of those that are kept by the day.
    """
    for one in RETENTIONS:
        for name in one.tables:
            if table == name or (name.endswith("*") and table.startswith(name[:-1])):
                return one.name
    raise ValueError(f"no retention is about the table {table}")


def checked(name: str, value: object) -> int | None:
    """The days of one kind as someone gave them.

    Raises:
        ValueError: If they cannot be used; the message says why and how.
    """
    if name not in NAMES:
        raise ValueError(f"is not known; use one of {', '.join(NAMES)}")
    if value == FOREVER:
        return None
    if isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= LONGEST_DAYS:
        return value
    raise ValueError(f'{value!r} is neither days from 1 to {LONGEST_DAYS:,} nor "{FOREVER}"')
