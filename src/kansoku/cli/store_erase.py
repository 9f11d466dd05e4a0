"""`kansoku store erase`: one user's data erased, with proof."""

import os
import sys
from collections.abc import Mapping, Sequence
from typing import Annotated, cast

import typer

from kansoku.catalog.settings import URL, USER_ID_KEY_VARIABLE
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
    spoken,
    tell,
)
from kansoku.errors import SettingError
from kansoku.redact.pseudonym import Pseudonyms

NOT_PROVED = 3
"""Exit code when something of the person may be left."""

_HEADER = (
    Text("TABLE", "テーブル"),
    Text("ROWS BEFORE", "実行前"),
    Text("THE USER'S", "該当"),
    Text("ROWS AFTER", "実行後"),
    Text("LEFT", "残り"),
)
_TRACES = Text("traces that the user occurs in: {0}", "該当するトレース: {0}")
_ASIDE = Text("segments set aside: {0} items cut out of {1}", "退避セグメント: {1} 個から {0} 件を削除")
_PROVED = Text(
    "Erased. Searched {0} text columns: found 0 rows. Mutations are finished, and the parts of before are off"
    " the disk.",
    "消去しました。テキスト列 {0} 個を検索し、該当 0 行。変更処理は完了し、"
    "古いパートはディスクから削除済みです。",
)
_DRY = Text("Nothing was changed (--dry-run).", "変更していません(--dry-run)。")
_NOT_PROVED = Text("NOT PROVED: {0}", "証明できません: {0}")
_WHY = {
    "spool_drained": Text(
        "segments of the spool could not be loaded in time", "スプールに未保存のセグメントがあります"
    ),
    "rows_left": Text("rows are left", "該当行が残っています"),
    "mutations_unfinished": Text("mutations are not finished", "変更処理が未完了です"),
    "old_parts_left": Text("parts of before are on the disk", "古いパートがディスクに残っています"),
    "detached_parts": Text(
        "detached parts hold rows that cannot be searched", "検索できない分離パートがあります"
    ),
    "snapshots": Text("a backup is being copied", "バックアップの複製中です"),
}


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(name="erase", help=erase.__doc__)(erase)


def erase(
    user: Annotated[
        list[str] | None,
        typer.Option("--user", help="The user's id, as the application gives it; - reads stdin."),
    ] = None,
    session: Annotated[list[str] | None, typer.Option("--session", help="A session's id.")] = None,
    url: Url = URL,
    data_dir: DataDir = None,
    *,
    keep_sums: Annotated[
        bool,
        typer.Option(
            "--keep-sums", help="Keep rows of calls, tools and outcomes, without any text that names someone."
        ),
    ] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would be erased.")] = False,
    as_json: AsJson = False,
    lang: Lang = "",
) -> int:
    """Erase one user's data from every table, the spool and segments set aside, and prove it.

    With KANSOKU_USER_ID_KEY set, the pseudonym of each id is erased too. Backups are not touched.
    Exit code: 0 erased and proved, 3 not proved.
    """
    language = spoken(lang)
    users, sessions = _given(user), _given(session)
    ids = [*users, *sessions, *_pseudonyms("user_id", users), *_pseudonyms("session_id", sessions)]
    if not ids:
        raise typer.BadParameter("give an id", param_hint="--user")
    arguments = {"ids": ids, "keep_sums": keep_sums, "dry_run": dry_run}
    answer = Keeper(url, data_dir).run("erase", arguments, tell)
    typer.echo(as_json_text(answer) if as_json else told(answer, language))
    return 0 if answer["proved"] or answer["dry_run"] else NOT_PROVED


def _given(ids: Sequence[str] | None) -> list[str]:
    """The ids; `-` stands for those on stdin, one a line, so that none shows in a list of processes."""
    told: list[str] = []
    for one in ids or ():
        told += sys.stdin.read().splitlines() if one == "-" else [one]
    return told


def _pseudonyms(field: str, ids: Sequence[str]) -> list[str]:
    """What the telemetry may call these instead, where the key is told."""
    key = os.environ.get(USER_ID_KEY_VARIABLE)
    if key is None:
        return []
    try:
        made = Pseudonyms(key, sessions=True)
    except SettingError as problem:
        raise typer.BadParameter(str(problem), param_hint=USER_ID_KEY_VARIABLE) from None
    return [found for one in ids if (found := made.of(field, one)) is not None]


def told(answer: Answered, language: Language) -> str:
    """The report as people read it; it never repeats an id."""
    tables = cast("Sequence[Answered]", answer["tables"])
    aside = cast("Mapping[str, object]", answer["set_aside"])
    rows = [[text.as_dict()[language] for text in _HEADER]]
    rows += [_row(one) for one in tables if one["before"]]
    lines = [
        aligned(rows, right=frozenset(range(1, 5))),
        "",
        said(_TRACES, language, f"{answer['traces']:,}"),
        said(_ASIDE, language, f"{aside['items']:,}", f"{aside['segments']:,}"),
    ]
    if answer["dry_run"]:
        lines.append(said(_DRY, language))
    elif answer["proved"]:
        lines.append(said(_PROVED, language, f"{answer['columns_searched']:,}"))
    else:
        lines += [said(_NOT_PROVED, language, why) for why in _reasons(answer, language)]
    return "\n".join(lines)


def _row(one: Answered) -> list[str]:
    return [str(one["table"]), *(f"{one[name]:,}" for name in ("before", "found", "after", "left"))]


def _reasons(answer: Answered, language: Language) -> list[str]:
    """Why it is not proved."""
    whole = {"spool_drained": not answer["spool_drained"]}
    return [said(text, language) for key, text in _WHY.items() if whole.get(key, answer.get(key))]
