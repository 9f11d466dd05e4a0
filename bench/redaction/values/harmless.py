"""What looks like personal data and is none: ids, times, counts, versions, digests, numbers of things."""

import base64
import random
import uuid
from collections.abc import Callable

from bench.redaction.values.check import LETTERS, corporate, digits, ean, luhn, my_number
from bench.redaction.values.credential import BASE62, HEX, some
from bench.redaction.values.money import grouped

MODELS = ("claude-sonnet-4-5-20250929", "claude-haiku-4-5-20251001", "claude-opus-4-1-20250805")


def other_digit(right: str) -> str:
    """A check digit that is wrong."""
    return str((int(right) + 3) % 10)


def uuid_(rng: random.Random) -> str:
    """A random UUID (RFC 9562)."""
    return str(uuid.UUID(int=rng.getrandbits(128), version=4))


def epoch(rng: random.Random) -> str:
    """A time since 1970 in seconds, milliseconds or nanoseconds, or with a fraction."""
    seconds = rng.randrange(1_600_000_000, 1_900_000_000)
    more = digits(rng, 9)
    return rng.choice((f"{seconds}", f"{seconds}{more[:3]}", f"{seconds}{more}", f"{seconds}.{more[:6]}"))


def when(rng: random.Random) -> str:
    """A date and time (RFC 3339)."""
    day = f"{rng.randrange(2020, 2030)}-{rng.randrange(1, 13):02}-{rng.randrange(1, 29):02}"
    return f"{day}T{rng.randrange(24):02}:{rng.randrange(60):02}:{rng.randrange(60):02}.{digits(rng, 3)}Z"


def version(rng: random.Random) -> str:
    """A version, long ones among them."""
    one = [str(rng.randrange(30)) for _ in range(3)]
    return rng.choice(
        (
            ".".join(one),
            f"v{'.'.join(one)}-rc.{one[0]}",
            f"10.0.{digits(rng, 5)}",
            f"{digits(rng, 4)}.{'.'.join(one)}",
        )
    )


def isbn(rng: random.Random) -> str:
    """An ISBN-13, with hyphens or without."""
    twelve = f"978{rng.choice('0134')}{digits(rng, 8)}"
    number = twelve + ean(twelve)
    return rng.choice((number, grouped(number, (3, 1, 2, 6, 1), "-")))


def corporate_number(rng: random.Random) -> str:
    """A Japanese corporate number, or the invoice number that is made of it."""
    twelve = digits(rng, 12)
    return rng.choice(("", "", "T")) + corporate(twelve) + twelve


def order(rng: random.Random) -> str:
    """An order's number."""
    day = f"2026{rng.randrange(1, 13):02}{rng.randrange(1, 29):02}"
    forms = (
        f"ORD-{day}-{digits(rng, 4)}",
        f"{digits(rng, 3)}-{digits(rng, 7)}-{digits(rng, 7)}",
        f"A{digits(rng, 9)}",
        f"{day}-{digits(rng, 6)}",
    )
    return rng.choice(forms)


def parcel(rng: random.Random) -> str:
    """A tracking number: twelve digits in fours, or those of two American carriers."""
    forms = (
        grouped(digits(rng, 12), (4, 4, 4), "-"),
        f"1Z{some(rng, LETTERS + '0123456789', 6)}{digits(rng, 10)}",
        digits(rng, 12),
    )
    return rng.choice(forms)


def almost_card(rng: random.Random) -> str:
    """A card's number with a wrong check digit."""
    fifteen = f"4{digits(rng, 14)}"
    return grouped(fifteen + other_digit(luhn(fifteen)), (4, 4, 4, 4), rng.choice(("", " ")))


def almost_my_number(rng: random.Random) -> str:
    """Twelve digits that are no My Number by their check digit."""
    eleven = digits(rng, 11)
    return eleven + other_digit(my_number(eleven))


def image(rng: random.Random) -> str:
    """A picture as a data address."""
    return (
        f"data:image/png;base64,iVBORw0KGgo{base64.b64encode(rng.randbytes(rng.randrange(90, 600))).decode()}"
    )


def jan(rng: random.Random) -> str:
    """A Japanese article number."""
    twelve = f"49{digits(rng, 10)}"
    return twelve + ean(twelve)


def api_id(rng: random.Random) -> str:
    """An id of the API: of a message, a request, a tool use, a file."""
    return f"{rng.choice(('msg', 'req', 'toolu', 'file', 'msgbatch'))}_01{some(rng, BASE62, 22)}"


def not_mail(rng: random.Random) -> str:
    """What has an at sign and is no address."""
    return rng.choice(
        (
            "logo@2x.png",
            f"lodash@4.17.{rng.randrange(30)}",
            "@types/node",
            "x @ y",
            "user@localhost",
            "@dataclass",
            "a@b",
        )
    )


MAKERS: dict[str, tuple[str, Callable[[random.Random], str]]] = {
    "uuid": ("", uuid_),
    "trace": ("", lambda rng: some(rng, HEX, 32)),
    "span": ("", lambda rng: some(rng, HEX, 16)),
    "sha1": ("", lambda rng: some(rng, HEX, 40)),
    "sha256": ("", lambda rng: f"sha256:{some(rng, HEX, 64)}"),
    "epoch": ("", epoch),
    "when": ("", when),
    "version": ("", version),
    "isbn": ("", isbn),
    "corporate": ("", corporate_number),
    "order": ("", order),
    "parcel": ("", parcel),
    "almost_card": ("", almost_card),
    "almost_my_number": ("", almost_my_number),
    "image": ("", image),
    "api_id": ("", api_id),
    "not_mail": ("", not_mail),
    "tokens": ("", lambda rng: str(rng.randrange(1, 1_000_000))),
    "amount": ("", lambda rng: f"{rng.randrange(1, 10_000):,}.{rng.randrange(100):02}"),
    "snowflake": ("", lambda rng: digits(rng, 18)),
    "jan": ("", jan),
    "model": ("", lambda rng: rng.choice(MODELS)),
    "small": ("", lambda rng: str(rng.randrange(2, 60))),
}
