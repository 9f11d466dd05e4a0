"""What the records of a search have in common: the commonest values of each thing they say."""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby

from kansoku.query import logs
from kansoku.query.statement import Cells, Statement, whole

SAMPLED = 20_000
"""Of more records than these, so many are counted, any of them: what a facet costs has a bound."""

VALUES_AT_MOST = 8
FACETS_AT_MOST = 40
_VALUE_CHARACTERS = 200

_NAMES = ", ".join(f"'{name}'" for name in logs.SEVERITIES)
_FIXED = (
    ("severity", f"if(SeverityNumber = 0, '', [{_NAMES}][intDiv(SeverityNumber - 1, 4) + 1])"),
    ("service", "toString(ServiceName)"),
    ("event", "EventName"),
)
_EVERY = "every"
_ATTRIBUTE = "attribute"


@dataclass(frozen=True, slots=True)
class FacetValue:
    """A value, and how many of the counted records have it."""

    value: str
    records: int


@dataclass(frozen=True, slots=True)
class Facet:
    """The commonest values of one thing, most first. `name` is an attribute's, where `of` is "attribute"."""

    of: str
    name: str
    values: tuple[FacetValue, ...]


@dataclass(frozen=True, slots=True)
class Facets:
    """Facets of the records that were counted, which are all of them unless `sampled`."""

    records: int
    sampled: bool
    facets: tuple[Facet, ...]


def statement(asked: logs.LogSearch) -> Statement:
    """What counts the values; `facets` reads its rows.

    Raises:
        DefinitionError: If the severity is none that is known.
    """
    tests, bound = logs.matching(asked)
    fixed = ", ".join(f"('{of}', '', {column})" for of, column in _FIXED)
    attributes = (
        f"arrayMap((name, value) -> ('{_ATTRIBUTE}', toString(name), "
        f"leftUTF8(value, {_VALUE_CHARACTERS})), mapKeys(LogAttributes), mapValues(LogAttributes))"
    )
    text = (
        "SELECT said.1 AS of, said.2 AS name, said.3 AS value, count() AS records FROM ("
        f"SELECT arrayJoin(arrayConcat([('{_EVERY}', '', ''), {fixed}], {attributes})) AS said FROM ("
        "SELECT SeverityNumber, ServiceName, EventName, LogAttributes FROM otel_logs"
        f" WHERE {' AND '.join(tests)} LIMIT {SAMPLED + 1}))"
        f" WHERE said.3 != '' OR said.1 = '{_EVERY}' GROUP BY of, name, value"
        f" ORDER BY of = '{_ATTRIBUTE}', of, name, records DESC, value LIMIT {VALUES_AT_MOST} BY of, name"
        f" LIMIT {VALUES_AT_MOST * FACETS_AT_MOST * 2}"
    )
    return Statement(text, bound)


def facets(rows: Iterable[Cells]) -> Facets:
    """The facets of the rows that `statement` gave; an attribute with another value each time is none."""
    found: list[Facet] = []
    records = 0
    for (of, name), group in groupby(rows, key=lambda row: (str(row[0]), str(row[1]))):
        values = tuple(FacetValue(str(value), whole(count)) for _, _, value, count in group)
        if of == _EVERY:
            records = values[0].records
        elif values[0].records > 1 or len(values) == 1:
            found.append(Facet(of, name, values))
    return Facets(min(records, SAMPLED), records > SAMPLED, _ordered(found))


def _ordered(found: list[Facet]) -> tuple[Facet, ...]:
    """Those that every record has first, then attributes, those of most records first."""
    places = {of: place for place, (of, _) in enumerate(_FIXED)}

    def key(one: Facet) -> tuple[int, int, str]:
        return (places.get(one.of, len(places)), -sum(value.records for value in one.values), one.name)

    return tuple(sorted(found, key=key)[:FACETS_AT_MOST])
