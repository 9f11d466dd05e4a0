"""Any price of the user's, written to a file and read back, prices a call as exact arithmetic does."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kansoku.price.book import PriceBook
from kansoku.price.usage import Usage
from kansoku.settings import parsed

KEYS = ("input", "output", "cache_read", "cache_write_5m", "cache_write_1h")
rates = st.decimals(0, 500, places=4)
tokens = st.integers(0, 2_000_000)


@given(
    st.fixed_dictionaries(dict.fromkeys(KEYS, rates)),
    st.decimals(0, 100, places=2),
    st.decimals("0.05", 3, places=2),
    st.tuples(*[tokens] * 5),
    st.integers(0, 50),
)
def test_a_table_of_any_rates_prices_as_exact_arithmetic_does(
    table: dict[str, Decimal],
    search: Decimal,
    multiplier: Decimal,
    used: tuple[int, ...],
    searches: int,
) -> None:
    lines = [f"{key} = {rate:.4f}" for key, rate in table.items()]
    text = "\n".join(
        ("[[prices]]", 'model = "m"', *lines, f"web_search = {search:.2f}", f"multiplier = {multiplier:.2f}")
    )
    book = PriceBook(overrides=parsed(text, "kansoku.toml").prices)
    given_tokens, written, read, write_5m, write_1h = used
    usage = Usage(
        input_tokens=given_tokens,
        output_tokens=written,
        cache_read_tokens=read,
        cache_write_5m_tokens=write_5m,
        cache_write_1h_tokens=write_1h,
        web_search_requests=searches,
    )
    found = book.cost(usage, provider="anthropic", model="m", started_unix_ns=0)
    exact = sum(count * table[key] for key, count in zip(KEYS, used, strict=True)) * multiplier / 1_000_000
    assert found.usd == pytest.approx(float(exact + searches * search / 1_000), rel=1e-12, abs=1e-12)
    assert found.source == "kansoku.toml"
