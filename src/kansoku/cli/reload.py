"""`kansoku reload`: the server reads its file of settings again."""

from collections.abc import Sequence
from typing import cast

import typer

from kansoku.catalog.settings import URL
from kansoku.catalog.text import Text
from kansoku.cli.server import Server
from kansoku.cli.table import plain
from kansoku.cli.upkeep import Lang, Url, said, spoken

_DONE = Text(
    "The server counts by {0} alerts, {1} objectives and {2} channels now.",
    "アラート {0} 件、目標 {1} 件、チャネル {2} 件が有効になりました。",
)
_LATER = Text("{0} changed too, and counts from its next start.", "{0} の変更は次の起動から有効になります。")


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(name="reload", help=reload.__doc__)(reload)


def reload(url: Url = URL, *, lang: Lang = "") -> int:
    """Have the server read kansoku.toml again: alerts, objectives, budget and channels; SIGHUP does the same.

    Exit code: 0 done, 1 the file cannot be used and all stays as it was, 4 no answer.
    """
    language, server = spoken(lang), Server(url)
    answer = server.post("api/reload", {})
    with server.understood():
        counts = (str(answer[name]) for name in ("alerts", "slos", "channels"))
        typer.echo(said(_DONE, language, *counts))
        later = [plain(str(one)) for one in cast("Sequence[object]", answer["at_start"])]
    if later:
        typer.echo(said(_LATER, language, ", ".join(later)))
    return 0
