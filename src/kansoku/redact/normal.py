"""The normal form of a value: what stays the same however it was written."""

import html
import re
from urllib.parse import unquote

from kansoku.redact.folded import folded

_DIGITS_ONLY = frozenset({"CREDIT_CARD", "MY_NUMBER", "BANK_ACCOUNT", "POSTAL_CODE", "US_SSN"})
_LETTERS_TOO = frozenset({"PASSPORT", "IBAN", "NATIONAL_ID", "DRIVER_LICENSE"})
_OPEN, _CLOSE = r"\s*[\[({<（【]\s*", r"\s*[\])}>）】]\s*"
_AT = re.compile(rf"{_OPEN}(?:at|ät|アット(?:マーク)?|@){_CLOSE}|\s+at\s+", re.IGNORECASE)
_DOT = re.compile(rf"{_OPEN}(?:dot|ドット|\.){_CLOSE}|\s+dot\s+", re.IGNORECASE)
_TRUNK = "0"
_JAPAN = "81"


def normal(entity: str, text: str) -> str:
    """The normal form: digits of a telephone number, small letters of an e-mail address.

    A number of Japan is the same with its country code and without.
    """
    value = folded(text).text
    if entity == "PHONE":
        return _phone(value)
    if entity in _DIGITS_ONLY:
        return "".join(filter(str.isdecimal, value))
    if entity in _LETTERS_TOO:
        return "".join(filter(str.isalnum, value)).upper()
    return _address(value) if entity == "EMAIL" else value


def _phone(value: str) -> str:
    """The digits with the country code where it is told; without trunk zero behind it."""
    told = value.lstrip("( ").startswith(("+", "%2B", "%2b"))
    digits = "".join(filter(str.isdecimal, re.sub(r"%2[Bb]|\(0\)", "", value)))
    if told and digits.startswith(_JAPAN):
        return _JAPAN + digits.removeprefix(_JAPAN).removeprefix(_TRUNK)
    is_japanese = digits.startswith(_TRUNK) and not told
    return _JAPAN + digits.removeprefix(_TRUNK) if is_japanese else digits


def _address(value: str) -> str:
    """The e-mail address in small letters, with its signs as themselves."""
    plain = html.unescape(unquote(unquote(value)))
    return _DOT.sub(".", _AT.sub("@", plain)).lower()
