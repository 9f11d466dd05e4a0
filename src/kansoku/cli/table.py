"""Text in columns that line up, full-width characters counted as two."""

from collections.abc import Sequence
from unicodedata import category, east_asian_width


def aligned(rows: Sequence[Sequence[str]], *, right: frozenset[int] = frozenset()) -> str:
    """The rows as lines, two spaces between columns; the columns in `right` end at one edge."""
    shown = [[plain(cell) for cell in row] for row in rows]
    widths = [max(map(_width, column)) for column in zip(*shown, strict=True)]
    return "\n".join(_line(row, widths, right) for row in shown)


def plain(cell: str) -> str:
    """The cell without anything that a terminal would obey: names in it come from other people."""
    return "".join(" " if category(letter) in ("Cc", "Cf", "Zl", "Zp") else letter for letter in cell)


def _line(row: Sequence[str], widths: Sequence[int], right: frozenset[int]) -> str:
    cells: list[str] = []
    for place, (cell, width) in enumerate(zip(row, widths, strict=True)):
        gap = " " * (width - _width(cell))
        cells.append(gap + cell if place in right else cell + gap)
    return "  ".join(cells).rstrip()


def _width(text: str) -> int:
    return sum(
        2 if east_asian_width(letter) in "WF" else 0 if category(letter) == "Mn" else 1 for letter in text
    )
