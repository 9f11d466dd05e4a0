"""The reference pages: every indicator, instrument and field, from their one definition."""

from collections.abc import Iterable
from typing import assert_never

from kansoku.catalog.alert_pack import alerts
from kansoku.catalog.emitters import EMITTERS
from kansoku.catalog.fields import (
    RELATIONS,
    Attribute,
    Constant,
    EventNamed,
    Field,
    Having,
    Intrinsic,
    Relation,
    Resource,
    StatusOr,
    Uncached,
)
from kansoku.catalog.indicators import INDICATORS, Indicator, objective
from kansoku.catalog.instruments import INSTRUMENTS, Instrument
from kansoku.catalog.log_keys import LOG_KEYS
from kansoku.catalog.panels import GROUPS
from kansoku.catalog.settings import VARIABLES, Reader
from kansoku.judge.alarm import RESOLVED_KEPT_S, RULES, Seen
from kansoku.publish.prometheus import why
from kansoku.query.promql import span

_GENERATED = "<!-- Written by `./dev generate` from src/kansoku/catalog; change it there. -->"


def pages() -> dict[str, str]:
    """Each page's text by its path below `docs/reference`."""
    return {
        "indicators.md": _page(
            "Indicators", "The thirteen service level indicators and their objectives.", _indicators()
        ),
        "metrics.md": _page(
            "Metrics", "Every metric instrument that an application exports.", _instruments()
        ),
        "fields.md": _page("Fields", "Every column kept, and where it lies on the wire.", _relations()),
        "alerts.md": _page(
            "Alerts",
            "The alerts by name; docs/alerts.md says how Prometheus gets them, and what is not built yet.",
            _alerts(),
        ),
        "alarm-states.md": _page(
            "Alarm states",
            "From state to state (docs/alerting.md): the table that the evaluator follows.",
            _alarm_states(),
        ),
        "emitters.md": _page(
            "Emitters",
            "Who else records calls of Claude, what was run and read, and what it does not tell "
            "(docs/emitters.md).",
            _emitters(),
        ),
        "logs.md": _page("Log lines", "The keys of a JSON log line, in order.", _log_keys()),
        "panels.md": _page("Panels", "The eight panel groups of the dashboard.", _panels()),
        "environment.md": _page(
            "Environment variables",
            "What an application's environment says. An argument of `kansoku.init` always wins; "
            "`{SIGNAL}` is TRACES, METRICS or LOGS.",
            _variables(),
        ),
    }


def _page(title: str, about: str, body: Iterable[str]) -> str:
    """A whole page."""
    return "\n".join((_GENERATED, "", f"# {title}", "", about, "", *body)) + "\n"


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> Iterable[str]:
    """A Markdown table."""
    yield _row(head)
    yield _row(("---",) * len(head))
    yield from map(_row, rows)


def _row(cells: tuple[str, ...]) -> str:
    """One row; a bar in a cell would end it."""
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def _indicators() -> Iterable[str]:
    """The table of indicators."""
    return _table(
        ("Name", "Title", "名称", "Unit", "Objective", "What it is"),
        (
            (f"`{each.name}`", each.title.en, each.title.ja, each.unit, _bound(each), each.why.en)
            for each in INDICATORS
        ),
    )


def _bound(indicator: Indicator) -> str:
    """The objective in short, or nothing."""
    held = objective(indicator.name)
    if held is None:
        return ""
    sign = "≥" if held.keep == "above" else "≤"
    return f"{sign} {held.bound:g} (from {held.at_least} on)"


def _instruments() -> Iterable[str]:
    """The table of instruments."""
    return _table(
        ("Prometheus", "OTLP", "Kind", "Unit", "Labels", "What it counts"),
        (
            (
                f"`{_exposed(each)}`",
                f"`{each.wire_name}`",
                each.kind,
                each.unit,
                ", ".join(f"`{label}`" for label in each.labels),
                each.help,
            )
            for each in INSTRUMENTS
        ),
    )


def _exposed(instrument: Instrument) -> str:
    """The name on a scrape page."""
    return instrument.name + ("_total" if instrument.kind == "counter" else "")


def _relations() -> Iterable[str]:
    """A section for each kind of row."""
    for relation in RELATIONS:
        yield from (f"## {relation.kind}, in table `{relation.table}`", "", _chosen(relation), "")
        yield from _table(
            ("Column", "Holds", "On the wire", "What it is"),
            ((f"`{each.name}`", each.kind.value, _wire(each), each.brief) for each in relation.fields),
        )
        yield ""


def _chosen(relation: Relation) -> str:
    """Which spans or log records become its rows."""
    what = "Spans" if relation.signal == "span" else "Log records"
    match relation.select:
        case Having(attribute, ()):
            return f"{what} that have `{attribute}`."
        case Having(attribute, values):
            return f"{what} whose `{attribute}` is {' or '.join(f'`{value}`' for value in values)}."
        case EventNamed(name):
            return f"{what} of the event `{name}`."
        case _:
            assert_never(relation.select)


def _wire(field: Field) -> str:
    """Where the field is read from."""
    match field.source:
        case Attribute(name, older):
            return ", else ".join(f"`{each}`" for each in (name, *older))
        case Resource(name, older, override):
            names = (*((override,) if override else ()), f"resource {name}", *older)
            return ", else ".join(f"`{each}`" for each in names)
        case Uncached(total, cached):
            return f"`{total.name}` less " + " and ".join(f"`{each.name}`" for each in cached)
        case StatusOr(attribute):
            return f"`{attribute.name}`, else the span's status"
        case Intrinsic(part):
            return f"the record's own {part}"
        case Constant(value):
            return f"always `{value}`" if value else "always empty"
        case _:
            assert_never(field.source)


def _alerts() -> Iterable[str]:
    """The table of alerts."""
    return _table(
        ("Alert", "Title", "名称", "Severity", "For", "What it means", "In Prometheus"),
        (
            (
                f"`{each.name}`",
                each.title.en,
                each.title.ja,
                each.severity,
                span(each.for_s) if each.for_s else "",
                each.why.en,
                why(each) or "yes",
            )
            for each in alerts()
        ),
    )


def _alarm_states() -> Iterable[str]:
    """The state machine drawn, and as a table."""
    yield from ("```mermaid", "stateDiagram-v2", "    [*] --> inactive")
    yield from (f"    {one.before} --> {one.after}: {_SEEN[one.seen]}" for one in RULES)
    yield from ("```", "")
    yield from _table(("From", "What the evaluation sees", "To"), _steps())


def _steps() -> Iterable[tuple[str, ...]]:
    return ((one.before, _SEEN[one.seen], one.after) for one in RULES)


_SEEN: dict[Seen, str] = {
    "holds": "it holds, for less than `for` so far",
    "holds_long": "it holds, for `for` or longer",
    "ceased": "it does not hold",
    "ceased_kept": "it does not hold, for less than `keep_firing_for` so far",
    "forgotten": f"it ended more than {RESOLVED_KEPT_S // 60} minutes ago",
}


def _emitters() -> Iterable[str]:
    """The table of emitters."""
    return _table(
        ("Emitter", "`emitter`", "Run and read", "Its names", "Input tokens", "Not told, or told wrongly"),
        (
            (each.title, f"`{each.name}`", each.version, each.source, each.tokens, each.unknown)
            for each in EMITTERS
        ),
    )


def _log_keys() -> Iterable[str]:
    """The table of keys."""
    return _table(
        ("Key", "On every line", "What it is"),
        ((f"`{each.name}`", "yes" if each.on_every_line else "", each.brief) for each in LOG_KEYS),
    )


def _panels() -> Iterable[str]:
    """A section for each group."""
    for group in GROUPS:
        yield from (f"## {group.title.en} / {group.title.ja}", "")
        yield from _table(
            ("Panel", "Title", "名称", "What it shows"),
            (
                (f"`{each.id}`", each.title.en, each.title.ja, each.help.en)
                for each in (*group.panels, *group.reckoned)
            ),
        )
        yield ""


def _variables() -> Iterable[str]:
    """The table of environment variables."""
    return _table(
        ("Variable", "Acted on by", "What it does"),
        ((f"`{each.name}`", _READERS[each.reader], each.does) for each in VARIABLES),
    )


_READERS: dict[Reader, str] = {
    "kansoku": "Kansoku",
    "exporter": "OpenTelemetry's exporter, which Kansoku sends with",
    "provider": "the application's own providers",
    "nobody": "nobody",
}
