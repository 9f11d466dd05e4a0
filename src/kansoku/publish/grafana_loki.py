"""Kansoku's log lines as panels of Grafana over Loki: calls, users, errors."""

from grafana_foundation_sdk.models import common, dashboard, logs, loki

from kansoku.catalog.fields import CALLS
from kansoku.catalog.log_keys import EVENT, USER_ID
from kansoku.catalog.text import Language, Text
from kansoku.publish.grafana_shape import Head, Sized, bars, lines, source

STREAM = "stream"
"""The dashboard's variable that tells the streams that hold the log lines."""

_CALL = "api_call_.+"
_ERROR = "api_call_error"
_COST = CALLS.field("cost_usd").name


def panels(language: Language) -> list[Sized]:
    """The panels: calls by how they ended, users by calls and by cost, the lines of errors."""
    calls = _lines_of(f'{EVENT.name}=~"{_CALL}"')
    user = USER_ID.name
    spent = f"sum by ({user}) (sum_over_time({calls} | unwrap {_COST} [$__range]))"
    return [
        lines(
            _head(
                Text("Calls by outcome, from the log", "結果別の呼び出し数(ログから)"),
                Text("Lines that tell the end of a call.", "呼び出しの終了を記録した行。"),
                f"sum by ({EVENT.name}) (count_over_time({calls} [$__interval]))",
                language,
                legend=EVENT.name,
            ),
            "calls",
            adds_up=True,
        ),
        bars(
            _head(
                Text("Calls by user, top 10", "ユーザー別呼び出し数 上位 10"),
                Text("By the application's user, redacted.", "アプリケーションのユーザー別(秘匿化済み)。"),
                f"topk(10, sum by ({user}) (count_over_time({calls} [$__range])))",
                language,
                legend=user,
            ),
            "calls",
        ),
        bars(
            _head(
                Text("Cost by user, top 10", "ユーザー別コスト 上位 10"),
                Text("Dollars by the application's user.", "アプリケーションのユーザー別コスト。"),
                f"topk(10, {spent})",
                language,
                legend=user,
            ),
            "usd",
        ),
        _errors(language),
    ]


def _lines_of(condition: str) -> str:
    return f"{{${STREAM}}} | json | {condition}"


def _errors(language: Language) -> Sized:
    title = Text("Latest errors", "最新のエラー")
    words = Text("The lines of failed calls, redacted.", "失敗した呼び出しの行(秘匿化済み)。")
    head = _head(title, words, _lines_of(f'{EVENT.name}="{_ERROR}"'), language)
    options = logs.Options(
        show_time=True,
        wrap_log_message=True,
        enable_log_details=True,
        sort_order=common.LogsSortOrder.DESCENDING,
        dedup_strategy=common.LogsDedupStrategy.NONE,
    )
    panel = dashboard.Panel(
        type_val="logs",
        title=head.title,
        description=head.help,
        datasource=source("loki"),
        targets=list(head.targets),
        options=options,
        field_config=dashboard.FieldConfigSource(defaults=dashboard.FieldConfig(), overrides=[]),
    )
    return Sized(panel, 24, 10)


def _head(title: Text, words: Text, text: str, language: Language, *, legend: str | None = None) -> Head:
    """`legend` is the label that names a series; without it the query is of lines."""
    instant = "$__range" in text
    query = loki.Dataquery(
        expr=text,
        legend_format="" if legend is None else f"{{{{{legend}}}}}",
        query_type="instant" if instant else "range",
        datasource=source("loki"),
        ref_id="A",
    )
    return Head(title.as_dict()[language], words.as_dict()[language], "loki", [query])
