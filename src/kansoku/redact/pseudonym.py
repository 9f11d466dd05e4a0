"""Pseudonyms: ids of people under a keyed hash, the same for the same person wherever the key is."""

from functools import lru_cache, partial
from re import compile as pattern

from kansoku.redact.keyed_hash import CHARACTERS, key_bytes, keyed_hash

_FORM = pattern(f"[us]_[a-z2-7]{{{CHARACTERS}}}")


class Pseudonym(str):
    """A pseudonym that was made already, by this process or by one that passed it on."""

    __slots__ = ()


def as_received(text: str) -> str:
    """A text of another process, known as a pseudonym if it has the form of one."""
    return Pseudonym(text) if _FORM.fullmatch(text) else text


class Pseudonyms:
    """Makes pseudonyms with one key. Remembers the latest 8,192; never shows the key.

    Args:
        key: The secret, text as UTF-8.
        sessions: Whether session ids get pseudonyms too.

    Raises:
        SettingError: If the key is shorter than 16 bytes.
    """

    def __init__(self, key: bytes | str, *, sessions: bool = False) -> None:
        secret = key_bytes("user_id_key", key)
        self._made = lru_cache(maxsize=8192)(partial(_pseudonym, secret))
        self._kinds = {"user_id": "u", "session_id": "s"} if sessions else {"user_id": "u"}

    def of(self, name: str, text: str) -> str | None:
        """The pseudonym of an id by its field's name; None where it gets none. Never raises."""
        kind = self._kinds.get(name)
        if kind is None or not text:
            return None
        return text if isinstance(text, Pseudonym) else self._made(kind, text)


def _pseudonym(secret: bytes, kind: str, text: str) -> Pseudonym:
    """HMAC-SHA256 of the id, apart for users and sessions, in small letters and digits."""
    return Pseudonym(f"{kind}_{keyed_hash(secret, kind, text)}")
