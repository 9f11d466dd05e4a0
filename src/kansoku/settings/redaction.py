"""The `[redaction]` table of a file of settings, checked, as plain data.

Which entities there are is known to `redact` alone, so that is checked where the redactor is made of it.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import cast

from kansoku.catalog import redaction as names
from kansoku.catalog.redaction import OPERATOR_KEYS, OperatorKind
from kansoku.errors import SettingError
from kansoku.settings.document import Document

_HMAC_TABLE = f"{names.TABLE}.{names.HMAC}"
_OPERATORS_TABLE = f"{names.TABLE}.{names.OPERATORS}"
_MOST_KEY_BYTES = 4096


@dataclass(frozen=True, slots=True)
class OperatorSetting:
    """What is put in place of an entity's findings."""

    kind: OperatorKind
    mark: str | None = None
    keep: int | None = None


@dataclass(frozen=True, slots=True)
class HmacSetting:
    """The key of keyed hashes, read from where the file says, and its name."""

    key: bytes = field(repr=False)
    key_id: str


@dataclass(frozen=True, slots=True)
class RedactionSettings:
    """What the file says of redaction; None where it says nothing.

    Attributes:
        document: The file, so that an error found later still names the line.
    """

    document: Document
    entities: tuple[str, ...] | None = None
    mode: str | None = None
    allow: tuple[str, ...] = ()
    allow_patterns: tuple[re.Pattern[str], ...] = ()
    max_depth: int | None = None
    max_length: int | None = None
    operators: Mapping[str, OperatorSetting] = field(default_factory=dict[str, OperatorSetting])
    hmac: HmacSetting | None = None

    def wrong(self, key: str, why: str) -> SettingError:
        """The error that says where in the file and how."""
        table = _OPERATORS_TABLE if key in self.operators else names.TABLE
        table = _HMAC_TABLE if key in names.HMAC_KEYS else table
        return self.document.wrong(table, key, why)


def redaction_of(
    given: object, document: Document, environment: Mapping[str, str]
) -> RedactionSettings | None:
    """What the table says; None where there is none.

    Raises:
        SettingError: If something in it cannot be used.
    """
    if given is None:
        return None
    return _Table(document, document.table(given, names.TABLE, names.KEYS), environment).settings()


@dataclass(frozen=True, slots=True)
class _Table:
    """The table as it stands in the file."""

    document: Document
    given: Mapping[str, object]
    environment: Mapping[str, str]

    def settings(self) -> RedactionSettings:
        """The table, checked."""
        operators = self._operators()
        return RedactionSettings(
            self.document,
            entities=self._texts(names.ENTITIES) if names.ENTITIES in self.given else None,
            mode=self._text(names.MODE) if names.MODE in self.given else None,
            allow=self._texts(names.ALLOW),
            allow_patterns=tuple(map(self._pattern, self._texts(names.ALLOW_PATTERNS))),
            max_depth=self._count(names.MAX_DEPTH),
            max_length=self._count(names.MAX_LENGTH),
            operators=operators,
            hmac=self._hmac(wanted=any(one.kind == names.HMAC for one in operators.values())),
        )

    def _text(self, key: str) -> str:
        value = self.given[key]
        if not isinstance(value, str):
            raise self._wrong(key, f'{value!r} is no text; write it in quotes, as in {key} = "…"')
        return value

    def _texts(self, key: str) -> tuple[str, ...]:
        value = self.given.get(key, [])
        listed = cast("list[object]", value) if isinstance(value, list) else [None]
        if not all(isinstance(one, str) for one in listed):
            raise self._wrong(key, f'must be a list of texts, as in {key} = ["…"]')
        return tuple(cast("list[str]", listed))

    def _pattern(self, text: str) -> re.Pattern[str]:
        try:
            return re.compile(text)
        except re.error as error:
            raise self._wrong(
                names.ALLOW_PATTERNS,
                f"{text!r} is no regular expression ({error}); "
                "mend it, in single quotes so that backslashes stay",
            ) from None

    def _count(self, key: str) -> int | None:
        value = self.given.get(key)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int) or value < 1:
            raise self._wrong(key, f"{value!r} is no whole number from 1 up")
        return value

    def _operators(self) -> dict[str, OperatorSetting]:
        given = self.given.get(names.OPERATORS, {})
        entities = tuple(cast("dict[str, object]", given)) if isinstance(given, dict) else ()
        table = self.document.table(cast("object", given), _OPERATORS_TABLE, entities)
        return {entity: self._operator(entity, value) for entity, value in table.items()}

    def _operator(self, entity: str, value: object) -> OperatorSetting:
        """One operator: its kind alone, or a table of its kind and what belongs to it."""
        told = cast("dict[str, object]", value) if isinstance(value, dict) else {"kind": value}
        kinds: dict[object, OperatorKind] = {one: one for one in OPERATOR_KEYS}
        kind = kinds.get(told.get("kind")) if isinstance(told.get("kind"), str) else None
        if kind is None:
            raise self._wrong_operator(entity, f"must be one of {', '.join(OPERATOR_KEYS)}, alone or as kind")
        for key in told:
            if key not in ("kind", *OPERATOR_KEYS[kind]):
                raise self._wrong_operator(entity, f"has {key}, which {kind} does not take; leave it out")
        mark, keep = told.get("mark"), told.get("keep")
        if mark is not None and not isinstance(mark, str):
            raise self._wrong_operator(entity, f'has mark {mark!r}; give text, as in mark = "[hidden]"')
        if keep is not None and (isinstance(keep, bool) or not isinstance(keep, int) or keep < 1):
            raise self._wrong_operator(entity, f"has keep {keep!r}; give how many characters to keep, from 1")
        return OperatorSetting(kind, mark, keep)

    def _hmac(self, *, wanted: bool) -> HmacSetting | None:
        """The key, where an operator wants it or the file says where it is."""
        given = self.given.get(names.HMAC)
        if given is None:
            if wanted:
                raise self._wrong(
                    names.OPERATORS, f'wants hmac; add [{_HMAC_TABLE}] with {names.KEY_ENV} = "VARIABLE"'
                )
            return None
        if isinstance(given, dict) and "key" in given:
            raise self._wrong_hmac(
                "key",
                f"must not stand in this file; name where it is, by {names.KEY_ENV} or {names.KEY_FILE}",
            )
        table = self.document.table(cast("object", given), _HMAC_TABLE, names.HMAC_KEYS)
        for key, value in table.items():
            if not isinstance(value, str) or not value:
                raise self._wrong_hmac(key, f'must be text, as in {key} = "…"')
        return HmacSetting(
            self._key(cast("Mapping[str, str]", table)), cast("str", table.get(names.KEY_ID, "1"))
        )

    def _key(self, table: Mapping[str, str]) -> bytes:
        """The key, from the one place that is named."""
        if (names.KEY_ENV in table) == (names.KEY_FILE in table):
            raise self._wrong_hmac(names.KEY_ENV, f"or {names.KEY_FILE} must be given, one of them")
        if names.KEY_ENV in table:
            variable = table[names.KEY_ENV]
            found = self.environment.get(variable, "")
            if not found:
                raise self._wrong_hmac(names.KEY_ENV, f"names {variable}, which is not set; set it")
            return found.encode(errors="surrogatepass")
        return self._key_in(Path(table[names.KEY_FILE]))

    def _key_in(self, path: Path) -> bytes:
        """The key in a file, without the end of its line."""
        try:
            with path.open("rb") as file:
                return file.read(_MOST_KEY_BYTES).rstrip(b"\r\n")
        except OSError as error:
            raise self._wrong_hmac(
                names.KEY_FILE, f"names {path}, which cannot be read ({error.strerror}); correct the path"
            ) from None

    def _wrong(self, key: str, why: str) -> SettingError:
        return self.document.wrong(names.TABLE, key, why)

    def _wrong_operator(self, entity: str, why: str) -> SettingError:
        return self.document.wrong(_OPERATORS_TABLE, entity, why)

    def _wrong_hmac(self, key: str, why: str) -> SettingError:
        return self.document.wrong(_HMAC_TABLE, key, why)
