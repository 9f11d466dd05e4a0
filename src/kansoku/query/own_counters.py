"""What applications say of Kansoku's own counters in them: how far each went up, by its labels."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from kansoku.catalog.instruments import DROPPED, REDACTED
from kansoku.query.scope import moment
from kansoku.query.statement import Cells, Statement, number, whole

_SINCE = "{from:DateTime64(9, 'UTC')}"
_DELTA = 1
"""OTLP's number for sums that count from the last sending."""

# A process that counts from its start has each start as a series of its own, so one that was started
# anew loses nothing; of one that began before the time, what it had counted by then is taken off.
_INCREASES = (
    "SELECT name, labels, sum(added) AS total, uniqExact(process) AS processes FROM ("
    "SELECT toString(MetricName) AS name, "
    "arrayStringConcat(arrayFilter(one -> one != '', "
    "[Attributes['pillar'], Attributes['reason']]), ': ') AS labels, "
    "cityHash64(ResourceAttributes) AS process, "
    f"if(AggregationTemporality = {_DELTA}, sum(Value), "
    f"max(Value) - if(StartTimeUnix < {_SINCE}, min(Value), 0)) AS added "
    "FROM otel_metrics_sum WHERE MetricName IN {names:Array(String)} "
    f"AND TimeUnix >= {_SINCE} AND TimeUnix < {{to:DateTime64(9, 'UTC')}} "
    "GROUP BY name, labels, process, StartTimeUnix, AggregationTemporality) GROUP BY name, labels"
)


@dataclass(frozen=True, slots=True)
class OwnCounters:
    """Records dropped, and records in which something was masked, by pillar and reason.

    `processes` is how many processes told; of none, nothing is known of either.
    """

    dropped: Mapping[str, int]
    redacted: Mapping[str, int]
    processes: int


def own_counters(begin: int, end: int) -> Statement:
    """The statement over a time, unix seconds."""
    names = [DROPPED.wire_name, REDACTED.wire_name]
    return Statement(_INCREASES, {"from": moment(begin), "to": moment(end), "names": names})


def told(rows: Iterable[Cells]) -> OwnCounters:
    """What its rows say."""
    dropped: dict[str, int] = {}
    redacted: dict[str, int] = {}
    most = 0
    for name, labels, total, processes in rows:
        into = dropped if name == DROPPED.wire_name else redacted
        count = round(number(total) or 0)
        if count > 0:
            into[str(labels)] = count
        most = max(most, whole(processes))
    return OwnCounters(dropped, redacted, most)
