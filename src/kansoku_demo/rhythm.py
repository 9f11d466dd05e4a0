"""The day of the demo: how busy each hour is in Tokyo, from a quiet night to business hours."""

from __future__ import annotations

import datetime as dt

_TOKYO = dt.timezone(dt.timedelta(hours=9), "Asia/Tokyo")

# Share of the full rate by hour of a weekday in Tokyo; never zero, so that the page always moves.
_BY_HOUR: tuple[float, ...] = (
    *(0.56, 0.55, 0.55, 0.55, 0.55, 0.56, 0.59, 0.65),
    *(0.76, 0.92, 1.00, 0.98, 0.80, 0.94, 1.00, 1.00),
    *(0.97, 0.92, 0.82, 0.74, 0.68, 0.64, 0.60, 0.57),
)
_WEEKEND = 0.85
_WEEKEND_DAYS = frozenset({6, 7})


def activity(unix_s: float) -> float:
    """The share of the full rate at a time: 0.46 to 1, without a jump at the full hour."""
    now = dt.datetime.fromtimestamp(unix_s, _TOKYO)
    passed = now.minute / 60
    share = _BY_HOUR[now.hour] * (1 - passed) + _BY_HOUR[(now.hour + 1) % 24] * passed
    return share * (_WEEKEND if now.isoweekday() in _WEEKEND_DAYS else 1.0)
