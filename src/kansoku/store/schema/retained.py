"""The tables in which retention keeps what was said and what was done; `upkeep.retention` fills them."""

from __future__ import annotations

from typing import Final

from kansoku.store.schema.tables import Table

RETENTION_LOG: Final = Table(
    name="retention_log",
    columns=(
        "at DateTime('UTC')",
        "action LowCardinality(String)",
        "table LowCardinality(String)",
        "partition String",
        "rows UInt64",
        "bytes UInt64",
        "late Bool",
        "cutoff Date",
        "block Int64",
    ),
    partition="tuple()",
    order="(table, at)",
)
RETENTION_DAYS: Final = Table(
    name="retention_days",
    columns=("at DateTime64(6, 'UTC')", "name LowCardinality(String)", "days Nullable(UInt32)"),
    partition="tuple()",
    order="(name, at)",
)
