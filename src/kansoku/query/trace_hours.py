"""The hours in which a trace's spans began: what bounds the reading of one trace among millions.

A filter of each granule's ids is read for all that is stored, which grows with it. The hours lie in a table
of their own, in the order of a number of 32 bits that is made of the id: 3 bytes a trace. Two traces of
one number only widen the stretch that is read. Spans that say they began after 2105 are found by no time.
"""

from typing import Final

TABLE: Final = "trace_hours"
HASH, BEGIN = "trace_hash", "begin"
"""The columns: the number made of the id, and the hour."""


def trace_hash(trace_id: str) -> str:
    """The number made of the id that the SQL expression gives."""
    return f"toUInt32(cityHash64({trace_id}))"


# Of nanoseconds: held to a DateTime, ClickHouse 26.9 leaves out parts that begin in the second before it.
HOURS: Final = (
    f"WITH (SELECT (toDateTime64(min({BEGIN}), 9, 'UTC'),"
    f" toDateTime64(max({BEGIN}), 9, 'UTC') + INTERVAL 1 HOUR)"
    f" FROM {TABLE}"
    f" WHERE {HASH} = {trace_hash('{trace:String}')}) AS hours"
)
"""Opens a statement about the trace bound as `trace`; what is not stored has hours that hold nothing."""

OF_SPANS: Final = "TraceId = {trace:String} AND Timestamp >= hours.1 AND Timestamp < hours.2"
"""The trace's rows of `otel_traces`, behind `HOURS`."""

OF_CALLS: Final = "trace_id = {trace:String} AND time >= hours.1 AND time < hours.2 + INTERVAL 1 DAY"
"""The trace's rows of `calls`: what a log record tells of a span comes at its end, up to a day later."""
