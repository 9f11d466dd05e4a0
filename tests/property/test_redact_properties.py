"""What redaction promises for any text and any value."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from kansoku.redact.redactor import FAILED, Redactor

REDACTOR = Redactor()
PLANTED = st.sampled_from(
    ["hanako@example.co.jp", "090-1234-5678", "+81 3 1234 5678", "4242424242424242", "sk-ant-api03-abcdefgh"]
)
AROUND = st.text(alphabet="あ漢カ 。、「」\n!?#$", max_size=30)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=40),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner, max_size=4),
    max_leaves=15,
)


@given(st.text(max_size=300))
def test_redacting_twice_changes_nothing_more(text: str) -> None:
    once = REDACTOR.text(text)
    assert REDACTOR.text(once) == once


@given(AROUND, PLANTED, AROUND)
def test_what_was_planted_never_survives(before: str, planted: str, after: str) -> None:
    assert planted not in REDACTOR.text(before + planted + after)


@given(st.text(max_size=300))
def test_findings_are_in_order_within_the_text_and_apart(text: str) -> None:
    at = 0
    for finding in REDACTOR.find(text):
        assert at <= finding.start < finding.end <= len(text)
        at = finding.end


@given(VALUES)
def test_a_value_keeps_its_shape_and_nothing_raises(value: Any) -> None:  # noqa: ANN401  any JSON
    redacted = REDACTOR.redact(value)
    assert redacted != FAILED or value == FAILED
    assert type(redacted) in {type(value), str}
    if isinstance(value, list):
        assert isinstance(redacted, list)
        assert len(redacted) == len(value)  # pyright: ignore[reportUnknownArgumentType]


@given(st.text(alphabet="a@.あ1\ud800\udfff", min_size=1, max_size=80))
def test_what_redaction_gives_can_always_be_written(text: str) -> None:
    assert REDACTOR.text(text).encode("utf-8").decode("utf-8") == REDACTOR.text(text)
