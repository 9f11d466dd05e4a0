"""What measures are counted in, and how that is written, in both languages."""

from typing import assert_never

from kansoku.catalog.fields import Kind
from kansoku.catalog.measures import Count, Mean, Measure, Quantile, Ratio, Share, Sum, Unit
from kansoku.catalog.text import Text


def unit_of(measure: Measure) -> Unit:
    """What the measure's values are counted in."""
    match measure:
        case Ratio() | Share():
            return "ratio"
        case Count(relation):
            return "calls" if relation.kind == "call" else "count"
        case Quantile(relation, field) | Mean(relation, (field, *_)) | Sum(relation, (field, *_)):
            return _of_kind(relation.field(field).kind, field)
        case Mean() | Sum():
            return "count"
        case _:
            assert_never(measure)


def _of_kind(kind: Kind, field: str) -> Unit:
    match kind:
        case Kind.SECONDS:
            return "s"
        case Kind.USD:
            return "usd"
        case Kind.SCORE:
            return "ratio" if field.endswith("_ratio") else "score"
        case Kind.COUNT:
            return "tokens" if field.endswith("_tokens") else "count"
        case Kind.LABEL | Kind.TEXT | Kind.LABELS | Kind.FLAG:
            return "count"
        case _:
            assert_never(kind)


def sign(unit: Unit) -> Text:
    """The unit by itself, as a column shows it."""
    match unit:
        case "ratio":
            return Text("%", "%")
        case "s":
            return Text("s", "秒")
        case "usd":
            return Text("USD", "USD")
        case "tokens":
            return Text("tokens", "トークン")
        case "calls":
            return Text("calls", "件")
        case "count" | "score":
            return Text("", "")
        case _:
            assert_never(unit)
