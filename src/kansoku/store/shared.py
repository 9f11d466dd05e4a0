"""The rows of a small database on this node's disk that all nodes which share a store have in common.

Without a ledger they are this node's alone, and nothing here does anything. With one, a change counts when it
stands in the ledger, and is on this disk after that: the disk holds a copy, which a node that begins to lead
replaces by what the ledger has.
"""

from __future__ import annotations

import json
import sqlite3
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final, cast

from kansoku.errors import StoreError
from kansoku.store.ledger import Entry

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable, Mapping, Sequence

    from kansoku.store.ledger import Ledger, Page

BEGUN: Final = Entry("", "begun", "{}")
"""Stands under each term that began, though nothing else may."""

_TOUCHED = "CREATE TEMP TABLE IF NOT EXISTS touched (name TEXT, key TEXT, PRIMARY KEY (name, key))"


class NotShared(sqlite3.OperationalError):
    """A change that the other nodes would not know of: nothing of it was kept here."""


class Shared:
    """Tables of an open database that nodes have in common.

    Args:
        database: The database; whoever calls sees to it that one thread at a time does.
        tables: The columns that name a row, by the table's name; `rowid` is one.
        ledger: Where the nodes write; None where this node is alone.
        by_all: Any node may change a row, whoever leads, and the newest change of a row counts.
    """

    def __init__(
        self,
        database: sqlite3.Connection,
        tables: Mapping[str, Sequence[str]],
        ledger: Ledger | None,
        *,
        by_all: bool = False,
    ) -> None:
        self._database = database
        self._tables = tables
        self._ledger = ledger
        self._by_all = by_all
        self._term: int | None = None
        self._read = 0
        self._number = 0
        if ledger is not None:
            self._watch()

    def leads(self) -> bool:
        """Whether the rows are this node's to change."""
        if self._ledger is None or self._by_all:
            return True
        return self._term is not None and self._term == self._ledger.term()

    def take(self) -> bool:
        """Makes the rows this node's to change, as the node that led before left them; whether they were not.

        Raises:
            NotShared: If this node does not lead, or the store does not answer.
        """
        if self._ledger is None or self.leads():
            return False
        with _told():
            term = self._ledger.term()
            if term is None:
                raise NotShared("this node does not lead")
            self._taken(self._ledger, term)
        return True

    def follow(self) -> bool:
        """Reads what other nodes changed; whether they did.

        Raises:
            NotShared: If the store does not answer.
        """
        if self._ledger is None:
            return False
        self._term = None
        with _told():
            page = self._ledger.read(term=self._read, after=0 if self._by_all else self._number)
        if self._by_all and not page.entries:
            self._write(self._ledger, 0, self._all())
            return False
        anew = self._by_all or page.term != self._read
        if not anew and page.number == self._number:
            return False
        self._apply(page, anew=anew)
        self._read, self._number = page.term, page.number
        return True

    def commit(self) -> None:
        """Has the other nodes know what the open transaction changed. Call it before the transaction ends.

        Raises:
            NotShared: If they would not, as this node leads no more or the store does not answer; roll back.
        """
        if self._ledger is None:
            return
        touched = self._database.execute("SELECT name, key FROM touched").fetchall()
        mine = [(name, key) for name, key in touched if name in self._tables]
        if not mine:
            return
        if not self.leads():
            raise NotShared("another node leads")
        self._write(self._ledger, self._term or 0, [self._entry(name, key) for name, key in mine])
        self._untouched()

    def _taken(self, ledger: Ledger, term: int) -> None:
        """Takes the rows up, and writes all of them under its own term."""
        page = ledger.read(settled=True)
        if page.term > term:
            raise NotShared("another node leads")
        if page.term and BEGUN not in page.entries:
            raise NotShared("another node begins to lead")
        if page.term:
            self._apply(page, anew=True)
        self._read, self._number = term, max(self._number, page.number) if page.term == term else 0
        if page.term < term:
            self._write(ledger, term, [BEGUN, *self._all()])
            ledger.forget(term)
        self._term = term

    def _write(self, ledger: Ledger, term: int, entries: Sequence[Entry]) -> None:
        """Writes entries; where it is not known whether they stand there, the rows have to be taken again."""
        if not entries:
            return
        self._number += 1
        taken, self._term = self._term, None
        with _told():
            ledger.write(term, self._number, entries)
            if not self._by_all and ledger.newest() > term:
                raise NotShared("another node leads")
        self._term = taken

    def _watch(self) -> None:
        """Has the database note which rows a transaction changes."""
        self._database.execute(_TOUCHED)
        for table, columns in self._tables.items():
            for event, row in (("INSERT", "NEW"), ("UPDATE", "NEW"), ("DELETE", "OLD")):
                key = ", ".join(f"{row}.{column}" for column in columns)
                self._database.execute(
                    f"CREATE TEMP TRIGGER touched_{table}_{event} AFTER {event} ON main.{table}"  # noqa: S608
                    f" BEGIN INSERT OR IGNORE INTO touched VALUES ('{table}', json_array({key})); END"
                )

    def _untouched(self) -> None:
        names = ", ".join(f"'{name}'" for name in self._tables)
        self._database.execute(f"DELETE FROM touched WHERE name IN ({names})")  # noqa: S608

    def _apply(self, page: Page, *, anew: bool) -> None:
        """Has the rows be as the page says; `anew` where it has all of them."""
        database = self._database
        database.execute("BEGIN IMMEDIATE")
        try:
            for table in self._tables if anew else ():
                database.execute(f"DELETE FROM {table}")  # noqa: S608
            for one in page.entries:
                if one.table in self._tables:
                    self._put(one)
            self._untouched()
            database.execute("COMMIT")
        except BaseException:
            if database.in_transaction:
                database.execute("ROLLBACK")
            raise

    def _put(self, entry: Entry) -> None:
        if not entry.row:
            where, key = self._where(entry.table), json.loads(entry.key)
            self._database.execute(f"DELETE FROM {entry.table} WHERE {where}", key)  # noqa: S608
            return
        row = cast("dict[str, str | float | None]", json.loads(entry.row))
        known = set(self._columns(entry.table))  # a newer Kansoku may have more of them
        told = {column: value for column, value in row.items() if column in known}
        places = ", ".join("?" for _ in told)
        self._database.execute(
            f"INSERT OR REPLACE INTO {entry.table} ({_names(told)}) VALUES ({places})",  # noqa: S608
            list(told.values()),
        )

    def _entry(self, table: str, key: str) -> Entry:
        """The row as it is now."""
        columns = self._columns(table)
        found = self._database.execute(
            f"SELECT {_names(columns)} FROM {table} WHERE {self._where(table)}",  # noqa: S608
            json.loads(key),
        ).fetchone()
        return Entry(table, key, "" if found is None else _json(dict(zip(columns, found, strict=True))))

    def _all(self) -> list[Entry]:
        """Every row as it is now."""
        return [
            self._entry(table, key)
            for table, columns in self._tables.items()
            for (key,) in self._database.execute(
                f"SELECT json_array({', '.join(columns)}) FROM {table}"  # noqa: S608
            ).fetchall()
        ]

    def _where(self, table: str) -> str:
        return " AND ".join(f"{column} = ?" for column in self._tables[table])

    def _columns(self, table: str) -> tuple[str, ...]:
        told = self._database.execute(f"PRAGMA table_info({table})").fetchall()
        own = tuple(str(one[1]) for one in told)
        return ("rowid", *own) if "rowid" in self._tables[table] else own


@contextmanager
def _told() -> Generator[None]:
    """What the store says is wrong, as whoever uses a database expects it."""
    try:
        yield
    except StoreError as error:
        raise NotShared(str(error)) from error


def _names(columns: Iterable[str]) -> str:
    return ", ".join(f'"{column}"' for column in columns)


def _json(row: Mapping[str, object]) -> str:
    return json.dumps(row, ensure_ascii=False, separators=(",", ":"))
