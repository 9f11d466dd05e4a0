"""Codes that let in who lost another factor, most often several in a row; each is found by itself."""

import re
from collections.abc import Iterator

from kansoku.redact.detector import Area, AreaDetector
from kansoku.redact.finding import Finding
from kansoku.redact.random_text import is_wordy

_CODE = r"(?=[A-Za-z-]{0,12}[0-9])[A-Za-z0-9]{4,12}(?:-[A-Za-z0-9]{4,12}){0,4}(?![A-Za-z0-9_])"
_BETWEEN = r"[ \t]{0,2}(?:[,、/]|\n|\\n|and|und|と)[ \t]{0,2}"
_LABEL = (
    r"(?:(?:recovery|backup)[ _-]codes?|(?:scratch|emergency|rescue)[ ]codes?"
    r"|(?:wiederherstellungs|notfall|sicherungs|ersatz)codes?"
    r"|(?:リカバリー?|バックアップ|復旧|回復|予備|緊急用?)コード)"
)
_LIST = re.compile(
    rf"{_LABEL}(?:[ \t](?:for|of|to|für|zu[mr]?|von|vom)[ \t][^.,;:!?\n]{{1,40}}?)?"
    r"(?:[ \t]{0,2}[:：=][ \t\u3000]{0,3}(?:\n|\\n)?|[ \t](?:are|is|sind|ist|lauten)[ \t:]{1,3}"
    r"|[ \t][A-Za-z][^.,;:!?\n0-9]{3,60}:[ \t]{1,3}"
    r"|は、?[ \t]{0,2}|[ \t](?=[A-Za-z0-9]{4,5}-[A-Za-z0-9]{4,5}(?![A-Za-z])))"
    rf"({_CODE}(?:(?:{_BETWEEN}|[ \t]){_CODE}){{0,15}})",
    re.IGNORECASE,
)
_MARK = r"(?:[-*•・]|[(（]?[0-9]{1,2}[.):）]|[①-⑳])"
_LINE = (
    rf"[ \t\u3000]{{0,8}}(?:{_MARK}[ \t\u3000]{{0,4}})?{_CODE}(?:[ \t,、/]{{1,8}}{_CODE}){{0,4}}[ \t]{{0,4}}"
)
_END = r"(?:\r?\n|\\n)"
_HEAD = re.compile(
    rf"{_LABEL}[^\n]{{0,96}}?(?P<sure>[:：。.…]?)[ \t]{{0,3}}(?:{_END}){{1,2}}"
    rf"((?:{_LINE}{_END}){{0,19}}{_LINE}(?={_END}|\"|\Z))",
    re.IGNORECASE,
)
"""The label in a line above, which may say more, and lines of codes alone, each perhaps with its number."""

_SEPARATED = re.compile(_BETWEEN, re.IGNORECASE)
_FIRST_IN_LINE = re.compile(rf"[ \t\u3000]*(?:{_MARK}[ \t\u3000]*(?={_CODE}))?")
_ONE = re.compile(r"[A-Za-z0-9-]+")
_IN_TWO = re.compile(r"[0-9]{3,5}[ \t][0-9]{3,5}")
"""One code in two groups of digits, where others are told apart by more than a blank, or none follows."""


def codes_at(text: str, at: int) -> Area | None:
    """The codes behind the label that begins here, or in the lines below it."""
    match = _LIST.match(text, at)
    if match is not None:
        return Area(tuple(_each(text, *match.span(1))), match.end(1))
    below = _HEAD.match(text, at)
    if below is None:
        return None
    found = tuple(one for one in _each(text, *below.span(2)) if not is_wordy(text[one.start : one.end]))
    is_told = found and (len(found) > 1 or below["sure"])
    return Area(found, below.end(2)) if is_told else None


def _each(text: str, begin: int, end: int) -> Iterator[Finding]:
    """The codes of a stretch."""
    while begin < end:
        mark = _SEPARATED.search(text, begin, end)
        stop = mark.start() if mark else end
        first = _FIRST_IN_LINE.match(text, begin, stop)
        begin = first.end() if first else begin
        two = _IN_TWO.match(text, begin, stop)
        if two is not None and not text[two.end() : stop].strip():
            yield Finding(*two.span(), "SECRET")
        else:
            yield from (Finding(*one.span(), "SECRET") for one in _ONE.finditer(text, begin, stop))
        begin = mark.end() if mark else end


CODE_LIST = AreaDetector(
    "SECRET",
    codes_at,
    words=(
        *(f"{kind}{joint}code" for kind in ("recovery", "backup") for joint in (" ", "_", "-")),
        *(f"{kind} code" for kind in ("scratch", "emergency", "rescue")),
        *(
            f"{kind}コード"
            for kind in ("リカバリー", "リカバリ", "バックアップ", "復旧", "回復", "予備", "緊急用", "緊急")
        ),
        *(f"{kind}code" for kind in ("wiederherstellungs", "notfall", "sicherungs", "ersatz")),
    ),
)
