"""A database with every table and view and no row: made once by a store process, copied where it is wanted.

To make one anew takes a store process twice the work of opening one, and a hundred flushes of the disk.
Whether it is made as it should be is asked in `test_migrations`, and of each server that tests start.
"""

from __future__ import annotations

import asyncio
import shutil
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from kansoku.store.segments import Layout

if TYPE_CHECKING:
    from pathlib import Path

_MADE: list[Layout] = []


def make_in(folder: Path) -> None:
    """Has it made there when it is first wanted."""
    _MADE[:] = [Layout(folder)]


def give_tables(layout: Layout) -> None:
    """Copies it for a layout without a database."""
    layout.create()
    if any(layout.database.iterdir()):
        return
    (made,) = _MADE
    if not made.database.exists():
        with ThreadPoolExecutor(1) as beside:  # whoever wants it may be in an event loop
            beside.submit(asyncio.run, _made(made)).result()
    shutil.copytree(made.database, layout.database, symlinks=True, dirs_exist_ok=True)


async def _made(layout: Layout) -> None:
    from kansoku.store.embedded import EmbeddedStore  # not where the oldest SDK is tested

    layout.create()
    store = EmbeddedStore(layout)
    await store.start()
    await store.close()
