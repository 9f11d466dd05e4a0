"""National identity numbers of digits alone, each with its office's check and the word that tells it."""

import re
from collections.abc import Callable
from dataclasses import dataclass

from kansoku.redact.caption import Captions, Hints, is_anothers
from kansoku.redact.check import is_date, luhn, mod_11_10, verhoeff, weighted
from kansoku.redact.detector import NumberDetector, Parts
from kansoku.redact.number import Groups, Number


@dataclass(frozen=True, slots=True)
class Scheme:
    """One country's number.

    Attributes:
        sizes: How many digits it has.
        checks: Whether the digits are in order.
        captions: What it is called.
        shapes: Groups that tell it without a word.
    """

    sizes: frozenset[int]
    checks: Callable[[str], bool]
    captions: Captions
    shapes: frozenset[tuple[int, ...]] = frozenset()

    def holds(self, number: Number) -> bool:
        """Whether a number whose digits check is one."""
        told = number.groups in self.shapes and not _is_time(number) and not is_anothers(number)
        told = told and not _is_of_paper(number)
        return told or self.captions.are_near(number)


def _is_time(number: Number) -> bool:
    """Whether it may be a day and the time of it: `20261127 1830`."""
    return number.groups == (8, 4) and "-" not in number.written


_PAPER = re.compile(
    r"(?:beleg|quittung|rechnung|bestellung|auftrag|vorgang|lieferschein|buchung|aktenzeichen|az|receipt|invoice"
    r"|case|booking|docket|voucher|job|run|batch|伝票|領収書|受付|注文|案件|整理)\W{0,3}\Z"
)
_NEWEST = "2015"
"""Dates that begin numbers without a name: of later years, papers have more of them than children."""


def _is_of_paper(number: Number) -> bool:
    """Whether it may be the number of a paper, which often begins with its date."""
    is_late = number.groups == (8, 4) and number.digits[:4] >= _NEWEST
    return is_late or _PAPER.search(number.before(24)) is not None


def _scheme(sizes: set[int], checks: Callable[[str], bool], words: str, *shapes: tuple[int, ...]) -> Scheme:
    """A scheme from plain values."""
    return Scheme(frozenset(sizes), checks, Captions(words, beginnings(words)), frozenset(shapes))


_BEGINNING = re.compile(r"(?:\A|\|)(?:\\b)?([^\\|()\[\]?]+)(?!\?)")


def beginnings(words: str) -> tuple[str, ...]:
    """What each alternative of the pattern begins with, as it is written; none of them stand in brackets."""
    return tuple(_BEGINNING.findall(words))


def _remainder(weights: tuple[int, ...], modulus: int, result: int = 0) -> Callable[[str], bool]:
    """Makes the check that the weighted sum leaves this remainder."""
    return lambda digits: weighted(digits, weights) % modulus == result


_DOWN_FROM_9, _DOWN_FROM_10, _DOWN_FROM_11, _DOWN_FROM_13 = (
    tuple(range(first, 1, -1)) for first in (9, 10, 11, 13)
)
_POWERS_OF_2 = tuple(pow(2, 17 - place, 11) for place in range(17))


def _nhs(digits: str) -> bool:
    return (11 - weighted(digits, _DOWN_FROM_10) % 11) % 11 == int(digits[9])


def _cpf(digits: str) -> bool:
    first = weighted(digits, _DOWN_FROM_10) * 10 % 11 % 10
    second = weighted(digits, _DOWN_FROM_11) * 10 % 11 % 10
    return digits[9:] == f"{first}{second}" and len(set(digits)) > 1


def _french(digits: str) -> bool:
    return digits[0] in "12" and 97 - int(digits[:13]) % 97 == int(digits[13:])


def _korean(digits: str) -> bool:
    return is_date(digits) and digits[6] in "12345678"


def _chinese(digits: str) -> bool:
    return is_date(digits[8:14]) and (12 - weighted(digits, _POWERS_OF_2) % 11) % 11 == int(digits[17])


def _belgian(digits: str) -> bool:
    rest = int(digits[9:])
    return rest in {97 - int(digits[:9]) % 97, 97 - int("2" + digits[:9]) % 97}


def _swedish(digits: str) -> bool:
    return is_date(digits[-10:-4]) and luhn(digits[-10:])


def _swiss(digits: str) -> bool:
    return digits.startswith("756") and weighted(digits, (1, 3) * 7) % 10 == 0


def _danish(digits: str) -> bool:
    return "01" <= digits[:2] <= "31" and "01" <= digits[2:4] <= "12"


def _portuguese(digits: str) -> bool:
    return (11 - weighted(digits, _DOWN_FROM_9) % 11) % 11 % 10 == int(digits[8])


def _thai(digits: str) -> bool:
    return (11 - weighted(digits, _DOWN_FROM_13) % 11) % 10 == int(digits[12])


SCHEMES = (
    _scheme(
        {11}, mod_11_10, r"steuer(?:[ _-]?id)?|idnr|id-nr|tax[ _-]?id|identifikationsnummer|tin\b|納税者番号"
    ),
    _scheme({15}, _french, r"sécu|secu|nir\b|sociale|insee|フランス", (15,), (1, 2, 2, 2, 3, 3, 2), (13, 2)),
    _scheme({9}, _remainder((9, 8, 7, 6, 5, 4, 3, 2, -1), 11), r"bsn|burgerservice|sofi"),
    _scheme({10}, _nhs, r"nhs"),
    _scheme({12}, verhoeff, r"aadhaar|aadhar|uidai|आधार|アーダール"),
    _scheme({13}, _korean, r"rrn|resident(?: registration(?: number)?)?|주민|住民登録(?:番号)?", (6, 7)),
    _scheme({18}, _chinese, r"身份证|身分証|resident id|chinese id|居民|中国", (18,)),
    _scheme({9}, luhn, r"\bsin\b|social insurance|社会保険番号|nas\b"),
    _scheme({11}, _cpf, r"cpf|ブラジル", (3, 3, 3, 2)),
    _scheme({11}, _remainder((1, 3, 7, 9, 1, 3, 7, 9, 1, 3, 1), 10), r"pesel"),
    _scheme({10, 12}, _swedish, r"person-?nummer|personnr|pnr\b|swedish|スウェーデン", (6, 4), (8, 4)),
    _scheme({13}, _swiss, r"ahv|avs\b|sozialversicherung", (3, 4, 4, 2)),
    _scheme({10}, _danish, r"cpr"),
    _scheme({11}, _belgian, r"rijksregister|national number|registre national|niss|insz", (2, 2, 2, 3, 2)),
    _scheme({9}, _portuguese, r"\bnif\b|contribuinte"),
    _scheme({13}, _thai, r"thai|บัตรประชาชน"),
    _scheme({9}, _remainder((1, 4, 3, 7, 5, 8, 6, 9, 10), 11), r"tfn|tax file"),
    _scheme(
        {10},
        lambda digits: is_date(digits[8:10] + digits[6:8] + digits[4:6]),
        r"svnr|sv-nummer|sozialversicherungsnummer",
    ),
    _scheme({11}, _danish, r"fødselsnummer|personnummer"),
)


_BY_SIZE = {size: tuple(scheme for scheme in SCHEMES if size in scheme.sizes) for size in range(21)}
_BY_SHAPE = {
    shape: tuple(one for one in SCHEMES if shape in one.shapes)
    for scheme in SCHEMES
    for shape in scheme.shapes
}
_PARTS = {
    size: tuple(dict.fromkeys(hint for scheme in schemes for hint in scheme.captions.hints))
    for size, schemes in _BY_SIZE.items()
}
_HINTS = {size: Hints(parts) for size, parts in _PARTS.items()}


def _needs(groups: Groups, _first: str) -> Parts | None:
    """The name of one as long, but for groups that tell it."""
    return None if groups in _BY_SHAPE else _PARTS[sum(groups)]


def is_national_id(number: Number) -> bool:
    """Whether any country's scheme holds."""
    size = len(number.digits)
    schemes = _BY_SIZE[size] if _HINTS[size].are_at(number.front) else _BY_SHAPE.get(number.groups, ())
    for scheme in schemes:  # noqa: SIM110  `any` would cost twice as much
        if scheme.checks(number.digits) and scheme.holds(number):
            return True
    return False


NATIONAL_ID = NumberDetector(
    "NATIONAL_ID",
    is_national_id,
    frozenset(size for scheme in SCHEMES for size in scheme.sizes),
    needs=_needs,
)
