"""The interval of a share, against figures known from elsewhere."""

from __future__ import annotations

import pytest

from kansoku.judge.interval import interval


@pytest.mark.parametrize(
    ("share", "n", "low", "high"),
    [
        (0.0, 10, 0.0, 0.2775),  # R 4: prop.test(0, 10, correct = FALSE)
        (0.5, 10, 0.2366, 0.7634),
        (1.0, 64, 0.9434, 1.0),
        (0.02, 1_000, 0.0130, 0.0307),
    ],
)
def test_the_interval_is_wilsons(share: float, n: int, low: float, high: float) -> None:
    assert interval(share, n) == pytest.approx((low, high), abs=5e-4)


def test_of_nothing_there_is_none() -> None:
    assert interval(None, 0) == (None, None)
