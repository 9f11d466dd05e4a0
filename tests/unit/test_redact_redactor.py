"""What is taken out of texts and values, what must stay, and what happens when a detector fails."""

import json
from collections.abc import Iterable

import pytest

from kansoku.redact.card import luhn
from kansoku.redact.finding import Finding
from kansoku.redact.keys import entity_of_key
from kansoku.redact.redactor import FAILED, TOO_DEEP, TOO_LONG, Redactor

REDACTOR = Redactor()


@pytest.mark.parametrize(
    ("text", "redacted"),
    [
        ("write to hanako.sato+work@mail.example.co.jp please", "write to <EMAIL> please"),
        ("連絡先はtaro@example.jpです", "連絡先は<EMAIL>です"),
        ("ｔａｒｏ＠ｅｘａｍｐｌｅ．ｊｐ", "<EMAIL>"),
        ("電話03-1234-5678まで", "電話<PHONE>まで"),
        ("電話は０９０－１２３４－５６７８です", "電話は<PHONE>です"),
        ("携帯09012345678", "携帯<PHONE>"),
        ("freephone 0120-123-456", "freephone <PHONE>"),
        ("call +81 3-1234-5678 or +49 30 901820", "call <PHONE> or <PHONE>"),
        ("(415) 555-2671", "<PHONE>"),
        ("415-555-2671 is the number", "<PHONE> is the number"),
        ("card 4242 4242 4242 4242.", "card <CREDIT_CARD>."),
        ("card 378282246310005", "card <CREDIT_CARD>"),
        ("key sk-ant-api03-abcDEF123456_-x", "key <SECRET>"),
        ("Authorization: Bearer abcdefghijklmnop.qrst", "Authorization: Bearer <SECRET>"),
    ],
)
def test_personal_data_is_replaced_by_what_it_is(text: str, redacted: str) -> None:
    assert REDACTOR.text(text) == redacted


@pytest.mark.parametrize(
    "text",
    [
        "trace 4bf92f3577b34da6a3ce929d0e0e4736 span 00f067aa0ba902b7",
        "550e8400-e29b-41d4-a716-446655440000",
        "1764000000 1764000000123 1764000000123456789",
        "2026-11-23 10:00:00+09:00",
        "anthropic 2.12.0, Python 3.11.7, 192.0.2.10",
        "commit c5e744a1b2c3d4e5f60718293a4b5c6d7e8f9a0b",
        "msg_01XFDUDYJgAACzvnptvVoYEL req_011CSHoEeqs5C35K2UUqR7Fy",
        "input_tokens=123456789012 output_tokens=42",
        "order 1234-5678 and parcel 1234 5678 9012",
        "4242 4242 4242 4241",
        "claude-sonnet-4-5-20250929",
        "a @ b, x@y, @handle",
    ],
)
def test_ids_times_versions_and_numbers_stay(text: str) -> None:
    assert REDACTOR.text(text) == text


def test_values_under_secret_keys_go_whatever_they_are() -> None:
    value = {
        "apiKey": "x",
        "client_secret": ["a", "b"],
        "パスワード": 1234,
        "X-Api-Key": "k",
        "credit_card": {"number": 1},
        "max_tokens": 4096,
        "tokens_per_request": 3,
        "password": None,
    }
    assert REDACTOR.redact(value) == {
        "apiKey": "<SECRET>",
        "client_secret": "<SECRET>",
        "パスワード": "<SECRET>",
        "X-Api-Key": "<SECRET>",
        "credit_card": "<CREDIT_CARD>",
        "max_tokens": 4096,
        "tokens_per_request": 3,
        "password": None,
    }


@pytest.mark.parametrize("key", ["tokenizer", "max_tokens", "secretary", "pinned", "monkey", "authority"])
def test_a_key_that_only_looks_secret_is_not(key: str) -> None:
    assert entity_of_key(key) is None


def test_names_and_values_in_pairs_are_redacted_as_members() -> None:
    redact = Redactor().redact
    assert redact([("x-api-key", "hunter2"), ("accept", "a/b")]) == [
        ("x-api-key", "<SECRET>"),
        ("accept", "a/b"),
    ]
    assert redact({"headers": [["Set-Cookie", "sid=1"]]}) == {"headers": [["Set-Cookie", "<SECRET>"]]}
    assert redact([(b"authorization", b"Basic eHk6eg=="), (b"accept", b"")])[0][1] == "<SECRET>"  # type: ignore[index]
    assert redact({b"cookie": "sid=1"}) == {"b'cookie'": "<SECRET>"}
    assert redact(["password", "e"]) == ["password", "e"], "a list of names is no pair"
    assert redact([["x" * 201 + "password", "e"]]) == [["x" * 201 + "password", "e"]]


def test_nested_values_keep_their_shape() -> None:
    value = {"messages": [{"role": "user", "content": ("mail a@b.jp", 1, True, None, 2.5)}], "a@b.jp": 1}
    assert REDACTOR.redact(value) == {
        "messages": [{"role": "user", "content": ("mail <EMAIL>", 1, True, None, 2.5)}],
        "<EMAIL>": 1,
    }


class Customer:
    def __str__(self) -> str:
        return "customer hanako@example.jp"


class Broken:
    def __str__(self) -> str:
        raise RuntimeError("secret: hanako@example.jp")


def test_any_other_object_is_redacted_as_its_text() -> None:
    assert REDACTOR.redact([Customer()]) == ["customer <EMAIL>"]


def test_what_cannot_be_looked_at_is_masked_and_counted() -> None:
    failures: list[int] = []

    def broken(_: str) -> Iterable[Finding]:
        raise RuntimeError("hanako@example.jp")

    closed = Redactor(recognizers=[broken], on_failure=failures.append)
    assert closed.redact({"note": "hanako@example.jp"}) == {FAILED: FAILED}
    assert Redactor(on_failure=failures.append).redact([Broken(), 1]) == [FAILED, 1]
    assert sum(failures) == 3


def test_over_the_limits_means_masked() -> None:
    deep: object = "a@b.jp"
    for _ in range(5):
        deep = [deep]
    assert Redactor(max_depth=3).redact(deep) == [[[TOO_DEEP]]]
    assert Redactor(max_length=10).text("x" * 11) == TOO_LONG


def test_findings_tell_code_points_of_the_text_as_given() -> None:
    text = "宛先：ｔａｒｏ＠ｅｘａｍｐｌｅ．ｊｐ、03-1234-5678"
    found = REDACTOR.find(text)
    assert [(text[each.start : each.end], each.entity) for each in found] == [
        ("ｔａｒｏ＠ｅｘａｍｐｌｅ．ｊｐ", "EMAIL"),
        ("03-1234-5678", "PHONE"),
    ]


def test_escapes_are_read_and_findings_cover_them_whole() -> None:
    text = r"\u96fb\u8a71 \u0030312345678 taro\u0040example.jp\uff11"
    found = [(text[each.start : each.end], each.entity) for each in REDACTOR.find(text)]
    assert found[0] == (r"\u0030312345678", "PHONE")
    assert REDACTOR.find("x" + r"\u0031" * 3) == []
    tail = r"card 424242424242424\u0032"
    assert [(one.start, one.end) for one in REDACTOR.find(tail)] == [(5, len(tail))]
    assert REDACTOR.text(tail) == "card <CREDIT_CARD>"


def test_luhn_knows_the_example_of_its_standard() -> None:
    assert luhn("4992739871") is False
    assert luhn("49927398716") is True


def test_half_of_a_pair_becomes_a_question_mark() -> None:
    assert Redactor().text("a\ud83db") == "a?b"
    assert Redactor().text("あ\U0001f600") == "あ\U0001f600"


def test_what_a_list_or_a_mapping_says_tells_the_number_behind_it_as_in_its_text() -> None:
    for value in (
        {"": ["LINE"], "pass_": 2622000000},
        {"": {"by": "LINE"}, "pass_": 2622000000},
        {"": [["LINE"]], "pass_": 2622000000},
    ):
        text = json.dumps(value)
        assert json.loads(Redactor().redact_json(text)) == Redactor().redact(value) != value


def test_a_colon_within_a_key_makes_no_login_of_it_and_a_float_past_its_digits_is_nobodys() -> None:
    for value in ({"Credentials: jwt_": "hunter2"}, {"card number PWD-": 1e16, "my password: ": 1e16}):
        text = json.dumps(value)
        assert json.loads(Redactor().redact_json(text)) == Redactor().redact(value)
