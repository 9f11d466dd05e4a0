"""`kansoku tail`: log records as they arrive."""

import json
import sys
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Annotated, Literal, cast

import typer

from kansoku.catalog import log_keys
from kansoku.catalog.settings import URL
from kansoku.catalog.text import Language, Text
from kansoku.cli.follow import Follower, Thing
from kansoku.cli.server import UNREACHABLE, Server, ServerProblem
from kansoku.cli.table import json_text, plain
from kansoku.cli.upkeep import Lang, Url, said, spoken, tell

Severity = Literal["trace", "debug", "info", "warn", "error", "fatal"]

_WINDOW = "24h"
_NS = 10**9
_LETTERS = 4_000
_WARN, _ERROR = 13, 17
_SAID = {
    each.name
    for each in (
        log_keys.TIMESTAMP,
        log_keys.LEVEL,
        log_keys.EVENT,
        log_keys.MESSAGE,
        log_keys.SERVICE,
        log_keys.TRACE_ID,
        log_keys.SPAN_ID,
    )
}
_AWAY = Text("{0}; trying again", "{0}。再接続します")
_BACK = Text("{0} answers again", "{0} に再接続しました")
_SKIPPED = Text(
    "too many at once; some older ones are not shown", "多すぎるため、古いものの一部を省略しました"
)


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(name="tail", help=tail.__doc__)(tail)


def tail(
    url: Url = URL,
    *,
    service: Annotated[str, typer.Option(help="Only of this service.")] = "",
    feature: Annotated[str, typer.Option(help="Only of this feature.")] = "",
    severity: Annotated[Severity | None, typer.Option(help="Only of this severity and above.")] = None,
    word: Annotated[
        list[str] | None, typer.Option(help="Only with this word in the text; may be given again.")
    ] = None,
    trace: Annotated[str, typer.Option(help="Only of this trace.")] = "",
    lines: Annotated[
        int, typer.Option("--lines", "-n", min=0, max=1_000, help="So many to begin with.")
    ] = 10,
    every: Annotated[float, typer.Option(min=0.1, max=60, help="Ask each so many seconds.")] = 1.0,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line.")] = False,
    lang: Lang = "",
) -> int:
    """Print log records as they arrive, until Ctrl-C. Times are UTC.

    When the server goes away it is asked until it answers again, and nothing is lost or told twice.
    """
    language = spoken(lang)
    asked = {
        "window": _WINDOW,
        "service": service,
        "feature": feature,
        "severity": severity or "",
        "q": " ".join(word or ()),
        "trace_id": trace.strip().lower(),
    }
    given = {name: value for name, value in asked.items() if value}
    server, follower = Server(url), Follower("records")

    def ask(page: Mapping[str, str]) -> dict[str, object]:
        return server.get("api/logs", **given, **page)

    with server.understood():
        records = follower.begin(ask, lines)
    while True:
        for record in records:
            typer.echo(json_text(record) if as_json else _line(record))
        time.sleep(every)
        records = _next(lambda: follower.new(ask, every), server, every, language)
        if follower.skipped:
            tell(said(_SKIPPED, language))


def _next(read: Callable[[], list[Thing]], server: Server, every: float, language: Language) -> list[Thing]:
    """What is read, as soon as the server answers."""
    away = False
    while True:
        try:
            with server.understood():
                found = read()
        except ServerProblem as problem:
            if problem.code != UNREACHABLE:
                raise
            if not away:
                tell(said(_AWAY, language, str(problem)))
            away = True
            time.sleep(every)
        else:
            if away:
                tell(said(_BACK, language, server.url))
            return found


def _line(record: Thing) -> str:
    """The record as people read it, coloured by its severity where that can be seen."""
    at = int(str(record["time_ns"]))
    moment = f"{datetime.fromtimestamp(at // _NS, UTC):%m-%d %H:%M:%S}.{at % _NS // 10**6:03d}"
    severity = str(record["severity"]) or "–"
    trace_id = str(record["trace_id"])
    parts = [str(record["service"]) or "–", words(record), *([f"trace={trace_id}"] if trace_id else ())]
    shown = plain(severity).ljust(5)
    number = int(cast("int", record["severity_number"]))
    if sys.stdout.isatty() and number >= _WARN:
        shown = typer.style(shown, fg="red" if number >= _ERROR else "yellow")
    return f"{moment}  {shown}  {plain('  '.join(parts))}"


def words(record: Thing) -> str:
    """What the record says: of a JSON object its event or message, and its other keys as `key=value`."""
    body, event = str(record["body"]), str(record["event"])
    found = _object(body)
    if found is None:
        return _cut(f"{event}: {body}" if event and event not in body else body)
    said_first = [str(found[key.name]) for key in (log_keys.EVENT, log_keys.MESSAGE) if found.get(key.name)]
    first = " ".join(said_first) or event
    rest = (f"{name}={_value(value)}" for name, value in found.items() if name not in _SAID)
    return _cut(" ".join(part for part in (first, *rest) if part))


def _cut(text: str) -> str:
    return text if len(text) <= _LETTERS else f"{text[:_LETTERS]}…"


def _value(value: object) -> str:
    bare = isinstance(value, str) and value and not any(letter.isspace() for letter in value)
    return str(value) if bare else json.dumps(value, ensure_ascii=False)


def _object(body: str) -> Mapping[str, object] | None:
    """The JSON object that the text is, if it is one."""
    if not body.startswith("{"):
        return None
    try:
        found: object = json.loads(body)
    except (ValueError, RecursionError):
        return None
    return cast("Mapping[str, object]", found) if isinstance(found, dict) else None
