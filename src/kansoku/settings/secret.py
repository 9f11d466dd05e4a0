"""Where a secret is kept, never the secret: the file of settings names a variable or another file."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from kansoku.errors import SettingError
from kansoku.settings.document import Document

Place = Literal["env", "file"]

_MOST_BYTES = 4096


@dataclass(frozen=True, slots=True)
class Secret:
    """The place of a secret. It is read anew whenever it is used, so that a changed one is taken up.

    Attributes:
        key: What the file of settings calls it: `url`, `key`, `password`.
        place: Whether a variable of the environment has it or a file.
        where: The variable's name or the file's path.
        document: The file of settings.
        line: The line that names the place.
    """

    key: str
    place: Place
    where: str
    document: Document = field(repr=False)
    line: int

    @property
    def shown(self) -> str:
        """The place as people read it: `$VARIABLE` or the path."""
        return f"${self.where}" if self.place == "env" else self.where

    def value(self, environment: Mapping[str, str]) -> str:
        """The secret.

        Raises:
            SettingError: If it is not there or cannot be one; the message never has it.
        """
        found = self._in_environment(environment) if self.place == "env" else self._in_file()
        if not found:
            raise self._wrong("where nothing is; put the secret there")
        spaced = " " in found and self.key != "password"
        if not (found.isascii() and found.isprintable()) or spaced:
            raise self._wrong("whose text has a space or a letter that no secret has; put the secret alone")
        return found

    def _in_environment(self, environment: Mapping[str, str]) -> str:
        if self.where not in environment:
            raise self._wrong("which is not set; set it")
        return environment[self.where].strip()

    def _in_file(self) -> str:
        try:
            with Path(self.where).open("rb") as file:
                return file.read(_MOST_BYTES).decode("utf-8", "replace").strip()
        except OSError as error:
            raise self._wrong(f"which cannot be read ({error.strerror}); correct the path") from None

    def _wrong(self, why: str) -> SettingError:
        return self.document.wrong_at(self.line, f"{self.key}_{self.place} names {self.where}, {why}")
