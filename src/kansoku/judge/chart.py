"""An alert's figure over time beside its bound, for people to look at: few points that hide no peak."""

import math
from array import array
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from kansoku.catalog.alerts import Alert, Always, Compare, Every, Lost, Reported, Sign, Some, Test, Unusual
from kansoku.query.alert_oracle import Judged

MOST_POINTS = 720
MOST_SERIES = 12
_MOST_KEPT = 5_000


@dataclass(frozen=True, slots=True)
class Line:
    """The figure of one value that the alert is split by: of each stretch the most alarming one."""

    labels: Mapping[str, str]
    values: tuple[float | None, ...]


@dataclass(frozen=True, slots=True)
class Chart:
    """The figure over time.

    Attributes:
        begin: When the first stretch begins, unix seconds.
        step_s: How long each is.
        relative: Whether figures are told as multiples of the bound that they are held to: so are those of
            alternatives, whose bounds differ.
        bound: What the figure is held to; None where there is no fixed one.
        sign: How.
        lines: Of the values that the test held of, then of the others, the most alarming first.
        left_out: How many more there are.
    """

    begin: int
    step_s: int
    relative: bool
    bound: float | None
    sign: Sign | None
    lines: tuple[Line, ...]
    left_out: int


class Drawing:
    """Takes what an alert's test gives, moment by moment, and makes a chart of it.

    Args:
        alert: The alert.
        moments: When it is judged.
    """

    def __init__(self, alert: Alert, moments: range) -> None:
        self._alert, self._moments = alert, moments
        self._each = max(1, -(-len(moments) // MOST_POINTS))
        self._size = -(-len(moments) // self._each)
        told = list(compared(alert.test))
        self._relative = len({(one.sign, one.bound) for one in told}) > 1
        self._one = None if self._relative or not told else told[0]
        first = alert.test if isinstance(alert.test, Reported) else told[0] if told else None
        self._low = first is not None and first.sign in ("<", "<=")
        self._found: dict[str, array[float]] = {}
        self._held: dict[str, None] = {}
        self._left_out: set[str] = set()

    def add(self, at: int, told: Mapping[str, Judged]) -> None:
        """What the test gave at the moment of that number."""
        place = at // self._each
        for who, one in told.items():
            if one.holds:
                self._held[who] = None
            value = self._value(one)
            if value is None:
                continue
            line = self._found.get(who)
            if line is None:
                if len(self._found) >= _MOST_KEPT:
                    self._left_out.add(who)
                    continue
                line = self._found[who] = array("d", [math.nan]) * self._size
            before = line[place]
            if math.isnan(before) or (value < before if self._low else value > before):
                line[place] = value

    def chart(self) -> Chart:
        """The chart of all that was taken."""
        order = sorted(self._found, key=lambda who: (who not in self._held, self._rank(who), who))
        bound, sign = (self._one.bound, self._one.sign) if self._one else (None, None)
        if self._relative:
            bound, sign = 1.0, "<" if self._low else ">"
        elif isinstance(self._alert.test, Lost):
            bound, sign = float(self._alert.test.after_s), ">="
        elif isinstance(self._alert.test, Reported):
            bound, sign = self._alert.test.bound, self._alert.test.sign
        return Chart(
            self._moments[0] if self._moments else 0,
            self._each * self._moments.step,
            self._relative,
            bound,
            sign,
            tuple(self._line(who) for who in order[:MOST_SERIES]),
            max(0, len(order) - MOST_SERIES) + len(self._left_out),
        )

    def _value(self, one: Judged) -> float | None:
        value = one.value
        if value is None or not math.isfinite(value) or not self._relative:
            return value if value is None or math.isfinite(value) else None
        held_to = one.first.bound if isinstance(one.first, Compare) else 0.0
        return value / held_to if held_to else None

    def _rank(self, who: str) -> float:
        told = [one for one in self._found[who] if not math.isnan(one)]
        return min(told) if self._low else -max(told)

    def _line(self, who: str) -> Line:
        labels = {self._alert.by: who} if self._alert.by and who else {}
        values = (None if math.isnan(one) else float(f"{one:.6g}") for one in self._found[who])
        return Line(labels, tuple(values))


def compared(test: Test) -> Iterator[Compare]:
    """The comparisons whose figures an alert with that test may tell."""
    match test:
        case Compare():
            yield test
        case Every(tests):
            yield from compared(tests[0]) if tests else ()
        case Some(tests):
            for one in tests:
                yield from compared(one)
        case Unusual() | Lost() | Reported() | Always():
            return
