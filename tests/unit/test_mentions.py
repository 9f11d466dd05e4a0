"""An id is found where it stands as a word or a whole value, and nowhere else."""

import json
import re
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kansoku.errors import QueryRefused
from kansoku.store.upkeep.mentions import mention, pattern_of

PRINTABLE = st.text(st.characters(min_codepoint=33, max_codepoint=0x2FFF), min_size=6, max_size=20).filter(
    lambda text: text.isprintable() and bool(text.strip()) and not text.isdigit()
)


@pytest.mark.parametrize(
    ("one", "text", "found"),
    [
        ("ann-1", "ann-1", True),
        ("ann-1", 'says "ann-1": no', True),
        ("ann-1", "ann-12", False),
        ("ann-1", "joann-1", False),
        ("ann-1", "ann-1 and ann-12", True),
        ("ann-1", "ann.1", False),
        ("a.b@example.com", "mailto:a.b@example.com?x", True),
        ("a.b@example.com", "aXb@example.com", False),
        ("a b/c", "?u=a%20b%2Fc&", True),
        ('a"bcd', '{"u": "a\\"bcd"}', True),
        ("山田太郎", "利用者は山田太郎です", True),
        ("山田太郎", json.dumps("山田太郎"), True),
        ("7", "7", True),
        ("7", "n = 7", False),
        ("12345", "12345", True),
        ("12345", "n = 12345", False),
        ("123456", "n = 123456", True),
        ("abc", "x abc y", False),
    ],
)
def test_an_id_is_found_as_a_word_or_a_whole_value(one: str, text: str, found: bool) -> None:
    assert (re.search(pattern_of([one]), text) is not None) is found


@given(st.lists(PRINTABLE, min_size=1, max_size=4), st.data())
def test_every_id_is_found_in_each_form(ids: list[str], data: st.DataObject) -> None:
    one = data.draw(st.sampled_from(ids))
    found = re.compile(pattern_of(ids))
    for text in (one, f"({one})", json.dumps({"user": one}), f"?u={quote(one, safe='')}&x"):
        assert found.search(text) is not None


@pytest.mark.parametrize("ids", [[], [""], ["  "], ["a\nb"], ["x" * 1001], ["x"] * 101])
def test_what_cannot_be_looked_for_is_refused(ids: list[str]) -> None:
    with pytest.raises(QueryRefused, match="ids: "):
        pattern_of(ids)


@pytest.mark.parametrize(
    "type_",
    [
        "String",
        "LowCardinality(String)",
        "Nullable(String)",
        "Array(String)",
        "Array(LowCardinality(String))",
        "Map(LowCardinality(String), String)",
        "Array(Map(LowCardinality(String), String))",
    ],
)
def test_every_type_with_text_is_looked_through(type_: str) -> None:
    assert mention("c", type_, "'p'") is not None


@pytest.mark.parametrize("type_", ["UInt64", "DateTime64(9)", "Array(Float64)", "Nullable(Bool)"])
def test_types_without_text_are_not(type_: str) -> None:
    assert mention("c", type_, "'p'") is None
