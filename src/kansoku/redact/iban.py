"""International bank account numbers: ISO 13616, of each country's length, checked by MOD 97-10."""

import re

from kansoku.redact.check import mod_97
from kansoku.redact.detector import FREE, PlaceDetector
from kansoku.redact.finding import Finding

_LENGTHS = {
    **dict.fromkeys(("NO",), 15),
    **dict.fromkeys(("BE",), 16),
    **dict.fromkeys(("DK", "FI", "NL", "FO", "GL"), 18),
    **dict.fromkeys(("MK", "SI"), 19),
    **dict.fromkeys(("AT", "BA", "EE", "KZ", "LT", "LU", "XK"), 20),
    **dict.fromkeys(("CH", "HR", "LI", "LV"), 21),
    **dict.fromkeys(("BG", "BH", "CR", "DE", "GB", "GE", "IE", "ME", "RS", "VA"), 22),
    **dict.fromkeys(("AE", "GI", "IL", "IQ", "TL"), 23),
    **dict.fromkeys(("AD", "CZ", "ES", "MD", "PK", "RO", "SA", "SE", "SK", "TN", "VG"), 24),
    **dict.fromkeys(("PT", "ST"), 25),
    **dict.fromkeys(("IS", "TR"), 26),
    **dict.fromkeys(("FR", "GR", "IT", "MC", "MR", "SM"), 27),
    **dict.fromkeys(("AL", "AZ", "BY", "CY", "DO", "GT", "HU", "LB", "PL", "SV"), 28),
    **dict.fromkeys(("BR", "EG", "PS", "QA", "UA"), 29),
    **dict.fromkeys(("JO", "KW", "MU"), 30),
    **dict.fromkeys(("MT", "SC"), 31),
    "LC": 32,
}
_FORM = re.compile(
    r"(?:(?<![A-Za-z0-9])|(?<=\?3[0-9]))[A-Za-z]{2}[0-9]{2}(?:[ \-\u00a0\u202f\u3000]{0,2}[A-Za-z0-9]){11,28}"
)


def iban_at(text: str, at: int) -> Finding | None:
    """The account number that begins here, or behind the number of a field of a German transfer."""
    if text[at] == "?":
        at += len("?30")
    size = _LENGTHS.get(text[at : at + 2].upper())
    match = None if size is None else _FORM.match(text, at)
    if match is None or size is None:
        return None
    places = [place for place in range(match.start(), match.end()) if text[place].isalnum()][:size]
    end = places[-1] + 1
    free = end == len(text) or not (text[end].isascii() and text[end].isalnum())
    compact = "".join(text[place] for place in places)
    if not free or len(compact) != size or (compact != compact.upper() and "-" in text[at:end]):
        return None  # the last: parts of a UUID in small letters
    return Finding(at, end, "IBAN") if mod_97(compact.upper()) else None


IBAN = PlaceDetector("IBAN", iban_at, shapes=(FREE + "[A-Za-z]{2}[0-9]{2}", "[?][3][0-9][A-Za-z]{2}[0-9]{2}"))
