"""A data directory filled with made-up calls, straight into the tables; a process of its own does it.

    python -m bench.store.filling DATA '{"calls": 1000000, …}'     without what is wanted: the rollups alone

The views are away meanwhile, so that spans and logs fill their own tables alone: the narrow rows are there.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final, Protocol, cast

from chdb.state.sqlitelike import Connection

from bench.store.raw import log_lines, spans
from bench.store.rows import Calls, narrow
from bench.store.shape import DAY_S, DAYS, days
from kansoku.store.engine import Engine
from kansoku.store.segments import Layout
from kansoku.store.upkeep.rollups import Keeper

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from bench.store.shape import Day

_SETTINGS = "max_insert_threads = 2, min_insert_block_size_rows = 262144, max_query_size = 16777216"
_VIEWS = "SELECT name FROM system.tables WHERE database = 'default' AND engine = 'MaterializedView'"
_MARK = "generated.json"
UNTIL: Final = 20_784 * DAY_S
"""2026-11-27, midnight: the end of made-up days that are to be the same on any day."""


class _Connection(Protocol):
    def query(self, query: str) -> object: ...
    def close(self) -> None: ...


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a store is to hold: calls of the days before `until`; spans and logs of the last of them only."""

    calls: int
    seed: int = 1
    until: int = UNTIL
    days: int = DAYS
    span_days: int = 3
    log_days: int = 3
    content_words: int = 0


def filled(data: Path, wanted: Wanted) -> bool:
    """Makes the store unless it is there as wanted; whether it was made.

    Raises:
        RuntimeError: If it could not be made.
    """
    mark = data / _MARK
    is_there = mark.exists() and json.loads(mark.read_text()) == asdict(wanted)
    what = () if is_there else (json.dumps(asdict(wanted)),)
    command = (sys.executable, "-m", "bench.store.filling", str(data), *what)
    if subprocess.call(command, stdout=subprocess.DEVNULL):
        raise RuntimeError(f"{data} could not be filled")
    mark.write_text(json.dumps(asdict(wanted)))
    return not is_there


def until_of(data: Path) -> int | None:
    """When the made-up days of the store in that folder end, unix seconds; None where no store is."""
    mark = data / _MARK
    return int(json.loads(mark.read_text())["until"]) if mark.exists() else None


def statements(wanted: Wanted) -> Iterator[tuple[Day, Sequence[str]]]:
    """The INSERTs of each day, the oldest first."""
    made = days(wanted.calls, wanted.until, wanted.days)
    for at, day in enumerate(made):
        calls, from_end = Calls(day, wanted.seed), len(made) - at
        raw = (spans(calls, wanted.content_words),) if from_end <= wanted.span_days else ()
        logs = log_lines(calls) if from_end <= wanted.log_days else ()
        yield day, (*(one for table in narrow(calls).values() for one in table), *raw, *logs)


def fill(data: Path, wanted: Wanted) -> None:
    """Writes every row; prints a line for each day."""
    layout = Layout(data)
    layout.create()
    engine = Engine(layout.database)
    connection = cast("_Connection", Connection(str(layout.database)))
    engine.create_tables()
    views = [str(name) for (name,) in engine.rows(_VIEWS)]
    for view in views:
        connection.query(f"DETACH TABLE {view}")
    for day, inserts in statements(wanted):
        began = time.monotonic()
        for insert in inserts:
            connection.query(f"{insert} SETTINGS {_SETTINGS}")
        print(f"{day.begin} {day.calls:,} calls in {time.monotonic() - began:.1f} s", flush=True)
    for view in views:
        connection.query(f"ATTACH TABLE {view}")
    connection.close()
    engine.close()


def roll_up(data: Path) -> None:
    """Brings the schema to the newest version and makes what the rollups lack."""
    engine = Engine(Layout(data).database)
    engine.create_tables()
    keeper = Keeper(engine)
    keeper.prepare()
    while keeper.keep():
        pass
    engine.close()


def main() -> None:
    """Entry point; see the module."""
    data, *wanted = sys.argv[1:]
    for one in wanted:
        fill(Path(data), Wanted(**cast("dict[str, int]", json.loads(one))))
    roll_up(Path(data))


if __name__ == "__main__":
    main()
