"""What lies on the disk: rows and bytes by table and by group of columns, parts, and the spool."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING, Final, cast

from kansoku.store.parts import bytes_of, put_aside
from kansoku.store.segments import Signal
from kansoku.store.upkeep.own import OWN

if TYPE_CHECKING:
    from kansoku.store.database import Database
    from kansoku.store.task import Answer, Arguments, Work

_CALLS: Final = "calls"
_CONTENT: Final = frozenset(("attributes", "bodies"))
"""Groups in which prompts and answers lie where an application records them."""

_TABLES = """
    SELECT name, any(total_rows), sum(p.bytes_on_disk), sum(p.data_compressed_bytes),
        sum(p.data_uncompressed_bytes), countIf(p.active), any(partition_key)
    FROM system.tables AS t
    LEFT JOIN (SELECT * FROM system.parts WHERE active AND database = currentDatabase()) AS p
        ON p.table = t.name
    WHERE t.database = currentDatabase() AND t.engine LIKE '%MergeTree'
    GROUP BY name ORDER BY name
"""
_COLUMNS = """
    SELECT table, name, type, data_compressed_bytes, data_uncompressed_bytes
    FROM system.columns WHERE database = currentDatabase()
"""
_SMALL: Final = "small parts"
"""What lies in parts too small to have a file for each column: ClickHouse does not tell it by column."""

_MOST_SMALL: Final = 0.05
_TIME = re.compile(r"\((\w+)\)")


def stats(work: Work, _: Arguments) -> Answer:
    """The size report; bytes are those on the disk, times are UTC."""
    tables = [_table(work.database, *row) for row in work.database.rows(_TABLES) if row[0] in OWN]
    groups = _groups(work.database, {str(table["table"]) for table in tables})
    for table in tables:
        table["groups"] = _with_small(groups.get(str(table["table"]), {}), table)
    backlog, aside = work.layout.backlog(), put_aside(work.layout.database)
    return {
        "tables": tables,
        "bytes": sum(cast("int", table["bytes"]) for table in tables),
        "calls": next((table["rows"] for table in tables if table["table"] == _CALLS), 0),
        **_per_call(tables),
        "cut_short": {"parts": len(aside), "bytes": bytes_of(aside)},
        "spool": {
            "bytes": backlog.bytes,
            "waiting": backlog.waiting,
            "set_aside": backlog.set_aside,
            "set_aside_bytes": sum(_folder_bytes(work, signal) for signal in Signal),
        },
    }


def _table(database: Database, name: object, *numbers: object) -> Answer:
    rows, disk, packed, plain, parts, partition = numbers
    return {
        "table": name,
        "rows": rows,
        "bytes": disk,
        "compressed": packed,
        "uncompressed": plain,
        "parts": parts,
        **_span(database, str(name), str(partition), bool(rows)),
    }


def _span(database: Database, table: str, partition: str, filled: bool) -> Answer:  # noqa: FBT001
    """The oldest and newest row by the column that the table's partitions are of."""
    column = _TIME.search(partition)
    if column is None or not filled:
        return {"oldest": None, "newest": None}
    ((oldest, newest),) = database.rows(f"SELECT min({column[1]}), max({column[1]}) FROM {table}")  # noqa: S608
    return {"oldest": oldest, "newest": newest}


def _groups(database: Database, known: set[str]) -> dict[str, dict[str, dict[str, int]]]:
    """Bytes of data by table and group of columns; indexes and marks belong to none."""
    found: dict[str, dict[str, dict[str, int]]] = {}
    for table, name, type_, packed, plain in database.rows(_COLUMNS):
        if str(table) not in known:
            continue
        groups = found.setdefault(str(table), {})
        group = groups.setdefault(group_of(str(name), str(type_)), {"compressed": 0, "uncompressed": 0})
        group["compressed"] += cast("int", packed)
        group["uncompressed"] += cast("int", plain)
    return found


def _with_small(groups: dict[str, dict[str, int]], table: Answer) -> dict[str, dict[str, int]]:
    """The groups, and what none of them accounts for."""
    sizes = ("compressed", "uncompressed")
    rest = {size: cast("int", table[size]) - sum(one[size] for one in groups.values()) for size in sizes}
    return {**groups, _SMALL: rest}


def group_of(name: str, type_: str) -> str:
    """The group that a column is counted in."""
    if "Map(" in type_:
        return "attributes"
    if name == "Body":
        return "bodies"
    for part, group in (("DateTime", "times"), ("LowCardinality", "labels"), ("String", "texts and ids")):
        if part in type_:
            return group
    return "numbers"


def _per_call(tables: list[Answer]) -> Answer:
    """Bytes of the whole store for each call, and without what content lies in.

    None without calls; the latter also where small parts hide what more than a twentieth is.
    """
    calls = next((cast("int", table["rows"]) for table in tables if table["table"] == _CALLS), 0)
    whole = sum(cast("int", table["bytes"]) for table in tables)
    told = Counter[str]()
    for table in tables:
        for name, group in cast("dict[str, dict[str, int]]", table["groups"]).items():
            told[name] += group["compressed"]
    known = calls and told[_SMALL] <= _MOST_SMALL * whole
    content = sum(told[name] for name in _CONTENT)
    return {
        "bytes_per_call": whole / calls if calls else None,
        "bytes_per_call_without_content": (whole - content) / calls if known else None,
    }


def _folder_bytes(work: Work, signal: Signal) -> int:
    return sum(path.stat().st_size for path in work.layout.set_aside(signal).glob("*"))
