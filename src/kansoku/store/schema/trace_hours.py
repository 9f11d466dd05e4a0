"""The table of the hours in which each trace's spans began, and the view that fills it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from kansoku.query.trace_hours import BEGIN, HASH, TABLE, trace_hash
from kansoku.store.schema.tables import TRACES, Table, View

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kansoku.store.database import Database
    from kansoku.store.schema.engines import Engines

_SELECT = (
    f"SELECT DISTINCT\n    {trace_hash('TraceId')} AS {HASH},\n"
    f"    toStartOfHour(toDateTime(Timestamp, 'UTC')) AS {BEGIN}\nFROM {TRACES.name}\n"
    "WHERE TraceId != ''"
)

TRACE_HOURS: Final = Table(
    name=TABLE,
    columns=(
        f"{HASH} UInt32 CODEC(Delta(4), ZSTD(1))",
        f"{BEGIN} DateTime('UTC') CODEC(T64, ZSTD(1))",
    ),
    partition=f"toYYYYMM({BEGIN})",
    order=f"({HASH}, {BEGIN})",
    shard=HASH,
)
TRACE_HOURS_ROWS: Final = View(name=f"{TABLE}_rows", source=TRACES.name, target=TABLE, select=_SELECT)


def filled(database: Database, engines: Engines) -> Iterator[str]:
    """The statements that note the hours of spans that are there already, a day of them at a time.

    The view is made first, so that no span stored meanwhile is missed; what is noted twice does no harm.
    """
    yield TRACE_HOURS_ROWS.create(engines)
    for (day,) in database.rows(f"SELECT DISTINCT toDate(Timestamp) AS day FROM {TRACES.name} ORDER BY day"):  # noqa: S608
        yield f"INSERT INTO {TABLE} ({HASH}, {BEGIN}) {_SELECT} AND toDate(Timestamp) = '{day}'"
