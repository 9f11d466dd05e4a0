"""Logins as people hand them on in a message: `login is anna@example.com / …`, `creds: admin:…`."""

import re

from kansoku.redact.detector import LEFT, PlaceDetector
from kansoku.redact.finding import Finding
from kansoku.redact.plain_word import is_of_forms
from kansoku.redact.secret_value import Form, looks_secret

_LOGIN = re.compile(
    LEFT + r"(?:(?:log(?:ged|ging)?|sign(?:ed|ing)?)[ \t-]?in[ \t](?:with|as|using)[ \t]"
    r"|(?:log-?in|creds|credentials|zugang|ログイン)(?:[ \t](?:info|details|data)|情報)?"
    r"(?:[ \t](?:for|to)[ \t][^:：\n]{1,24}(?=[:：]))?"
    r"(?:[ \t]{0,2}[:：][ \t]{0,4}|[ \t](?:is|are|ist|lautet)[ \t]|は[ \t]?|[ \t](?=[\"'`])))"
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

_OF_STAFF = re.compile(r"(?:admin|root):([^\s\"'`<>/:@]{6,64}+)(?![/:@])", re.IGNORECASE)
_TRY = re.compile(
    r"(?<![a-z])(?:try|use|using|with|as|log-?in|creds|credentials)(?: is| are|:)? [\"'`]?\Z", re.IGNORECASE
)
"""A login of everybody, where somebody is told to use it."""

_ONE_EACH = re.compile(
    r"(?:[/／|,、][ \t]?)(?:passwor[dt]|pass|pw|pwd|パスワード|パス|kennwort)[ \t]?[:：=][ \t]{0,3}"
    r"([^\s\"'`<>「」、。/]{6,128}+)(?!/)",
    re.IGNORECASE,
)
_USER_IN_FRONT = re.compile(
    r"(?:user(?:name)?|login|id|account|benutzer|ユーザー?名?|アカウント|ログイン)[ \t]?[:：=][ \t]?"
    r"[A-Za-z0-9_.+@\-]{2,64}[ \t]?\Z",
    re.IGNORECASE,
)
"""Each with its name, one behind the other: `user: anna / pass: …`."""

_OF_STAFF_JA = re.compile(
    r"は[ \t\u3000]?(?:admin|root|administrator|guest)[ ]?[/／][ ]?([^\s\"'`<>/:@、。]{6,64}+)(?![/:@])",
    re.IGNORECASE,
)

_SHORT = re.compile(
    r"(?:パス|(?P<key>キー|Schlüssel))(?:は、?|[:：]| ist (?=[„\"A-Za-z0-9]))[ \t\u3000]{0,2}"
    r"(?P<same>(?:前|いつも|以前)と同じ(?:で|の)?)?[「\"'„]?"
    r"((?![/~.])[!#-&*-.0-\[\]-~]{6,64}+)(?![/\\])"
)
_OF_NETWORK = re.compile(r"(?:wi-?fi|wlan|ssid|無線|ルーター|ネットワーク)[^。\n]{0,40}\Z", re.IGNORECASE)
_ID_BEHIND = re.compile(r"[」\"']?[、,\s/／]{1,3}(?:ID|アカウント|ユーザー)")
_WITH_ADDRESS = re.compile(
    r"(?<=[A-Za-z0-9_+-])@[A-Za-z0-9-]{1,40}(?:\.[A-Za-z0-9-]{1,40}){1,4}[ ]/[ ]"
    r"(?![^\s/]{0,60}@[^\s/]{0,60}\.)(?=[^\s/]{0,40}[0-9!#$%&*+=?@^~])([^\s\"'`<>/]{6,64}+)(?![/@])"
)
"""A mail address, a slash and a password."""

_OF_LOGIN = re.compile(
    r"(?:(?<![A-Za-z])id(?![A-Za-z])|wi-?fi|ssid|ログイン|アカウント|ユーザー|メール|会員"
    r"|admin|root|管理|認証)[^。\n]{0,48}\Z"
    r"|(?:ID|ログイン|アカウント|ユーザー?(?:名)?)[ \t]?[:：][^\n]{1,48}\r?\n[ \t\u3000]{0,8}\Z",
    re.IGNORECASE,
)
_NEAR = 80
"""パス is short for a password, and for a path: what it is, a word of logins in front of it tells."""


def password_at(text: str, at: int) -> Finding | None:
    """The password behind the user's name."""
    match = _WITH_ADDRESS.match(text, at) if text[at] == "@" else _named(text, at)
    group = (match.lastindex or 1) if match is not None else 1
    form: Form = "quoted" if match is not None and match.re in (_WITH_ADDRESS, _ONE_EACH) else "said"
    value = match[group].rstrip(".,;:)") if match else ""
    if match is None or not (looks_secret(value, "chosen", form) or _is_plain(match)):
        return None
    return Finding(match.start(group), match.start(group) + len(value), "SECRET")


def _named(text: str, at: int) -> "re.Match[str] | None":
    """The password behind words for a login, or that only the words around it tell."""
    both = _LOGIN.match(text, at) or _PAIR.match(text, at)
    return both or _of_staff(text, at) or _short(text, at) or _one_each(text, at)


def _is_plain(match: "re.Match[str] | None") -> bool:
    """Whether a plain word stands under its name behind a user and a slash."""
    if match is None or match.re is not _ONE_EACH or match.group()[0] not in "/／":
        return False
    return match[1].isalpha() and not is_of_forms(match[1])


def _one_each(text: str, at: int) -> "re.Match[str] | None":
    """The password that stands under its name behind a user under his, or behind a user that many share."""
    match = _ONE_EACH.match(text, at)
    if match and _USER_IN_FRONT.search(text, max(0, at - _NEAR), at):
        return match
    return _OF_STAFF_JA.match(text, at)


def _of_staff(text: str, at: int) -> "re.Match[str] | None":
    """The password behind the name of a login that many share."""
    match = _OF_STAFF.match(text, at)
    return match if match and _TRY.search(text, max(0, at - 24), at) else None


def _short(text: str, at: int) -> "re.Match[str] | None":
    """The password that is called パス."""
    match = _SHORT.match(text, at)
    if match is None:
        return None
    if match["key"]:
        return match if _OF_NETWORK.search(text, max(0, at - _NEAR), at) else None
    is_of_login = _OF_LOGIN.search(text, max(0, at - _NEAR), at) is not None
    return match if match["same"] or is_of_login or _ID_BEHIND.match(text, match.end()) else None


_PASSWORDS = ("pw", "pass", "kennwort")
SHARED_LOGIN = PlaceDetector(
    "SECRET",
    password_at,
    words=(
        *(
            f"{sign} in {how} "
            for sign in ("log", "logged", "sign", "signed")
            for how in ("with", "as", "using")
        ),
        *("login", "log-in", "creds", "credentials", "zugang", "ログイン"),
        *(f"{joint}{word}" for joint in ("/", "/ ", "& ", "and ", "und ") for word in _PASSWORDS),
        *(
            f"{joint}{word}"
            for joint in ("／", "＆", "と")
            for word in ("パス", *map(str.upper, _PASSWORDS), *_PASSWORDS)
        ),
        *("admin:", "root:", "は admin", "はadmin", "は root", "はroot"),
        *(
            "／ pass",
            "/パス",
            "/ パス",
            "パスは",
            "パス:",
            "パス：",
            "キーは",
            "Schlüssel ist",
            "Schlüssel:",
            "@",
        ),
    ),
)
