"""Redaction of a fact: every text in it, before anything is made of it."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, replace
from functools import lru_cache
from itertools import compress
from typing import Any, cast

from kansoku.emit.attributes import getter
from kansoku.price.usage import Cost, Usage
from kansoku.record.facts import NOWHERE, AgentRun, Evaluation, Fact, Place, Surroundings, TaskRun
from kansoku.redact.pseudonym import Pseudonyms
from kansoku.redact.redactor import FAILED, Redactor

_OWN = frozenset({"operation", "provider", "outcome", "route"})
"""Texts that Kansoku chose itself; a label is one too, but for an evaluation's."""


def _ignore() -> None:
    """Count nothing."""


class Cleaner:
    """Redacts facts. Short texts repeat (models, features), so their redaction is remembered.

    Args:
        redactor: What every text goes through.
        pseudonyms: Where given, ids of people become pseudonyms instead, before redaction could make
            one mark of them all.
        on_masked: Called for each fact in which something was masked; a pseudonym is no mask.
    """

    def __init__(
        self,
        redactor: Redactor,
        pseudonyms: Pseudonyms | None = None,
        on_masked: Callable[[], None] = _ignore,
    ) -> None:
        self._redactor = redactor
        self._pseudonyms = pseudonyms
        self._on_masked = on_masked
        self._short = lru_cache(maxsize=8192)(redactor.text)
        self._named = lru_cache(maxsize=8192, typed=True)(self._attribute)
        self._known: dict[tuple[object, ...], dict[str, object]] = {}
        self._leaves_ids = all(redactor.text(each) == each for each in _SAMPLES)

    def clean(self, fact: Fact) -> Fact:
        """The fact with every text redacted."""
        changes = self._changes(fact)
        masked = any(not _is_cut(getattr(fact, name), made) for name, made in changes.items())
        if fact.around is not NOWHERE:
            around = {name: value for name, value in _texts(fact.around) if value}
            cleaned = {name: self.about(name, value) for name, value in around.items()}
            if cleaned != around:
                changes["around"] = replace(fact.around, **cleaned)
                masked = masked or any(self._is_masked(*each, cleaned) for each in around.items())
        if isinstance(fact, TaskRun) and fact.attributes:
            redacted = cast("dict[str, object]", self._redactor.redact(dict(fact.attributes)))
            changes["attributes"] = tuple(redacted.items())
            masked = masked or redacted != dict(fact.attributes)
        if masked:
            self._on_masked()
        return replace(fact, **changes) if changes else fact

    def attributes(self, given: Mapping[str, object]) -> dict[str, object]:
        """Attributes redacted by name and by value; sequences stay sequences. Never raises."""
        return dict(self._member(name, value) for name, value in given.items())

    def _member(self, name: str, value: object) -> tuple[str, object]:
        """One attribute, out of memory where it is short."""
        plain = len(value) <= _REMEMBERED if isinstance(value, str) else isinstance(value, bool | int | float)
        return self._named(name, value) if plain else self._attribute(name, value)

    def _attribute(self, name: str, value: object) -> tuple[str, object]:
        """One attribute."""
        redacted = cast("dict[str, object]", self._redactor.redact({name: value}))
        return next(iter(redacted.items()), (FAILED, FAILED))

    def about(self, name: str, text: str) -> str:
        """One of the surroundings by its field's name: a pseudonym, or redacted."""
        made = None if self._pseudonyms is None else self._pseudonyms.of(name, text)
        return self.text(text) if made is None else made

    def _is_masked(self, name: str, text: str, cleaned: Mapping[str, str]) -> bool:
        """Whether the text was masked, rather than kept or made a pseudonym."""
        if cleaned[name] == text:
            return False
        return self._pseudonyms is None or self._pseudonyms.of(name, text) is None

    def _changes(self, holder: Fact) -> dict[str, object]:
        """The texts of the fact that redaction changes, by field name."""
        words, others = _read(type(holder))
        changes = {
            **self._repeated(words.names, words.values(holder)),
            **self._changed(others.names, others.values(holder)),
        }
        if isinstance(holder, AgentRun):
            message = cast("str", changes.get("error_message", holder.error_message))
            if len(message) > _MESSAGE:
                changes["error_message"] = message[:_MESSAGE]  # not before: half a secret would not be found
        return changes

    def _repeated(
        self, names: tuple[str, ...], values: tuple[str | tuple[str, ...], ...]
    ) -> dict[str, object]:
        """The same of values that repeat: what becomes of all of them is remembered, if they are short."""
        key = (names, values)
        found = self._known.get(key)
        if found is None:
            found = self._changed(names, values)
            if sum(map(len, values)) <= _TOGETHER:
                if len(self._known) >= _MOST_KNOWN:
                    self._known.clear()
                self._known[key] = found
        return found

    def _changed(self, names: tuple[str, ...], values: tuple[object, ...]) -> dict[str, object]:
        """Those of the values that redaction changes, by name."""
        changes: dict[str, object] = {}
        for name, value in compress(zip(names, values), values):  # noqa: B905  one of few kinds of fact
            if isinstance(value, str):
                if name in _IDS and self._leaves_ids and _ID.fullmatch(value):
                    continue
                cleaned: object = self.text(value)
            elif isinstance(value, tuple) and name == "tool_names":
                cleaned = tuple(map(self.text, cast("tuple[str, ...]", value)))
            else:
                continue
            if cleaned != value:
                changes[name] = cleaned
        return changes

    def text(self, text: str) -> str:
        """One text, redacted."""
        return self._short(text) if len(text) <= _REMEMBERED else self._redactor.text(text)


_IDS = frozenset({"response_id", "request_id"})
_ID = re.compile("(?:msg|req)_(?:bdrk_|vrtx_)?[0-9A-Za-z]{20,28}")
"""Ids as the API makes them: each is new, so that remembering does not help, and tells of nobody."""

_SAMPLES = ("msg_01Kq8ZrTn4WvB2xYdH6sLpCe", "req_011Fm3GtRk9QwNz7VbXc5JdH")
"""Ids that a redactor is asked about: one that masks them, by a recognizer of the application's, is to."""

_REMEMBERED = 64
"""Characters of a text whose redaction is remembered, at most."""

_MOST_KNOWN = 1024
_TOGETHER = 512
"""Characters of a fact's repeating texts whose redaction is remembered for all of them together, at most."""

_MESSAGE = 500
"""Characters of an agent's error message, which is what the model wrote."""


def _is_cut(before: object, after: object) -> bool:
    """Whether a message only lost its end."""
    if not (isinstance(before, str) and isinstance(after, str)):
        return False
    return len(after) == _MESSAGE and before.startswith(after)


def _texts(around: Surroundings) -> tuple[tuple[str, str], ...]:
    """The surroundings by field name; asked of every fact, so written out."""
    return (
        ("task", around.task),
        ("feature", around.feature),
        ("user_id", around.user_id),
        ("session_id", around.session_id),
        ("release", around.release),
    )


_REPEATING = frozenset(
    {
        *("request_model", "response_model", "error_type", "stop_reason", "refusal_category"),
        *("service_tier", "speed", "inference_geo", "tool_names"),
    }
)
"""Fields whose few texts repeat from fact to fact."""


@dataclass(frozen=True, slots=True)
class _Texts:
    """Some fields of a fact, and what reads them all at once."""

    names: tuple[str, ...]
    values: Callable[[Fact], tuple[Any, ...]]


@lru_cache
def _read(holder: type[Fact]) -> tuple[_Texts, _Texts]:
    """The fields of a fact that may hold text: those that repeat from fact to fact, and the others."""
    own = _OWN if holder is Evaluation else _OWN | {"label"}
    names = [each.name for each in fields(holder) if each.name not in own and each.type not in _NO_TEXT]
    words = tuple(name for name in names if name in _REPEATING)
    others = tuple(name for name in names if name not in _REPEATING)
    return _Texts(words, getter(words)), _Texts(others, getter(others))


_NO_TEXT: tuple[object, ...] = (
    *(int, float, bool, int | None, float | None, bool | None),
    *(Place, Usage, Cost, Surroundings),
)
"""Types of fields that hold no text of their own; a field of any other type is looked at."""
