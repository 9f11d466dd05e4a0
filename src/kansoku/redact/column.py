"""The head of the column that a place of a table stands in: separated values, Markdown, or rows of SQL."""

from kansoku.redact.statement import Statements, row_at

_WIDTH = 400
"""How far into its line a place may stand."""

_MOST_ROWS = 24
"""How many rows up the head is looked for, where nothing is known of the rows above yet."""

_LONGEST_HEAD = 1_500

_FEW_NUMBERS = 64
"""With fewer numbers, or so many that hardly two have the same words in front of them, none are compared."""

_NO_DIGITS = bytes.maketrans(b"123456789", b"000000000")
_WORDLESS = b"0 \t\n,.-/:|"

_IN_FRONT = ("'", '"', "(", ",", " ")
"""What stands in front of a value in a statement of SQL; a blank behind a comma only."""

Labels = dict[object, int]
"""What is known of the labels of a place, by whose labels they are."""

Row = tuple[str, int]
"""What separates the cells of a row, and how often."""

_NONE: list[str] = []
_NO_ROW = ("", _NONE)


class Tables:
    """The tables of one text; what was found for one row serves the next: a long table costs little.

    Args:
        text: The text.
        numbers: How many numbers it has.

    Attributes:
        text: The text.
        are_shared: Whether places have labels in common; not, if hardly two of the first have.
    """

    def __init__(self, text: str, numbers: int = 0) -> None:
        self.text = text
        self._heads: dict[int, tuple[Row, list[str]]] = {}
        self._labels: dict[tuple[bytes, str], Labels] = {}
        self._asked = 0
        self._above: tuple[int, Row, list[str]] = (-1, ("", 0), _NONE)
        self._line_of_last: tuple[int, int, str, list[str]] = (0, -1, "", _NONE)
        self._statements: Statements | None = None
        self._may_be_sql = numbers > 0
        self.are_shared = numbers > _FEW_NUMBERS

    def labels(self, words: str, head: str) -> Labels:
        """What is known of the labels of places with these words in front and this head of their column.

        Which digits are in the words does not matter; no label is made of digits and separators alone.
        """
        written = words.encode("utf-8", "surrogatepass").translate(_NO_DIGITS)
        key = (written if written.strip(_WORDLESS) else b"", head)
        self._asked += 1
        if self._asked == _FEW_NUMBERS:
            self.are_shared = len(self._labels) < _FEW_NUMBERS // 2
        labels = self._labels.get(key)
        if labels is None:
            labels = self._labels[key] = {}
        return labels

    def head(self, at: int) -> str:
        """The head of the column at the place, in small letters; empty if it stands in no table."""
        if self._may_be_sql and self.text[at - 1 : at] in _IN_FRONT:
            told = self._in_statement(at)
            if told:
                return told
        return self._above_it(at)

    def _in_statement(self, at: int) -> str:
        """The name of the column of a statement of SQL, in a row of which the place may be."""
        if self.text[at - 1] == " " and self.text[at - 2 : at - 1] != ",":
            return ""
        begin = row_at(self.text, at)
        return self._in_row(begin, at) if begin >= 0 else ""

    def _in_row(self, begin: int, at: int) -> str:
        """The name of the column of a statement of SQL, of which a row begins there."""
        if self._statements is None:
            self._statements = Statements(self.text)
            self._may_be_sql = self._statements.are_any
        return self._statements.head(begin, at)

    def _above_it(self, at: int) -> str:
        """The head that a line above has."""
        begin, end, mark, cells = self._line_of_last
        if not begin <= at <= end:
            begin = self.text.rfind("\n", at - _WIDTH if at > _WIDTH else 0, at) + 1
            if not begin:
                return ""
            line = "" if self.text[begin] == "{" else self._line(begin)  # an object of JSON is no row
            mark, cells = self._look(begin, line) if "," in line or "\t" in line or "|" in line else _NO_ROW
            self._line_of_last = begin, max(at, min(begin + len(line), begin + _WIDTH - 1)), mark, cells
        if not cells:
            return ""
        column = self.text.count(mark, begin, at)
        return cells[column] if column < len(cells) else ""

    def _look(self, begin: int, line: str) -> tuple[str, list[str]]:
        """What separates the cells of the row that begins at the place, and the heads of its table."""
        row = _row(line)
        end, above, known = self._above
        cells = known if end == begin - 1 and above == row else self._cells(begin, row)
        if cells:
            self._heads[begin] = row, cells
            self._above = begin + len(line), row, cells
        return row[0], cells

    def _cells(self, begin: int, row: Row) -> list[str]:
        """The heads of the table that the row is one of: the cells of its uppermost line of this form."""
        mark, count = row
        top = -1
        for _ in range(_MOST_ROWS):
            if not begin:
                break
            end = begin - 1
            begin = self.text.rfind("\n", 0, end) + 1
            if self.text.count(mark, begin, min(end, begin + _LONGEST_HEAD)) != count:
                break
            known = self._heads.get(begin)
            if known is not None and known[1] and known[0] == row:
                return known[1]
            top = begin
        else:
            top = 0 if self._line(0).count(mark) == count else top
        return [cell.strip(" \"'").lower() for cell in self._line(top).split(mark)] if top >= 0 else []

    def _line(self, begin: int) -> str:
        """The line that begins at the place."""
        end = self.text.find("\n", begin, begin + _LONGEST_HEAD)
        return self.text[begin : end if end >= 0 else begin + _LONGEST_HEAD]


def _row(line: str) -> Row:
    """What separates the cells of the line, which has two at least."""
    mark = "\t" if "\t" in line else "|" if "|" in line else ","
    return mark, line.count(mark)
