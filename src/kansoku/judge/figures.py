"""Numbers as people read them, in both languages.

A number is never rounded onto something it is not: 99.96 % does not become 100 %, nor does a value
beyond its bound become the bound. It gets as many more digits as it takes to tell them apart.
"""

from decimal import ROUND_HALF_EVEN, Decimal
from typing import assert_never

from kansoku.catalog.measures import Unit
from kansoku.catalog.text import Text
from kansoku.catalog.units import sign

_MOST_DIGITS = 12


def figure(value: float, unit: Unit, apart_from: float | None = None) -> str:
    """The bare number, without its unit: percent for ratios.

    Where `apart_from` is another number, the two are told apart.
    """
    exact, other = Decimal(repr(value)), None if apart_from is None else Decimal(repr(apart_from))
    match unit:
        case "ratio":
            return _percent(exact * 100, None if other is None else other * 100)
        case "s":
            return _rounded(exact, _places(exact, significant=2, fewest=0), _without(exact, other))
        case "usd":
            return _rounded(exact, _places(exact, significant=2, fewest=2), _without(exact, other))
        case "tokens" | "calls" | "count":
            places = 0 if exact == int(exact) or exact >= 100 else 1  # noqa: PLR2004
            return _rounded(exact, places, _without(exact, other))
        case "score":
            return _rounded(exact, 2, _without(exact, other))
        case _:
            assert_never(unit)


def amount(value: float, unit: Unit, apart_from: float | None = None) -> Text:
    """The number with its unit."""
    return _with_unit(figure(value, unit, apart_from), unit)


def bound(value: float, unit: Unit) -> Text:
    """A bound as it was set: no digits that say nothing."""
    shown = Decimal(repr(value)) * (100 if unit == "ratio" else 1)
    return _with_unit(f"{shown.normalize():,f}", unit)


def count(number: int) -> str:
    """A whole number: 12,480."""
    return f"{number:,}"


def _with_unit(shown: str, unit: Unit) -> Text:
    match unit:
        case "usd":
            return Text(f"${shown}", f"${shown}")
        case "count" | "score":
            return Text(shown, shown)
        case "ratio" | "s" | "tokens" | "calls":
            return Text(f"{shown} {sign(unit).en}", f"{shown}{sign(unit).ja}")
        case _:
            assert_never(unit)


def _percent(exact: Decimal, other: Decimal | None) -> str:
    ends = (Decimal(0), Decimal(100))
    if exact in ends:
        return f"{exact:.0f}"
    return _rounded(exact, 1, {*ends, *_without(exact, other)})


def _without(exact: Decimal, other: Decimal | None) -> set[Decimal]:
    """What the number must not look like: the other one, and zero."""
    return {taken for taken in (other, Decimal(0)) if taken is not None and taken != exact}


def _places(exact: Decimal, significant: int, fewest: int) -> int:
    """Decimal places that show so many significant digits, and no fewer than `fewest` places."""
    return max(fewest, significant - 1 - exact.adjusted()) if exact else fewest


def _rounded(exact: Decimal, places: int, not_like: set[Decimal]) -> str:
    for more in range(places, _MOST_DIGITS):
        shown = exact.quantize(Decimal(1).scaleb(-more), ROUND_HALF_EVEN)
        if shown not in not_like:
            return f"{shown:,f}"
    return f"{exact:,f}"
