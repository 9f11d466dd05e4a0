"""What is to be told of alarms: which fire, which have ended, and who or what caused them."""

from dataclasses import dataclass

from kansoku.judge.alarm import Alarm


@dataclass(frozen=True, slots=True)
class Cause:
    """A value of a field, such as one feature, and the share of what is wrong that it accounts for."""

    field: str
    value: str
    share: float


@dataclass(frozen=True, slots=True)
class Told:
    """An alarm with what helps to understand it.

    Attributes:
        alarm: The alarm.
        causes: The largest first; empty where nothing stands out.
        budget_left: The share of the error budget that is left, of the objective that it guards; below 0
            where it is overspent, None where it guards none or nothing is known.
    """

    alarm: Alarm
    causes: tuple[Cause, ...] = ()
    budget_left: float | None = None


@dataclass(frozen=True, slots=True)
class Notice:
    """What one evaluation has to say; silenced and inhibited alarms are left out.

    Attributes:
        at: When it was evaluated, in unix seconds.
        changed: Alarms that began to fire or were resolved by it: their state tells which.
        firing: Every alarm that fires now, those that began included.
    """

    at: float
    changed: tuple[Told, ...]
    firing: tuple[Told, ...]
