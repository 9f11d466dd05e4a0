"""What is still to be told, and what was told of late, on the disk: `notify.sqlite3`.

An event is one alarm's news for one channel. It is on the disk before anybody counts on it, and stays there
until it was sent, was refused or is given up. Of a channel its name is kept alone, never where it is. Where
several nodes share a store they have all of it in common, and it is the leading node's to change.
"""

import sqlite3
from collections.abc import Generator, Iterable, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import RLock
from typing import Literal

from kansoku.errors import SettingError
from kansoku.notify.alertmanager import KEPT_S, RESEND_S
from kansoku.notify.backoff import GIVE_UP_S, LONGEST_S
from kansoku.notify.bucket import Bucket
from kansoku.notify.item import Item, loads
from kansoku.store.ledger import Ledger
from kansoku.store.shared import Shared

FILE = "notify.sqlite3"

Ended = Literal["sent", "refused", "given_up", "dropped"]
"""`dropped`: an end whose beginning was never sent."""

_VERSION = 1
_KEPT_S = 8 * 86_400.0
_MOST_WAITING = 2_000
_SLACK_S = 1.0
_TIMES = (
    *(("events", column) for column in ("queued_at", "next_at", "ended_at")),
    *(("channels", column) for column in ("not_before", "left_at")),
    ("forwards", "next_at"),
    ("tries", "at"),
)
"""What is waited for, or counted from."""
_SCHEMA = """
CREATE TABLE events (
    id INTEGER PRIMARY KEY,
    channel TEXT NOT NULL,
    fingerprint TEXT NOT NULL,
    state TEXT NOT NULL,
    at REAL NOT NULL,
    turn INTEGER NOT NULL,
    fired_at REAL NOT NULL,
    item TEXT NOT NULL,
    queued_at REAL NOT NULL,
    next_at REAL NOT NULL,
    attempts INTEGER NOT NULL DEFAULT 0,
    ended TEXT,
    ended_at REAL,
    said TEXT NOT NULL DEFAULT '',
    UNIQUE (channel, fingerprint, state, at, turn)
);
CREATE INDEX waiting ON events (channel, id) WHERE ended IS NULL;
CREATE TABLE channels (
    name TEXT PRIMARY KEY,
    not_before REAL NOT NULL DEFAULT 0,
    "left" REAL,
    left_at REAL
);
CREATE TABLE forwarded (
    channel TEXT NOT NULL,
    fingerprint TEXT NOT NULL,
    item TEXT NOT NULL,
    resolved_at REAL,
    delivered INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (channel, fingerprint)
);
CREATE TABLE forwards (
    channel TEXT PRIMARY KEY,
    at REAL NOT NULL,
    number INTEGER NOT NULL DEFAULT 1,
    heard INTEGER NOT NULL DEFAULT 0,
    attempts INTEGER NOT NULL DEFAULT 0,
    next_at REAL NOT NULL DEFAULT 0
);
"""


_TRIES = "CREATE TABLE IF NOT EXISTS tries (only INTEGER PRIMARY KEY CHECK (only = 1), at REAL NOT NULL)"
"""When the last try failed, by the clock that pauses are counted by. Older Kansokus pass over it."""

_SHARED: Mapping[str, tuple[str, ...]] = {
    "events": ("id",),
    "channels": ("name",),
    "forwarded": ("channel", "fingerprint"),
    "forwards": ("channel",),
    "tries": ("only",),
}


@dataclass(frozen=True, slots=True)
class Event:
    """News of one alarm that waits to be sent."""

    id: int
    item: Item
    queued_at: float
    next_at: float
    attempts: int


@dataclass(frozen=True, slots=True)
class Forward:
    """What Alertmanager is to hear next, and how often that failed. By number, as clocks are set back."""

    number: int
    at: float
    attempts: int
    next_at: float
    items: tuple[Item, ...]


class Outbox:
    """The database; threads may share it.

    Args:
        path: Where it is kept. It is made where there is none.
        ledger: In which nodes that share a store have it in common; None where this one is alone.

    Raises:
        SettingError: If it is of a newer Kansoku.
        sqlite3.Error: If it cannot be used.
    """

    def __init__(self, path: Path, ledger: Ledger | None = None) -> None:
        self._lock = RLock()
        self._database = sqlite3.connect(path, timeout=10.0, isolation_level=None, check_same_thread=False)
        self._database.execute("PRAGMA journal_mode = WAL")
        self._database.execute("PRAGMA synchronous = FULL")
        version = int(self._database.execute("PRAGMA user_version").fetchone()[0])
        if version > _VERSION:
            self._database.close()
            raise SettingError(f"{path}: was written by a newer Kansoku; run that one, or move the file away")
        if version == 0:
            self._database.executescript(f"BEGIN IMMEDIATE;{_SCHEMA}PRAGMA user_version = {_VERSION};COMMIT;")
        self._database.execute(_TRIES)
        self._shared = Shared(self._database, _SHARED, ledger)

    def leads(self) -> bool:
        """Whether it is this node's to change and to send: it was taken up, and the node leads since."""
        return self._shared.leads()

    def take(self) -> bool:
        """Takes up what the node that led before left; whether there was need to.

        Raises:
            sqlite3.Error: If it cannot.
        """
        with self._lock:
            return self._shared.take()

    def close(self) -> None:
        """Closes it."""
        with self._lock:
            self._database.close()

    @contextmanager
    def change(self) -> Generator[None]:
        """All that is done within is on the disk at the end, and known to all nodes, or nothing of it is."""
        with self._lock:
            if self._database.in_transaction:
                yield
                return
            self._database.execute("BEGIN IMMEDIATE")
            try:
                yield
                self._shared.commit()
                self._database.execute("COMMIT")
            except BaseException:
                if self._database.in_transaction:
                    self._database.execute("ROLLBACK")
                raise

    def add(self, channel: str, item: Item, now: float, wait_s: float = 0.0) -> bool:
        """Queues an item, once, to be sent after so many seconds; whether it is new."""
        row = (channel, item.fingerprint, item.state, item.at, item.turn, item.fired_at, item.dumps())
        done = self._run(
            "INSERT OR IGNORE INTO events"
            " (channel, fingerprint, state, at, turn, fired_at, item, queued_at, next_at)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (*row, now, now + wait_s),
        )
        return done.rowcount > 0

    def divide(self, channel: str, lanes: Iterable[str]) -> None:
        """Has each lane what the channel has: news, limits and pauses."""
        columns = (
            "fingerprint, state, at, turn, fired_at, item, queued_at, next_at,"
            " attempts, ended, ended_at, said"
        )
        with self.change():
            for lane in lanes:
                self._run(
                    f"INSERT OR IGNORE INTO events (channel, {columns})"  # noqa: S608
                    f" SELECT ?, {columns} FROM events WHERE channel = ? ORDER BY id",
                    (lane, channel),
                )
                self._run(
                    'INSERT OR IGNORE INTO channels SELECT ?, not_before, "left", left_at FROM channels'
                    " WHERE name = ?",
                    (lane, channel),
                )
            self._run("DELETE FROM events WHERE channel = ?", (channel,))
            self._run("DELETE FROM channels WHERE name = ?", (channel,))

    def last_told(self, channel: str, item: Item) -> tuple[int, str | None, float] | None:
        """The turn of the latest word that it fires, how that ended, and when; None where there is none."""
        found = self._run(
            "SELECT turn, ended, coalesce(ended_at, queued_at) FROM events"
            " WHERE channel = ? AND fingerprint = ? AND state = 'firing' AND at = ?"
            " ORDER BY turn DESC LIMIT 1",
            (channel, item.fingerprint, item.fired_at),
        ).fetchone()
        return None if found is None else (int(found[0]), found[1], float(found[2]))

    def begun(self, channel: str, item: Item, *, sent: bool) -> bool:
        """Whether the channel was told that the alarm fires; or, unless `sent`, is still to be told."""
        found = self._run(
            "SELECT 1 FROM events WHERE channel = ? AND fingerprint = ? AND state = 'firing' AND fired_at = ?"
            " AND (ended = 'sent' OR (ended IS NULL AND NOT ?)) LIMIT 1",
            (channel, item.fingerprint, item.fired_at, sent),
        )
        return found.fetchone() is not None

    def forget_repeats(self, channel: str, item: Item) -> None:
        """Takes back what was to be told again of an alarm that has ended."""
        self._run(
            "DELETE FROM events WHERE channel = ? AND fingerprint = ? AND state = 'firing' AND turn > 0"
            " AND ended IS NULL",
            (channel, item.fingerprint),
        )

    def waiting(self, channel: str) -> list[Event]:
        """The channel's events that wait, the oldest first.

        What another version wrote and this one cannot read is refused.
        """
        rows = self._run(
            "SELECT id, item, queued_at, next_at, attempts FROM events"
            " WHERE channel = ? AND ended IS NULL ORDER BY id LIMIT ?",
            (channel, _MOST_WAITING),
        ).fetchall()
        found: list[Event] = []
        for number, item, queued_at, next_at, attempts in rows:
            read = _item(item)
            if read is not None:
                found.append(Event(number, read, queued_at, next_at, attempts))
            else:
                self._run(
                    "UPDATE events SET ended = 'refused', ended_at = queued_at, said = 'unreadable'"
                    " WHERE id = ?",
                    (number,),
                )
        return found

    def end(self, events: Iterable[Event], how: Ended, now: float, said: str = "") -> None:
        """Marks events as done with."""
        with self.change():
            for event in events:
                self._run(
                    "UPDATE events SET ended = ?, ended_at = ?, attempts = ?,"
                    " said = iif(? = '', said, ?) WHERE id = ?",
                    (how, now, event.attempts + (how in ("sent", "refused")), said, said, event.id),
                )

    def tried(self, now: float) -> None:
        """Keeps by what clock the next pauses are counted."""
        self._run("INSERT OR REPLACE INTO tries VALUES (1, ?)", (now,))

    def postpone(self, events: Iterable[Event], until: float, said: str) -> None:
        """Has events tried again later."""
        with self.change():
            for event in events:
                self._run(
                    "UPDATE events SET next_at = ?, attempts = ?, said = ? WHERE id = ?",
                    (until, event.attempts + 1, said, event.id),
                )

    def not_before(self, channel: str) -> float:
        """Until when the channel wants to hear nothing."""
        found = self._run("SELECT not_before FROM channels WHERE name = ?", (channel,)).fetchone()
        return 0.0 if found is None else float(found[0])

    def hold(self, channel: str, until: float) -> None:
        """Sends the channel nothing until then."""
        self._run(
            "INSERT INTO channels (name, not_before) VALUES (?, ?)"
            " ON CONFLICT (name) DO UPDATE SET not_before = excluded.not_before",
            (channel, until),
        )

    def bucket(self, channel: str, size: int, now: float) -> Bucket:
        """What the channel may be sent."""
        found = self._run('SELECT "left", left_at FROM channels WHERE name = ?', (channel,)).fetchone()
        if found is None or found[0] is None:
            return Bucket(size, float(size), now)
        return Bucket(size, float(found[0]), float(found[1])).now(now)

    def keep(self, channel: str, bucket: Bucket) -> None:
        """Keeps what the channel may still be sent."""
        self._run(
            'INSERT INTO channels (name, "left", left_at) VALUES (?, ?, ?) ON CONFLICT (name)'
            ' DO UPDATE SET "left" = excluded."left", left_at = excluded.left_at',
            (channel, bucket.left, bucket.at),
        )

    def forward(self, channel: str, firing: Sequence[Item], ended: Sequence[Item], at: float) -> bool:
        """Keeps what Alertmanager is to hear, if it changed or a minute has passed; whether it did."""
        with self.change():
            known = {
                str(name): bool(over)
                for name, over in self._run(
                    "SELECT fingerprint, resolved_at IS NOT NULL FROM forwarded WHERE channel = ?", (channel,)
                )
            }
            ended = [one for one in ended if known.get(one.fingerprint) is False]
            last = self._run("SELECT at FROM forwards WHERE channel = ?", (channel,)).fetchone()
            same = {one.fingerprint for one in firing} == {name for name, over in known.items() if not over}
            if last is not None and same and not ended and 0 <= at - float(last[0]) < RESEND_S - _SLACK_S:
                return False
            self._replace(channel, firing, ended, at)
        return True

    def _replace(self, channel: str, firing: Sequence[Item], ended: Sequence[Item], at: float) -> None:
        for one in ended:
            self._run(
                "UPDATE forwarded SET item = ?, resolved_at = ?, delivered = 0"
                " WHERE channel = ? AND fingerprint = ?",
                (one.dumps(), one.resolved_at, channel, one.fingerprint),
            )
        self._run("DELETE FROM forwarded WHERE channel = ? AND resolved_at IS NULL", (channel,))
        self._run(
            "DELETE FROM forwarded WHERE channel = ? AND resolved_at < ? AND (delivered OR resolved_at < ?)",
            (channel, at - KEPT_S, at - GIVE_UP_S),
        )
        for one in firing:
            self._run(
                "INSERT OR REPLACE INTO forwarded (channel, fingerprint, item) VALUES (?, ?, ?)",
                (channel, one.fingerprint, one.dumps()),
            )
        self._run(
            "INSERT INTO forwards (channel, at) VALUES (?, ?)"
            " ON CONFLICT (channel) DO UPDATE SET at = excluded.at, number = number + 1,"
            " next_at = iif(excluded.at < at, 0, next_at)",
            (channel, at),
        )

    def to_forward(self, channel: str) -> Forward | None:
        """What Alertmanager has not heard yet; None where it has heard all."""
        found = self._run(
            "SELECT number, at, attempts, next_at FROM forwards WHERE channel = ? AND number > heard",
            (channel,),
        ).fetchone()
        if found is None:
            return None
        rows = self._run("SELECT item FROM forwarded WHERE channel = ? ORDER BY fingerprint", (channel,))
        items = tuple(item for one in rows if (item := _item(one[0])) is not None)
        return Forward(found[0], found[1], found[2], found[3], items)

    def forwarded(self, channel: str, forward: Forward, *, sent: bool) -> None:
        """Marks it as heard, or, unless `sent`, as done with until the next minute."""
        with self.change():
            self._run(
                "UPDATE forwards SET heard = ?, attempts = 0, next_at = 0 WHERE channel = ?",
                (forward.number, channel),
            )
            for one in forward.items if sent else ():
                self._run(
                    "UPDATE forwarded SET delivered = 1"
                    " WHERE channel = ? AND fingerprint = ? AND resolved_at = ?",
                    (channel, one.fingerprint, one.resolved_at),
                )

    def postpone_forward(self, channel: str, until: float) -> None:
        """Has it tried again later."""
        self._run(
            "UPDATE forwards SET next_at = ?, attempts = attempts + 1 WHERE channel = ?", (until, channel)
        )

    def numbers(self, channels: Iterable[str]) -> tuple[dict[str, int], dict[str, int]]:
        """By channel: how many events wait, and how many of the last eight days never arrived."""
        names = list(channels)
        waiting, lost = dict.fromkeys(names, 0), dict.fromkeys(names, 0)
        rows = self._run(
            "SELECT channel, count(*) FILTER (WHERE ended IS NULL),"
            " count(*) FILTER (WHERE ended IN ('refused', 'given_up')) FROM events GROUP BY channel",
        )
        for name, waits, never in rows:
            if name in waiting:
                waiting[name], lost[name] = int(waits), int(never)
        return waiting, lost

    def lost_since(self, at: float) -> int:
        """How many events were refused or given up since then, unix seconds."""
        found = self._run(
            "SELECT count(*) FROM events WHERE ended IN ('refused', 'given_up') AND ended_at >= ?", (at,)
        )
        return int(found.fetchone()[0])

    def latest(self) -> float:
        """The latest time that it can have been by what is kept, in unix seconds; 0 where nothing is."""
        found = self._run(
            "SELECT max(queued_at), max(ended_at), max(next_at) - ?, 0 FROM events"
            " UNION ALL SELECT max(left_at), (SELECT at FROM tries), max(not_before) - ?, 0 FROM channels",
            (LONGEST_S, LONGEST_S),
        )
        return max(float(at) for row in found for at in row if at is not None)

    def rewind(self, now: float) -> None:
        """Lets nothing be waited for until a later time, and nothing have been done later than now."""
        with self.change():
            for table, column in _TIMES:
                self._run(f"UPDATE {table} SET {column} = ? WHERE {column} > ?", (now, now))  # noqa: S608

    def tidy(self, firing: Iterable[str], now: float) -> None:
        """Forgets what is more than eight days old: what ended, unless its alarm still fires, and what waits.

        Nothing waits so long but for a channel that is no longer there.
        """
        still = set(firing)
        with self.change():
            old = self._run(
                "SELECT id, fingerprint FROM events WHERE ended_at < ?", (now - _KEPT_S,)
            ).fetchall()
            for number, fingerprint in old:
                if fingerprint not in still:
                    self._run("DELETE FROM events WHERE id = ?", (number,))
            self._run("DELETE FROM events WHERE ended IS NULL AND queued_at < ?", (now - _KEPT_S,))

    def _run(self, statement: str, values: Sequence[str | float | None] = ()) -> sqlite3.Cursor:
        with self._lock:
            if statement.startswith("SELECT"):
                return self._database.execute(statement, values)
            with self.change():
                return self._database.execute(statement, values)


def _item(text: str) -> Item | None:
    """The item of its JSON; None if another version wrote it in a way that this one cannot read."""
    try:
        return loads(text)
    except (ValueError, TypeError, KeyError):
        return None
