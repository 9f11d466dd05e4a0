"""A redacted stream: text that comes in pieces, given on once nothing in it can still become a finding."""

from typing import Protocol

from kansoku.redact.finding import Finding

_CONTEXT = 128
_MOST_HELD = 1 << 18


class Finder(Protocol):
    """What a stream needs of a redactor."""

    def find(self, text: str) -> list[Finding]:
        """Every finding, in order."""
        ...

    def mark(self, text: str, one: Finding) -> str:
        """What stands for a finding in the text."""
        ...

    def masked(self) -> str:
        """What stands for a text that could not be searched, which is counted."""
        ...


class RedactedStream:
    """Redacts a text that comes in pieces, holding back a tail that may be the beginning of a finding.

    A finding longer than the tail is held until it ends; what is held beyond 262,144 code points is masked.
    What comes out, put together, is the whole text redacted, but for marks of texts that had to be masked.

    Args:
        finder: Finds, and says what to put in place.
        tail: Code points that are held back.
    """

    def __init__(self, finder: Finder, tail: int = 512) -> None:
        self._finder = finder
        self._tail = max(1, tail)
        self._before = ""
        self._held = ""

    def feed(self, piece: str) -> str:
        """What can be given on now that the piece has come; often nothing. Never raises."""
        self._held += piece
        return "" if len(self._held) <= 2 * self._tail else self._given(len(self._held) - self._tail)

    def close(self) -> str:
        """The rest. Never raises."""
        return self._given(len(self._held)) if self._held else ""

    def _given(self, cut: int) -> str:
        """What stands up to the cut, or less where a finding lies across it."""
        try:
            return self._redacted(cut)
        except Exception:
            self._before = self._held = ""
            return self._finder.masked()

    def _redacted(self, cut: int) -> str:
        text = self._before + self._held
        lead = len(self._before)
        found = [one for one in self._finder.find(text) if one.end > lead]
        cut = min((one.start for one in found if one.start < lead + cut < one.end), default=lead + cut)
        if cut <= lead:
            return self._overlong()
        parts: list[str] = []
        at = lead
        for one in found:
            if one.end <= cut:
                parts += (text[at : max(at, one.start)], self._finder.mark(text, one))
                at = one.end
        parts.append(text[at:cut])
        self._before, self._held = text[max(0, cut - _CONTEXT) : cut], text[cut:]
        return "".join(parts)

    def _overlong(self) -> str:
        """Nothing while a finding goes on; a mark for all of it once it is too long."""
        if len(self._held) <= _MOST_HELD:
            return ""
        self._before = self._held = ""
        return self._finder.masked()
