"""`kansoku silence …`: alarms that are not told for a while, by whom and why."""

import getpass
import json
import re
import time
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Annotated, cast
from urllib.parse import quote

import typer

from kansoku.catalog.settings import URL
from kansoku.catalog.text import Language, Text
from kansoku.cli.alerts import clock
from kansoku.cli.server import Server
from kansoku.cli.table import aligned, plain
from kansoku.cli.upkeep import Lang, said, spoken

_UNITS = {"m": 60, "h": 3_600, "d": 86_400, "w": 604_800}
_STATES = {
    "active": Text("active", "有効"),
    "pending": Text("to come", "予定"),
    "expired": Text("over", "終了"),
}
_HEADER = (
    Text("ID", "ID"),
    Text("STATE", "状態"),
    Text("UNTIL (UTC)", "終了 (UTC)"),
    Text("WHAT", "対象"),
    Text("WHO", "作成者"),
    Text("WHY", "理由"),
)
_NONE = Text("Nothing is silenced.", "サイレンスはありません。")
_MADE = Text("Silence {0}: {1}, until {2} UTC.", "サイレンス {0}: {1}、{2} UTC まで。")
_OVER = Text("Silence {0} is over: {1}.", "サイレンス {0} を終了しました: {1}。")

_WARNING = Text("Warning: silence {0}: {1}", "警告: サイレンス {0}: {1}")

Url = Annotated[str, typer.Option(help="The server's address.")]
AsJson = Annotated[bool, typer.Option("--json", help="The server's answer as JSON.")]
Answered = Mapping[str, object]


def register(app: typer.Typer) -> None:
    """Add the group."""
    group = typer.Typer(help="Alarms that are not told for a while.", no_args_is_help=True)
    group.command(name="add", help=add.__doc__)(add)
    group.command(name="list", help=listed.__doc__)(listed)
    group.command(name="expire", help=expire.__doc__)(expire)
    app.add_typer(group, name="silence")


def add(
    matchers: Annotated[
        list[str],
        typer.Argument(
            help="LABEL=VALUE, all of which must match: alertname, group, severity, or an alarm's own label.",
            show_default=False,
        ),
    ],
    why: Annotated[str, typer.Option(help="Why, for those who wonder later.", show_default=False)],
    lasts: Annotated[str, typer.Option("--for", help="How long: 30m, 2h, 7d; a year at most.")] = "2h",
    url: Url = URL,
    *,
    begins: Annotated[str, typer.Option("--from", help="From this time on (UTC); else at once.")] = "",
    who: Annotated[str, typer.Option(help="Who; by default who runs this.")] = "",
    name: Annotated[str, typer.Option("--id", help="Change this silence instead of making one.")] = "",
    as_json: AsJson = False,
    lang: Lang = "",
) -> int:
    """Keep alarms from being told for a while. They are evaluated and listed as ever.

    An alarm that still fires when the silence ends is told then.
    """
    language = spoken(lang)
    start = _moment(begins) if begins else None
    asked: dict[str, object] = {
        "matchers": [_matcher(one) for one in matchers],
        "who": who or _user(),
        "why": why,
        "ends": (time.time() if start is None else start) + _seconds(lasts),
    }
    asked |= {"begins": start} if start is not None else {}
    asked |= {"id": name} if name else {}
    server = Server(url)
    made = server.post("api/silences", asked)
    _answer(server, _MADE, made, language, as_json=as_json)
    with server.understood():
        _warn([made], language)
    return 0


def listed(url: Url = URL, *, as_json: AsJson = False, lang: Lang = "") -> int:
    """List the silences that hold, are to come, or ended in the last week."""
    language = spoken(lang)
    server = Server(url)
    answer = server.get("api/silences")
    with server.understood():
        words = json.dumps(answer, ensure_ascii=False, indent=2) if as_json else told(answer, language)
        typer.echo(words)
        _warn(cast("Sequence[Answered]", answer["silences"]), language)
    return 0


def expire(
    name: Annotated[str, typer.Argument(metavar="ID", help="The silence, as list names it.")],
    url: Url = URL,
    *,
    as_json: AsJson = False,
    lang: Lang = "",
) -> int:
    """End a silence now."""
    language = spoken(lang)
    server = Server(url)
    answer = server.delete(f"api/silences/{quote(name, safe='')}")
    _answer(server, _OVER, answer, language, as_json=as_json)
    return 0


def told(answer: Answered, language: Language) -> str:
    """The silences as people read them."""
    silences = [cast("Answered", one) for one in cast("Sequence[object]", answer["silences"])]
    if not silences:
        return said(_NONE, language)
    return aligned(
        [[text.as_dict()[language] for text in _HEADER], *(_row(one, language) for one in silences)]
    )


def _warn(silences: Sequence[Answered], language: Language) -> None:
    """Says, beside the answer, which of them can silence nothing, and why."""
    for one in silences:
        for text in cast("Sequence[Mapping[str, object]]", one.get("warnings", ())):
            told = said(_WARNING, language, plain(str(one["id"])), plain(str(text[language])))
            typer.echo(told, err=True)


def _row(one: Answered, language: Language) -> list[str]:
    return [
        str(one["id"]),
        _STATES[str(one["state"])].as_dict()[language],
        clock(one["ends"]),
        _matched(one),
        str(one["who"]),
        str(one["why"]),
    ]


def _answer(server: Server, text: Text, one: Answered, language: Language, *, as_json: bool) -> None:
    with server.understood():
        words = (
            json.dumps(one, ensure_ascii=False, indent=2)
            if as_json
            else said(text, language, plain(str(one["id"])), plain(_matched(one)), clock(one["ends"]))
        )
    typer.echo(words)


def _matched(one: Answered) -> str:
    matchers = [cast("Answered", each) for each in cast("Sequence[object]", one["matchers"])]
    return " ".join(f"{each['label']}={each['value']}" for each in matchers)


def _user() -> str:
    """Who runs this."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container's user may have a number alone
        raise typer.BadParameter("who runs this has no name here; say who", param_hint="--who") from None


def _matcher(told: str) -> dict[str, str]:
    label, sign, value = told.partition("=")
    if not sign or not label:
        raise typer.BadParameter(f"{told!r} is not LABEL=VALUE, as in alertname=HighErrorRate")
    return {"label": label, "value": value}


def _seconds(told: str) -> int:
    found = re.fullmatch(r"(\d{1,6})([mhdw])", told)
    if found is None:
        raise typer.BadParameter(f"{told!r} is no time; say 30m, 2h, 7d or 4w", param_hint="--for")
    return int(found[1]) * _UNITS[found[2]]


def _moment(told: str) -> float:
    try:
        moment = datetime.fromisoformat(told)
    except ValueError:
        raise typer.BadParameter(
            f"{told!r} is no time; say 2026-11-27T14:30 (UTC)", param_hint="--from"
        ) from None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
