"""The redactor: every detector over every string of a nested value, failing closed.

What cannot be looked at (too deep, too long, too much, or a detector raised) is masked, never passed.
"""

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from copy import copy
from functools import lru_cache
from typing import Literal, cast, get_args

from kansoku.errors import SettingError
from kansoku.redact.allowed import Allowed
from kansoku.redact.chat import Turn, answered, numbered, resaid, turn
from kansoku.redact.detector import Detector, OverBudget
from kansoku.redact.detectors import BALANCED, ENTITIES, STRICT
from kansoku.redact.fast import fast_scan
from kansoku.redact.finding import Finding
from kansoku.redact.folded import Folded
from kansoku.redact.json_text import has_doubled_keys, is_json_like, spliced_json, unescaped, written_json
from kansoku.redact.keys import entity_of_key
from kansoku.redact.normal import normal
from kansoku.redact.operators import DEFAULTS, Operator
from kansoku.redact.placeholder import is_untold
from kansoku.redact.scan import PlainScan, Scan, Triggers
from kansoku.redact.search import Search, settled
from kansoku.redact.stream import RedactedStream

FAILED = "<REDACTION_FAILED>"
TOO_DEEP = "<TOO_DEEP>"
TOO_LONG = "<TOO_LONG>"

_TELLING = 48
"""Code points of the members before one that may tell what it is."""

_MOST_SAID = 4
"""Members of what is nested that may tell it; more do not fit."""

_DOCUMENT = re.compile(r"(?:passport|driv(?:er|ing)[a-z'’]*[_ -]?licen[sc]e)\Z", re.IGNORECASE)
"""Keys of papers, whose number is a member of its own."""

_MOST_TURNS = 3
_ASKED_FOR = frozenset({"MY_NUMBER", "DRIVER_LICENSE", "BANK_ACCOUNT"})
"""What is told by the turns of a talk above it."""

_NAME_AND_VALUE = 2
_LONGEST_NAME = 200
"""Code points of the name in a pair that is one of a name and its value."""

_FEW, _MANY = 10**6, 10**40
"""Whole numbers below the first are nobody's own; those beyond the second are not searched."""

_EXACT = 2.0**53
"""Floats beyond it have no digits that anybody wrote."""

_OPENERS = ("{", "[")
"""A secret that is an object or a list in JSON is found by its first sign; in a text it is no finding."""

Mode = Literal["balanced", "strict"]
Recognizer = Callable[[str], Iterable[Finding | tuple[int, int, str]]]
"""Finds what is its own in a text with full-width letters and digits in ASCII, nothing invisible in it."""


def _ignore(_failures: int) -> None:
    """Count nothing."""


class Redactor:
    """Replaces what is found, and whole values under secret keys, by a mark such as `<EMAIL>`.

    One redactor may be used by any number of threads.

    Args:
        entities: What to look for; if None, everything that the mode has on.
        recognizers: Functions of your own. Where findings overlap, theirs stand.
        allow: Texts that are no finding (compared whole, capital or small), or patterns that match such.
        operators: What to put in place, by entity; `*` for all others. If None, a mark.
        mode: `balanced`, or `strict`, which also takes addresses, IP addresses and numbers without the
            word that would tell them.
        max_depth: Nesting beyond which a value is masked.
        max_length: Code points beyond which a text is masked.
        on_failure: Told 1 each time a detector raised and its text was masked for it.
        scan: How triggers are scanned for; if None, by hyperscan where it is installed.

    Raises:
        SettingError: If an entity, operator or mode is not known.
    """

    def __init__(
        self,
        *,
        entities: Iterable[str] | None = None,
        recognizers: Iterable[Recognizer] = (),
        allow: Iterable[str | re.Pattern[str]] = (),
        operators: Mapping[str, Operator] | None = None,
        mode: Mode = "balanced",
        max_depth: int = 32,
        max_length: int = 4_000_000,
        on_failure: Callable[[int], None] = _ignore,
        scan: Callable[[Triggers], Scan] | None = None,
    ) -> None:
        self._recognizers = tuple(recognizers)
        self._operators = _checked_operators(operators or {})
        self._marks = {entity: f"<{entity}>" for entity in ENTITIES if self._operator(entity) is None}
        self._allowed = Allowed(allow)
        wanted = _wanted(entities, mode)
        self._wanted = {detector.entity for detector in wanted}
        self._search = Search(wanted, scan) if scan else _search(wanted)
        self._max_depth = max_depth
        self._max_length = max_length
        self._on_failure = on_failure

    def telling(self, on_failure: Callable[[int], None]) -> "Redactor":
        """The same redactor, which tells this function too of each text that it masked for a fault."""
        before, other = self._on_failure, copy(self)

        def both(failures: int) -> None:
            before(failures)
            on_failure(failures)

        other._on_failure = both  # noqa: SLF001  of the same class
        return other

    def redact(self, value: object) -> object:
        """The value, of the same shape, with every string redacted.

        Mappings and sequences become dicts and lists (tuples stay tuples); booleans, None and numbers that
        nothing finds pass; any other object is redacted as its text. Never raises.
        """
        return self._value(value, "", self._max_depth)

    def text(self, text: str, key: str = "") -> str:
        """The text, redacted, and fit to be written as UTF-8: half of a surrogate pair becomes `?`.

        A text that is JSON stays JSON, its members redacted. Never raises: a text that cannot be searched is
        masked whole.

        Args:
            text: The text.
            key: What the text is the value of, which may tell what it is.
        """
        return self._guarded(self._redacted, text, key, self._max_depth)

    def redact_json(self, text: str) -> str:
        """JSON text, redacted: what was valid stays valid, and what nothing is found in stays as it was.

        A text that is no JSON is redacted as any text. Never raises.
        """
        return self._guarded(self._json_text, text, "", self._max_depth)

    def find(self, text: str) -> list[Finding]:
        """Every finding, in order, none overlapping; offsets are code points of the text as given.

        Raises:
            OverBudget: If the text is too long, or holds too much to look at.
            Exception: What a detector or a recognizer raised.
        """
        if len(text) > self._max_length:
            raise OverBudget
        seen, found = self._found(text)
        found = [one for one in found if seen.text[one.start : one.end] not in _OPENERS]
        return [Finding(seen.start(one.start), seen.end(one.end), one.entity) for one in found]

    def stream(self, *, tail: int = 512) -> RedactedStream:
        """A redactor of a text that comes in pieces; see `RedactedStream`."""
        return RedactedStream(self, tail)

    def masked(self) -> str:
        """What stands for a text that could not be searched; counts it."""
        self._on_failure(1)
        return FAILED

    def mark(self, text: str, one: Finding) -> str:
        """What stands for a finding in the text that it was found in."""
        return self._marks.get(one.entity) or self._in_place(one.entity, text[one.start : one.end])

    def _found(self, text: str) -> tuple[Folded, list[Finding]]:
        """The text folded, and the findings in that, without what is allowed."""
        seen, found = self._search.find(text)
        if self._recognizers:
            found = self._with_own(seen.text, found)
        if not found or not self._allowed:
            return seen, found
        return seen, [one for one in found if seen.text[one.start : one.end] not in self._allowed]

    def _with_own(self, text: str, found: list[Finding]) -> list[Finding]:
        """The findings and those of the user's recognizers, which stand."""
        ranked = [(1, one.start, one.end, one.entity) for one in found]
        for recognize in self._recognizers:
            for one in recognize(text):
                start, end, entity = (one.start, one.end, one.entity) if isinstance(one, Finding) else one
                if 0 <= start < end <= len(text):
                    ranked.append((0, start, end, entity))
        return settled(ranked) if ranked else found

    def _guarded(self, redact: Callable[[str, str, int], str], text: str, key: str, depth: int) -> str:
        """The text redacted by the function, or a mark that says why it could not be."""
        if len(text) > self._max_length:
            return TOO_LONG
        try:
            return redact(text, key, depth)
        except OverBudget:
            return TOO_LONG
        except RecursionError:
            return TOO_DEEP
        except Exception:
            return self.masked()

    def _redacted(self, text: str, key: str, depth: int) -> str:
        """The text with its findings replaced; as JSON, if it is."""
        lead = f"{key}: ".replace("\n", " ") if key else ""  # on a line of its own, it would hide JSON behind
        seen, found = self._found(lead + text)
        if not seen.is_writable and not _is_writable(text):
            text = _writable(text)
            seen, found = self._found(lead + text)
        if is_json_like(text) and (found or "\\" in text):
            as_json = self._json(text, depth)
            if as_json is not None:
                return as_json
        return self._replaced(text, seen, found, len(lead)) if found else text

    def _json_text(self, text: str, key: str, depth: int) -> str:
        """JSON text with its members redacted: in place where that is safe, else parsed and written again."""
        if not _is_writable(text):
            text = _writable(text)
        plain = unescaped(text)
        if plain is None:
            parsed = self._json(text, depth)
            return self._redacted(text, key, depth) if parsed is None else parsed
        seen, found = self._found(plain)
        if not found:
            return text
        marked = [(seen.start(one.start), seen.end(one.end), self.mark(seen.text, one)) for one in found]
        spliced = spliced_json(text, marked)
        if spliced is not None:
            return spliced
        parsed = self._json(text, depth)
        return self._redacted(text, key, depth) if parsed is None else parsed

    def _json(self, text: str, depth: int) -> str | None:
        """JSON text parsed, redacted and written again; None if it is none, itself if nothing was found."""
        try:
            value: object = json.loads(text)
        except ValueError:
            return None
        redacted = self._value(value, "", depth)
        return text if redacted == value and not has_doubled_keys(text) else written_json(redacted, like=text)

    def _replaced(self, text: str, seen: Folded, found: list[Finding], lead: int) -> str:
        """The text with each finding replaced; what was found in the lead only does not count."""
        parts: list[str] = []
        at = 0
        for one in found:
            start, end = (one.start, one.end) if not seen.cuts else (seen.start(one.start), seen.end(one.end))
            if end > lead:
                parts += (text[at : max(at, start - lead)], self.mark(seen.text, one))
                at = end - lead
        parts.append(text[at:])
        return "".join(parts)

    def _in_place(self, entity: str, value: str) -> str:
        """What stands for the value of an entity."""
        operator = self._operator(entity)
        return f"<{entity}>" if operator is None else operator(entity, normal(entity, value))

    def _operator(self, entity: str) -> Operator | None:
        """What is put in place of the entity; None for its mark."""
        return self._operators.get(entity) or self._operators.get("*") or DEFAULTS.get(entity)

    def _value(self, value: object, key: str, depth: int) -> object:
        """The value under a key, with `depth` levels of nesting left."""
        if isinstance(value, str):
            return self._guarded(self._redacted, value, key, depth)
        if value is None or isinstance(value, bool):
            return value
        if isinstance(value, int | float):
            return self._number(value, key) if isinstance(value, int) else self._whole_float(value, key)
        if depth == 0:
            return TOO_DEEP
        try:
            return self._nested(value, key, depth - 1)
        except Exception:
            return self.masked()

    def _whole_float(self, value: float, key: str) -> object:
        """The number, or the mark for what its digits are; one that is not whole is nobody's own."""
        if not _FEW <= abs(value) < _EXACT or not value.is_integer():
            return value
        written = int(value)
        redacted = self._number(written, key)
        return value if redacted == written else redacted

    def _number(self, value: int, key: str) -> object:
        """The number, or the mark for what it is."""
        if -_FEW < value < _FEW:
            return value
        if not -_MANY < value < _MANY:
            return TOO_LONG
        written = str(value)
        redacted = self._guarded(self._redacted, written, key, 0)
        return value if redacted == written else redacted

    def _nested(self, value: object, key: str, depth: int) -> object:
        """A container's members redacted, or any other object's text."""
        if isinstance(value, Mapping):
            return self._mapping(cast("Mapping[object, object]", value), key, depth)
        if isinstance(value, tuple):
            return tuple(self._items(cast("tuple[object, ...]", value), key, depth))
        if isinstance(value, list | set | frozenset):
            return list(self._items(cast("list[object]", value), key, depth))
        return self.text(str(value), key)

    def _items(self, items: Iterable[object], key: str, depth: int) -> Iterator[object]:
        """The items of a sequence; behind an option stands its value, behind a question its answer."""
        before: object = None
        asking: list[Turn] = []
        for one in items:
            item = one if not asking else self._answered(one, asking)
            spoken = turn(cast("object", one)) if isinstance(one, Mapping) else None
            asking = [] if spoken is None else [*asking[1 - _MOST_TURNS :], spoken]
            option = isinstance(before, str) and before.startswith("--") and len(before) < _LONGEST_NAME
            is_value = option and isinstance(item, str) and entity_of_key(str(before)) is not None
            yield self._member(before, item, "", depth) if is_value else self._item(item, key, depth)
            before = item

    def _answered(self, item: object, asking: list[Turn]) -> object:
        """The message, without the secret or the number that those before asked for."""
        told = answered(item, asking[-1]) if "SECRET" in self._wanted else None
        told = told or self._numbered(item, asking)
        if told is None:
            return item
        said, one = told
        value = said[one.start : one.end]
        if value in self._allowed:
            return item
        return resaid(item, said[: one.start] + self._in_place(one.entity, value) + said[one.end :])

    def _numbered(self, item: object, asking: list[Turn]) -> tuple[str, Finding] | None:
        """The text of the message that tells a number which those before ask for, and the number."""
        told = numbered(item, asking)
        if told is None:
            return None
        above, said = told
        seen, found = self._found(above + said)
        for one in found:
            start, end = seen.start(one.start) - len(above), seen.end(one.end) - len(above)
            if start >= 0 and one.entity in _ASKED_FOR:
                return said, Finding(start, end, one.entity)
        return None

    def _item(self, item: object, key: str, depth: int) -> object:
        """An item of a sequence; a name and its value, as headers come, is redacted like a member."""
        pair = _pair(item)
        if pair is None or depth == 0:
            return self._value(item, key, depth)
        named = [self._value(pair[0], "", depth - 1), self._member(_name(pair[0]), pair[1], "", depth - 1)]
        return tuple(named) if isinstance(item, tuple) else named

    def _mapping(self, value: Mapping[object, object], key: str, depth: int) -> dict[str, object]:
        """A mapping's members redacted; what one says may tell what the next is, as it does in a text."""
        redacted: dict[str, object] = {}
        document = _DOCUMENT.search(key) if key else None
        its = f"{document.group()} " if document else ""
        before = ""
        for name, item in value.items():
            one = self._member(name, item, before + its, depth)
            redacted[self._key(name)] = one
            before = f"{before}{name}: {_said(one)}, ".replace("\n", " ")[-_TELLING:]
        return redacted

    def _key(self, key: object) -> str:
        """The key as text: one that holds personal data itself is redacted too."""
        return self.text(str(key))

    def _member(self, key: object, item: object, before: str, depth: int) -> object:
        """A mapping's value under its key; an absent or empty value, or a placeholder, is not a secret."""
        name = _name(key) if isinstance(key, str | bytes) else ""
        entity = entity_of_key(name) if name else None
        if entity is not None and entity in self._wanted and not is_untold(item):
            return self._in_place(entity, str(item))
        alone = isinstance(item, str) and is_json_like(item)
        name = name.replace(": ", "  ")  # a login and its password have a colon between
        return self._value(item, name if alone else before + name, depth)


def _said(value: object, depth: int = 2) -> str:
    """What a member says to that behind it, as its text would: of what is nested, the end."""
    if isinstance(value, str | int | float):
        return str(value)[:_TELLING]
    if depth == 0 or not isinstance(value, list | tuple | dict):
        return ""
    if isinstance(value, dict):
        members = list(cast("dict[str, object]", value).items())[-_MOST_SAID:]
        return ", ".join(f"{name}: {_said(item, depth - 1)}" for name, item in members)[-_TELLING:]
    items = cast("Sequence[object]", value)[-_MOST_SAID:]
    return ", ".join(_said(item, depth - 1) for item in items)[-_TELLING:]


def _pair(item: object) -> Sequence[object] | None:
    """A name that tells of a secret, with its value; None where the item is none."""
    if not isinstance(item, list | tuple):
        return None
    pair = cast("Sequence[object]", item)
    if len(pair) != _NAME_AND_VALUE or not isinstance(pair[0], str | bytes) or len(pair[0]) > _LONGEST_NAME:
        return None
    return None if entity_of_key(_name(pair[0])) is None else pair


def _name(key: object) -> str:
    """The name, which ASGI and HTTP libraries have as bytes."""
    return key.decode("latin-1") if isinstance(key, bytes) else str(key)


def _wanted(entities: Iterable[str] | None, mode: str) -> tuple[Detector, ...]:
    """The detectors of the mode, for the entities alone if any are named."""
    if mode not in get_args(Mode):
        raise SettingError(f"mode: {mode!r} is not known; use one of {', '.join(get_args(Mode))}")
    if entities is None:
        return STRICT if mode == "strict" else BALANCED
    named = {entities} if isinstance(entities, str) else set(entities)
    unknown = named.difference(ENTITIES)
    if unknown:
        raise SettingError(f"entities: {min(unknown)!r} is not known; use any of {', '.join(ENTITIES)}")
    usual = (
        STRICT if mode == "strict" else (*BALANCED, *(one for one in STRICT if one.entity not in _BALANCED))
    )
    return tuple(one for one in usual if one.entity in named)


def _is_writable(text: str) -> bool:
    """Whether it can be written as UTF-8: one half of a pair would keep a whole batch from being sent."""
    if text.isascii():
        return True
    try:
        text.encode("utf-16-le")  # refuses the same, in a third of the time
    except UnicodeEncodeError:
        return False
    return True


def _writable(text: str) -> str:
    """The text with `?` for each half of a pair."""
    return text.encode("utf-8", "replace").decode("utf-8")


@lru_cache(maxsize=16)
def _search(wanted: tuple[Detector, ...]) -> Search:
    """The search for the detectors, made once: a hyperscan database takes a while to compile."""
    return Search(wanted, fast_scan() or PlainScan)


_BALANCED = frozenset(one.entity for one in BALANCED)


def _checked_operators(operators: Mapping[str, Operator]) -> dict[str, Operator]:
    """The operators by entity."""
    for entity, operator in operators.items():
        if not callable(operator):
            raise SettingError(
                f"operators: that for {entity} cannot be called; use Replace, Partial, Drop or Hmac"
            )
    return dict(operators)
