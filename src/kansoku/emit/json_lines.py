"""One entry of the application's log as one line: JSON for programs, or plain words for a console.

Everything that an entry holds is redacted here, on the writing thread; nothing else makes lines.
"""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import lru_cache
from typing import TYPE_CHECKING, cast

from kansoku.catalog import log_keys as keys
from kansoku.emit.exception_chain import Seen, written
from kansoku.emit.snapshot import Json, length
from kansoku.record.facts import NOWHERE, Surroundings

if TYPE_CHECKING:
    from kansoku.redact.redactor import Redactor

MAX_TEXT = 16_384
"""Characters of one text; cut after redaction, since half an address would not be found."""

MAX_LINE = 262_144

_SHORT = 64
_LONG_NUMBER = 10**9
"""Numbers from here on may be a card's or a telephone's."""

_BREAKS = re.compile("[\x7f\x85\u2028\u2029\ud800-\udfff]")
_NOT_ASCII = re.compile("[^\x00-\x7f]")


@dataclass(frozen=True, slots=True)
class Origin:
    """Who logs."""

    service: str = ""
    environment: str = ""


UNTOLD = Origin()


@dataclass(slots=True)
class Entry:
    """What was logged, as it was then: nothing in it changes any more, nothing is redacted yet.

    `call_line` marks one of Kansoku's own lines: its message is such a line, redacted already.
    """

    created: float
    level: str
    logger: str
    message: str
    fields: dict[str, Json] = field(default_factory=dict[str, Json])
    trace: tuple[int, int] | None = None
    around: Surroundings = NOWHERE
    exception: Seen | None = None
    stack: str = ""
    call_line: bool = False
    origin: Origin = UNTOLD

    @property
    def length(self) -> int:
        """Characters that it holds in memory, about."""
        more = 0 if self.exception is None else self.exception.length
        return len(self.message) + len(self.stack) + (length(self.fields) if self.fields else 0) + more


def _ignore() -> None:
    """Count nothing."""


class LineWriter:
    """Makes lines out of entries.

    Args:
        redactor: What every text goes through.
        console: Plain words instead of JSON, still one line an entry but for stacks.
        on_masked: Called for each line in which something was masked. Lines are made by one thread.
    """

    def __init__(
        self, redactor: "Redactor", *, console: bool = False, on_masked: Callable[[], None] = _ignore
    ) -> None:
        self._redactor = redactor
        self._console = console
        self._on_masked = on_masked
        self._is_masked = False
        self._short = lru_cache(maxsize=4096)(redactor.text)

    def line(self, entry: Entry) -> str:
        """The line without its end. What cannot be made is named in it rather than shown."""
        self._is_masked = False
        whole = self._own(entry) if entry.call_line else None
        if whole is None:
            whole = self._whole(entry)
        if self._is_masked:
            self._on_masked()
        made = _words if self._console else as_line
        line = made(whole)
        return line if len(line) <= MAX_LINE else made(_shortened(whole))

    def _own(self, entry: Entry) -> dict[str, Json] | None:
        """A line of Kansoku's own with the keys that it lacks; None if it is none after all."""
        try:
            told: object = json.loads(entry.message)
        except ValueError:
            return None
        if not isinstance(told, dict):
            return None
        line = cast("dict[str, Json]", told)
        head: dict[str, Json] = {
            name: line.pop(name, value)
            for name, value in (
                (keys.TIMESTAMP.name, entry.created),
                (keys.LEVEL.name, entry.level),
                (keys.LOGGER.name, entry.logger),
            )
        }
        head |= line
        if entry.origin.environment:
            head.setdefault(keys.ENVIRONMENT.name, self._text(entry.origin.environment))
        return head

    def _whole(self, entry: Entry) -> dict[str, Json]:
        """All keys of an application's line, in order."""
        line: dict[str, Json] = {
            keys.TIMESTAMP.name: round(entry.created, 6),
            keys.LEVEL.name: self._text(entry.level),
            keys.LOGGER.name: self._text(entry.logger),
            keys.MESSAGE.name: self._text(entry.message),
        }
        self._add_place(line, entry)
        if entry.fields:
            self._add_fields(line, entry.fields)
        if entry.exception is not None:
            line[keys.EXCEPTION.name] = self._masked(written(entry.exception))
        if entry.stack:
            line[keys.STACK.name] = self._text(entry.stack)
        return line

    def _add_place(self, line: dict[str, Json], entry: Entry) -> None:
        """Who logs, in which trace, in which task."""
        for key, value in (
            (keys.SERVICE, entry.origin.service),
            (keys.ENVIRONMENT, entry.origin.environment),
        ):
            if value:
                line[key.name] = self._text(value)
        if entry.trace is not None:
            line[keys.TRACE_ID.name] = format(entry.trace[0], "032x")
            line[keys.SPAN_ID.name] = format(entry.trace[1], "016x")
        if entry.around is not NOWHERE:
            around = entry.around
            for key, value in (
                (keys.TASK, around.task),
                (keys.FEATURE, around.feature),
                (keys.USER_ID, around.user_id),
                (keys.SESSION_ID, around.session_id),
                (keys.RELEASE, around.release),
            ):
                if value:
                    line[key.name] = self._text(value)

    def _add_fields(self, line: dict[str, Json], fields: dict[str, Json]) -> None:
        """The record's own fields; none takes the place of a key that means something else."""
        for name, value in cast("dict[str, Json]", self._masked(fields)).items():
            free = name not in keys.RESERVED and name not in line
            line[name if free else keys.RENAMED + name] = value

    def _masked(self, value: Json) -> Json:
        """Redacted by key and by value, numbers too, texts cut to their bound."""
        redacted = cast("Json", self._redactor.redact(value))
        self._is_masked = self._is_masked or redacted != value
        return self._fitted(redacted)

    def _fitted(self, value: Json) -> Json:
        """The redacted value with its long numbers looked at and its long texts cut."""
        if isinstance(value, dict):
            return {_cut(key): self._fitted(item) for key, item in value.items()}
        if isinstance(value, list):
            return [self._fitted(item) for item in value]
        if isinstance(value, str):
            return _cut(value)
        if isinstance(value, int | float) and not -_LONG_NUMBER < value < _LONG_NUMBER:
            digits = str(int(value))
            masked = self._redactor.text(digits)
            self._is_masked = self._is_masked or masked != digits
            return value if masked == digits else masked
        return value

    def _text(self, text: str) -> str:
        """One text, redacted and cut."""
        redacted = self._short(text) if len(text) <= _SHORT else self._redactor.text(text)
        self._is_masked = self._is_masked or redacted != text
        return _cut(redacted)


def failed_line(entry: Entry) -> str:
    """What is written for an entry whose line could not be made: that there was one."""
    from kansoku.redact.redactor import FAILED

    return as_line(
        {
            keys.TIMESTAMP.name: round(entry.created, 6),
            keys.LEVEL.name: FAILED if not entry.level.isalpha() else entry.level,
            keys.LOGGER.name: FAILED,
            keys.MESSAGE.name: FAILED,
        }
    )


def as_line(value: dict[str, Json]) -> str:
    """JSON on one line, whatever reads it: nothing in it that any reader takes for the end of a line."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return text if text.isascii() and "\x7f" not in text else _BREAKS.sub(_escaped, text)


def in_ascii(line: str) -> str:
    """The same line for a stream that knows ASCII only."""
    return _NOT_ASCII.sub(_as_units, line)


def _escaped(match: re.Match[str]) -> str:
    """One character escaped; half of a pair, which is no character, as the mark for that."""
    code = ord(match[0])
    return "\\ufffd" if 0xD800 <= code <= 0xDFFF else f"\\u{code:04x}"  # noqa: PLR2004  Unicode's surrogates


def _as_units(match: re.Match[str]) -> str:
    """One character as JSON escapes of its UTF-16 units."""
    units = match[0].encode("utf-16-be")
    return "".join(f"\\u{units[at : at + 2].hex()}" for at in range(0, len(units), 2))


def _cut(text: str) -> str:
    """The text up to its bound."""
    return text if len(text) <= MAX_TEXT else text[:MAX_TEXT] + "…"


def _shortened(line: dict[str, Json]) -> dict[str, Json]:
    """A line that is too long, without its further fields and stacks."""
    kept = {name: value for name, value in line.items() if name in keys.RESERVED or name == keys.EVENT.name}
    kept.pop(keys.STACK.name, None)
    error = kept.get(keys.EXCEPTION.name)
    if isinstance(error, dict):
        kept[keys.EXCEPTION.name] = {name: error[name] for name in ("type", "message") if name in error}
    return {**kept, keys.CUT.name: True}


_ON_CONSOLE = frozenset(
    {keys.TIMESTAMP.name, keys.LEVEL.name, keys.LOGGER.name, keys.MESSAGE.name, keys.EVENT.name}
)


def _words(line: dict[str, Json]) -> str:
    """The line for a person: time, level, logger, message, the rest as `key=value`, then the stack."""
    rest = {name: value for name, value in line.items() if name not in _ON_CONSOLE}
    error = rest.pop(keys.EXCEPTION.name, None)
    at = datetime.fromtimestamp(float(cast("float", line[keys.TIMESTAMP.name])), UTC)
    told = _flat(line.get(keys.MESSAGE.name) or line.get(keys.EVENT.name) or "")
    level, logger = _flat(line[keys.LEVEL.name]), _flat(line[keys.LOGGER.name])
    head = f"{at:%H:%M:%S}.{at.microsecond // 1000:03d} {level:8} {logger}"
    pairs = " ".join(f"{_flat(name)}={_flat(value)}" for name, value in rest.items())
    return " ".join(filter(None, (head, told, pairs))) + _stack_words(error)


def _flat(value: Json) -> str:
    """A text as it is where it is on one line and harmless to a terminal, else as JSON."""
    return value if isinstance(value, str) and value.isprintable() else as_line({"": value})[4:-1]


def _stack_words(error: Json) -> str:
    """An exception's chain, indented, the outermost first."""
    if not isinstance(error, dict):
        return ""
    own = f"\n  {_flat(error.get('type'))}: {_flat(error.get('message'))}"
    stack = error.get("stack")
    lines = [_flat(each) for each in stack.splitlines()] if isinstance(stack, str) else []
    members = error.get("members")
    inner = [error.get("cause"), error.get("context"), *(members if isinstance(members, list) else [])]
    return own + "".join(f"\n  {each}" for each in lines) + "".join(map(_stack_words, inner))
