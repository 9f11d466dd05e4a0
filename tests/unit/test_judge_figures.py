"""Numbers as people read them are never rounded onto something they are not."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kansoku.catalog.measures import Unit
from kansoku.judge import figures


@pytest.mark.parametrize(
    ("value", "unit", "en", "ja"),
    [
        (0.996, "ratio", "99.6 %", "99.6%"),
        (0.9996, "ratio", "99.96 %", "99.96%"),
        (0.99999, "ratio", "99.999 %", "99.999%"),
        (1.0, "ratio", "100 %", "100%"),
        (0.0, "ratio", "0 %", "0%"),
        (0.00004, "ratio", "0.004 %", "0.004%"),
        (3.14, "s", "3.1 s", "3.1秒"),
        (123.4, "s", "123 s", "123秒"),
        (0.034, "s", "0.034 s", "0.034秒"),
        (12.4, "usd", "$12.40", "$12.40"),
        (1234.5, "usd", "$1,234.50", "$1,234.50"),
        (0.0042, "usd", "$0.0042", "$0.0042"),
        (0.0, "usd", "$0.00", "$0.00"),
        (1834.25, "tokens", "1,834 tokens", "1,834トークン"),
        (12480.0, "calls", "12,480 calls", "12,480件"),
        (1.25, "count", "1.2", "1.2"),
        (0.8, "score", "0.80", "0.80"),
    ],
)
def test_an_amount_reads_naturally_in_both_languages(value: float, unit: Unit, en: str, ja: str) -> None:
    shown = figures.amount(value, unit)
    assert (shown.en, shown.ja) == (en, ja)


def test_a_value_just_beyond_its_bound_does_not_look_like_the_bound() -> None:
    assert figures.figure(0.05004, "ratio", 0.05) == "5.004"
    assert figures.figure(10.0004, "s", 10.0) == "10.0004"
    assert figures.figure(0.05, "ratio", 0.05) == "5.0"


def test_a_bound_has_no_digits_that_say_nothing() -> None:
    assert [figures.bound(0.995, "ratio").en, figures.bound(0.05, "ratio").en] == ["99.5 %", "5 %"]
    assert [figures.bound(10.0, "s").ja, figures.bound(2.5, "s").ja] == ["10秒", "2.5秒"]


@given(
    value=st.floats(0, 1),
    unit=st.sampled_from(["ratio", "s", "usd", "tokens", "score"]),
    other=st.floats(0, 1),
)
def test_no_number_is_shown_as_zero_all_or_its_bound_unless_it_is(
    value: float, unit: Unit, other: float
) -> None:
    shown = float(figures.figure(value, unit, other).replace(",", ""))
    shown = shown / 100 if unit == "ratio" else shown
    assert (shown == 0) == (value == 0)
    assert unit != "ratio" or (shown == 1) == (value == 1)
    assert shown != other or math.isclose(value, other, rel_tol=1e-9)
