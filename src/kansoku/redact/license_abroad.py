"""Driver's licence numbers of other countries, told by the words right in front of them.

Forms: those of the United States (AAMVA: a letter or none, digits), of the United Kingdom (DVLA: five letters
of the name, six digits of the birth date, initials and a check) and of Germany (eleven characters).
"""

import re

from kansoku.redact.detector import PlaceDetector, found
from kansoku.redact.finding import Finding

_NAME = (
    r"(?i:driv(?:er['’]?s?|ers['’]|ing)[ _-]?lic(?:en[sc]e|\.|(?=[ #:]))|führerschein|"
    r"dl(?= ?#| ?no| ?number|:)|(?<![a-z])c?dl(?= [a-z][0-9]{3})|"
    r"permis de conduire|patente di guida|permiso de conducir|rijbewijs)"
)
_ITS = (
    r"(?i: (?:on|for|in|from) (?:the|my|his|her|our|your|file|record)(?: [a-z]{2,12}){0,2}(?=,| is |:|\())?,?"
    r"(?i:[ _-]?(?:number|nummer|num|no|nr|id|#|n°)(?![a-z])\.?)?(?i:,? (?:mine|his|hers|which)(?= is|:))?"
    r"[\s\"':=#(]{1,6}"
    r"(?i:(?:is|no\.?|nr\.?|#|n[°º]|n\.)[ :]{1,2})?(?:[A-Z]{2}[ :-]{1,2})?"
)
_LETTERED = (
    r"[A-Z][0-9]{3}-[0-9]{3}-[0-9]{2}-[0-9]{3}(?:-[0-9])?|[A-Z][0-9]{4}[ -][0-9]{5}[ -][0-9]{5}"
    r"|[A-Z][0-9]{12,14}|[A-Z]{1,3}[ -]?[0-9]{3,4}[ -]?[0-9]{3,4}(?:[ -]?[0-9]{2,5})?"
)
"""Florida and its like, New Jersey and Ontario, and what most states have."""

_BRITISH = r"WDL[A-Z0-9]{9}|[A-Z9]{5} ?[0-9]{6} ?[A-Z9]{2}[A-Z0-9]{2,3}"
_GERMAN = r"(?=[A-Z0-9]{0,8}[0-9]{2})[A-Z][A-Z0-9]{10}"
_END = r"(?![A-Za-z0-9_-])"
_LICENSE = re.compile(rf"{_NAME}{_ITS}({_BRITISH}|{_LETTERED}|[0-9]{{7,9}}|[0-9]{{12}}|{_GERMAN}){_END}")
_NESTED = re.compile(
    rf"{_NAME}[\"']?\s?:\s?[{{\n][^{{}}]{{0,120}}?(?<![A-Za-z])(?i:number|num|no|id)[\"']?\s?:\s?[\"']?"
    rf"({_BRITISH}|{_LETTERED}|[0-9]{{7,9}}|[0-9]{{12}}|{_GERMAN}){_END}"
)
"""The number among the members of JSON or YAML below the name."""

_KEY = re.compile(
    rf"{_NAME}(?i:[ _-]?(?:number|num|no|id))[\"']?[:=][ \"']{{0,2}}([A-Z]{{1,3}}[0-9]{{5,8}}[A-Z]?){_END}"
)
_BARE = re.compile(
    rf"(?i:licen[sc]e[ _-]?(?:number|num|no)(?![a-z])\.?)[\s\"':=#(]{{1,6}}(?i:is )?"
    rf"({_BRITISH}|{_LETTERED}){_END}"
)
_SIGNED = re.compile(
    rf"(?i:licen[sc]e[ ]?#)[ :]{{0,3}}({_BRITISH}|{_LETTERED}|[0-9]{{7,9}}){_END}"
    r"(?=[^\n]{0,60}(?i:dmv|driv|motor vehicle|state of|class [a-e](?![a-z])))"
)
_LOOKED_UP = re.compile(
    r"(?i:(?:licen[sc]e|dl)[_-]?(?:number|num|no))[\"']?[ ]?[:=][ ]?[\"']?"
    rf"({_BRITISH}|{_LETTERED}|[0-9]{{7,9}}){_END}"
)
_OF_DRIVERS = re.compile(
    r"dmv|driv|motor[ _]?vehicle|dvla"
    r"|(?<![a-z])(?:issuing_?)?state[\"']?[ ]?[:=][ ]?[\"']?[a-z]{2}(?![a-z])",
    re.IGNORECASE,
)
_OF_OTHERS = re.compile(
    r"nurs|medic|pharm|contractor|business|liquor|firearm|software|product|profession|attorney|vehicle_lic",
    re.IGNORECASE,
)
"""What a call of a function says beside the number, of drivers and of others."""

_OTHERS = re.compile(
    r"(?:business|company|contractor|dealer|firearm|liquor|medical|nurs\w+|pilot|product|professional|"
    r"real estate|software|state|trade|vehicle)[ _-]?\Z",
    re.IGNORECASE,
)
"""Whose licence is none to drive."""


def license_at(text: str, at: int) -> Finding | None:
    """The number behind the words that begin here."""
    bare = _BARE.match(text, at)
    if bare is not None and _OTHERS.search(text, max(0, at - 16), at):
        return None
    looked_up = None if bare else _LOOKED_UP.match(text, at)
    around = (max(0, at - _AROUND), looked_up.end() + _AROUND) if looked_up else (0, 0)
    if looked_up and _OF_DRIVERS.search(text, *around) and not _OF_OTHERS.search(text, *around):
        return found(looked_up, "DRIVER_LICENSE", 1)
    named = _LICENSE.match(text, at) or _KEY.match(text, at) or _NESTED.match(text, at)
    return found(bare or named or _SIGNED.match(text, at), "DRIVER_LICENSE", 1)


_AROUND = 64
_BARE_NAMES = tuple(f"licen{sound}e{joint}n" for sound in "sc" for joint in ("", " ", "_", "-"))

LICENSE_ABROAD = PlaceDetector(
    "DRIVER_LICENSE",
    license_at,
    words=(
        "driver",
        "driving",
        "führerschein",
        "Führerschein",
        "dl#",
        "dl #",
        "dl no",
        "dl:",
        "dl ",
        "cdl ",
        "permis de conduire",
        "patente di guida",
        "permiso de conducir",
        "rijbewijs",
        "dl number",
        *_BARE_NAMES,
        "license #",
        "dl_n",
    ),
)
