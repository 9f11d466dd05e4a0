"""DuckDB and SQLite on calls in a CSV file: `peer_child.py FILE QUESTIONS RUNS`, in the peers' environment.

Prints a JSON list of times. It imports nothing of Kansoku.
"""

from __future__ import annotations

import csv
import importlib
import json
import sqlite3
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

Times = Iterator[tuple[str, float]]


def _median_ms(ask: Callable[[], object], runs: int) -> float:
    took: list[float] = []
    for _ in range(runs):
        began = time.perf_counter()
        ask()
        took.append(1e3 * (time.perf_counter() - began))
    return statistics.median(took)


def _duckdb(path: str, questions: dict[str, str], runs: int) -> Times:
    database = importlib.import_module("duckdb").connect()
    database.execute(f"CREATE TABLE calls AS SELECT * FROM read_csv('{path}', nullstr='\\N')")
    for name, text in questions.items():
        quantiles = "approx_quantile(duration_s, [0.5, 0.95, 0.99])"
        own = text.replace("QUANTILE", quantiles).replace("began / ", "began // ")
        yield name, _median_ms(lambda own=own: database.execute(own).fetchall(), runs)


def _sqlite(path: str, questions: dict[str, str], runs: int) -> Times:
    database = sqlite3.connect(":memory:")
    database.execute(
        "CREATE TABLE calls"
        " (began INTEGER, model TEXT, outcome TEXT, user_id TEXT, duration_s REAL, cost_usd REAL)"
    )
    with Path(path).open(newline="", encoding="utf-8") as file:
        rows = csv.reader(file)
        next(rows)
        cleaned = ([None if cell == "\\N" else cell for cell in row] for row in rows)
        database.executemany("INSERT INTO calls VALUES (?, ?, ?, ?, ?, ?)", cleaned)
    database.execute("CREATE INDEX by_time ON calls (began)")
    for name, text in questions.items():
        own = _ranked(text) if "QUANTILE" in text else text
        yield name, _median_ms(lambda own=own: database.execute(own).fetchall(), runs)


def _ranked(text: str) -> str:
    """SQLite has no quantiles: the rows of each group in order, of which three are taken."""
    groups = text.partition("SELECT ")[2].partition(", QUANTILE")[0].split(", ")
    rows = text.partition(" FROM ")[2].partition(" GROUP BY")[0]
    keys = ", ".join(f"k{at}" for at in range(len(groups)))
    named = ", ".join(f"{group} AS k{at}" for at, group in enumerate(groups))
    return (
        "SELECT * FROM (SELECT *, row_number() OVER w AS place, count(*) OVER g AS n"
        f" FROM (SELECT {named}, duration_s FROM {rows})"
        f" WINDOW g AS (PARTITION BY {keys}), w AS (PARTITION BY {keys} ORDER BY duration_s))"
        " WHERE place IN (1 + n / 2, 1 + n * 95 / 100, 1 + n * 99 / 100)"
    )


def main() -> None:
    """Entry point; see the module."""
    path, questions, runs = sys.argv[1], json.loads(sys.argv[2]), int(sys.argv[3])
    found = [
        {"peer": peer, "question": name, "ms": ms}
        for peer, times in (("duckdb", _duckdb), ("sqlite", _sqlite))
        for name, ms in times(path, questions, runs)
    ]
    print(json.dumps(found))


if __name__ == "__main__":
    main()
