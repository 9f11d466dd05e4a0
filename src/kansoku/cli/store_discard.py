"""`kansoku store discard`: what a failing disk left of parts is removed."""

import typer

from kansoku.catalog.settings import URL
from kansoku.catalog.text import Language, Text
from kansoku.cli.server import REFUSED
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

_NOTHING = Text("no part is cut short", "途切れたパートはありません")
_REMOVED = Text("{0} parts removed ({1})", "パート {0} 個を削除({1})")
_KEPT = Text(
    "{0} are kept, as segments from before still wait to be stored: run it again later",
    "{0} 個は、以前のセグメントが保存待ちのため残しました。後でもう一度実行してください",
)


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(name="discard", help=discard.__doc__)(discard)


def discard(
    url: Url = URL,
    data_dir: DataDir = None,
    *,
    as_json: AsJson = False,
    lang: Lang = "",
) -> int:
    """Remove what a full or failing disk left of parts. Exit code: 0 none is left, 1 some are kept."""
    language = spoken(lang)
    answer = Keeper(url, data_dir).run("discard", {}, tell)
    typer.echo(as_json_text(answer) if as_json else told(answer, language))
    return REFUSED if answer["kept"] else 0


def told(answer: Answered, language: Language) -> str:
    """The answer as people read it."""
    lines = [said(_REMOVED, language, str(answer["parts"]), size(answer["bytes"]))] if answer["parts"] else []
    if answer["kept"]:
        lines.append(said(_KEPT, language, str(answer["kept"])))
    return "\n".join(lines) or said(_NOTHING, language)
