"""An alarm's figure beside the bound that it passed, in words."""

from collections.abc import Iterable, Iterator
from typing import assert_never

from kansoku.catalog.alerts import Always, Compare, Every, Lost, Reported, Sign, Some, Test, Unusual
from kansoku.catalog.spans import span
from kansoku.catalog.text import Text
from kansoku.catalog.units import unit_of
from kansoku.judge import figures

_NOTHING = Text("", "")
_SIGNS: dict[Sign, Text] = {
    ">": Text("above {0}", "{0} 超"),
    ">=": Text("at least {0}", "{0} 以上"),
    "<": Text("below {0}", "{0} 未満"),
    "<=": Text("at most {0}", "{0} 以下"),
}


def figure(test: Test, value: float | None) -> Text:
    """The value, its bound and the window: "9.2 % (alerts above 5 % over 5 minutes)".

    The value is that of the first comparison in the test, or of the first that holds where one is enough.
    """
    if value is None:
        return _NOTHING
    match test:
        case Compare():
            return _compared(test, value)
        case Every(tests) if tests:
            return figure(tests[0], value)
        case Some(tests):
            return _one_of(tests, value)
        case Unusual(signal):
            shown, over = figures.amount(value, unit_of(signal.measure)), span(signal.window_s)
            told = Text(f"{shown.en} in {over.en}, unusual for this time", f"{over.ja}で {shown.ja}(異常)")
        case Lost():
            silent = span(max(60, int(value) // 60 * 60))
            told = Text(f"silent for {silent.en}", f"{silent.ja}間 受信なし")
        case Reported(instrument, window_s, sign, bound):
            asked, over = _SIGNS[sign].format((f"{bound:g}",), (f"{bound:g}",)), span(window_s)
            shown = figures.figure(value, "count")
            told = Text(
                f"{instrument.name} {shown} (alerts {asked.en} over {over.en})",
                f"{instrument.name} {shown}({over.ja}で {asked.ja})",
            )
        case Every() | Always():
            told = _NOTHING
        case _:
            assert_never(test)
    return told


def _compared(test: Compare, value: float) -> Text:
    unit = unit_of(test.signal.measure)
    shown, held = figures.amount(value, unit, test.bound), figures.bound(test.bound, unit)
    over = span(test.signal.window_s)
    asked = _SIGNS[test.sign].format((held.en,), (held.ja,))
    return Text(f"{shown.en} (alerts {asked.en} over {over.en})", f"{shown.ja}({over.ja}で {asked.ja})")


def _one_of(tests: Iterable[Test], value: float) -> Text:
    """The figure beside the highest bound that it passed."""
    first = [one for each in tests if (one := next(_comparisons(each), None)) is not None]
    passed = [one for one in first if _passed(one, value)] or first
    return figure(max(passed, key=lambda one: one.bound), value) if passed else _NOTHING


def _comparisons(test: Test) -> Iterator[Compare]:
    match test:
        case Compare():
            yield test
        case Every(tests) | Some(tests):
            for one in tests:
                yield from _comparisons(one)
        case Unusual() | Lost() | Reported() | Always():
            return
        case _:
            assert_never(test)


def _passed(test: Compare, value: float) -> bool:
    match test.sign:
        case ">":
            return value > test.bound
        case ">=":
            return value >= test.bound
        case "<":
            return value < test.bound
        case "<=":
            return value <= test.bound
        case _:
            assert_never(test.sign)
