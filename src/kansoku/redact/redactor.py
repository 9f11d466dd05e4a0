"""The redactor: every detector over every string of a nested value, failing closed.

What cannot be looked at (too deep, too long, or a detector raised) is masked, never passed.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import cast

from kansoku.redact.card import find_cards
from kansoku.redact.email import find_emails
from kansoku.redact.finding import Detector, Finding
from kansoku.redact.keys import is_secret_key
from kansoku.redact.phone import find_phones
from kansoku.redact.secret import find_secrets

DETECTORS: tuple[Detector, ...] = (find_secrets, find_emails, find_cards, find_phones)
"""In order of precedence: where two findings overlap, the earlier detector's stands."""

FAILED = "<REDACTION_FAILED>"
TOO_DEEP = "<TOO_DEEP>"
TOO_LONG = "<TOO_LONG>"
SECRET = "<SECRET>"  # noqa: S105  a mark, not a secret

_ASCII = {0xFF01 + offset: 0x21 + offset for offset in range(94)} | {0x3000: 0x20, 0x2010: 0x2D, 0x2212: 0x2D}
"""Full-width forms, the ideographic space and two dashes, one code point for one, so that offsets stay."""


def _ignore(_failures: int) -> None:
    """Count nothing."""


@dataclass(frozen=True, slots=True)
class Redactor:
    """Replaces what the detectors find by `<ENTITY>`, and whole values under secret keys by `<SECRET>`.

    Attributes:
        detectors: What is looked for, in order of precedence.
        max_depth: Nesting beyond which a value is masked.
        max_length: Code points beyond which a text is masked.
        on_failure: Told 1 each time a detector raised and its text was masked for it.
    """

    detectors: tuple[Detector, ...] = DETECTORS
    max_depth: int = 32
    max_length: int = 1_000_000
    on_failure: Callable[[int], None] = _ignore

    def redact(self, value: object) -> object:
        """The value, of the same shape, with every string redacted.

        Mappings and sequences become dicts and lists (tuples stay tuples); numbers, booleans and None
        pass; any other object is redacted as its text. Never raises.
        """
        return self._value(value, self.max_depth)

    def text(self, text: str) -> str:
        """The text, redacted, and fit to be written as UTF-8: half of a surrogate pair becomes `?`.

        Never raises: a text that cannot be searched is masked whole.
        """
        if len(text) > self.max_length:
            return TOO_LONG
        if not text.isascii():  # JSON may hold such halves; one would keep the whole batch from being sent
            text = text.encode("utf-8", "replace").decode("utf-8")
        try:
            findings = self.find(text)
        except Exception:
            self.on_failure(1)
            return FAILED
        return _replaced(text, findings) if findings else text

    def find(self, text: str) -> list[Finding]:
        """Every finding, in order, none overlapping; offsets are code points of the text as given."""
        seen = text if text.isascii() else text.translate(_ASCII)
        found: list[Finding] = []
        for detect in self.detectors:
            found = _united(found, sorted(detect(seen)))
        return found

    def _value(self, value: object, depth: int) -> object:
        """The value, with `depth` levels of nesting left."""
        if isinstance(value, str):
            return self.text(value)
        if value is None or isinstance(value, bool | int | float):
            return value
        if depth == 0:
            return TOO_DEEP
        try:
            return self._nested(value, depth - 1)
        except Exception:
            self.on_failure(1)
            return FAILED

    def _nested(self, value: object, depth: int) -> object:
        """A container's members redacted, or any other object's text."""
        if isinstance(value, Mapping):
            items = cast("Mapping[object, object]", value).items()
            return {self._key(key): self._member(key, item, depth) for key, item in items}
        if isinstance(value, tuple):
            return tuple(self._value(item, depth) for item in cast("tuple[object, ...]", value))
        if isinstance(value, list | set | frozenset):
            return [self._value(item, depth) for item in cast("list[object]", value)]
        return self.text(str(value))

    def _key(self, key: object) -> str:
        """The key as text: one that holds personal data itself is redacted too."""
        return self.text(str(key))

    def _member(self, key: object, item: object, depth: int) -> object:
        """A mapping's value under its key; an absent value is not a secret."""
        if item is not None and isinstance(key, str) and is_secret_key(key):
            return SECRET
        return self._value(item, depth)


def _united(found: list[Finding], new: list[Finding]) -> list[Finding]:
    """Both lists as one, in order, without those of `new` that overlap one before them. Linear."""
    fresh: list[Finding] = []
    free_from = at = 0
    for finding in new:
        while at < len(found) and found[at].end <= finding.start:
            at += 1
        if finding.start >= free_from and (at == len(found) or finding.end <= found[at].start):
            fresh.append(finding)
            free_from = finding.end
    return sorted((*found, *fresh)) if fresh else found


def _replaced(text: str, findings: list[Finding]) -> str:
    """The text with each finding replaced by its entity's mark."""
    parts: list[str] = []
    at = 0
    for finding in findings:
        parts += (text[at : finding.start], f"<{finding.entity}>")
        at = finding.end
    return "".join((*parts, text[at:]))
