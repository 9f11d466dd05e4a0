"""JSON text: marks put into it in place, so that all else stays as it was written."""

import json
import re

_PLAIN_ESCAPE = re.compile(r"\\[nrtbf/]")
_WRAPPED = re.compile(r"\\(?<=[A-Za-z0-9+/]{56}\\)(?:r\\)?n(?=[A-Za-z0-9+/])")
"""The end of a line of Base64; nothing that stands in a line may stand for it."""

_BARE = re.compile(r"[\-+0-9.eE]+")
_OPENERS = ("{", "[")

Marked = tuple[int, int, str]
"""From where to where, and what to put there."""


def is_json_like(text: str) -> bool:
    """Whether the text could be a JSON object or array."""
    return text.startswith(_OPENERS) or text.lstrip().startswith(_OPENERS)


def unescaped(text: str) -> str | None:
    """The text, as long as it was, with escaped white space as such; None where escapes hide text."""
    if "\\" not in text:
        return text
    if "\\\\" in text or "\\u" in text:
        return None
    return _PLAIN_ESCAPE.sub(_blanks, _WRAPPED.sub(_line_end, text))


def _line_end(escape: "re.Match[str]") -> str:
    """What stands for the end of a line of Base64, as long as its escape."""
    return "\n".rjust(len(escape.group()), "\r")


def _blanks(escape: "re.Match[str]") -> str:
    """What stands for the escape: the end of a line remains one, as tables are told by it."""
    return " \n" if escape.group() == "\\n" else "  "


def has_doubled_keys(text: str) -> bool:
    """Whether an object in valid JSON has a key twice, of which parsing keeps the last alone."""
    doubled = False

    def counted(members: list[tuple[str, object]]) -> None:
        nonlocal doubled
        doubled = doubled or len({name for name, _ in members}) < len(members)

    json.loads(text, object_pairs_hook=counted)
    return doubled


def spliced_json(text: str, marks: list[Marked]) -> str | None:
    """The text with the marks in place: inside strings as they are, a bare number as a string of its own.

    None where a mark would cut through what JSON is made of.
    """
    parts: list[str] = []
    at = 0
    inside = False
    for start, end, mark in marks:
        inside ^= _quotes(text, at, start) % 2 == 1
        written = json.dumps(mark)
        if _in_escape(text, start) or _in_escape(text, end):
            return None
        if inside and not _quotes(text, start, end):
            parts += (text[at:start], written[1:-1])
        elif not inside and _is_whole_number(text, start, end):
            parts += (text[at:start], written)
        else:
            return None
        at = end
    return "".join((*parts, text[at:]))


def _in_escape(text: str, at: int) -> bool:
    """Whether a backslash stands before the place; two in a row are never spliced (see `unescaped`)."""
    return text.endswith("\\", 0, at)


def _quotes(text: str, start: int, end: int) -> int:
    """How many quotes begin or end a string there."""
    return text.count('"', start, end) - text.count('\\"', start, end)


def _is_whole_number(text: str, start: int, end: int) -> bool:
    """Whether a number, the whole of it, stands there."""
    number = _BARE.match(text, start)
    stands_free = start == 0 or text[start - 1] in " :,[\t\n\r"
    return stands_free and number is not None and number.end() == end


def written_json(value: object, *, like: str) -> str:
    """The value as JSON text, with blanks and escapes as in the other text."""
    separators = (", ", ": ") if '": ' in like else (",", ":")
    return json.dumps(value, ensure_ascii=like.isascii(), separators=separators)
