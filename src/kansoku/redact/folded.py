r"""A text as detectors read it: wide signs in ASCII, escapes as their characters, without what is invisible.

Escapes are those of JSON (RFC 8259, `\u0040`). Widths are those of the block Halfwidth and Fullwidth Forms
(Unicode: U+FF01 to U+FF5E lie 0xFEE0 above ASCII). Rows of digits in kanji are digits where they hold a zero,
as telephone numbers do (〇八〇…), or where a word tells a number.
"""

import re
from bisect import bisect_right
from dataclasses import dataclass
from functools import lru_cache

_INVISIBLE = "\u00ad\u034f\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufe00-\ufe0f\ufeff"
_WIDE = "\uff0b\uff0d-\uff1a\uff1d\uff20-\uff3a\uff3f\uff41-\uff5a"
"""Plus, minus, point, slash, digits, colon, equals, at sign, letters and underline."""

_FIRST_WIDE = "\uff0b"
"""All that is invisible comes before."""

TELLING = f"[{_INVISIBLE}\uff10-\uff19\uff20-\uff3a\uff41-\uff5a]"
_TELLING = re.compile(TELLING)
"""Without one of these, a text reads the same folded: the wide signs alone are ordinary Japanese."""

_ESCAPE = "\\u"
_ESCAPE_LENGTH = len("\\u0040")
_FOLDED = re.compile(
    rf"([{_INVISIBLE}{_WIDE}\\](?:(?<=[{_INVISIBLE}])[{_INVISIBLE}]*|(?<=[{_WIDE}])[{_WIDE}]*|(?<=\\)u[0-9A-Fa-f]{{4}}))"
)
"""Runs of one sort, or an escape; Python's patterns skip fast to a sign that they begin with."""

_ZEROS = ("〇", "零")
_NUMBERED = ("番号", "マイナンバー")
"""Words in front of a row of digits in kanji; a look for each, and for a zero, costs next to nothing."""

_DIGIT = "[〇零一二三四五六七八九]"
_BETWEEN = "[-‐-―−ー－・（）() \u3000]"
_IN_KANJI = re.compile(rf"{_DIGIT}(?:{_BETWEEN}?{_DIGIT}){{3,23}}+(?![十百千万億兆])")
_TOLD = re.compile(
    rf"(?:カード|番号)?[（(「『 \u3000]?[はが:：をの]?[「『 \u3000]{{0,2}}({_IN_KANJI.pattern})"
)
MAY_COUNT = (f"[{''.join(_ZEROS)}]", f"(?:{'|'.join(_NUMBERED)}).{{0,8}}{_DIGIT}")
"""Of which a text holds one that has numbers in kanji."""

_NO_ZERO = frozenset("一二三四五六七八九")
_VALUES = str.maketrans("〇零一二三四五六七八九", "00123456789")

_HIDDEN = re.compile(f"[{_INVISIBLE}]")
_ASCII = {wide: wide - 0xFEE0 for wide in range(0xFF01, 0xFF5F)}


@dataclass(frozen=True, slots=True)
class Folded:
    """A folded text, and where its characters stood.

    Attributes:
        text: What detectors read.
        cuts: Where characters were left out, as offsets in `text`, in order; empty for most texts.
        left_out: How many were left out up to and with each cut.
        escaped: Which characters of `text` were written as an escape.
        is_writable: Whether it is known that the text can be written as UTF-8.
    """

    text: str
    cuts: tuple[int, ...] = ()
    left_out: tuple[int, ...] = ()
    escaped: frozenset[int] = frozenset()
    is_writable: bool = False

    def start(self, at: int) -> int:
        """Where the character at `at` stood; what was left out in front of it is not part of it."""
        if not self.cuts:
            return at
        return at + (self.left_out[index - 1] if (index := bisect_right(self.cuts, at)) else 0)

    def end(self, at: int) -> int:
        """Behind the character that stood before `at`."""
        if not self.cuts:
            return at
        return self.start(at - 1) + (_ESCAPE_LENGTH if at - 1 in self.escaped else 1) if at else 0


def folded(text: str) -> Folded:
    """The text, folded. Linear."""
    if not text.isascii():
        text = _counted(text)
    if not is_escaped(text) and (text.isascii() or _TELLING.search(text) is None):
        return Folded(text)
    pieces = _FOLDED.split(text)  # what stays and what is read otherwise, in turn; matches cost twice as much
    written = pieces[1::2]
    pieces[1::2] = map(_read, written)
    cuts: list[int] = []
    left_out: list[int] = []
    escaped: set[int] = set()
    at = gone = 0
    for stays, sign, read in zip(pieces[::2], written, pieces[1::2], strict=False):
        width = len(read)
        at += len(stays) + width
        lost = len(sign) - width
        if lost:
            if width:
                escaped.add(at - 1)
            cuts.append(at)
            gone += lost
            left_out.append(gone)
    return Folded("".join(pieces), tuple(cuts), tuple(left_out), frozenset(escaped))


def is_escaped(text: str) -> bool:
    """Whether the text may hold escapes of JSON."""
    return "\\" in text and _ESCAPE in text  # to look for one sign alone costs next to nothing


def _counted(text: str) -> str:
    """The text with numbers in kanji written in digits, each as long as it was."""
    spans: list[tuple[int, int]] = []
    if any(zero in text for zero in _ZEROS):
        spans += [one.span() for one in _IN_KANJI.finditer(text) if any(zero in one[0] for zero in _ZEROS)]
    for word in _NUMBERED:
        at = text.find(word)
        while at >= 0:
            told = _TOLD.match(text, at + len(word))
            if told is not None:
                spans.append(told.span(1))
            at = text.find(word, at + len(word))
    if not spans:
        return text
    parts: list[str] = []
    at = 0
    for start, end in sorted(spans):
        if start >= at and not _NO_ZERO.isdisjoint(text[start:end]):  # zeros alone stand for blanks
            parts += (text[at:start], text[start:end].translate(_VALUES))
            at = end
    return "".join((*parts, text[at:]))


def _read(written: str) -> str:
    """How a detector reads it: wide signs as ASCII, an escape as its character, the invisible not at all."""
    if written[0] == "\\":
        return _unescaped(written)
    return written.translate(_ASCII) if written[0] >= _FIRST_WIDE else ""


@lru_cache(maxsize=1024)
def _unescaped(escape: str) -> str:
    """The same of an escape: one character, nobody's own, so that it may be kept; texts have many."""
    character = chr(int(escape.removeprefix(_ESCAPE), 16))
    return "" if _HIDDEN.match(character) else character.translate(_ASCII)
