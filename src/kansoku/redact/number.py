"""A number as people write it: groups of digits with at most three blanks, dashes or brackets between.

Everything that consists of digits alone (telephone, card, identity numbers) is found in one pass: the text is
cut into stretches of such groups, and whole groups in a row are shown to every detector of numbers.
"""

import re
import string
from collections.abc import Callable, Container, Iterator
from dataclasses import dataclass, field
from itertools import islice

from kansoku.redact.column import Tables

GAP_CHARACTERS = (
    " -.()/\u00a0\u2010\u2011\u2012\u2013\u2014\u2015\u2212\u202f\u3000\u30fb\u30fc\uff08\uff09\uff0d\uff70"
)
"""What may stand between two digits: a katakana long vowel is what a Japanese keyboard gives for a dash."""

GAP = f"[{re.escape(GAP_CHARACTERS)}]{{0,3}}"
STRETCH = re.compile(rf"[0-9](?:{GAP}[0-9]){{6,}}")
"""Seven digits or more: the shortest number that is anybody's own."""

_GROUP = re.compile(r"[0-9]+")
_TIGHT = frozenset("-./\u2010\u2011\u2012\u2013\u2014\u2015\u2212\uff0d")
"""What joins a number to its neighbour, so that both are one longer thing."""

_JOINS = _TIGHT - {"/"}
"""Of those, a slash alone may stand in front of a number."""

_DASH = re.compile("[-\u2010-\u2015\u2212\u30fc\uff0d\uff70]")
"""What has a dash within is not joined to its neighbour by a slash: `03-1234-5678/FAX 03-1234-5679`."""

_WORD = frozenset(f"{string.ascii_letters}{string.digits}_")
"""What words and codes are made of."""

_LABEL = re.compile(r"(?<![A-Za-z])(?:tel|fax|phone|mobile|cell|no|nr|kto|card|ssn)[.-]?\Z", re.IGNORECASE)
"""Letters that may stand at a number without a blank, as Japanese forms have it: `TEL03-1234-5678`."""

_LABEL_ENDS = frozenset("lxeordnLXEORDN")
"""What such a label ends in, but for its sign: a quick look spares a slow one."""

_MARK = re.compile(r"<[A-Z][A-Z_]{2,24}>(?!\Z)")
"""What stands for a number that was taken out: the words in front of it were that one's."""

_BEFORE, _AFTER = 48, 32


@dataclass(slots=True)  # not frozen: that would triple what it costs to make one
class Front:
    """What stands in front of a place: all numbers that begin there share it, and so do their judges.

    Attributes:
        text: The text (full-width digits made ASCII).
        start: The place.
        tables: What is known of the tables of the text.
        labels: What judges found out of the labels there, by whose labels they are.
    """

    text: str
    start: int
    tables: Tables
    labels: dict[object, int] = field(default_factory=dict[object, int])
    _near: str | None = None
    _words: str | None = None
    _head: str | None = None

    def near(self) -> str:
        """The 48 code points in front, in small letters."""
        if self._near is None:
            self._near = self.text[max(0, self.start - _BEFORE) : self.start].lower()
        return self._near

    def words(self) -> str:
        """The same without what belongs to a number that was taken out."""
        if self._words is None:
            self._words = self._behind_mark(self.near())
        return self._words

    def _behind_mark(self, near: str) -> str:
        """What stands behind the last mark that stands for a number."""
        if "<" not in near:
            return near
        begin = 0
        for mark in _MARK.finditer(self.text[max(0, self.start - len(near)) : self.start]):
            begin = mark.end()
        return near[begin:] if begin else near

    def head(self) -> str:
        """The head of the column that the place stands in, in small letters; empty if in no table."""
        if self._head is None:
            self._head = self.tables.head(self.start)
        return self._head


@dataclass(slots=True)
class Number:
    """Groups of digits in a row, from `start` up to `end` of a text.

    Attributes:
        text: The text that they stand in (full-width digits made ASCII).
        start: Where the first digit stands.
        end: Behind the last digit.
        digits: The digits alone.
        groups: How many digits each group has: `(3, 4, 4)` for 090-1234-5678.
        front: What stands in front of it.
    """

    text: str
    start: int
    end: int
    digits: str
    groups: tuple[int, ...]
    front: Front

    @property
    def written(self) -> str:
        """The number with what stands between its groups."""
        return self.text[self.start : self.end]

    def before(self, width: int = _BEFORE) -> str:
        """The text in front of it, at most `width` code points, in small letters."""
        if width == _BEFORE:
            return self.front.near()
        return self.text[max(0, self.start - width) : self.start].lower()

    def is_among_codes(self) -> bool:
        """Whether it stands in a row of hexadecimal codes of the width of its groups, some with letters."""
        width = self.groups[0]
        if any(size != width for size in self.groups):
            return False
        code = rf"[0-9A-Fa-f]{{{width}}}"
        low, high = max(0, self.start - 6 * (width + 2)), self.end + 6 * (width + 2)
        before = re.search(rf"(?:(?<![0-9A-Za-z]){code}\s{{1,2}}){{1,4}}\Z", self.text[low : self.start])
        after = re.match(rf"(?:\s{{1,2}}{code}(?![0-9A-Za-z])){{1,4}}", self.text[self.end : high])
        around = (before.group() if before else "") + (after.group() if after else "")
        return any(map(str.isalpha, around))

    def head(self) -> str:
        """The head of the column that it stands in, in small letters; empty if it stands in no table."""
        return self.front.head()

    def after(self, width: int = _AFTER) -> str:
        """The text behind it, at most `width` code points, in small letters."""
        return self.text[self.end : self.end + width].lower()


Judge = Callable[[Number], bool]
"""Whether a number is an entity."""

MOST_GROUPS = 8
"""In one number, if not every digit stands alone: a French identity number in print has seven."""

_MOST_DIGITS = 20


def rows(
    text: str, groups: list[tuple[int, int]], first: int, sizes: Container[int], tables: Tables
) -> Iterator[Number]:
    """Every number of whole groups that begins with the group `first`, stands free and has one of the sizes.

    The longest comes first.
    """
    begin, end = groups[first]
    free = _free_left(text, begin)
    if (end - begin == 1 and _goes_on(groups, first)) or not (free or text[begin - 1] == "/"):
        return
    front = Front(text, begin, tables)
    for last in reversed(_ends(groups, first, sizes)):
        high = groups[last][1]
        if last == first:
            if free and _free_right(text, high):
                yield Number(text, begin, high, text[begin:high], (high - begin,), front)
            continue
        dashed = _DASH.search(text, begin, high) is not None
        if is_broken(text, groups[first : last + 1]):
            continue
        if (free or dashed) and (_free_right(text, high) or (dashed and text[high] == "/")):
            row = groups[first : last + 1]
            digits = "".join([text[low:up] for low, up in row])
            yield Number(text, begin, high, digits, tuple([up - low for low, up in row]), front)


def _ends(groups: list[tuple[int, int]], first: int, sizes: Container[int]) -> list[int]:
    """With which groups a number of one of the sizes may end that begins with the group `first`."""
    low, high = groups[first]
    if first + 1 == len(groups):
        return [first] if high - low in sizes else []
    found: list[int] = []
    digits = 0
    alone = True
    for last in range(first, min(len(groups), first + _MOST_DIGITS)):
        low, high = groups[last]
        digits += high - low
        alone = alone and high - low == 1
        if digits > _MOST_DIGITS or (last - first >= MOST_GROUPS and not alone):
            break
        if digits in sizes:
            found.append(last)
    return found


def is_joined(text: str, groups: list[tuple[int, int]], at: int) -> bool:
    """Whether one sign joins the group to that in front of it, so that no number begins with it."""
    sign = groups[at][0] - 1
    return at > 0 and groups[at - 1][1] == sign and text[sign] in _JOINS


def is_broken(text: str, groups: list[tuple[int, int]]) -> bool:
    """Whether the groups are one broken number, which is nobody's own and in which is no other."""
    if len(groups) != 2:  # noqa: PLR2004  a whole and a fraction
        return False
    point = groups[0][1]
    return groups[1][0] == point + 1 and text[point] == "."


def groups_of(text: str, start: int, end: int, most: int) -> list[tuple[int, int]]:
    """Where the groups of digits in a stretch begin and end; of more than `most`, one more than that."""
    return [group.span() for group in islice(_GROUP.finditer(text, start, end), most + 1)]


def _goes_on(groups: list[tuple[int, int]], at: int) -> bool:
    """Whether the group in front is a single digit too: a number of lone digits begins with its first."""
    return at > 0 and groups[at - 1][1] - groups[at - 1][0] == 1


def _free_left(text: str, at: int) -> bool:
    """Whether nothing in front of `at` is of one piece with it."""
    if at == 0:
        return True
    left = text[at - 1]
    if left == " ":
        return True
    if left in "Bb" and text.startswith("%2", at - 3):
        return True
    tight = left in _TIGHT and at > 1 and text[at - 2] in _WORD
    if not tight and left not in _WORD:
        return True
    end = text[at - 2] if tight else left
    return end in _LABEL_ENDS and _LABEL.search(text, max(0, at - 12), at) is not None


def _free_right(text: str, at: int) -> bool:
    """Whether nothing behind `at` is of one piece with it."""
    if at == len(text):
        return True
    right = text[at]
    if right in _WORD:
        return False
    return right not in _TIGHT or at + 1 == len(text) or text[at + 1] not in _WORD
