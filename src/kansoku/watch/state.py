"""What survives a restart: alarms, what they did, and silences, in one SQLite file.

Nodes that share a store have all of it in common: alarms and what they did as the node that leads left them,
and silences as whoever made or changed one last.
"""

import logging
import sqlite3
import threading
from collections.abc import Callable, Generator, Iterable, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from kansoku.errors import SettingError
from kansoku.judge.quiet import Silence
from kansoku.judge.watched import Past
from kansoku.store.ledger import Ledger
from kansoku.store.shared import Shared
from kansoku.watch.records import ALARM, PAST, SILENCE, AlarmRecord

log = logging.getLogger(__name__)

VERSION = 1
KEPT_S = 90 * 86_400
"""For so long changes are kept, and silences that are over."""

_SCHEMA = """
CREATE TABLE alarms (fingerprint TEXT PRIMARY KEY, alarm TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE changes (at REAL NOT NULL, change TEXT NOT NULL);
CREATE INDEX changes_at ON changes (at);
CREATE TABLE silences (name TEXT PRIMARY KEY, ends REAL NOT NULL, silence TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE evaluations (only INTEGER PRIMARY KEY CHECK (only = 1), at REAL NOT NULL);
"""

_LED: Mapping[str, tuple[str, ...]] = {
    "alarms": ("fingerprint",),
    "changes": ("rowid",),
    "evaluations": ("only",),
}
_BY_ALL: Mapping[str, tuple[str, ...]] = {"silences": ("name",)}

_PASSING = frozenset(
    (
        sqlite3.SQLITE_BUSY,
        sqlite3.SQLITE_LOCKED,
        sqlite3.SQLITE_PERM,
        sqlite3.SQLITE_READONLY,
        sqlite3.SQLITE_IOERR,
        sqlite3.SQLITE_FULL,
        sqlite3.SQLITE_CANTOPEN,
        sqlite3.SQLITE_NOMEM,
        sqlite3.SQLITE_AUTH,
    )
)
"""What is no fault of the file's: it must not be moved away for these."""


@dataclass(frozen=True, slots=True)
class Kept:
    """What was found at the start, or is taken up from another node.

    Attributes:
        alarms: As they were after the last evaluation.
        silences: Each by its name.
        evaluated_at: When that was, unix seconds; None if never.
    """

    alarms: tuple[AlarmRecord, ...] = ()
    silences: Mapping[str, Silence] = field(default_factory=dict[str, Silence])
    evaluated_at: float | None = None


def _alone(_: str) -> None:
    """No ledger: no other node shares the store."""


class WatchState:
    """The file, open. Safe to use from many threads.

    Attributes:
        kept: What was in it when it was opened.
        set_aside: Where a file that could not be read was moved, if one was.
        shared: Whether other nodes have it in common.
    """

    def __init__(
        self,
        database: sqlite3.Connection,
        kept: Kept,
        set_aside: str = "",
        ledgers: Callable[[str], Ledger | None] = _alone,
    ) -> None:
        self.kept = kept
        self.set_aside = set_aside
        self.shared = ledgers("alarms") is not None
        self._database = database
        self._turn = threading.Lock()
        self._led = Shared(database, _LED, ledgers("alarms"))
        self._by_all = Shared(database, _BY_ALL, ledgers("silences"), by_all=True)
        self._rows = {one.fingerprint: _text(one) for one in kept.alarms}

    @classmethod
    def open(cls, path: Path, ledgers: Callable[[str], Ledger | None] = _alone) -> "WatchState":
        """The file at that path, made if there is none. One that is damaged is moved aside, and told.

        Args:
            path: Where it is.
            ledgers: Gives the ledgers, by name, in which nodes that share a store have it in common.

        Raises:
            SettingError: If it is a newer Kansoku's, or the disk does not give it.
        """
        try:
            return cls(*_opened(path), ledgers=ledgers)
        except sqlite3.Error as error:
            # Of letters that are no UTF-8, Python itself raises one that has no code.
            code = getattr(error, "sqlite_errorcode", None)
            if code is not None and code & 0xFF in _PASSING:
                raise SettingError(f"{path}: the state of alerts cannot be opened: {error}") from None
            damage = str(error)
        except (ValueError, KeyError, TypeError) as error:
            damage = str(error).splitlines()[0]
        aside = _set_aside(path)
        log.error("%s is damaged (%s); moved to %s, alerts and silences begin anew", path, damage, aside)
        return cls(*_opened(path), set_aside=str(aside), ledgers=ledgers)

    def leads(self) -> bool:
        """Whether alarms are this node's to change: it took them up and leads since."""
        return self._led.leads()

    def taken(self) -> Kept | None:
        """What the node that led before left, if this one now takes it up.

        Raises:
            sqlite3.Error: If it cannot.
        """
        with self._turn:
            return self._read_anew() if self._led.take() else None

    def followed(self) -> Kept | None:
        """What the node that leads has kept, if it changed.

        Raises:
            sqlite3.Error: If that cannot be read.
        """
        with self._turn:
            return self._read_anew() if self._led.follow() else None

    def silences(self) -> Mapping[str, Silence] | None:
        """Every silence as any node left it; None where there is no other node.

        Raises:
            sqlite3.Error: If they cannot be read.
        """
        with self._turn:
            return _silences(self._database) if self._by_all.follow() else None

    def keep(self, at: float, alarms: Iterable[AlarmRecord], changes: Iterable[Past]) -> None:
        """Keeps an evaluation: all of it, or nothing.

        Raises:
            sqlite3.Error: If it could not be written.
        """
        rows = {one.fingerprint: _text(one) for one in alarms}
        changed = [(name, text) for name, text in rows.items() if self._rows.get(name) != text]
        with self._writing(self._led) as database:
            database.executemany(
                "DELETE FROM alarms WHERE fingerprint = ?",
                [(name,) for name in self._rows.keys() - rows.keys()],
            )
            database.executemany("INSERT OR REPLACE INTO alarms VALUES (?, ?)", changed)
            database.executemany(
                "INSERT INTO changes VALUES (?, ?)",
                [(one.at, PAST.dump_json(one).decode()) for one in changes],
            )
            database.execute("DELETE FROM changes WHERE at < ?", (at - KEPT_S,))
            database.execute("INSERT OR REPLACE INTO evaluations VALUES (1, ?)", (at,))
        self._rows = rows

    def keep_silence(self, silence: Silence) -> None:
        """Keeps a silence, in the place of one of that name.

        Raises:
            sqlite3.Error: If it could not be written.
        """
        text = SILENCE.dump_json(silence).decode()
        with self._writing(self._by_all) as database:
            database.execute("DELETE FROM silences WHERE ends < ?", (silence.made_at - KEPT_S,))
            database.execute(
                "INSERT OR REPLACE INTO silences VALUES (?, ?, ?)", (silence.name, silence.ends, text)
            )

    def changes(self, begin: float, end: float, limit: int) -> list[Past]:
        """Changes from `begin` until before `end`, the newest first, at most `limit`.

        Raises:
            sqlite3.Error: If they could not be read.
        """
        asked = "SELECT change FROM changes WHERE at >= ? AND at < ? ORDER BY at DESC, rowid DESC LIMIT ?"
        with self._turn:
            rows = self._database.execute(asked, (begin, end, limit)).fetchall()
        return [PAST.validate_json(text) for (text,) in rows]

    def close(self) -> None:
        """Closes the file."""
        with self._turn:
            self._database.close()

    def _read_anew(self) -> Kept:
        try:
            kept = _read(self._database)
        except (ValueError, KeyError, TypeError) as error:
            raise sqlite3.DataError(f"what another node kept cannot be read: {error}") from None
        self._rows = {one.fingerprint: _text(one) for one in kept.alarms}
        return kept

    @contextmanager
    def _writing(self, shared: Shared) -> Generator[sqlite3.Connection]:
        """A transaction: what is written in it is on the disk, and known to all nodes, or nothing of it."""
        with self._turn:
            self._database.execute("BEGIN IMMEDIATE")
            try:
                yield self._database
                shared.commit()
                self._database.execute("COMMIT")
            except BaseException:
                if self._database.in_transaction:
                    self._database.execute("ROLLBACK")
                raise


def _opened(path: Path) -> tuple[sqlite3.Connection, Kept]:
    database = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    try:
        for setting in ("journal_mode = WAL", "synchronous = FULL", "secure_delete = ON"):
            database.execute(f"PRAGMA {setting}").fetchall()
        (version,) = database.execute("PRAGMA user_version").fetchone()
        _check(path, version)
        if version == 0:
            database.executescript(f"BEGIN;{_SCHEMA}PRAGMA user_version = {VERSION};COMMIT;")
        return database, _read(database)
    except BaseException:
        database.close()
        raise


def _check(path: Path, version: int) -> None:
    if version > VERSION:
        raise SettingError(
            f"{path} was written by a newer Kansoku (its version is {version}, this one reads up to "
            f"{VERSION}): start that one, or move the file away to begin without its alarms and silences"
        )


def _read(database: sqlite3.Connection) -> Kept:
    """All that is needed at the start.

    Raises:
        sqlite3.DatabaseError: If the file is damaged.
        ValueError: If what is in it cannot be read.
    """
    found = database.execute("PRAGMA quick_check(1)").fetchone()[0]
    if found != "ok":
        raise ValueError(found)
    alarms = [ALARM.validate_json(text) for (text,) in database.execute("SELECT alarm FROM alarms")]
    last = database.execute("SELECT at FROM evaluations").fetchone()
    return Kept(tuple(alarms), _silences(database), last and last[0])


def _silences(database: sqlite3.Connection) -> dict[str, Silence]:
    rows = database.execute("SELECT silence FROM silences").fetchall()
    return {one.name: one for one in (SILENCE.validate_json(text) for (text,) in rows)}


def _set_aside(path: Path) -> Path:
    """Moves the file and what belongs to it away; where to."""
    stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%S")
    aside = path.with_name(f"{path.name}.damaged-{stamp}")
    for end in ("", "-wal", "-shm"):
        part = path.with_name(path.name + end)
        if part.exists():
            part.rename(path.with_name(aside.name + end))
    return aside


def _text(one: AlarmRecord) -> str:
    return ALARM.dump_json(one).decode()
