"""Parts: whether what the database says it wrote is on its disk.

chDB 26.9 takes no notice of a write that fails. On a disk that is full, over its quota or failing, an
INSERT or a merge succeeds, and the files of its part are empty or cut short (seen with a limit on file
sizes, and with strace). The same befalls its copy of the schema text and the note of a mutation, without
which it does not open again. So before a segment is removed, and now and then for merges, the files of
new parts are compared with the sizes that the database counted while it wrote them. It is left at once
when they differ: the next start puts such parts aside, their sources are whole (those of a merge stay for
eight minutes), and what came from a segment is in the spool.
"""

from __future__ import annotations

import math
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Final, cast

from kansoku.errors import StoreUnavailable
from kansoku.store.schema.relations import narrow_tables
from kansoku.store.schema.tables import OTEL_TABLES

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from kansoku.store.database import Database

CUT_SHORT: Final = 75
"""The status that a store process ends with whose parts are not whole: EX_TEMPFAIL of sysexits.h."""
_SCHEMAS: Final = "__cache__"
_SCHEMA_TEXTS: Final = f"{_SCHEMAS}/*.proto"
_FILLED: Final = frozenset(table.name for table in (*OTEL_TABLES, *narrow_tables()))
_LEFT_OUT: Final = "untold_"
_ASIDE: Final = tuple(f"store/*/*/detached/{kind}*" for kind in ("broken-on-start_", _LEFT_OUT))
_MUTATIONS: Final = "store/*/*/mutation_*.txt"
_CHECKSUMS: Final = "checksums.txt"
# Their sizes are not in `bytes_on_disk`, which sums what the checksums are of.
_UNCOUNTED: Final = frozenset({
    _CHECKSUMS, "columns.txt", "columns_substreams.txt", "default_compression_codec.txt",
    "metadata_version.txt", "txn_version.txt",
})  # fmt: skip
_SIZE_AT, _HASH_BYTES = 17, 16
# A part of no rows covers others that go; without its files the next start brings those back.
_ACTIVE: Final = """
    SELECT path, bytes_on_disk, table FROM system.parts
    WHERE active AND rows > 0 AND database = currentDatabase()
"""


class PartsCutShort(StoreUnavailable):
    """The disk did not take what the database wrote; it has to be opened anew.

    `fresh` are the parts of what segments fill that were made since the last look. Whole ones are not known
    again by the database that is opened next if the disk did not take their tokens: `leave_out` is for these.
    """

    def __init__(self, message: str, fresh: Iterable[Path]) -> None:
        super().__init__(message)
        self.fresh = tuple(fresh)


class Parts:
    """The parts of one database that have been found whole.

    Args:
        database: The database, opened.
        folder: Its folder.
        schema: The schema text of segments, which it keeps a copy of.
    """

    def __init__(self, database: Database, folder: Path, schema: str) -> None:
        self._database = database
        self._folder = folder
        self._schema = schema
        # Those it opened with, it has compared itself.
        self._whole = frozenset(path for path, *_ in self._active())

    def check(self) -> None:
        """Compares what is new with what the database counted while it wrote it.

        Raises:
            PartsCutShort: If something is not whole.
            StoreError: If the database does not answer.
        """
        active = self._active()
        new = [one for one in active if one[0] not in self._whole]
        short = [path for path, size, _ in new if not _is_whole(Path(path), size)]
        if short or self._has_cut_its_schema():
            raise PartsCutShort(
                _told(self._folder, short), (Path(path) for path, _, table in new if table in _FILLED)
            )
        self._whole = frozenset(path for path, *_ in active)

    def _active(self) -> list[tuple[str, int, str]]:
        return cast("list[tuple[str, int, str]]", self._database.rows(_ACTIVE))

    def _has_cut_its_schema(self) -> bool:
        texts = (path.read_text("utf-8", "replace") for path in self._folder.glob(_SCHEMA_TEXTS))
        return any(self._schema.startswith(text) and text != self._schema for text in texts)


def room(folder: Path, needed: int) -> None:
    """Makes sure that so many bytes can be written there, as far as one can tell beforehand.

    Raises:
        StoreUnavailable: If they cannot.
    """
    free = shutil.disk_usage(folder).free
    if free < needed:
        raise StoreUnavailable(
            f"the disk of {folder} has {free >> 20} MB free, and {(needed >> 20) + 1} are needed;"
            " make room there"
        )


def leave_out(parts: Iterable[Path]) -> None:
    """Has the next opening pass these over: their rows come again, from their segment.

    Raises:
        OSError: If one cannot be moved.
    """
    for part in parts:
        part.rename(part.parent / "detached" / f"{_LEFT_OUT}{part.name}")


def put_aside(database: Path) -> frozenset[Path]:
    """The parts that the database has put aside when it was opened, as they were not whole."""
    return frozenset(path for pattern in _ASIDE for path in database.glob(pattern))


def aside_since(part: Path) -> float:
    """When it was put aside, in unix seconds; never, if it has been removed."""
    try:
        return part.stat().st_ctime  # of the moment when it got its name there
    except FileNotFoundError:
        return math.inf


def bytes_of(parts: Iterable[Path]) -> int:
    """What the files of these parts take."""
    return sum(file.stat().st_size for part in parts for file in part.rglob("*") if file.is_file())


def sweep(database: Path) -> None:
    """Removes what would keep a database from opening, or from reading segments, after writes that failed.

    Only for one that no process has open.

    Raises:
        OSError: If a file cannot be removed.
    """
    shutil.rmtree(database / _SCHEMAS, ignore_errors=True)
    for path in _cut_mutations(database):
        path.unlink()


def _cut_mutations(database: Path) -> Iterator[Path]:
    for path in database.glob(_MUTATIONS):
        if not path.read_text("utf-8", "replace").endswith("\n"):
            yield path


def _is_whole(part: Path, counted: int) -> bool:
    """Whether the files of a part hold as many bytes as were written; one that is gone was merged."""
    try:
        sizes = {path.name: path.stat().st_size for path in part.iterdir()}
        uncounted = [sizes.pop(name) for name in _UNCOUNTED if name in sizes]
        return sum(sizes.values()) >= counted and all(uncounted) and _is_told_whole(part / _CHECKSUMS)
    except FileNotFoundError:
        return True


def _is_told_whole(checksums: Path) -> bool:
    """Whether the list of checksums ends no earlier than its compressed frame says."""
    _, _, frame = checksums.read_bytes().partition(b"\n")
    size = int.from_bytes(frame[_SIZE_AT : _SIZE_AT + 4], "little")
    return len(frame) >= _HASH_BYTES + size > _HASH_BYTES


def _told(folder: Path, short: Iterable[str]) -> str:
    named = ", ".join(short) or f"the schema text in {folder / _SCHEMAS}"
    return (
        f"the disk of {folder} did not take what was written of {named}: it is full, over its quota or"
        " failing. The store starts again without it and stores its rows once more; make room there"
    )
