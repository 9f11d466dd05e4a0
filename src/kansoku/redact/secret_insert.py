"""Secrets in rows of SQL: `INSERT INTO users (name, password) VALUES (…)`, and `COPY` of PostgreSQL."""

import re
from collections.abc import Callable, Iterator

from kansoku.redact.detector import Area, OverBudget
from kansoku.redact.finding import Finding
from kansoku.redact.keys import entity_of_key
from kansoku.redact.secret_table import in_column, is_plain

_FARTHEST = 1_500
_INTO = re.compile(
    r"(?:insert[ \t\n]{1,8}(?:or[ ][a-z]{1,10}[ ]|ignore[ ])?into|replace[ \t\n]{1,8}into|copy)[ \t\n]{1,8}"
    r"[\w.`\"\[\]$-]{1,128}[ \t\n]{0,8}\Z",
    re.IGNORECASE,
)
_VALUES = re.compile(r"\)[^()';]{0,80}?values?[ \t\r\n]{0,8}", re.IGNORECASE)
_STDIN = re.compile(r"\)[ ]from[ ]stdin[^\n]{0,80}\n", re.IGNORECASE)
_ITEM = re.compile(
    r"[ \t\r\n]{0,40}(?:[NEB]?'((?:[^'\\]|''|\\.){0,4096}+)'|\"([^\"\n]{0,4096}+)\""
    r"|[\w.]{1,40}\([^()]{0,200}\)"
    r"|[^,()'\"\n]{0,200})[ \t\r\n]{0,40}([,)])"
)
_NEXT_ROW = re.compile(r"[ \t\r\n]{0,40}(?:,[ \t\r\n]{0,40})?\(")
_AROUND_NAME = " \t\r\n`\"'[]"
_MOST_ROWS = 10_000


Span = tuple[int, int]

Judge = Callable[[str, str, Span], tuple[Finding, ...]]
"""The findings of a text, the name of a column, and where a value of it stands."""


def insert_at(text: str, at: int) -> Area | None:
    """The secrets in the rows of the statement whose list of columns the place is in."""
    return rows_at(text, at, lambda name: entity_of_key(name) == "SECRET", _judged)


def rows_at(text: str, at: int, is_wanted: Callable[[str], bool], judge: Judge) -> Area | None:
    """What stands in the wanted columns of the statement whose list of columns the place is in."""
    begin = text.rfind("(", max(0, at - _FARTHEST), at)
    if begin < 0 or _INTO.search(text, max(0, begin - 200), begin) is None:
        return None
    end = text.find(")", at, at + _FARTHEST)
    names = [name.strip(_AROUND_NAME) for name in text[begin + 1 : max(end, begin)].split(",")]
    wanted = {index: name for index, name in enumerate(names) if name and is_wanted(name)}
    values = _VALUES.match(text, end) if wanted and end > 0 else None
    if values is not None:
        return _in_rows(text, values.end(), wanted, judge)
    stdin = _STDIN.match(text, end) if wanted and end > 0 else None
    return _copied(text, stdin.end(), wanted, len(names), judge) if stdin else None


def _in_rows(text: str, at: int, wanted: dict[int, str], judge: Judge) -> Area:
    """What stands in the rows in brackets.

    Raises:
        OverBudget: If there are too many rows.
    """
    found: list[Finding] = []
    rows = 0
    row = _NEXT_ROW.match(text, at)
    while row is not None:
        at = row.end()
        rows += 1
        if rows > _MOST_ROWS:
            raise OverBudget
        for index, item in enumerate(_items(text, at)):
            at = item.end()
            if index in wanted and (item[1] or item[2]):
                found += judge(text, wanted[index], item.span(1 if item[1] else 2))
        row = _NEXT_ROW.match(text, at)
    return Area(tuple(found), at)


def _items(text: str, at: int) -> Iterator["re.Match[str]"]:
    """The values of a row."""
    item = _ITEM.match(text, at)
    while item is not None:
        yield item
        item = _ITEM.match(text, item.end()) if item[3] == "," else None


def _copied(text: str, at: int, wanted: dict[int, str], width: int, judge: Judge) -> Area:
    """What stands in the lines that are copied, of cells with tabs between.

    Raises:
        OverBudget: If there are too many lines.
    """
    found: list[Finding] = []
    lines = 0
    while at < len(text):
        lines += 1
        if lines > _MOST_ROWS:
            raise OverBudget
        end = text.find("\n", at, at + _FARTHEST)
        line = text[at : end if end >= 0 else at + _FARTHEST]
        cells = line.split("\t")
        if len(cells) != width:
            break
        begin = at
        for index, cell in enumerate(cells):
            if index in wanted:
                found += judge(text, wanted[index], (begin, begin + len(cell.rstrip("\r"))))
            begin += len(cell) + 1
        at += len(line) + 1
    return Area(tuple(found), at)


def _judged(text: str, name: str, span: Span) -> tuple[Finding, ...]:
    """The finding of a value: of passwords any that stands for itself, else what looks like a secret."""
    value = text[slice(*span)]
    return (Finding(*span, "SECRET"),) if in_column(name, value) or is_plain(name, value) else ()
