"""Laws that the oracle keeps whatever the rows are."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from kansoku.catalog.fields import CALLS
from kansoku.catalog.measures import AtLeast, Both, Count, Either, Is, Not, Quantile, Ratio, Sum
from kansoku.query.oracle import holds, read

row = st.fixed_dictionaries(
    {
        "outcome": st.sampled_from(["ok", "error", ""]),
        "duration_s": st.none() | st.floats(0, 1e6),
        "output_tokens": st.none() | st.integers(0, 2**40),
    }
)
rows = st.lists(row, max_size=30)
condition = st.sampled_from(
    [Is("outcome", "ok"), AtLeast("duration_s", 5.0), Not(AtLeast("output_tokens", 9))]
)


@given(row=row, one=condition, other=condition)
def test_conditions_are_two_valued(row: dict[str, object], one: Is, other: Is) -> None:
    assert holds(Not(one), row) is not holds(one, row)
    assert holds(Not(Both((one, other))), row) is holds(Either((Not(one), Not(other))), row)


@given(rows=rows, eligible=condition, good=condition)
def test_a_ratio_is_its_good_rows_over_its_eligible_rows(
    rows: list[dict[str, object]], eligible: Is, good: Is
) -> None:
    ratio = read(Ratio(CALLS, eligible, good), rows)
    assert ratio.n == read(Count(CALLS, eligible), rows).n
    good_rows = read(Count(CALLS, Both((eligible, good))), rows).n
    assert ratio.value == (good_rows / ratio.n if ratio.n else None)


@given(rows=rows, q=st.floats(0, 1))
def test_a_quantile_lies_between_the_ends_and_grows_with_q(rows: list[dict[str, object]], q: float) -> None:
    low, at, high = (read(Quantile(CALLS, "duration_s", each), rows).value for each in (0.0, q, 1.0))
    known = [value for row in rows if isinstance(value := row["duration_s"], float)]
    if not known:
        assert (low, at, high) == (None, None, None)
        return
    assert low is not None
    assert at is not None
    assert high is not None
    assert (low, high) == (min(known), max(known))
    assert low * (1 - 1e-12) <= at <= high * (1 + 1e-12)


@given(rows=rows, cut=st.integers(0, 30))
def test_the_sum_of_a_whole_is_the_sum_of_its_parts(rows: list[dict[str, object]], cut: int) -> None:
    total = Sum(CALLS, ("output_tokens",))
    whole, first, rest = (read(total, part) for part in (rows, rows[:cut], rows[cut:]))
    assert (whole.value or 0) == (first.value or 0) + (rest.value or 0)
    assert whole.n == first.n + rest.n
