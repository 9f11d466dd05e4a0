"""The head of the column that a place of a table stands in: comma or tab separated values, or Markdown."""

_WIDTH = 400
"""How far into its line a place may stand."""

_MOST_ROWS = 24
"""How many rows up the head is looked for, where nothing is known of the rows above yet."""

_LONGEST_HEAD = 1_500

Row = tuple[str, int]
"""What separates the cells of a row, and how often."""


class Tables:
    """The tables of one text; what was found for one row serves the next: a long table costs little."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._heads: dict[int, tuple[Row, list[str]]] = {}

    def head(self, at: int) -> str:
        """The head of the column at the place, in small letters; empty if it stands in no table."""
        begin = self._text.rfind("\n", max(0, at - _WIDTH), at) + 1
        if not begin:
            return ""
        row, cells = self._heads.get(begin) or self._look(begin)
        column = self._text.count(row[0], begin, at) if row[0] else 0
        return cells[column] if column < len(cells) else ""

    def _look(self, begin: int) -> tuple[Row, list[str]]:
        """The row that begins at the place, and the heads of its table."""
        row = _row(self._line(begin)[1])
        cells = self._cells(begin, row) if row[1] else []
        self._heads[begin] = row, cells
        return row, cells

    def _cells(self, begin: int, row: Row) -> list[str]:
        """The heads of the table that the row is one of: the cells of its uppermost line of this form."""
        top = ""
        for _ in range(_MOST_ROWS):
            if not begin:
                break
            begin, line = self._line(self._text.rfind("\n", 0, begin - 1) + 1)
            if line.count(row[0]) != row[1]:
                break
            known = self._heads.get(begin)
            if known is not None and known[1] and known[0] == row:
                return known[1]
            top = line
        else:
            first = self._line(0)[1]
            top = first if first.count(row[0]) == row[1] else top
        return [cell.strip(" \"'").lower() for cell in top.split(row[0])] if top else []

    def _line(self, begin: int) -> tuple[int, str]:
        """The line that begins at the place, and where."""
        end = self._text.find("\n", begin, begin + _LONGEST_HEAD)
        return begin, self._text[begin : end if end >= 0 else begin + _LONGEST_HEAD]


def _row(line: str) -> Row:
    """What separates the cells of the line; nothing if it has one only."""
    for mark in "\t|,":
        if mark in line:
            return mark, line.count(mark)
    return "", 0
