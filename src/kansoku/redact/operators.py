"""What is put in place of a finding: a mark, a part, nothing, or a keyed hash."""

from base64 import b64decode
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from typing import cast
from urllib.parse import unquote

from kansoku.errors import SettingError
from kansoku.redact.keyed_hash import key_bytes, keyed_hash

Operator = Callable[[str, str], str]
"""What stands for a finding, made of its entity and its normal form (see `kansoku.redact.normal`)."""


@dataclass(frozen=True, slots=True)
class Replace:
    """A mark: `<EMAIL>`, or the one given."""

    mark: str | None = None

    def __call__(self, entity: str, _value: str) -> str:
        """The mark."""
        return f"<{entity}>" if self.mark is None else self.mark


@dataclass(frozen=True, slots=True)
class Partial:
    """The last characters, the others as asterisks: `************1111`.

    A value that is not at least twice as long as what is kept is masked whole.

    Raises:
        SettingError: If `keep` is below 1.
    """

    keep: int = 4

    def __post_init__(self) -> None:
        if self.keep < 1:
            raise SettingError(f"keep: is {self.keep}; give how many characters to keep, at least 1")

    def __call__(self, _entity: str, value: str) -> str:
        """The value's last characters behind asterisks."""
        kept = self.keep if len(value) >= 2 * self.keep else 0
        return "*" * (len(value) - kept) + value[len(value) - kept :]


@dataclass(frozen=True, slots=True)
class Drop:
    """Nothing."""

    def __call__(self, _entity: str, _value: str) -> str:
        """The empty text."""
        return ""


@dataclass(frozen=True, slots=True)
class Hmac:
    """A keyed hash, `<EMAIL:2026:abc…>`: equal for equal values, however they were written, of one entity.

    HMAC-SHA256, cut to 130 bits.

    Args:
        key: The secret, text as UTF-8, at least 16 bytes.
        key_id: A name of the key, to be read in the mark, so that keys can be changed; letters, digits, `-`
            and `_`.

    Raises:
        SettingError: If the key is too short, or its name is none.
    """

    key: bytes | str = field(repr=False)
    key_id: str

    def __post_init__(self) -> None:
        object.__setattr__(self, "key", key_bytes("key", self.key))
        if not self.key_id or not self.key_id.replace("-", "").replace("_", "").isalnum():
            raise SettingError("key_id: must be letters, digits, - and _; give the key a short name")

    def __call__(self, entity: str, value: str) -> str:
        """The mark with the hash."""
        secret = cast("bytes", self.key)
        return f"<{entity}:{self.key_id}:{keyed_hash(secret, entity, value)}>"


@dataclass(frozen=True, slots=True)
class Block:
    """What a block of base64 was: `<BASE64 image/png 12345 bytes sha256:0123456789abcdef>`.

    Media type where it is told, size of what is encoded, first 16 hexadecimal digits of its digest. What
    cannot be decoded is described as it stands.
    """

    def __call__(self, entity: str, value: str) -> str:
        """The mark."""
        head, comma, body = value.rpartition(";base64,")
        media_type = head.partition(":")[2].partition(";")[0] if comma else ""
        data = _decoded(body)
        kind = f" {media_type}" if media_type else ""
        return f"<{entity}{kind} {len(data)} bytes sha256:{sha256(data).hexdigest()[:16]}>"


def _decoded(body: str) -> bytes:
    """What the base64 encodes, in either alphabet; the text itself if it is none."""
    plain = "".join(unquote(body).replace("\\/", "/").split()).rstrip("=").translate(_STANDARD)
    try:
        return b64decode(plain + "=" * (-len(plain) % 4), validate=True)
    except ValueError:
        return body.encode(errors="surrogatepass")


_STANDARD = str.maketrans("-_", "+/")

DEFAULTS: Mapping[str, Operator] = {"BASE64": Block()}
"""What is put in place if nothing else is said; a mark for all others."""
