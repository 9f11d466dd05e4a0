"""A database that was just put in place from a backup: opened once, counted, and led to today's schema."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, cast

from kansoku.errors import QueryRefused, QueryTimeout, StoreError, StoreUnavailable
from kansoku.store.engine import Engine
from kansoku.store.loading.tokens import mend
from kansoku.store.upkeep.rollups import EVER, Keeper, touched

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from kansoku.store.segments import Layout


def opened(layout: Layout, rows: Mapping[str, int], told: Callable[[str], None]) -> int:
    """Opens the database, sees that each table has its rows and whole parts, and migrates it.

    The rollups are made again at the next start. Only in a process that has opened no other database.

    Returns:
        The schema version that it has now.

    Raises:
        StoreUnavailable: If it cannot be opened or led to today's schema, rows are missing or too many,
            or a part is broken.
    """
    database = layout.database.absolute()
    before = Path.cwd()
    # ClickHouse keeps a copy of schema texts where it runs.
    os.chdir(database)
    try:
        mend(database)
        engine = Engine(database)
        try:
            told("counting the rows")
            _check(engine, rows)
            Keeper(engine).prepare()
            engine.run(touched(*EVER))
            engine.create_tables(lambda step: told(f"to schema version {step.number}: {step.what}"))
            ((version,),) = engine.rows("SELECT max(version) FROM schema_version")
            return int(cast("int", version))
        finally:
            engine.close()
    except (QueryRefused, QueryTimeout, RuntimeError, OSError) as error:
        raise StoreUnavailable(f"the database cannot be opened: {error}") from error
    finally:
        os.chdir(before)


def _check(engine: Engine, rows: Mapping[str, int]) -> None:
    """Sees that every table is whole.

    Raises:
        StoreUnavailable: If one is not.
    """
    for table, expected in rows.items():
        try:
            ((found,),) = engine.rows(f"SELECT count() FROM {table}")  # noqa: S608
            broken = [row for row in engine.rows(f"CHECK TABLE {table}") if row[1] != 1]
        except StoreError as error:
            raise StoreUnavailable(f"the table {table} cannot be read: {error}") from error
        if found != expected:
            raise StoreUnavailable(f"the table {table} has {found} rows and should have {expected}")
        if broken:
            raise StoreUnavailable(f"the table {table} has broken parts: {broken[0]}")
