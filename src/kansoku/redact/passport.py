"""Passport numbers, told by a label: ICAO Doc 9303 has nine characters, each issuer its own form.

Japan: two letters and seven digits. United States: nine digits, or a letter and eight. United Kingdom: nine
digits. Germany: nine of its serial alphabet. France: two digits, two letters, five digits. Italy: two letters
and seven digits. Netherlands: two letters, six letters or digits, a digit.
"""

import re

from kansoku.redact.caption import Captions, is_other
from kansoku.redact.column import Tables
from kansoku.redact.detector import FREE, NumberDetector, PlaceDetector, found, of_forms
from kansoku.redact.finding import Finding
from kansoku.redact.number import Number

_WORDS = (
    *(
        "passport",
        "パスポート",
        "ﾊﾟｽﾎﾟｰﾄ",
        "旅券",
        "여권",
        "护照",
        "護照",
        "reisepass",
        "passeport",
        "pasaporte",
        "passaporto",
        "paspoort",
    ),
    *("pass-nr", "passnr", "passnummer"),
)
_WORD = re.compile("|".join(_WORDS), re.IGNORECASE | re.ASCII)
_CAPTIONS = Captions(
    rf"(?:{'|'.join(_WORDS)})(?:[ _-]?(?:番号|number|nummer|(?:no|nr|num)(?![a-z])\.?))?",
    ("pas", "パスポート", "ﾊﾟｽﾎﾟｰﾄ", "旅券", "여권", "护照", "護照"),
)
_FREE = r"(?:(?<![A-Za-z0-9_./-])|(?<=[Nn][or]\.))"
_JAPANESE = r"[A-Z]{2} ?[0-9]{7}(?![A-Za-z0-9_-])"
_FORM = re.compile(
    r"[A-Z0-9](?:(?<![A-Za-z0-9_./-][A-Z0-9])|(?<=[Nn][or]\.[A-Z0-9]))"
    r"(?:(?<=[A-Z])[A-Z] ?[0-9]{7}(?![A-Za-z0-9_-])|[A-Z0-9]{7,9}(?![A-Za-z0-9_]|[-./][A-Za-z0-9]))"
)
"""That of Japan, or any; Python's patterns skip fast to a class that they begin with."""

_JAPANESE_FORM = re.compile(_FREE + _JAPANESE)
_SMALL_FORM = re.compile(_FREE + r"[a-z]{2}[0-9]{7}(?![A-Za-z0-9_.-])")
_UNNAMED = re.compile(
    r"(?:(?<![a-z])(?:the|that|this|a) number(?! of)|番号)[^\n.。0-9]{0,32}\Z", re.IGNORECASE
)
_NAMED_LATER = re.compile(r"[^\n.。0-9]{0,48}(?:passport|パスポート|旅券)", re.IGNORECASE)
"""A number of which a sentence says later that it is, or is not, that of a passport."""

_DATE = re.compile(r"(?:19|20)[0-9]{2}(?:0[1-9]|1[0-2])[0-9]{2}\Z")
_LETTERS_MOSTLY = re.compile(
    r"(?=[A-Z]{1,9}[0-9])[CFGHJKLMNPRTVWXYZ0-9]{9,10}\Z|[A-Z]{2}[A-NP-Z0-9]{6}[0-9]\Z"
)
"""The forms of Germany and of the Netherlands, which may have one digit only."""

_FEWEST_DIGITS = 2
_ALL_DIGITS = (8, 9)
_MARK = "<PASSPORT>"
_AHEAD, _BEHIND = 48, 24
_BETWEEN = re.compile(r"(?:[^0-9\n]|[0-9]{1,2}(?![0-9]))*(?:\n[^0-9\n]{0,12})?\Z")
"""A number in between is what the label tells of; of what comes behind it, nothing is known."""

_SHORT = re.compile(
    r"(?:[ _-]?(?:number|no|nr|nummer)\.? (?:for|on|of|in|für|im|auf)"
    r" (?:the|my|his|her|our|your|das|de[mnr]|die) "
    r"[a-zäöüß -]{2,24}(?=[:：]| is | ist | lautet ))?"
    r"(?:[^a-z0-9、。,;]|n[º°o]|(?:number|nummer|num[eé]ro|n[uú]mero|num|nr|is|was|ist|lautet|us|usa|uk"
    r"|id|de|di)(?![a-z])|"
    r"[0-9]{1,2}桁){0,24}\Z"
    r"|[^\n0-9]{1,40}[.,;。、][ ]?(?:(?:the|its|it's|my|his|her) )?(?:number|no\.?|番号)(?:'s| is| was|:"
    r"|は|が)[ ]?\Z"
)
"""What may stand between the label and a number without letters."""


_LETTERED = re.compile(_FREE + r"[A-Z][0-9]{8}(?![A-Za-z0-9_-])")
_LIST = re.compile(
    rf"(?:{'|'.join(_WORDS)})(?:[ _-]?(?:番号|numbers?|no\.?))?[ ]?[:：は][ ]?([^\n。;]{{9,80}}?)"
    r"(?:[、,・/／と]|and|und)[ ]?[A-Za-z一-龥ァ-ヶー]{0,12}[ ]?[:：]?[ ]?\Z",
    re.IGNORECASE,
)
_LONGEST_LIST = 128
"""More numbers behind a label, each perhaps with its country in front: `米国 A12345678、韓国 M12345678`."""


def passport_at(text: str, at: int) -> Finding | None:
    """The passport number behind the word that begins here, or right in front of it."""
    end = at + len(_word(text, at))
    if text.startswith(_MARK, max(0, at - 1)):
        return None
    for form in _FORM.finditer(text, end, end + _AHEAD):
        between = text[end : form.start()].lower()
        if not _BETWEEN.match(between) or is_other(between) or _MARK.lower() in between:
            break
        if _is_number(form.group(), between):
            return found(form, "PASSPORT")
    return _in_small(text, end) or _in_front(text, at)


def _in_small(text: str, end: int) -> Finding | None:
    """A number of the Japanese form in small letters behind the word that ends there."""
    form = _SMALL_FORM.search(text, end, end + _AHEAD)
    between = text[end : form.start()].lower() if form else ""
    is_its = form is not None and _BETWEEN.match(between) and not is_other(between)
    return found(form, "PASSPORT") if is_its and _MARK.lower() not in between else None


def _word(text: str, at: int) -> str:
    """Which word begins here."""
    match = _WORD.match(text, at)
    return match.group() if match else ""


def _is_number(written: str, between: str) -> bool:
    """Whether what is written has the digits of its form, and without a letter stands right at the label."""
    if written.isdigit():
        return len(written) in _ALL_DIGITS and not _DATE.match(written) and _SHORT.match(between) is not None
    digits = sum(character.isdigit() for character in written)
    return digits >= _FEWEST_DIGITS or _LETTERS_MOSTLY.match(written) is not None


def _in_front(text: str, at: int) -> Finding | None:
    """A number of the Japanese form that stands a few characters in front."""
    last = None
    for form in _JAPANESE_FORM.finditer(text, max(0, at - _BEHIND), at):
        last = form
    return found(last, "PASSPORT")


def japanese_at(text: str, at: int) -> Finding | None:
    """The number of the Japanese form that begins here, if a label further off or over its column says so."""
    match = _JAPANESE_FORM.match(text, at)
    if match is None:
        return None
    before = max(0, at - _AHEAD)
    is_told = _NAMED_LATER.match(text, match.end()) and _UNNAMED.search(text, before, at)
    is_told = is_told or _CAPTIONS.tells(text[before:at].lower()) or _CAPTIONS.tells(Tables(text).head(at))
    return found(match, "PASSPORT") if is_told else None


def listed_at(text: str, at: int) -> Finding | None:
    """The number of a letter and eight digits that begins here, one of a list behind a label."""
    match = _LETTERED.match(text, at)
    listed = _LIST.search(text, max(0, at - _LONGEST_LIST), at) if match else None
    return None if listed is None or _LETTERED.search(listed[1]) is None else found(match, "PASSPORT")


def unlabelled_at(text: str, at: int) -> Finding | None:
    """The number of the Japanese form that begins here, if no label tells that it is something else."""
    match = _JAPANESE_FORM.match(text, at)
    return None if match and is_other(text[max(0, at - _AHEAD) : at].lower()) else found(match, "PASSPORT")


def is_in_column(number: Number) -> bool:
    """Whether nine digits stand in a column of passports."""
    return len(number.groups) == 1 and _CAPTIONS.tells(number.front.head)


_SHAPES = (FREE + "[A-Z]{2}[0-9]{7}",)

PASSPORTS = (
    PlaceDetector("PASSPORT", passport_at, words=_WORDS),
    PlaceDetector("PASSPORT", japanese_at, shapes=_SHAPES),
    PlaceDetector("PASSPORT", listed_at, shapes=(FREE + "[A-Z][0-9]{8}",)),
    NumberDetector("PASSPORT", is_in_column, frozenset({9}), fits=of_forms({(9,)}), needs=_CAPTIONS.need),
)
PASSPORT_STRICT = PlaceDetector("PASSPORT", unlabelled_at, shapes=_SHAPES)
