"""`kansoku status`: is it working? One sentence, its reasons, every indicator, and an exit code."""

import json
import os
from collections.abc import Mapping, Sequence
from typing import Annotated, cast

import typer

from kansoku.catalog.indicators import INDICATORS, Indicator, objective
from kansoku.catalog.settings import URL
from kansoku.catalog.text import Language, Text
from kansoku.catalog.units import sign
from kansoku.catalog.windows import DEFAULT_WINDOW, window_seconds
from kansoku.cli.language import language_of
from kansoku.cli.server import UNREACHABLE, Server, ServerProblem
from kansoku.cli.table import aligned, plain
from kansoku.errors import SettingError
from kansoku.judge import figures

EXIT_CODES = {"working": 0, "degraded": 1, "down": 2, "no_data": 3}
_STATES = {
    "ok": Text("ok", "正常"),
    "breach": Text("BREACH", "未達"),
    "low_sample": Text("low sample", "件数不足"),
    "no_data": Text("no data", "データなし"),
    "none": Text("–", "–"),
}
_HEADER = (
    Text("INDICATOR", "指標"),
    Text("VALUE", "値"),
    Text("UNIT", "単位"),
    Text("N", "件数"),
    Text("OBJECTIVE", "目標"),
    Text("STATE", "状態"),
    Text("", ""),
)
_DEMO = Text("[demo data] ", "[デモデータ] ")

Answered = Mapping[str, object]


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(name="status", help=status.__doc__)(status)


def status(
    url: Annotated[str, typer.Option(help="The server's address.")] = URL,
    window: Annotated[str, typer.Option(help="15m, 1h, 6h, 24h, 7d or 30d.")] = DEFAULT_WINDOW,
    feature: Annotated[str, typer.Option(help="Only this feature.")] = "",
    *,
    as_json: Annotated[bool, typer.Option("--json", help="The server's answer as JSON.")] = False,
    lang: Annotated[str, typer.Option(help="en or ja; by default as the locale says.")] = "",
) -> int:
    """Say whether the AI feature works. Exit code: 0 working, 1 degraded, 2 down, 3 no data, 4 no answer."""
    language = _language(lang)
    try:
        window_seconds(window)
    except SettingError as error:
        raise typer.BadParameter(str(error).removeprefix("window: "), param_hint="--window") from None
    given = {"window": window, **({"feature": feature} if feature else {})}
    server = Server(url)
    answer = server.get("api/status", **given)
    code = EXIT_CODES.get(str(answer.get("state")))
    if code is None:
        raise ServerProblem(f"the server at {url} told no state that is known", UNREACHABLE)
    with server.understood():
        words = json.dumps(answer, ensure_ascii=False, indent=2) if as_json else told(answer, language)
    typer.echo(words)
    return code


def told(answer: Answered, language: Language) -> str:
    """The answer as people read it: sentence, reasons, settings that do not count, each indicator."""
    demo = getattr(_DEMO, language) if answer.get("demo") else ""
    reasons = (f"  - {plain(_words(reason, language))}" for reason in _list(answer["reasons"]))
    notes = (f"  ! {plain(_words(note, language))}" for note in _list(answer.get("settings")))
    lines = [demo + plain(_words(answer["headline"], language)), *reasons, *notes, ""]
    return "\n".join([*lines, _table(_list(answer["indicators"]), language)])


def _table(indicators: Sequence[object], language: Language) -> str:
    now = {str(cast("Answered", one)["name"]): cast("Answered", one) for one in indicators}
    rows = [[text.as_dict()[language] for text in _HEADER]]
    rows += [_row(known, now[known.name], language) for known in INDICATORS if known.name in now]
    return aligned(rows, right=frozenset({1, 3}))


def _row(known: Indicator, now: Answered, language: Language) -> list[str]:
    value, n = now["value"], now["n"]
    held_to = objective(known.name)
    apart = held_to.bound if held_to else None
    return [
        known.name,
        figures.figure(float(value), known.unit, apart) if isinstance(value, int | float) else "–",
        sign(known.unit).as_dict()[language],
        figures.count(n) if isinstance(n, int) else "–",
        _objective(known, language),
        _STATES.get(str(now["state"]), _STATES["none"]).as_dict()[language],
        known.title.as_dict()[language],
    ]


def _objective(known: Indicator, language: Language) -> str:
    held_to = objective(known.name)
    if held_to is None:
        return "–"
    sign = "≥" if held_to.keep == "above" else "≤"
    return f"{sign} {figures.bound(held_to.bound, known.unit).as_dict()[language]}"


def _language(asked: str) -> Language:
    match asked:
        case "":
            return language_of(os.environ)
        case "en" | "ja":
            return asked
        case _:
            raise typer.BadParameter(f"{asked!r} is not known; use en or ja", param_hint="--lang")


def _list(value: object) -> Sequence[object]:
    return cast("Sequence[object]", value) if isinstance(value, list) else []


def _words(value: object, language: Language) -> str:
    return str(cast("Mapping[str, str]", value)[language])
