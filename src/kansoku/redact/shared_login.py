"""Logins as people hand them on in a message: `login is anna@example.com / …`, `creds: admin:…`."""

import re

from kansoku.redact.detector import LEFT, PlaceDetector
from kansoku.redact.finding import Finding
from kansoku.redact.secret_value import looks_secret

_LOGIN = re.compile(
    LEFT + r"(?:log-?in|creds|credentials|zugang|ログイン)(?:[ \t](?:info|details|data)|情報)?"
    r"(?:[ \t]{0,2}[:：][ \t]{0,4}|[ \t](?:is|are|ist|lautet)[ \t]|は[ \t]?|[ \t](?=[\"'`]))"
    r"[\"'`「]?[A-Za-z0-9_.+@\-]{2,64}+(?:[ \t]{1,4}[/|][ \t]{1,4}|:[ \t]?)([^\s\"'`<>]{6,128}+)",
    re.IGNORECASE,
)
_PAIR = re.compile(
    r"(?<![/:])(?:[/／&＆][ \t]?|and[ \t]|と|und[ \t])"
    r"(?:passwor[dt]|pass|pw|pwd|パスワード|パス|kennwort)[ \t]?"
    r"(?:[:：][ \t]{0,3}|[ \t](?:is|are|sind|lauten)[ \t:]{1,3}|は(?:それぞれ)?[ \t、]{0,2})"
    r"[「\"']?[A-Za-z0-9_.+@\-]{2,64}+[」\"']?[ \t]?(?:[/／|、,][ \t]?|and[ \t]|und[ \t]|と[ \t]?"
    r"|(?<=[ \t]))[「\"']?"
    r"([^\s\"'`<>「」、。/]{6,128}+)(?!/)",
    re.IGNORECASE,
)
"""Both at once: `ID/PW: anna / …`, `ユーザー名とパスワードは anna と …`."""


def password_at(text: str, at: int) -> Finding | None:
    """The password behind the user's name."""
    match = _LOGIN.match(text, at) or _PAIR.match(text, at)
    value = match[1].rstrip(".,;:)") if match else ""
    if match is None or not looks_secret(value, "chosen", "said"):
        return None
    return Finding(match.start(1), match.start(1) + len(value), "SECRET")


_PASSWORDS = ("pw", "pass", "kennwort")
SHARED_LOGIN = PlaceDetector(
    "SECRET",
    password_at,
    words=(
        *("login", "log-in", "creds", "credentials", "zugang", "ログイン"),
        *(f"{joint}{word}" for joint in ("/", "/ ", "& ", "and ", "und ") for word in _PASSWORDS),
        *(
            f"{joint}{word}"
            for joint in ("／", "＆", "と")
            for word in ("パス", *map(str.upper, _PASSWORDS), *_PASSWORDS)
        ),
        *("/パス", "/ パス"),
    ),
)
