"""`kansoku store retry`: segments that could not be stored are tried again."""

from collections.abc import Sequence
from typing import cast

import typer

from kansoku.catalog.settings import URL
from kansoku.catalog.text import Language, Text
from kansoku.cli.server import REFUSED
from kansoku.cli.table import plain
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

_NOTHING = Text("nothing is set aside", "退避中のセグメントはありません")
_TRIED = Text("{0} segments tried again: {1} stored", "セグメント {0} 個を再試行: {1} 個を保存")
_WAITING = Text("{0} are not done yet; loading goes on", "{0} 個は処理中です(読み込みは続きます)")
_AGAIN = Text("set aside again: {0}/{1}: {2}", "再び退避: {0}/{1}: {2}")


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(name="retry", help=retry.__doc__)(retry)


def retry(
    url: Url = URL,
    data_dir: DataDir = None,
    *,
    as_json: AsJson = False,
    lang: Lang = "",
) -> int:
    """Store again what was set aside. Exit code: 0 all of it is stored, 1 not."""
    language = spoken(lang)
    answer = Keeper(url, data_dir).run("retry", {}, tell)
    typer.echo(as_json_text(answer) if as_json else told(answer, language))
    return 0 if answer["stored"] == answer["segments"] else REFUSED


def told(answer: Answered, language: Language) -> str:
    """The answer as people read it."""
    if not answer["segments"]:
        return said(_NOTHING, language)
    lines = [said(_TRIED, language, str(answer["segments"]), str(answer["stored"]))]
    if answer["waiting"]:
        lines.append(said(_WAITING, language, str(answer["waiting"])))
    lines += [
        said(_AGAIN, language, *(plain(str(one[name])) for name in ("signal", "name", "reason")))
        for one in cast("Sequence[Answered]", answer["again"])
    ]
    return "\n".join(lines)
