"""Codes of a few digits as people hand them on: of doors, logins, cards and orders to a bank (PIN, TAN, PUK).

What programs call a code (of errors, places, goods) is none; codes that a name tells alone are found by it.
"""

import re

from kansoku.redact.detector import PlaceDetector
from kansoku.redact.finding import Finding

_KINDS = (
    "door",
    "gate",
    "access",
    "entry",
    "alarm",
    "login",
    "time",
    "sms",
    "unlock",
    "safe",
    "locker",
    "guard",
)
_LABEL = (
    rf"(?:{'|'.join(_KINDS)})[ -](?:pass)?codes?|(?:verification|security)[ ](?:value|number)"
    r"|tan|puk|geheimzahl"
    r"|(?:co)?d(?:igo|e) de (?:verificaci[óo]n|v[ée]rification|s[ée]curit[ée]|seguridad)"
    r"|(?:pin|cvv2?|cvc2?|csc|セキュリティ)[ -]?(?:番号|コード|ナンバー)|csc"
    r"|pin[ -]code(?=[^0-9]{1,8}[0-9]{4}(?![0-9]))"
)
_TOLD = (
    r"(?:[ \t](?:for|to|of|für|zu[mr]?)[ \t][^.,;:!?\n]{1,30}?)?(?:（[^）\n]{0,16}）)?"
    r"(?:[ \t]{0,3}[:：=＝][ \t\u3000]{0,3}|[ \t](?:is|was|ist|lautet)[ \t:]{1,3}|は、?[ \t]{0,2}"
    r"|[ \t\u3000]{0,2}(?=「))"
)
_RIGHT_THERE = r"(?:(?<=コード)|(?<=番号))(?=[0-9]{3,8}(?![0-9]|[ \u3000]?[桁回個つ文番円]))"
_VALUE = (
    r"[\"'「*`]{0,2}([0-9]{3,8}|[0-9]{3,4}[ -][0-9]{3,4}|(?-i:(?=[A-Z]{0,7}[0-9])[A-Z0-9]{5,8}))"
    r"(?![0-9A-Za-z%/]|[.:,-][0-9])"
)
_AT_DOOR = re.compile(
    r"(?:door|gate|alarm|entry|garage|lockbox|safe|locker|padlock)[ ](?:code|keypad|combo|combination)"
    r"(?:[ ]?[:=]|[ ]is|)[ ]([0-9]{4,6}|[0-9]{1,2}(?:-[0-9]{1,2}){2})"
    r"(?![0-9A-Za-z%/]|[.:,-][0-9]|[ ](?:homes|units|doors|times|items))",
    re.IGNORECASE,
)
"""What opens a door, which may be three numbers of a lock."""

_NAMED = re.compile(rf"(?:{_LABEL})(?:{_TOLD}|{_RIGHT_THERE}){_VALUE}", re.IGNORECASE)
_SENT = re.compile(
    r"[Cc]ode (?:is|ist|lautet)[ :]{1,2}([0-9]{6}|[0-9]{3}[ -][0-9]{3})(?=[ \t]*(?:\Z"
    r"|[\r\n;!。)(\\\"]|[.,](?![0-9])| -))",
    re.IGNORECASE,
)
_OF_GOODS = re.compile(
    r"(?:exit|error|status|return|response|http|zip|post(?:al)?|pin|area|country|dialing|product|promo|discount"
    r"|coupon|booking|reservation|item|bar|qr|source|currency|language|sort|swift|branch|store|reason|fehler"
    r"|produkt|länder)[ _-]?\Z",
    re.IGNORECASE,
)
_LIST = re.compile(
    r"(?:(?:recovery|backup)[ _-]codes?|wiederherstellungscodes?"
    r"|(?:リカバリー?|バックアップ|復旧|回復)コード)"
    r"(?:[ \t]{0,2}[:：=][ \t\u3000]{0,3}(?:\n|\\n)?|[ \t](?:are|is|sind|ist|lauten)[ \t:]{1,3}"
    r"|は、?[ \t]{0,2}|[ \t](?=[A-Za-z0-9]{4,5}-[A-Za-z0-9]{4,5}(?![A-Za-z])))"
    r"(CODE(?:(?:[ \t]{0,2}(?:[,、/]|\n|\\n|and|und|と)[ \t]{0,2}|[ \t])CODE){0,15})".replace(
        "CODE", r"(?=[A-Za-z-]{0,12}[0-9])[A-Za-z0-9]{4,12}(?:-[A-Za-z0-9]{4,12}){0,4}(?![A-Za-z0-9_])"
    ),
    re.IGNORECASE,
)
"""Codes that let in who lost another factor, most often several in a row; they are found as one."""

_AROUND = 80


def code_at(text: str, at: int) -> Finding | None:
    """The code whose label begins here."""
    if text[at : at + 6] in ("code i", "Code i", "code l", "Code l"):
        sent = _SENT.match(text, at)
        return None if sent is None or _OF_GOODS.search(text, max(0, at - _AROUND), at) else _first(sent)
    door = _AT_DOOR.match(text, at)
    if door is not None:
        return _first(door)
    codes = _LIST.match(text, at)
    if codes is not None:
        return _first(codes)
    is_within = text[at - 1 : at].isalnum() and text[at - 1].isascii()
    match = None if is_within and text[at : at + 3].lower() != "tan" else _NAMED.match(text, at)
    return _first(match) if match else None


def _first(match: "re.Match[str]") -> Finding:
    """The finding that the first group is."""
    return Finding(*match.span(1), "SECRET")


_DOORS = ("door", "gate", "alarm", "garage", "lockbox", "safe", "locker", "padlock")

SPOKEN_CODE = PlaceDetector(
    "SECRET",
    code_at,
    words=(
        *(f"{kind}{joint}code" for kind in _KINDS for joint in (" ", "-")),
        *(f"{kind} pass" for kind in ("time", "door", "login")),
        *(f"{kind}{joint}code" for kind in ("recovery", "backup") for joint in (" ", "_", "-")),
        *(f"{kind}コード" for kind in ("リカバリー", "リカバリ", "バックアップ", "復旧", "回復")),
        *(f"{kind} {noun}" for kind in _DOORS for noun in ("keypad", "combo", "combination")),
        *("garage code", "lockbox code", "padlock code"),
        "wiederherstellungscode",
        *(
            "verification value",
            "security number",
            "code is ",
            "code ist ",
            "code lautet ",
        ),
        *("digo de verif", "digo de seg", "code de v", "code de s"),
        *("tan:", "tan ist ", "tan lautet ", "puk:", "puk ist ", "puk is ", "geheimzahl"),
        *(
            f"{kind}{joint}{noun}"
            for kind in ("pin", "PIN", "cvv", "CVV", "cvc", "CVC", "CVV2", "CVC2")
            for joint in ("", " ")
            for noun in ("番号", "コード")
        ),
        *("pin code", "pin-code", "セキュリティ番号", "csc:", "csc is "),
    ),
)
