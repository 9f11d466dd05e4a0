"""Measures and comparisons as queries of Datadog's metric monitors, over what is sent by DogStatsD.

The counts are those of the metrics that Prometheus reads, by the same labels, there called tags. A monitor
with arithmetic over counts adds each up over its window first, so that a share is one of events:
https://docs.datadoghq.com/monitors/guide/as-count-in-monitor-evaluations/.
"""

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import assert_never

from kansoku.catalog.alerts import Compare
from kansoku.catalog.instruments import INSTRUMENTS, Instrument
from kansoku.catalog.measures import Both, Condition, Count, Mean, Measure, Quantile, Ratio, Share, Sum
from kansoku.errors import DefinitionError
from kansoku.query import promql
from kansoku.query.narrowing import same
from kansoku.query.promql import Selector

LONGEST_S = 172_800
"""A monitor's window is two days at most."""

_EITHER = re.compile(r"(?<!\\)\|")
_TAGS = {"job": "service"}
"""Tags that have another name than the label."""

_LONGEST_TAG = 200
_UNFIT = re.compile(r"(?:[^\w:./-]|_)+")
"""What no tag holds, and the underscore that stands in its place: of several together one is left."""

_MATCHER = re.compile(r'(\w+)(=~|!~|!=|=)(".*")')


@dataclass(frozen=True, slots=True)
class Grouped:
    """Which rows are looked at: tags that all must have, and the tag to split by, if any."""

    tags: tuple[str, ...] = ()
    by: str | None = None

    @property
    def split(self) -> str:
        """What stands behind the tags."""
        return "" if self.by is None else f" by {{{self.by}}}"


def comparison(asked: Compare, grouped: Grouped) -> str:
    """The query of a monitor that alerts where the comparison holds.

    Raises:
        DefinitionError: If a monitor cannot tell it; the message says why.
    """
    signal = asked.signal
    if signal.ago_s:
        raise DefinitionError("a monitor compares only with now")
    if signal.window_s > LONGEST_S:
        raise DefinitionError("a monitor looks back for two days at most")
    aggregated = "percentile" if isinstance(signal.measure, Quantile) else "sum"
    window = f"{aggregated}(last_{promql.span(signal.window_s)})"
    return f"{window}:{measure(signal.measure, grouped)} {asked.sign} {asked.bound:.10g}"


def measure(asked: Measure, grouped: Grouped) -> str:
    """The measure.

    Raises:
        DefinitionError: As `comparison` says.
    """
    asked, only = promql.apart(asked)
    grouped = Grouped((*grouped.tags, *(_tag(one) for one in only)), grouped.by)
    match asked:
        case Count(relation, where):
            return _count(relation.kind, where, grouped)
        case Ratio(relation, eligible, good):
            part = _count(relation.kind, Both((eligible, good)), grouped)
            return f"({part}) / ({_count(relation.kind, eligible, grouped)})"
        case Quantile(_, field, q, where):
            return _quantile(field, q, where, grouped)
        case Sum(_, fields, where):
            promql.only_whole(where)
            return _sum(fields, grouped)
        case Mean(relation, fields, where):
            counted = _count(relation.kind, promql.mean_rows(fields, where), grouped)
            return f"({_sum(fields, grouped)}) / ({counted})"
        case Share(_, part, whole, where):
            promql.only_whole(where)
            return f"({_sum(part, grouped)}) / ({_sum(whole, grouped)})"
        case _:
            assert_never(asked)


def tag(name: str, value: str) -> str:
    """The tag as Datadog keeps it: what it has no place for is `_` there, and capitals are small.

    https://docs.datadoghq.com/getting_started/tagging/#define-tags and, of underscores that stand together or
    last, https://docs.datadoghq.com/developers/guide/what-best-practices-are-recommended-for-naming-metrics-and-tags/.

    Raises:
        DefinitionError: If nothing of the value is left.
    """
    kept = _UNFIT.sub("_", value.lower())[: _LONGEST_TAG - len(name) - 1].rstrip("_:")
    if not kept:
        raise DefinitionError(f"no tag of Datadog can hold the {name} {value!r}")
    return f"{name}:{kept}"


def _count(kind: str, where: Condition, grouped: Grouped) -> str:
    found = list(promql.terms(kind, where))
    if not found:
        raise DefinitionError("no row can meet it")
    text = " ".join(f"{one.sign} {_added(one.selector, grouped)}" for one in found)
    return text.removeprefix("+ ")


def _sum(fields: Iterable[str], grouped: Grouped) -> str:
    return " + ".join(_added(one, grouped) for one in promql.totals(tuple(fields)))


def _quantile(field: str, q: float, where: Condition, grouped: Grouped) -> str:
    if field not in promql.HISTOGRAMS or not same(where, promql.HISTOGRAMS[field][1]):
        raise DefinitionError(f"no distribution of {field} is sent for these calls")
    name = promql.HISTOGRAMS[field][0].datadog_name
    return f"p{100 * q:g}:{name}{_scope((), grouped)}{grouped.split}"


def _added(selector: Selector, grouped: Grouped) -> str:
    """All that was counted, 0 where nothing was."""
    instrument, part = _sent(selector.name)
    tags = tuple(_tag(matcher) for matcher in selector.matchers)
    added = "count" if part == "count" else "sum"
    scope = f"{_scope(tags, grouped)}{grouped.split}"
    return f"default_zero({added}:{instrument.datadog_name}{scope}.as_count())"


def _sent(name: str) -> tuple[Instrument, str]:
    """The instrument whose part has that name for Prometheus."""
    base, _, part = name.rpartition("_")
    for known in INSTRUMENTS:
        if known.name == base and part in {"total", "count"}:
            return known, part
    raise DefinitionError("a distribution has no buckets at Datadog")


def _scope(tags: tuple[str, ...], grouped: Grouped) -> str:
    return f"{{{' AND '.join((*grouped.tags, *tags)) or '*'}}}"


def _tag(matcher: str) -> str:
    """A matcher of labels as one of tags."""
    found = _MATCHER.fullmatch(matcher)
    if found is None:
        raise DefinitionError(f"{matcher} cannot be told by tags")
    label, sign, text = _TAGS.get(found[1], found[1]), found[2], str(json.loads(found[3]))
    words = [re.sub(r"\\(.)", r"\1", word) for word in _EITHER.split(text)] if "~" in sign else [text]
    unlike = "NOT " if sign.startswith("!") else ""
    if words == ["2.."]:
        return f"{unlike}{label}:2*"
    if len(words) == 1:
        return f"{unlike}{tag(label, words[0])}"
    kept = {tag(label, word).removeprefix(f"{label}:") for word in words}
    return f"{label} {unlike}IN ({','.join(sorted(kept))})"
