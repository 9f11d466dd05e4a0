"""How to reach a person: mail addresses, telephone numbers, postal codes, addresses, IP addresses.

Telephone numbers are of ranges that the numbering plans have in use.
"""

import random
from collections.abc import Callable

from bench.redaction.values.check import digits

FIRST = (
    "taro",
    "hanako",
    "kenji",
    "yuki",
    "anna",
    "lukas",
    "maria",
    "james",
    "olivia",
    "noah",
    "sofie",
    "emil",
)
LAST = (
    "sato",
    "suzuki",
    "tanaka",
    "weber",
    "schmidt",
    "miller",
    "jones",
    "brown",
    "fischer",
    "ito",
    "becker",
)
DOMAINS = (
    "example.com",
    "example.co.jp",
    "mail.example.org",
    "kaisha.example.ne.jp",
    "musterfirma.de",
    "uni-beispiel.de",
    "gmail.com",
    "docomo.ne.jp",
    "acme-corp.io",
    "support.example.consulting",
    "city.example.lg.jp",
)
AREAS_US = ("212", "415", "312", "206", "617", "303", "512", "404", "713", "602")
STATES = (
    ("Springfield", "IL", "627"),
    ("Austin", "TX", "787"),
    ("Portland", "OR", "972"),
    ("Boston", "MA", "021"),
)
TOWNS_JA = (
    "東京都千代田区丸の内",
    "大阪府大阪市北区梅田",
    "神奈川県横浜市西区みなとみらい",
    "北海道札幌市中央区北一条西",
    "福岡県福岡市博多区博多駅前",
    "京都府京都市左京区吉田本町",
)
STREETS_DE = ("Hauptstraße", "Lindenallee", "Bahnhofstr.", "Am Markt", "Goethestraße", "Kirchweg")
STREETS_EN = ("Maple Street", "Oak Avenue", "Elm St", "Lakeview Drive", "2nd Ave", "Park Blvd")


def email(rng: random.Random) -> str:
    """A mail address."""
    first, last, number = rng.choice(FIRST), rng.choice(LAST), rng.randrange(100)
    forms = (
        f"{first}.{last}",
        f"{first}{number}",
        f"{first[0]}{last}",
        f"{last}_{first}",
        f"{first}+{last}",
        first,
    )
    return f"{rng.choice((*forms, forms[0].title()))}@{rng.choice(DOMAINS)}"


def phone_ja(rng: random.Random) -> str:
    """A Japanese number as people write it."""
    four = f"{rng.randrange(10_000):04}"
    mobile = f"{rng.choice(('090', '080', '070'))}-{digits(rng, 4)}-{four}"
    forms = (
        mobile,
        mobile,
        mobile.replace("-", ""),
        f"03-{rng.choice('356')}{rng.randrange(1000):03}-{four}",
        f"06-6{rng.randrange(1000):03}-{four}",
        f"045-{rng.randrange(222, 999)}-{four}",
        f"(03) {rng.choice('356')}{rng.randrange(1000):03}-{four}",
        f"03({rng.choice('356')}{rng.randrange(1000):03}){four}",
        f"0422-{rng.randrange(20, 79)}-{four}",
        f"050-{rng.choice('35')}{rng.randrange(100, 900)}-{four}",
        f"0120-{rng.randrange(100, 999)}-{rng.randrange(100, 999)}",
        f"+81-{mobile[1:]}",
        f"+81 {mobile[1:].replace('-', ' ')}",
    )
    return rng.choice(forms)


def phone_us(rng: random.Random) -> str:
    """A number of the United States."""
    area, exchange, line = (
        rng.choice(AREAS_US),
        rng.choice("2345678") + f"{rng.randrange(20, 99)}",
        digits(rng, 4),
    )
    forms = (
        f"({area}) {exchange}-{line}",
        f"{area}-{exchange}-{line}",
        f"{area}.{exchange}.{line}",
        f"+1 {area} {exchange} {line}",
        f"+1-{area}-{exchange}-{line}",
        f"+1{area}{exchange}{line}",
        f"1-800-{exchange}-{line}",
        f"+1 ({area}) {exchange}-{line}",
    )
    return rng.choice(forms)


def phone_uk(rng: random.Random) -> str:
    """A British number."""
    last = f"{rng.randrange(1000):03}"
    forms = (f"+44 20 7946 0{last}", f"020 7946 0{last}", f"+44 7911 123{last}", f"07911 123{last}")
    return rng.choice(forms)


def phone_de(rng: random.Random) -> str:
    """A German number."""
    seven, six = digits(rng, 7), digits(rng, 6)
    forms = (
        f"+49 30 {seven}",
        f"+49 171 {seven}",
        f"+49 (0)89 {seven}",
        f"0049 171 {seven}",
        f"030 {seven}",
        f"0171 {seven}",
        f"0171/{seven}",
        f"089/{six}",
        f"(030) {seven}",
        f"0221-{six}",
    )
    return rng.choice(forms)


def phone_abroad(rng: random.Random) -> str:
    """A number of another country, with its plus."""
    two = [f"{rng.randrange(10, 99)}" for _ in range(4)]
    forms = (
        f"+33 1 {' '.join(two)}",
        f"+41 44 {rng.randrange(200, 999)} {two[0]} {two[1]}",
        f"+39 06 {digits(rng, 8)}",
        f"+34 91{rng.randrange(1, 9)} {two[0]} {two[1]} {two[2]}",
        f"+31 20 {digits(rng, 3)} {digits(rng, 4)}",
        f"+43 1 5{digits(rng, 6)}",
    )
    return rng.choice(forms)


def postal_ja(rng: random.Random) -> str:
    """A Japanese postal code, three and four digits."""
    return f"{rng.randrange(1, 999):03}-{rng.randrange(10_000):04}"


def zip_us(rng: random.Random) -> str:
    """A ZIP code, at times with its four further digits; no entity, as `POSTAL_CODE` is Japan's."""
    return f"{rng.choice(STATES)[2]}{rng.randrange(1, 100):02}" + rng.choice(("", f"-{digits(rng, 4)}"))


def postal_uk(rng: random.Random) -> str:
    """A British postcode."""
    area = rng.choice(("SW1A", "EC1V", "M1", "LS6", "CB2", "B33", "W1T"))
    return f"{area} {rng.randrange(1, 10)}{rng.choice('ABDEFGHJ')}{rng.choice('ABDEFGHJ')}"


def plz(rng: random.Random) -> str:
    """A German postal code."""
    return rng.choice(("10115", "80331", "20095", "50667", "04109", "70173", "01067", "60311"))


def address_ja(rng: random.Random) -> str:
    """A Japanese address from the prefecture to the house."""
    block = "-".join(str(rng.randrange(1, 30)) for _ in range(3))
    return rng.choice(TOWNS_JA) + rng.choice(
        (block, f"{rng.randrange(1, 9)}丁目{rng.randrange(1, 30)}番{rng.randrange(1, 20)}号")
    )


def address_us(rng: random.Random) -> str:
    """House and street."""
    return f"{rng.randrange(10, 9000)} {rng.choice(STREETS_EN)}"


def address_de(rng: random.Random) -> str:
    """Street and house."""
    return f"{rng.choice(STREETS_DE)} {rng.randrange(1, 150)}{rng.choice(('', '', 'a', 'b'))}"


def ip4(rng: random.Random) -> str:
    """An IPv4 address of the documentation's networks (RFC 5737)."""
    return f"{rng.choice(('192.0.2', '198.51.100', '203.0.113'))}.{rng.randrange(1, 255)}"


def ip6(rng: random.Random) -> str:
    """An IPv6 address of the documentation's network (RFC 3849)."""
    return f"2001:db8:{rng.randrange(1, 0xFFFF):x}::{rng.randrange(1, 0xFFFF):x}"


MAKERS: dict[str, tuple[str, Callable[[random.Random], str]]] = {
    "email": ("EMAIL", email),
    "phone_ja": ("PHONE", phone_ja),
    "phone_us": ("PHONE", phone_us),
    "phone_uk": ("PHONE", phone_uk),
    "phone_de": ("PHONE", phone_de),
    "phone_abroad": ("PHONE", phone_abroad),
    "postal_ja": ("POSTAL_CODE", postal_ja),
    "zip_us": ("", zip_us),
    "postal_uk": ("", postal_uk),
    "plz": ("", plz),
    "address_ja": ("ADDRESS", address_ja),
    "address_us": ("ADDRESS", address_us),
    "address_de": ("ADDRESS", address_de),
    "ip4": ("IP_ADDRESS", ip4),
    "ip6": ("IP_ADDRESS", ip6),
}
