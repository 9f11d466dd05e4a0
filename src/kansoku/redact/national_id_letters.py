"""National identity numbers with letters in them, each with its office's check where that is published."""

import re
from collections.abc import Callable

from kansoku.redact.check import weighted
from kansoku.redact.detector import FREE, LEFT, PlaceDetector
from kansoku.redact.finding import Finding

_SPANISH = "TRWAGMYFPDXBNJZSQVHLCKE"
_CODICE_ODD = dict(
    zip(
        "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ",
        (
            1,
            0,
            5,
            7,
            9,
            13,
            15,
            17,
            19,
            21,
            1,
            0,
            5,
            7,
            9,
            13,
            15,
            17,
            19,
            21,
            2,
            4,
            18,
            20,
            11,
            3,
            6,
            8,
            12,
            14,
            16,
            10,
            22,
            25,
            24,
            23,
        ),
        strict=True,
    )
)
_FINNISH = "0123456789ABCDEFHJKLMNPRSTUVWXY"
_CHINESE = "10X98765432"
_REACH = 40


def _dni(text: str) -> bool:
    digits = text.translate({ord("X"): "0", ord("Y"): "1", ord("Z"): "2"}) if text[0] in "XYZ" else text
    return _SPANISH[int(digits[:8]) % 23] == text[-1]


def _codice(text: str) -> bool:
    total = sum(
        _CODICE_ODD[each] if place % 2 == 0 else int(each, 36) - (0 if each.isdigit() else 10)
        for place, each in enumerate(text[:15])
    )
    return chr(ord("A") + total % 26) == text[15]


def _nric(text: str) -> bool:
    total = weighted(text[1:8], (2, 7, 6, 5, 4, 3, 2)) + (4 if text[0] in "TG" else 0)
    return ("JZIHGFEDCBA" if text[0] in "ST" else "XWUTRQPNMLK")[total % 11] == text[8]


def _hetu(text: str) -> bool:
    return _FINNISH[int(text[:6] + text[7:10]) % 31] == text[10]


def _chinese(text: str) -> bool:
    total = sum(int(digit) * pow(2, 17 - place, 11) for place, digit in enumerate(text[:17]))
    return _CHINESE[total % 11] == text[17].upper()


def _pension(text: str) -> bool:
    digits = text[:8] + f"{ord(text[8]) - 64:02d}" + text[9:11]
    weights = (2, 1, 2, 5, 7, 1, 2, 1, 2, 1, 2, 1)
    total = sum(
        sum(map(int, str(int(digit) * weight))) for digit, weight in zip(digits, weights, strict=True)
    )
    return total % 10 == int(text[11])


def _any(text: str) -> bool:
    return bool(text)


_RIGHT = r"(?![A-Za-z0-9])"
FORMS: tuple[tuple[str, Callable[[str], bool]], ...] = (
    (r"(?![0-9]{8}E[+\-][0-9])[0-9]{8}[ \-]?[A-Z]", _dni),
    (r"[XYZ][ \-]?[0-9]{7}[ \-]?[A-Z]", _dni),
    (r"[A-Z]{6}[0-9]{2}[A-EHLMPRST][0-9]{2}[A-Z][0-9]{3}[A-Z]", _codice),
    (r"[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z] ?[0-9]{2} ?[0-9]{2} ?[0-9]{2} ?[A-D]", _any),
    (r"[0-9]{6}[+\-A][0-9]{3}[0-9A-Y]", _hetu),
    (r"[0-9]{17}[Xx]", _chinese),
    (r"[0-9]{2} ?[0-9]{6} ?[A-Z] ?[0-9]{3}", _pension),
    (r"[STFG][0-9]{7}[A-Z]", _nric),
    (r"[A-Z]{4}[0-9]{6}[HM][A-Z]{5}[A-Z0-9][0-9]", _any),
)
"""Spain's DNI and NIE, Italy, Britain, Finland, China, Germany's pension insurance, Singapore, Mexico."""

_FORMS = tuple((re.compile(LEFT + form + _RIGHT), checks) for form, checks in FORMS)
_NAMED = re.compile(
    r"(?:dni|nie|nino|ni number|national insurance|kv-?nr|krankenvers[\w\-]*|versicherten[\w\-]*|"
    r"personalausweis[\w\-]*|ausweis\w*|id card|nric|pps\w*(?: number| no\.?)?|pan|curp|id number|"
    r"identity card|permanent account number|身分證\w{0,4}|身份證\w{0,4}|在留カード(?:の?番号)?|"
    r"(?:sozial|renten)versicherungs(?:nummer|nr)|residence[ _-]?card|zairyu[ _-]?card|외국인등록)"
    r"(?:[ _-]?(?:card|number|nummer|no|nr)\.?(?![a-z])){0,2}(?: (?:is|ist|lautet))?[^A-Za-z0-9\n]{1,12}"
    r"((?=[A-Z0-9]*[0-9][A-Z0-9]*[0-9])[A-Z0-9]{8,12}|[A-Z]{2}(?: [0-9]{2}){3} [A-D])(?![A-Za-z0-9])",
    re.IGNORECASE,
)
_MEDICARE = re.compile(
    r"(?:medicare|mbi)[^\n]{0,40}?(?<![A-Za-z0-9])((?-i:[1-9]L[L0-9][0-9]-?L[L0-9][0-9]-?LL[0-9]{2}))(?![A-Za-z0-9-])".replace(
        "L0-9", "AC-HJKMNP-RT-Y0-9"
    ).replace("L", "[AC-HJKMNP-RT-Y]"),
    re.IGNORECASE,
)
"""Numbers of those whom Medicare insures in the United States, as its centres (CMS) lay them down."""

_BARE = re.compile("[^A-Za-z0-9+]")


def id_at(text: str, at: int) -> Finding | None:
    """The number that begins here and checks."""
    for form, checks in _FORMS:
        match = form.match(text, at)
        if match is not None and checks(
            _BARE.sub("", match.group()) if checks is not _hetu else match.group()
        ):
            return Finding(match.start(), match.end(), "NATIONAL_ID")
    return None


def named_id_at(text: str, at: int) -> Finding | None:
    """The number that follows its name."""
    medicare = _MEDICARE.match(text, at)
    if medicare is not None:
        return Finding(*medicare.span(1), "NATIONAL_ID")
    match = _NAMED.match(text, at)
    return (
        None
        if match is None or not match[1].isupper()
        else Finding(match.start(1), match.end(1), "NATIONAL_ID")
    )


NATIONAL_ID_LETTERS = PlaceDetector(
    "NATIONAL_ID",
    id_at,
    shapes=(
        FREE + "[0-9]{8}[A-Z]",
        FREE + "[0-9]{8}[- ][A-Z]",
        FREE + "[XYZ][0-9]{7}",
        FREE + "[XYZ][-][0-9]{7}",
        FREE + "[STFG][0-9]{7}[A-Z]",
        FREE + "[A-Z]{6}[0-9]{2}[A-Z]",
        FREE + "[A-Z]{2}[0-9]{6}[A-D]",
        FREE + "[A-Z]{2}[ ][0-9]{2}[ ][0-9]{2}",
        FREE + "[0-9]{6}[-+A][0-9]{3}[0-9A-Y]",
        FREE + "[0-9]{17}[Xx]",
        FREE + "[0-9]{2}[ ][0-9]{6}[ ][A-Z]",
        FREE + "[A-Z]{4}[0-9]{6}[HM]",
    ),
)
NATIONAL_ID_NAMED = PlaceDetector(
    "NATIONAL_ID",
    named_id_at,
    words=(
        "dni",
        "nie",
        "nino",
        "ausweis",
        "pps",
        "nric",
        "kvnr",
        "kv-nr",
        "krankenvers",
        "versicherten",
        "id card",
        "identity card",
        "national insurance",
        "ni number",
        "외국인등록",
        "curp",
        "pan card",
        "pan no",
        "pan:",
        "permanent account",
        "身分證",
        "身份證",
        "在留カード",
        "residence card",
        "residence_card",
        "residencecard",
        "zairyu",
        "medicare",
        "mbi:",
        "mbi ",
        "sozialversicherungsn",
        "rentenversicherungsn",
    ),
)
