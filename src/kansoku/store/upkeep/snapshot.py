"""A snapshot: hard links to everything that is stored and everything that waits, of one moment.

Loading stands still while the links are made, some milliseconds a table, and receiving does not: each
acknowledged request is either in the tables or in the spool of the snapshot, never in both. Parts do
not change once written, so the links stay good while the database goes on.
"""

from __future__ import annotations

import os
import re
import shutil
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Final, cast

from kansoku.errors import QueryRefused
from kansoku.store.segments import OPEN, READY, Layout, Signal, new_name

if TYPE_CHECKING:
    from kansoku.store.database import Database
    from kansoku.store.task import Answer, Arguments, Work

_STALE_S: Final = 86_400.0
_DERIVED: Final = "rollup_"
_METADATA: Final = "metadata"
_PER_TABLE: Final = ("format_version.txt", "mutation_*.txt", "deduplication_logs/*")
"""What a table's folder holds besides its parts."""


def snapshot(work: Work, _: Arguments) -> Answer:
    """Makes one; the answer tells where it is, and the rows of each table in it.

    Raises:
        StoreError: If it cannot be made.
    """
    _remove_stale(work.layout)
    name = new_name(time.time_ns())
    copy = Layout(work.layout.snapshots / name)
    try:
        with work.still():
            rows = _rows(work.database)
            _link_tables(work, copy)
            waiting = _link_spool(work.layout, copy)
    except BaseException:
        _remove(work.layout, name)
        raise
    ((version, schema),) = work.database.rows("SELECT version(), (SELECT max(version) FROM schema_version)")
    told: Answer = {"name": name, "path": str(copy.data), "rows": rows, "segments": waiting}
    return {**told, "database_version": version, "schema_version": schema}


def release(work: Work, arguments: Arguments) -> Answer:
    """Removes the snapshot that `name` names.

    Raises:
        QueryRefused: If the argument is no snapshot's name.
    """
    name = arguments.get("name")
    if not isinstance(name, str) or not re.fullmatch(r"\d{20}-[0-9a-f]{8}", name):
        raise QueryRefused("name: give the name that the snapshot's answer told")
    _remove(work.layout, name)
    return {"name": name}


def _rows(database: Database) -> dict[str, int]:
    """Rows by table, but for the rollups: those are made anew beside all this, and after a restore."""
    rows: dict[str, int] = {}
    for (table,) in database.rows(
        "SELECT name FROM system.tables WHERE database = currentDatabase() AND engine LIKE '%MergeTree'"
    ):
        if not str(table).startswith(_DERIVED):
            ((held,),) = database.rows(f"SELECT count() FROM {table}")  # noqa: S608
            rows[str(table)] = int(cast("int", held))
    return rows


def _link_tables(work: Work, copy: Layout) -> None:
    """Links every part, and copies what a database needs besides them.

    Not by FREEZE, which leaves out the parts that lightweight updates and deletions make.
    """
    database = work.layout.database
    copy.create()
    _copy_metadata(database, copy.database)
    for (path,) in work.database.rows(
        "SELECT path FROM system.parts WHERE active AND database = currentDatabase()"
    ):
        _link_folder(database, Path(str(path)), copy.database)
    for (path,) in work.database.rows(
        "SELECT arrayJoin(data_paths) FROM system.tables"
        " WHERE database = currentDatabase() AND engine LIKE '%MergeTree'"
    ):
        folder = _below(database, Path(str(path)))
        for pattern in _PER_TABLE:
            for file in (database / folder).glob(pattern):
                _copy(file, copy.database / file.relative_to(database))


def _link_folder(database: Path, folder: Path, copy: Path) -> None:
    """Links to every file of a part, which stays as it is until it is removed."""
    below = _below(database, folder)
    for source in (database / below).rglob("*"):
        target = copy / source.relative_to(database)
        if source.is_dir():
            target.mkdir(parents=True, exist_ok=True)
        else:
            target.parent.mkdir(parents=True, exist_ok=True)
            target.hardlink_to(source)


def _below(database: Path, path: Path) -> Path:
    """The path from the database's folder on; ClickHouse tells it whole."""
    return Path(os.path.relpath(path, database.resolve()))


def _copy_metadata(database: Path, copy: Path) -> None:
    """The definitions: a folder of each database, which lies among the tables' and is linked to."""
    (copy / _METADATA).mkdir()
    for entry in (database / _METADATA).iterdir():
        if entry.is_symlink():
            target = entry.readlink()
            (copy / _METADATA / entry.name).symlink_to(target)
            shutil.copytree(database / _METADATA / target, copy / _METADATA / target)
        elif entry.is_file():
            _copy(entry, copy / _METADATA / entry.name)


def _link_spool(layout: Layout, copy: Layout) -> int:
    """Copies what waits; gives how many segments."""
    found = 0
    for signal in Signal:
        for path in layout.folder(signal).glob("*"):
            if path.suffix in (OPEN, READY):
                found += _kept(path, copy.folder(signal))
        for path in layout.set_aside(signal).glob("*"):
            _kept(path, copy.set_aside(signal))
    return found


def _kept(path: Path, folder: Path) -> bool:
    """Copies a segment, which may be sealed meanwhile; only an empty one can go."""
    for name in (path, path.with_suffix(READY)):
        with suppress(FileNotFoundError):
            _copy(name, folder / name.name)
            return True
    return False


def _copy(source: Path, target: Path) -> None:
    """A copy of the file, not a link, as it may still grow."""
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(source, target)


def _remove_stale(layout: Layout) -> None:
    """Removes what a backup that was cut short left behind."""
    for path in layout.snapshots.glob("*"):
        with suppress(FileNotFoundError):
            if time.time() - path.stat().st_mtime > _STALE_S:
                _remove(layout, path.name)


def _remove(layout: Layout, name: str) -> None:
    shutil.rmtree(layout.snapshots / name, ignore_errors=True)
