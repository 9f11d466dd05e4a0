"""Driver's licence numbers of other countries, told by the words right in front of them.

Forms: those of the United States (AAMVA: a letter or none, digits), of the United Kingdom (DVLA: five letters
of the name, six digits of the birth date, initials and a check) and of Germany (eleven characters).
"""

import re

from kansoku.redact.detector import PlaceDetector, found
from kansoku.redact.finding import Finding

_NAME = r"(?i:driv(?:er['’]?s?|ers['’]|ing)[ _-]?licen[sc]e|führerschein|dl(?= ?#| ?no| ?number))"
_ITS = (
    r"(?i:[ _-]?(?:number|nummer|num|no|nr|id|#)(?![a-z])\.?)?[\s\"':=#(]{1,6}"
    r"(?i:(?:is|no\.?|nr\.?|#)[ :]{1,2})?"
)
_AMERICAN = r"[A-Z]{1,3}[ -]?[0-9]{3,4}[ -]?[0-9]{3,4}(?:[ -]?[0-9]{2,5})?|[0-9]{7,9}"
_BRITISH = r"[A-Z9]{5} ?[0-9]{6} ?[A-Z9]{2}[A-Z0-9]{2,3}"
_GERMAN = r"(?=[A-Z0-9]{0,8}[0-9]{2})[A-Z][A-Z0-9]{10}"
_LICENSE = re.compile(rf"{_NAME}{_ITS}({_BRITISH}|{_AMERICAN}|{_GERMAN})(?![A-Za-z0-9_-])")


def license_at(text: str, at: int) -> Finding | None:
    """The number behind the words that begin here."""
    return found(_LICENSE.match(text, at), "DRIVER_LICENSE", 1)


LICENSE_ABROAD = PlaceDetector(
    "DRIVER_LICENSE",
    license_at,
    words=("driver", "driving", "führerschein", "Führerschein", "dl#", "dl #", "dl no", "dl number"),
)
