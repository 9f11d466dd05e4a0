"""The parts that sentences about the state are made of, in both languages."""

from collections.abc import Sequence

from kansoku.catalog.nouns import noun
from kansoku.catalog.periods import Unit
from kansoku.catalog.slos import Slo
from kansoku.catalog.spans import UNITS, span
from kansoku.catalog.text import Text
from kansoku.judge import figures
from kansoku.judge.standing import Standing


def window(seconds: int) -> Text:
    """The last so many seconds: "the last hour", 「直近1時間」; a day is 24 hours."""
    size, en, ja = next(unit for unit in UNITS if _divides(unit[0], seconds))
    number = seconds // size
    return Text(f"the last {en if number == 1 else f'{number} {en}s'}", f"直近{number}{ja}")


_PERIODS: dict[Unit, Text] = {
    "day": Text("calendar day", "暦日"),
    "week": Text("calendar week", "暦週"),
    "month": Text("calendar month", "暦月"),
    "quarter": Text("calendar quarter", "暦四半期"),
    "year": Text("calendar year", "暦年"),
}


def over(slo: Slo) -> Text:
    """What an objective's budget is of: "30 days", "calendar month", "calendar month (Asia/Tokyo)"."""
    if slo.calendar is None:
        return span(slo.window_s)
    told, zone = _PERIODS[slo.calendar.unit], slo.calendar.timezone
    return told if zone == "UTC" else Text(f"{told.en} ({zone})", f"{told.ja}({zone})")


def rows(kind: str, number: int) -> Text:
    """So many rows of a relation: "482 calls", 「482件」."""
    called = noun(kind)
    return Text(f"{number:,} {called.one if number == 1 else called.many}", f"{number:,}件")


def about(seconds: float) -> Text:
    """About so many seconds, in the unit of which there are two or more: "3 hours", 「3時間」."""
    size, en, ja = next((unit for unit in UNITS if seconds >= 2 * unit[0]), UNITS[-1])
    number = round(seconds / size)
    return Text(f"{number} {en}{'' if number == 1 else 's'}", f"{number}{ja}")


def chosen(seconds: int) -> Text:
    """A stretch of time that was chosen, about so long: "the chosen 3 hours", 「選択した3時間」."""
    so_long = about(seconds)
    return Text(f"the chosen {so_long.en}", f"選択した{so_long.ja}")


def scope(of: Sequence[str]) -> Text:
    """What follows "calls", and what stands before 「直近…」, when calls with these values are looked at."""
    if not of:
        return Text("", "")
    return Text(
        f" for {', '.join(f'“{value}”' for value in of)}", f"{''.join(f'「{value}」' for value in of)}の"
    )


def stands(found: Standing) -> Text:
    """The indicator, its value, its bound and what it rests on."""
    value, held_to = found.reading.value, found.objective
    title = found.indicator.title
    if value is None or held_to is None:
        return title
    unit = found.indicator.unit
    shown, bound = figures.amount(value, unit, held_to.bound), figures.bound(held_to.bound, unit)
    sample = rows(found.indicator.measure.relation.kind, found.reading.n)
    above = held_to.keep == "above"
    return Text(
        f"{_inside(title.en)} {shown.en} "
        f"(objective: {'at least' if above else 'at most'} {bound.en}, {sample.en})",
        f"{title.ja} {shown.ja}(目標 {bound.ja}{'以上' if above else '以下'}、{sample.ja})",
    )


def _divides(size: int, seconds: int) -> bool:
    """Whether the unit counts the window without a rest; one day reads better as 24 hours."""
    return seconds % size == 0 and seconds > (size if size == UNITS[0][0] else 0)


def _inside(title: str) -> str:
    """The title as it stands inside a sentence."""
    return title[:1].lower() + title[1:]


def sentence(text: Text) -> Text:
    """The text as a sentence of its own."""
    return Text(f"{text.en[:1].upper()}{text.en[1:]}.", f"{text.ja}。")
