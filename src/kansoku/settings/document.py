"""The text of a file of settings: errors in it are told with file, line, key and mend."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from kansoku.errors import SettingError

_MOST_BYTES = 1 << 20


@dataclass(frozen=True, slots=True)
class Document:
    """The text and the name of a file."""

    text: str
    name: str

    @classmethod
    def read(cls, path: Path, what: str) -> "Document":
        """The file, whose error says that it must be `what`.

        Raises:
            FileNotFoundError: If it is not there.
            SettingError: If it cannot be read.
        """
        try:
            if path.stat().st_size > _MOST_BYTES:
                raise SettingError(f"{path}: is over {_MOST_BYTES} bytes; name a file of {what}")
            return cls(path.read_text(encoding="utf-8"), str(path))
        except FileNotFoundError:
            raise
        except (OSError, ValueError) as error:
            raise SettingError(f"{path}: cannot be read ({error}); it must be a file of UTF-8 text") from None

    def content(self, tables: Mapping[str, str]) -> dict[str, object]:
        """What it says, in tables of these names alone, each given with how it is written.

        Raises:
            SettingError: If it is no TOML, or has another table.
        """
        try:
            found: dict[str, object] = tomllib.loads(self.text)
        except (tomllib.TOMLDecodeError, RecursionError) as error:
            raise SettingError(f"{self.name}: {error}; it must be TOML") from None
        for key in found:
            if key not in tables:
                known = ", ".join(tables.values())
                raise self.wrong_at(self.line(key), f"{key} is not known; use one of {known}")
        return found

    def line(self, key: str, table: str = "", entry: int = 0) -> int:
        """The line of a key, counted from 1: in that table, the first or a later one of its name.

        Where the key is missing, the line that the table begins at.
        """
        lines = self.text.splitlines()
        begin, end = self._span(lines, table, entry) if table else (0, len(lines))
        for at in range(begin, end):
            if _key_of(lines[at]) == key:
                return at + 1
        return begin + 1

    def wrong(self, table: str, key: str, why: str, entry: int = 0) -> SettingError:
        """The error that says where and how."""
        return self.wrong_at(self.line(key, table, entry), f"{table}.{key} {why}")

    def wrong_at(self, line: int, why: str) -> SettingError:
        """The error of a line."""
        return SettingError(f"{self.name}, line {line}: {why}")

    def table(self, given: object, table: str, known: tuple[str, ...]) -> Mapping[str, object]:
        """A table all of whose keys are known.

        Raises:
            SettingError: If it is none, or has another key.
        """
        if not isinstance(given, dict):
            parent, _, key = table.rpartition(".")
            where = self.line(key, parent) if parent else self.line(table)
            raise self.wrong_at(where, f"{table} must be a table; write [{table}]")
        found = cast("dict[str, object]", given)
        for key in found:
            if key not in known:
                raise self.wrong(table, key, f"is not known; use one of {', '.join(known)}")
        return found

    def _span(self, lines: list[str], table: str, entry: int) -> tuple[int, int]:
        """The lines of a table: from its head to the next one."""
        heads = [at for at, line in enumerate(lines) if _head_of(line)]
        own = [at for at in heads if _head_of(lines[at]) == table]
        if entry >= len(own):
            parent, _, key = table.rpartition(".")
            at = self.line(key, parent) - 1 if parent else 0
            return at, len(lines) if not parent else at + 1
        begin = own[entry]
        return begin, next((at for at in heads if at > begin), len(lines))


def _head_of(line: str) -> str:
    """The table that the line begins, or the empty text."""
    bare = line.partition("#")[0].replace(" ", "").replace("\t", "")
    return bare.strip("[]") if bare.startswith("[") and bare.endswith("]") else ""


def _key_of(line: str) -> str:
    """The key or the table's own name that the line is of."""
    bare = line.partition("=")[0].strip(" \t[]'\"")
    return _head_of(line) or bare
