"""What `kansoku top` shows, drawn from the server's answers."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import ceil
from typing import cast

from rich.cells import cell_len
from rich.console import Group, RenderableType
from rich.rule import Rule
from rich.table import Table
from rich.text import Text as Line

from kansoku.catalog.indicators import INDICATORS, Indicator, objective
from kansoku.catalog.measures import Unit
from kansoku.catalog.text import Language, Text
from kansoku.cli.alerts import clock, evaluated
from kansoku.cli.table import plain
from kansoku.cli.upkeep import said
from kansoku.judge import figures, phrases

_DEMO = Text("[demo data] ", "[デモデータ] ")
_STATE_STYLES = {"working": "bold green", "degraded": "bold yellow", "down": "bold red", "no_data": "bold"}
_INDICATOR_STATES = {
    "ok": (Text("ok", "正常"), "green"),
    "breach": (Text("BREACH", "未達"), "bold red"),
    "low_sample": (Text("few", "件数不足"), "yellow"),
    "no_data": (Text("", ""), "dim"),
    "none": (Text("", ""), ""),
}
_BUDGET_STATES = {
    "ok": (Text("ok", "正常"), "green"),
    "burning": (Text("BURNING", "消費中"), "bold red"),
    "exhausted": (Text("USED UP", "超過"), "bold red"),
    "low_traffic": (Text("few calls", "件数不足"), "yellow"),
    "no_data": (Text("no data", "データなし"), "dim"),
}
_ALARM_STATES = {
    "firing": (Text("FIRING", "発火中"), "bold red"),
    "pending": (Text("pending", "保留中"), "yellow"),
}
_RATE = Text("calls/s", "呼び出し/秒")
_INDICATORS = Text("Indicators", "指標")
_ALERTS = Text("Alerts", "アラート")
_SLOS = Text("Error budgets left", "エラーバジェット残り")
_TOPS = (
    ("cost", "cost_by_model", Text("Models by cost", "モデル別コスト")),
    ("cost", "cost_by_feature", Text("Features by cost", "機能別コスト")),
    ("users", "cost_by_user", Text("Users by cost", "ユーザー別コスト")),
)
_NONE = Text("none", "なし")
_UNKNOWN = Text("(unknown)", "(不明)")
_MORE = Text("and {0} more", "ほか {0} 件")
_LASTS = Text("lasts {0}", "残り {0}")
_MONTH = Text("Cost of the month", "今月のコスト")
_FOOT = Text("{0} UTC  ·  each {1} s  ·  q ends", "{0} UTC  ·  {1} 秒ごとに更新  ·  q で終了")
_AT = Text("{0} UTC", "{0} UTC")
_STALE = Text("NO NEW ANSWER since {0} UTC: {1}", "{0} UTC から応答なし: {1}")

_MINUTE_S = 60
_WIDE = 110
_ROWS = 5
_BAR = 10
_BLOCKS = " ▁▂▃▄▅▆▇█"

Answered = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Seen:
    """What the server answered at a moment (unix seconds); a part that it refused is its refusal's text."""

    at: float
    status: Answered
    parts: Mapping[str, Answered | str]


def drawn(
    seen: Seen, language: Language, width: int, every: float | None = None, problem: str = ""
) -> RenderableType:
    """The whole picture; with `every`, the seconds between two, as one that is followed by others."""
    at = clock(seen.at)[11:]
    foot = said(_AT, language, at) if every is None else said(_FOOT, language, at, f"{every:g}")
    stale = [Line(plain(said(_STALE, language, at, problem)), "reverse red")] if problem else []
    return Group(
        *stale,
        *_verdict(seen.status, language),
        *_part(seen, "api_health", lambda found: [_rate(found, language, width)]),
        *_titled(_INDICATORS, language, [_indicators(seen.status, language, width)]),
        _tops(seen, language),
        *_titled(_ALERTS, language, _part(seen, "alerts", lambda found: _alerts(found, language))),
        *_titled(_SLOS, language, _part(seen, "slos", lambda found: [_budgets(found, language)])),
        Line(foot, "dim"),
    )


def _part(
    seen: Seen, name: str, draw: Callable[[Answered], Sequence[RenderableType]]
) -> Sequence[RenderableType]:
    """What is drawn of a part, or why it is not there."""
    part = seen.parts[name]
    return [Line(plain(part), "dim")] if isinstance(part, str) else draw(part)


def _titled(title: Text, language: Language, drawn: Sequence[RenderableType]) -> Iterator[RenderableType]:
    yield Rule(Line(title.as_dict()[language], "bold"), align="left", style="dim")
    yield from drawn


def _verdict(status: Answered, language: Language) -> Iterator[RenderableType]:
    demo = _DEMO.as_dict()[language] if status.get("demo") else ""
    style = _STATE_STYLES.get(str(status["state"]), "bold")
    yield Line(demo + plain(words(status["headline"], language)), style)
    for reason in _list(status["reasons"]):
        yield Line(f"  - {plain(words(reason, language))}")


def _rate(found: Answered, language: Language, width: int) -> Line:
    """Calls a second over the last whole minute, and how they went before."""
    panel = _panel(found, "calls_by_outcome")
    step_s, end = _number(found["step_s"]), _number(found["to"])
    times = [_number(at) for at in _list(panel["times"])]
    counts = [0.0] * len(times)
    for line in _maps(panel["series"]):
        for place, value in enumerate(_list(line["values"])):
            counts[place] += 0.0 if value is None else _number(value)
    whole = [count for at, count in zip(times, counts, strict=True) if at + step_s <= end]
    lately = whole[-max(round(_MINUTE_S / step_s), 1) :]
    rate = sum(lately) / (len(lately) * step_s) if lately else 0.0
    name = f"{_RATE.as_dict()[language]} {figures.figure(round(rate, 2), 'score')}  "
    over = phrases.window(round(end - _number(found["from"]))).as_dict()[language]
    room = max(width - cell_len(name) - cell_len(over) - 2, 0)
    return Line.assemble((name, "bold"), (_spark(whole, room), "cyan"), (f"  {over}", "dim"))


def _spark(counts: Sequence[float], columns: int) -> str:
    """The counts as blocks, so many together as fit into the columns."""
    if not counts or columns < 1:
        return ""
    size = ceil(len(counts) / columns)
    sums = [sum(counts[place : place + size]) for place in range(len(counts) % size, len(counts), size)]
    most = max(sums, default=0.0) or 1.0
    return "".join(_BLOCKS[ceil(count / most * (len(_BLOCKS) - 1))] for count in sums)


def _indicators(status: Answered, language: Language, width: int) -> Table:
    """Every indicator, in two columns."""
    now = {str(one["name"]): one for one in _maps(status["indicators"])}
    known = [one for one in INDICATORS if one.name in now]
    half = ceil(len(known) / 2)
    sides = [_grid(4 if width >= _WIDE else 3, right={1}, wide=0) for _ in range(2)]
    for side, part in zip(sides, (known[:half], known[half:]), strict=True):
        for one in part:
            cells = _indicator(one, now[one.name], language)
            side.add_row(*(cells if width >= _WIDE else (*cells[:2], cells[3])))
    return _side_by_side(sides)


def _indicator(known: Indicator, now: Answered, language: Language) -> tuple[Line, Line, Line, Line]:
    value, held_to = now["value"], objective(known.name)
    shown, bound = "–", ""
    if isinstance(value, int | float):
        apart = held_to.bound if held_to else None
        shown = figures.amount(float(value), known.unit, apart).as_dict()[language]
    if held_to:
        sign = "≥" if held_to.keep == "above" else "≤"
        bound = f"{sign} {figures.bound(held_to.bound, known.unit).as_dict()[language]}"
    text, style = _INDICATOR_STATES.get(str(now["state"]), _INDICATOR_STATES["none"])
    title = known.title.as_dict()[language]
    return (Line(title), Line(shown, style), Line(bound, "dim"), Line(text.as_dict()[language], style))


def _tops(seen: Seen, language: Language) -> Table:
    """Who and what costs most, side by side."""
    tops = [
        Group(
            *_titled(
                title,
                language,
                _part(seen, group, lambda found, panel=panel: [_top(_panel(found, panel), language)]),
            )
        )
        for group, panel, title in _TOPS
    ]
    return _side_by_side(tops)


def _top(panel: Answered, language: Language) -> RenderableType:
    rows = _maps(panel["rows"])[:_ROWS]
    if not rows:
        return Line(_NONE.as_dict()[language], "dim")
    table = _grid(3, right={1, 2}, wide=0)
    for row in rows:
        label, value, share = plain(str(row["label"])), row["value"], row["share"]
        table.add_row(
            Line(label or _UNKNOWN.as_dict()[language]),
            Line("–" if value is None else figures.amount(_number(value), "usd").en),
            Line("" if share is None else f"{_number(share):.0%}", "dim"),
        )
    return table


def _alerts(answer: Answered, language: Language) -> list[RenderableType]:
    """The alarms that fire or may soon, and when alerts were evaluated where that must be said."""
    known = {str(one["name"]): one for one in _maps(answer["alerts"])}
    active = [one for one in _maps(answer["active"]) if _is_told(one, known)]
    table = _grid(5, wide=4)
    for one in active[:_ROWS]:
        table.add_row(*_alarm(one, known.get(str(one["name"]), {}), language))
    more = [Line(said(_MORE, language, str(len(active) - _ROWS)), "dim")] if len(active) > _ROWS else []
    told = [Line(plain(line)) for line in evaluated(answer, language, bool(active))]
    return [*([table] if active else []), *more, *told]


def _is_told(one: Answered, known: Mapping[str, Answered]) -> bool:
    """Whether the alarm fires or may soon, and not for information alone, as the watchdog always does."""
    severity = known.get(str(one["name"]), {}).get("severity")
    return one["state"] in _ALARM_STATES and severity != "info"


def _alarm(one: Answered, alert: Answered, language: Language) -> Iterator[Line]:
    value, unit = one["value"], cast("Unit", str(alert.get("unit", "count")))
    text, style = _ALARM_STATES[str(one["state"])]
    quiet = "dim" if one["silenced_by"] or one["inhibited_by"] else ""
    labels = ", ".join(str(held) for _, held in sorted(cast("Answered", one["labels"]).items()))
    title = cast("Mapping[str, str]", alert.get("title", {})).get(language, "")
    yield Line(text.as_dict()[language], quiet or style)
    yield Line(plain(str(alert.get("severity", ""))), quiet)
    yield Line(plain(f"{one['name']} {labels}".strip()), quiet)
    shown = figures.amount(_number(value), unit).as_dict()[language] if value is not None else "–"
    yield Line(shown, quiet)
    yield Line(plain(f"{clock(one['active_since'])[5:16]}  {title}"), quiet)


def _budgets(answer: Answered, language: Language) -> Table:
    """What is left of each objective's budget, and of the month's, where it has one."""
    table = _grid(5, right={2})
    for one in _maps(answer["slos"]):
        title = plain(words(one["title"], language))
        table.add_row(*_budget(title, one["left"], one, language))
    if cost := cast("Answered | None", answer["cost"]):
        left = _number(cost["left_usd"]) / (_number(cost["budget_usd"]) or 1.0)
        table.add_row(*_budget(_MONTH.as_dict()[language], left, cost, language))
    return table


def _budget(title: str, left: object, one: Answered, language: Language) -> Iterator[Line]:
    text, style = _BUDGET_STATES.get(str(one["state"]), _BUDGET_STATES["no_data"])
    share = None if left is None else _number(left)
    full = 0 if share is None else round(min(max(share, 0.0), 1.0) * _BAR)
    lasts = one["lasts_s"]
    yield Line(title)
    yield Line.assemble(("█" * full, style), ("░" * (_BAR - full), "dim"))
    yield Line("–" if share is None else figures.amount(share, "ratio").as_dict()[language])
    yield Line(text.as_dict()[language], style)
    told = "" if lasts is None else phrases.about(_number(lasts)).as_dict()[language]
    yield Line(said(_LASTS, language, told) if told else "", "dim")


def _grid(columns: int, *, right: Collection[int] = (), wide: int | None = None) -> Table:
    """A table without lines, whose cells are cut rather than wrapped; the column `wide` takes the rest."""
    table = Table.grid(padding=(0, 2, 0, 0), expand=wide is not None)
    for place in range(columns):
        ratio = 1 if place == wide else None
        justify = "right" if place in right else "left"
        table.add_column(justify=justify, ratio=ratio, no_wrap=True, overflow="ellipsis")
    return table


def _side_by_side(parts: Sequence[RenderableType]) -> Table:
    table = Table.grid(padding=(0, 2, 0, 0), expand=True)
    for _ in parts:
        table.add_column(ratio=1)
    table.add_row(*parts)
    return table


def words(value: object, language: Language) -> str:
    """The text in the language."""
    return str(cast("Mapping[str, str]", value)[language])


def _panel(group: Answered, name: str) -> Answered:
    return next(panel for panel in _maps(group["panels"]) if panel["id"] == name)


def _number(value: object) -> float:
    return float(cast("float", value))


def _maps(value: object) -> list[Answered]:
    return [cast("Answered", one) for one in _list(value)]


def _list(value: object) -> Sequence[object]:
    return cast("Sequence[object]", value) if isinstance(value, list) else ()
