"""The table of calls that are in `calls` by another row; `settling` fills it."""

from __future__ import annotations

from typing import Final

from kansoku.store.schema.relations import STORED_AT
from kansoku.store.schema.tables import Table, shard_by_trace

DUPLICATES = Table(
    name="duplicate_calls",
    columns=(
        "time DateTime64(9, 'UTC') CODEC(Delta(8), ZSTD(1))",
        "trace_id String CODEC(ZSTD(1))",
        "span_id String CODEC(ZSTD(1))",
        "emitter LowCardinality(String) CODEC(ZSTD(1))",
        "request_id String CODEC(ZSTD(1))",
        "response_id String CODEC(ZSTD(1))",
        "parent_span_id String CODEC(ZSTD(1))",
        "duplicates_span_id String CODEC(ZSTD(1))",
        "outcome LowCardinality(String) CODEC(ZSTD(1))",
        f"{STORED_AT} DateTime('UTC') CODEC(Delta(4), ZSTD(1))",
        "why LowCardinality(String) CODEC(ZSTD(1))",
        "of_emitter LowCardinality(String) CODEC(ZSTD(1))",
        "of_span_id String CODEC(ZSTD(1))",
        "found_at DateTime('UTC') CODEC(Delta(4), ZSTD(1))",
    ),
    partition="toYYYYMM(time)",
    order="time",
    shard=shard_by_trace("trace_id", "time"),
)
"""Rows that were taken out of `calls`, as the same call is there by another row."""

DUPLICATES_BY_PAIR: Final = (
    f"SELECT concat(emitter, ' / ', of_emitter) AS pair, count() FROM {DUPLICATES.name}"  # noqa: S608
    " GROUP BY pair ORDER BY count() DESC, pair"
)
"""Calls told of twice, by who told of the row that does not count and who of the one that does."""
