"""Running totals taken as differences, less what calls told."""

import pytest

from kansoku.record.agent_ledger import Amounts, Ledger
from kansoku.record.facts import Usage
from kansoku.record.reading import Json

MODEL = "claude-sonnet-5-5"


def totals(usd: float, out: int, inp: int = 0) -> Json:
    return {"inputTokens": inp, "outputTokens": out, "costUSD": usd}


def test_a_second_total_counts_only_what_it_adds() -> None:
    ledger = Ledger()
    assert ledger.rest({MODEL: totals(0.5, 50)})[MODEL].output_tokens == 50
    rest = ledger.rest({MODEL: totals(0.75, 80)})[MODEL]
    assert (rest.output_tokens, rest.usd) == (30, pytest.approx(0.25))
    assert ledger.rest({MODEL: totals(0.75, 80)}) == {}


@pytest.mark.parametrize("lower", [totals(0.2, 60), totals(0.6, 20)])
def test_any_figure_below_the_one_before_is_a_reset_of_all(lower: Json) -> None:
    ledger = Ledger()
    ledger.rest({MODEL: totals(0.5, 50), "other": totals(0.1, 5)})
    rest = ledger.rest({MODEL: lower, "other": totals(0.1, 5)})
    assert rest[MODEL].output_tokens == lower["outputTokens"]
    assert rest[MODEL].usd == lower["costUSD"]
    assert rest["other"].output_tokens == 5


def test_what_calls_told_is_taken_off_once_and_never_below_zero() -> None:
    ledger = Ledger()
    ledger.tell(MODEL, Usage(input_tokens=10, output_tokens=None), None)
    ledger.tell(MODEL, Usage(input_tokens=10, output_tokens=70), 0.2)
    rest = ledger.rest({MODEL: totals(0.5, 60, 25)})[MODEL]
    assert (rest.input_tokens, rest.output_tokens, rest.usd) == (5, 0, pytest.approx(0.3))
    assert ledger.rest({MODEL: totals(0.6, 61, 26)})[MODEL].input_tokens == 1


@pytest.mark.parametrize(
    ("name", "more"),
    [
        (f"{MODEL}[1m]", {}),
        (f"us.anthropic.{MODEL}-v1:0", {}),
        ("a-deployment", {"canonicalModel": MODEL}),
    ],
)
def test_the_processs_name_for_a_model_is_matched_with_the_apis(name: str, more: Json) -> None:
    ledger = Ledger()
    ledger.tell(MODEL, Usage(input_tokens=10, output_tokens=5), None)
    rest = ledger.rest({name: {**totals(0.5, 8, 10), **more}})
    assert (rest[MODEL].input_tokens, rest[MODEL].output_tokens) == (0, 3)


def test_two_names_of_one_model_are_summed() -> None:
    ledger = Ledger()
    ledger.tell(MODEL, Usage(input_tokens=10, output_tokens=5), None)
    rest = ledger.rest({MODEL: totals(0.5, 8, 6), f"{MODEL}[1m]": totals(0.25, 2, 6)})
    assert rest == {MODEL: Amounts(input_tokens=2, output_tokens=5, usd=0.75)}


def test_clearing_forgets_what_was_told_before_it() -> None:
    ledger = Ledger()
    ledger.rest({MODEL: totals(0.5, 50)})
    ledger.tell(MODEL, Usage(input_tokens=1, output_tokens=30), None)
    ledger.clear()
    assert ledger.rest({MODEL: totals(0.9, 90)})[MODEL].output_tokens == 90
