"""What people read: a headline and, for each alarm, what, how bad, since when, by whom, and what to do.

Pure: items enter, text in one language leaves. Channels only give it their form.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from urllib.parse import quote, urlencode

from kansoku.catalog.filters import filter_of
from kansoku.catalog.spans import span
from kansoku.catalog.text import Language, Text
from kansoku.judge import figures
from kansoku.judge.notice import Cause
from kansoku.notify.item import HIDDEN, Item

MOST_ITEMS = 10
"""So many alarms are told in full; the others by name and number."""

_MOST_CAUSES = 5
_STATES: dict[str, Text] = {
    "page": Text("PAGE", "緊急"),
    "ticket": Text("TICKET", "要対応"),
    "info": Text("INFO", "情報"),
    "resolved": Text("RESOLVED", "解消"),
    "test": Text("TEST", "テスト"),
}
_FIELDS: dict[str, Text] = {
    "session_id": Text("session", "セッション"),
    "tool": Text("tool", "ツール"),
    "error_type": Text("error", "エラー"),
    "alert": Text("alert", "アラート"),
    "node": Text("node", "ノード"),
}
"""What fields are called that the page has no filter for."""

_BEFORE_S, _AFTER_S = 3_600, 900
_GROUPS = {
    "availability": "可用性",
    "cost": "コスト",
    "latency": "レイテンシ",
    "quality": "品質",
    "slo": "SLO",
    "telemetry": "テレメトリ",
    "tools": "ツール",
    "watchdog": "監視",
}
"""In Japanese; in English a group is told by its name, and one of a user's own in both."""

_SOMEBODY = Text("one user (see the page)", "特定の 1 名(画面で確認)")
_VALUE, _SINCE = Text("Value", "値"), Text("Since", "開始")
_ENDED, _LASTED = Text("Ended", "終了"), Text("{0} after {1}", "{0}({1}間)")
_CAUSES, _BUDGET = Text("Mostly", "主な原因"), Text("Error budget left", "エラーバジェット残")
_FIRST, _STILL = Text("Look first", "最初に見るもの"), Text("still firing", "継続中")
_OPEN, _RUNBOOK = Text("Open Kansoku", "Kansoku を開く"), Text("Runbook", "手順書")
_MORE = Text("{0} more: {1}", "ほか {0} 件: {1}")
_COUNT = Text("{0} alerts", "アラート {0} 件")
_COUNT_PARTS = (Text("{0} firing", "発火 {0} 件"), Text("{0} resolved", "解消 {0} 件"))


@dataclass(frozen=True, slots=True)
class Style:
    """How messages are written.

    Attributes:
        language: Their language.
        zone: The time zone of the times in them.
        url: Where people open the page; empty where it is not known.
        runbook: What the alert's name is added to; empty where there is none.
    """

    language: Language = "en"
    zone: tzinfo = UTC
    url: str = ""
    runbook: str = ""

    def said(self, text: Text, *words: str) -> str:
        """The text in the language, its gaps filled."""
        found = text.en if self.language == "en" else text.ja
        return found.format(*words) if words else found

    def listed(self, words: Iterable[str]) -> str:
        """The words as a list."""
        return ("、" if self.language == "ja" else ", ").join(words)

    def moment(self, seconds: float) -> str:
        """A time with its zone: 2026-11-27 14:05 UTC."""
        return datetime.fromtimestamp(seconds, self.zone).strftime("%Y-%m-%d %H:%M %Z")


@dataclass(frozen=True, slots=True)
class Link:
    """A place to go to."""

    title: str
    url: str


@dataclass(frozen=True, slots=True)
class Paragraph:
    """One alarm: its title, what is known by heading, what to do, and where to go.

    Attributes:
        title: State, what is wrong and where, in a line.
        about: What it means.
        facts: Pairs of heading and text, in the order of their weight.
        links: Where to go.
        ended: Whether it has ended.
    """

    title: str
    about: str
    facts: tuple[tuple[str, str], ...]
    links: tuple[Link, ...]
    ended: bool


@dataclass(frozen=True, slots=True)
class Message:
    """A headline, the alarms in full, and a line of those that are not."""

    headline: str
    paragraphs: tuple[Paragraph, ...]
    more: str = ""

    def text(self) -> str:
        """The whole of it as plain text."""
        blocks = [self.headline] if len(self.paragraphs) != 1 or self.more else []
        blocks += ["\n".join(_lines(one)) for one in self.paragraphs]
        return "\n\n".join([*blocks, *([self.more] if self.more else [])])


def message(items: Sequence[Item], style: Style, most: int = MOST_ITEMS) -> Message:
    """The message of one or more items: those that fire first, the gravest first."""
    ordered = sorted(items, key=lambda one: (one.state == "resolved", one.gravity))
    told, rest = ordered[:most], ordered[most:]
    names = Counter(title(one, style, short=True) for one in rest)
    listed = style.listed(name if n == 1 else f"{name} ×{n}" for name, n in names.items())
    more = style.said(_MORE, str(len(rest)), listed[:800]) if rest else ""
    return Message(headline(ordered, style), tuple(paragraph(one, style) for one in told), more)


def headline(items: Sequence[Item], style: Style) -> str:
    """The message in a line: the alarm, or how many there are of which group."""
    if len(items) == 1:
        return title(items[0], style)
    firing = sum(one.state == "firing" for one in items)
    numbers = (firing, len(items) - firing)
    parts = [style.said(part, str(n)) for part, n in zip(_COUNT_PARTS, numbers, strict=True) if n]
    groups = list(dict.fromkeys(one.group for one in items))
    about = _group(groups[0], style) if len(groups) == 1 else style.said(_COUNT, str(len(items)))
    return f"[{_word(items[0], style)}] {about}: {style.listed(parts)}"


def _group(name: str, style: Style) -> str:
    return _GROUPS.get(name, name) if style.language == "ja" else name


def title(item: Item, style: Style, *, short: bool = False) -> str:
    """State, what is wrong and where, in a line; short is the name and where."""
    where = style.listed(_where(name, value, style) for name, value in item.labels.items())
    if short:
        return f"{item.name} ({where})" if where else item.name
    still = f" — {style.said(_STILL)}" if item.turn and item.state == "firing" else ""
    named = f"{style.said(item.title)} ({item.name})"
    return f"[{_word(item, style)}] {named}{f': {where}' if where else ''}{still}"


def summary(item: Item, style: Style) -> str:
    """The alarm and its figure in a line, for services that show no more."""
    told = style.said(item.figure)
    return f"{title(item, style)}{f' — {told}' if told else ''}"


def paragraph(item: Item, style: Style) -> Paragraph:
    """One alarm in full."""
    return Paragraph(
        title(item, style),
        style.said(item.why),
        tuple(facts(item, style)),
        tuple(links(item, style)),
        item.state == "resolved",
    )


def facts(item: Item, style: Style) -> list[tuple[str, str]]:
    """What is known of the alarm, by heading."""
    found: list[tuple[str, str]] = []
    if told := style.said(item.figure):
        found.append((style.said(_VALUE), told))
    found.append((style.said(_SINCE), style.moment(item.active_since)))
    if item.resolved_at is not None:
        lasted = span(max(60, round((item.resolved_at - item.active_since) / 60) * 60))
        ended = style.said(_LASTED, style.moment(item.resolved_at), style.said(lasted))
        found.append((style.said(_ENDED), ended))
    if causes := style.listed(_cause(one.field, one.value, one.share, style) for one in _blamed(item)):
        found.append((style.said(_CAUSES), causes))
    if item.budget_left is not None:
        found.append((style.said(_BUDGET), style.said(figures.amount(item.budget_left, "ratio"))))
    if item.state == "firing":
        found.append((style.said(_FIRST), style.said(item.todo)))
    return found


def links(item: Item, style: Style) -> list[Link]:
    """The page and the runbook, where they are known."""
    found = [Link(style.said(_OPEN), page(item, style))] if style.url else []
    if style.runbook:
        found.append(Link(style.said(_RUNBOOK), f"{style.runbook}{quote(item.name, safe='')}"))
    return found


def page(item: Item, style: Style) -> str:
    """The page, on the alarm's rows and time: an hour before it, until a quarter of an hour after its end.

    Empty where it is not known where the page is.
    """
    if not style.url:
        return ""
    asked = {"from": str(int(item.active_since - _BEFORE_S))}
    if item.resolved_at is not None:
        asked["to"] = str(int(item.resolved_at + _AFTER_S))
    for name, value in item.labels.items():
        known = filter_of(name)
        if known is not None and value and not value.endswith(HIDDEN):
            asked[known.name] = value
    return f"{style.url}/?{urlencode({**asked, 'lang': style.language}, quote_via=quote)}"


def _word(item: Item, style: Style) -> str:
    """The state in a word; a test is always called one."""
    word = style.said(_STATES["resolved" if item.state == "resolved" else item.severity])
    return f"{style.said(_STATES['test'])}: {word}" if item.test else word


def _where(field: str, value: str, style: Style) -> str:
    if value == HIDDEN:
        return style.said(_SOMEBODY)
    known = filter_of(field)
    called = known.title if known is not None else _FIELDS.get(field, Text(field, field))
    return f"{style.said(called).lower()} {value or '–'}"


def _blamed(item: Item) -> list[Cause]:
    """The largest cause of each field, so that a feature, a model and a user are all told."""
    found: dict[str, Cause] = {}
    for one in item.causes:
        found.setdefault(one.field, one)
    return list(found.values())[:_MOST_CAUSES]


def _cause(field: str, value: str, share: float, style: Style) -> str:
    return f"{_where(field, value, style)} {style.said(figures.amount(share, 'ratio'))}"


def _lines(one: Paragraph) -> list[str]:
    return [
        one.title,
        one.about,
        *(f"{heading}: {text}" for heading, text in one.facts),
        *(f"{link.title}: {link.url}" for link in one.links),
    ]
