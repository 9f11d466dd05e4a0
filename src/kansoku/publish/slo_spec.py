"""An objective as a specification of others has it, read but not yet an entry of `kansoku.toml`."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from kansoku.catalog.alerts import Severity
from kansoku.catalog.periods import Calendar, Unit
from kansoku.errors import DefinitionError
from kansoku.publish.yaml_tree import Node
from kansoku.query.promql_counts import Counted, Portion, query

ANNOTATION = "kansoku_"
"""What annotations begin with by which an export tells what the format itself cannot."""

TOLD = ("title_ja", "why", "why_ja", "relation", "eligible", "good", "at_least", "window")
"""What such annotations tell, each by the name that it has in `kansoku.toml`."""

DURATIONS: Mapping[Unit, str] = {"day": "1d", "week": "1w", "month": "1M", "quarter": "1Q", "year": "1Y"}
"""Calendar periods as OpenSLO writes how long they are."""

FIRST_PERIOD = "2024-01-01 00:00:00"
"""A Monday that begins a week, a month, a quarter and a year."""

_SPAN = re.compile(r"([1-9][0-9]{0,4})([mhdw])")
_SIZES = {"m": 60, "h": 3_600, "d": 86_400, "w": 604_800}
MOST_LETTERS = 60
"""The longest name of an objective."""

_NAME = re.compile(rf"[a-z][a-z0-9_]{{0,{MOST_LETTERS - 1}}}")


@dataclass(frozen=True, slots=True)
class Burning:
    """An alert on the burn rate over one window.

    Attributes:
        name: Its name, of letters and digits.
        title: What it is about.
        sign: What it asks of the rate, `>` or `>=`.
        rate: The burn rate.
        window_s: The window, in seconds.
        for_s: How long it must hold, in seconds.
        severity: Its severity.
        node: Where it stands.
    """

    name: str
    title: str
    sign: str
    rate: float
    window_s: int
    for_s: int
    severity: Severity
    node: Node


@dataclass(frozen=True, slots=True)
class Spec:
    """An objective.

    Attributes:
        node: Where it stands.
        name: Its name, as `kansoku.toml` takes it.
        title: What is promised; None where nothing is said.
        why: What it is about; None where nothing is said.
        bad: Bad events.
        eligible: All events.
        events: Where the queries stand.
        target: The share that must be good.
        window_s: The window, in seconds.
        calendar: The calendar periods that it is; None where it rolls.
        told: What our own annotations tell.
        alerts: Whether each severity of Kansoku's own burn alerts is wanted; one that is not named may be.
        burning: Alerts of its own.
    """

    node: Node
    name: str
    title: str | None
    why: str | None
    bad: Counted
    eligible: Counted
    events: Node
    target: float
    window_s: int
    calendar: Calendar | None
    told: Mapping[str, Node]
    alerts: Mapping[Severity, bool] = field(default_factory=dict[Severity, bool])
    burning: tuple[Burning, ...] = ()


@dataclass(slots=True)
class Notes:
    """What is said in files and not taken over, each with its place."""

    told: list[str] = field(default_factory=list[str])

    def left(self, found: dict[str, Node], keys: Mapping[str, str]) -> None:
        """Tells what of these keys says something; by the key, why it is not taken over."""
        for key, why in keys.items():
            node = found.get(key)
            if node is not None and node.value not in ({}, [], ""):
                self.told.append(f"{node.said} is not taken over: {why}")


def told_in(annotations: Node | None, notes: Notes, why: str) -> dict[str, Node]:
    """What our own annotations tell; of others it is noted why they are not taken over."""
    found = annotations.mapping() if annotations else {}
    own = {ANNOTATION + name: name for name in TOLD}
    notes.left(found, {key: why for key in found if key not in own})
    return {own[key]: one for key, one in found.items() if key in own}


def own_name(node: Node) -> str:
    """The name as `kansoku.toml` takes it: dashes become _.

    Raises:
        SettingError: If it has other signs.
    """
    name = node.text().lower().replace("-", "_")
    if not _NAME.fullmatch(name):
        raise node.wrong(
            f"{node.shown()} must be letters, digits, - and _, a letter first, at most {MOST_LETTERS}"
        )
    return name


def seconds(node: Node, least_s: int, most_s: int) -> int:
    """The seconds of a time such as 1h, 30d or 4w.

    Raises:
        SettingError: If it is none, or too short or too long.
    """
    found = _SPAN.fullmatch(node.text())
    if found is None:
        raise node.wrong(f"{node.shown()} is no time that is read; write whole m, h, d or w, as in 30d")
    told = int(found[1]) * _SIZES[found[2]]
    if not least_s <= told <= most_s:
        raise node.wrong(f"{node.shown()} must be from {least_s} to {most_s} seconds")
    return told


def counted_of(node: Node) -> Counted:
    """The events that a query counts.

    Raises:
        SettingError: If it is not read.
    """
    found = query_of(node)
    if isinstance(found, Portion):
        raise node.wrong("is a share; give how many events there are")
    return found


def portion_of(node: Node) -> Portion:
    """The share that a query is.

    Raises:
        SettingError: If it is not read.
    """
    found = query_of(node)
    if isinstance(found, Counted):
        raise node.wrong("is no share; write bad events / all events")
    return found


def query_of(node: Node) -> Counted | Portion:
    """What a query says.

    Raises:
        SettingError: If it is not read.
    """
    node.text()
    try:
        return query(str(node.value))
    except DefinitionError as error:
        raise node.wrong(f"cannot be taken over: {error}") from None


def rest(node: Node, whole: Counted, part: Counted) -> Counted:
    """The events that a part leaves of all.

    Raises:
        SettingError: If they do not count over the same time.
    """
    try:
        return whole.plus(part, -1)
    except DefinitionError as error:
        raise node.wrong(f"cannot be taken over: {error}") from None


def of_percent(node: Node) -> float:
    """The share of a number of percent.

    Raises:
        SettingError: If it leaves no error budget, or is none.
    """
    return target_of(node, float(Decimal(repr(node.number())) / 100), "99.5")


def target_of(node: Node, share: float, example: str) -> float:
    """The share as a target.

    Raises:
        SettingError: If it leaves no error budget, or is none.
    """
    if not 0 < share < 1:
        raise node.wrong(f"{node.shown()} leaves no error budget, or is no target; write one as {example}")
    return share


def in_percent(target: float) -> float:
    """The percent of a share, without a rounding of its own."""
    return float(Decimal(repr(target)) * 100)
