"""Passwords in URLs: the part behind the colon of the user information (RFC 3986, section 3.2.1).

Connection strings in the form of URLs (PostgreSQL, MySQL, MongoDB, Redis, AMQP and others) are such; so is
a whole URL that stands percent-encoded in another. A signature in
the query, as Azure's, Amazon's and Google's storage have it, lets in whoever holds the URL.
"""

import re

from kansoku.redact.detector import PlaceDetector
from kansoku.redact.finding import Finding
from kansoku.redact.placeholder import is_placeholder
from kansoku.redact.random_text import is_random

_CREDENTIAL = re.compile(
    r"""://[^\s:/@?#"'<>\\]{0,128}+:([^\s/"'<>\\?#@:]{1,256}+(?:[@#][^\s/"'<>\\?#@]{1,256}+(?=[@#])){0,4}+)@(?=[A-Za-z0-9\[$])"""
)
_USER = re.compile(r"""://([A-Za-z0-9_.~\-]{20,256}+)@(?=[A-Za-z0-9\[])""")
"""A token in place of a user, as Sentry and forges of code take it."""

_ENCODED = re.compile(
    r"%3A%2F%2F[A-Za-z0-9_.\-]{0,128}+%3A((?:[A-Za-z0-9_.~!*\-]|%(?!40|2F|3A)[0-9A-F]{2}){1,256}+)%40",
    re.IGNORECASE,
)
_SIGNATURE = re.compile(
    r"(?:(?<![A-Za-z0-9_])sig|-signature)=((?:[A-Za-z0-9+/_\-]|%[0-9A-F]{2}){40,512}+=?)", re.IGNORECASE
)
_KEY = re.compile(
    r"(?:(?<![A-Za-z0-9_])appid|[?&](?:amp;)?(?:app[_-]?key|api[_-]?id|auth[_-]?key|k|key))"
    r"=((?=[A-Za-z]*[0-9])(?:[0-9a-f]{32}(?:[0-9a-f]{8}|[0-9a-f]{32})?|[A-Za-z0-9_\-]{24,128}))(?![A-Za-z0-9_\-/.%])"
)
"""Keys of services in the query, under names that also have other values."""

_CODE = re.compile(r"[?&]code=([A-Za-z0-9._~%/+\-]{16,512}+)(?![A-Za-z0-9_])")
"""What a login hands on in the query (RFC 6749, section 4.1.2), and links of mails too."""

_HEX = re.compile("[0-9a-f]{32,64}")
_FEWEST = 3
_EXAMPLE = re.compile(
    r"(?:my|the|your|db|proxy)?[_\-]?(?:pass(?:word|wd)?|pwd?|secret|token|key|foo|bar|baz|abc|xyz|123|passwort|port)[_\-]?[0-9]?",
    re.IGNORECASE,
)
"""What stands for a password where URLs are explained."""

_NAMES = re.compile(
    r"(?:A[Pp][Ii]|Auth|Access|Account|App|Bot|Master|JWT|My|Your){0,3}(?:Key|Token|Secret|Pass(?:word)?|ID)|seed"
)
_CALLED = re.compile(r"(?:my|your|the)(?:[A-Z][a-z]{1,12}){0,3}(?:Key|Token|Secret|Password)")
"""What somebody who explains calls a secret: `mySendingPassword`."""

_HOST = re.compile(
    r"@(?:[A-Z][A-Za-z]{3,30}(?![A-Za-z0-9.\-:/])|[Hh]ostname(?![A-Za-z0-9.\-])|(?:API|App|Access|Auth)(?:Key|Token|ID)/"
    r"|(?:[A-Z][a-z]{1,12}){1,3}(?:No|ID|Code)[0-9]?(?![A-Za-z0-9.\-:]))"
)
"""The same, where the host is none either: `twilio://AccountSid:AuthToken@FromPhoneNo/ToPhoneNo`."""


def credential_at(text: str, at: int) -> Finding | None:
    """The password in the URL whose scheme ends here, or the signature whose name begins here."""
    code = _CODE.match(text, at)
    if code is not None:
        return Finding(*code.span(1), "SECRET") if is_random(code[1]) else None
    key = _KEY.match(text, at)
    if key is not None:
        is_key = _HEX.fullmatch(key[1]) is not None or is_random(key[1])
        return Finding(*key.span(1), "SECRET") if is_key else None
    user = _USER.match(text, at)
    if user is not None:
        return Finding(*user.span(1), "SECRET") if is_random(user[1]) else None
    match = _CREDENTIAL.match(text, at) or _ENCODED.match(text, at) or _SIGNATURE.match(text, at)
    if (
        match is None
        or len(match[1]) < _FEWEST
        or is_placeholder(match[1])
        or _EXAMPLE.fullmatch(match[1].rstrip("]"))
        or _CALLED.fullmatch(match[1])
        or (_NAMES.fullmatch(match[1]) and _HOST.match(text, match.end(1)))
    ):
        return None
    return Finding(*match.span(1), "SECRET")


URL_CREDENTIAL = PlaceDetector(
    "SECRET",
    credential_at,
    words=(
        "://",
        "%3a%2f%2f",
        "sig=",
        "-signature=",
        "?code=",
        "&code=",
        "appid=",
        *(f"{mark}{key}=" for mark in "?&;" for key in ("key", "app_key", "appkey", "auth_key")),
    ),
)
