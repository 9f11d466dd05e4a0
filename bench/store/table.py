"""The figures as lines to read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bench.store.ingest import Taken
from bench.store.peers import PeerTime
from bench.store.queries import Timed
from bench.store.size import Size

_SLOWEST = 12
_DOUBLED = 2.0


def aligned(rows: Sequence[Sequence[str]]) -> list[str]:
    """Rows in columns, the first to the left, the others to the right."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return [
        "  ".join(
            cell.rjust(width) if at else cell.ljust(width)
            for at, (cell, width) in enumerate(zip(row, widths, strict=True))
        )
        for row in rows
    ]


def ingest_lines(found: Sequence[Taken]) -> list[str]:
    """A row for each kind of request."""
    head = ("ingest", "spans/s", "requests/s", "MB/s", "p50 ms", "p99 ms", "half: p50", "p99")
    more = ("stored/s", "all after s", "lost", "CPU us a request", "store us/span", "MB memory", "load")
    rows = [(*head, *more)]
    rows += [
        (
            one.case.name,
            f"{one.spans_acknowledged:,.0f}",
            f"{one.requests_acknowledged:,.0f}",
            f"{one.mb_acknowledged:,.0f}",
            f"{one.p50_ms:.1f}",
            f"{one.p99_ms:.1f}",
            f"{one.half_p50_ms:.1f}",
            f"{one.half_p99_ms:.1f}",
            f"{one.spans_stored:,.0f}",
            f"{one.stored_after_s:.1f}",
            str(one.lost),
            " ".join(f"{name} {cpu:,.0f}" for name, cpu in one.cpu_us.items() if name != "store"),
            f"{one.store_cpu_us_a_span:.1f}",
            str(one.memory_mb),
            f"{one.load_average:.1f}",
        )
        for one in found
    ]
    return aligned(rows)


def query_lines(stores: Mapping[int, Sequence[Timed]]) -> list[str]:
    """The slowest questions over the stores, how many take 100 ms when warm, and which grow the most."""
    counts = sorted(stores)
    head = ("warm ms, the slowest", *(f"{count:,} calls" for count in counts), "cold", "ingesting", "growth")
    rows: list[Sequence[str]] = [head]
    by_question = sorted(
        zip(*(stores[count] for count in counts), strict=True), key=lambda row: -row[-1].warm_ms
    )
    for same in by_question[:_SLOWEST]:
        loaded = [one.ingesting_ms for one in same if one.ingesting_ms is not None]
        rows.append(
            (
                f"{same[0].name} {same[0].window}",
                *(f"{one.warm_ms:,.0f}" for one in same),
                f"{same[-1].cold_ms:,.0f}",
                f"{loaded[-1]:,.0f}" if loaded else "",
                f"{same[-1].warm_ms / same[0].warm_ms:.1f}x",
            )
        )
    quick = [
        f"{sum(one.warm_ms <= 100 for one in stores[count])} of {len(stores[count])} at {count:,}"
        for count in counts
    ]
    return [*aligned(rows), f"within 100 ms when warm: {', '.join(quick)}", *_growing(stores, counts)]


def _growing(stores: Mapping[int, Sequence[Timed]], counts: Sequence[int]) -> list[str]:
    """The questions whose processor time doubles, or more, from the smallest store to the largest."""
    grown = [
        same
        for same in zip(*(stores[count] for count in counts), strict=True)
        if same[-1].cpu_ms >= _DOUBLED * same[0].cpu_ms
    ]
    rows: list[Sequence[str]] = [
        ("processor ms, grown to twice or more", *(f"{count:,} calls" for count in counts), "growth")
    ]
    rows += [
        (
            f"{same[0].name} {same[0].window}",
            *(f"{one.cpu_ms:,.0f}" for one in same),
            f"{same[-1].cpu_ms / same[0].cpu_ms:.1f}x",
        )
        for same in sorted(grown, key=lambda row: -row[-1].cpu_ms / row[0].cpu_ms)
    ]
    return aligned(rows) if len(counts) > 1 else []


def size_lines(found: Mapping[str, Mapping[str, Size]]) -> list[str]:
    """Bytes a row of each store, by table."""
    rows: list[Sequence[str]] = [("bytes a row", *found)]
    rows += [(table, *(_a_call(of, table) for of in found.values())) for table in _TABLES]
    return aligned([*rows, ("calls and their spans", *(_a_call(of, *_TABLES[:2]) for of in found.values()))])


_TABLES = ("calls", "otel_traces", "otel_logs")


def _a_call(of: Mapping[str, Size], *tables: str) -> str:
    """Bytes of the tables for each of their rows; a kept store has spans of its last days alone."""
    return f"{sum(of[table].each for table in tables):,.0f}"


def peer_lines(found: Sequence[PeerTime]) -> list[str]:
    """A row for each question, a column for each peer."""
    names = list(dict.fromkeys(one.peer for one in found))
    rows = [("ms", *names)]
    for question in dict.fromkeys(one.question for one in found):
        times = {one.peer: one.ms for one in found if one.question == question}
        rows.append((question, *(f"{times[name]:,.0f}" if name in times else "" for name in names)))
    return aligned(rows)
