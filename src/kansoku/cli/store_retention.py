"""`kansoku store retention`: how long what is kept, set or carried out now."""

from collections.abc import Sequence
from typing import Annotated, cast

import typer

from kansoku.catalog.retention import checked
from kansoku.catalog.settings import URL
from kansoku.catalog.text import Language, Text
from kansoku.cli.table import aligned, plain
from kansoku.cli.upkeep import (
    Answered,
    AsJson,
    DataDir,
    Keeper,
    Lang,
    Url,
    as_json_text,
    said,
    size,
    spoken,
    tell,
)

_HEADER = (
    Text("KEPT", "対象"),
    Text("DAYS", "日数"),
    Text("SET BY", "設定元"),
    Text("FROM (UTC)", "保存開始 (UTC)"),
    Text("", ""),
)
_FOREVER = Text("for ever", "無期限")
_DROPPED = Text("dropped: {0} rows of {1} {2}, {3}", "削除: {1} {2} の {0} 行、{3}")
_WOULD_DROP = Text("would be dropped: {0} rows of {1} {2}, {3}", "削除予定: {1} {2} の {0} 行、{3}")
_CLEARED = Text("content cleared: {0} rows of {1} {2}", "内容を消去: {1} {2} の {0} 行")
_WOULD_CLEAR = Text("content would be cleared: {0} rows of {1} {2}", "内容を消去予定: {1} {2} の {0} 行")
_NOTHING = Text("nothing is older than that", "保存期間を過ぎたものはありません")
_LATE = Text(
    "{0} rows came when their day was already gone, and were dropped",
    "保存期間を過ぎてから届いて削除した行: {0}",
)


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(name="retention", help=retention.__doc__)(retention)


def retention(
    given: Annotated[
        list[str] | None,
        typer.Option("--set", help="NAME=DAYS, or NAME=forever; kept in the store. kansoku.toml wins."),
    ] = None,
    url: Url = URL,
    data_dir: DataDir = None,
    *,
    apply: Annotated[
        bool, typer.Option("--apply", help="End now what is over; a server does it every hour.")
    ] = False,
    as_json: AsJson = False,
    lang: Lang = "",
) -> int:
    """Say how long what is kept and what is over, set it, or end it now."""
    language = spoken(lang)
    arguments = {"set": dict(_setting(one) for one in given or ()), "apply": apply}
    answer = Keeper(url, data_dir).run("retention", arguments, tell)
    typer.echo(as_json_text(answer) if as_json else told(answer, language))
    return 0


def _setting(text: str) -> tuple[str, int | str]:
    """One `NAME=DAYS`."""
    name, _, days = text.partition("=")
    value = int(days) if days.isascii() and days.isdigit() else days
    try:
        checked(name, value)
    except ValueError as error:
        raise typer.BadParameter(f"{name} {error}", param_hint="--set") from None
    return name, value


def told(answer: Answered, language: Language) -> str:
    """The answer as people read it."""
    kinds = cast("Sequence[Answered]", answer["kinds"])
    table = aligned(
        [[text.as_dict()[language] for text in _HEADER], *(_row(kind, language) for kind in kinds)],
        right=frozenset({1}),
    )
    applied = bool(answer["applied"])
    lines = [
        said(_DROPPED if applied else _WOULD_DROP, language, *_named(one), size(one["bytes"]))
        for one in cast("Sequence[Answered]", answer["dropped"])
    ]
    lines += [
        said(_CLEARED if applied else _WOULD_CLEAR, language, *_named(one))
        for one in cast("Sequence[Answered]", answer["cleared"])
    ]
    late = int(cast("int", answer["late_rows"]))
    return "\n".join(
        (
            table,
            "",
            *(lines or [said(_NOTHING, language)]),
            *([said(_LATE, language, f"{late:,}")] if late else ()),
        )
    )


def _row(kind: Answered, language: Language) -> list[str]:
    days = kind["days"]
    return [
        str(kind["name"]),
        said(_FOREVER, language) if days is None else str(days),
        str(kind["set_by"]),
        str(kind["cutoff"] or "–"),
        str(cast("Answered", kind["title"])[language]),
    ]


def _named(one: Answered) -> tuple[str, str, str]:
    return f"{int(cast('int', one['rows'])):,}", plain(str(one["table"])), plain(str(one["partition"]))
