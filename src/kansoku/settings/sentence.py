"""What an alert of the user's own says of itself: the indicator, the time, and the bound with its unit."""

from typing import assert_never

from kansoku.catalog.alerts import Compare, Sign
from kansoku.catalog.fields import Kind, Relation
from kansoku.catalog.indicators import INDICATORS
from kansoku.catalog.measures import Count, Mean, Measure, Quantile, Ratio, Share, Sum
from kansoku.catalog.nouns import noun
from kansoku.catalog.spans import span
from kansoku.catalog.text import Text

_SIGNS: dict[Sign, Text] = {
    ">": Text("above {0}", "{0}を超えています"),
    ">=": Text("at least {0}", "{0}以上です"),
    "<": Text("below {0}", "{0}を下回っています"),
    "<=": Text("at most {0}", "{0}以下です"),
}
_UNITS: dict[Kind, tuple[Text, Text]] = {
    Kind.SECONDS: (Text("Time", "時間"), Text("{0} s", "{0} 秒")),
    Kind.USD: (Text("Cost", "コスト"), Text("{0} USD", "{0} USD")),
    Kind.COUNT: (Text("Number", "数"), Text("{0}", "{0}")),
}
"""What a field is called that no indicator is of, and how its values are written."""

_TOKENS = Text("{0} tokens", "{0} トークン")


def sentence(test: Compare, of: Measure, eligible: str = "", good: str = "") -> Text:
    """What the comparison says, with the bound as it was given.

    Args:
        test: The comparison.
        of: What is measured, not narrowed to a service and the like.
        eligible: Which rows count, as the file says it, if it does.
        good: Which of them are good, if it does.
    """
    what, unit = _told(of, eligible, good)
    value = test.bound * 100 if unit.en == "{0} %" else test.bound
    said = (f"{value:,.12g}",)
    shown = unit.format(said, said)
    held = _SIGNS[test.sign].format((shown.en,), (shown.ja,))
    over = span(test.signal.window_s)
    return Text(f"{what.en} over {over.en} is {held.en}.", f"直近{over.ja}の{what.ja}が {held.ja}。")


def _told(of: Measure, eligible: str, good: str) -> tuple[Text, Text]:
    """What it is called, and how its values are written."""
    known = next((one.title for one in INDICATORS if one.measure == of and one.window_s is None), None)
    match of:
        case Ratio(relation):
            return known or _named(relation, eligible, good), Text("{0} %", "{0} %")
        case Share():
            return known or Text("The share", "割合"), Text("{0} %", "{0} %")
        case Count(relation):
            unit = Text("{0}", "{0} 件")
            return known or _named(relation, eligible, good), unit
        case Quantile(relation, field) | Mean(relation, (field, *_)) | Sum(relation, (field, *_)):
            name, unit = _UNITS.get(relation.field(field).kind, (Text("The value", "値"), Text("{0}", "{0}")))
            if field.endswith("_tokens"):
                unit = _TOKENS
            elif field.endswith("_ratio"):
                unit = Text("{0} %", "{0} %")
            return known or name, unit
        case Mean() | Sum():
            return Text("The value", "値"), Text("{0}", "{0}")
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
