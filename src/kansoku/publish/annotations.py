"""What a rule of Prometheus says when it fires, as templates of Go: what is wrong, where and how bad.

`$value` is what the left side of the rule's expression gives: of several tests that must all hold the first
one's figure, of alternatives that of one that holds.
"""

from collections.abc import Iterator
from typing import assert_never

from kansoku.catalog.alerts import Alert, Always, Compare, Every, Lost, Reported, Some, Test, Unusual
from kansoku.catalog.measures import Unit
from kansoku.catalog.text import LANGUAGES, Language, Text
from kansoku.catalog.units import sign, unit_of
from kansoku.publish.recording import SERVICE, About
from kansoku.query import promql

SUFFIXES: dict[Language, str] = {"en": "", "ja": "_ja"}
"""What the name of an annotation ends in."""

_BAD = Text("{0} of events bad", "不良イベント {0}")


def annotations(alert: Alert, about: About) -> dict[str, str]:
    """The alert's texts by the annotation's name, in both languages.

    Without `value` where the expression gives nothing that says how bad it is.
    """
    return dict(_annotations(alert, about))


def literal(text: str) -> str:
    """A text that stands for itself where an alert has templates of Go: in its labels and annotations."""
    return text.replace("{{", '{{ "{{" }}')


def _annotations(alert: Alert, about: About) -> Iterator[tuple[str, str]]:
    where, figure = _where(alert, about), _figure(alert)
    for language in LANGUAGES:
        suffix = SUFFIXES[language]
        title, why, todo = (
            literal(text.as_dict()[language]) for text in (alert.title, alert.why, alert.todo)
        )
        yield f"summary{suffix}", title + where
        if figure is not None:
            yield f"value{suffix}", figure.as_dict()[language]
        yield f"description{suffix}", why
        yield f"action{suffix}", todo


def _where(alert: Alert, about: About) -> str:
    """Behind the title: the service that all rules are about, and what the alert is split by."""
    split = None if alert.by is None else promql.label(alert.by)
    service = about.labels.get(SERVICE)
    if service is None or alert.by == "service":
        return "" if split is None else f"{{{{ with $labels.{split} }}}}: {{{{ . }}}}{{{{ end }}}}"
    also = "" if split is None else f"{{{{ with $labels.{split} }}}}, {{{{ . }}}}{{{{ end }}}}"
    return f": {literal(service)}{also}"


def _figure(alert: Alert) -> Text | None:
    """The value in its unit; of an objective's alert it is the share of bad events."""
    found = _of_test(alert.test)
    if found is None or alert.slo is None:
        return found
    return _BAD.format((found.en,), (found.ja,))


def _of_test(test: Test) -> Text | None:
    match test:
        case Compare(_, "<=", 0):
            return None  # a count that can only be 0
        case Compare(signal) | Unusual(signal):
            return _shown(unit_of(signal.measure))
        case Every(tests):
            return _of_test(tests[0]) if tests else None
        case Some(tests):
            told = {_of_test(one) for one in tests}
            return told.pop() if len(told) == 1 else None
        case Reported(instrument):
            return None if instrument.kind == "gauge" else _shown("count")
        case Lost() | Always():
            return None
        case _:
            assert_never(test)


def _shown(unit: Unit) -> Text:
    """`$value` in that unit."""
    mark = sign(unit)
    match unit:
        case "ratio":
            shown = "{{ $value | humanizePercentage }}"
        case "s":
            return Text("{{ $value | humanizeDuration }}", f'{{{{ printf "%.4g" $value }}}}{mark.ja}')
        case "usd":
            cents, small = ('{{ printf "%.2f" $value }}', '{{ printf "%.2g" $value }}')
            shown = f"${{{{ if lt $value 1.0 }}}}{small}{{{{ else }}}}{cents}{{{{ end }}}}"
        case "tokens" | "calls":
            return Text(
                f'{{{{ printf "%.0f" $value }}}} {mark.en}', f'{{{{ printf "%.0f" $value }}}}{mark.ja}'
            )
        case "count":
            shown = '{{ printf "%.0f" $value }}'
        case "score":
            shown = '{{ printf "%.2f" $value }}'
        case _:
            assert_never(unit)
    return Text(shown, shown)
