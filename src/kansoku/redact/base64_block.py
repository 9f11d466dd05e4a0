"""Blocks of base64 (RFC 4648): what a `data:` URL holds (RFC 2397), and long runs.

Long runs stand in one line, or in lines of one length, as MIME (RFC 2045, section 6.8) and PEM have them.
"""

import re
import string
from collections.abc import Iterator
from functools import lru_cache

from kansoku.redact.detector import Area, AreaDetector, PlaceDetector
from kansoku.redact.finding import Finding

_SHORTEST_RUN = 512
_SHORTEST_DATA = 256

_HEAD = re.compile(r"data:[A-Za-z0-9.+/\-]{0,100}(?:;[A-Za-z0-9.=+\-]{1,64}){0,4}\Z", re.IGNORECASE)
_DATA = re.compile(rf";base64,(?:[A-Za-z0-9+/_=\-]|%2[BF]|%3D|\\/){{{_SHORTEST_DATA},}}+", re.IGNORECASE)

_SIGNS = r"A-Za-z0-9+/"
_FILE = re.compile(rf"[{_SIGNS}]{{{_SHORTEST_DATA},}}+={{0,2}}(?![{_SIGNS}=])")
_FILES = ("/9j/4AAQ", "iVBORw0KGgo", "JVBERi0", "R0lGODlh", "UklGR", "UEsDBBQA")
"""How files of JPEG, PNG, PDF, GIF, RIFF (WebP, WAV) and ZIP (also of Office) begin."""

_RUN = re.compile(rf"[{_SIGNS}\r\n]{{{_SHORTEST_RUN},}}+")
_LINE = re.compile(rf"[{_SIGNS}]++")
_BREAKS = ("\n", "\r\n", "\r\r\r\n")
"""The last stands for the escapes of JSON."""

_PADDED = re.compile("={0,2}")
_SHORTEST_LINE, _LONGEST_LINE, _ENCODED = 56, 128, 4
"""Signs of a line, of which each four encode three bytes."""

_BEFORE = 256
_OF_URL = re.compile(r"(?:[a-z][a-z0-9+.]{1,12}://|www\.)[^\s\"'<>=]*\Z", re.IGNORECASE)
_OF_CERTIFICATE = re.compile(r"-----BEGIN (?![A-Z ]{0,40}PRIVATE)[A-Z0-9 ]{3,40}-----\s{1,2}\Z")
"""What is no block: a path, and what is made to be shown."""

_PUBLIC = ("AAAAB3NzaC1", "AAAAC3NzaC1", "AAAAE2VjZHNhLXNoYTI", "AAAAInNrLWVjZHNh", "AAAAGnNrLXNzaC1")
"""How public keys of SSH begin: the length and the name of their kind (RFC 4253, RFC 5656)."""

_FEWEST = (
    (string.digits.encode(), 12),
    (string.ascii_uppercase.encode(), 40),
    (string.ascii_lowercase.encode(), 40),
)
"""Of the first 512 signs; identifiers have fewer digits, and numbers fewer letters of one case."""

_SMALL = bytes(chr(sign) in string.ascii_lowercase for sign in range(256))
_MOST_IN_WORDS = 256
"""Of them, small letters in front of another: of what is encoded, one in five is, of words most."""


def data_at(text: str, at: int) -> Finding | None:
    """The `data:` URL around `;base64,`."""
    data = _DATA.match(text, at)
    head = _HEAD.search(text, max(0, at - 160), at) if data else None
    return Finding(head.start(), data.end(), "BASE64") if head and data else None


def file_at(text: str, at: int) -> Finding | None:
    """The file that begins there, told by the first bytes of its kind."""
    run = _FILE.match(text, at)
    is_begin = (
        run is not None and text.startswith(_FILES, at) and (at == 0 or text[at - 1] in "\"'`(,:= \n\t")
    )
    return Finding(*run.span(), "BASE64") if run is not None and is_begin else None


def runs_at(text: str, at: int) -> Area | None:
    """The blocks in the run of signs and ends of lines that begins there."""
    run = _RUN.match(text, at)
    if run is None:
        return None
    blocks = (_block(text, start, end) for start, end in _blocks(text, at, run.end()))
    return Area(tuple(one for one in blocks if one), run.end())


def _blocks(text: str, at: int, end: int) -> Iterator[tuple[int, int]]:
    """Where lines in a row begin and end that are of one length, but for the last."""
    line = _LINE.search(text, at, end)
    while line is not None:
        start, stop = line.span()
        size = stop - start
        if _SHORTEST_LINE <= size <= _LONGEST_LINE and size % _ENCODED == 0:
            more = _more(size).match(text, stop, end)
            stop = more.end() if more else stop
            yield start, stop
        elif size >= _SHORTEST_RUN:
            yield start, stop
        line = _LINE.search(text, stop, end)


@lru_cache(maxsize=_LONGEST_LINE)
def _more(width: int) -> re.Pattern[str]:
    """Lines that go on with one of the width: each as wide, but for the last."""
    line = rf"(?:{'|'.join(_BREAKS)})[{_SIGNS}]"
    return re.compile(rf"(?:{line}{{{width}}}(?![{_SIGNS}]))*+(?:{line}{{1,{width - 1}}}+(?![{_SIGNS}]))?")


def _block(text: str, start: int, end: int) -> Finding | None:
    """The block that the lines are; of letters in both cases and digits, else it is something else."""
    if end - start - text.count("\n", start, end) - text.count("\r", start, end) < _SHORTEST_RUN:
        return None
    first = text[start : start + _SHORTEST_RUN]
    signs = first.encode()
    is_mixed = all(len(signs) - len(signs.translate(None, kind)) >= few for kind, few in _FEWEST)
    before = text[max(0, start - _BEFORE) : start]
    small = int.from_bytes(signs.translate(_SMALL), "big")
    if not is_mixed or (small & small >> 8).bit_count() > _MOST_IN_WORDS:
        return None
    may_go_on = before != "" and not before[-1].isspace() and ("://" in before or "www." in before.lower())
    is_of_url = may_go_on and _OF_URL.search(before) is not None
    if is_of_url or _OF_CERTIFICATE.search(before) or first.startswith(_PUBLIC):
        return None
    padded = _PADDED.match(text, end)
    return Finding(start, padded.end() if padded else end, "BASE64")


DATA_URL = PlaceDetector("BASE64", data_at, words=(";base64,",))
BASE64_RUN = AreaDetector("BASE64", runs_at, shapes=(rf"[{_SIGNS}\r\n]{{{_SHORTEST_RUN}}}",))
BASE64_FILE = PlaceDetector("BASE64", file_at, words=tuple(map(str.lower, _FILES)))
