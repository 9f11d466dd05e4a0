"""Which head a cell of a table has."""

from typing import SupportsIndex

from kansoku.redact.column import Tables
from kansoku.redact.redactor import Redactor


def head(text: str, at: int) -> str:
    return Tables(text).head(at)


def test_a_cell_has_the_head_of_its_column() -> None:
    text = "次の表です\nid,Name,電話\n1,a,0312345678\n2,b,0612345678\n"
    assert head(text, text.index("0312345678")) == "電話"
    assert head(text, text.index("0612345678")) == "電話"
    assert head(text, text.index("b,06")) == "name"
    assert head(text, text.index("2,b")) == "id"


def test_markdown_and_tabs_are_tables_too() -> None:
    text = "| 氏名 | 旅券 |\n|---|---|\n| 佐藤 | TK1234567 |"
    assert head(text, text.index("TK")) == "旅券"
    assert head("id\ttel\n1\t0312345678", 11) == "tel"


def test_a_long_table_has_its_head_in_the_first_line() -> None:
    text = "id,tel\n" + "12345,0312345678\n" * 1_000 + "99999,0612345678"
    assert head(text, text.index("0612345678")) == "tel"


def test_a_long_table_below_other_lines_has_its_head_row_by_row() -> None:
    rows = [f"{n},0312345678\n" for n in range(200)]
    text = "Dear all,\nsee below\nid,tel\n" + "".join(rows)
    tables = Tables(text)
    assert {tables.head(text.index(f"\n{n},03") + 6) for n in range(100, 200)} == {""}
    tables = Tables(text)
    assert [tables.head(text.index(f"\n{n},03") + 6) for n in range(200)] == ["tel"] * 200


def test_what_is_no_table_has_no_head() -> None:
    assert head("no line above, 123", 16) == ""
    assert head("one\ntwo three", 8) == ""
    assert head("a,b,c\nx,y", 8) == ""
    assert head("a,b\n\nx,y", 7) == ""


def test_lines_that_are_objects_of_json_are_no_table() -> None:
    text = '{"口座番号": 1, "b": 2}\n{"a": 1, "b": 1234567}\n'
    assert head(text, text.index("1234567")) == ""


def test_labels_are_shared_by_places_with_the_same_words_but_for_their_digits() -> None:
    tables = Tables("", numbers=100)
    labels = tables.labels("口座番号 1、", "")
    assert tables.labels("口座番号 2、", "") is labels
    assert tables.labels("口座番号 22、", "") is not labels
    assert tables.labels("口座番号 1、", "tel") is not labels
    assert tables.labels("12, 3\n", "") is tables.labels("", "")
    assert tables.labels("\ud83d 1", "") is tables.labels("\ud83d 2", "")


def test_labels_are_shared_no_longer_where_hardly_any_are_the_same() -> None:
    same, other = Tables("", numbers=100), Tables("", numbers=100)
    for n in range(80):
        same.labels("tel", "")
        other.labels("あ" * n, "")
    assert (same.are_shared, other.are_shared) == (True, False)
    assert not Tables("", numbers=3).are_shared


Place = SupportsIndex | None


class Watched(str):
    """A text that counts how often a line of it is looked for."""

    looks = 0

    def find(self, sub: str, start: Place = None, end: Place = None, /) -> int:
        self.looks += 1
        return super().find(sub, start, end)

    def rfind(self, sub: str, start: Place = None, end: Place = None, /) -> int:
        self.looks += 1
        return super().rfind(sub, start, end)


def test_the_look_up_is_bounded() -> None:
    text = Watched("1234567,\n" * 2_000)
    for at in range(9_000, 9_900, 9):
        Tables(text).head(at)
    assert text.looks <= 100 * 60
    tables, text.looks = Tables(text), 0
    for at in range(9_000, 9_900, 9):
        tables.head(at)
    assert text.looks <= 100 * 5 + 60


def test_the_head_of_a_column_tells_what_the_words_in_front_do_not() -> None:
    text = f"name,account number,x\na long name {'of some person ' * 6},440291812,x\n"
    assert [text[one.start : one.end] for one in Redactor().find(text)] == ["440291812"]
