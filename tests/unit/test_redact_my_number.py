"""Which twelve digits are a My Number: the check digit of the ordinance, and the words that tell it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kansoku.redact.my_number import checks
from kansoku.redact.redactor import Redactor

BALANCED = Redactor(entities=["MY_NUMBER"])
STRICT = Redactor(entities=["MY_NUMBER"], mode="strict")
NUMBER = "695272868881"


def whole(eleven: str) -> str:
    """The eleven digits with the one that checks, by the formula as the ordinance writes it."""
    terms = (int(eleven[-n]) * (n + 1 if n <= 6 else n - 5) for n in range(1, 12))
    rest = sum(terms) % 11
    return f"{eleven}{0 if rest <= 1 else 11 - rest}"


@given(st.from_regex(r"[0-9]{11}", fullmatch=True), st.integers(1, 9))
def test_the_check_digit_is_that_of_the_ordinance_and_no_other(eleven: str, off: int) -> None:
    number = whole(eleven)
    assert checks(number)
    assert not checks(eleven + str((int(number[-1]) + off) % 10))
    assert BALANCED.text(f"個人番号は{number}です") == "個人番号は<MY_NUMBER>です"


@pytest.mark.parametrize(
    ("text", "redacted"),
    [
        (f"マイナンバーが{NUMBER}なのですが", "マイナンバーが<MY_NUMBER>なのですが"),
        ("個人番号　６９５２　７２８６　８８８１", "個人番号　<MY_NUMBER>"),
        ("個人番号 6952-7286-8881 確認済", "個人番号 <MY_NUMBER> 確認済"),
        ("マイナンバー「6952\u00ad7286\u200b8881」", "マイナンバー「<MY_NUMBER>」"),
        ("個人番号： 6 9 5 2 7 2 8 6 8 8 8 1", "個人番号： <MY_NUMBER>"),
        (f"My Number: {NUMBER} (確認済)", "My Number: <MY_NUMBER> (確認済)"),
        (f'{{"my_number":"{NUMBER}"}}', '{"my_number":"<MY_NUMBER>"}'),
        (f"{NUMBER}（個人番号）", "<MY_NUMBER>（個人番号）"),
        (f"住基カード、マイナ：{NUMBER}", "住基カード、マイナ：<MY_NUMBER>"),
        (f"番号法の12桁の番号 {NUMBER}", "番号法の12桁の番号 <MY_NUMBER>"),
        (f"氏名,個人番号\n佐藤,{NUMBER}", "氏名,個人番号\n佐藤,<MY_NUMBER>"),
    ],
)
def test_a_number_that_checks_goes_where_words_tell_it(text: str, redacted: str) -> None:
    assert BALANCED.text(text) == redacted


@pytest.mark.parametrize(
    "text",
    [
        "個人番号 695272868882",
        NUMBER,
        f"マイナンバーカードの受付番号{NUMBER}",
        f"個人番号は別紙、整理番号：{NUMBER}",
        f"追跡番号 {NUMBER}",
        f"マイナス{NUMBER}",
        f"個人番号 {NUMBER}9",
        f"my number is +{NUMBER}",
        "my number is 69 5272 868881",
    ],
)
def test_what_does_not_check_or_is_something_else_stays(text: str) -> None:
    assert BALANCED.text(text) == text


def test_strict_takes_one_that_checks_and_stands_alone() -> None:
    assert STRICT.text(f"{NUMBER}です") == "<MY_NUMBER>です"
    assert STRICT.text("6952 7286 8881") == "<MY_NUMBER>"
    for text in (
        "695272868882",
        f"注文番号 {NUMBER}",
        f"12, {NUMBER}, 13",
        "202212031005",
        "695 272 868 881",
    ):
        assert STRICT.text(text) == text
    assert checks("202212031005")


@pytest.mark.parametrize("groups", ["695272868 881", "69527286 8881", "6952 72868881"])
def test_a_number_in_further_groups_needs_the_word_and_the_check_digit(groups: str) -> None:
    assert BALANCED.text(f"My number is {groups}, yes") == "My number is <MY_NUMBER>, yes"
    for kept in (f"受付 {groups} まで", f"My number is {groups[:-1]}2, yes"):
        assert BALANCED.text(kept) == kept
