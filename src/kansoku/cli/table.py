"""Text in columns that line up, full-width characters counted as two."""

import json
from collections.abc import Sequence
from unicodedata import category, east_asian_width

_OBEYED = ("Cc", "Cf", "Cs", "Zl", "Zp")
"""Categories of characters that a terminal obeys rather than shows, or that cannot be written at all."""


def aligned(rows: Sequence[Sequence[str]], *, right: frozenset[int] = frozenset()) -> str:
    """The rows as lines, two spaces between columns; the columns in `right` end at one edge."""
    shown = [[plain(cell) for cell in row] for row in rows]
    widths = [max(map(width, column)) for column in zip(*shown, strict=True)]
    return "\n".join(_line(row, widths, right) for row in shown)


def plain(cell: str) -> str:
    """The cell without anything that a terminal would obey: names in it come from other people."""
    return "".join(" " if category(letter) in _OBEYED else letter for letter in cell)


def json_text(value: object, indent: int | None = None) -> str:
    """The value as JSON that a terminal can show: what it would obey is escaped."""
    text = json.dumps(value, ensure_ascii=False, indent=indent)
    return "".join(
        json.dumps(letter)[1:-1] if letter != "\n" and category(letter) in _OBEYED else letter
        for letter in text
    )


def width(text: str) -> int:
    """The terminal's columns that the text takes."""
    return sum(
        2 if east_asian_width(letter) in "WF" else 0 if category(letter) == "Mn" else 1 for letter in text
    )


def fitted(text: str, columns: int) -> str:
    """The text in so many columns: filled up with spaces, or cut with an ellipsis."""
    shown, whole = _start(text, columns)
    if not whole:
        shown = f"{_start(shown, columns - 1)[0]}…"[: max(columns, 0)]
    return shown + " " * (columns - width(shown))


def _start(text: str, columns: int) -> tuple[str, bool]:
    """As much of the text as fits into the columns, and whether that is all."""
    taken = 0
    for place, letter in enumerate(text):
        taken += width(letter)
        if taken > columns:
            return plain(text[:place]), False
    return plain(text), True


def _line(row: Sequence[str], widths: Sequence[int], right: frozenset[int]) -> str:
    cells: list[str] = []
    for place, (cell, columns) in enumerate(zip(row, widths, strict=True)):
        gap = " " * (columns - width(cell))
        cells.append(gap + cell if place in right else cell + gap)
    return "  ".join(cells).rstrip()
