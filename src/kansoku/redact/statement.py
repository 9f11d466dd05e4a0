"""Statements of SQL that put rows into a table: of a place in a row, the name of its column."""

import re
from bisect import bisect_right
from typing import NamedTuple

_BLANKS = r"(?:[ \t\r\n]|\\n){0,8}"
_STATEMENT = re.compile(
    r"\sinto[ \t\r\n]{1,8}[\w.`\"\[\]$-]{1,128}[ \t\r\n]{0,8}\(([^()']{1,1500})\)"
    rf"{_BLANKS}values?{_BLANKS}\(",
    re.IGNORECASE,
)
_OPENS_ROW = (")", "),", "values", "VALUES", "Values")
"""What stands in front of a row."""

_CELL = re.compile(
    r"[ \t\r\n]{0,8}(?:[NEB]?'(?:[^'\\]|''|\\.)*+'|\"[^\"\n]*+\""
    r"|[\w.]{1,40}\([^()]*+\)|[^,'\"()]*+)[ \t\r\n]{0,8},"
)
_REMARK = re.compile(r"\),[ \t]{0,4}--[^\n]{0,120}\r?\n[ \t]{0,16}\Z")
_LONGEST_ROW, _BEFORE_ROW = 600, 16
_MOST_CELLS, _MOST_BRACKETS = 64, 8
_AROUND_NAME = " \t\r\n`\"'[]"


class _Rows(NamedTuple):
    """The rows of one statement: where they begin, and the names of their columns."""

    begin: int
    names: tuple[str, ...]


class Statements:
    """The statements of one text.

    Args:
        text: The text.

    Attributes:
        are_any: Whether it has one.
    """

    def __init__(self, text: str) -> None:
        self._text = text
        told = "VALUES" in text or "values" in text or "Values" in text
        each = _STATEMENT.finditer(text) if told else ()
        self._rows = [_Rows(one.end(), _names(one[1])) for one in each]
        self.are_any = bool(self._rows)
        self._begins = [one.begin for one in self._rows]

    def head(self, begin: int, at: int) -> str:
        """The name of the column of the place in the row that begins there; empty if it is in none."""
        index = bisect_right(self._begins, begin)
        for name in self._rows[index - 1].names[:_MOST_CELLS] if index else ():
            cell = _CELL.match(self._text, begin)
            if cell is None or cell.end() > at:
                return name
            begin = cell.end()
        return ""


def row_at(text: str, at: int) -> int:
    """Where the values begin of the row that the place may be in; -1 if it is in none."""
    begin = at
    for _ in range(_MOST_BRACKETS):
        begin = text.rfind("(", at - _LONGEST_ROW if at > _LONGEST_ROW else 0, begin)
        if begin < 0:
            return begin
        if _REMARK.search(text, max(0, begin - _LONGEST_ROW), begin):
            return begin + 1
        if (
            text[max(0, begin - _BEFORE_ROW) : begin]
            .rstrip(" \t\r\n")
            .removesuffix("\\n")
            .endswith(_OPENS_ROW)
        ):
            return begin + 1
    return -1


def _names(columns: str) -> tuple[str, ...]:
    """The names of the columns, in small letters."""
    return tuple(name.strip(_AROUND_NAME).lower() for name in columns.split(","))
