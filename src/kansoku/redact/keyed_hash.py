"""A keyed hash of a value: equal for equal values wherever the key is, and telling nobody else anything."""

import hmac
from base64 import b32encode

from kansoku.errors import SettingError

MIN_KEY_BYTES = 16
CHARACTERS = 26
"""Of base32, five bits each: 130 bits. That two of ten million values share one has odds below 1e-25."""


def key_bytes(setting: str, key: bytes | str) -> bytes:
    """The key as bytes, text as UTF-8.

    Raises:
        SettingError: If it is shorter than 16 bytes; it names the setting and never shows the key.
    """
    secret = key.encode() if isinstance(key, str) else bytes(key)
    if len(secret) < MIN_KEY_BYTES:
        raise SettingError(
            f"{setting}: is {len(secret)} bytes long; give at least {MIN_KEY_BYTES} random ones"
        )
    return secret


def keyed_hash(secret: bytes, kind: str, value: str) -> str:
    """HMAC-SHA256 of the value, apart for each kind, in small letters and digits (base32), cut."""
    digest = hmac.digest(secret, f"{kind}\0{value}".encode(errors="surrogatepass"), "sha256")
    return b32encode(digest).decode().lower()[:CHARACTERS]
