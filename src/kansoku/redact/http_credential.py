"""Credentials of HTTP: what stands behind `Bearer` and `Basic` (RFC 6750, RFC 7617), and cookies (RFC 6265).

What stands behind `Authorization:` is found by that name; here, what stands without it.
"""

import re
from base64 import b64decode

from kansoku.redact.detector import LEFT, PlaceDetector
from kansoku.redact.finding import Finding
from kansoku.redact.placeholder import is_placeholder
from kansoku.redact.random_text import is_wordy

_TOKEN = re.compile(LEFT + r"(bearer|basic)(?: |%20|\+){1,4}([A-Za-z0-9._~+/\-]{8,}+=*+)", re.IGNORECASE)
_COOKIES = re.compile(
    r"""(?i:(set-)?cookie)["']?:[ \t]{0,4}["']?[A-Za-z0-9_.%\-]{1,64}+="""
    r"""([^\s;,"'\\\x80-\U0010ffff]{1,4096}+)"""
    r"""((?:;[ ]?[A-Za-z0-9_.%\-]{1,64}+=[^\s;,"'\\\x80-\U0010ffff]{0,4096}+){0,50})"""
)
_LOGIN = re.compile(
    r"""auth[ ]?=[ ]?\([ ]?["'][^"'\n]{1,64}["'],[ ]?["']([^"'\n]{4,256})["']\)"""
    r"""|[Bb]asic_?[Aa]uth\([ ]?["'][^"'\n]{1,64}["'],[ ]?["']([^"'\n]{4,256})["']"""
)
_SESSION = re.compile(
    r"(?:(?<=j)sessionid|(?<=asp\.net_)sessionid|(?<=php)sessid|connect\.sid"
    r"|(?<=laravel)_session|(?<=ci)_session)=([A-Za-z0-9%._~+-]{16,512})",
    re.IGNORECASE,
)
"""Cookies of servers, by the names that these give them, wherever they stand."""

_EXAMPLE = re.compile("(?:my|the|your)?[_-]?(?:pass(?:word|wd)?|pwd|secret)", re.IGNORECASE)
"""What stands for a password where such calls are explained."""

_FEWEST = 8


def credential_at(text: str, at: int) -> Finding | None:
    """The token, the cookies or the password behind a word of HTTP."""
    login = _LOGIN.match(text, at)
    if login is not None:
        group = login.lastindex or 1
        is_said = is_placeholder(login[group]) or _EXAMPLE.fullmatch(login[group])
        return None if is_said else Finding(*login.span(group), "SECRET")
    match = _TOKEN.match(text, at)
    if match is None:
        return _cookies_at(text, at) or _session_at(text, at)
    value = match[2]
    is_told = _is_basic(value) if match[1].lower() == "basic" else not is_wordy(value)
    return Finding(*match.span(2), "SECRET") if is_told and not is_placeholder(value) else None


def _is_basic(value: str) -> bool:
    """Whether a value decodes to a user and a password."""
    try:
        return b":" in b64decode(value + "=" * (-len(value) % 4), validate=True)
    except ValueError:
        return False


def _cookies_at(text: str, at: int) -> Finding | None:
    """The value of a cookie that is set, or all that are sent."""
    match = _COOKIES.match(text, max(0, at - 4)) or _COOKIES.match(text, at)
    if match is None:
        return None
    end = match.end(2) if match[1] else match.end()
    values = [cookie.partition("=")[2] for cookie in f"={text[match.start(2) : end]}".split(";")]
    is_told = any(len(value) >= _FEWEST and not is_wordy(value) for value in values)
    return Finding(match.start(2), end, "SECRET") if is_told and not is_placeholder(match[2]) else None


def _session_at(text: str, at: int) -> Finding | None:
    """The value of a session's cookie without its header."""
    match = _SESSION.match(text, at)
    is_told = match is not None and not is_wordy(match[1]) and not is_placeholder(match[1])
    return Finding(*match.span(1), "SECRET") if match is not None and is_told else None


HTTP_CREDENTIAL = PlaceDetector(
    "SECRET",
    credential_at,
    words=(
        *("bearer", "basic", "cookie", "auth=(", "auth = ("),
        *("sessionid=", "sessid=", "connect.sid=", "_session="),
    ),
)
