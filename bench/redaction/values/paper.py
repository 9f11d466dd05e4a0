"""What a state calls a person: My Number, licences, passports, social security and other national ids."""

import random
from collections.abc import Callable

from bench.redaction.values.check import LETTERS, digits, iso7064_11_10, luhn, my_number, verhoeff, weighted
from bench.redaction.values.credential import some
from bench.redaction.values.money import grouped

PASSPORT_DE = "CFGHJKLMNPRTVWXYZ0123456789"
DNI = "TRWAGMYFPDXBNJZSQVHLCKE"
CODICE_ODD = (1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24, 23)
"""What a letter (or the digit of its place) counts at an odd place of an Italian codice fiscale."""


def month(rng: random.Random, first: int, last: int) -> str:
    """Year and month of birth."""
    return f"{rng.randrange(first, last)}{rng.randrange(1, 13):02}"


def birthday(rng: random.Random, first: int, last: int) -> str:
    """Year, month and day of birth."""
    return f"{month(rng, first, last)}{rng.randrange(1, 29):02}"


def my_number_ja(rng: random.Random) -> str:
    """A My Number, together or in fours."""
    eleven = "".join(rng.choices("0123456789", k=11))
    return grouped(eleven + my_number(eleven), (4, 4, 4), rng.choice(("", "", " ", "-")))


def licence_ja(rng: random.Random) -> str:
    """A Japanese driver's licence: the issuing prefecture's code, then ten digits."""
    return f"{rng.choice((10, 30, 45, 50, 62, 63, 90))}{digits(rng, 10)}"


def licence_us(rng: random.Random) -> str:
    """A driver's licence of California, Florida or New York."""
    letter = rng.choice(LETTERS)
    return rng.choice((f"{letter}{digits(rng, 7)}", f"{letter}{digits(rng, 12)}", digits(rng, 9)))


def licence_uk(rng: random.Random) -> str:
    """A British driver number: surname, birth date in disguise, initials, check."""
    name = rng.choice(("MORGA", "SMITH", "JONES", "BROWN", "EVANS"))
    day = f"{rng.randrange(1, 13):02}{rng.randrange(1, 29):02}"
    born = f"{rng.randrange(5, 10)}{day}{rng.randrange(10)}"
    return f"{name}{born}{rng.choice('ABCJM')}9{some(rng, 'ABCJM', 2)}"


def licence_de(rng: random.Random) -> str:
    """A German licence: authority, number, check, copy."""
    return f"{rng.choice('BFJLN')}{digits(rng, 3)}{some(rng, 'CDFGHKRTX0123456789', 5)}{digits(rng, 2)}"


def passport_ja(rng: random.Random) -> str:
    """A Japanese passport: two letters, seven digits."""
    return f"{rng.choice('TM')}{rng.choice('KRSZGH')}{digits(rng, 7)}"


def passport_us(rng: random.Random) -> str:
    """A passport of the United States: nine digits, or a letter and eight."""
    return rng.choice((digits(rng, 9), f"{rng.choice('ACXZ')}{digits(rng, 8)}"))


def passport_de(rng: random.Random) -> str:
    """A German passport: nine characters of an alphabet without vowels, beginning with C."""
    return "C" + some(rng, PASSPORT_DE, 7) + digits(rng, 1)


def ssn(rng: random.Random) -> str:
    """A social security number of an area that was given out."""
    area = rng.choice([number for number in range(100, 899) if number not in {666, 123, 219, 457}])
    return f"{area}-{rng.randrange(1, 100):02}-{rng.randrange(1, 10_000):04}"


def nino(rng: random.Random) -> str:
    """A British national insurance number."""
    made = f"{rng.choice('ABCEHJLMNPRSW')}{rng.choice('ABCEHJLMPRSW')}{digits(rng, 6)}{rng.choice('ABCD')}"
    return (
        rng.choice((made, grouped(made, (2, 2, 2, 2, 1), " "))) if made[:2] not in {"GB", "NK"} else nino(rng)
    )


def nhs(rng: random.Random) -> str:
    """A British health service number."""
    nine = digits(rng, 9)
    check = -10 * int(nine[0]) - weighted(nine[1:], "98765432")
    return nhs(rng) if check % 11 == 10 else grouped(f"{nine}{check % 11}", (3, 3, 4), rng.choice((" ", "")))


def tax_id_de(rng: random.Random) -> str:
    """A German tax id: ten digits of which one comes twice, and a check digit."""
    order = rng.sample("123456789", 9)
    ten = "".join((*order, rng.choice(order[:8])))
    return grouped(ten + iso7064_11_10(ten), (2, 3, 3, 3), rng.choice((" ", "")))


def nir_fr(rng: random.Random) -> str:
    """A French social security number with its key."""
    place = f"75{rng.randrange(101, 120)}{rng.randrange(1, 999):03}"
    thirteen = f"{rng.choice('12')}{month(rng, 40, 99)}{place}"
    return grouped(f"{thirteen}{97 - int(thirteen) % 97:02}", (1, 2, 2, 2, 3, 3, 2), rng.choice((" ", "")))


def dni_es(rng: random.Random) -> str:
    """A Spanish DNI, or the NIE of a foreigner."""
    number, foreign = rng.randrange(10_000_000, 99_999_999), rng.randrange(1_000_000, 9_999_999)
    letter = rng.randrange(3)
    nie = f"{'XYZ'[letter]}{foreign}{DNI[int(f'{letter}{foreign}') % 23]}"
    return rng.choice((f"{number}{DNI[number % 23]}", nie))


def codice_it(rng: random.Random) -> str:
    """An Italian codice fiscale."""
    born = f"{rng.randrange(50, 99)}{rng.choice('ABCDEHLMPRST')}{rng.randrange(10, 29)}"
    body = f"{rng.choice(('RSSMRA', 'BNCLCU', 'VRDGPP'))}{born}H{rng.randrange(101, 999)}"
    ranks = [LETTERS.find(each) if each in LETTERS else int(each) for each in body]
    total = sum(CODICE_ODD[rank] for rank in ranks[::2]) + sum(ranks[1::2])
    return body + LETTERS[total % 26]


def bsn_nl(rng: random.Random) -> str:
    """A Dutch citizen service number."""
    eight = digits(rng, 8)
    check = weighted(eight, "98765432") % 11
    return f"{eight}{check}" if check < 10 else bsn_nl(rng)


def pesel_pl(rng: random.Random) -> str:
    """A Polish PESEL."""
    ten = f"{birthday(rng, 50, 99)}{digits(rng, 4)}"
    return f"{ten}{-weighted(ten, '1379137913') % 10}"


def personnummer_se(rng: random.Random) -> str:
    """A Swedish personal number."""
    day = birthday(rng, 50, 99)
    three = digits(rng, 3)
    return f"{day}-{three}{luhn(day + three)}"


def rrn_kr(rng: random.Random) -> str:
    """A Korean resident registration number."""
    twelve = f"{birthday(rng, 60, 99)}{rng.choice('12')}{rng.randrange(10_000, 90_000)}"
    return f"{twelve[:6]}-{twelve[6:]}{(11 - weighted(twelve, '234567892345') % 11) % 10}"


def resident_cn(rng: random.Random) -> str:
    """A Chinese resident identity number."""
    day = birthday(rng, 1960, 2005)
    number = f"{rng.choice(('110101', '310115', '440305'))}{day}{digits(rng, 3)}"
    total = sum(int(digit) * pow(2, 17 - at, 11) for at, digit in enumerate(number))
    return number + "10X98765432"[total % 11]


def cpf_br(rng: random.Random) -> str:
    """A Brazilian CPF."""
    number = digits(rng, 9)
    for _ in range(2):
        total = sum(
            int(digit) * weight for digit, weight in zip(reversed(number), range(2, 12), strict=False)
        )
        number += str(0 if total % 11 < 2 else 11 - total % 11)
    return f"{number[:3]}.{number[3:6]}.{number[6:9]}-{number[9:]}"


def aadhaar_in(rng: random.Random) -> str:
    """An Indian Aadhaar."""
    eleven = f"{rng.randrange(2, 10)}{digits(rng, 10)}"
    return grouped(eleven + verhoeff(eleven), (4, 4, 4), " ")


def sin_ca(rng: random.Random) -> str:
    """A Canadian social insurance number."""
    eight = f"{rng.choice('1245679')}{digits(rng, 7)}"
    return grouped(eight + luhn(eight), (3, 3, 3), rng.choice((" ", "-")))


MAKERS: dict[str, tuple[str, Callable[[random.Random], str]]] = {
    "my_number": ("MY_NUMBER", my_number_ja),
    "licence_ja": ("DRIVER_LICENSE", licence_ja),
    "licence_us": ("DRIVER_LICENSE", licence_us),
    "licence_uk": ("DRIVER_LICENSE", licence_uk),
    "licence_de": ("DRIVER_LICENSE", licence_de),
    "passport_ja": ("PASSPORT", passport_ja),
    "passport_us": ("PASSPORT", passport_us),
    "passport_de": ("PASSPORT", passport_de),
    "ssn": ("US_SSN", ssn),
    "nino": ("NATIONAL_ID", nino),
    "nhs": ("NATIONAL_ID", nhs),
    "tax_id_de": ("NATIONAL_ID", tax_id_de),
    "nir_fr": ("NATIONAL_ID", nir_fr),
    "dni_es": ("NATIONAL_ID", dni_es),
    "codice_it": ("NATIONAL_ID", codice_it),
    "bsn_nl": ("NATIONAL_ID", bsn_nl),
    "pesel_pl": ("NATIONAL_ID", pesel_pl),
    "personnummer_se": ("NATIONAL_ID", personnummer_se),
    "rrn_kr": ("NATIONAL_ID", rrn_kr),
    "resident_cn": ("NATIONAL_ID", resident_cn),
    "cpf_br": ("NATIONAL_ID", cpf_br),
    "aadhaar_in": ("NATIONAL_ID", aadhaar_in),
    "sin_ca": ("NATIONAL_ID", sin_ca),
}
