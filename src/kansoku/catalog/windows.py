"""The windows of time that can be looked at, and the interval of a chart over each."""

from kansoku.errors import SettingError

WINDOWS: dict[str, int] = {
    "15m": 900,
    "1h": 3_600,
    "6h": 21_600,
    "24h": 86_400,
    "7d": 604_800,
    "30d": 2_592_000,
}
"""Seconds by name: the choices of the page and of `kansoku status --window`."""

DEFAULT_WINDOW = "1h"

_STEPS_S = (10, 30, 60, 300, 900, 3_600, 10_800, 43_200, 86_400)
_POINTS = 120
"""A chart has at most this many points: more would be finer than a pixel column of a small panel."""


def window_seconds(name: str) -> int:
    """The window's length in seconds.

    Raises:
        SettingError: If it is none of the known ones; the message lists them.
    """
    if name not in WINDOWS:
        raise SettingError(f"window: {name!r} is not known; use one of {', '.join(WINDOWS)}")
    return WINDOWS[name]


def step_seconds(window_s: int) -> int:
    """The shortest interval, in seconds, that covers the window in at most 120 points."""
    return next((step for step in _STEPS_S if window_s / step <= _POINTS), _STEPS_S[-1])
