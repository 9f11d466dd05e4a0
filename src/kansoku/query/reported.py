"""What applications report of Kansoku in them, by service: of a store, now or by minute, and of rows."""

# Only names of the catalog are written into the text; values are bound.

from collections.abc import Iterable, Mapping

from kansoku.catalog.alerts import Reported
from kansoku.query.scope import Scope, moment
from kansoku.query.statement import Parameter, Statement

TABLES: Mapping[str, str] = {"gauge": "otel_metrics_gauge", "counter": "otel_metrics_sum"}
"""Where what an instrument of that kind says is kept."""

DELTA = 1
"""OTLP's number for sums that count from the last sending."""

_WITHIN = (
    "MetricName = {name:String}"
    " AND TimeUnix >= {from:DateTime64(9, 'UTC')} AND TimeUnix < {to:DateTime64(9, 'UTC')}"
)
_LEAST = (
    "SELECT toString(ServiceName) AS who{step}, min(Value) AS told FROM {table}{joined}"
    " WHERE {within} GROUP BY who{names}"
)
# A process that counts from its start has each start as a series of its own; of one that began before the
# window, what it had counted by then is taken off.
_GROWTH = (
    "SELECT who{names}, sum(added) AS told FROM ("
    "SELECT toString(ServiceName) AS who{step}, cityHash64(ResourceAttributes) AS process,"
    " cityHash64(Attributes) AS labels,"
    f" if(AggregationTemporality = {DELTA}, sum(Value),"
    " max(Value) - if(toUnixTimestamp(StartTimeUnix) < {begin}, min(Value), 0)) AS added"
    " FROM {table}{joined} WHERE {within}"
    " GROUP BY who{names}, process, labels, StartTimeUnix, AggregationTemporality) GROUP BY who{names}"
)


def at(test: Reported, now: float) -> Statement:
    """The statement that gives each service and what it reported by `now`, unix seconds."""
    scope = Scope.until(now, test.window_s)
    text = _text(test, step="", names="", joined="", begin=str(scope.begin), within=_WITHIN)
    return Statement(text, _bound(test, scope))


def by_step(test: Reported, begin: int, end: int, step_s: int) -> Statement:
    """The statement that gives each service, and at which steps from `begin` to `end` it reported what."""
    # A point counts at each step whose window it lies in.
    steps = (
        f" ARRAY JOIN range(intDiv(toUnixTimestamp(TimeUnix) + {step_s - 1}, {step_s}),"
        f" intDiv(toUnixTimestamp(TimeUnix) + {test.window_s - 1}, {step_s}) + 1) AS at"
    )
    text = _text(
        test,
        step=", at",
        names=", at",
        joined=steps,
        begin=f"at * {step_s} + 1 - {test.window_s}",
        within=f"{_WITHIN} AND at BETWEEN {-(-begin // step_s)} AND {end // step_s}",
    )
    bound = _bound(test, Scope(begin + 1 - test.window_s, end + 1))
    return Statement(f"SELECT who, groupArray(at), groupArray(told) FROM ({text}) GROUP BY who", bound)


def of(test: Reported, points: Iterable[Mapping[str, object]], now: float) -> dict[str, float]:
    """What each service reported, of points as rows: `service`, `metric`, `series`, `start` and `value`."""
    scope = Scope.until(now, test.window_s)
    found: dict[str, dict[tuple[object, object], list[float]]] = {}
    for point in points:
        time, value = point["time"], point.get("value")
        held = isinstance(time, int) and scope.begin <= time // 10**9 < scope.end
        if held and point.get("metric") == test.instrument.wire_name and isinstance(value, (int, float)):
            series = found.setdefault(str(point.get("service", "")), {})
            series.setdefault((point.get("series"), point.get("start", 0)), []).append(value)
    if test.instrument.kind == "gauge":
        return {who: min(map(min, series.values())) for who, series in found.items()}
    return {
        who: sum(_grown(start, values, scope.begin) for (_, start), values in series.items())
        for who, series in found.items()
    }


def _grown(start: object, values: list[float], begin: int) -> float:
    before = isinstance(start, int) and start // 10**9 < begin
    return max(values) - (min(values) if before else 0.0)


def _text(test: Reported, **parts: str) -> str:
    kind = test.instrument.kind
    shape = _LEAST if kind == "gauge" else _GROWTH
    return shape.format(table=TABLES[kind], **parts)


def _bound(test: Reported, scope: Scope) -> dict[str, Parameter]:
    return {"name": test.instrument.wire_name, "from": moment(scope.begin), "to": moment(scope.end)}
