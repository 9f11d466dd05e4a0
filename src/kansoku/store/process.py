"""The store process: alone opens the database directory, answers the server, loads segments.

Run as `python -m kansoku.store.process DATA_DIR FD SEGMENT…`, where FD is a connected socket and each
SEGMENT, such as `traces/….ready`, is to be loaded with no other beside it. It ends when the other side
of the socket does, at once: what was under way is done again by the next one.
"""

from __future__ import annotations

import fcntl
import json
import logging
import os
import socket
import sys
import threading
import time
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from kansoku.errors import QueryRefused, QueryTimeout, SettingError, StoreError, StoreUnavailable
from kansoku.price.book import PriceBook
from kansoku.settings import settings
from kansoku.store.channel import Message, read
from kansoku.store.engine import Engine
from kansoku.store.lanes import AD_HOC, CANCEL, MAINTENANCE, PAGE, UPKEEP, Lanes, too_late
from kansoku.store.loading.loader import Loader
from kansoku.store.loading.tokens import flush, is_untold, mend, write_through
from kansoku.store.loading.wire import WITH_BYTES
from kansoku.store.parts import CUT_SHORT, Parts, PartsCutShort, leave_out, put_aside, room, sweep
from kansoku.store.port import QueryLimits
from kansoku.store.segments import Layout
from kansoku.store.task import Work
from kansoku.store.upkeep import maintenance
from kansoku.store.upkeep.owed import Owed
from kansoku.store.upkeep.rollups import EVER, Keeper, touched
from kansoku.store.upkeep.settling import Settling

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import IO

    from kansoku.catalog.prices import PriceRow
    from kansoku.store.lanes import Lane, Turn
    from kansoku.store.schema.migrations import Step

_log = logging.getLogger(__name__)
_LOCK_PATIENCE_S = 5.0
_NICENESS = 5
_ROLLUPS_LATE_S = 360
_AGAIN_S = 0.1
_CANCELLING = QueryLimits(seconds=60.0)
_OWED = "kansoku.settling-owed"
_CUT = "kansoku.parts-cut-short"
"""There from when parts were found cut short until what is derived from them will be made again."""
_LOOK_S = 30.0
_SCHEMA_BYTES = 8 << 20
_ERRORS: dict[type[StoreError], str] = {
    QueryRefused: "refused",
    QueryTimeout: "timeout",
    StoreUnavailable: "unavailable",
}


class Process:
    """Serves one socket until it closes or says stop."""

    def __init__(
        self,
        layout: Layout,
        connection: socket.socket,
        suspects: frozenset[str] = frozenset(),
        prices: tuple[PriceRow, ...] = (),
    ) -> None:
        self._layout = layout
        self._prices = prices
        self._suspects = suspects
        self._socket = connection
        self._sending = threading.Lock()
        self._stopping = threading.Event()
        self._questions = Questions()

    def run(self) -> int:
        """The exit status."""
        try:
            # Storing may wait, acknowledging may not: the spool bridges the difference.
            os.nice(_NICENESS)
            # ClickHouse keeps a copy of schema texts where it runs.
            os.chdir(self._layout.database)
            lock = _lock(self._layout.database)
            engine = _opened(self._layout.database)
            keeper = Keeper(engine)
            keeper.prepare()
            engine.create_tables(partial(self._migrating, engine))
            self._make_up(engine)
            parts = Parts(engine, self._layout.database, WITH_BYTES.schema_text())
        except (OSError, RuntimeError, StoreError) as error:
            self._send(Message({"op": "failed", "message": str(error)}))
            return 1
        with lock:
            owed = self._owed(engine)
            loader = Loader(
                engine,
                self._layout,
                workers=_loaders(),
                loading=self._tell_loading,
                confirm=_confirmation(self._layout.database),
                alone=self._suspects,
                settle=owed.settle,
                look=partial(self._look, parts),
            )
            # Before anything is loaded: a disk that fails then is a reason to begin anew, not to end.
            self._send(Message({"op": "ready"}))
            loader.start()
            keeper.start()
            beside = [
                threading.Thread(target=owed.run, args=(self._stopping,), name="owed"),
                threading.Thread(target=self._look_again, args=(parts,), name="parts"),
            ]
            for thread in beside:
                thread.start()
            self._serve(engine, loader)
            keeper.stop()
            for thread in beside:
                thread.join()
            loader.stop()
            engine.close()
        return 0

    def _owed(self, engine: Engine) -> Owed:
        """Settles what was stored since a moment, and what could not be settled before."""
        book = PriceBook(overrides=self._prices)

        def changing(begin: int, end: int) -> None:
            if begin < time.time() - _ROLLUPS_LATE_S:  # of what is newer nothing is rolled up yet
                engine.run(touched(begin, end))

        return Owed(Settling(engine, lambda: book, changing).settle, self._layout.database / _OWED)

    def _make_up(self, engine: Engine) -> None:
        """Has what is derived made anew, after parts of it may have been cut short."""
        marker = self._layout.database / _CUT
        if not marker.exists():
            return
        try:
            engine.run(touched(*EVER))
            marker.unlink()
        except StoreError as error:  # with no room yet, what is there can be read all the same
            _log.warning("Rollups are made anew at the next start: %s", error)

    def _look(self, parts: Parts) -> None:
        """Ends the process if the disk did not take what the database wrote: the next one opens it anew.

        Raises:
            StoreError: If the database does not answer.
            OSError: If that cannot be noted.
        """
        try:
            parts.check()
        except PartsCutShort as error:
            (self._layout.database / _CUT).touch()
            _log.error("%s", error)
            leave_out(part for part in error.fresh if is_untold(part))
            os._exit(CUT_SHORT)

    def _look_again(self, parts: Parts) -> None:
        """Looks now and then, for what is merged and made without a segment."""
        while not self._stopping.wait(_LOOK_S):
            try:
                self._look(parts)
            except Exception as error:  # it is looked again
                _log.warning("Whether parts are whole is not known yet: %s", error)

    def _serve(self, engine: Engine, loader: Loader) -> None:
        lanes = Lanes(PAGE, AD_HOC, UPKEEP, MAINTENANCE, CANCEL)
        with self._socket.makefile("rb") as stream:
            while (message := read(stream)) is not None:
                if message.head["op"] == "stop":
                    self._stopping.set()
                    lanes.close()
                    return
                if message.head["op"] == "cancel":
                    if self._questions.cancel(message.head["id"]):
                        lanes.submit(CANCEL, _CANCELLING, partial(self._cancel, engine, message.head["id"]))
                    continue
                self._submit(lanes, message, partial(self._answer, engine, loader, message))
        # The server is gone without a word; nobody is left to wait for.
        os._exit(1)

    def _submit(self, lanes: Lanes, message: Message, answer: Callable[[Turn], None]) -> None:
        limits = QueryLimits(**message.head["limits"])
        self._questions.open(message.head["id"])
        take_out = lanes.submit(_lane(message, limits), limits, answer)
        self._questions.wait(message.head["id"], take_out)

    def _cancel(self, engine: Engine, number: int, _: Turn) -> None:
        """Ends a question that nobody waits for; one that is only just beginning is tried again."""
        while self._questions.is_unwanted(number):
            try:
                engine.cancel(_mark(number))
            except StoreError as error:
                _log.warning("A question could not be cancelled; it ends by its limits: %s", error)
                return
            if self._stopping.wait(_AGAIN_S):
                return

    def _answer(self, engine: Engine, loader: Loader, message: Message, turn: Turn) -> None:
        if not self._questions.is_unwanted(message.head["id"]):
            self._answered(engine, loader, message, turn)
        self._questions.close(message.head["id"])

    def _answered(self, engine: Engine, loader: Loader, message: Message, turn: Turn) -> None:
        head = message.head
        reply: dict[str, object] = {"op": "answer", "id": head["id"]}
        try:
            limits = turn.left()
            if head["op"] == "maintain":
                told = partial(self._tell_progress, head["id"])
                changing = partial(_touch, engine)
                work = Work(engine, self._layout, told, self._stopping, loader.still, changing)
                body = json.dumps(maintenance.run(head["task"], work, head["arguments"])).encode()
            elif head["op"] == "rewrite":
                engine.run(touched(*EVER))
                body = engine.rewrite(head["statement"], limits)
            else:
                body = engine.ask(head["statement"], head["parameters"], limits, _mark(head["id"]))
        except (QueryRefused, QueryTimeout, StoreUnavailable) as error:
            self._send(Message({**reply, "error": _ERRORS[type(error)], "message": str(error)}))
        except Exception as error:  # the asker must get an answer whatever happened
            self._send(Message({**reply, "error": "unavailable", "message": repr(error)}))
        else:
            self._send(Message(reply, body))

    def _migrating(self, engine: Engine, step: Step) -> None:
        room(self._layout.database, _SCHEMA_BYTES)
        engine.run(touched(*EVER))
        self._send(Message({"op": "migrating", "version": step.number, "what": step.what}))

    def _tell_progress(self, number: int, words: str) -> None:
        self._send(Message({"op": "progress", "id": number, "message": words}))

    def _tell_loading(self, worker: int, segment: str | None) -> None:
        self._send(Message({"op": "loading", "worker": worker, "segment": segment}))

    def _send(self, message: Message) -> None:
        with self._sending:
            try:
                self._socket.sendall(message.encode())
            except OSError:  # the server is gone
                os._exit(1)


class Questions:
    """The questions that have not ended, and which nobody waits for. Safe to use from many threads."""

    def __init__(self) -> None:
        self._open: dict[int, Callable[[], bool]] = {}
        self._unwanted: set[int] = set()
        self._lock = threading.Lock()

    def open(self, number: int) -> None:
        """A question has come."""
        with self._lock:
            self._open[number] = too_late

    def wait(self, number: int, take_out: Callable[[], bool]) -> None:
        """It waits for its turn, unless it has ended already; `take_out` is as `Lanes.submit` gives it."""
        with self._lock:
            if number in self._open:
                self._open[number] = take_out

    def cancel(self, number: int) -> bool:
        """Nobody waits for it any more: it is taken out if its turn has not come.

        Returns:
            Whether it has begun and has to be ended.
        """
        with self._lock:
            if number not in self._open:
                return False
            if self._open[number]():
                del self._open[number]
                return False
            self._unwanted.add(number)
            return True

    def close(self, number: int) -> None:
        """It has ended."""
        with self._lock:
            self._open.pop(number, None)
            self._unwanted.discard(number)

    def is_unwanted(self, number: int) -> bool:
        """Whether it has not ended and nobody waits for it."""
        return number in self._unwanted


def _mark(number: int) -> str:
    """What a question is cancelled by."""
    return f"kansoku {number}"


def _opened(database: Path) -> Engine:
    """The database, with no token for rows that it does not have.

    Raises:
        OSError, RuntimeError: If it cannot be opened.
        StoreUnavailable: If it is new, and there is no room for its tables.
    """
    if not any(database.glob("store/*")):
        room(database, _SCHEMA_BYTES)
    sweep(database)
    mend(database)
    before = put_aside(database)
    engine = Engine(database)
    if put_aside(database) - before:  # rows that their segment must bring again
        engine.close()
        mend(database)
        engine = Engine(database)
    return engine


def _touch(engine: Engine, begin: int, end: int) -> None:
    """Has the rollups of that time made again."""
    engine.run(touched(begin, end))


def _lane(message: Message, limits: QueryLimits) -> Lane:
    match message.head["op"]:
        case "rewrite":
            return UPKEEP
        case "maintain":
            return MAINTENANCE
        case _:
            pass
    return AD_HOC if limits.ad_hoc else PAGE


def _confirmation(database: Path) -> Callable[[], None]:
    """What makes the tokens of a loaded segment durable before it is removed."""
    return _nothing if write_through(database) else partial(flush, database)


def _nothing() -> None:
    pass


def _loaders() -> int:
    return max(1, (os.cpu_count() or 1) // 2)


def _lock(database: Path) -> IO[str]:
    """The directory's lock; a process that is just ending is waited for.

    Raises:
        StoreUnavailable: If another process keeps it.
    """
    file = (database / "kansoku.lock").open("w", encoding="utf-8")
    deadline = time.monotonic() + _LOCK_PATIENCE_S
    while True:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            if time.monotonic() > deadline:
                file.close()
                raise StoreUnavailable(
                    f"another process has the database {database} open, perhaps another Kansoku; stop that, "
                    "or choose another folder with --data-dir"
                ) from error
            time.sleep(0.05)
        else:
            return file


def _prices() -> tuple[PriceRow, ...]:
    """The user's own prices. A file that cannot be used stops the server itself, which says so."""
    try:
        return settings().prices
    except SettingError as error:
        _log.error("The prices of kansoku.toml are left out: %s", error)
        return ()


def main() -> NoReturn:
    """Entry point; see the module.

    Whatever goes wrong, the process ends: one that lived on without its server would keep the
    database from the next.
    """
    logging.basicConfig(format="%(asctime)s %(levelname)s %(name)s: %(message)s", level="INFO")
    directory, descriptor, *suspects = sys.argv[1:]
    status = 1
    try:
        with socket.socket(fileno=int(descriptor)) as connection:
            layout = Layout(Path(directory).absolute())
            status = Process(layout, connection, frozenset(suspects), _prices()).run()
    except Exception:
        _log.exception("The store process fails")
    finally:
        os._exit(status)


if __name__ == "__main__":
    main()
