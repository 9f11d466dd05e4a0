"""What an alert of the user's own says of itself: the indicator, the time, and the bound with its unit."""

from typing import assert_never

from kansoku.catalog.alerts import Compare, Sign
from kansoku.catalog.fields import Relation
from kansoku.catalog.indicators import INDICATORS
from kansoku.catalog.measures import Count, Mean, Measure, Quantile, Ratio, Share, Sum, Unit
from kansoku.catalog.nouns import noun
from kansoku.catalog.spans import span
from kansoku.catalog.text import Text
from kansoku.catalog.units import sign, unit_of

_SIGNS: dict[Sign, Text] = {
    ">": Text("above {0}", "{0}を超えています"),
    ">=": Text("at least {0}", "{0}以上です"),
    "<": Text("below {0}", "{0}を下回っています"),
    "<=": Text("at most {0}", "{0}以下です"),
}
_NAMES: dict[Unit, Text] = {
    "s": Text("Time", "時間"),
    "usd": Text("Cost", "コスト"),
    "tokens": Text("Number", "数"),
    "count": Text("Number", "数"),
}
"""What a figure is called that no indicator is of."""

_VALUE = Text("The value", "値")


def sentence(test: Compare, of: Measure, eligible: str = "", good: str = "") -> Text:
    """What the comparison says, with the bound as it was given.

    Args:
        test: The comparison.
        of: What is measured, not narrowed to a service and the like.
        eligible: Which rows count, as the file says it, if it does.
        good: Which of them are good, if it does.
    """
    what, unit = _what(of, eligible, good), unit_of(of)
    shown = _shown(test.bound * 100 if unit == "ratio" else test.bound, of, unit)
    held = _SIGNS[test.sign].format((shown.en,), (shown.ja,))
    over = span(test.signal.window_s)
    return Text(f"{what.en} over {over.en} is {held.en}.", f"直近{over.ja}の{what.ja}が {held.ja}。")


def _shown(bound: float, of: Measure, unit: Unit) -> Text:
    """The bound in its unit; what is counted is said already."""
    number, mark = f"{bound:,.12g}", sign(unit)
    if isinstance(of, Count):
        return Text(number, f"{number} 件")
    return Text(f"{number} {mark.en}".rstrip(), f"{number} {mark.ja}".rstrip())


def _what(of: Measure, eligible: str, good: str) -> Text:
    """What it is called."""
    known = next((one.title for one in INDICATORS if one.measure == of and one.window_s is None), None)
    if known is not None:
        return known
    match of:
        case Ratio(relation) | Count(relation):
            return _named(relation, eligible, good)
        case Share():
            return Text("The share", "割合")
        case Quantile() | Mean() | Sum():
            return _NAMES.get(unit_of(of), _VALUE)
        case _:
            assert_never(of)


def _named(relation: Relation, eligible: str, good: str) -> Text:
    """A number of rows, or of these the share of good ones, in the words of the file."""
    rows = noun(relation.kind)
    who = Text(
        f"{rows.many} ({eligible})" if eligible else rows.many,
        f"{rows.ja}({eligible})" if eligible else rows.ja,
    )
    if good:
        return Text(f"The share of {who.en} with {good}", f"{who.ja}のうち {good} の割合")
    return Text(f"The number of {who.en}", f"{who.ja}の件数")
