"""A number as people write it: groups of digits with at most three blanks, dashes or brackets between.

Everything that consists of digits alone (telephone, card, identity numbers) is found in one pass: the text is
cut into stretches of such groups, and whole groups in a row are shown to every detector of numbers.
"""

import re
import string
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice
from typing import NamedTuple, Protocol, TypeVar

from kansoku.redact.column import Labels, Tables

GAP_CHARACTERS = (
    " -.()/\u00a0\u2010\u2011\u2012\u2013\u2014\u2015\u2212\u202f\u3000\u30fb\u30fc\uff08\uff09\uff0d\uff70"
)
"""What may stand between two digits: a katakana long vowel is what a Japanese keyboard gives for a dash."""

GAP = f"[{re.escape(GAP_CHARACTERS)}]{{0,3}}"
STRETCH = re.compile(rf"[0-9](?=[0-9{re.escape(GAP_CHARACTERS)}]{{6}})(?:{GAP}+[0-9]){{6,}}+")
"""Seven digits or more: the shortest number that is anybody's own. The look ahead spares a slow one."""

_GROUP = re.compile(r"[0-9]+")
_TIGHT = frozenset("-./\u2010\u2011\u2012\u2013\u2014\u2015\u2212\uff0d")
"""What joins a number to its neighbour, so that both are one longer thing."""

_JOINS = _TIGHT - {"/"}
"""Of those, a slash alone may stand in front of a number."""

_DASH = re.compile("[-\u2010-\u2015\u2212\u30fc\uff0d\uff70]")
"""What has a dash within is not joined to its neighbour by a slash: `03-1234-5678/FAX 03-1234-5679`."""

_WORD = frozenset(f"{string.ascii_letters}{string.digits}_")
"""What words and codes are made of."""

_JOINING = _TIGHT | _WORD
"""Beside anything else, a number stands free."""

_LABEL = re.compile(r"(?<![A-Za-z])(?:tel|fax|phone|mobile|cell|no|nr|kto|card|ssn)[.-]?\Z", re.IGNORECASE)
"""Letters that may stand at a number without a blank, as Japanese forms have it: `TEL03-1234-5678`."""

_LABEL_ENDS = frozenset("lxeordnLXEORDN")
"""What such a label ends in, but for its sign: a quick look spares a slow one."""

_MARK = re.compile(r"<[A-Z][A-Z_]{2,24}>(?!\Z)")
"""What stands for a number that was taken out: the words in front of it were that one's."""

BEFORE, _AFTER = 48, 32


class Front:
    """What stands in front of a place: all numbers that begin there share it, and so do their judges.

    Args:
        text: The text (full-width digits made ASCII).
        start: The place.
        tables: What is known of the tables of the text.

    Attributes:
        near: The 48 code points in front, in small letters.
        words: The same without what belongs to a number that was taken out.
        head: The head of the column that the place stands in, in small letters; empty if in no table.
        labels: What judges found out of the labels there, by whose labels they are; places with the same
            words in front of them share it, as cells of a table have.
    """

    __slots__ = ("head", "labels", "near", "words")

    def __init__(self, text: str, start: int, tables: Tables) -> None:
        near = text[start - BEFORE if start > BEFORE else 0 : start].lower()
        self.near = near
        self.words = _behind_mark(text, start, near) if "<" in near else near
        self.head = tables.head(start)
        self.labels: Labels = tables.labels(self.words, self.head) if tables.are_shared else {}


def _behind_mark(text: str, start: int, near: str) -> str:
    """What stands behind the last mark that stands for a number."""
    begin = 0
    for mark in _MARK.finditer(text[max(0, start - len(near)) : start]):
        begin = mark.end()
    return near[begin:] if begin else near


@dataclass(slots=True)
class Number:
    """Groups of digits in a row, from `start` up to `end` of a text.

    Attributes:
        text: The text that they stand in (full-width digits made ASCII).
        start: Where the first digit stands.
        end: Behind the last digit.
        written: It with what stands between its groups.
        digits: The digits alone.
        groups: How many digits each group has: `(3, 4, 4)` for 090-1234-5678.
        front: What stands in front of it.
    """

    text: str
    start: int
    end: int
    written: str
    digits: str
    groups: "Groups"
    front: Front

    def before(self, width: int = BEFORE) -> str:
        """The text in front of it, at most `width` code points (of 48), in small letters."""
        return self.front.near[-width:]

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

    def after(self, width: int = _AFTER) -> str:
        """The text behind it, at most `width` code points, in small letters."""
        return self.text[self.end : self.end + width].lower()


Groups = tuple[int, ...]
"""How many digits each group of a number has."""

Judge = Callable[[Number], bool]
"""Whether a number is an entity."""

MOST_GROUPS = 8
"""In one number, if not every digit stands alone: a French identity number in print has seven."""

_FEWEST_DIGITS, _MOST_DIGITS = 7, 20

_SHORT = 32
"""Longer stretches are rows of numbers, of which hardly two have one form."""

_DATE_FORM = re.compile(r"0{4}([-./])00\1(?=00(?!0))")
_DATE = re.compile("(?:19|20)[0-9]{2}.(?:0[1-9]|1[0-2]).(?:0[1-9]|[12][0-9]|3[01])")
"""Year, month and day (ISO 8601 and its like), which is nobody's number whatever stands around it."""

_ZEROS = bytes.maketrans(string.digits.encode(), b"0" * 10)
_NO_GAPS = dict.fromkeys(map(ord, GAP_CHARACTERS))


class End(NamedTuple):
    """Where a number may end that begins with a certain group.

    Attributes:
        high: Behind its last digit, counted from where the stretch begins.
        groups: How many digits each of its groups has.
        is_dashed: Whether a dash is in it.
        is_last: Whether the stretch ends there too, so that the text behind tells whether it stands free.
    """

    high: int
    groups: Groups
    is_dashed: bool
    is_last: bool


class Begin(NamedTuple):
    """A group that a number may begin with.

    Attributes:
        low: Where its first digit stands, counted from where the stretch begins.
        is_free: Whether nothing in front is of one piece with it; of a stretch's first group, the text tells.
        may_be_date: Whether four digits and twice two begin with it, one sign between.
        ends: Where the number may end, the longest first.
    """

    low: int
    is_free: bool
    may_be_date: bool
    ends: tuple[End, ...]


def begins(text: str, start: int, end: int, most: int) -> Sequence[Begin | None]:
    """What begins with each group of a stretch; None where no number does, nothing where none is in it.

    Of more groups than `most`, one more than that.
    """
    written = text[start:end].encode().translate(_ZEROS)
    if end - start <= _SHORT:
        return _begins(written)
    form = written.decode()
    spans = [group.span() for group in islice(_GROUP.finditer(form), most + 1)]
    if len(spans) > most:
        return (None,) * len(spans)
    return () if _is_broken(form, spans) else [_begin(form, spans, first) for first in range(len(spans))]


@lru_cache(maxsize=512)
def _begins(written: bytes) -> tuple[Begin | None, ...]:
    """The same of a short stretch; numbers come in few forms."""
    form = written.decode()
    spans = [group.span() for group in _GROUP.finditer(form)]
    if _is_broken(form, spans):
        return ()
    return tuple(_begin(form, spans, first) for first in range(len(spans)))


def _begin(form: str, spans: list[tuple[int, int]], first: int) -> Begin | None:
    """What begins with the group `first` of a stretch."""
    low, high = spans[first]
    is_free = first == 0 or _free_left(form, low)
    if first > 0 and (
        (spans[first - 1][1] == low - 1 and form[low - 1] in _JOINS)
        or (high - low == 1 and spans[first - 1][1] - spans[first - 1][0] == 1)
        or not (is_free or form[low - 1] == "/")
    ):
        return None  # one sign joins it to that in front, or it goes on a number of lone digits
    ends = [_end(form, spans[first : last + 1]) for last in reversed(_lasts(spans, first))]
    kept = tuple(end for end in ends if end is not None and (first == 0 or is_free or end.is_dashed))
    may_be_date = _DATE_FORM.match(form, low) is not None
    return Begin(low, is_free, may_be_date, kept) if kept else None


def _end(form: str, row: list[tuple[int, int]]) -> End | None:
    """The end of a number of the groups; None if it is none."""
    low, high = row[0][0], row[-1][1]
    is_dashed = len(row) > 1 and _DASH.search(form, low, high) is not None
    is_last = high == len(form)
    is_free = is_last or _free_right(form, high) or (is_dashed and form[high] == "/")
    if not is_free or _is_broken(form, row):
        return None
    sizes = tuple([high - low for low, high in row])
    return End(high, sizes, is_dashed, is_last)


def _lasts(spans: list[tuple[int, int]], first: int) -> list[int]:
    """With which groups a number may end that begins with the group `first`."""
    found: list[int] = []
    digits = 0
    alone = True
    for last in range(first, min(len(spans), first + _MOST_DIGITS)):
        low, high = spans[last]
        digits += high - low
        alone = alone and high - low == 1
        if digits > _MOST_DIGITS or (last - first >= MOST_GROUPS and not alone):
            break
        if digits >= _FEWEST_DIGITS:
            found.append(last)
    return found


_LEADS = "+(bB\uff0b\uff08"
"""What a lead of a number from abroad ends in: a plus, a bracket or `%2b`."""

Judges = TypeVar("Judges", bound=Sequence[object])
Taken = TypeVar("Taken")


class Jury(Protocol[Judges]):
    """Who judges numbers of some groups."""

    judges: Judges
    """All of them."""

    wordless: Judges
    """Those that need no word."""

    def at(self, start: int, tables: Tables) -> Judges:
        """Those who judge a number at the place."""
        ...

    def behind(self, front: Front) -> Judges:
        """The same, where much is known of what stands in front."""
        ...


def first_taken(
    tables: Tables,
    start: int,
    begin: Begin,
    jury: Callable[[Groups, str], Jury[Judges]],
    judged: Callable[[Number, Judges], Taken | None],
) -> tuple[Taken | None, int]:
    """What the first number is that begins so in the stretch at `start`, and how many groups it has.

    None and one group if there is none. The longest comes first; one must stand free. What nobody judges, by
    its groups, first digit and the words in front, is left out, and so is what begins with a date. Behind
    what may belong to a number from abroad, the first digit is not told.
    """
    text = tables.text
    offset, is_free, may_be_date, ends = begin
    low = start + offset
    left = text[low - 1] if low else " "
    if not offset:
        is_free = left not in _JOINING or _free_left(text, low)
    if not (is_free or left == "/") or (may_be_date and _DATE.match(text, low) is not None):
        return None, 1
    first = "" if left in _LEADS else text[low]
    front: Front | None = None
    for high, groups, is_dashed, is_last in ends:
        judges = jury(groups, first)
        if not (judges.judges and (is_free or is_dashed)):
            continue
        end = start + high
        if is_last and not (_free_right(text, end) or (is_dashed and text[end] == "/")):
            continue
        if front is None and (tables.are_shared or judges.wordless):
            front = Front(text, low, tables)
        who = judges.at(low, tables) if front is None else judges.behind(front)
        if who:
            front = front or Front(text, low, tables)
            written = text[low:end]
            digits = written if len(groups) == 1 else written.translate(_NO_GAPS)
            taken = judged(Number(text, low, end, written, digits, groups, front), who)
            if taken is not None:
                return taken, len(groups)
    return None, 1


def _is_broken(form: str, spans: list[tuple[int, int]]) -> bool:
    """Whether the groups are one broken number, which is nobody's own and in which is no other."""
    if len(spans) != 2:  # noqa: PLR2004  a whole and a fraction
        return False
    point = spans[0][1]
    return spans[1][0] == point + 1 and form[point] == "."


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
    if right not in _JOINING:
        return True
    if right in _WORD:
        return False
    return right not in _TIGHT or at + 1 == len(text) or text[at + 1] not in _WORD
