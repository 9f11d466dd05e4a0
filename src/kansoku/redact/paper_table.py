"""Columns of passports and driver's licences, whose numbers have letters: `name,driver_license_number`."""

import re

from kansoku.redact.detector import Area, AreaAt, AreaDetector
from kansoku.redact.finding import Finding
from kansoku.redact.secret_insert import Span, rows_at

_WIDEST = 400
"""Code points of a line."""

_END = r"(?:[ _-]?(?:number|num|no|nr|id|番号)\.?)?"
_HEADS = {
    "PASSPORT": re.compile(
        rf"(?:[a-z]{{1,10}}[_-]){{0,2}}passport{_END}|(?:旅券|パスポート){_END}", re.IGNORECASE
    ),
    "DRIVER_LICENSE": re.compile(
        rf"(?:[a-z]{{1,10}}[_-]){{0,2}}driv(?:er|ing)['’]?s?[ _-]?licen[sc]e{_END}", re.IGNORECASE
    ),
}
_CELLS = {
    "PASSPORT": re.compile(r"[A-Z]{1,2}[0-9]{7,8}|[0-9]{2}[A-Z]{2}[0-9]{5}"),
    "DRIVER_LICENSE": re.compile(
        r"[A-Z]{1,3}[0-9]{5,14}|[A-Z][0-9]{3}-[0-9]{4}-[0-9]{4}|[0-9]{7,9}|[A-Z9]{5}[0-9]{6}[A-Z9]{2}[A-Z0-9]{2,3}"
    ),
}


def _cells_at(entity: str) -> AreaAt:
    """The function that finds the numbers of the entity below the head around a place."""
    head, cell = _HEADS[entity], _CELLS[entity]

    def judged(text: str, _name: str, span: Span) -> tuple[Finding, ...]:
        return (Finding(*span, entity),) if cell.fullmatch(text, *span) else ()

    def at(text: str, at: int) -> Area | None:
        begin = text.rfind("\n", max(0, at - _WIDEST), at) + 1
        end = text.find("\n", at, at + _WIDEST)
        inserted = rows_at(text, at, lambda name: head.fullmatch(name) is not None, judged)
        if inserted is not None:
            return inserted
        line = text[begin:end] if end > 0 else ""
        mark = "\t" if "\t" in line else ","
        if mark not in line:
            return None
        before = line.count(mark, 0, at - begin)
        if head.fullmatch(line.split(mark)[before].strip(" \"'\r")) is None:
            return None
        found: list[Finding] = []
        begin = end + 1
        while begin < len(text):
            end = text.find("\n", begin, begin + _WIDEST)
            end = end if end >= 0 else min(len(text), begin + _WIDEST)
            row = text[begin:end]
            cells = row.split(mark)
            if row.count(mark) != line.count(mark):
                break
            written = cells[before].strip(" \"'\r")
            if cell.fullmatch(written):
                start = text.index(written, begin + sum(map(len, cells[:before])) + before)
                found.append(Finding(start, start + len(written), entity))
            begin = end + 1
        return Area(tuple(found), begin)  # none of its rows is looked at again, whatever is in it

    return at


PAPER_TABLES = (
    AreaDetector("PASSPORT", _cells_at("PASSPORT"), words=("passport", "旅券", "パスポート")),
    AreaDetector("DRIVER_LICENSE", _cells_at("DRIVER_LICENSE"), words=("driver", "driving")),
)
