"""A server's file of keys: who may send to it, read from it, or change it.

```toml
[[keys]]
name = "support-bot"
may = ["send"]              # send, read, operate
sha256 = "9f86d0…"          # of the key; a list of two while one replaces the other
```

The keys themselves never stand in it. `kansoku key` makes one, and the table for it.
"""

import re
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import cast

from kansoku.catalog.rights import PREFIX, RIGHTS, TABLE, Right
from kansoku.errors import SettingError
from kansoku.settings.document import Document
from kansoku.settings.entry import Entry, entries

_KEYS = ("name", "may", "sha256")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_DIGEST = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class Holder:
    """Whose a key is, and what it may do."""

    name: str
    may: frozenset[Right]


@dataclass(frozen=True, slots=True)
class Keys:
    """The keys that are taken, by the SHA-256 of each.

    A digest is enough because keys are made of 256 random bits, which nobody can try out; a password of a
    person's own choosing would need a slow hash.
    """

    by_digest: Mapping[str, Holder] = field(repr=False)

    def holder(self, key: str) -> Holder | None:
        """Whose the key is; None for one that is not known."""
        return self.by_digest.get(digest_of(key))

    def with_key(self, key: str, holder: Holder) -> "Keys":
        """The same keys and one more."""
        return Keys({**self.by_digest, digest_of(key): holder})


def new_key() -> str:
    """A key that nobody has had."""
    return PREFIX + secrets.token_urlsafe(32)


def digest_of(key: str) -> str:
    """What a file of keys has of it."""
    return sha256(key.encode()).hexdigest()


def table_of(name: str, may: Iterable[Right], key: str) -> str:
    """The table of a key, for the file.

    Raises:
        SettingError: If it cannot be called so.
    """
    if not _NAME.fullmatch(name):
        raise SettingError(f"{name!r} is no name; {_NAMING}")
    rights = ", ".join(f'"{one}"' for one in RIGHTS if one in may)
    return f'[[{TABLE}]]\nname = "{name}"\nmay = [{rights}]\nsha256 = "{digest_of(key)}"\n'


def keys_in(path: Path) -> Keys:
    """The keys of a file.

    Raises:
        SettingError: If it cannot be read or used; the message names file, line, key and mend.
    """
    try:
        return _keys(Document.read(path, "keys"))
    except FileNotFoundError:
        raise SettingError(
            f"{path}: there is no such file; name a file of keys, which `kansoku key` writes tables for"
        ) from None


def keys_of(text: str, name: str) -> Keys:
    """The keys in the text of a file of that name.

    Raises:
        SettingError: If it cannot be used.
    """
    return _keys(Document(text, name))


def _keys(document: Document) -> Keys:
    found = document.content({TABLE: f"[[{TABLE}]]"})
    listed = entries(document, TABLE, found.get(TABLE, []))
    if not listed:
        raise SettingError(
            f"{document.name}: has no keys, so that nobody could come in; `kansoku key` makes one"
        )
    taken: dict[str, Holder] = {}
    for entry in listed:
        holder = _holder(entry, taken.values())
        for digest in _digests(entry, taken):
            taken[digest] = holder
    return Keys(taken)


_NAMING = "use letters, digits, dots, dashes and underlines, 64 at most"


def _holder(entry: Entry, others: Iterable[Holder]) -> Holder:
    entry.known(_KEYS)
    name = entry.text("name")
    if not _NAME.fullmatch(name):
        raise entry.wrong("name", f"{name!r} is no name; {_NAMING}")
    if any(other.name == name for other in others):
        raise entry.wrong("name", f"{name!r} is another key's; give each its own, or sha256 a list of two")
    if "may" not in entry.given:
        raise entry.wrong("may", f"is missing; give some of {', '.join(RIGHTS)}")
    may = entry.texts("may")
    for one in may:
        if one not in RIGHTS:
            raise entry.wrong("may", f"{one!r} is not known; use some of {', '.join(RIGHTS)}")
    return Holder(name, frozenset(cast("tuple[Right, ...]", may)))


def _digests(entry: Entry, taken: Mapping[str, Holder]) -> tuple[str, ...]:
    if "sha256" not in entry.given:
        raise entry.wrong("sha256", "is missing; `kansoku key` prints it with a new key")
    found = entry.texts("sha256")
    for digest in found:
        # What is wrong is not repeated: it may be the key itself.
        if not _DIGEST.fullmatch(digest):
            raise entry.wrong("sha256", "is no SHA-256: 64 digits from 0-9a-f, as `kansoku key` prints them")
        if digest in taken:
            raise entry.wrong("sha256", f"is that of {taken[digest].name} too; make a key for each")
    return found
