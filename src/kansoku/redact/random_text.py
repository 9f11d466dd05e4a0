"""Whether a text is made of words, as names and sentences are, or random.

Entropy is Shannon's, in bits a character, of the text's own distribution of characters.
"""

import re
from collections import Counter
from math import log2

_TERMS = re.compile(
    r"sha-?[0-9]{1,3}|md5|crc32|base(?:32|64)|utf-?(?:8|16|32)|pbkdf2|oauth2?|x[0-9]{3,5}|mlkem[0-9]*|pkcs[0-9]{1,2}|aes-?[0-9]{3}"
    r"|[ehr]s256|ed25519|http2?|ipv[46]|int(?:8|16|32|64)|float(?:16|32|64)|rfc[0-9]{3,4}|s3|ec2|k8s|i18n|p(?:12|256)"
    r"|(?<![a-z])[abcep]2[abcep](?![a-z])|(?-i:[ABCEP]2[ABCEP])|m2m|l10n|a11y|h264|mp[34]|win(?:32|64)|x86|iso-?8859|latin1|cp1252|(?:(?<![a-z])v|(?-i:V))[0-9]{1,3}|2fa|u2f|wpa[23]",
    re.IGNORECASE,
)
"""Terms of the trade that hold digits and are words."""

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
    return _TERMS.sub("", start) if _DIGIT.search(start) else start


def is_wordy(text: str) -> bool:
    """Whether the text begins with words and a few abbreviations; a word may have a number behind it."""
    rest = without_terms(text)
    if _AMID.search(rest) is not None:
        return False
    segments = _SEGMENT.findall(rest)
    letters = sum(map(len, segments))
    words = [one for one in segments if len(one) > 2]  # noqa: PLR2004  two letters in a row with others say nothing
    others = [one for one in words if not _is_spoken(one)]
    spoken = sum(map(len, words)) - sum(map(len, others)) + 2 * len(_PAIR.findall(rest))
    short = sum(len(one) for one in others if len(one) in _ABBREVIATED)
    short = short if letters <= _FEW else min(short, spoken)
    return spoken + short >= _SHARE_OF_WORDS * letters


def _is_spoken(segment: str) -> bool:
    """Whether a segment can be spoken."""
    return _VOWEL.search(segment) is not None and _CLUSTER.search(segment) is None
