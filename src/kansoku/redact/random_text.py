"""Whether a text is made of words, as names and sentences are, or random.

Entropy is Shannon's, in bits a character, of the text's own distribution of characters.
"""

import re
from collections import Counter
from collections.abc import Iterator
from math import log2
from string import digits

_ANY, _ONE_MORE, _TWO_MORE = "[0-9]", "[0-9]?", "[0-9]{0,2}"
_NO_SMALL = "(?-i:(?![a-z]))"
"""No small letter goes on with it: `v3ry` and `s3cret` are no terms."""

_TERMS_WITH_DIGITS: tuple[tuple[str, tuple[tuple[str, str], ...]], ...] = (
    ("sha-", ((_ANY, _TWO_MORE),)),
    ("md", (("5", ""),)),
    ("crc", (("3", "2"),)),
    ("base", (("3", "2"), ("6", "4"))),
    ("utf-", (("8", ""), ("1", "6"), ("3", "2"))),
    ("pbkdf", (("2", ""),)),
    ("x", ((_ANY, "[0-9]{2,4}"), ("8", "6"))),
    ("pkcs", ((_ANY, _ONE_MORE),)),
    ("aes-", ((_ANY, "[0-9]{2}"),)),
    ("[ehr]s", (("2", "56"),)),
    ("ed", (("2", "5519"),)),
    ("ipv", (("[46]", ""),)),
    ("int", (("8", ""), ("1", "6"), ("3", "2"), ("6", "4"))),
    ("float", (("1", "6"), ("3", "2"), ("6", "4"))),
    ("rfc", ((_ANY, "[0-9]{2,3}"),)),
    ("s", (("3", f"{_NO_SMALL}"),)),
    ("ec", (("2", ""),)),
    ("k", (("8", "s"),)),
    ("i", (("1", "8n"),)),
    ("p", (("1", "2"), ("2", "56"))),
    ("(?<![a-z])[abcep]", (("2", "[abcep](?![a-z])"),)),
    ("(?-i:[ABCEP])", (("2", "(?-i:[ABCEP])"),)),
    ("m", (("2", "m"),)),
    ("l", (("1", "0n"),)),
    ("a", (("1", "1y"),)),
    ("h", (("2", "64"),)),
    ("mp", (("[34]", ""),)),
    ("win", (("3", "2"), ("6", "4"))),
    ("iso-", (("8", "859"),)),
    ("latin", (("1", ""),)),
    ("cp", (("1", "252"),)),
    ("(?:(?<![a-z])v|(?-i:V))", ((_ANY, f"{_TWO_MORE}{_NO_SMALL}"),)),
    ("", (("2", "fa"),)),
    ("u", (("2", "f"),)),
    ("wpa", (("[23]", ""),)),
)
"""Terms of the trade that are words: what stands in front of the digits (a dash at its end may be left out),
and which first digit and what behind it each may have."""

_OTHER_TERMS = ("oauth", "http", "mlkem")
"""Terms that may stand without a digit."""


def _terms() -> Iterator[str]:
    """Each term's pattern."""
    for front, ends in _TERMS_WITH_DIGITS:
        dashed = front.replace("-", "-?") if front.endswith("-") else front
        yield f"{dashed}(?:{'|'.join(map(''.join, ends))})"
    yield from ("oauth2?", "http2?", "mlkem[0-9]*")


def _by_first_digit() -> Iterator[str]:
    """Each digit, with what stands around it in the terms whose first it is."""
    for digit in digits:
        around = [
            f"(?<={before}{digit}){rest}"
            for front, ends in _TERMS_WITH_DIGITS
            for before in dict.fromkeys((front, front.removesuffix("-")))
            for first, rest in ends
            if re.fullmatch(first, digit)
        ]
        yield f"{digit}(?:{'|'.join(around)})"


_TERMS = re.compile("|".join(_terms()), re.IGNORECASE)
_MAY_BE_TERM = re.compile("|".join(_by_first_digit()), re.IGNORECASE)
"""A digit of a term: most are of none, and to look for the terms at every letter costs ten times as much."""

_UUID = re.compile(r"[0-9A-Fa-f]{8}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{12}")
_ALPHABET = re.compile(r"[A-Za-z0-9+/=_.~\-]{20,512}")
_HEX = re.compile(r"[0-9A-Fa-f]+")
_DIGIT = re.compile(r"[0-9]")
_AMID = re.compile(r"[0-9][A-Za-z]|[0-9]{5}|\A[0-9]")
"""Digits where a name in a program has none."""

_SEGMENT = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-zß-öø-ÿ]+|[^\x00-\u024f]+")
_PAIR = re.compile(r"(?<![A-Za-z])(?:[a-z]{2}|[A-Z]{2})(?![A-Za-z])")
_CLUSTER = re.compile(r"[b-df-hj-np-tv-xz]{5}", re.IGNORECASE)
_VOWEL = re.compile(r"[aeiouß-öø-ÿ]", re.IGNORECASE)

_FEWEST_BITS = 3.5
_FEWEST_BITS_HEX = 3.0
_SHARE_OF_WORDS = 0.8
_ABBREVIATED = (3, 4)
_TELLING = 64
"""Code points that are looked at: what a text is like, its beginning tells."""

_FEW = 8
"""Letters; so few may all be abbreviations."""


def entropy(text: str) -> float:
    """Bits a character; 0 for an empty text."""
    total = len(text)
    return -sum(count / total * log2(count / total) for count in Counter(text).values()) if text else 0.0


def is_random(text: str) -> bool:
    """Whether the text is long, of letters and digits, and of high entropy: no words, and no UUID."""
    if _ALPHABET.fullmatch(text) is None or _UUID.fullmatch(text) or is_wordy(text):
        return False
    kinds = sum(any(map(is_kind, text)) for is_kind in (str.islower, str.isupper, str.isdecimal))
    if _HEX.fullmatch(text):
        return kinds > 1 and entropy(text) >= _FEWEST_BITS_HEX
    return kinds > 2 and entropy(text) >= _FEWEST_BITS  # noqa: PLR2004  all three


def without_terms(text: str) -> str:
    """The beginning of the text without terms of the trade that hold digits, such as sha256."""
    start = text[:_TELLING]
    return _TERMS.sub("", start) if _may_hold_terms(start) else start


def _may_hold_terms(text: str) -> bool:
    """Whether a term may be in the text; none of them is where no digit is."""
    if _DIGIT.search(text) is None:
        return False
    small = text.lower()
    return _MAY_BE_TERM.search(text) is not None or any(term in small for term in _OTHER_TERMS)


def is_wordy(text: str) -> bool:
    """Whether the text begins with words and a few abbreviations; a word may have a number behind it."""
    rest = without_terms(text)
    if _AMID.search(rest) is not None:
        return False
    segments = _SEGMENT.findall(rest)
    letters = sum(map(len, segments))
    words = [one for one in segments if len(one) > 2]  # noqa: PLR2004  two letters in a row with others say nothing
    unspoken = {one for one in set(words) if not _is_spoken(one)}  # some texts say one word many times
    others = [one for one in words if one in unspoken] if unspoken else []
    spoken = sum(map(len, words)) - sum(map(len, others)) + 2 * len(_PAIR.findall(rest))
    short = sum(len(one) for one in others if len(one) in _ABBREVIATED)
    short = short if letters <= _FEW else min(short, spoken)
    return spoken + short >= _SHARE_OF_WORDS * letters


def _is_spoken(segment: str) -> bool:
    """Whether a segment can be spoken."""
    return _VOWEL.search(segment) is not None and _CLUSTER.search(segment) is None
