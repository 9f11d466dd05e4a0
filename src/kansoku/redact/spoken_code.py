"""Codes of a few digits as people hand them on: of doors, logins, cards and orders to a bank (PIN, TAN, PUK).

What programs call a code (of errors, places, goods) is none; codes that a name tells alone are found by it.
"""

import re

from kansoku.redact.detector import PlaceDetector
from kansoku.redact.finding import Finding
from kansoku.redact.goods_code import OF_GOODS

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
    rf"(?:{'|'.join(_KINDS)})[ -](?:pass)?codes?|(?<!social[ ])(?:verification|security)[ ](?:value|number)"
    r"|tan|puk|geheimzahl"
    r"|(?:co)?d(?:igo|e) de (?:verificaci[óo]n|v[ée]rification|s[ée]curit[ée]|seguridad)"
    r"|(?<!ソーシャル)(?:pin|cvv2?|cvc2?|csc|セキュリティ)[ -]?(?:番号|コード|ナンバー)|csc"
    r"|pin[ -]code(?=[^0-9]{1,8}[0-9]{4}(?![0-9]))"
)
_TOLD = (
    r"(?:[ \t](?:for|to|of|für|zu[mr]?|am|des|(?:m|d|s|uns|ihr|eu)e?i?n?er|meines)[ \t][^.,;:!?\n]{1,30}?)?"
    r"(?:（[^）\n]{0,16}）|の?[0-9]桁)?"
    r"(?:[ \t]{0,3}[:：=＝][ \t\u3000]{0,3}|[ \t](?:is|was|ist|lautet)[ \t:]{1,3}|は、?[ \t]{0,2}"
    r"|[ \t\u3000]{0,2}(?=「))"
)
_RIGHT_THERE = r"(?:(?<=コード)|(?<=番号))(?=[0-9]{3,8}(?![0-9]|[ \u3000]?[桁回個つ文番円]))"
_VALUE = (
    r"[\"'「*`]{0,2}([0-9]{3,4}[ -][0-9]{3,4}(?![0-9 -]|[.:,][0-9])|[0-9]{3,8}"
    r"|(?-i:(?=[A-Z]{0,7}[0-9])[A-Z0-9]{5,8}))"
    r"(?![0-9A-Za-z%/]|[.:,-][0-9])"
)
_AT_DOOR = re.compile(
    r"(?:door|gate|alarm|entry|garage|lockbox|safe|locker|padlock)[ ](?:code|keypad|combo|combination)"
    r"(?:[ ]?[:=]|[ ]is|)[ ]([0-9]{4,6}|[0-9]{1,2}(?:-[0-9]{1,2}){2})"
    r"(?![0-9A-Za-z%/]|[.:,-][0-9]|[ ](?:homes|units|doors|times|items))",
    re.IGNORECASE,
)
"""What opens a door, which may be three numbers of a lock."""

_AT_SAFE = re.compile(
    r"(?:combination|combo|code)[ ](?:to|for|of)[ ](?:the|my|our)[ ](?:[a-z]{2,12}[ ]){0,2}"
    r"(?:door|gate|alarm|entry|garage|lockbox|safe|locker|padlock|shed)(?:[ ]?[:=]|[ ]is|[ ]was)[ ]"
    r"([0-9]{4,6}|[0-9]{1,2}(?:-[0-9]{1,2}){2})(?![0-9A-Za-z%/]|[.:,-][0-9])",
    re.IGNORECASE,
)
_AT_BOX = re.compile(
    r"(?:キーボックス|オートロック|宅配ボックス|金庫|南京錠|ダイヤルロック|ロッカー(?=の?(?:暗証|解[除錠])))"
    r"の?(?:暗証|解除|解錠|開錠)?(?:番号|コード|ナンバー|ダイヤル)(?:は、?|が|[:：])?[ \u3000「]{0,2}"
    r"([0-9]{3,8}|[0-9]{1,2}(?:-[0-9]{1,2}){2,7}|[右左][0-9]{1,2}(?:[右左、][0-9右左]{1,3}){1,5})"
    r"(?![0-9A-Za-z%/]|[桁回個つ文番円台]|[.:,-][0-9])"
)
"""What opens a box or a door in Japan, which may be turns of a dial."""

_NAMED = re.compile(rf"(?:{_LABEL})(?:{_TOLD}|{_RIGHT_THERE}){_VALUE}", re.IGNORECASE)
_SENT = re.compile(
    r"[Cc]ode (?:is|ist|lautet)[ :]{1,2}([0-9]{6}|[0-9]{3}[ -][0-9]{3})(?=[ \t]*(?:\Z"
    r"|[\r\n;!。)(\\\"]|[.,](?![0-9])| -))",
    re.IGNORECASE,
)
_AROUND = 80


def code_at(text: str, at: int) -> Finding | None:
    """The code whose label begins here."""
    if text[at : at + 6] in ("code i", "Code i", "code l", "Code l"):
        sent = _SENT.match(text, at)
        return None if sent is None or OF_GOODS.search(text, max(0, at - _AROUND), at) else _first(sent)
    door = _AT_DOOR.match(text, at) or _AT_SAFE.match(text, at) or _AT_BOX.match(text, at)
    if door is not None:
        return _first(door)
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
        *(f"{kind} {noun}" for kind in _DOORS for noun in ("keypad", "combo", "combination")),
        *("garage code", "lockbox code", "padlock code"),
        *("combination ", "code "),
        *(
            *(
                "キーボックス",
                "オートロック",
                "宅配ボックス",
                "金庫",
                "南京錠",
                "ダイヤルロック",
                "ロッカーの",
                "ロッカー暗",
            ),
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
