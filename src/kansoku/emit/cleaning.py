"""Redaction of a fact: every text in it, before anything is made of it."""

from dataclasses import fields, replace
from functools import lru_cache
from typing import cast

from kansoku.record.facts import Fact, Surroundings, TaskRun
from kansoku.redact.redactor import Redactor

_OWN = frozenset({"operation", "provider", "outcome", "route"})
"""Texts that Kansoku chose itself."""


class Cleaner:
    """Redacts facts. Short texts repeat (models, features), so their redaction is remembered."""

    def __init__(self, redactor: Redactor) -> None:
        self._redactor = redactor
        self._short = lru_cache(maxsize=8192)(redactor.text)

    def clean(self, fact: Fact) -> Fact:
        """The fact with every text redacted."""
        changes = self._changes(fact)
        around = self._changes(fact.around)
        if around:
            changes["around"] = replace(fact.around, **cast("dict[str, str]", around))
        if isinstance(fact, TaskRun) and fact.attributes:
            redacted = cast("dict[str, object]", self._redactor.redact(dict(fact.attributes)))
            changes["attributes"] = tuple(redacted.items())
        return replace(fact, **changes) if changes else fact

    def _changes(self, holder: Fact | Surroundings) -> dict[str, object]:
        """The texts of the holder that redaction changes, by field name."""
        changes: dict[str, object] = {}
        for name in _names(type(holder)):
            value: object = getattr(holder, name)
            if value and isinstance(value, str):
                cleaned: object = self.text(value)
            elif value and isinstance(value, tuple) and name == "tool_names":
                cleaned = tuple(map(self.text, cast("tuple[str, ...]", value)))
            else:
                continue
            if cleaned != value:
                changes[name] = cleaned
        return changes

    def text(self, text: str) -> str:
        """One text, redacted."""
        return self._short(text) if len(text) <= _REMEMBERED else self._redactor.text(text)


_REMEMBERED = 64


@lru_cache
def _names(holder: type) -> tuple[str, ...]:
    """The fields of a fact that may hold text."""
    return tuple(each.name for each in fields(holder) if each.name not in _OWN)
