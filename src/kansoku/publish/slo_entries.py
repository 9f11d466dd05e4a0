"""Entries of `kansoku.toml` for objectives that were read from the specifications of others."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace

from kansoku.catalog.fields import Relation
from kansoku.catalog.measures import ALWAYS, Both, Condition, Count, Not
from kansoku.catalog.periods import Calendar
from kansoku.catalog.slos import BURNS, MONTH_S, SLOS, Burn, Slo, absence_alert, burn_alerts, burns_over
from kansoku.catalog.text import Text
from kansoku.errors import DefinitionError, SettingError
from kansoku.publish.slo_spec import Notes, Spec
from kansoku.publish.yaml_tree import Node
from kansoku.query import promql
from kansoku.query.promql import Window
from kansoku.query.promql_counts import Counted, counted
from kansoku.query.promql_events import events
from kansoku.settings.condition import condition_of, written
from kansoku.settings.entry import spelled
from kansoku.settings.slos import RELATIONS

Value = str | int | float | bool
Table = Mapping[str, Value]

_LEAST_JUDGED = 30
_JUDGED = ("tasks", "feedback", "evaluations")
_ANY = "1h"


@dataclass(frozen=True, slots=True)
class Entries:
    """Tables for `[[slos]]` and `[[alerts]]`."""

    slos: tuple[Table, ...]
    alerts: tuple[Table, ...]


@dataclass(frozen=True, slots=True)
class _Rows:
    """Which rows an objective is about."""

    relation: Relation
    eligible: Condition
    good: Condition


def entries(spec: Spec, notes: Notes) -> Entries:
    """The objective as entries.

    Raises:
        SettingError: If it cannot be told in them; the message names the place and the mend.
    """
    rows, told = _rows(spec), _Told(spec)
    shipped = next((slo for slo in SLOS if slo.name == spec.name), None)
    if shipped is not None and shipped.relation != rows.relation:
        raise spec.node.wrong(
            f"{spec.name} is Kansoku's own objective of {shipped.relation.kind} rows, and this one is of "
            f"{rows.relation.kind} rows; give it another name"
        )
    slo, table = _own(spec, rows, told) if shipped is None else _changed(spec, rows, told, shipped)
    return Entries((table,), (*_off(spec, slo, notes), *_burning(spec, slo)))


def text(tables: Entries) -> str:
    """The entries as TOML."""
    parts = [_table("slos", one) for one in tables.slos] + [_table("alerts", one) for one in tables.alerts]
    return "\n".join(parts)


def _table(name: str, table: Table) -> str:
    return f"[[{name}]]\n" + "".join(f"{key} = {_value(value)}\n" for key, value in table.items())


def _value(value: Value) -> str:
    match value:
        case bool():
            return str(value).lower()
        case str():
            return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
        case _:
            return repr(value)


class _Told:
    """What our own annotations tell of an objective."""

    def __init__(self, spec: Spec) -> None:
        self._told = spec.told

    def words(self, key: str) -> str | None:
        """A text; None where there is none."""
        return self._told[key].text() if key in self._told else None

    def whole(self, key: str) -> int | None:
        """A whole number; None where there is none."""
        if key not in self._told:
            return None
        value = self._told[key].number()
        if value < 0 or value != int(value):
            raise self._told[key].wrong(f"{self._told[key].shown()} is no whole number; give 0 or more")
        return int(value)

    def texts(self, title: str | None, why: str | None, default: tuple[Text, Text]) -> tuple[Text, Text]:
        """Title and sentence; a default stands where nothing else is said."""
        title_ja, why_ja, own = self.words("title_ja"), self.words("why_ja"), self.words("why") or why
        said = default[0] if title is None else _both_languages(title, title_ja, default[0])
        sentence = default[1] if own is None else _both_languages(own, why_ja, default[1])
        return said, sentence


def _both_languages(en: str, ja: str | None, default: Text) -> Text:
    return default if ja is None and en == default.en else Text(en, ja or en)


def _rows(spec: Spec) -> _Rows:
    """Which rows count and which of them are good.

    By our own annotations where there are some, by a shipped objective that asks the same, or as the queries
    say.
    """
    if {"relation", "eligible", "good"} & spec.told.keys():
        return _annotated(spec)
    for slo in SLOS:
        asked = _queries(_Rows(slo.relation, slo.eligible, slo.good))
        if spec.bad.same(asked[0]) and spec.eligible.same(asked[1]):
            return _Rows(slo.relation, slo.eligible, slo.good)
    try:
        found = events(spec.bad, spec.eligible)
    except DefinitionError as error:
        raise spec.events.wrong(f"cannot be taken over: {error}") from None
    return _Rows(found.relation, found.eligible, _opposite(found.bad))


def _annotated(spec: Spec) -> _Rows:
    """As our own annotations say, which must be what the queries ask."""
    for key in ("relation", "eligible", "good"):
        if key not in spec.told:
            raise spec.events.wrong(f"has no annotation kansoku_{key} beside the others; give it")
    named, eligible, good = (spec.told[key] for key in ("relation", "eligible", "good"))
    if named.text() not in RELATIONS:
        raise named.wrong(f"{named.shown()} is not known; use one of {', '.join(RELATIONS)}")
    relation = RELATIONS[named.text()]
    rows = _Rows(relation, _condition(eligible, relation), _condition(good, relation))
    try:
        bad, whole = _queries(rows)
    except DefinitionError as error:
        raise eligible.wrong(f"is not what the queries ask ({error}); remove the annotations") from None
    if not (bad.same(spec.bad) and whole.same(spec.eligible)):
        raise spec.events.wrong(
            "asks otherwise than the annotations kansoku_eligible and kansoku_good say; remove those to have "
            "the queries read"
        )
    return rows


def _condition(node: Node, relation: Relation) -> Condition:
    try:
        return condition_of(node.text(), relation)
    except DefinitionError as error:
        raise node.wrong(f"cannot be read: {error}") from None


def _queries(rows: _Rows) -> tuple[Counted, Counted]:
    """Bad events and all events, as an export asks for them."""
    bad = Both((rows.eligible, Not(rows.good)))
    counts = (Count(rows.relation, bad), Count(rows.relation, rows.eligible))
    first, second = (counted(promql.measure(one, Window(_ANY))) for one in counts)
    return first, second


def _opposite(bad: Condition) -> Condition:
    return bad.condition if isinstance(bad, Not) else Not(bad)


def _own(spec: Spec, rows: _Rows, told: _Told) -> tuple[Slo, dict[str, Value]]:
    """An objective of the user's own."""
    relation = next(name for name, one in RELATIONS.items() if one == rows.relation)
    plain = spec.title or spec.name.replace("_", " ")
    title, why = told.texts(plain, spec.why, (Text(plain, plain), Text(plain, plain)))
    if told.words("why") is None and spec.why is None:
        why = title
    least = told.whole("at_least")
    if least is None:
        least = _LEAST_JUDGED if relation in _JUDGED else 0
    slo = _slo(spec, rows, (title, why), least, BURNS)
    table: dict[str, Value] = {"name": spec.name, **_words("title", title)}
    if why != title:
        table |= _words("why", why)
    table |= {"relation": relation, **_conditions(rows), "target": spec.target}
    if spec.window_s != MONTH_S or spec.calendar is not None:
        table |= _over(spec.window_s, spec.calendar)
    return slo, {**table, "at_least": least}


def _changed(spec: Spec, rows: _Rows, told: _Told, shipped: Slo) -> tuple[Slo, dict[str, Value]]:
    """A shipped objective: what of it is changed."""
    title, why = told.texts(spec.title, spec.why, (shipped.title, shipped.why))
    least = told.whole("at_least")
    slo = _slo(spec, rows, (title, why), shipped.at_least if least is None else least, shipped.burns)
    if spec.window_s == shipped.window_s:
        slo = replace(slo, burns=shipped.burns)
    same = written(rows.eligible) == written(shipped.eligible) and written(rows.good) == written(shipped.good)
    table: dict[str, Value] = {"name": spec.name}
    if title != shipped.title or not same:
        table |= _words("title", title)
    if why != shipped.why:
        table |= _words("why", why)
    if not same:
        table |= _conditions(rows)
    table["target"] = spec.target
    if spec.window_s != shipped.window_s or spec.calendar is not None:
        table |= _over(spec.window_s, spec.calendar)
    if slo.at_least != shipped.at_least:
        table["at_least"] = slo.at_least
    return slo, table


def _slo(spec: Spec, rows: _Rows, told: tuple[Text, Text], at_least: int, burns: tuple[Burn, ...]) -> Slo:
    """The objective, its burn rates led to its window."""
    return Slo(
        spec.name,
        *told,
        rows.relation,
        rows.eligible,
        rows.good,
        spec.target,
        spec.window_s,
        at_least,
        burns_over(spec.window_s, burns),
        spec.calendar,
    )


def _over(window_s: int, calendar: Calendar | None) -> dict[str, Value]:
    """What the budget is of, in the words of the file."""
    if calendar is None:
        return {"window": spelled(window_s)}
    told: dict[str, Value] = {"window": calendar.unit}
    return told if calendar.timezone == "UTC" else {**told, "timezone": calendar.timezone}


def _words(key: str, told: Text) -> dict[str, Value]:
    return {key: told.en} if told.en == told.ja else {key: told.en, f"{key}_ja": told.ja}


def _conditions(rows: _Rows) -> dict[str, Value]:
    eligible = "always" if rows.eligible == ALWAYS else written(rows.eligible)
    return {"eligible": eligible, "good": written(rows.good)}


def _off(spec: Spec, slo: Slo, notes: Notes) -> list[Table]:
    """Kansoku's own alerts of the objective that the specification has none of."""
    found: list[Table] = []
    known = {alert.severity: alert for alert in burn_alerts(slo)}
    for severity, wanted in spec.alerts.items():
        if not wanted and severity in known:
            found.append({"name": known[severity].name, "off": True})
        elif wanted and severity not in known:
            notes.told.append(
                f"{spec.node.said} has a {severity} alert, which Kansoku does not make of {slo.name}: none "
                "of its burn rates of that severity can be reached with that target"
            )
    return found


def _burning(spec: Spec, slo: Slo) -> list[Table]:
    """Alerts of the specification's own."""
    taken = {alert.name for alert in (*burn_alerts(slo), absence_alert(slo))}
    found: list[Table] = []
    for one in spec.burning:
        if len(one.name) > 80 or not one.name[:1].isalpha() or one.name in taken:  # noqa: PLR2004
            raise _unnamed(one.node, one.name)
        taken.add(one.name)
        bound = one.rate * slo.budget
        if bound > 1:
            raise one.node.wrong(
                f"asks for a burn rate of {one.rate:g}, which no traffic reaches with a target of "
                f"{slo.target:g}; lower it"
            )
        table: dict[str, Value] = {
            "name": one.name,
            "title": one.title,
            "relation": next(name for name, each in RELATIONS.items() if each == slo.relation),
            "eligible": written(slo.eligible),
            "good": written(_opposite(slo.good)),
            "sign": one.sign,
            "bound": round(bound, 12),
            "window": spelled(one.window_s),
            "for": spelled(one.for_s),
            "at_least": 0,
            "severity": one.severity,
            "group": "slo",
        }
        found.append(table)
    return found


def _unnamed(node: Node, name: str) -> SettingError:
    return node.wrong(f"would be the alert {name}, which is too long or another's name; name it otherwise")
