"""Who comes in: a request's `Authorization` against the keys as they are now."""

from base64 import b64decode
from binascii import Error

from kansoku.catalog.rights import BEARER, Right
from kansoku.errors import NotAdmitted, NotPermitted
from kansoku.settings.keys import Keys

_MOST = 4096
"""Characters of a header that is looked at; no key is longer."""


class Gate:
    """Lets through who has a key for it. Without keys, everybody; `take` puts others in their place."""

    def __init__(self, keys: Keys | None = None) -> None:
        self._keys = keys

    @property
    def is_open(self) -> bool:
        """Whether everybody comes in."""
        return self._keys is None

    def take(self, keys: Keys) -> None:
        """Has these keys count from now on, and no others."""
        self._keys = keys

    def check(self, authorization: str, right: Right) -> None:
        """Returns if who sent the header may do it.

        Raises:
            NotAdmitted: If it has no key, or one that is not known.
            NotPermitted: If its key is for other things.
        """
        if self._keys is None:
            return
        key = _key_in(authorization)
        holder = self._keys.holder(key) if key else None
        if holder is None:
            said = "has no key" if not key else "has a key that is not known here"
            raise NotAdmitted(
                f"authorization: the request {said}; send one as `Authorization: {BEARER} KEY`,"
                " or as the password of Basic"
            )
        if right not in holder.may:
            raise NotPermitted(
                f"authorization: the key {holder.name} may {', '.join(sorted(holder.may))}, but not {right}"
            )


def _key_in(authorization: str) -> str:
    """The key in the header, or the empty text."""
    scheme, _, told = authorization[:_MOST].partition(" ")
    match scheme.lower():
        case "bearer":
            return told.strip()
        case "basic":
            return _password(told)
        case _:
            return ""


def _password(told: str) -> str:
    try:
        return b64decode(told.strip(), validate=True).decode().partition(":")[2]
    except (Error, ValueError):
        return ""
