"""Secrets in a table: the cells below a head such as `password`.

Tables are comma, semicolon or tab separated values, Markdown, or what a database prints.
A column is taken if one of its cells looks like a secret; of passwords then all, plain words too.
"""

import re
from collections.abc import Iterator

from kansoku.redact.detector import Area, OverBudget
from kansoku.redact.finding import Finding
from kansoku.redact.keys import entity_of_key, kind_of_secret
from kansoku.redact.placeholder import is_placeholder
from kansoku.redact.plain_word import is_of_forms
from kansoku.redact.secret_value import looks_secret

_LONGEST_LINE = 1_500
_MOST_CELLS = 40
_MOST_ROWS = 10_000
"""Judging more would take too long."""

_CHOSEN_TOO = ("secret", "secrets")
_FEWEST = 4
"""Characters of a password that is a plain word."""

_SEPARATORS = "\t|;,"
_AROUND_VALUE = " \u3000\"'`*"
_HEAD = re.compile(r"[\w .()/%#（）-]{0,40}")
_RULE = re.compile(r"[ \t|+:=-]+")
_QUOTED = {
    separator: re.compile(
        rf"[ ]{{0,8}}\"(?:[^\"\n]|\"\"){{0,200}}\"[ ]{{0,8}}(?={re.escape(separator)}|\Z)"
        rf"|[^{re.escape(separator)}]{{0,1500}}"
    )
    for separator in _SEPARATORS
}
"""A cell, of which one in quotes may hold what separates cells."""

_ESCAPED = "\\n"
"""The end of a line in a text that is a string of JSON or of a program."""

Cell = tuple[int, str]
"""Where a cell begins in the text, and what it holds."""


class _Lines:
    """The lines of a text behind a place, whose ends are written out or as escapes."""

    def __init__(self, text: str, at: int) -> None:
        self.text = text
        end = text.find("\n", at, at + _LONGEST_LINE)
        self.end = "\n" if end >= 0 else _ESCAPED
        begin = text.rfind(self.end, max(0, at - _LONGEST_LINE), at)
        self.begin = begin + len(self.end) if begin >= 0 else 0
        opened = max(text.rfind(': "', self.begin, at) + 2, text.rfind(':"', self.begin, at) + 1)
        self.is_quoted = opened > 1 or self.end == _ESCAPED
        if self.is_quoted:
            self.begin = max(self.begin, text.rfind('"', self.begin, at) + 1)

    def from_head(self) -> Iterator[tuple[int, str]]:
        """Where each line begins, and what it is; one that is too long ends them."""
        at = self.begin
        while at < len(self.text):
            end = self.text.find(self.end, at, at + _LONGEST_LINE)
            line = self.text[at : end if end >= 0 else at + _LONGEST_LINE]
            quote = line.find('"') if self.is_quoted else -1
            if quote >= 0:
                end, line = -1, line[:quote]
            if len(line) == _LONGEST_LINE:
                return
            yield at, line
            if end < 0:
                return
            at = end + len(self.end)


def table_at(text: str, at: int) -> Area | None:
    """The secrets in the table whose head the place is in."""
    lines = _Lines(text, at).from_head()
    begin, line = next(lines, (0, ""))
    separator = next((one for one in _SEPARATORS if one in line), "")
    head = _cells(begin, line, separator) if separator else []
    names = [cell.strip(_AROUND_VALUE) for _, cell in head]
    if not all(map(_HEAD.fullmatch, names)):
        return None
    columns = [index for index, name in enumerate(names) if name and entity_of_key(name) == "SECRET"]
    return (
        _below(lines, [(index, names[index]) for index in columns], separator, len(head), begin + len(line))
        if columns
        else None
    )


def _below(
    lines: Iterator[tuple[int, str]], columns: list[tuple[int, str]], separator: str, width: int, end: int
) -> Area:
    """What stands in the columns, up to the first line that is no row of the table.

    Raises:
        OverBudget: If there are too many rows.
    """
    values: list[list[Cell]] = [[] for _ in columns]
    for begin, line in lines:
        if _RULE.fullmatch(line.rstrip("\r")):
            continue
        cells = _cells(begin, line, separator)
        if len(cells) != width:
            break
        end = begin + len(line)
        for (index, _), found in zip(columns, values, strict=True):
            at, cell = cells[index]
            bare = cell.strip(_AROUND_VALUE)
            found.append((at + cell.find(bare), bare))
        if len(values[0]) > _MOST_ROWS:
            raise OverBudget
    found = [one for (_, name), cells in zip(columns, values, strict=True) for one in _secrets(name, cells)]
    return Area(tuple(found), end)


def _secrets(name: str, cells: list[Cell]) -> Iterator[Finding]:
    """What is secret in the column of the name."""
    sure = [in_column(name, value) for _, value in cells]
    if not any(sure) or (kind_of_secret(name) == "digits" and len({len(value) for _, value in cells}) > 1):
        return
    for (at, value), is_sure in zip(cells, sure, strict=True):
        if is_sure or is_plain(name, value):
            yield Finding(at, at + len(value), "SECRET")


def in_column(name: str, value: str) -> bool:
    """Whether the value looks like a secret of such a column; one called a secret has chosen ones too."""
    kind = kind_of_secret(name)
    if (kind == "chosen" or name.lower().endswith(_CHOSEN_TOO)) and looks_secret(value, "chosen", "quoted"):
        return True
    return kind != "chosen" and looks_secret(value, kind, "bare")


def is_plain(name: str, value: str) -> bool:
    """Whether the value may be a plain word that is a password, in a column of such."""
    if kind_of_secret(name) != "chosen" or len(value) < _FEWEST or " " in value:
        return False
    return not is_placeholder(value) and not is_of_forms(value)


def _cells(begin: int, line: str, separator: str) -> list[Cell]:
    """The cells of a line; none if it has too many, or one only."""
    line = line.rstrip("\r")
    if not 0 < line.count(separator) < _MOST_CELLS:
        return []
    if '"' in line:
        return list(_quoted_cells(begin, line, separator))
    cells: list[Cell] = []
    at = begin
    for cell in line.split(separator):
        cells.append((at, cell))
        at += len(cell) + 1
    return cells


def _quoted_cells(begin: int, line: str, separator: str) -> Iterator[Cell]:
    """The cells of a line, some of them in quotes."""
    at = 0
    while at <= len(line):
        match = _QUOTED[separator].match(line, at)
        cell = match.group() if match else ""
        yield begin + at, cell
        at += len(cell) + 1
