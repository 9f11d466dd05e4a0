"""Whatever the text around it: planted values go, redacting again changes nothing, nothing raises."""

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from kansoku.redact.card import luhn
from kansoku.redact.redactor import Redactor

REDACTOR = Redactor()
AROUND = st.text(st.sampled_from("あ漢、。（） \n\t,;\"'|<>{}xyz"), max_size=12)
LIKELY = st.text(st.sampled_from("0123456789+-. ()@abco/:_sk-ant-Beare４０＠あ"), max_size=60)


def with_check_digit(digits: str) -> str:
    return next(digits + str(check) for check in range(10) if luhn(digits + str(check)))


EMAILS = st.from_regex(r"[a-z]{1,12}(\.[a-z]{1,8})?@[a-z]{1,10}\.(co\.jp|com|example)", fullmatch=True)
PHONES = st.from_regex(r"0[789]0-[0-9]{4}-[0-9]{4}|03-[0-9]{4}-[0-9]{4}|\+1[2-9][0-9]{9}", fullmatch=True)
CARDS = st.from_regex(r"4[0-9]{14}|5[1-5][0-9]{13}", fullmatch=True).map(with_check_digit)
GAPPED = CARDS.map(lambda card: " ".join(card[at : at + 4] for at in range(0, 16, 4)))
KEYS = st.from_regex(r"sk-ant-[A-Za-z0-9]{8,60}", fullmatch=True)
PLANTED = st.one_of(EMAILS, PHONES, CARDS, GAPPED, KEYS)


def edge(text: str) -> str:
    """The text with a space where it would run into what is planted."""
    return f"{text} "


def wide(text: str) -> str:
    return "".join(chr(ord(each) + 0xFEE0) if "!" <= each <= "~" else each for each in text)


@given(AROUND, PLANTED, AROUND)
def test_a_planted_value_never_survives(before: str, planted: str, after: str) -> None:
    redacted = REDACTOR.text(f"{edge(before)}{planted} {after}")
    assert planted not in redacted
    assert REDACTOR.text(f"あ{planted}い").count(planted) == 0


@given(AROUND, PLANTED)
def test_full_width_makes_no_difference(before: str, planted: str) -> None:
    redacted = REDACTOR.text(edge(before) + wide(planted))
    assert wide(planted) not in redacted
    assert redacted == edge(before) + REDACTOR.text(planted)


VALUES = st.recursive(
    st.one_of(LIKELY, PLANTED, st.integers(), st.floats(allow_nan=False), st.booleans(), st.none()),
    lambda inner: st.one_of(
        st.lists(inner, max_size=4),
        st.dictionaries(st.one_of(LIKELY, st.sampled_from(["password", "note"])), inner, max_size=4),
    ),
    max_leaves=12,
)


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(VALUES)
@example([["4000000000000002", -1]])
@example({"4000000000000002": -1, "of 4000000000000002, 1": "hello"})
def test_redacting_again_changes_nothing(value: object) -> None:
    once = REDACTOR.redact(value)
    assert REDACTOR.redact(once) == once


@given(PLANTED, st.integers(0, 6))
def test_a_planted_value_never_survives_however_deep(planted: str, depth: int) -> None:
    value: object = {"note": planted, planted: 1}
    for level in range(depth):
        value = [value] if level % 2 else {"in": (value,)}
    assert planted not in str(REDACTOR.redact(value))
