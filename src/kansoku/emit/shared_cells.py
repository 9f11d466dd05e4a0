"""The cells of all workers of a service, in a folder that each writes its own to and any can sum.

```
<folder>/lock            whoever joins, leaves or sums holds it meanwhile
        /generation      the master that the counts belong to
        /<id>.alive      locked by a worker for as long as it lives
        /<id>.cells      its cells, replaced as a whole
        /folded          the sum of workers that are gone, and which they were
```
A worker's death shows by its lock. Whoever sums adds the dead to `folded` first: written with their ids,
then their files are removed; a crash in between leaves files whose ids are in `folded` already.
"""

import os
import shutil
import stat
import threading
import time
import uuid
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from kansoku.catalog.instruments import INSTRUMENTS
from kansoku.emit.cell_text import state_of, text_of
from kansoku.emit.cells import Cells, State, summed
from kansoku.emit.generation import master
from kansoku.emit.locked_file import alone, hold, is_held, let_go
from kansoku.record.facts import Fact

PUBLISH_EVERY_S = 0.5
"""How old a worker's counts are at most when a sibling sums them, beside the worker's own 0.1 s."""

KEEP_EVERY_S = 900.0
"""An idle worker's files are touched this often, so that no cleaner of old files takes them."""

_BY_NAME = {each.name: each for each in INSTRUMENTS}


class SharedCells:
    """This process's cells as one member of a service's. Joins on first use.

    Args:
        folder: Where the members meet; made if need be, for this user only.
        cells: The cells of this process.

    Every method may raise `OSError`: the folder cannot be used, or belongs to another user.
    """

    def __init__(self, folder: Path, cells: Cells) -> None:
        self.folder = folder
        self._cells = cells
        self._id = ""
        self._alive: int | None = None
        self._closed = False
        self._published = -1
        self._published_at = 0.0
        self._lock = threading.RLock()

    def fact(self, fact: Fact, /) -> None:
        """Nothing: the cells have it."""

    def worked(self) -> None:
        """Publishes what is new, twice a second at most."""
        age = time.monotonic() - self._published_at
        new = self._cells.version != self._published
        if age >= (PUBLISH_EVERY_S if new else KEEP_EVERY_S):
            self.publish()

    def publish(self) -> None:
        """Writes this process's cells where the siblings see them."""
        with self._lock:
            self.join()
            try:
                self._write()
            except FileNotFoundError:  # somebody cleared the folder
                self._leave()
                self.join()
                self._write()

    def join(self) -> None:
        """Becomes a member; the first of a generation clears what an earlier one left."""
        with self._lock:
            if self._alive is not None:
                return
            make_private(self.folder)
            with alone(self.folder / "lock"):
                if not self._living():
                    self._begin_generation()
                self._id = uuid.uuid4().hex
                self._alive = hold(self.folder / f"{self._id}.alive")

    def state(self) -> State:
        """The sum over all members; counts of those that are gone are in it, their gauges are not."""
        with self._lock:
            if (
                not self._closed
            ):  # else its counts are among those of the dead, and to join again doubles them
                self.publish()
            with alone(self.folder / "lock"):
                living = set(self._living())
                states = [self._fold(living)]
                states += [self._read(f"{each}.cells")[0] for each in living if each != self._id]
                return summed(states if self._closed else [*states, self._cells.state()])

    def forked(self) -> None:
        """In a forked child: what is held belongs to the parent."""
        self._lock = threading.RLock()
        if self._alive is not None:
            os.close(self._alive)
        self._alive, self._published = None, self._cells.version  # a child that counts nothing never joins

    def close(self) -> None:
        """Publishes for the last time and leaves; the last one of a service without a master cleans up."""
        with self._lock:
            if self._closed or (self._alive is None and self._cells.version == self._published):
                return
            self.publish()
            self._closed = True
            with alone(self.folder / "lock"):
                self._leave()
                if not self._living() and not self._generation():
                    shutil.rmtree(self.folder, ignore_errors=True)

    def _leave(self) -> None:
        """Lets its own lock go: from here on its counts are those of one that is gone."""
        if self._alive is not None:
            let_go(self._alive)
            self._alive = None

    def _write(self) -> None:
        """Replaces its own file, and shows the folder's cleaner that all is in use."""
        self._published_at, self._published = time.monotonic(), self._cells.version
        self._replace(f"{self._id}.cells", text_of(self._cells.state()))
        for name in (f"{self._id}.alive", "lock", "generation", "folded"):
            with suppress(FileNotFoundError):
                os.utime(self.folder / name)

    def _begin_generation(self) -> None:
        """Clears the folder, unless the dead in it had the same master as this process."""
        own = master()
        if own and own == self._generation():
            return
        for path in self.folder.iterdir():
            if path.name not in {"lock", "port"}:
                path.unlink(missing_ok=True)
        self._replace("generation", own)

    def _generation(self) -> str:
        """The master that the counts in the folder belong to; empty if none."""
        try:
            return (self.folder / "generation").read_text()
        except FileNotFoundError:
            return ""

    def _living(self) -> list[str]:
        """The ids of members that live, this one included."""
        return [path.stem for path in self.folder.glob("*.alive") if is_held(path)]

    def _fold(self, living: set[str]) -> State:
        """Adds those that are gone to the folded counts; gives these."""
        folded, absorbed = self._read("folded")
        dead = {path.stem for path in self.folder.glob("*.cells")} - living
        new = sorted(dead - set(absorbed))
        if new:
            folded = _counts(summed([folded, *(self._read(f"{each}.cells")[0] for each in new)]))
            self._replace("folded", text_of(folded, sorted(dead)))
        self._remove({path.stem for path in self.folder.glob("*.alive")} - living | dead)
        return folded

    def _remove(self, dead: Iterable[str]) -> None:
        """Removes the files of members that are folded."""
        for each in dead:
            for suffix in ("cells", "alive", "cells.new"):
                (self.folder / f"{each}.{suffix}").unlink(missing_ok=True)

    def _read(self, name: str) -> tuple[State, list[str]]:
        """A file's state and whom it absorbed; nothing if there is none, or it is not ours."""
        try:
            return state_of((self.folder / name).read_text(), _BY_NAME)
        except (FileNotFoundError, ValueError):
            return {}, []

    def _replace(self, name: str, text: str) -> None:
        """Writes a file as a whole: whoever reads sees the old text or the new one."""
        new = self.folder / f"{name}.new"
        descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(text)
        new.replace(self.folder / name)


def make_private(folder: Path) -> None:
    """Makes a folder that only this user can read.

    Raises:
        PermissionError: If it is there and is a link, another user's, or open to others.
    """
    folder.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with suppress(FileExistsError):
        folder.mkdir(mode=0o700)
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.geteuid() or found.st_mode & 0o077:
        raise PermissionError(f"{folder} is not a folder of this user alone")


def _counts(state: State) -> State:
    """The state without its gauges."""
    return {each: family for each, family in state.items() if each.kind != "gauge"}
