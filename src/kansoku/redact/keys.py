"""Keys whose values are secret whatever they look like: `api_key`, `client_secret`, `パスワード` and more.

A key is cut into segments at case changes and punctuation and matched by whole segments, so
`max_tokens` is no `token` and `apiKey` is an `api_key`.
"""

import re
from functools import lru_cache
from itertools import pairwise

_SEGMENT = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+|[^\x00-\x7f]+")

_SECRET_SEGMENTS = frozenset(
    {
        "password",
        "passwd",
        "passphrase",
        "pwd",
        "secret",
        "token",
        "apikey",
        "ssn",
        "authorization",
        "cookie",
        "credential",
        "credentials",
        "cvv",
        "cvc",
        "pin",
        "パスワード",
        "暗証番号",
        "秘密鍵",
        "マイナンバー",
        "個人番号",
    }
)
_SECRET_PAIRS = frozenset(
    {
        ("api", "key"),
        ("access", "key"),
        ("private", "key"),
        ("secret", "key"),
        ("credit", "card"),
        ("card", "number"),
        ("social", "security"),
        ("my", "number"),
        ("pass", "word"),
    }
)


@lru_cache(maxsize=4096)
def entity_of_key(key: str) -> str | None:
    """What every value under this key is, whatever it looks like; None for most keys."""
    segments = [segment.lower() for segment in _SEGMENT.findall(key)]
    is_secret = not _SECRET_SEGMENTS.isdisjoint(segments) or any(
        pair in _SECRET_PAIRS for pair in pairwise(segments)
    )
    return "SECRET" if is_secret else None
