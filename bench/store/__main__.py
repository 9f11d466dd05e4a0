"""The store: what it takes in, what it answers, what it keeps on the disk.

./dev bench store --quick                                    all parts but the peers in some minutes
./dev bench store --parts ingest,queries --calls 1000000,10000000,50000000 --json
./dev bench store --parts generate --calls 1000000 --data DIR    a store with made-up calls, kept there

`generate` writes calls of 100,000 users and 12 models over 30 days into a data directory, the same rows for
the same seed and --until; spans and logs of the last days too. The days end with the current hour, as some
rollups are of the last days only; a kept store keeps its own end. `ingest` sends spans over HTTP and gRPC to
`kansoku up`, at full and half load. `queries` times what a dashboard asks, at each number of calls. `size` is
bytes a call. `peers` asks DuckDB and SQLite the same, and sends arize-phoenix the same spans
(--peers-python). What is made up lies in DIR/<calls>, or in a folder that is removed. docs/performance.md
says what each figure means.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import asdict
from pathlib import Path

from bench.store.filling import Wanted, filled, until_of
from bench.store.ingest import CASES, PHOENIX_CASES, Taken, each_taken
from bench.store.peers import Phoenix, peer_times
from bench.store.queries import Timed, timed
from bench.store.servers import load_average
from bench.store.shape import HOUR_S
from bench.store.size import sizes, sizes_with_and_without
from bench.store.table import ingest_lines, peer_lines, query_lines, size_lines

PARTS = ("generate", "ingest", "queries", "size", "peers")


def words() -> argparse.Namespace:
    """The options given."""
    parser = argparse.ArgumentParser(
        prog="dev bench store", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--parts", default="ingest,queries,size", help=f"any of {','.join(PARTS)}")
    parser.add_argument("--calls", default="", help="calls of each made-up store: 1000000,10000000")
    parser.add_argument("--data", type=Path, help="keep the made-up stores in this folder")
    parser.add_argument("--seed", type=int, default=1, help="of what is made up")
    parser.add_argument(
        "--until", type=int, help="the hour, in unix seconds, at which the made-up days end; the current one"
    )
    parser.add_argument("--span-days", type=int, default=3, help="of the last days, spans and logs too")
    parser.add_argument("--seconds", type=float, default=15.0, help="of each full load")
    parser.add_argument("--runs", type=int, default=5, help="of each question")
    parser.add_argument(
        "--peers-python", default="", help="python of an environment with bench/store/peers.txt"
    )
    parser.add_argument("--quick", action="store_true", help="short loads, and 200,000 calls unless said")
    parser.add_argument("--json", action="store_true", help="print figures as JSON")
    return parser.parse_args()


class Bench:
    """The benchmark, part by part. Each part prints its lines and gives its figures.

    Args:
        given: The options.
        folder: Where made-up stores lie.
    """

    def __init__(self, given: argparse.Namespace, folder: Path) -> None:
        self._given = given
        self._folder = folder
        self._counts = sorted(int(count) for count in given.calls.split(","))
        self._seconds = 4.0 if given.quick else given.seconds
        self._runs = 3 if given.quick else given.runs
        self._this_hour = int(time.time()) // HOUR_S * HOUR_S

    def run(self, parts: Sequence[str]) -> dict[str, object]:
        """The figures of the parts, in their order, with the machine's load when each began and ended."""
        known: dict[str, Callable[[], object]] = {part: getattr(self, part) for part in PARTS}
        found: dict[str, object] = {"cores": os.cpu_count()}
        for part in parts:
            began, before = time.monotonic(), load_average()
            figures = known[part]()
            took, loads = time.monotonic() - began, [before, load_average()]
            self._say(f"{part}: {took:.0f} s; load average {loads[0]:.1f} before, {loads[1]:.1f} after", "")
            found[part] = {"figures": figures, "seconds": took, "load_average": loads}
        return found

    def generate(self) -> Mapping[int, str]:
        """Made-up stores."""
        return {count: str(self._store(count)) for count in self._counts}

    def ingest(self) -> list[dict[str, object]]:
        """Spans over HTTP and gRPC."""
        found = each_taken(CASES, self._seconds)
        self._say(*ingest_lines(found))
        return list(map(_values, found))

    def queries(self) -> Mapping[int, list[dict[str, object]]]:
        """What a dashboard asks; spans come in meanwhile where the store is not kept."""
        found: dict[int, list[Timed]] = {}
        for count in self._counts:
            ingesting = self._given.data is None
            folder = self._store(count)
            found[count] = asyncio.run(timed(folder, self._until(folder), self._runs, ingesting=ingesting))
        self._say(*query_lines(found))
        return {count: [asdict(one) for one in times] for count, times in found.items()}

    def size(self) -> Mapping[str, object]:
        """Bytes a call."""
        calls = 50_000 if self._given.quick else 200_000
        found = asyncio.run(sizes_with_and_without(calls, self._given.seed))
        kept = {f"{count:,} calls": asyncio.run(sizes(self._store(count))) for count in self._counts}
        self._say(*size_lines({**found, **kept}))
        return {
            name: {table: asdict(one) for table, one in of.items()} for name, of in {**found, **kept}.items()
        }

    def peers(self) -> Mapping[str, object]:
        """Peers on the same calls and spans."""
        python = self._given.peers_python
        if not python:
            raise SystemExit("--peers-python: name the python of an environment with bench/store/peers.txt")
        folder = self._store(self._counts[0])
        times = peer_times(folder, self._until(folder), python, self._runs)
        self._say(*peer_lines(times))
        quantiles: list[float] = []

        def ended(server: Phoenix) -> None:
            quantiles.append(server.quantile_ms(self._runs))

        found = each_taken(
            PHOENIX_CASES, self._seconds, lambda folder: Phoenix.started(python, folder, ended)
        )
        self._say(*ingest_lines(found), f"phoenix: its P99 over these spans took {quantiles} ms")
        return {
            "times": [asdict(one) for one in times],
            "phoenix": list(map(_values, found)),
            "phoenix_quantile_ms": quantiles,
        }

    def _store(self, count: int) -> Path:
        """The made-up store of that many calls."""
        days = self._given.span_days
        folder = self._folder / str(count)
        folder.mkdir(parents=True, exist_ok=True)
        wanted = Wanted(count, self._given.seed, self._until(folder), span_days=days, log_days=days)
        filled(folder, wanted)
        return folder

    def _until(self, folder: Path) -> int:
        """When the made-up days of the store in that folder end, or shall end."""
        return self._given.until or until_of(folder) or self._this_hour

    def _say(self, *lines: str) -> None:
        """Prints lines, unless figures are wanted."""
        if not self._given.json:
            print("\n".join(lines), flush=True)


def _values(one: Taken) -> dict[str, object]:
    """The figures of a case, its name in front."""
    return {"name": one.case.name, **asdict(one)}


def main() -> None:
    """Runs what is asked for."""
    given = words()
    given.calls = given.calls or ("200000" if given.quick else "1000000")
    parts = given.parts.split(",")
    if unknown := set(parts).difference(PARTS):
        raise SystemExit(f"--parts: {min(unknown)!r} is not known; use any of {', '.join(PARTS)}")
    if parts == ["generate"] and given.data is None:
        raise SystemExit("--data: say where the stores are to be kept")
    with ExitStack() as ended:
        folder = given.data or Path(ended.enter_context(tempfile.TemporaryDirectory(prefix="bench-store-")))
        found = Bench(given, folder).run(parts)
    if given.json:
        print(json.dumps(found, indent=2))


if __name__ == "__main__":
    main()
