"""Logins as people hand them on in a message: `login is anna@example.com / …`, `creds: admin:…`."""

import re

from kansoku.redact.detector import LEFT, PlaceDetector
from kansoku.redact.finding import Finding
from kansoku.redact.secret_value import looks_secret

_LOGIN = re.compile(
    LEFT + r"(?:log-?in|creds|credentials|zugang|ログイン)(?:[ \t](?:info|details|data)|情報)?"
    r"(?:[ \t]{0,2}[:：][ \t]{0,4}|[ \t](?:is|are|ist|lautet)[ \t]|は[ \t]?)"
    r"[A-Za-z0-9_.+@\-]{2,64}+(?:[ \t]{1,4}[/|][ \t]{1,4}|:[ \t]?)([^\s\"'`<>]{6,128}+)",
    re.IGNORECASE,
)


def password_at(text: str, at: int) -> Finding | None:
    """The password behind the user's name."""
    match = _LOGIN.match(text, at)
    if match is None or not looks_secret(match[1], "chosen", "said"):
        return None
    return Finding(*match.span(1), "SECRET")


SHARED_LOGIN = PlaceDetector(
    "SECRET", password_at, words=("login", "log-in", "creds", "credentials", "zugang", "ログイン")
)
