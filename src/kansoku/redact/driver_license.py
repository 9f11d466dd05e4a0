"""Japanese driver's licence numbers: 12 digits, the first two the prefectural commission that issued it."""

import re

from kansoku.redact.context import told
from kansoku.redact.detector import NumberDetector
from kansoku.redact.number import Number

_LABEL = re.compile(
    r"免許|運転|driver.?s? ?_?-?licen[cs]e|driving ?_?licen[cs]e|licen[cs]e (?:no|number)|menkyo"
)


def is_license(number: Number) -> bool:
    """Whether the number is called one and begins with a commission's code, 10 to 97."""
    return "10" <= number.digits[:2] <= "97" and told(number, _LABEL)


DRIVER_LICENSE = NumberDetector("DRIVER_LICENSE", is_license, frozenset({12}))
