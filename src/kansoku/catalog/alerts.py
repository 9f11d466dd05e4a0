"""What an alert is: a test on measures over windows of time, how long it must hold, and what to do then.

Like conditions and measures, tests are a closed union that every reader (the oracle, SQL, PromQL, prose)
matches to its end. "No data" is never a number: a comparison with it does not hold.
"""

from dataclasses import dataclass
from typing import Literal, get_args

from kansoku.catalog.instruments import Instrument
from kansoku.catalog.measures import Measure
from kansoku.catalog.text import Text

Severity = Literal["page", "ticket", "info"]
"""`page`: a person looks at once. `ticket`: in working hours. `info`: shown, sent nowhere by default."""

SEVERITIES: tuple[Severity, ...] = get_args(Severity)
"""The gravest first."""

Sign = Literal[">", ">=", "<", "<="]

WEEK_S = 604_800

SPREAD = 1.4826
"""The median absolute deviation times this is the standard deviation of what is normally distributed."""


def is_as_grave(one: Severity, as_other: Severity) -> bool:
    """Whether it is at least as grave as the other."""
    return SEVERITIES.index(one) <= SEVERITIES.index(as_other)


@dataclass(frozen=True, slots=True)
class Signal:
    """A measure over the `window_s` seconds that ended `ago_s` seconds before the evaluation."""

    measure: Measure
    window_s: int
    ago_s: int = 0


@dataclass(frozen=True, slots=True)
class Compare:
    """The signal's value stands in that relation to the bound; without data it does not hold."""

    signal: Signal
    sign: Sign
    bound: float


@dataclass(frozen=True, slots=True)
class Every:
    """Every test holds."""

    tests: tuple["Test", ...]


@dataclass(frozen=True, slots=True)
class Some:
    """At least one test holds."""

    tests: tuple["Test", ...]


@dataclass(frozen=True, slots=True)
class Unusual:
    """The signal is far above what it was at the same time in the weeks before.

    It holds where the value is above `median + deviations * spread`, with the median and the spread
    (`SPREAD` times the median absolute deviation) of the signal 1 to `weeks` weeks ago, and above the median
    by at least `floor`, in the signal's own unit, and by at least the `share` of the median, as the deviation
    of three or four is often much smaller than that of many. The signal is a total: of a time in which
    nothing happened it is 0 if anything did in the week before it, so that a night without calls is known.
    Of others nothing is: nothing was told then. Fewer than `weeks_known` known ones are too few, and it does
    not hold. Prometheus knows by its series whether anything happened.
    """

    signal: Signal
    weeks: int
    weeks_known: int
    deviations: float
    floor: float
    share: float


@dataclass(frozen=True, slots=True)
class Lost:
    """A service that told something in the last `known_s` seconds has told nothing for `after_s` seconds.

    Told is any telemetry, a call or a metric point. Prometheus sees a target that is down or gone.

    It does not hold where the service is usually silent at such a time, as one that runs by day alone or for
    some minutes of each hour: where it was known one of `usual_ago_s` seconds ago, told nothing for `after_s`
    seconds within `about_s` before or after that, and has told something since.
    """

    after_s: int
    known_s: int
    usual_ago_s: tuple[int, ...] = ()
    about_s: int = 1_800

    @property
    def reach_s(self) -> int:
        """How far it looks back, in seconds."""
        return max([self.known_s, *(ago_s + self.about_s + self.known_s for ago_s in self.usual_ago_s)])


@dataclass(frozen=True, slots=True)
class Reported:
    """What Kansoku reports of itself in a service's processes stands in that relation to the bound.

    Of a gauge it is the least that any process said in the last `window_s` seconds, of a counter how far all
    of them went up in that time. A service that said nothing of it is not told.
    """

    instrument: Instrument
    window_s: int
    sign: Sign
    bound: float


@dataclass(frozen=True, slots=True)
class Always:
    """Holds as long as alerts are evaluated at all: who no longer hears of it knows that they are not."""


Test = Compare | Every | Some | Unusual | Lost | Reported | Always


@dataclass(frozen=True, slots=True)
class Alert:
    """A test that somebody is told of once it has held for `for_s` seconds.

    Attributes:
        name: Its name, the same in every engine.
        title: What is wrong, in a few words.
        why: What it means for users, in a sentence.
        todo: What to look at first.
        test: When it holds.
        for_s: Seconds that it must hold without a break before it fires.
        severity: Who is told, and when.
        group: Alerts of one group are told together.
        by: The field whose values are tested each for itself; None tests all rows together.
        keep_firing_for_s: Seconds that it goes on firing after the test has ceased to hold.
        slo: The name of the service level objective that it guards, if it guards one.
    """

    name: str
    title: Text
    why: Text
    todo: Text
    test: Test
    for_s: int
    severity: Severity
    group: str
    by: str | None = None
    keep_firing_for_s: int = 0
    slo: str | None = None
