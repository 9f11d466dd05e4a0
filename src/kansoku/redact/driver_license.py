"""Driver's licence numbers: Japan's 12 digits, the commission's two first; others where a word says so."""

import re

from kansoku.redact.context import told
from kansoku.redact.detector import NumberDetector, PlaceDetector, found
from kansoku.redact.finding import Finding
from kansoku.redact.number import Number

_LABEL = re.compile(
    r"免許|運転|driver.?s? ?_?-?licen[cs]e|driving ?_?licen[cs]e|licen[cs]e (?:no|number)|menkyo"
)


def is_license(number: Number) -> bool:
    """Whether the number is called one and begins with a commission's code, 10 to 97."""
    return "10" <= number.digits[:2] <= "97" and told(number, _LABEL)


DRIVER_LICENSE = NumberDetector("DRIVER_LICENSE", is_license, frozenset({12}))

_FOREIGN = re.compile(
    r"(?:driver'?s?|driving)[ _-]licen[cs]e[^0-9\n]{1,24}?"
    r"((?-i:[A-Z]{0,2}(?=[A-Z0-9]*[0-9]{5})[A-Z0-9]{6,16}))(?![A-Za-z0-9])"
    r"|führerschein[^0-9\n]{1,20}?"
    r"((?-i:(?=[A-Z0-9]*[0-9]{3})[A-Z0-9]{11}))(?![A-Za-z0-9])",
    re.IGNORECASE,
)


def foreign_license_at(text: str, at: int) -> Finding | None:
    """The number that follows the word soon."""
    match = _FOREIGN.match(text, at)
    return None if match is None else found(match, "DRIVER_LICENSE", match.lastindex or 0)


FOREIGN_LICENSE = PlaceDetector(
    "DRIVER_LICENSE", foreign_license_at, words=("driver", "driving", "führerschein")
)
