"""The door: what foreign emitters send, redacted before it is written anywhere.

OTLP requests of any signal are walked by their descriptors (`opentelemetry-proto`), so that a field which
a later version of OTLP adds is redacted too; fields that this version does not know are left out.
"""

from __future__ import annotations

import logging
import threading
from functools import lru_cache
from typing import TYPE_CHECKING, Protocol, cast

from google.protobuf.message import Message
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, KeyValue

from kansoku.store.loading.requests import REQUESTS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from kansoku.store.segments import Signal

_log = logging.getLogger("kansoku.server")

FAILED = "<REDACTION_FAILED>"
"""Stands for every text of a request that could not be redacted."""

_LEFT = frozenset({"schema_url", "unit"})
"""Text fields that say what OTLP or a unit is, and nothing of the application."""

_SHORT = 64
_SCALARS = frozenset({"string_value", "int_value", "double_value", "bool_value"})


class Redacting(Protocol):
    """What redacts; neither raises."""

    def text(self, text: str, key: str = "") -> str:
        """One text."""
        ...

    def redact(self, value: object) -> object:
        """Any value."""
        ...


class Door:
    """Redacts OTLP requests. A request that it fails at has every text masked; nothing passes as it was.

    May be used by any number of threads.
    """

    def __init__(self, redactor: Redacting) -> None:
        self._walk = _Walk(redactor)
        self.failures = 0
        """Requests that were masked whole."""

    @property
    def texts_masked(self) -> int:
        """Texts, names and numbers in which something was masked so far."""
        return self._walk.masked

    def redacted(self, signal: Signal, message: bytes) -> bytes:
        """The request, redacted.

        Raises:
            DecodeError: If it is none.
        """
        request = REQUESTS[signal].FromString(message)
        try:
            return _through(self._walk, request)
        except Exception:  # not logged: it may say a value
            if not self.failures:
                _log.error("a request could not be redacted and was masked whole; this is said once")
            self.failures += 1
            return _through(_Walk(_Masking()), REQUESTS[signal].FromString(message))


def _through(walk: _Walk, request: Message) -> bytes:
    """The request after the walk."""
    request.DiscardUnknownFields()
    walk.message(request)
    return request.SerializeToString()


class _Masking:
    """Masks everything."""

    def text(self, text: str, key: str = "") -> str:
        del text, key
        return FAILED

    def redact(self, value: object) -> object:
        return {FAILED: FAILED} if value else value


class _Walk:
    """Redacts a message in place. What repeats (names, short values) is remembered."""

    def __init__(self, redactor: Redacting) -> None:
        self._redactor = redactor
        self.masked = 0
        self._counting = threading.Lock()
        self._short = lru_cache(maxsize=16_384, typed=True)(self._member)
        self._is_secret: Callable[[str], bool] = lru_cache(maxsize=4_096)(self._masks_all)

    def message(self, message: Message) -> None:
        """Any message."""
        if isinstance(message, KeyValue):
            self._pair(message)
        elif isinstance(message, AnyValue):
            self._value("", message)
        else:
            for field, value in message.ListFields():
                if field.message_type is not None:
                    for each in (value,) if isinstance(value, Message) else cast("Iterable[Message]", value):
                        self.message(each)
                elif isinstance(value, str):
                    if field.name not in _LEFT:
                        setattr(message, field.name, self._scalar("", value)[1])
                elif field.type == field.TYPE_STRING:
                    texts = [str(self._scalar("", each)[1]) for each in cast("Iterable[str]", value)]
                    value[:] = texts

    def _pair(self, pair: KeyValue) -> None:
        """An attribute, its name too."""
        if pair.value.WhichOneof("value") in _SCALARS:
            name = self._set(pair.key, pair.value)
        else:
            self._value(pair.key, pair.value)
            name = self._scalar("", pair.key)[1] if pair.key else ""
        if name != pair.key:
            pair.key = str(name)

    def _value(self, key: str, value: AnyValue) -> None:
        """A value under a key, or under none."""
        kind = value.WhichOneof("value")
        if kind in _SCALARS:
            self._set(key, value)
        elif kind is not None and key and self._is_secret(key):
            value.string_value = str(self._scalar(key, "secret")[1])
        elif kind == "array_value":
            for each in value.array_value.values:
                self._value(key, each)
        elif kind == "kvlist_value":
            for pair in value.kvlist_value.values:
                self._pair(pair)
        elif kind == "bytes_value":
            self._bytes(key, value)

    def _set(self, key: str, value: AnyValue) -> str:
        """A text, number or flag redacted in place; gives its key, redacted."""
        before: object = getattr(value, value.WhichOneof("value") or "string_value")
        name, after = self._scalar(key, before)
        if after is not before and after != before:
            value.string_value = str(after)
        return name

    def _bytes(self, key: str, value: AnyValue) -> None:
        """Bytes, where they are text."""
        try:
            text = value.bytes_value.decode()
        except UnicodeDecodeError:
            return
        value.bytes_value = str(self._scalar(key, text)[1]).encode()

    def _scalar(self, key: str, value: object) -> tuple[str, object]:
        """A key and what it is of, redacted."""
        is_long = isinstance(value, str) and len(value) > _SHORT
        name, made = self._member(key, value) if is_long else self._short(key, value)
        if (made is not value and made != value) or name != key:
            with self._counting:
                self.masked += 1
        return name, made

    def _member(self, key: str, value: object) -> tuple[str, object]:
        """The same, of any length."""
        if not key and isinstance(value, str):
            return key, self._redactor.text(value)
        redacted = cast("dict[str, object]", self._redactor.redact({key: value}))
        return next(iter(redacted.items()))

    def _masks_all(self, key: str) -> bool:
        """Whether every value under the key is masked, whatever it is."""
        return not isinstance(
            next(iter(cast("dict[str, object]", self._redactor.redact({key: ["-"]})).values())), list
        )
