"""Telephone numbers with a plus (ITU-T E.164), of North America (its numbering plan), Europe and Korea."""

import re

from kansoku.redact.caption import Captions, apart, is_anothers
from kansoku.redact.detector import NumberDetector, Parts
from kansoku.redact.number import Groups, Number

_HINTS = (
    "電話 自宅 会社 勤務 転送 着信 発信 でん 携帯 ケー けい スマホ 連絡 ファ 直通 代表 内線 コール フリー "
    "問い合 問合 "
    "tel tél cel call dial reach line ring phon fax mobil contact joindre rück handy rufn anruf fon errei "
    "festnetz numéro portable móvil llam número what sms text 전화 연락 휴대 ☎ 📞 📱"
)
_CAPTIONS = Captions(
    r"電話|自宅|会社|勤務先|転送|着信|発信|でんわ|携帯|ケータイ|けいたい|スマホ|連絡先|ファ(?:ッ)?クス"
    r"|直通|代表|内線|"
    r"コールセンター|フリーダイヤル|問い?合わ?せ先?[:：は]?|"
    + apart(
        *("tel(?![a-z])", "tel(?:no|nr|num)", "telefon", "telephon", "cell(?![a-z]| [a-z][0-9])"),
        r"call(?:er|ing)?(?![a-z_]| ?(?:id|stack|count|depth))",
        *("dial(?![a-z])", "reach(?![a-z])", r"line\b", r"ring\b"),
    )
    + r"|t(?<!hot)(?<!mot)(?<!cart)(?<!tit)(?<!mitt)el[\"']?\s?[:=]|"
    r"festnetz|phone|fax|mobile?|contact|tél|cellulare|joindre|rückfragen|teléfono|handy|rufnummer|anruf"
    r"|fon\b|erreich|"
    r"au numéro|mon numéro|votre numéro|le numéro|portable|móvil|llam|al número|el número|mi número|"
    r"su número|celular|whatsapp|sms|rückruf|text me|directline\b|helpline\b|hotline\b|landline\b|"
    r"전화|연락처|휴대폰|☎|📞|📱",
    tuple(_HINTS.split()),
)
"""Words that hold one of them, such as completely, excellent and dialog, say nothing of a telephone."""

_AMERICAN = re.compile(r"1?[2-9]\d\d[2-9]\d{6}")
_AMERICAN_SHAPES = frozenset({(3, 3, 4), (1, 3, 3, 4)})
_EUROPEAN = re.compile(
    r"0[1-9]([ .\u00a0\-])\d\d(?:\1\d\d){3}|07\d{3} \d{3} ?\d{3}|0(?:20|1\d\d|1\d1) \d{3,4} \d{4}|"
    r"06[ -]\d{8}|0[67]\d{2}[ /]\d{6,7}"
)
"""France, Britain, the Netherlands: shapes that nothing else has."""

_GERMAN = re.compile(
    r"01[567]\d{1,2}[ /\-]{1,3}\d{3,4} ?\d{3,5}|0\d{1,4}\) ?\d[\d \-]{4,12}|"
    r"0\d{2,4} ?[/\u2013-] ?\d{5,8}|0\d{1,3}-\d{2,3} \d\d \d\d"
)
"""Germany and its neighbours, the area in brackets or set off by a dash or slash; Sweden."""

_DOTTED = re.compile(r"\d{1,3}(?:\.\d{1,3}){3}|\d\d?[./]\d\d?[./](?:\d\d){1,2}(?: \d\d)?")
_NO_TRUNK = re.compile(r"[5-9]\d{8}|3\d{9}")
_NO_TRUNK_DIGITS, _ITALIAN_DIGITS, _AMERICAN_DIGITS = 9, 10, 10
"""Spain and Poland, Italy's mobiles."""

_KOREAN = re.compile(r"01[016789]-?\d{3,4}-?\d{4}|02-?\d{3,4}-?\d{4}|0[3-6][1-5]-\d{3,4}-\d{4}")
_HANGUL = re.compile("[가-힣]")
_CLAUSE = re.compile(r"\d\d\d\.\d\d\d-\d{4}|\d{3}[^()（）]{1,3}\d{3} ?[(（]\d{4}")
"""A point and then a dash, or pages and a year: clauses and articles are numbered so, telephones are not."""

_CHANGE = re.compile(r"\d{1,6}\.\d{1,4} ?[(（][+\-]?\d{1,3}\.\d{1,4}")
"""A change of a price, and its percentage in brackets."""

_DRAWN = re.compile(
    r"(?:powerball|mega ?millions|euro ?(?:millions|jackpot)|lott?[oe]|draw|winning|bonus"
    r"|zusatzzahl)[^\n]{0,30}\Z"
)
"""Numbers that were drawn, two digits each."""

_LONGEST_LOCAL = 13
_FEWEST_ABROAD = 11
_SHORTEST_CODES = 8
"""Two codes of characters have as many digits, and rings above them a word that telephones have."""

_ITALY = "39"
"""The one country whose numbers keep their zero behind its code."""

_IN_FOURS = frozenset({"45", "47", "65"})
"""Denmark, Norway and Singapore have eight digits; all else that comes in fours is a row of codes."""

_COUNTED = re.compile(
    r" ?(?:[kmg]?i?b(?![a-z])|bytes|rows|lines|times|tokens|requests|calls|users|events|records|items|"
    r"m?s(?![a-z])|ns(?![a-z])|usd|eur|jpy|円|件|回|個|名|人|台|バイト|行|トークン)"
)
"""What is counted stands behind a sum, and never behind a telephone number."""


def _fits(groups: Groups, first: str) -> bool:
    """Whether it begins like one from abroad or with a trunk zero, or has the form of one without those."""
    if first in ("", "0"):
        return True
    size = sum(groups)
    if size == _NO_TRUNK_DIGITS:
        return first >= "5"
    is_american = (first >= "2" and size == _AMERICAN_DIGITS) or (
        first == "1" and size == _AMERICAN_DIGITS + 1
    )
    if is_american and (len(groups) == 1 or groups in _AMERICAN_SHAPES):
        return True
    return first == "3" and size == _ITALIAN_DIGITS


def _needs(groups: Groups, first: str) -> Parts | None:
    """A word, for digits in one piece that no plus and no trunk zero stands in front of."""
    return _CAPTIONS.hints if len(groups) == 1 and first not in ("", "0") else None


def is_phone(number: Number) -> bool:
    """Whether the number is written as a telephone number is."""
    is_led = number.before(4).endswith(("+", "+(", "%2b"))
    if not is_led and len(number.groups) == 1 and number.digits[0] != "0" and not _CAPTIONS.are_near(number):
        return False  # of one in one piece, a word alone tells
    if _is_counted(number) or _CHANGE.fullmatch(number.written):
        return False
    if is_led:
        return number.digits[0] != "0" and len(number.digits) <= 15  # noqa: PLR2004  E.164's longest
    if number.digits.startswith("00") and number.digits[2] != "0" and len(number.groups) > 1:
        if _CAPTIONS.are_near(number):
            return len(number.digits) > _SHORTEST_CODES
        return _is_dialled_abroad(number) and not is_anothers(number)
    return _is_american(number) or _is_local(number)


def _is_counted(number: Number) -> bool:
    """Whether digits in one piece are a sum of something, or a part of a name with colons in it."""
    if len(number.groups) > 1 or number.before(1) == "+":
        return False
    after = number.after(12)
    return (after.startswith(":") and number.before(1) == ":") or _COUNTED.match(after) is not None


def _is_dialled_abroad(number: Number) -> bool:
    """Two zeros, a country's code, and no zero behind it unless in brackets: codes of characters have one."""
    head = number.groups[0]
    return (
        len(number.digits) >= _FEWEST_ABROAD
        and head in {4, 5}
        and (set(number.groups) != {4} or number.digits[2:4] in _IN_FOURS)
        and (number.digits[head] != "0" or "(0)" in number.written or number.digits[2:head] == _ITALY)
    )


def _is_american(number: Number) -> bool:
    """Ten digits, their area and exchange above 199; in one row with a word only."""
    if _AMERICAN.fullmatch(number.digits) is None:
        return False
    if number.groups in _AMERICAN_SHAPES and _CLAUSE.search(number.written) is None:
        return not is_anothers(number) or _CAPTIONS.are_near(number)
    return len(number.groups) == 1 and _CAPTIONS.are_near(number)


def _is_local(number: Number) -> bool:
    """A number with its trunk zero: of a plain shape, or with a word."""
    if _DOTTED.fullmatch(number.written) is not None:
        return False
    if set(number.groups) == {2} and _DRAWN.search(number.before()):
        return False
    if number.digits[0] == "0" and number.digits[1] != "0":
        if _EUROPEAN.fullmatch(number.written) or _GERMAN.fullmatch(number.written):
            return (not is_anothers(number) and not number.is_among_codes()) or _CAPTIONS.are_near(number)
        if _KOREAN.fullmatch(number.written) and _HANGUL.search(number.before() + number.after()):
            return not is_anothers(number) or _CAPTIONS.are_near(number)
        return len(number.digits) <= _LONGEST_LOCAL and _CAPTIONS.are_near(number)
    return _NO_TRUNK.fullmatch(number.digits) is not None and _CAPTIONS.are_near(number)


PHONE = NumberDetector(
    "PHONE", is_phone, frozenset(range(8, 16)), leads=("(+", "+(", "%2b", "+", "("), fits=_fits, needs=_needs
)
