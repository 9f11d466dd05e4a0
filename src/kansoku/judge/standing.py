"""How one indicator stands against its objective."""

from dataclasses import dataclass
from typing import Literal

from kansoku.catalog.indicators import (
    BREACH_AT_LEAST_BAD,
    Indicator,
    Objective,
    objective,
)
from kansoku.catalog.measures import Ratio, Reading

IndicatorState = Literal["ok", "breach", "low_sample", "no_data", "none"]
"""`low_sample`: too few rows, or too few bad ones, to say that the objective holds or does not.

`none`: a number that is held to no bound.
"""


@dataclass(frozen=True, slots=True)
class Standing:
    """An indicator's reading beside its objective, if it has one."""

    indicator: Indicator
    reading: Reading
    objective: Objective | None

    @property
    def state(self) -> IndicatorState:
        """The state, by the low-traffic rules of the catalog."""
        value, held_to = self.reading.value, self.objective
        if value is None:
            return "no_data"
        if held_to is None:
            return "none"
        if self.reading.n < held_to.at_least:
            return "low_sample"
        if held_to.holds(value):
            return "ok"
        return "low_sample" if self.bad < BREACH_AT_LEAST_BAD else "breach"

    @property
    def missed(self) -> bool:
        """Whether the value is on the wrong side of its bound, however few rows it rests on."""
        value, held_to = self.reading.value, self.objective
        return value is not None and held_to is not None and not held_to.holds(value)

    @property
    def bad(self) -> int:
        """Of a ratio, the rows that count against it; of any other measure, all its rows."""
        value, n = self.reading.value, self.reading.n
        if value is None or not isinstance(self.indicator.measure, Ratio):
            return n
        share = value if self.objective is None or self.objective.keep == "below" else 1 - value
        return round(share * n)


def standing(indicator: Indicator, reading: Reading) -> Standing:
    """The indicator beside the objective that the catalog holds it to."""
    return Standing(indicator, reading, objective(indicator.name))
