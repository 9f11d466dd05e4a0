r"""E-mail addresses: the everyday part of RFC 5322 (local part at most 64 characters, a dotted domain).

Also as people and programs disguise them: `%40`, `\u0040`, `&#64;`, `[at]` and `[dot]`.
"""

import re
import string

from kansoku.redact.detector import PlaceDetector
from kansoku.redact.finding import Finding
from kansoku.redact.random_text import is_random

_SIGN = r"(?:\\{0,2}@|%(?:25)?40|&#0*64;|&#x0*40;|&commat;|【@】|\[@\])"
_OPEN, _CLOSE = r" ?[\[({<（【] ?", r" ?[\])}>）】] ?"
_WORD = rf"(?:{_OPEN}(?:at|アット|アットマーク|@){_CLOSE}| at )"
_LABELS = (
    r"(?:[A-Za-z0-9À-ɏ](?:[A-Za-z0-9À-ɏ\-]{0,61}[A-Za-z0-9À-ɏ])?\.){1,8}"
    r"[A-Za-z]{2,24}(?![A-Za-z0-9_\-]|\.[A-Za-z0-9])"
)
_POINT = rf"(?:\.|{_OPEN}(?:dot|punkt|ドット|\.){_CLOSE}| dot |%2[Ee])"
_SPOKEN = rf"(?:[A-Za-z0-9\-]{{1,63}}{_POINT}){{1,6}}[A-Za-z]{{2,24}}(?![A-Za-z0-9_\-]|\.[A-Za-z0-9])"
_PLAIN = re.compile(rf"{_SIGN}{_LABELS}")
_DISGUISED = re.compile(rf"(?:{_SIGN}|{_WORD}){_SPOKEN}", re.IGNORECASE)
_ASCII_LOCAL = f"{string.ascii_letters}{string.digits}!#$'*+/=?^_`{{|}}~.-"
_LOCAL = _ASCII_LOCAL + "".join(map(chr, range(ord("À"), ord("ɏ") + 1)))
"""What the part in front of the at sign is made of."""

_SPOKEN_LOCAL = re.compile(
    rf"(?<![A-Za-z0-9.])[A-Za-z0-9_+\-]{{1,30}}(?:{_OPEN}(?:dot|punkt|ドット|\.){_CLOSE}[A-Za-z0-9_+\-]{{1,30}}){{1,3}}\Z",
    re.IGNORECASE,
)
_DOTS_IN_WORDS = re.compile(
    r"(?<![A-Za-z0-9.])[A-Za-z0-9_+-]{1,30}(?: dot [A-Za-z0-9_+-]{1,30}){1,3}\Z", re.IGNORECASE
)
_SPOKEN_WORD = f"{string.ascii_letters}{string.digits}_+-\u0130\u0131\u017f\u212a"
"""With letters that are the same as one of ASCII but for their case."""

_OTHER_SIGN = re.compile(r"%(?!2[BDEbde]|5[Ff])[0-9A-Fa-f]{2}")
_ENCODED = re.compile(r"(?:[A-Za-z0-9._+\-]|%2[BDEbde]|%5[Ff])+\Z")
"""Signs in the encoding of URLs: which no local part has, and which it may."""

_CLOSED = ("]", ")", "}", ">", "）", "】")
_LEADING = ".!#$'*/=?^`{|}~-"
_CLEAN = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+\-]*+")
_IRISH = re.compile(r"(?:[A-Za-z]{1,16}[._+\-])?[OoDd]'[A-Za-z][A-Za-z0-9._+-]*\Z")
_IMAGE = re.compile(r"@[0-9]x\.[a-z]{3,4}")
_SSH = re.compile(r"git@[A-Za-z0-9.\-]+:[A-Za-z0-9~]|[A-Za-z0-9_.\-]+@[A-Za-z0-9.\-]+:(?:~|/(?!/))")
_COLON = re.compile(r"[A-Za-z0-9.\-]*:")
"""Without one behind the host, there is no folder."""

_COPIED = re.compile(
    r"(?:s(?<![A-Za-z0-9_-]s)(?:cp|ftp|shfs)|r(?<![A-Za-z0-9_-]r)sync|g(?<![A-Za-z0-9_-]g)it)"
    r"[ ][^\n;|&]{0,120}\Z"
)
_TO_FOLDER = re.compile(r":[A-Za-z0-9_.\-~*]*+(?![A-Za-z0-9@])")
"""Where programs copy to: `scp x.tar ops@files.example.com:backup/`."""

_CREDENTIAL = re.compile(r"://[^\s/@]{1,64}:[^\s/@]{1,128}\Z|//[^\s/@:]{1,64}\Z")
_HEADS = ("message-id", "in-reply-to", "references")
_MESSAGE_ID = re.compile(
    r"(?:message-id|in-reply-to|references)[\"']?[:=][\s\"']{0,4}(?:<[^<>\s]{1,80}>\s{1,4}){0,4}<\Z",
    re.IGNORECASE,
)
"""Names of messages (RFC 5322, section 3.6.4), which have the form of an address and are none."""

_FEWEST_DIGITS = 10
"""Digits of which a name of a message is made; people have a year or a birthday."""

_BEGINNING = 32
_PROVIDER = re.compile(
    r"@(?:[a-z]\.)?(?:gmail|googlemail|outlook|hotmail|live|msn|yahoo|ymail|icloud|me|mac|aol|gmx|web|proton|protonmail"
    r"|docomo|ezweb|au|softbank|vodafone|disney|nifty|biglobe|qq|163|126|naver|mail|yandex)"
    r"\.(?:[a-z]{2,3}\.)?[a-z]{2,3}(?![A-Za-z0-9.\-])",
    re.IGNORECASE,
)
"""Where people have their addresses."""

_BRACKETS = {"[": "]", "(": ")", "{": "}", "（": "）", "【": "】"}
_QUOTED = re.compile(r"""(?<![A-Za-z0-9=:])"[A-Za-z0-9_.+'\- ]{1,62}"\Z""")
_SPOKEN_AT = " at "


def email_at(text: str, at: int) -> Finding | None:
    """The address around what stands for the at sign."""
    at = _begin(text, at)
    domain = _PLAIN.match(text, at) or _DISGUISED.match(text, at)
    local = _local(text, at) if domain else ""
    if not local or domain is None:
        return None
    begin = max(0, at - 80)
    spoken = _SPOKEN_LOCAL.search(text, begin, at) if _may_be_spoken(text[begin:at]) else None
    if spoken is None and not domain.group().startswith("@"):
        spoken = _DOTS_IN_WORDS.search(text, begin, at)
    quoted = local[-1] == '"'
    start = spoken.start() if spoken else at - len(local) + (0 if quoted else _ahead(local))
    if text[start - 1 : start] == "%" and not quoted:
        start = _encoded(text, start, at)
    if start >= at or not _is_address(text, start, at, domain):
        return None
    return Finding(start, domain.end(), "EMAIL")


def _encoded(text: str, start: int, at: int) -> int:
    """Where a local part begins with signs in the encoding of URLs (RFC 3986), such as `%2B` for a plus."""
    begin = max(0, at - 64)
    others = [*_OTHER_SIGN.finditer(text, begin, at)]
    local = _ENCODED.search(text, others[-1].end() if others else begin, at)
    return local.start() if local else start


def _may_be_spoken(before: str) -> bool:
    """Whether a bracket is closed in front of the last word: most addresses have no sign in brackets."""
    return before.rstrip(_SPOKEN_WORD).rstrip(" ").endswith(_CLOSED)


def _local(text: str, at: int) -> str:
    """What stands in front of the at sign: a name, or one in quotes with blanks in it; nothing if neither."""
    begin = max(0, at - 64)
    if text[at - 1 : at] == '"':
        quoted = _QUOTED.search(text, begin, at)
        return quoted.group() if quoted else ""
    before = text[begin:at]
    return before[len(before.rstrip(_ASCII_LOCAL if before.isascii() else _LOCAL)) :]


def _begin(text: str, at: int) -> int:
    """Where what stands for the at sign begins: blanks and backslashes in front of it are of it."""
    begin = at
    while begin and text[begin - 1] == "\\" and at - begin < 2:  # noqa: PLR2004  JSON in JSON has two
        begin -= 1
    if begin == at and at and _BRACKETS.get(text[at - 1]) == text[at + 1 : at + 2]:
        return at - 1
    if begin == at and at and text[at - 1] == " " and text[at] in "[({<（【":
        begin -= 1
    return begin


def _ahead(local: str) -> int:
    """How many signs in front of the local part belong to the text around, such as a quote or `mailto=`."""
    if _CLEAN.fullmatch(local):
        return 0
    cut = max((local.rfind(sign) for sign in "=/?'`|{}$*"), default=-1) + 1
    if _IRISH.match(local):
        return 0
    return cut + len(local[cut:]) - len(local[cut:].lstrip(_LEADING))


def _is_address(text: str, start: int, at: int, domain: re.Match[str]) -> bool:
    """Whether it is neither a file, a repository, nor the host behind a URL's credentials."""
    if text[start - 1 : start] == "<" and _is_message(text, start, at):
        return False
    is_before_colon = _COLON.match(text, domain.end()) is not None
    if _IMAGE.match(text, at) or (is_before_colon and _SSH.match(text, start)):
        return False
    if (
        is_before_colon
        and _TO_FOLDER.match(text, domain.end())
        and _COPIED.search(text, max(0, start - 128), start)
    ):
        return False
    if text.startswith(_SPOKEN_AT, at) and " dot " not in domain.group().lower():
        return False
    begin = max(0, start - 200)
    return text.find("//", begin, at) < 0 or _CREDENTIAL.search(text, begin, at) is None


def _is_message(text: str, start: int, at: int) -> bool:
    """Whether it is the name of a message, of which a machine made the part in front of the at sign."""
    before = text[max(0, start - 128) : start]
    head = before.lower()
    last = max(map(head.rfind, _HEADS))
    if last < 0 or _MESSAGE_ID.match(before, last) is None:
        return False
    local = text[start:at]
    is_made = sum(map(str.isdecimal, local)) >= _FEWEST_DIGITS or is_random(local[:_BEGINNING])
    return is_made and _PROVIDER.match(text, at) is None


EMAIL = PlaceDetector(
    "EMAIL",
    email_at,
    words=(
        "@",
        "%40",
        "%2540",
        "&#",
        "&commat;",
        "[at",
        "(at",
        "{at",
        "<at",
        "（at",
        "【at",
        " at ",
        "[アット",
        "(アット",
        "（アット",
        "【@",
        "[ at",
        "( at",
        "[ät",
        "(ät",
    ),
)
