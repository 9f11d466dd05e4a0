"""A text as detectors read it: full-width letters, digits and signs in ASCII, invisible characters left out.

Widths are those of Unicode's Halfwidth and Fullwidth Forms block (U+FF01 to U+FF5E lie 0xFEE0 above ASCII).
"""

import re
from bisect import bisect_right
from dataclasses import dataclass

_INVISIBLE = "\u00ad\u034f\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufe00-\ufe0f\ufeff"
_WIDE = "\uff0b\uff0d-\uff1a\uff1d\uff20-\uff3a\uff3f\uff41-\uff5a"
"""Plus, minus, point, slash, digits, colon, equals, at sign, letters and underline."""

_TELLING = re.compile(f"[{_INVISIBLE}\uff10-\uff19\uff20-\uff3a\uff41-\uff5a]")
"""Without one of these, a text reads the same folded: the wide signs alone are ordinary Japanese."""

_FOLDED = re.compile(f"[{_INVISIBLE}]+|[{_WIDE}]+")
_ASCII = {wide: wide - 0xFEE0 for wide in range(0xFF01, 0xFF5F)}


@dataclass(frozen=True, slots=True)
class Folded:
    """A folded text, and where its characters stood.

    Attributes:
        text: What detectors read.
        cuts: Where characters were left out, as offsets in `text`, in order; empty for most texts.
        left_out: How many were left out up to and with each cut.
    """

    text: str
    cuts: tuple[int, ...] = ()
    left_out: tuple[int, ...] = ()

    def start(self, at: int) -> int:
        """Where the character at `at` stood; what was left out in front of it is not part of it."""
        return at + (self.left_out[index - 1] if (index := bisect_right(self.cuts, at)) else 0)

    def end(self, at: int) -> int:
        """Behind the character that stood before `at`."""
        return self.start(at - 1) + 1 if at else 0


def folded(text: str) -> Folded:
    """The text, folded. Linear."""
    if text.isascii() or _TELLING.search(text) is None:
        return Folded(text)
    parts: list[str] = []
    cuts: list[int] = []
    left_out: list[int] = []
    at = gone = 0
    for match in _FOLDED.finditer(text):
        begin, end = match.span()
        parts.append(text[at:begin])
        if text[begin] in _ASCII_SIGNS:
            parts.append(match.group().translate(_ASCII))
        else:
            cuts.append(begin - gone)
            gone += end - begin
            left_out.append(gone)
        at = end
    parts.append(text[at:])
    return Folded("".join(parts), tuple(cuts), tuple(left_out))


_ASCII_SIGNS = frozenset(map(chr, _ASCII))
