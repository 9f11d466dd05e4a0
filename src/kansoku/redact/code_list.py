"""Codes that let in who lost another factor, most often several in a row; each is found by itself."""

import re

from kansoku.redact.detector import Area, AreaDetector
from kansoku.redact.finding import Finding

_CODE = r"(?=[A-Za-z-]{0,12}[0-9])[A-Za-z0-9]{4,12}(?:-[A-Za-z0-9]{4,12}){0,4}(?![A-Za-z0-9_])"
_BETWEEN = r"[ \t]{0,2}(?:[,、/]|\n|\\n|and|und|と)[ \t]{0,2}"
_LIST = re.compile(
    r"(?:(?:recovery|backup)[ _-]codes?|wiederherstellungscodes?"
    r"|(?:リカバリー?|バックアップ|復旧|回復)コード)"
    r"(?:[ \t]{0,2}[:：=][ \t\u3000]{0,3}(?:\n|\\n)?|[ \t](?:are|is|sind|ist|lauten)[ \t:]{1,3}"
    r"|は、?[ \t]{0,2}|[ \t](?=[A-Za-z0-9]{4,5}-[A-Za-z0-9]{4,5}(?![A-Za-z])))"
    rf"({_CODE}(?:(?:{_BETWEEN}|[ \t]){_CODE}){{0,15}})",
    re.IGNORECASE,
)
_SEPARATED = re.compile(_BETWEEN, re.IGNORECASE)
_ONE = re.compile(r"[A-Za-z0-9-]+")
_IN_TWO = re.compile(r"[0-9]{3,5}[ \t][0-9]{3,5}")
"""One code in two groups of digits, where others are told apart by more than a blank, or none follows."""


def codes_at(text: str, at: int) -> Area | None:
    """The codes behind the label that begins here."""
    match = _LIST.match(text, at)
    if match is None:
        return None
    found: list[Finding] = []
    begin, end = match.span(1)
    while begin < end:
        mark = _SEPARATED.search(text, begin, end)
        stop = mark.start() if mark else end
        if _IN_TWO.fullmatch(text, begin, stop):
            found.append(Finding(begin, stop, "SECRET"))
        else:
            found += [Finding(*one.span(), "SECRET") for one in _ONE.finditer(text, begin, stop)]
        begin = mark.end() if mark else end
    return Area(tuple(found), end)


CODE_LIST = AreaDetector(
    "SECRET",
    codes_at,
    words=(
        *(f"{kind}{joint}code" for kind in ("recovery", "backup") for joint in (" ", "_", "-")),
        *(f"{kind}コード" for kind in ("リカバリー", "リカバリ", "バックアップ", "復旧", "回復")),
        "wiederherstellungscode",
    ),
)
