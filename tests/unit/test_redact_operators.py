"""What is put in place of findings."""

import re

import pytest

from kansoku.errors import SettingError
from kansoku.redact.operators import Drop, Hmac, Operator, Partial, Replace
from kansoku.redact.redactor import Redactor

KEY = "k" * 16


@pytest.mark.parametrize(
    ("operator", "expected"),
    [
        (Replace(), "<CREDIT_CARD>"),
        (Replace("[card]"), "[card]"),
        (Partial(), "************4242"),
        (Partial(keep=2), "**************42"),
        (Drop(), ""),
    ],
)
def test_an_operator_says_what_stands_for_a_card(operator: Operator, expected: str) -> None:
    redactor = Redactor(operators={"CREDIT_CARD": operator})
    assert redactor.text("pay 4242-4242 4242 4242 now") == f"pay {expected} now"


def test_a_value_too_short_to_keep_a_part_of_is_masked_whole() -> None:
    assert Partial(keep=4)("X", "1234567") == "*******"
    assert Partial(keep=4)("X", "12345678") == "****5678"


def test_the_star_is_for_every_other_entity() -> None:
    redactor = Redactor(operators={"EMAIL": Replace("[mail]"), "*": Drop()})
    assert redactor.text("a@b.jp 090-1234-5678.") == "[mail] ."


def _hashed(text: str) -> str:
    return Redactor(operators={"*": Hmac(KEY, "k1")}).text(text)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("４２４２ ４２４２ ４２４２ ４２４２", "4242424242424242"),
        ("Taro@Example.JP", "taro@example.jp"),
        ("ta\u200bro＠example.jp", "taro@example.jp"),
        ("taro [at] example [dot] jp", "taro@example.jp"),
        ("taro（アットマーク）example.jp", "taro@example.jp"),
        ("taro【@】example.jp", "taro@example.jp"),
        ("taro%40example.jp", "taro@example.jp"),
        ("taro\\u0040example.jp", "taro@example.jp"),
        ("taro&#64;example.jp", "taro@example.jp"),
        ("+81 90-1234-5678", "090-1234-5678"),
        ("+81 (0)90-1234-5678", "(090) 1234-5678"),
    ],
)
def test_a_hash_is_the_same_however_the_value_is_written(one: str, other: str) -> None:
    assert _hashed(one) == _hashed(other)
    assert re.fullmatch(r"<[A-Z_]+:k1:[a-z2-7]{26}>", _hashed(one))


def test_hashes_differ_by_value_entity_and_key() -> None:
    made = {Hmac(key, "a")(entity, value) for key in (KEY, "l" * 16) for entity in "XY" for value in "12"}
    assert len({text.split(":")[2] for text in made}) == 8


def test_the_key_is_never_shown() -> None:
    assert KEY not in repr(Hmac(KEY, "k1"))
    with pytest.raises(SettingError, match="key: is 5 bytes long") as raised:
        Hmac("short", "k1")
    assert "short" not in str(raised.value)


@pytest.mark.parametrize("key_id", ["", "a b", "a:b", "<a>"])
def test_a_key_id_that_would_blur_the_mark_is_refused(key_id: str) -> None:
    with pytest.raises(SettingError, match="key_id"):
        Hmac(KEY, key_id)


def test_keeping_nothing_is_refused() -> None:
    with pytest.raises(SettingError, match="keep: is 0"):
        Partial(keep=0)


def test_a_mark_in_json_stays_json() -> None:
    redactor = Redactor(operators={"EMAIL": Replace('"\\quoted\n')})
    assert redactor.redact_json('{"a":"x a@b.jp"}') == '{"a":"x \\"\\\\quoted\\n"}'
