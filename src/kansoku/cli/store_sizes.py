"""`kansoku store stats`: what lies on the disk."""

from collections.abc import Mapping, Sequence
from typing import cast

import typer

from kansoku.catalog.settings import URL
from kansoku.catalog.text import Language, Text
from kansoku.cli.table import aligned
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
    Text("TABLE", "テーブル"),
    Text("ROWS", "行数"),
    Text("ON DISK", "ディスク"),
    Text("COMPRESSED", "圧縮後"),
    Text("UNCOMPRESSED", "圧縮前"),
    Text("PARTS", "パート"),
    Text("OLDEST (UTC)", "最古 (UTC)"),
    Text("NEWEST (UTC)", "最新 (UTC)"),
)
_WHOLE = Text("{0} on disk for {1} calls", "ディスク {0}、呼び出し {1} 件")
_PER_CALL = Text(
    "{0} bytes a call, {1} without attributes and bodies, in which content lies",
    "1件あたり {0} バイト(内容が入る属性と本文を除くと {1} バイト)",
)
_SPOOL = Text(
    "spool: {0} not stored yet in {1} segments, {2} segments ({3}) set aside",
    "スプール: 未保存 {0}(セグメント {1} 個)、退避 {2} 個({3})",
)
_CUT_SHORT = Text(
    "{0} parts ({1}) that a full or failing disk cut short lie in detached/ of their tables",
    "容量不足や故障のディスクで途切れたパート {0} 個({1})が各テーブルの detached/ にあります",
)


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(name="stats", help=stats.__doc__)(stats)


def stats(
    url: Url = URL,
    data_dir: DataDir = None,
    *,
    as_json: AsJson = False,
    lang: Lang = "",
) -> int:
    """Say what lies on the disk: rows and bytes by table and kind of column, bytes a call, the spool."""
    language = spoken(lang)
    answer = Keeper(url, data_dir).run("stats", {}, tell)
    typer.echo(as_json_text(answer) if as_json else sizes_told(answer, language))
    return 0


def sizes_told(answer: Answered, language: Language) -> str:
    """The size report as people read it."""
    tables = cast("Sequence[Answered]", answer["tables"])
    rows = [[text.as_dict()[language] for text in _HEADER], *map(_size_row, tables)]
    spool = cast("Answered", answer["spool"])
    told = (
        said(_WHOLE, language, size(answer["bytes"]), _count(answer["calls"])),
        said(
            _PER_CALL,
            language,
            _rounded(answer["bytes_per_call"]),
            _rounded(answer["bytes_per_call_without_content"]),
        ),
        said(
            _SPOOL,
            language,
            size(spool["bytes"]),
            _count(spool["waiting"]),
            _count(spool["set_aside"]),
            size(spool["set_aside_bytes"]),
        ),
        *_cut_short_lines(cast("Answered", answer["cut_short"]), language),
    )
    return "\n".join((aligned(rows, right=frozenset(range(1, 6))), "", *_group_lines(tables), "", *told))


def _cut_short_lines(cut_short: Answered, language: Language) -> list[str]:
    if not cut_short["parts"]:
        return []
    return [said(_CUT_SHORT, language, _count(cut_short["parts"]), size(cut_short["bytes"]))]


def _size_row(table: Answered) -> list[str]:
    return [
        str(table["table"]),
        _count(table["rows"]),
        *(size(table[name]) for name in ("bytes", "compressed", "uncompressed")),
        _count(table["parts"]),
        *(str(table[name] or "–")[:19] for name in ("oldest", "newest")),
    ]


def _group_lines(tables: Sequence[Answered]) -> list[str]:
    """For each table with rows, what its kinds of columns take, the largest first."""
    lines: list[str] = []
    for table in tables:
        groups = cast("Mapping[str, Mapping[str, int]]", table["groups"])
        largest = sorted(groups.items(), key=lambda one: -one[1]["compressed"])
        told = ", ".join(f"{name} {size(one['compressed'])}" for name, one in largest if one["compressed"])
        if told:
            lines.append(f"{table['table']}: {told}")
    return lines


def _rounded(value: object) -> str:
    return "–" if value is None else f"{float(cast('float', value)):,.0f}"


def _count(value: object) -> str:
    return f"{int(cast('int', value)):,}"
