"""A text of any size redacted, or searched, in bounded memory: as JSON, as JSON lines, or as plain text."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain
from typing import TextIO

from kansoku.redact.finding import Finding
from kansoku.redact.redactor import FAILED, Redactor

MOST_WHOLE = 4_000_000
"""Characters up to which a document, or a line of JSON, is held whole. A longer line is masked."""

_BLOCK = 1 << 16
_BEHIND, _AHEAD = 1 << 10, 1 << 14
"""What a search sees around a block: a finding may begin in one and end in the next."""

_UNSEARCHED = FAILED.strip("<>")
"""Stands for the entity of what could not be searched."""

UNPLACED = "JSON"
"""Stands for the entity of what is masked in JSON, where its place cannot be told."""


@dataclass(frozen=True, slots=True)
class Place:
    """A finding in a file: line and column, both from 1, in characters, and the text that was found."""

    line: int
    column: int
    entity: str
    value: str


def redacted(text: TextIO, redactor: Redactor) -> Iterator[str]:
    """The text redacted, piece by piece."""
    head = text.read(MOST_WHOLE + 1)
    is_whole = len(head) <= MOST_WHOLE
    if _is_json(_first_line(head)):
        for line in _lines(head, text):
            bare = line.rstrip("\r\n")
            yield redactor.redact_json(bare) + line[len(bare) :]
    elif is_whole and _is_json(head):
        yield redactor.redact_json(head)
    else:
        stream = redactor.stream()
        for piece in _pieces(head, text):
            yield stream.feed(piece)
        yield stream.close()


def found(text: TextIO, redactor: Redactor) -> Iterator[Place]:
    """What would be masked, in order. What cannot be searched is found as a whole."""
    head = text.read(MOST_WHOLE + 1)
    if _is_json(_first_line(head)):
        for number, line in enumerate(_lines(head, text), 1):
            yield from _places(line, _in_json(line.rstrip("\r\n"), redactor), number, 1)
    elif len(head) <= MOST_WHOLE and _is_json(head):
        yield from _places(head, _in_json(head, redactor), 1, 1)
    else:
        yield from _in_blocks(_pieces(head, text), redactor)


def _first_line(text: str) -> str:
    """The first line that is not blank."""
    return text.lstrip().partition("\n")[0]


def _is_json(text: str) -> bool:
    """Whether it is an object or a list in JSON."""
    try:
        return isinstance(json.loads(text), dict | list)
    except (ValueError, RecursionError):
        return False


def _lines(head: str, rest: TextIO) -> Iterator[str]:
    """The lines of a text whose head was read already; of one that is too long, so much that this is seen."""
    lines = _cut(head)
    last = lines.pop() if lines else ""
    yield from lines
    if not last.endswith("\n"):
        last += rest.readline(MOST_WHOLE)
    while last:
        yield _whole(last, rest)
        last = rest.readline(MOST_WHOLE + 1)


def _cut(text: str) -> list[str]:
    """The lines, cut behind line feeds alone."""
    parts = text.split("\n")
    return [part + "\n" for part in parts[:-1]] + ([parts[-1]] if parts[-1] else [])


def _whole(line: str, rest: TextIO) -> str:
    """The line; where it goes on, what follows up to its end is passed over."""
    if len(line) <= MOST_WHOLE or line.endswith("\n"):
        return line
    while more := rest.readline(_BLOCK):
        if more.endswith("\n"):
            return line + "\n"
    return line


def _in_json(text: str, redactor: Redactor) -> list[Finding]:
    """The findings in JSON text."""
    listed = _find(text, redactor)
    if not listed and redactor.redact_json(text) != text:
        return [Finding(0, len(text), UNPLACED)]
    return listed


def _find(text: str, redactor: Redactor) -> list[Finding]:
    """The findings; all of it, where it cannot be searched."""
    try:
        return redactor.find(text)
    except Exception:
        return [Finding(0, len(text), _UNSEARCHED)]


def _pieces(head: str, rest: TextIO) -> Iterator[str]:
    """A text whose head was read already, in pieces."""
    for at in range(0, len(head), _BLOCK):
        yield head[at : at + _BLOCK]
    while piece := rest.read(_BLOCK):
        yield piece


def _in_blocks(pieces: Iterator[str], redactor: Redactor) -> Iterator[Place]:
    """The findings of a text, block by block, each seen with what is around it."""
    behind, held, line, column = "", "", 1, 1
    for piece in chain(pieces, ("",)):
        held += piece
        size = len(held) - _AHEAD if piece else len(held)
        if size < (_BLOCK if piece else 1):
            continue
        block = held[:size]
        yield from _places(held, _begun_in(behind, held, size, redactor), line, column)
        line, column = _after(block, line, column)
        behind, held = (behind + block)[-_BEHIND:], held[size:]


def _begun_in(behind: str, held: str, size: int, redactor: Redactor) -> list[Finding]:
    """The findings that begin in the first `size` characters of what is held; all, where none can be told."""
    lead = len(behind)
    seen = [Finding(one.start - lead, one.end - lead, one.entity) for one in _find(behind + held, redactor)]
    if [one.entity for one in seen] == [_UNSEARCHED]:
        return [Finding(0, size, _UNSEARCHED)]
    return [one for one in seen if 0 <= one.start < size]


def _places(text: str, findings: list[Finding], line: int, column: int) -> Iterator[Place]:
    """The findings of a text that begins at that line and column, by line and column."""
    at = 0
    for one in findings:
        line, column = _after(text[at : one.start], line, column)
        at = one.start
        yield Place(line, column, one.entity, text[one.start : one.end])


def _after(text: str, line: int, column: int) -> tuple[int, int]:
    """Where it goes on behind the text."""
    ends = text.count("\n")
    return (line, column + len(text)) if not ends else (line + ends, len(text) - text.rfind("\n"))
