"""Stretches of time in words, in both languages."""

from kansoku.catalog.text import Text

UNITS = ((86_400, "day", "日"), (3_600, "hour", "時間"), (60, "minute", "分"), (1, "second", "秒"))
"""The seconds of each, the longest first, and what it is called."""


def span(seconds: int) -> Text:
    """So many seconds: "6 hours", 「6時間」; a day is 1 day here."""
    size, en, ja = next(unit for unit in UNITS if seconds % unit[0] == 0)
    number = seconds // size
    return Text(f"{number} {en}{'' if number == 1 else 's'}", f"{number}{ja}")
