"""`kansoku trace`: the spans of one trace, each below its parent, beside the time that it took."""

import re
import shutil
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, cast

import typer

from kansoku.catalog.fields import CALLS, Attribute
from kansoku.catalog.settings import URL
from kansoku.catalog.text import Language, Text
from kansoku.cli.conversation import Step, conversation
from kansoku.cli.server import Server
from kansoku.cli.table import fitted, json_text, plain, width
from kansoku.cli.upkeep import AsJson, Lang, Url, said, spoken
from kansoku.cli.waterfall import Known, Place, bar, places
from kansoku.judge import figures

_ID = re.compile(r"[0-9a-f]{1,32}")
_DEEPEST = 12
_NS = 10**9
_MINUTE_S = 60
_LEAST_BAR, _LEAST_NAME = 8, 16

_SPANS = Text("spans: {0}", "スパン: {0}")
_ERRORS = Text("errors: {0}", "エラー: {0}")
_TOKENS = Text("tokens: {0}", "トークン: {0}")
_COST = Text("cost: {0}", "コスト: {0}")
_HEADER = (
    Text("SPAN", "スパン"),
    Text("START", "開始"),
    Text("TIME", "時間"),
    Text("", ""),
    Text("TOKENS", "トークン"),
    Text("COST", "コスト"),
)
_MARKS = {"": " ", "orphan": "?", "cycle": "@"}
_ERROR_MARK = "✗"
_NOTES = {
    "orphan": Text("? its parent is not among the spans that are kept", "? 親スパンが保存されていません"),
    "cycle": Text("@ it is its own ancestor", "@ 親子関係が循環しています"),
}
_TRUNCATED = Text("Cut: the trace has more spans.", "一部のみ表示: スパンがさらにあります。")


@dataclass(frozen=True, slots=True)
class Span(Known):
    """A span as it is shown; what is unknown of tokens and cost is None. The cost is in USD."""

    name: str
    service: str
    failed: bool
    message: str
    tokens: tuple[int | None, int | None]
    cost_usd: float | None


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(name="trace", help=trace.__doc__)(trace)


def trace(
    trace_id: Annotated[str, typer.Argument(metavar="ID", help="The trace's id, in hex.")],
    url: Url = URL,
    *,
    messages: Annotated[
        bool, typer.Option("--messages", help="What was said in its calls, where that was kept.")
    ] = False,
    as_json: AsJson = False,
    lang: Lang = "",
) -> int:
    """Show what happened in one trace: every span below its parent, when, how long, tokens and cost.

    Exit code: 0, 1 no such trace is kept, 4 no answer.
    """
    language = spoken(lang)
    asked = trace_id.strip().lower().replace("-", "")
    if not _ID.fullmatch(asked):
        raise typer.BadParameter(f"{trace_id!r} is no trace id; give up to 32 hex digits")
    server = Server(url)
    answer = server.get(f"api/traces/{asked}")
    calls = server.get(f"api/traces/{asked}/shape")
    with server.understood():
        answer["calls"] = calls["calls"]
        columns = shutil.get_terminal_size().columns
        lines = [json_text(answer, 2)] if as_json else list(told(answer, language, columns))
        if messages and not as_json:
            lines += ["", *conversation(_steps(answer), language)]
    for line in lines:
        red = sys.stdout.isatty() and line.startswith(_ERROR_MARK)
        typer.echo(typer.style(line, fg="red") if red else line)
    return 0


def told(answer: Mapping[str, object], language: Language, columns: int) -> Iterator[str]:
    """The trace as people read it, in lines of at most so many columns where they hold the names."""
    calls = {str(one["span_id"]): one for one in _maps(answer["calls"])}
    spans = [_span(one, calls.get(str(one["span_id"]), {})) for one in _maps(answer["spans"])]
    order = places(spans)
    yield from _summary(str(answer["trace_id"]), spans, language, columns)
    yield ""
    yield from _drawn(spans, order, language, columns)
    lost = {place.lost for place in order if place.lost}
    notes = [_NOTES[one].as_dict()[language] for one in _NOTES if one in lost]
    if answer["truncated"]:
        notes.append(_TRUNCATED.as_dict()[language])
    yield from ["", *notes] if notes else []


def _steps(answer: Mapping[str, object]) -> list[Step]:
    """The calls, each with its tokens and cost."""
    calls = {str(one["span_id"]): one for one in _maps(answer["calls"])}
    found = [one for one in _maps(answer["spans"]) if str(one["span_id"]) in calls]
    steps: list[Step] = []
    for one in sorted(found, key=lambda one: int(str(one["start_ns"]))):
        span = _span(one, calls[str(one["span_id"])])
        cells = (span.name, *_cells(span, span.start_ns)[1:])
        steps.append(Step("  ".join(filter(None, cells)), cast("Mapping[str, str]", one["attributes"])))
    return steps


def _summary(name: str, spans: Sequence[Span], language: Language, columns: int) -> Iterator[str]:
    begin, end = _ends(spans)
    at = datetime.fromtimestamp(begin // _NS, UTC)
    moment = f"{at:%Y-%m-%d %H:%M:%S}.{begin % _NS // 10**6:03d}"
    yield f"{plain(name)}  {moment} UTC  {lasting(end - begin)}"
    facts = [said(_SPANS, language, figures.count(len(spans)))]
    if failed := sum(span.failed for span in spans):
        facts.append(said(_ERRORS, language, figures.count(failed)))
    if tokens := _between([_total(span.tokens[side] for span in spans) for side in (0, 1)]):
        facts.append(said(_TOKENS, language, tokens))
    cost = [span.cost_usd for span in spans if span.cost_usd is not None]
    if cost:
        facts.append(said(_COST, language, figures.amount(sum(cost), "usd").en))
    facts += sorted({plain(span.service) for span in spans if span.service})
    yield fitted("  ".join(facts), columns).rstrip()


def _drawn(spans: Sequence[Span], order: Sequence[Place], language: Language, columns: int) -> Iterator[str]:
    """A line for each span, and one more for the message of an error."""
    begin, end = _ends(spans)
    whole = max(end - begin, 1)
    names = ["  " * min(place.depth, _DEEPEST) + plain(spans[place.index].name) for place in order]
    cells = [_cells(spans[place.index], begin) for place in order]
    header = [text.as_dict()[language] for text in _HEADER]
    sizes = [
        max(width(cell) for cell in column)
        for column in zip([header[1], header[2], header[4], header[5]], *cells, strict=True)
    ]
    room = max(columns - 2 - sum(sizes) - 2 * len(header[1:]), _LEAST_BAR + _LEAST_NAME)
    wide = min(max(map(width, [header[0], *names])), max(room - max(room // 3, _LEAST_BAR), _LEAST_NAME))
    line = room - wide
    yield _row("  ", fitted(header[0], wide), header[1:3] + header[4:], sizes, " " * line)
    for place, name, (start, lasted, tokens, cost) in zip(order, names, cells, strict=True):
        span = spans[place.index]
        mark = (_ERROR_MARK if span.failed else " ") + _MARKS[place.lost]
        from_start = span.start_ns - begin
        drawn = bar(from_start / whole, (from_start + span.duration_ns) / whole, line)
        yield _row(mark, fitted(name, wide), (start, lasted, tokens, cost), sizes, drawn)
        if span.failed and span.message:
            indent = "  " * (min(place.depth, _DEEPEST) + 2)
            yield indent + fitted(span.message, max(columns - len(indent), _LEAST_NAME)).rstrip()


def _row(mark: str, name: str, cells: Sequence[str], sizes: Sequence[int], drawn: str) -> str:
    start, lasted, tokens, cost = (
        " " * (size - width(cell)) + cell for cell, size in zip(cells, sizes, strict=True)
    )
    return f"{mark}{name}  {start}  {lasted}  {drawn}  {tokens}  {cost}".rstrip()


def _cells(span: Span, begin: int) -> tuple[str, str, str, str]:
    cost = "" if span.cost_usd is None else figures.amount(span.cost_usd, "usd").en
    return (lasting(span.start_ns - begin), lasting(span.duration_ns), _between(span.tokens), cost)


def lasting(ns: int) -> str:
    """A stretch of time, in the unit that fits it."""
    seconds = ns / _NS
    if seconds >= _MINUTE_S:
        return f"{int(seconds) // _MINUTE_S}m{int(seconds) % _MINUTE_S:02d}s"
    if seconds >= 1:
        return f"{seconds:.2f} s"
    return f"{seconds * 1000:.{1 if seconds >= 0.01 or not ns else 2}f} ms"  # noqa: PLR2004


def _between(tokens: Sequence[int | None]) -> str:
    """Tokens in and out; nothing where neither is known."""
    if all(each is None for each in tokens):
        return ""
    return "→".join("–" if each is None else figures.count(each) for each in tokens)


def _total(numbers: Iterator[int | None]) -> int | None:
    known = [each for each in numbers if each is not None]
    return sum(known) if known else None


def _ends(spans: Sequence[Span]) -> tuple[int, int]:
    return min(span.start_ns for span in spans), max(span.start_ns + span.duration_ns for span in spans)


def _span(one: Mapping[str, object], call: Mapping[str, object]) -> Span:
    """The span; tokens and cost are those of the call that it is, as the server counts and prices it."""
    tokens_in, tokens_out = _number(call.get("input_tokens")), _number(call.get("output_tokens"))
    return Span(
        int(str(one["start_ns"])),
        int(cast("int", one["duration_ns"])),
        str(one["span_id"]),
        str(one["parent_span_id"]),
        str(one["name"]),
        str(one["service"]),
        str(one["status"]).lower().endswith("error"),
        _message(one),
        (
            None if tokens_in is None else round(tokens_in),
            None if tokens_out is None else round(tokens_out),
        ),
        _number(call.get("cost_usd")),
    )


def _message(one: Mapping[str, object]) -> str:
    """What went wrong: its type and what was said of it, as far as it is known."""
    source, attributes = CALLS.field("error_type").source, cast("Mapping[str, str]", one["attributes"])
    kind = attributes.get(source.name, "") if isinstance(source, Attribute) else ""
    return ": ".join(part for part in (kind, str(one["status_message"])) if part)


def _number(value: object) -> float | None:
    return None if value is None else float(cast("float", value))


def _maps(value: object) -> list[Mapping[str, object]]:
    return [cast("Mapping[str, object]", one) for one in cast("Sequence[object]", value)]
